"""Every observable against points that were calculated independently, with 40 digits and numerical double integrals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_NAMES

POINTS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "reference-points.json").read_text("utf-8"))

# An observable is the remainder of a fine cancellation where changes of a relative 1e-15 in the parameters, less than five roundings,
# move it by more than a relative 1e-11. Nothing better than 1e-7 can be asked of it on every processor and mathematics library.
CHANGE, MOVED, ORDINARY, REMAINDER = 1e-15, 1e-11, 1e-9, 1e-7


@pytest.mark.parametrize("formulas", ["paper", "corrected"])
@pytest.mark.parametrize("reference", POINTS, ids=[entry["name"].split(" ")[0].strip(":") + f"-{k}" for k, entry in enumerate(POINTS)])
def test_every_observable(reference: dict[str, Any], formulas: str) -> None:
    assert set(reference["expected"][formulas]) == set(OBSERVABLE_NAMES)
    assert set(reference["point"]) == set(PARAMETER_NAMES)
    expected = np.array([reference["expected"][formulas][name] for name in OBSERVABLE_NAMES])
    point = np.array([[reference["point"][name] for name in PARAMETER_NAMES]])
    changed = point * (1 + CHANGE * np.random.default_rng(0).choice([-1, 1], (64, len(PARAMETER_NAMES))))

    (found,) = observables_of_points(point, FormulaSet[formulas.upper()])
    moved = np.max(np.abs(observables_of_points(changed, FormulaSet[formulas.upper()]) - found), axis=0)
    tolerance = np.where(moved > MOVED * np.abs(expected), REMAINDER, ORDINARY) * np.abs(expected)
    wrong = {
        name: (float(value), float(should))
        for name, value, should, allowed in zip(OBSERVABLE_NAMES, found, expected, tolerance, strict=True)
        if not abs(value - should) <= allowed
    }
    assert wrong == {}


def test_remainders_are_the_exception() -> None:
    count = 0
    for reference in POINTS:
        point = np.array([[reference["point"][name] for name in PARAMETER_NAMES]])
        changed = point * (1 + CHANGE * np.random.default_rng(0).choice([-1, 1], (64, len(PARAMETER_NAMES))))
        found = observables_of_points(point, FormulaSet.PAPER)
        count += int(
            np.count_nonzero(np.max(np.abs(observables_of_points(changed, FormulaSet.PAPER) - found), axis=0) > MOVED * np.abs(found[0]))
        )
    assert count <= 0.05 * len(POINTS) * len(OBSERVABLE_NAMES)
