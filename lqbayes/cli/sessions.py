"""A session of sampling on the command line: progress, Ctrl-C and SIGTERM, and the report at its end."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lqbayes.cli.exit_status import INTERRUPTED, TERMINATED

if TYPE_CHECKING:
    from collections.abc import Callable

    from lqbayes.cli.progress import Report
    from lqbayes.storage.run import Run


def watched(path: Path, work: Callable[[Report], Run]) -> tuple[Run, float]:
    """Sample with a display of the progress."""
    from lqbayes.cli.consoles import errors
    from lqbayes.cli.progress import progress_display
    from lqbayes.running.signals import exit_by_signal

    started = time.monotonic()
    # As Ctrl-C does, so that the processes of the ensembles end too.
    before = signal.signal(signal.SIGTERM, exit_by_signal)
    try:
        with progress_display(errors()) as report:
            run = work(report)
    except KeyboardInterrupt:
        typer.echo(f"interrupted; `lqbayes resume {path}` goes on where it ended", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except SystemExit as error:
        if error.code != TERMINATED:
            raise
        typer.echo(f"terminated; `lqbayes resume {path}` goes on where it ended", err=True)
        raise typer.Exit(TERMINATED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    return run, time.monotonic() - started


def report_run(run: Run, first_line: str, elapsed: float) -> None:
    """Write tables and plots of a run, and show the intervals and the state."""
    from lqbayes.cli.consoles import errors, output
    from lqbayes.cli.progress import time_text
    from lqbayes.report.results import write_results
    from lqbayes.report.table import state_text
    from lqbayes.report.tables import interval_table
    from lqbayes.results.summary import Summary

    errors().print(f"{first_line}; writing tables and plots")
    summary = Summary.of(run)
    files = write_results(run, summary)
    console = output()
    console.print(interval_table(summary))
    console.print(f"ln Z = {summary.evidence_text}; {summary.size}, {summary.steps} stored steps; {time_text(elapsed)}")
    console.print(state_text(summary.state))
    console.print(f"{len(files)} tables and plots are in {run.results}: {', '.join(path.name for path in files)}", soft_wrap=True)
