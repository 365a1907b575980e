"""Put the results of a run into README.md, so that no number there is typed by hand.

python bench/refresh_readme.py chains/paper-paper-1

The finding at its top is that of the page of analysis/what_survives.py.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from measured_table import fill, machine

from lqbayes import Run
from lqbayes.quantities import group_quantities
from lqbayes.report.tables import interval_table
from lqbayes.results.summary import Summary

ROOT = Path(__file__).parent.parent
SURVIVES = Path("analysis/results/what-survives.md")
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


def finding() -> str:
    """Take the finding of `python analysis/what_survives.py` from its page, with the command and the machine that made it."""
    page = (ROOT / SURVIVES).read_text(encoding="utf-8")
    found = re.search(r"<!-- finding: begin -->\n(.*?)\n<!-- finding: end -->", page, re.DOTALL)
    if not found:
        raise SystemExit(f"{SURVIVES}: the marks of the finding are missing; write the page with python analysis/what_survives.py")
    picture = SURVIVES.with_suffix("") / "survival.png"
    command = next(line for line in page.split("\n") if line.startswith("`python "))
    return f"""{found.group(1)}

[`{SURVIVES}`]({SURVIVES}) says how, with what is left: {command}

![By how much draws of the paper's posterior miss each group of constraints that it did not know]({picture})"""


def main() -> None:
    run = Run.open(sys.argv[1])
    if (ROOT / SURVIVES).exists():
        fill(ROOT / "README.md", "finding", finding())
    fill(ROOT / "README.md", "results", results(run))
    (ROOT / PICTURE).parent.mkdir(exist_ok=True)
    shutil.copyfile(run.results / "corner-headline.png", ROOT / PICTURE)


if __name__ == "__main__":
    main()
