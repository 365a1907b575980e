from __future__ import annotations

import json
import math

import pytest

from lqbayes.running.status import EnsembleStatus, RunStatus
from lqbayes.running.status_of_run import annealed_share


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


def test_share_of_the_annealing_follows_the_rungs() -> None:
    """The ladder of a run of the set ``paper``; each rung is the same work."""
    penalties = [0.28, 0.59, 0.91, 1.3, 1.8, 2.4, 3.2, 4.4, 6.2, 9.9, 20, 132]
    powers = [0, 7.6e-15, 1.4e-13, 1.1e-12, 6.1e-12, 2.8e-11, 1.1e-10, 3.7e-10, 1.1e-9, 3.1e-9, 8.3e-9, 2e-8, 4.7e-8, 1.1e-7, 2.3e-7, 5e-7]
    powers += [1.1e-6, 2.2e-6, 4.6e-6, 9.6e-6, 2e-5, 4e-5, 7.9e-5, 1.6e-4, 3e-4, 5.8e-4, 1.1e-3, 2.1e-3, 3.8e-3, 7e-3, 0.013, 0.022, 0.039]
    powers += [0.066, 0.11, 0.17, 0.25, 0.34, 0.46, 0.63, 0.88, 1.0]
    bounds = [EnsembleStatus(0, "bounds", rung, penalty) for rung, penalty in enumerate(penalties, start=1)]
    likelihood = [EnsembleStatus(0, "likelihood", rung, math.inf, power) for rung, power in enumerate(powers, start=len(bounds) + 1)]
    shares = [annealed_share(status) for status in [*bounds, *likelihood]]
    assert shares == sorted(shares)
    for rung, share in enumerate(shares, start=1):
        assert share == pytest.approx(rung / len(shares), abs=0.15)
    assert annealed_share(EnsembleStatus(0, "sampling")) == 1
