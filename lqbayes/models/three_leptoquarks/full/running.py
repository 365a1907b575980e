"""Running of the coefficients from M to the scale of the observable, and quark masses at M.

Computed with wilson 2.5.2 (one-loop SMEFT, matching at m_Z, QCD and QED below) at M = 1, 2 and 5 TeV; linear in ln M to 0.3 %. [V]
"""

from typing import NamedTuple

from lqbayes.compilation import inlined
from lqbayes.vector_math import log


class Running(NamedTuple):
    """Factors and masses at one M."""

    ll: float  # vector q_L l_L (triplet)
    lr: float  # vector q_L l_R (h)
    rl: float  # vector q_R l_L (f and h-tilde)
    n: float  # vector with neutrinos, d_L
    nr: float  # vector with neutrinos, d_R
    s20: float  # neutral scalar at 2 GeV, with what the tensor C_S/4 mixes into it
    c48: float  # charged scalar at 4.8 GeV
    c20: float  # charged scalar at 2 GeV
    t48: float  # charged tensor at 4.8 GeV
    vb: float  # (V-A)^2 at 4.2 GeV for B
    vd: float  # (V-A)^2 at 2 GeV for D
    vkl: float  # (V-A)^2 at 2 GeV for K
    vkr: float  # (V+A)^2 at 2 GeV for K
    sd: float  # left-right operator of the D, 2 at tree level, at 2 GeV
    top: float  # m_t(M) in GeV, MSbar: a fit to flavio, 0.1 % between 1 and 5 TeV
    top_dipole: float  # mass in the chirally enhanced dipole in GeV: running of mass and tensor averaged over ln M, fitted to wilson
    charm_dipole: float
    top_z: float  # mass in the Z penguin over m_t(M)


@inlined
def running(mass: float) -> Running:
    """Every factor is a + b L with L = ln(M / 1 TeV); m_t(M) = 143.94 - 8.47 L + 0.52 L^2 GeV."""
    x = log(mass / 1000)
    top = 143.94 - 8.47 * x + 0.52 * x * x
    return Running(
        ll=0.965 - 0.0093 * x,
        lr=0.993 - 0.0046 * x,
        rl=1.007 + 0.0009 * x,
        n=0.977 - 0.0087 * x,
        nr=1.004 + 0.0017 * x,
        s20=1.820 + 0.0806 * x,
        c48=1.545 + 0.0664 * x,
        c20=1.8155 + 0.0781 * x,
        t48=0.862 - 0.0149 * x,
        vb=0.7544 - 0.0285 * x,
        vd=0.7102 - 0.0215 * x,
        vkl=0.7117 - 0.0239 * x,
        vkr=0.7239 - 0.0196 * x,
        sd=7.252 + 0.852 * x,
        top=top,
        top_dipole=top * (1.040 + 0.017 * x),
        charm_dipole=0.651 - 0.029 * x,
        top_z=1.071 + 0.027 * x,
    )
