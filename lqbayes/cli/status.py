"""Where a run stands: ``lqbayes status``, and what `lqbayes sample` shows: a live table on a terminal, short lines elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lqbayes.cli.consoles import output
from lqbayes.cli.options import RunArgument, run_path
from lqbayes.input.errors import RunError

if TYPE_CHECKING:
    from rich.console import Console, Group

    from lqbayes.running.status import EnsembleStatus, RunStatus

# A log file needs no more than one line a minute, unless something happens.
_SECONDS_BETWEEN_LINES = 60.0
_WIDTH_OF_LINES = 80
_STAGES = {"waiting": "waiting", "bounds": "hard bounds", "likelihood": "likelihood", "sampling": "sampling", "done": "done"}
_ANNEALING = ("bounds", "likelihood")
_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_OF_SILENCE = 180.0


def status(
    run: RunArgument,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Look again every second until the run ends.")] = False,
) -> None:
    """Show where a run stands, without touching it: stage and steps of each ensemble, R-hat over time, time left."""
    path, console = run_path(run), output()
    found, lost = _look(path)
    if watch:
        with progress_display(console, lambda found: _view(found, path, lost)) as show:
            while found.stage != "ended" and not lost:
                show(found)
                time.sleep(_SECONDS_BETWEEN_LOOKS)
                found, lost = _look(path)
    console.print(_view(found, path, lost))


def _look(path: Path) -> tuple[RunStatus, bool]:
    """Read the status of a run, and whether the process that wrote it is gone without having ended it."""
    from lqbayes.running.run_lock import nobody_works

    gone = nobody_works(path)  # before the status is read: a session says that it ends, then releases the lock
    found = _read(path)
    return found, gone and found.stage != "ended"


def _read(path: Path) -> RunStatus:
    from lqbayes.input.errors import InputError
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


def _view(found: RunStatus, path: Path, lost: bool) -> Group:
    from rich.console import Group
    from rich.text import Text

    from lqbayes.report.table import Column, Table

    parts: list[Any] = [live_view(found)]
    if found.history:
        headings = ("after", "stored steps", "worst R-hat", "scarcest sample / target")
        rows = [
            (time_text(elapsed), str(steps), "" if rhat is None else f"{rhat:.3f}", "" if ratio is None else f"{ratio:.2f}")
            for elapsed, steps, rhat, ratio in found.history[-12:]
        ]
        parts.append(Table.of_texts("", [Column(heading, kind="number") for heading in headings], rows))
    silence = time.time() - found.updated
    if lost:
        word = f"nobody works on this run: its process was killed, or its machine stopped, {time_text(silence)} ago"
    elif found.stage != "ended" and silence > _SECONDS_OF_SILENCE:
        word = f"no word for {time_text(silence)}: the process may be dead"
    else:
        return Group(*parts)
    parts.append(Text(f"{word}; `lqbayes resume {path}` goes on where it ended", "bold red"))
    return Group(*parts)


@contextmanager
def progress_display(console: Console, view: Callable[[RunStatus], Group] | None = None) -> Iterator[Callable[[RunStatus], None]]:
    """Show the progress of a run until the block ends."""
    if not console.is_terminal:
        yield _lines(console)
        return
    from rich.live import Live

    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield lambda status: live.update((view or live_view)(status), refresh=True)


def _lines(console: Console) -> Callable[[RunStatus], None]:
    """Write one line when a stage ends or a diagnosis comes, and else one a minute."""
    last: tuple[object, float] = ("", -math.inf)

    def report(status: RunStatus) -> None:
        nonlocal last
        event = (_stage(status), status.worst_rhat)
        if event != last[0] or status.elapsed - last[1] >= _SECONDS_BETWEEN_LINES:
            last = (event, status.elapsed)
            console.print(progress_line(status), soft_wrap=True)

    return report


def progress_line(status: RunStatus) -> str:
    """Say where a run stands in one short line."""
    line, parts = f"[{_clock(status.elapsed)}] {_stage(status)}", []
    if status.time_left is not None and status.stage != "ended":
        parts += [f"{100 * status.elapsed / max(status.elapsed + status.time_left, 1e-9):.0f} % done", f"{_clock(status.time_left)} left"]
    if status.worst_rhat is not None:
        parts.append(f"R-hat {status.worst_rhat:.3f}")
    for part in parts:
        if len(line) + 2 + len(part) <= _WIDTH_OF_LINES:
            line += f", {part}"
    return line if len(line) <= _WIDTH_OF_LINES else f"{line[: _WIDTH_OF_LINES - 3]}..."


def _stage(status: RunStatus) -> str:
    """Name the stage of the ensemble that is furthest behind, or what the run does as a whole."""
    if status.message != "sampling" or not status.ensembles:
        return status.message
    behind = min(status.ensembles, key=lambda e: (e.population, list(_STAGES).index(e.stage)))
    return f"population {behind.population + 1}: {_STAGES[behind.stage]}"


def live_view(status: RunStatus) -> Group:
    """Show a state as a table with the diagnosis and the clock."""
    from rich.console import Group
    from rich.text import Text

    from lqbayes.report.table import Column, Table

    optional = {"rung": 3, "sweep": 2, "acceptance": 1}
    words = [Column("ensemble"), Column("population", kind="number"), Column("stage")]
    numbers = ("temperature", "rung", "sweep", "steps", "acceptance", "ln Z")
    columns = [*words, *(Column(heading, kind="number", extra=optional.get(heading, 0)) for heading in numbers)]
    head = Text(f"{status.name}: {status.message}", "bold")
    diagnosis = _diagnosis(status) or "no diagnosis yet: it needs the first posterior draws of every ensemble"
    clock = f"elapsed {time_text(status.elapsed)}, left about {time_text(status.time_left)}"
    return Group(head, Table.of_texts("", columns, [_cells(e) for e in status.ensembles]), Text(diagnosis), Text(clock))


def _cells(e: EnsembleStatus) -> tuple[str, ...]:
    temperature = f"penalty {e.penalty:.3g}" if e.stage == "bounds" else f"power {e.beta:.3g}" if e.stage == "likelihood" else ""
    return (
        str(e.index + 1),
        str(e.population + 1),
        f"annealing: {_STAGES[e.stage]}" if e.stage in _ANNEALING else _STAGES[e.stage],
        temperature,
        str(e.rung) if e.rung else "",
        f"{e.sweep}/{e.sweeps}" if e.sweeps else "",
        str(e.steps) if e.steps else "",
        f"{e.acceptance:.3f}" if e.acceptance else "",
        f"{e.log_evidence:.2f}" if e.log_evidence else "",
    )


def _diagnosis(status: RunStatus) -> str:
    parts = []
    if status.worst_rhat is not None:
        parts.append(f"worst R-hat {status.worst_rhat:.3f} ({status.worst_quantity})")
    if status.lowest_ess is not None and status.lowest_ess_target is not None:
        parts.append(f"scarcest sample {status.lowest_ess:.0f} of {status.lowest_ess_target:.0f} ({status.lowest_ess_quantity})")
    if status.interval_error is not None:
        parts.append(
            f"largest error of an interval end {status.interval_error:.2f} of its half width in normal scores ({status.interval_end})"
        )
    if status.badly_populated:
        parts.append(f"{status.badly_populated} badly populated")
    if status.missing is not None:
        parts.append(f"{status.missing} of {status.total} quantities miss their target" if status.missing else "all targets met")
    if status.audit is not None:
        parts.append(status.audit)
    return ", ".join(parts)


def time_text(seconds: float | None) -> str:
    """Write a duration for people."""
    if seconds is None or not math.isfinite(seconds):
        return "?"
    whole = round(max(seconds, 0.0))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"


def _clock(seconds: float) -> str:
    whole = round(max(seconds, 0.0)) if math.isfinite(seconds) else 0
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
