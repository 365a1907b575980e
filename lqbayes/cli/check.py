"""``lqbayes check``: tests of the sampler that a user can repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import PLOTS, FormulasOption, chosen_model, output_file

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from lqbayes.calibration.result import Calibration


_NOT_CALIBRATED: Final = NOT_CONVERGED  # both say: the answer is not to be trusted
# Those of lqbayes.calibration.calibration.CalibrationSettings, whose import would make --help slow; a test compares them.
_SEED, _REPETITIONS, _WALKERS, _SWEEPS, _STEPS, _POPULATIONS = 1, 200, 300, 25, 150, 2

check = typer.Typer(
    name="check",
    help="Test the sampler.",
    no_args_is_help=True,
    epilog="Example: [bold]lqbayes check sbc[/bold] tests whether posteriors mean what they say.",
)


@check.callback()
def _check() -> None:
    """Test the sampler."""


@check.command(epilog="Example: [bold]lqbayes check sbc --repetitions 400 --seed 2 --output ranks.pdf[/bold]")
def sbc(
    repetitions: Annotated[int, typer.Option(help="How many points are drawn from the prior, each with a posterior.")] = _REPETITIONS,
    walkers: Annotated[int, typer.Option(help="Walkers of each population.")] = _WALKERS,
    sweeps: Annotated[int, typer.Option(help="Steps at each temperature of the annealing.")] = _SWEEPS,
    steps: Annotated[int, typer.Option(help="Further steps at the posterior.")] = _STEPS,
    populations: Annotated[int, typer.Option(help="Populations of each posterior, pooled by their evidences.")] = _POPULATIONS,
    seed: Annotated[int, typer.Option(help="Every random number follows from it.")] = _SEED,
    workers: Annotated[int | None, typer.Option(help="Processes; the result does not depend on it.", show_default="one per core")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The plot: .png, .pdf or .svg.")] = Path("sbc.png"),
    likelihood: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Forms and errors of the measurements; their values are drawn.")
    ] = "calibration",
    prior: Annotated[str, typer.Option(metavar="NAME|FILE", help="Prior: a shipped name or a TOML file.")] = "calibration",
    formulas: FormulasOption = "paper",
    top: Annotated[int, typer.Option(min=0, help="How many quantities to show, the worst first; 0 for all.")] = 20,
) -> None:
    """Simulation-based calibration of the whole chain: prior draw, synthetic measurements, sampling, ranks.

    The rank of the true value among posterior draws is uniform if the sampler is right. Each quantity's ranks get a chi-square test and
    one of their distribution function. Exit status: 0 calibrated, 3 not calibrated (at 0.01 over the number of quantities), 2 wrong input.
    """
    from lqbayes.calibration.calibration import CalibrationSettings, calibrate
    from lqbayes.cli.consoles import errors
    from lqbayes.cli.consoles import output as output_console
    from lqbayes.likelihood.likelihood import Likelihood
    from lqbayes.posterior import Posterior
    from lqbayes.prior.prior import Prior
    from lqbayes.running.cores import available_cores

    output_file(output, PLOTS)
    model = chosen_model(formulas)
    posterior = Posterior(Prior.load(prior, model), Likelihood.load(likelihood, model))
    settings = CalibrationSettings(seed, repetitions, walkers, sweeps, steps, populations=populations)
    count = available_cores() if workers is None else workers
    with _progress(errors(), repetitions) as report:
        calibration = calibrate(posterior, settings, workers=count, report=report)

    from lqbayes.report.plots.rank_histogram import rank_figure, rank_labels
    from lqbayes.report.results import save_figure

    path = save_figure(rank_figure(calibration, labels=rank_labels(posterior)), output)
    console = output_console()
    console.print(_table(calibration, top or None))
    console.print(calibration.sentence(), style="green" if calibration.calibrated() else "bold red")
    errors().print(f"the rank histograms are in {path}", soft_wrap=True)
    if not calibration.calibrated():
        raise typer.Exit(_NOT_CALIBRATED)


@contextmanager
def _progress(console: Console, repetitions: int) -> Iterator[Callable[[int], None]]:
    """Show how many repetitions are done, on a terminal only."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("repetitions"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("repetitions", total=repetitions)
        yield lambda done: progress.update(task, completed=done)


def _table(calibration: Calibration, top: int | None) -> Table:
    from rich.text import Text

    from lqbayes.report.table import new_table

    table = new_table()
    table.add_column("quantity", no_wrap=True)
    for heading in ("p (chi-square)", "p (ECDF)", "p (both)"):
        table.add_column(heading, justify="right")
    table.add_column("uniform")
    rows = zip(calibration.names, calibration.chi_square_p_values(), calibration.ecdf_p_values(), calibration.p_values(), strict=True)
    threshold = calibration.threshold()
    for name, chi_square, ecdf, both in sorted(rows, key=lambda row: float(row[3]))[:top]:
        uniform = Text("yes", "green") if both >= threshold else Text("no", "bold red")
        table.add_row(name, f"{chi_square:.2g}", f"{ecdf:.2g}", f"{both:.2g}", uniform)
    left = len(calibration.names) - table.row_count
    if left > 0:
        table.caption, table.caption_justify = f"and {left} more", "left"
    return table
