"""Results that arXiv:2104.03248 quotes from the fit arXiv:2103.13370 v1: the muon's C9 and C10, (II.11)-(II.15)."""

from __future__ import annotations

from typing import Final

from lqbayes.models.three_leptoquarks.paper.reconstruction import Scenario

BSMUMU: Final = (
    Scenario((1, 0), -0.91, 0.18, 0.17),
    Scenario((0, 1), 0.51, 0.23, 0.24),
    Scenario((1, 1), -0.41, 0.15, 0.15),
    Scenario((1, -1), -0.65, 0.12, 0.12),
)
"""(II.11)-(II.14) outside the brackets, b -> s mu mu observables only: C9 alone, C10 alone, C9 = C10, C9 = -C10."""

ALL_RARE_B: Final = (
    Scenario((1, 0), -0.82, 0.14, 0.14),
    Scenario((0, 1), 0.56, 0.12, 0.12),
    Scenario((1, 1), -0.06, 0.11, 0.11),
    Scenario((1, -1), -0.43, 0.07, 0.07),
)
"""The same inside the brackets, all rare B decays."""

BEST_FIT: Final = (-0.67, 0.24)
"""(II.15), best fit with both free, all rare B decays; printed without errors."""
