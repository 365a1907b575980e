"""Physical constants, each with its unit and source.

PDG 2020 means P. A. Zyla et al., PTEP 2020, 083C01. Values that the paper prints are kept as it prints them, also where today's
are better: the aim is its calculation.
"""

import math

G_F = 1.1663787e-5  # GeV^-2, Fermi constant, PDG 2020
ALPHA_0 = 1 / 137.035999084  # fine-structure constant at zero momentum, PDG 2020 (CODATA 2018); used in (II.16)
ALPHA_MB = 1 / 133  # fine-structure constant at m_b, the value of the EOS parameter QED::alpha_e(m_b); used in c_SM
VTB_VTS = 0.04065  # |V_tb V_ts*|, PDG 2020 (CKM review, global fit)

M_ELECTRON = 0.5109989461e-3  # GeV, PDG 2020
M_MUON = 0.1056583745  # GeV, PDG 2020
M_TAU = 1.77686  # GeV, PDG 2020
LEPTON_MASS = (M_ELECTRON, M_MUON, M_TAU)

M_DOWN = 4.67e-3  # GeV, MSbar at 2 GeV, PDG 2020
M_STRANGE = 0.093  # GeV, MSbar at 2 GeV, PDG 2020
M_BOTTOM = 4.18  # GeV, MSbar at m_b, PDG 2020
M_CHARM = 1.27  # GeV, MSbar at m_c, PDG 2020
M_TOP = 172.76  # GeV, direct measurements, PDG 2020

F_K, F_BD, F_BS, F_D = 0.156, 0.191, 0.274, 0.212  # GeV, meson decay constants, below (II.26)
M_K, M_BD, M_BS, M_D = 0.498, 5.280, 5.367, 1.865  # GeV, meson masses, below (II.26)

# Branching ratios C_ab of l_a -> l_b nu nu, below (II.16); a and b are 0, 1, 2 for e, mu, tau.
BRANCHING_L_NU_NU = ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.1784, 0.1736, 0.0))

LOOP = (4 * math.pi) ** 2

# Scale factor of the effective Hamiltonian, below (II.10), in GeV^-2. Positive: V_tb V_ts* is negative, and so is the sign
# convention of the Hamiltonian that it multiplies; the naive sign would flip all four coefficients.
C_SM = VTB_VTS * ALPHA_MB * G_F / (math.sqrt(2) * math.pi)
