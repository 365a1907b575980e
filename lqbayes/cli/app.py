"""The application: all commands under one name."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from lqbayes.cli.audit import audit
from lqbayes.cli.check import check
from lqbayes.cli.consoles import plain_warnings
from lqbayes.cli.exit_status import exit_statuses
from lqbayes.cli.files import corner, export, figures, report
from lqbayes.cli.import_data import import_data
from lqbayes.cli.init import init
from lqbayes.cli.predict import predict
from lqbayes.cli.profile import profile
from lqbayes.cli.publish import publish, verify
from lqbayes.cli.reweight import reweight
from lqbayes.cli.sample import resume, sample
from lqbayes.cli.shipped import listing, show
from lqbayes.cli.status import status
from lqbayes.cli.tables import best_fit, compare, diagnose, explain, table
from lqbayes.version import __version__


class _Commands(TyperGroup):
    """Commands whose exceptions become exit statuses, also when a test or another program calls them."""

    def make_context(self, *arguments: Any, **more: Any) -> Any:
        with exit_statuses():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: Any) -> Any:
        with exit_statuses(), plain_warnings():
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
    """Bayesian inference for models of new physics: your own in one file (`lqbayes init`), or those that are built in.

    Unless --model says otherwise, it is that of three scalar leptoquarks: muon g-2, b -> s mu mu and neutrino masses (arXiv:2104.03248).
    """


for _function, _example in (
    (init, "init mymodel"),
    (sample, "sample --likelihood paper-global --seed 2 --max-time 2h --output global"),
    (resume, "resume paper-paper-1 --max-time 1h"),
    (status, "status paper-paper-1 --watch"),
    (diagnose, "diagnose paper-paper-1 --top 20"),
    (audit, "audit paper-paper-1 --points suspicion.json"),
    (table, "table paper-paper-1 --format latex > table.tex"),
    (corner, "corner paper-paper-1 --group wilson --output wilson.pdf"),
    (compare, "compare paper-paper-1 paper-paper-2"),
    (report, "report paper-paper-1"),
    (export, "export paper-paper-1 --format netcdf --output posterior.nc"),
    (publish, "publish paper-paper-1 --license https://creativecommons.org/licenses/by/4.0/"),
    (verify, "verify paper-paper-1-published"),
    (best_fit, "best-fit paper-paper-1 --starts 512"),
    (explain, "explain paper-paper-1 --prior"),
    (profile, "profile paper-paper-1 C9_mu C10_mu"),
    (figures, "figures paper-paper-1 --output ."),
    (predict, "predict point.json --formulas corrected --format json"),
    (reweight, "reweight paper-paper-1 --likelihood mine.toml --anneal"),
    (listing, "list parameters"),
    (show, "show paper"),
):
    app.command(_example.split()[0], epilog=f"Example: [bold]lqbayes {_example}[/bold]")(_function)
app.add_typer(check)
app.add_typer(import_data)
