from __future__ import annotations

from pathlib import Path
from typing import Any

import toy_model as toy

from lqbayes import anneal_from, sample
from lqbayes.running.audit_of_run import evaluations_of

SMALL: dict[str, Any] = {"ensembles": 2, "walkers": 100, "sweeps_per_rung": 4, "thin": 1, "steps_per_population": 2, "max_steps": 2}


def test_annealed_draws_stand_beside_a_fresh_run(tmp_path: Path) -> None:
    from new_data import measured, timed

    contents = toy.measurements(toy.VALUES | {"at_zero": (0.2, 0.3)})
    source = sample(toy.posterior(), tmp_path / "source", workers=1, audit=0, **SMALL)
    annealed = timed(lambda: anneal_from(source, toy.likelihood(contents), tmp_path / "annealed", workers=1, audit=0))
    fresh = timed(lambda: sample(toy.posterior(contents=contents), tmp_path / "fresh", seed=2, workers=1, audit=0, **SMALL))
    cells = {row[0]: row[1:] for row in measured(annealed, fresh, "command").rows}
    counts = [evaluations_of(run) for run, *_ in (annealed, fresh)]
    assert counts[0] < counts[1]
    assert cells["million evaluations"][-1] == f"{counts[0] / counts[1]:.2f}"
    rungs = cells["rungs of the first population"]
    assert int(rungs[0]) < int(rungs[1])
    # All stored draws are evaluated, then fewer walkers make five times as many sweeps on a rung.
    run, ladders = annealed[0], annealed[0].population_ladders
    walkers, rungs = run.configuration.walkers, sum(len(ladder) for row in ladders for ladder in row)
    assert walkers == 20  # as few as moves need
    assert counts[0] == 2 * 2 * 100 + walkers * (20 * rungs + 2 * run.steps)
