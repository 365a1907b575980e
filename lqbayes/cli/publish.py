"""``lqbayes publish`` and ``lqbayes verify``: a run to be archived, and whether it is what it says."""

from pathlib import Path
from typing import Annotated

import typer

from lqbayes.cli.consoles import errors, open_run, output, report_end
from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import RunArgument, RunModelOption, check_output_folder, chosen_model, output_option


def publish(
    run: RunArgument,
    model: RunModelOption = None,
    place: Annotated[Path | None, output_option("DIR|FILE.zip", "Folder or zip to make.", "RUN-published")] = None,
    thin: Annotated[int, typer.Option(min=1, help="Keep one walker in so many; the tables are those of all walkers.")] = 1,
    authors: Annotated[
        list[str] | None, typer.Option("--author", metavar="NAME", help="Who made the run; may be repeated.", show_default=False)
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--license", metavar="URL|TEXT", help="What others may do with it.", show_default="none is chosen")
    ] = None,
) -> None:
    """Make one folder or zip of a run, to be archived: settings, draws, tables, page, data and model files, versions, hashes.

    It is described as RO-Crate 1.1, is a run directory itself, and `lqbayes verify` computes its tables again. A run that has not converged
    says so in it.
    """
    from lqbayes.export import published
    from lqbayes.export.research_object import NO_LICENCE, Ownership

    check_output_folder((place or Path()).parent)
    opened = open_run(run, model)
    target = place or Path(f"{opened.name}-published")
    made = published.publish(opened, target, thin=thin, ownership=Ownership(authors or (), licence or NO_LICENCE))
    report_end(opened.convergence().state, [made])


def verify(
    published: Annotated[Path, typer.Argument(metavar="DIR|ZIP", help="What `lqbayes publish` made.", show_default=False)],
    model: RunModelOption = None,
) -> None:
    """Check a published run: hashes of all files, and the tables computed again from the draws, to the bit.

    Needs no network and runs no code from the folder: a model file that was published is run only where --model names it. Exit status: 0
    all is as it was published, 3 something is not, with file, row and column, 2 wrong input, 1 no published run, or a zip that cannot be
    read, with the damaged files.
    """
    from lqbayes.export.archive import unpacked
    from lqbayes.export.verification import differing_files, differing_tables
    from lqbayes.input.printable import printable

    models = () if model is None else (chosen_model(model),)
    with unpacked(published) as folder:
        found = differing_files(folder)
        for difference in found:  # at once: without its model, a run cannot be opened
            output().print(f"{printable(difference.file)}: {difference.text}", style="bold red", soft_wrap=True)
        checked = differing_tables(folder, *models)
    for difference in checked.differences:
        output().print(f"{difference.file}: {difference.text}", style="bold red", soft_wrap=True)
    if found or checked.differences:
        output().print("NOT as it was published", style="bold red")
        raise typer.Exit(NOT_CONVERGED)  # both say: the answer is not to be trusted
    output().print(f"as published: every hash, and {checked.texts} files computed again to the bit", style="green", soft_wrap=True)
    if checked.one_walker_in > 1:
        what = f"one walker in {checked.one_walker_in} was published: tables of these were computed, of those in results/ only the hashes"
        errors().print(what, soft_wrap=True)
    report_end(checked.state)
