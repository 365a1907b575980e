"""Coefficients of the effective Lagrangian at M, in GeV^-2: L = sum C (qbar_i Gamma q_k)(lbar_a Gamma' l_b). [V].

All leptoquarks have the mass M here: their splitting and mixing angles change the coefficients by less than 1 %. [A]
`ai` are the couplings of lepton a to quark i, and so on; w = 1/M^2.
"""

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled
from lqbayes.models.three_leptoquarks.full.couplings import Down, Up
from lqbayes.models.three_leptoquarks.full.running import Running


@inlined
def down_ll(w: float, ai: Down, bk: Down) -> complex:
    """dLL[ik;ab]: (dbar_i gamma P_L d_k)(lbar_a gamma P_L l_b), + c(g_ia) g_kb / (2 M^2)."""
    return scaled(w / 2, ai.g.conjugate() * bk.g)


@inlined
def down_lr(w: float, ak: Down, bi: Down) -> float:
    """dLR[ik;ab]: P_L quarks, P_R leptons, - h_ib h_ka / (2 M^2)."""
    return -w / 2 * bi.h * ak.h


@inlined
def down_rl(w: float, ak: Down, bi: Down) -> float:
    """dRL[ik;ab]: P_R quarks, P_L leptons, - f_ib f_ka / (2 M^2); nR, with neutrinos for the charged leptons, is the same."""
    return -w / 2 * bi.f * ak.f


@inlined
def up_ll(w: float, ai: Up, bk: Up) -> complex:
    """uLL[ik;ab]: + c(G_ia) G_kb / (4 M^2)."""
    return scaled(w / 4, ai.g.conjugate() * bk.g)


@inlined
def up_lr(w: float, ak: Up, bi: Up) -> complex:
    """uLR[ik;ab]: - H_ib c(H_ka) / (2 M^2)."""
    return scaled(-w / 2, bi.h * ak.h.conjugate())


@inlined
def up_rl(w: float, ak: Up, bi: Up) -> float:
    """uRL[ik;ab]: - ht_ak ht_bi / (2 M^2)."""
    return -w / 2 * ak.ht * bi.ht


@inlined
def up_scalar(w: float, ak: Up, bi: Up) -> complex:
    """uS[ab;ik]: (lbar_a P_R l_b)(ubar_i P_R u_k) + h.c., + ht_ak H_ib / (2 M^2)."""
    return scaled(w / 2 * ak.ht, bi.h)


@inlined
def neutrino_l(w: float, ai: Down, bk: Down) -> complex:
    """nL[ik;ab]: (dbar_i gamma P_L d_k)(nubar_a gamma P_L nu_b), + c(g_ia) g_kb / (4 M^2)."""
    return scaled(w / 4, ai.g.conjugate() * bk.g)


@inlined
def charged_vector(w: float, ai: Down, bk: Up) -> complex:
    """cV[ab;ik]: (nubar_a gamma P_L l_b)(dbar_i gamma P_L u_k) + h.c., + c(g_ia) G_kb / (4 M^2)."""
    return scaled(w / 4, ai.g.conjugate() * bk.g)


@inlined
def charged_scalar(w: float, ak: Up, bi: Down) -> float:
    """cS[ab;ik]: (nubar_a P_R l_b)(dbar_i P_R u_k) + h.c., - ht_ak h_ib / (2 M^2); the tensor cT is a quarter of it."""
    return -w / 2 * ak.ht * bi.h


@inlined
def down_left(w: float, r: Running, ai: Down, ak: Down, bi: Down, bk: Down) -> complex:
    """Vector current of down quarks with left-handed leptons at low energy: rLL dLL + rRL dRL."""
    return scaled(r.ll, down_ll(w, ai, bk)) + r.rl * down_rl(w, ak, bi)


@inlined
def down_left_axial(w: float, r: Running, ai: Down, ak: Down, bi: Down, bk: Down) -> complex:
    """Right-handed minus left-handed down quarks with left-handed leptons: rRL dRL - rLL dLL."""
    return r.rl * down_rl(w, ak, bi) - scaled(r.ll, down_ll(w, ai, bk))


@inlined
def down_right(w: float, r: Running, ak: Down, bi: Down) -> float:
    """Down quarks with right-handed leptons, all of them left-handed: rLR dLR."""
    return r.lr * down_lr(w, ak, bi)


@inlined
def up_left(w: float, r: Running, ai: Up, ak: Up, bi: Up, bk: Up) -> complex:
    """Vector current of up quarks with left-handed leptons: rLL uLL + rRL uRL."""
    return scaled(r.ll, up_ll(w, ai, bk)) + r.rl * up_rl(w, ak, bi)


@inlined
def up_left_axial(w: float, r: Running, ai: Up, ak: Up, bi: Up, bk: Up) -> complex:
    """Right-handed minus left-handed up quarks with left-handed leptons: rRL uRL - rLL uLL."""
    return r.rl * up_rl(w, ak, bi) - scaled(r.ll, up_ll(w, ai, bk))


@inlined
def up_right(w: float, r: Running, ak: Up, bi: Up) -> complex:
    """Up quarks with right-handed leptons: rLR uLR."""
    return scaled(r.lr, up_lr(w, ak, bi))
