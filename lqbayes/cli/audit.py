"""``lqbayes audit``."""

from pathlib import Path
from typing import Annotated

import typer

from lqbayes.cli.consoles import open_run, output, report_end
from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.cli.options import AUDIT, RunArgument, RunModelOption, setting_problems
from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem
from lqbayes.sampling.settings import AUDIT_SHARE, audit_problems


def audit(
    run: RunArgument,
    model: RunModelOption = None,
    points: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Points to look at, as lqbayes predict reads them.", show_default=False)
    ] = None,
    share: Annotated[float, AUDIT] = AUDIT_SHARE,
) -> None:
    """Search for modes that all ensembles of a run have missed, as `lqbayes sample` does at its end; exit status 3 if there is one.

    It climbs from draws of the prior, stretched to its corners too, from draws of the run, and from points of a file, compares the mass of
    each summit with the share of the draws there, and watches whether walkers leave those that cannot be weighed. A narrow mode that no
    start leads to is not found: where you have a suspicion, name the point.
    """
    import numpy as np

    from lqbayes.points_file import read_points
    from lqbayes.report.tables import mode_table
    from lqbayes.results.summary import Summary
    from lqbayes.running.audit_of_run import audit_run

    problems = setting_problems([("share", what, remedy) for _, what, remedy in audit_problems(share)])
    if problems:
        raise InputError(problems)
    opened = open_run(run, model)
    prior, sampled = opened.posterior_target.prior, opened.configuration.model
    given = None
    if points is not None:
        rows = [[point[name] for name in sampled.parameter_names] for point in read_points(points, sampled)]
        given = prior.coordinates(np.array(rows))
        if not np.isfinite(prior.log_density(given)).all():
            raise InputError([Problem(str(points), "", "has points that the prior excludes", "move them into its ranges")])
    found = audit_run(opened, share, given)
    summary = Summary.of(opened)
    output().print(mode_table(summary) if found.missed else str(found))
    report_end(summary.state, on=output())
    if not summary.converged:
        raise typer.Exit(NOT_CONVERGED)
