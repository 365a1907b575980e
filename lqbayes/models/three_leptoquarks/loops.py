"""Loop functions of the dipole and box diagrams."""

from lqbayes.compilation import inlined
from lqbayes.vector_math import log, log1p, polynomial, select

# Of the corrected dipole integral in powers of 1 - r.
_SERIES = tuple(3 / k - 5 / (k - 1) for k in range(3, 33))


@inlined
def dipole_paper(r: float) -> float:
    """Chirally enhanced dipole integral of (II.17), first and second line, as printed, times M^2; r = m_q^2 / M^2 > 0.

    The double integral over 5 / (x m_q^2 + (1 - y) M^2) - 2 (1 - x) / (x M^2 + (1 - y) m_q^2) in closed form.
    """
    over_r = 1 / r
    return 5 * log1p(r) * over_r + 1 - (2 + r) * log1p(over_r)


@inlined
def dipole_corrected(r: float) -> float:
    """Chirally enhanced dipole integral of the doublet with charge 5/3, times M^2; r = m_q^2 / M^2 > 0.

    [1 - 8 r + 7 r^2 + 4 ln r - 10 r ln r] / (2 (1 - r)^3), by its series where numerator and denominator both vanish; (1 + 4 ln r) / 2 for
    small r.
    """
    e = 1 - r
    log_r = log(r)
    closed = (1 - 8 * r + 7 * r * r + 4 * log_r - 10 * r * log_r) / (2 * e * e * e)
    return select(abs(e) < 0.25, polynomial(e, _SERIES), closed)


@inlined
def box(m1: float, m2: float) -> float:
    """Box integral F_M of (II.22) in GeV^-2: of (1 - x - y) / (x m1^2 + y m2^2) over the triangle x, y >= 0, x + y <= 1; masses in GeV."""
    over_m2 = 1 / m2
    ratio = m1 * over_m2
    d = (m1 - m2) * (m1 + m2) * over_m2 * over_m2
    # Where m1 is small, 1 + d would lose its digits.
    logarithm = select(d < -0.5, 2 * log(ratio), log1p(d))
    near = 1 - d / 2 + d * d / 3 - d * d * d / 4
    return select(abs(d) < 1e-4, near, logarithm / d) * (over_m2 * over_m2 / 2)
