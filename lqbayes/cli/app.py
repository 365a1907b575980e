"""The application: all commands under one name."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lqbayes.cli.best_fit import best_fit
from lqbayes.cli.check import check
from lqbayes.cli.compare import compare
from lqbayes.cli.corner import corner
from lqbayes.cli.diagnose import diagnose
from lqbayes.cli.exit_status import exit_statuses
from lqbayes.cli.explain import explain
from lqbayes.cli.export import export
from lqbayes.cli.figures import figures
from lqbayes.cli.listing import listing
from lqbayes.cli.predict import predict
from lqbayes.cli.report import report
from lqbayes.cli.resume import resume
from lqbayes.cli.reweight import reweight
from lqbayes.cli.sample import sample
from lqbayes.cli.show import show
from lqbayes.cli.status import status
from lqbayes.cli.table import table
from lqbayes.version import __version__


class _Commands(TyperGroup):
    """Commands whose exceptions become exit statuses, also when a test or another program calls them."""

    def invoke(self, ctx: Any) -> Any:
        with exit_statuses():
            return super().invoke(ctx)


app = typer.Typer(
    name="lqbayes",
    cls=_Commands,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: [bold]lqbayes sample[/bold] samples the posterior of the paper; see [bold]lqbayes sample --help[/bold].",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lqbayes {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")] = False,
) -> None:
    """Bayesian inference for a model with three scalar leptoquarks: muon g-2, b -> s mu mu and neutrino masses (arXiv:2104.03248)."""


app.command(epilog="Example: [bold]lqbayes sample --likelihood paper-global --seed 2 --max-time 2h --output global[/bold]")(sample)
app.command(epilog="Example: [bold]lqbayes resume paper-paper-1 --max-time 1h[/bold], or [bold]--rhat 1.005[/bold]")(resume)
app.command(epilog="Example: [bold]lqbayes status paper-paper-1 --watch[/bold]")(status)
app.command(epilog="Example: [bold]lqbayes diagnose paper-paper-1 --top 20[/bold]")(diagnose)
app.command(epilog="Example: [bold]lqbayes table paper-paper-1 --format latex > table.tex[/bold]")(table)
app.command(epilog="Example: [bold]lqbayes corner paper-paper-1 --group wilson --output wilson.pdf[/bold]")(corner)
app.command(epilog="Example: [bold]lqbayes compare paper-paper-1 paper-paper-2[/bold]")(compare)
app.command(epilog="Example: [bold]lqbayes report paper-paper-1[/bold]")(report)
app.command(epilog="Example: [bold]lqbayes export paper-paper-1 --format netcdf --output posterior.nc[/bold]")(export)
app.command("best-fit", epilog="Example: [bold]lqbayes best-fit paper-paper-1 --starts 512[/bold]")(best_fit)
app.command(epilog="Example: [bold]lqbayes explain paper-paper-1[/bold]")(explain)
app.command(epilog="Example: [bold]lqbayes figures paper-paper-1 --output plots[/bold]")(figures)
app.command(epilog="Example: [bold]lqbayes predict points.json --formulas corrected --format json[/bold]")(predict)
app.command(epilog="Example: [bold]lqbayes reweight paper-paper-1 --likelihood my-measurements.toml[/bold]")(reweight)
app.command("list", epilog="Example: [bold]lqbayes list parameters[/bold]")(listing)
app.command(epilog="Example: [bold]lqbayes show paper[/bold], or [bold]lqbayes show my-measurements.toml[/bold]")(show)
app.add_typer(check)
