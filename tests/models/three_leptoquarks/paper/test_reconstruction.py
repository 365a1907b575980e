"""Two-dimensional Gaussians from one-dimensional results."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.paper import published
from lqbayes.models.three_leptoquarks.paper.reconstruction import Scenario, gaussian_from_scenarios

C9, C10, EQUAL, OPPOSITE = (1, 0), (0, 1), (1, 1), (1, -1)

# The width of C9 = C10 fits no Gaussian and is left out.
BSMUMU = list(published.BSMUMU)
ALL_RARE_B = [scenario for scenario in published.ALL_RARE_B if scenario.direction != EQUAL]
BEST_FIT = published.BEST_FIT


def slice_of(mean: tuple[float, float], sigma: tuple[float, float], correlation: float, direction: tuple[float, float]) -> Scenario:
    off = correlation * sigma[0] * sigma[1]
    precision = np.linalg.inv([[sigma[0] ** 2, off], [off, sigma[1] ** 2]])
    d = np.array(direction)
    width = (d @ precision @ d) ** -0.5
    return Scenario(direction, float(d @ precision @ mean * width**2), float(width), float(width))


@pytest.mark.parametrize(("name", "scenarios", "best_fit"), [("paper", BSMUMU, None), ("paper-global", ALL_RARE_B, BEST_FIT)])
def test_the_shipped_numbers_follow_from_the_published_ones(
    name: str, scenarios: list[Scenario], best_fit: tuple[float, float] | None
) -> None:
    (term,) = (term for term in load_likelihood_set(name, PAPER).measurements if term.name == "C9_C10_mu")
    mean, sigma, correlation = gaussian_from_scenarios(scenarios, best_fit)
    assert term.correlation is not None
    assert tuple(round(x, 3) for x in mean) == term.centre
    assert tuple(round(x, 3) for x in sigma) == term.sigma_plus
    assert round(correlation, 3) == term.correlation[0][1]


def test_the_width_left_out_fits_no_gaussian() -> None:
    found = slice_of(*gaussian_from_scenarios(ALL_RARE_B, BEST_FIT), EQUAL)
    assert found.error == pytest.approx(0.135, abs=5e-4)  # 0.11 is printed
    assert found.value == pytest.approx(-0.06, abs=0.01)


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    st.tuples(st.floats(0.1, 2), st.floats(0.1, 2)),
    st.floats(-0.9, 0.9),
    st.sampled_from([1e-12, 1.0, 1e9]),
)
def test_slices_of_a_known_gaussian_are_inverted(
    mean: tuple[float, float], sigma: tuple[float, float], correlation: float, size: float
) -> None:
    mean, sigma = (mean[0] * size, mean[1] * size), (sigma[0] * size, sigma[1] * size)
    directions = (C9, C10, EQUAL, OPPOSITE)
    found = gaussian_from_scenarios([slice_of(mean, sigma, correlation, d) for d in directions])
    assert found[0] == pytest.approx(mean, rel=1e-7, abs=1e-7 * size)
    assert found[1] == pytest.approx(sigma, rel=1e-7)
    assert found[2] == pytest.approx(correlation, abs=1e-7)


def test_three_slices_suffice_in_any_direction_and_length() -> None:
    mean, sigma, correlation = (0.4, -1.2), (0.3, 0.7), -0.4
    scenarios = [slice_of(mean, sigma, correlation, d) for d in ((2, 1), (-1, 3), (0.5, -0.1))]
    found = gaussian_from_scenarios(scenarios)
    assert (*found[0], *found[1], found[2]) == pytest.approx((*mean, *sigma, correlation), rel=1e-8)


def test_asymmetric_errors_are_averaged() -> None:
    symmetric = [Scenario(s.direction, s.value, s.error, s.error) for s in BSMUMU]
    assert gaussian_from_scenarios(symmetric) == gaussian_from_scenarios(BSMUMU)


@pytest.mark.parametrize(
    ("scenarios", "best_fit", "message"),
    [
        ([], None, "three scenarios along different lines"),
        ([*ALL_RARE_B[:2], Scenario((-2, 0), 0.41, 0.07, 0.07)], BEST_FIT, "these have 2"),
        ([*ALL_RARE_B[:2], Scenario((0, 0), 0.41, 0.07, 0.07)], None, r"\(0, 0\) is no line"),
        ([*ALL_RARE_B[:2], Scenario(OPPOSITE, -0.43, 0.07, -0.07)], None, "greater than 0"),
        ([*ALL_RARE_B[:2], Scenario(OPPOSITE, math.nan, 0.07, 0.07)], None, "finite"),
        (ALL_RARE_B, (math.inf, 0.0), "finite"),
    ],
)
def test_what_determines_no_gaussian_is_refused(scenarios: list[Scenario], best_fit: tuple[float, float] | None, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        gaussian_from_scenarios(scenarios, best_fit)
