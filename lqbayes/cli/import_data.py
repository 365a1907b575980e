"""``lqbayes import``: measurements from the data of other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lqbayes.cli import completion, consoles, options
from lqbayes.input.errors import ArgumentError, InputError
from lqbayes.input.problems import Problem

if TYPE_CHECKING:
    from lqbayes.importing.measurement_file import Imported, Origin

import_data = typer.Typer(
    name="import",
    help="Write measurement files from flavio's database and from the PDG's.",
    no_args_is_help=True,
    epilog="Example: [bold]lqbayes import pdg S004R3 --as S004R3=BR_mu_egamma --output mu-egamma.toml[/bold]",
)
_OUTPUT: Any = options.output_option("FILE", "The measurement file; one that exists is kept.", "standard output")
_AS: Any = typer.Option("--as", metavar="THERE=HERE", help="What the model calls an observable; may be repeated.", show_default=False)
_MODEL: Any = typer.Option(
    "--model",
    metavar="FILE|NAME",
    help="Check the names and units of this model.",
    show_default="any model that has them",
    autocompletion=completion.models,
)
_FORCE: Any = typer.Option("--force", help="Write over the file.")


@import_data.command(
    epilog="Example: [bold]lqbayes import flavio 'LHCb Bs->mumu 2021' --as 'BR(Bs->mumu)=BR_Bs_mumu' --output bs-mumu.toml[/bold]"
)
def flavio(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Measurements; without one, all are listed.", show_default=False)
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="OBSERVABLE", help="Take this observable and leave others out; may be repeated.")
    ] = None,
    renamed: Annotated[list[str] | None, _AS] = None,
    output: Annotated[Path | None, _OUTPUT] = None,
    force: Annotated[bool, _FORCE] = False,
    model: Annotated[str | None, _MODEL] = None,
) -> None:
    """Import measurements of flavio's database, all observables of each.

    Bins that overlap are refused: choose some with --only. Needs flavio: pip install 'lqbayes[physics]'.
    """
    from lqbayes.importing.flavio_database import FlavioDatabase

    called = _before(renamed or [], output, force)
    database = FlavioDatabase.load()
    if not names:
        typer.echo("\n".join(database.lines()))
        return
    selection = database.select(names, only or (), called)
    for reason in selection.left_out:
        consoles.errors().print(f"left out: {reason}", style="yellow", soft_wrap=True, markup=False)
    _write(selection.imported, database.origin, f"{', '.join(names)} of {database.origin.source}", output, model)


@import_data.command(epilog="Example: [bold]lqbayes import pdg S004R3 --as S004R3=BR_mu_egamma --output mu-egamma.toml[/bold]")
def pdg(
    identifiers: Annotated[list[str], typer.Argument(metavar="IDENTIFIER...", help="PDG identifiers, such as S004R3.", show_default=False)],
    renamed: Annotated[list[str] | None, _AS] = None,
    output: Annotated[Path | None, _OUTPUT] = None,
    force: Annotated[bool, _FORCE] = False,
    model: Annotated[str | None, _MODEL] = None,
) -> None:
    """Import best values and limits of the Review of Particle Physics, from the installed package pdg: nothing is downloaded.

    `lqbayes check data FILE` says later which of them have changed. Needs pdg: pip install 'lqbayes[physics]'.
    """
    from lqbayes.importing.pdg_listings import PdgListings

    called = _before(renamed or [], output, force)
    listings = PdgListings.load()
    _write(listings.select(identifiers, called), listings.origin, f"{', '.join(identifiers)} of {listings.edition}", output, model)


def _before(renamed: Sequence[str], output: Path | None, force: bool) -> dict[str, str]:
    """Check what can be checked before anything is loaded; return the new names of observables."""
    options.check_output(output)
    if output is not None and not force and (output.exists() or output.is_symlink()):
        raise ArgumentError(f"--output: there is '{output}' already, and nothing of it is overwritten; choose another name, or add --force")
    pairs = [text.rpartition("=") for text in renamed]
    remedy = "write it as --as 'BR(Bs->mumu)=BR_Bs_mumu', the name here of letters, digits and underscores"
    wrong = [text for text, (there, _, here) in zip(renamed, pairs, strict=True) if not (there and here.isascii() and here.isidentifier())]
    if wrong:
        raise InputError(Problem(options.COMMAND_LINE, "--as", f"'{text}' is no pair of names", remedy) for text in wrong)
    return {there: here for there, _, here in pairs}


def _write(imported: Sequence[Imported], origin: Origin, title: str, output: Path | None, model: str | None) -> None:
    from lqbayes.importing.measurement_file import measurement_file
    from lqbayes.storage.atomic import write_text_atomically

    chosen = None if model is None else options.chosen_model(model)
    text = measurement_file(imported, origin, title, str(output or "imported"), chosen)
    if output is None:
        typer.echo(text, nl=False)
    else:
        write_text_atomically(output, text)
        consoles.errors().print(f"{len(imported)} measurements are in {output}", soft_wrap=True, markup=False)
