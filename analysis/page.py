"""Result pages: Markdown for readers with the command and the state of every run, CSV for programs."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
from runs import Options, summary_of

import lqbayes
from lqbayes.report.table import Column, Table
from lqbayes.storage.atomic import write_text_atomically


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, text: int = 1) -> str:
    """Write a table whose first columns are text and the others numbers."""
    columns = [Column(heading, kind="text" if k < text else "number") for k, heading in enumerate(headings)]
    return Table.of_texts("", columns, rows).markdown(title=False).rstrip()


def write_csv(given: Options, name: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table for programs into the folder of the results."""
    Table("", pd.DataFrame(rows, columns=list(headings)), ()).write(given.output / f"{name}.csv")


def write_page(given: Options, title: str, runs: Sequence[lqbayes.Run], sections: Sequence[str], page: Path | None = None) -> None:
    """Write the page of a script, which says first which of its runs have converged, and say where it is."""
    summaries = [summary_of(run) for run in runs]
    states = [(f"`{s.name}`", f"{s.steps} steps of {s.size}", s.state) for s in summaries]
    failed = [s.name for s in summaries if not s.converged]
    warning = f"**NOT CONVERGED: {len(failed)} of {len(runs)} runs. " if failed else ""
    if failed:
        warning += "A quick run shows that the script works, and none of its numbers.**" if given.quick else "See which quantities below.**"
    head = [
        f"# {title}",
        f"`{given.command}`, lqbayes {lqbayes.__version__}, Python {platform.python_version()} on {platform.machine()}, {date.today()}.",
        *([warning] if failed else []),
    ]
    text = "\n\n".join([*head, *sections, "## Runs", markdown_table(("run", "stored", "state"), states, text=3), _NOTE]) + "\n"
    path = page or given.output / f"{given.script}.md"
    write_text_atomically(path, text)
    print(f"{warning.strip('*') or 'all runs have converged'}\nwrote {path}")


_NOTE = (
    "Intervals are equal-tailed credible intervals; ± is the standard error from the scatter between independent ensembles. "
    "Evidences are relative to the prior, each term of the likelihood being 1 at its maximum."
)
