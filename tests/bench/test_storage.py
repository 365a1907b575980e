from __future__ import annotations

import time
from pathlib import Path

import pytest

from lqbayes import Likelihood, Posterior, Prior


def test_each_function_has_its_own_time_only() -> None:
    from storage import Times

    times = Times()
    inner = times.watch("inner", lambda: time.sleep(0.05))

    def both() -> None:
        inner()
        time.sleep(0.02)
        inner()

    start = time.perf_counter()
    times.watch("outer", both)()
    whole = time.perf_counter() - start
    assert times.calls == {"inner": 2, "outer": 1}
    assert times.seconds["inner"] >= 0.1
    assert 0.02 <= times.seconds["outer"] <= whole - times.seconds["inner"]


def test_all_that_touches_files_is_watched_and_put_back(tmp_path: Path) -> None:
    from storage import _STEP, OF_TASK, measured, watched_run

    from lqbayes.running import population_task

    posterior = Posterior(Prior.load("calibration"), Likelihood.load("calibration"))
    before = {name: getattr(population_task, name) for name in OF_TASK}
    settings = {
        "walkers": 4 * posterior.dimension,
        "ensembles": 2,
        "sweeps_per_rung": 2,
        "thin": 2,
        "steps_per_population": 3,
        "max_steps": 6,
    }
    run, times, whole = watched_run(posterior, tmp_path / "run", **settings)
    assert {name: getattr(population_task, name) for name in OF_TASK} == before
    ladders = [ladder for ladders in run.population_ladders for ladder in ladders]
    # A checkpoint of the first rung and of the last, of some between them, then the population.
    assert 3 * len(ladders) <= times.calls[OF_TASK["write_population"]] <= sum(map(len, ladders)) + len(ladders)
    assert times.calls[_STEP] == 2 * 6
    assert any("status.json" in name for name in times.calls)
    assert 0 < sum(times.seconds.values()) < whole
    table = measured(times, whole, "python bench/storage.py", "")
    assert {len(row) for row in table.rows} == {len(table.header)}
    assert float(table.rows[-1][3]) == pytest.approx(sum(float(row[3]) for row in table.rows[:-1]), abs=0.02)


def test_kills_are_told_in_a_table() -> None:
    import kills

    rows = dict(kills.measured(kills.Tally(kills=3, damaged=2, different=1), "python bench/kills.py", "job").rows)
    assert rows["kills"] == "3"
    assert rows["files that did not open or were incomplete"] == "2"
    assert rows["runs whose bits differ from the undisturbed one"] == "1"


def test_every_script_has_its_row_and_every_table_its_marks() -> None:
    import re

    folder = Path(__file__).parents[2] / "bench"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for script in folder.glob("*.py"):
        text = script.read_text(encoding="utf-8")
        if "__main__" in text:
            assert f"python bench/{script.name}" in readme
        for name in re.findall(r'MeasuredTable\(\s*"([a-z-]+)"', text):
            assert f"<!-- {name}: begin -->" in readme
            assert f"<!-- {name}: end -->" in readme
