"""False convergence: how often ensembles that disagree are called converged, by ranks alone and by everything that is printed.

python bench/stop_rule.py [--repetitions 200] [--write]
python bench/stop_rule.py --runs chains/NAME ... [--write]

Eight ensembles of equal means whose widths differ, as annealed populations of a posterior with several modes have them. "Bulk ranks":
nested R-hat at most 1.01 and 400 effective draws, of ranks only. "Everything": these of folded ranks, too, and Monte Carlo errors of the
median and of all interval ends of at most a tenth of half the interval's width, and no shift by the evidences. Of runs: what the same tenth
would ask for in the units of the quantities, and not in normal scores.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from measured_table import MeasuredTable
from numpy.typing import NDArray

from lqbayes.quantities import LEVELS, Quantity
from lqbayes.sampling.convergence import judge
from lqbayes.sampling.effective_size import effective_sample_size, nested_rhat, rank_normalised
from lqbayes.sampling.settings import ConvergenceTargets

_ENSEMBLES, _DRAWS, _QUANTITIES = 8, 4000, 30
_QUANTITY = Quantity("x", "x", "1", "observable", "real", 0, needs_more_draws=True)
_TARGETS = ConvergenceTargets()


def converged(x: NDArray[np.float64], log_evidences: NDArray[np.float64] | None = None) -> tuple[bool, bool]:
    """Judge (ensembles, steps, walkers) draws by bulk ranks, and by everything that is printed."""
    scores = rank_normalised(x)
    bulk = nested_rhat(scores) <= _TARGETS.rhat and effective_sample_size(scores) >= _TARGETS.ess_observables
    return bulk, judge(_QUANTITY, x, np.zeros(len(x)) if log_evidences is None else log_evidences, _TARGETS).passed


def ensembles(rng: np.random.Generator, widths: float, means: float) -> NDArray[np.float64]:
    """Normal ensembles with widths from 1 - `widths` to 1 + `widths` in random order, and means that scatter by `means`."""
    x = rng.standard_normal((_ENSEMBLES, 1, _DRAWS)) * rng.permutation(np.linspace(1 - widths, 1 + widths, _ENSEMBLES))[:, None, None]
    return np.asarray(x + means * rng.standard_normal((_ENSEMBLES, 1, 1)))


def _false_alarm(rng: np.random.Generator, spread: float) -> bool:
    """Check whether evidences that have nothing to do with any quantity raise an alarm."""
    logs, draws = spread * rng.standard_normal(_ENSEMBLES), np.linspace(-1.7, 1.7, 50)
    runs = (draws + 0.14 * rng.standard_normal((_ENSEMBLES, 1, 1)) for _ in range(_QUANTITIES))
    return any(judge(_QUANTITY, x, logs, _TARGETS).evidence.alarming for x in runs)


def in_units(runs: Sequence[Path]) -> MeasuredTable:
    """Make the table of what errors in units would ask of runs, from the tables that they have written."""
    rows, target = [], _TARGETS.interval_error
    for run in runs:
        ends, errors, judged = (_table(run, name) for name in ("credible-intervals", "interval-errors", "convergence"))
        widths = {mass: (ends[f"high{mass}"] - ends[f"low{mass}"]) / 2 for mass in ("68", "95")}
        shares = pd.DataFrame({end: errors[f"{end}_error"] / widths["95" if end.endswith("95") else "68"] for end in LEVELS})
        found = shares[widths["68"] > 0].max(axis=1)  # neither constants nor signs
        worst, share = found.idxmax(), found.max()
        numbers = (len(found), f"{judged['interval_error'].max():.2f}", sum(found > target), f"{share:.2f} ({worst})")
        rows.append((run.name, *map(str, numbers), f"{ends['ess'][worst]:.0f}", f"{(share / target) ** 2:.0f} times"))
    first = ("run", "quantities", "largest, in scores")
    header = (*first, f"above {target:g} in units", "largest, in units", "effective draws of it", "draws for it")
    note = (
        "Errors of medians and interval ends over half their intervals: in normal scores, as they are judged, and in the unit of the "
        f"quantity. Draws for it: how many times those of the run would bring the largest one in units to {target:g}."
    )
    return MeasuredTable("stop-rule-in-units", f"python bench/stop_rule.py --runs {' '.join(map(str, runs))}", header, rows, [note])


def _table(run: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(run / "results" / f"{name}.csv", index_col="quantity")


def measured(repetitions: int) -> MeasuredTable:
    """Make the table."""
    rng, rows = np.random.default_rng(1), []
    for widths, means in ((0.0, 0.0), (0.0, 0.05), (0.0, 0.1), (0.1, 0.0), (0.2, 0.0), (0.3, 0.0), (0.3, 0.05)):
        found = np.array([converged(ensembles(rng, widths, means)) for _ in range(repetitions)])
        bulk, everything = 100 * found.mean(axis=0)
        rows.append((f"{1 - widths:g} to {1 + widths:g}", f"{means:g}", f"{bulk:.0f} %", f"{everything:.0f} %"))
    for spread in (0.1, 0.6):
        logs = (spread * rng.standard_normal(_ENSEMBLES) for _ in range(repetitions))
        found = np.array([converged(ensembles(rng, 0.0, 0.05), log) for log in logs])
        bulk, everything = 100 * found.mean(axis=0)
        rows.append(("1 to 1", f"0.05, ln Z scatters by {spread:g}", f"{bulk:.0f} %", f"{everything:.0f} %"))
    notes = [f"{repetitions} repetitions a row, {_ENSEMBLES} ensembles of {_DRAWS} independent draws; widths in units of the posterior's."]
    for spread in (0.1, 0.3, 0.6, 0.9):
        share = np.mean([_false_alarm(rng, spread) for _ in range(repetitions)])
        notes.append(
            f"Of runs with {_QUANTITIES} independent quantities, whose means scatter by 0.14 as R-hat 1.01 allows, {share:.1%} are said to "
            f"be badly populated by chance where ln Z scatters by {spread:g}."
        )
    header = ("widths", "scatter of the means", "converged by bulk ranks", "converged by everything printed")
    return MeasuredTable("stop-rule", f"python bench/stop_rule.py --repetitions {repetitions}", header, rows, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--runs", type=Path, nargs="+", default=[], help="measure the errors of these runs in units, and nothing else")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    table = in_units(options.runs) if options.runs else measured(options.repetitions)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
