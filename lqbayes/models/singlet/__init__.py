"""The singlet scalar leptoquark S1 ~ (3bar, 1, 1/3): compiled functions of one parameter point, one concept per file.

    L = [ yL_ij Qbar^c_i eps L_j + yR_ij ubar^c_i e_j ] S1 + h.c.,   eps_12 = +1, psi^c = C psibar^T

with i the quark's and j the lepton's generation, as in arXiv:1603.04993. The basis is down-aligned,
Q_i = (sum_k V*_ki u_k, d_i), and neutrinos are those of their charged leptons: up quark k couples to charged lepton j with
z_kj = sum_i V*_ki yL_ij (left-handed) and yR_kj (right-handed), down quark i to neutrino j with -yL_ij. Electrons do not couple.

The sign of all couplings of one lepton has no effect, so that every posterior with symmetric priors has four images.

Left out: b -> s mu mu (boxes at one loop), K and tau decays by loops at the W vertex (5e-4 |y|^2), tau -> 3 mu, tau -> mu rho, D -> mu mu,
oblique corrections, NLO matching, the QED running of the dipoles below m_Z (-5 %), and searches at the LHC: pp -> tau tau and tau nu limit
|yR_23| and |yL_23| to about 1 to 2 at 2 TeV. The diquark couplings are zero, which keeps the proton stable.
"""
