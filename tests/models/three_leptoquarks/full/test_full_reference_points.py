"""Every observable against points of an independent calculation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.full.observables import OBSERVABLE_NAMES, couplings_g, observables_of_points
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS

POINTS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "reference-points.json").read_text("utf-8"))
COMPLEX = ("Delta_s", "Delta_d")
NOT_THERE = {"CR_mue_Al"}  # a prediction, without an independent number

# As for the other formula sets: a remainder of a fine cancellation moves by more than 1e-11 where the parameters change by 1e-15.
CHANGE, MOVED, ORDINARY, REMAINDER = 1e-15, 1e-11, 1e-9, 1e-7


def point_of(reference: dict[str, Any]) -> NDArray[np.float64]:
    values = reference["point"]
    return np.array([next(values[name] for name in (p.name, *p.former_names) if name in values) for p in PARAMETERS])


def expected_of(reference: dict[str, Any]) -> dict[str, float]:
    found = dict(reference["expected"])
    del found["g"]
    for name in COMPLEX:
        found[name], found[f"im_{name}"] = found[name]
    return found


@pytest.mark.parametrize("reference", POINTS, ids=[entry["name"].replace(" ", "-") for entry in POINTS])
def test_every_observable(reference: dict[str, Any]) -> None:
    point, should = point_of(reference), expected_of(reference)
    assert set(OBSERVABLE_NAMES) == set(should) | NOT_THERE
    changed = point * (1 + CHANGE * np.random.default_rng(0).choice([-1, 1], (64, len(point))))
    (found,) = observables_of_points(point[None, :])
    moved = np.max(np.abs(observables_of_points(changed) - found), axis=0)
    wrong = {}
    for name, value, shift in zip(OBSERVABLE_NAMES, found, moved, strict=True):
        if name not in NOT_THERE:
            allowed = (REMAINDER if shift > MOVED * abs(should[name]) else ORDINARY) * abs(should[name])
            if not abs(value - should[name]) <= allowed:
                wrong[name] = (float(value), should[name])
    assert wrong == {}


@pytest.mark.parametrize("reference", POINTS, ids=[entry["name"].replace(" ", "-") for entry in POINTS])
def test_couplings_of_the_triplet_are_those_of_the_other_sets(reference: dict[str, Any]) -> None:
    g = couplings_g(point_of(reference))
    expected = np.array(reference["expected"]["g"])
    assert np.allclose(g, expected[..., 0] + 1j * expected[..., 1], rtol=1e-9, atol=1e-10 * np.max(np.abs(expected)))
