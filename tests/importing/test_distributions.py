"""Tables of few points."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lqbayes.importing.distributions import LOWEST, TOLERANCE, form_of
from lqbayes.importing.measurement_file import CannotBeImportedError


class NumericalDistribution:
    """A normal distribution on a fine grid whose tails are rounding noise."""

    def __init__(self) -> None:
        self.x = np.linspace(-10, 10, 10_000)
        self.support = (-10.0, 10.0)

    def logpdf(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(np.exp(-(x**2) / 2) + 1e-17 * (np.sin(1e4 * x) > 0))


def test_table_of_few_points() -> None:
    table = form_of(NumericalDistribution())
    (x,), (y,) = table["grid"], table["log_likelihood"]
    assert 30 < len(x) < 120 and max(y) == 0 and table["outside"] == "refuse"
    assert -math.sqrt(-2 * LOWEST) <= x[0] < -6.3 and 6.3 < x[-1] <= math.sqrt(-2 * LOWEST)  # no noise
    fine = np.linspace(x[0], x[-1], 10_001)
    assert np.all(np.abs(np.interp(fine, x, y) + fine**2 / 2) < 1.01 * TOLERANCE * (1 + fine**2 / 2))


def test_the_page_says_the_same() -> None:
    page = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    assert f"within {TOLERANCE:g} (1 + |ln L|) of flavio's, down to {LOWEST:g}," in page


def test_what_has_no_form() -> None:
    with pytest.raises(CannotBeImportedError, match="SimpleNamespace"):
        form_of(SimpleNamespace())
