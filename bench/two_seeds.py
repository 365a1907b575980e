"""Whether two runs with different seeds agree within their stated errors, as a table.

python bench/two_seeds.py chains/paper-paper-1 chains/paper-paper-2 [--write]

What is compared is what the tables of the runs print: every median, every end of a 68 % interval, the probability of every sign, and ln Z,
each in units of its Monte Carlo error (interval-errors.csv).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from measured_table import MeasuredTable

from lqbayes import Run
from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.results.agreement import ERROR_PROBABILITY, Agreement, agreement
from lqbayes.results.summary import Summary


def measured(first: Summary, second: Summary, found: Agreement) -> MeasuredTable:
    """Make the table."""
    worst, evidence, spread = found.worst, found.evidence, found.spread
    if spread is None:
        raise SystemExit(
            f"{first.name} and {second.name} are no fresh runs with the same settings and length; `lqbayes compare` compares them"
        )
    rows = [("numbers that are compared", str(len(found.comparisons)), "")]
    for deviations in (1, 2, 3):
        count, expected = found.beyond(deviations)
        rows.append((f"of which differ by more than {deviations} sigma", str(count), f"{expected:.1f} on average"))
    rows += [
        (f"largest difference, {worst.statistic} of {worst.quantity}", f"{abs(worst.deviation):.2f} sigma", f"up to {found.bound:.2f}"),
        ("mean square of the differences", f"{spread.mean_square:.2f}", f"p = {spread.p_value:.2g}"),
    ]
    for run in (first, second):
        rows.append((f"ln Z of {run.name}", f"{run.evidence.log:.3f} ± {run.evidence.error:.3f}", ""))
    rows.append(("their difference", f"{evidence.second - evidence.first:+.3f}, {abs(evidence.deviation):.2f} sigma", ""))
    sizes = [f"{run.name}: {run.size}" for run in (first, second)]
    notes = [
        f"The runs {'agree' if found.agree else 'DISAGREE'}. The verdict is wrong for {ERROR_PROBABILITY:.0%} of such pairs at the most: "
        "one half for the largest difference (Bonferroni), one half for the mean square of all of them.",
        f"The numbers are correlated: the mean square scatters as that of {spread.effective_number:.0f} independent ones would, by "
        f"{len(spread.splits)} random splits of the ensembles of both runs, from which its p-value comes.",
        f"{'; '.join(sizes)}. Errors are 1 sigma from the scatter between ensembles; deviations are those of a Gaussian with the "
        "probability of Student's t.",
    ]
    # Names, not paths: where a run lies is nobody's business.
    command = f"python bench/two_seeds.py chains/{first.name} chains/{second.name}"
    return MeasuredTable("two-seeds", command, ("what", "found", "chance gives"), rows, notes)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs=2, metavar="RUN", type=Path, help="a run directory")
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    options = parser.parse_args(arguments)
    first, second = (Summary.of(Run.open(path)) for path in options.runs)
    for run in (first, second):
        if not run.converged:
            print(f"{run.name} has NOT CONVERGED: its errors are not to be trusted", flush=True)
    found = agreement(first, second)
    table = measured(first, second, found)
    table.show()
    if options.write:
        table.write()
    if not found.agree:  # as `lqbayes compare` ends
        raise SystemExit(NOT_CONVERGED)


if __name__ == "__main__":
    main()
