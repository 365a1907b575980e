from __future__ import annotations

import json
import math

import pytest

from lqbayes.inference.status import EnsembleStatus, RunStatus


def test_round_trip_through_json() -> None:
    ensembles = (EnsembleStatus(0, "bounds", 3, 0.1, 0.0, 0, 7, 150, 0.2, -3.5), EnsembleStatus(1, penalty=math.inf))
    status = RunStatus("a", 1.0, 2.5, 1.5, None, "running", ensembles, "C9_mu", 1.2, "R_K", 30.0, 400.0, 7, 101, False, "sampling")
    assert RunStatus.from_dict(json.loads(json.dumps(status.to_dict()))) == status


def test_keys_of_a_newer_version_are_skipped() -> None:
    data = RunStatus("a", 1.0, 2.0, ensembles=(EnsembleStatus(0),)).to_dict()
    data["new"] = 1
    data["ensembles"][0]["new"] = 2
    assert RunStatus.from_dict(data) == RunStatus("a", 1.0, 2.0, ensembles=(EnsembleStatus(0),))


def test_unknown_stage() -> None:
    with pytest.raises(ValueError, match="melting"):
        EnsembleStatus(0, "melting")
