"""``lqbayes status``."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lqbayes.cli.options import RunArgument, run_path
from lqbayes.cli.progress import live_view, time_text

if TYPE_CHECKING:
    from rich.console import Group

    from lqbayes.running.status import RunStatus


_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_OF_SILENCE = 180.0


def status(
    run: RunArgument,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every second until the run ends.")] = False,
) -> None:
    """Show where a run stands, without touching it: stage and steps of each ensemble, R-hat over time, time left."""
    from lqbayes.cli.consoles import output

    path = run_path(run)
    console = output()
    found = _read(path)
    if watch and console.is_terminal:
        from rich.live import Live

        with Live(_view(found, path), console=console, auto_refresh=False) as live:
            while found.stage != "ended":
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                found = _read(path)
                live.update(_view(found, path), refresh=True)
        return
    console.print(_view(found, path))
    if watch:
        from lqbayes.cli.progress import progress_display

        with progress_display(console) as report:
            while found.stage != "ended":
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                found = _read(path)
                report(found)


def _read(path: Path) -> RunStatus:
    from lqbayes.input.errors import InputError, RunError
    from lqbayes.input.small_json import read_small_json
    from lqbayes.running.status import RunStatus

    if not (path / "status.json").is_file():
        reason = "the run has not begun" if (path / "run.toml").is_file() else "this is not a run directory; `lqbayes sample` makes one"
        raise RunError(f"{path}: there is no status.json here: {reason}")
    advice = f"`lqbayes resume {path}` writes it again, and `lqbayes diagnose {path}` reads the draws themselves"
    try:
        return read_small_json(path / "status.json", RunStatus)
    except InputError as error:
        raise RunError(f"{path / 'status.json'}: is not the status of a run ({error}); {advice}") from None


def _view(found: RunStatus, path: Path) -> Group:
    from rich.console import Group
    from rich.text import Text

    from lqbayes.report.table import new_table

    parts: list[object] = [live_view(found)]
    if found.history:
        table = new_table()
        for heading in ("after", "stored steps", "worst R-hat", "scarcest sample / target"):
            table.add_column(heading, justify="right")
        for elapsed, steps, rhat, ratio in found.history[-12:]:
            table.add_row(time_text(elapsed), str(steps), "" if rhat is None else f"{rhat:.3f}", "" if ratio is None else f"{ratio:.2f}")
        parts.append(table)
    silence = time.time() - found.updated
    if found.stage != "ended" and silence > _SECONDS_OF_SILENCE:
        word = f"no word for {time_text(silence)}: the process may be dead; `lqbayes resume {path}` goes on where it ended"
        parts.append(Text(word, "bold red"))
    return Group(*parts)  # type: ignore[arg-type]
