"""Every observable against points that were calculated independently, with 40 digits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lqbayes.models.singlet.model import SINGLET

POINTS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "reference-points.json").read_text("utf-8"))


@pytest.mark.parametrize("reference", POINTS, ids=[entry["name"] for entry in POINTS])
def test_every_observable(reference: dict[str, Any]) -> None:
    assert set(reference["point"]) == set(SINGLET.parameter_names)
    assert set(reference["expected"]) == set(SINGLET.observable_names)
    (found,) = SINGLET.predict(np.array([[reference["point"][name] for name in SINGLET.parameter_names]]))
    for name, value in zip(SINGLET.observable_names, found, strict=True):
        assert value == pytest.approx(reference["expected"][name], rel=1e-12, abs=1e-30), name
