from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from lqbayes.input.errors import InputError
from lqbayes.input.small_json import read_small_json, small_json
from lqbayes.running.status import EnsembleStatus, RunStatus, heartbeats, read_status, write_heartbeat, write_status
from lqbayes.running.status_of_run import annealed_share, status_of_ensemble
from lqbayes.sampling.annealing import sweeps_by_rung
from lqbayes.sampling.population import Rung


def test_round_trip_through_json(tmp_path: Path) -> None:
    ensembles = (EnsembleStatus(0, "bounds", 3, 0.1, 0.0, 0, 7, 150, 0.2, -3.5), EnsembleStatus(1, penalty=math.inf))
    status = RunStatus("a", 1.0, 2.5, 1.5, None, "running", ensembles, "C9_mu", 1.2, "R_K", 30.0, 400.0, 7, 101, False, "sampling")
    write_status(tmp_path, status)
    assert read_status(tmp_path) == status


def test_keys_of_a_newer_version_are_skipped(tmp_path: Path) -> None:
    status = RunStatus("a", 1.0, 2.0, ensembles=(EnsembleStatus(0),))
    data = json.loads(small_json(status))
    data["new"] = data["ensembles"][0]["new"] = 1
    (tmp_path / "status.json").write_text(json.dumps(data), encoding="utf-8")
    assert read_status(tmp_path) == status


def test_share_of_the_annealing_follows_the_rungs() -> None:
    """The ladder of a run of the set ``paper``; cold rungs have more sweeps."""
    penalties = [0.28, 0.59, 0.91, 1.3, 1.8, 2.4, 3.2, 4.4, 6.2, 9.9, 20, 132]
    powers = [0, 7.6e-15, 1.4e-13, 1.1e-12, 6.1e-12, 2.8e-11, 1.1e-10, 3.7e-10, 1.1e-9, 3.1e-9, 8.3e-9, 2e-8, 4.7e-8, 1.1e-7, 2.3e-7, 5e-7]
    powers += [1.1e-6, 2.2e-6, 4.6e-6, 9.6e-6, 2e-5, 4e-5, 7.9e-5, 1.6e-4, 3e-4, 5.8e-4, 1.1e-3, 2.1e-3, 3.8e-3, 7e-3, 0.013, 0.022, 0.039]
    powers += [0.066, 0.11, 0.17, 0.25, 0.34, 0.46, 0.63, 0.88, 1.0]
    bounds = [EnsembleStatus(0, "bounds", rung, penalty) for rung, penalty in enumerate(penalties, start=1)]
    likelihood = [EnsembleStatus(0, "likelihood", rung, math.inf, power) for rung, power in enumerate(powers, start=len(bounds) + 1)]
    shares = [annealed_share(status) for status in [*bounds, *likelihood]]
    assert shares == sorted(shares)
    sweeps = sweeps_by_rung(55)
    work = np.cumsum([sweeps(Rung(status.penalty, status.beta)) for status in [*bounds, *likelihood]])
    np.testing.assert_allclose(shares, work / work[-1], atol=0.15)
    assert annealed_share(EnsembleStatus(0, "sampling")) == 1


def test_an_error_of_any_text_can_be_read_again(tmp_path: Path) -> None:
    """Such as numba's, of many lines with colours; a reader refuses long texts and what a terminal obeys."""
    status = RunStatus("a", 1.0, 2.0, message="ended by an error: \x1b[1mno\x1b[0m\n" + 2000 * "x")
    write_status(tmp_path, status)
    read = read_status(tmp_path)
    assert read is not None and read.message.startswith("ended by an error: \\x1b[1mno") and len(read.message) == 1000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": 1}, "name: must be text, not 1"),
        ({"started": "x"}, "started: must be a number, not 'x'"),
        ({"started": True}, "started: must be a number, not true"),
        ({"started": math.nan}, "started: must be finite"),
        ({"updated": 10**400}, "updated: "),
        ({"message": "\x1b"}, "message: .*control characters"),
        ({"message": "a" * 2000}, "message: has more than 1000 characters"),
        ({"missing": 2**70}, "missing: "),
        ({"ensembles": 5}, "ensembles: "),
        ({"ensembles": [{}]}, "ensembles.0.index: a required key is missing"),
        ({"ensembles": [{"index": 0, "stage": "melting"}]}, "ensembles.0.stage: must be .*, not 'melting'"),
        ({"history": [[1.0, 2]]}, "history.0.2: "),
        ({"history": [[1.0, 2, "x", None]]}, "history.0.2: must be a number"),
    ],
)
def test_a_status_has_the_types_that_it_declares(change: dict[str, object], words: str, tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    good = RunStatus("a", 0.0, 1, ensembles=(EnsembleStatus(0),))
    path.write_text(json.dumps(json.loads(small_json(good)) | change), encoding="utf-8")
    with pytest.raises(InputError, match=f"^{path}: {words}.*remove it, and lqbayes writes it again"):
        read_small_json(path, RunStatus)


def test_an_ensemble_is_where_its_first_population_is_that_is_not_done(tmp_path: Path) -> None:
    def said(stored: int) -> tuple[str, int, int]:
        found = status_of_ensemble(tmp_path, 0, stored, 5)
        return found.stage, found.population, found.steps

    assert said(0) == ("waiting", 0, 0)
    assert said(10) == ("done", 1, 10)
    write_heartbeat(tmp_path, EnsembleStatus(0, "likelihood", population=2))
    write_heartbeat(tmp_path, EnsembleStatus(0, "sampling", population=3, steps=2))
    assert said(10) == ("likelihood", 2, 10)
    write_heartbeat(tmp_path, EnsembleStatus(0, "done", population=2, steps=5))
    assert said(10) == ("sampling", 3, 17)
    assert {s.population for s in heartbeats(tmp_path)} == {2, 3}
