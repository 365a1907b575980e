"""Result pages: Markdown for readers with the command and the state of every run, CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from runs import Options

import lqbayes
from lqbayes.results.summary import Summary
from lqbayes.storage.atomic import write_text_atomically


def markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, text: int = 1) -> str:
    """Write a table.

    Parameters
    ----------
    headings
        One for each column.
    rows
        The cells.
    text
        How many columns are text; the others are numbers.

    Returns
    -------
    str
        GitHub-flavoured Markdown.
    """
    lines = [list(headings), [*["---"] * text, *["---:"] * (len(headings) - text)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write_csv(given: Options, name: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a table for programs into the folder of the results.

    Parameters
    ----------
    given
        The command line.
    name
        Name of the file, without suffix.
    headings, rows
        The table.
    """
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([headings, *rows])
    write_text_atomically(given.output / f"{name}.csv", stream.getvalue())


def write_page(given: Options, title: str, runs: Sequence[lqbayes.Run], sections: Sequence[str]) -> None:
    """Write the page of a script into the folder of the results and say where it is.

    Parameters
    ----------
    given
        The command line.
    title
        Title of the page.
    runs
        The runs that it rests on: the page says first which of them have converged.
    sections
        The text, in Markdown.
    """
    states = [
        (f"`{run.name}`", f"{run.steps} steps of {run.configuration.ensembles} x {run.configuration.walkers}", Summary.of(run).state)
        for run in runs
    ]
    failed = [run.name for run in runs if not run.converged]
    warning = f"**NOT CONVERGED: {len(failed)} of {len(runs)} runs. " if failed else ""
    if failed:
        warning += "A quick run shows that the script works, and none of its numbers.**" if given.quick else "See which quantities below.**"
    head = [f"# {title}", f"`{given.command}`, lqbayes {lqbayes.__version__}.", *([warning] if failed else [])]
    text = "\n\n".join([*head, *sections, "## Runs", markdown_table(("run", "stored", "state"), states, text=3), _NOTE]) + "\n"
    path = given.output / f"{given.script}.md"
    write_text_atomically(path, text)
    print(f"{warning.strip('*') or 'all runs have converged'}\nwrote {path}")


_NOTE = (
    "Intervals are equal-tailed credible intervals; ± is the standard error from the scatter between independent ensembles. "
    "Evidences are relative to the prior, each term of the likelihood being 1 at its maximum."
)
