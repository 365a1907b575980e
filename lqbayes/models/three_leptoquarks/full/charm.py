"""D0 -> mu mu and D0 -> e mu."""

from lqbayes.compilation import inlined
from lqbayes.models.complex_numbers import scaled
from lqbayes.models.three_leptoquarks.full.coefficients import up_left_axial, up_right, up_scalar
from lqbayes.models.three_leptoquarks.full.couplings import Couplings, Lepton
from lqbayes.models.three_leptoquarks.full.leptonic import D_0, two_leptons
from lqbayes.models.three_leptoquarks.full.running import Running
from lqbayes.models.three_leptoquarks.full.table import branching

OBSERVABLES = (
    branching("BR_D0_mumu", r"D^0\to\mu\mu", "branching ratio of D0 -> mu mu"),
    branching("BR_D0_emu", r"D^0\to e\mu", "branching ratio of D0 -> e mu, both charges"),
)


@inlined
def d0_leptons(w: float, r: Running, a: Lepton, b: Lepton) -> float:
    """Branching ratio of D0 -> l_a^- l_b^+; the standard model's long-distance part, some 3e-13, is neglected. [V], coefficients [D].

    `two_leptons` with cL = rRL uRL - rLL uLL, cR = -rLR uLR at [12;ab], SR = S20 uS[ab;12], SL = S20 c(uS[ba;21])
    """
    left, right = up_left_axial(w, r, a.u, a.c, b.u, b.c), -up_right(w, r, a.c, b.u)
    s_left, s_right = scaled(r.s20, up_scalar(w, b.u, a.c).conjugate()), scaled(r.s20, up_scalar(w, a.c, b.u))
    return two_leptons(D_0, a.mass, b.mass, left, right, s_left, s_right)


@inlined
def observables(x: Couplings, r: Running) -> tuple[float, ...]:
    """Values of `OBSERVABLES`."""
    return (d0_leptons(x.w, r, x.mu, x.mu), d0_leptons(x.w, r, x.e, x.mu) + d0_leptons(x.w, r, x.mu, x.e))
