"""``lqbayes profile``: the profile likelihood beside the posterior."""

from pathlib import Path
from typing import Annotated

import typer

from lqbayes.cli import completion
from lqbayes.cli.consoles import open_run, output, report_end, results_folder
from lqbayes.cli.options import RunArgument, RunModelOption, argument, check_output_folder, output_option


def profile(
    run: RunArgument,
    names: Annotated[
        list[str],
        argument("QUANTITY [QUANTITY]", "One quantity or two.", completion.profiled),
    ],
    model: RunModelOption = None,
    bins: Annotated[int | None, typer.Option(min=4, help="Bins of each quantity.", show_default="40 of one, 20 of two")] = None,
    place: Annotated[Path | None, output_option("DIR", "Folder for table and figure.", "results/ of the run")] = None,
) -> None:
    """Profile the likelihood over one quantity or two, beside their posterior, and say where the prior's volume decides.

    The likelihood is maximised over all else in each bin, by climbs from the best draws: a minute for one quantity, some for two. Writes a
    table (CSV, Markdown) and a figure (PNG, PDF).
    """
    from lqbayes.report.profile import profile_table, profile_words, write_profile
    from lqbayes.results.profile import profile as find_profile
    from lqbayes.results.summary import Summary

    check_output_folder(place)
    opened = open_run(run, model)
    folder = results_folder(opened, place)
    found = find_profile(opened, names, bins=bins)
    summary = Summary.of(opened)
    if len(names) == 1:
        output().print(profile_table(found, summary.state))
    else:
        output().print("\n".join(profile_words(found)))
    report_end(summary.state, beside=write_profile(opened, summary, found, folder))
