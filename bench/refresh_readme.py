"""Put the results of a run into README.md, so that no number there is typed by hand.

python bench/refresh_readme.py chains/paper-paper-1
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from measured_table import fill, machine

from lqbayes import Run
from lqbayes.quantities import group_quantities
from lqbayes.report.tables import interval_table
from lqbayes.results.summary import Summary

ROOT = Path(__file__).parent.parent
PICTURE = Path("docs/corner-headline.png")


def results(run: Run) -> str:
    """Write the headline of a run: table, diagnostics, time, figure."""
    summary = Summary.of(run)
    rows = {row.quantity.name: row for row in summary.intervals}
    names = [quantity.name.removeprefix("log10_") if quantity.origin == "observable" else quantity.name
             for quantity in group_quantities(run.posterior_target, "headline")]  # fmt: skip
    elapsed = json.loads((run.path / "status.json").read_text(encoding="utf-8"))["elapsed"]
    table = interval_table(summary, [rows[name] for name in names]).markdown(title=False).split("\n")
    body = "\n".join(line for line in table if line.startswith("|"))
    return f"""`lqbayes sample` with its defaults (`make sample`), then `python bench/refresh_readme.py {run.path}`:

{body}

ln Z = {run.log_evidence:.2f} ± {run.log_evidence_error:.2f} relative to the prior. {summary.state}
{summary.size}; {elapsed / 60:.1f} minutes of sampling, tables and plots not counted ({machine()}).

![Posterior of the leptoquark mass, Wilson coefficients, R_K, g-2 and three branching ratios with the measured values]({PICTURE})"""


def main() -> None:
    run = Run.open(sys.argv[1])
    fill(ROOT / "README.md", "results", results(run))
    (ROOT / PICTURE).parent.mkdir(exist_ok=True)
    shutil.copyfile(run.results / "corner-headline.png", ROOT / PICTURE)


if __name__ == "__main__":
    main()
