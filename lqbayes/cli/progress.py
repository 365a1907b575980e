"""What `lqbayes sample` shows while it works: a live table on a terminal, lines of text elsewhere."""

# ruff: noqa: PLC0415 - imports that take time wait until the command runs, so that --help is instant
from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from lqbayes.running.status import EnsembleStatus, RunStatus

if TYPE_CHECKING:
    from rich.console import Console, Group


# A log file needs no more than one line a minute, unless something happens.
_SECONDS_BETWEEN_LINES = 60.0
_STAGES = {
    "waiting": "waiting",
    "bounds": "annealing: hard bounds",
    "likelihood": "annealing: likelihood",
    "sampling": "sampling",
    "done": "done",
}


class Report(Protocol):
    """Takes the state of a run about twice a second."""

    def __call__(self, status: RunStatus) -> None:
        """Show a state."""


@contextmanager
def progress_display(console: Console) -> Iterator[Report]:
    """Show the progress of a run until the block ends."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    from rich.live import Live

    with Live(console=console, auto_refresh=False, transient=True) as live:
        yield lambda status: live.update(live_view(status), refresh=True)


class _Lines:
    """One line when a stage changes or a diagnosis comes, and else one now and then."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: tuple[object, ...] = ()
        self._when = -math.inf

    def __call__(self, status: RunStatus) -> None:
        event = (status.message, tuple(e.stage for e in status.ensembles), status.worst_rhat, status.missing)
        if event == self._shown and status.elapsed - self._when < _SECONDS_BETWEEN_LINES:
            return
        self._shown, self._when = event, status.elapsed
        parts = [f"[{time_text(status.elapsed)}] {status.message}", *(_ensemble_text(e) for e in status.ensembles)]
        diagnosis = _diagnosis(status)
        self._console.print("; ".join([*parts, *([diagnosis] if diagnosis else []), f"left {time_text(status.time_left)}"]), soft_wrap=True)


def _ensemble_text(ensemble: EnsembleStatus) -> str:
    population = f", population {ensemble.population + 1}" if ensemble.population else ""
    return f"{ensemble.index + 1}: {_STAGES[ensemble.stage]}{_temperature(ensemble)}{population}, {ensemble.steps} steps"


def _temperature(ensemble: EnsembleStatus) -> str:
    if ensemble.stage == "bounds":
        return f" (penalty {ensemble.penalty:.3g}, rung {ensemble.rung})"
    return f" (power {ensemble.beta:.2g}, rung {ensemble.rung})" if ensemble.stage == "likelihood" else ""


def live_view(status: RunStatus) -> Group:
    """Show a state as a table with the diagnosis and the clock."""
    from rich.console import Group
    from rich.text import Text

    from lqbayes.report.table import new_table

    table = new_table()
    for heading in ("ensemble", "population", "stage", "temperature", "rung", "sweep", "steps", "acceptance", "ln Z"):
        table.add_column(heading, justify="left" if heading in {"ensemble", "stage"} else "right", no_wrap=True)
    for e in status.ensembles:
        annealing = e.stage in {"bounds", "likelihood"}
        temperature = f"penalty {e.penalty:.3g}" if e.stage == "bounds" else f"power {e.beta:.3g}" if annealing else ""
        table.add_row(
            str(e.index + 1),
            str(e.population + 1),
            _STAGES[e.stage],
            temperature,
            str(e.rung) if e.rung else "",
            f"{e.sweep}/{e.sweeps}" if e.sweeps else "",
            str(e.steps) if e.steps else "",
            f"{e.acceptance:.3f}" if e.acceptance else "",
            f"{e.log_evidence:.2f}" if e.log_evidence else "",
        )
    head = Text(f"{status.name}: {status.message}", "bold")
    clock = f"elapsed {time_text(status.elapsed)}, left about {time_text(status.time_left)}"
    diagnosis = _diagnosis(status) or "no diagnosis yet: it needs the first posterior draws of every ensemble"
    return Group(head, table, Text(diagnosis), Text(clock))


def _diagnosis(status: RunStatus) -> str:
    parts = []
    if status.worst_rhat is not None:
        parts.append(f"worst R-hat {status.worst_rhat:.3f} ({status.worst_quantity})")
    if status.lowest_ess is not None and status.lowest_ess_target is not None:
        parts.append(f"scarcest sample {status.lowest_ess:.0f} of {status.lowest_ess_target:.0f} ({status.lowest_ess_quantity})")
    if status.missing is not None:
        parts.append(f"{status.missing} of {status.total} quantities miss their target" if status.missing else "all targets met")
    return ", ".join(parts)


def time_text(seconds: float | None) -> str:
    """Write a duration for people."""
    if seconds is None or not math.isfinite(seconds):
        return "?"
    whole = round(max(seconds, 0.0))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"
