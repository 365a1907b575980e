from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.sampling.mixture import moves_of


@pytest.mark.filterwarnings("ignore")
def test_all_parts_are_seen_and_functions_are_put_back(tmp_path: Path, empty_corners: Callable[[], AbstractContextManager[None]]) -> None:
    from time_shares import EVALUATION, JUDGING, PLOTS, STORAGE, TABLES, measured, watched

    posterior = Posterior(Prior.load("calibration"), Likelihood.load("calibration"))
    moves = {type(move) for move, _ in moves_of(posterior)}
    before = (Posterior.evaluate, *(kind.get_proposal for kind in moves))
    with empty_corners():
        times, whole = watched(
            posterior, tmp_path / "run", ensembles=2, walkers=200, sweeps_per_rung=2, thin=1, steps_per_population=2, max_steps=2
        )
    assert (Posterior.evaluate, *(kind.get_proposal for kind in moves)) == before
    assert {EVALUATION, JUDGING, PLOTS, STORAGE} < set(times.seconds)
    assert {f"{kind.__name__}, proposals" for kind in moves} < set(times.seconds)
    assert sum(times.seconds.values()) <= whole
    rows = measured(times, whole, "command", "job").rows
    assert sum(float(row[1]) for row in rows) == pytest.approx(whole, abs=0.01 * len(rows))
    assert TABLES in {row[0] for row in rows}
