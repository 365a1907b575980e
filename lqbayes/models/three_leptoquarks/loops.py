"""Loop functions of the dipole and box diagrams."""

from __future__ import annotations

import math

from lqbayes.compilation import compiled


@compiled
def dipole_paper(r: float) -> float:
    """Chirally enhanced dipole integral of (II.17), first and second line, as printed, times M^2; r = m_q^2 / M^2 > 0.

    The double integral over 5 / (x m_q^2 + (1 - y) M^2) - 2 (1 - x) / (x M^2 + (1 - y) m_q^2) in closed form.
    """
    return 5 * math.log1p(r) / r + 1 - (2 + r) * math.log1p(1 / r)


@compiled
def dipole_corrected(r: float) -> float:
    """Chirally enhanced dipole integral of the doublet with charge 5/3, times M^2; r = m_q^2 / M^2 > 0.

    [1 - 8 r + 7 r^2 + 4 ln r - 10 r ln r] / (2 (1 - r)^3), by its series where numerator and denominator both vanish; (1 + 4 ln r) / 2 for
    small r.
    """
    e = 1 - r
    if abs(e) < 0.25:
        total = 0.0
        for k in range(32, 2, -1):
            total = total * e + (3 / k - 5 / (k - 1))
        return total
    log_r = math.log(r)
    return (1 - 8 * r + 7 * r * r + 4 * log_r - 10 * r * log_r) / (2 * e * e * e)


@compiled
def box(m1: float, m2: float) -> float:
    """Box integral F_M of (II.22) in GeV^-2: of (1 - x - y) / (x m1^2 + y m2^2) over the triangle x, y >= 0, x + y <= 1; masses in GeV."""
    m2_sq = m2 * m2
    d = (m1 - m2) * (m1 + m2) / m2_sq
    if abs(d) < 1e-4:
        return (1 - d / 2 + d * d / 3 - d * d * d / 4) / (2 * m2_sq)
    if d < -0.5:  # 1 + d would lose the digits of m1
        return math.log(m1 / m2) / (d * m2_sq)
    return math.log1p(d) / (2 * d * m2_sq)
