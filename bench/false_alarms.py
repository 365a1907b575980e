"""False alarms of `lqbayes compare`: how often two runs of one posterior are said to disagree, for equal and unequal runs.

python bench/false_alarms.py [--repetitions 1000] [--write]

Twenty numbers that depend on each other, of ensembles that scatter normally and count by their evidences. "Number by number": the least
probable difference of all, by Student's t. "Together": splits of the ensembles of both runs, which runs of other settings or length are
not put to.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from measured_table import MeasuredTable
from numpy.typing import NDArray

from lqbayes.results.agreement import ERROR_PROBABILITY, compared, spread
from lqbayes.sampling.estimates import Estimate

_NUMBERS, _HIDDEN = 20, 10
_RUNS = tuple((sizes, scatter, sd) for sd in (0.0, 0.3, 0.6) for sizes, scatter in (((8, 8), (1, 1)), ((8, 8), (1, 3)), ((4, 12), (3, 1))))


def run(rng: np.random.Generator, ensembles: int, scatter: float) -> NDArray[np.float64]:
    """Numbers of each ensemble."""
    mixing = np.random.default_rng(0).standard_normal((_HIDDEN, _NUMBERS)) / np.sqrt(_HIDDEN)
    own = 0.3 * rng.standard_normal((ensembles, _NUMBERS))
    return np.asarray(scatter * (rng.standard_normal((ensembles, _HIDDEN)) @ mixing + own))


def estimates(x: NDArray[np.float64], logs: NDArray[np.float64]) -> list[Estimate]:
    weights = np.exp(logs) / np.exp(logs).sum()
    return [Estimate(float(weights @ each), each, weights) for each in x.T]


def measured(repetitions: int) -> MeasuredTable:
    """Make the table."""
    rng, nominal, rows = np.random.default_rng(1), ERROR_PROBABILITY / 2, []
    names = [(str(k), "median") for k in range(_NUMBERS)]
    for sizes, scatter, sd in _RUNS:
        alone, together = 0, 0
        for _ in range(repetitions):
            first, second = (run(rng, n, s) for n, s in zip(sizes, scatter, strict=True))
            logs = [sd * rng.standard_normal(n) for n in sizes]
            found = compared(names, list(zip(estimates(first, logs[0]), estimates(second, logs[1]), strict=True)))
            alone += min(one.p_value for one in found) < nominal / _NUMBERS
            together += spread(first, second, np.concatenate(logs)).p_value < nominal
        rate = f"{together / repetitions:.2%}" + ("" if scatter[0] == scatter[1] else " (not used)")
        rows.append((f"{sizes[0]} + {sizes[1]}", f"{scatter[0]} : {scatter[1]}", f"{sd:g}", f"{alone / repetitions:.2%}", rate))
    error = (nominal / repetitions) ** 0.5
    notes = [f"{repetitions} pairs a row; {nominal:.1%} is stated for each of the two, and known to {error:.1%} from so many."]
    header = ("ensembles", "scatter", "sd of ln Z", "alarms number by number", "alarms together")
    return MeasuredTable("false-alarms", f"python bench/false_alarms.py --repetitions {repetitions}", header, rows, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    table = measured(options.repetitions)
    table.show()
    if options.write:
        table.write()


if __name__ == "__main__":
    main()
