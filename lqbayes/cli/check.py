"""``lqbayes check``: tests of the sampler that a user can repeat."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from lqbayes.calibration.settings import CalibrationSettings
from lqbayes.cli import completion, consoles, options
from lqbayes.cli.exit_status import NOT_CONVERGED
from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem
from lqbayes.sampling.settings import number_problems

_DEFAULTS = CalibrationSettings()
_OWN = "calibration, or the model's own"

check = typer.Typer(
    name="check",
    help="Test the sampler, a model, or the numbers of measurements.",
    no_args_is_help=True,
    epilog="Example: [bold]lqbayes check sbc[/bold] tests whether posteriors mean what they say.",
)


@check.command(epilog="Example: [bold]lqbayes check sbc --repetitions 400 --seed 2 --output ranks.pdf[/bold]")
def sbc(
    repetitions: Annotated[int, typer.Option(help="Points drawn from the prior, each with a posterior.")] = _DEFAULTS.repetitions,
    walkers: Annotated[int, typer.Option(help="Walkers of each population.")] = _DEFAULTS.walkers,
    sweeps: Annotated[int, typer.Option(help="Steps at each temperature of the annealing.")] = _DEFAULTS.sweeps,
    steps: Annotated[int, typer.Option(help="Further steps at the posterior.")] = _DEFAULTS.steps,
    populations: Annotated[int, typer.Option(help="Populations of each posterior, pooled by their evidences.")] = _DEFAULTS.populations,
    seed: options.SeedOption = _DEFAULTS.seed,
    workers: options.WorkersOption = None,
    output: Annotated[Path, options.output_option("FILE", "The plot: .png, .pdf or .svg.", default=True)] = Path("sbc.png"),
    model: options.ModelOption = None,
    likelihood: Annotated[str | None, options.file_option("Measurements; their values are drawn.", _OWN, completion.likelihoods)] = None,
    prior: Annotated[str | None, options.file_option("Prior: a shipped name or a TOML file.", _OWN, completion.priors)] = None,
    formulas: options.FormulasOption = None,
    top: options.TopOption = 20,
) -> None:
    """Simulation-based calibration of the whole chain: prior draw, synthetic measurements, sampling, ranks.

    The rank of the true value among posterior draws is uniform if the sampler is right. Each quantity's ranks get a chi-square test and
    one of their distribution function. Of the model's own measurements, limits are left out: they cannot be drawn. Exit status: 0
    calibrated, 3 not calibrated (at 0.01 over the number of quantities), 2 wrong input.
    """
    from lqbayes.calibration.calibration import calibrate
    from lqbayes.likelihood.synthetic import part_that_can_be_drawn
    from lqbayes.running.cores import available_cores

    options.check_output(output, options.PLOTS)
    problems: list[Problem] = []
    posterior = options.load_posterior(model, formulas, options.Files(likelihood, prior, "calibration"), problems)
    if posterior is not None and likelihood is None:
        measured, left_out = part_that_can_be_drawn(posterior.likelihood)
        posterior = type(posterior)(posterior.prior, measured)
        if left_out:
            what = f"left out: {', '.join(left_out)}, which do not say how a measured value is distributed"
            consoles.errors().print(what, soft_wrap=True)
    settings = CalibrationSettings(seed, repetitions, walkers, sweeps, steps, populations=populations)
    count = available_cores() if workers is None else workers
    found = settings.problems(1 if posterior is None else posterior.dimension) + number_problems("workers", count, 1)
    problems += options.setting_problems(found)
    if problems or posterior is None:
        raise InputError(problems)
    with typer.progressbar(length=repetitions, label="repetitions", file=sys.stderr) as bar:
        calibration = calibrate(posterior, settings, workers=count, report=lambda done: bar.update(done - bar.pos))

    from lqbayes.report.results import plot_attempts, save_figure
    from lqbayes.report.tables import calibration_table

    def plot() -> Path:
        from lqbayes.report.plots.rank_histogram import rank_figure, rank_labels

        return save_figure(rank_figure(calibration, labels=rank_labels(posterior)), output)

    with plot_attempts() as attempt:
        path = attempt(output.name, plot)
    console = consoles.output()
    console.print(calibration_table(calibration, top or None))
    console.print(calibration.sentence(), style="green" if calibration.calibrated() else "bold red")
    if path is not None:
        consoles.errors().print(f"the rank histograms are in {path}", soft_wrap=True)
    if not calibration.calibrated():
        raise typer.Exit(NOT_CONVERGED)  # both say: the answer is not to be trusted


@check.command(
    name="model", epilog="Example: [bold]lqbayes check model mymodel.py[/bold], then [bold]lqbayes check sbc --model mymodel.py[/bold]"
)
def check_model(
    model: Annotated[
        str,
        options.argument("FILE|NAME", "Python file of your model, or a model's name.", completion.models),
    ],
    prior: options.PriorOption = None,
    draws: Annotated[int, typer.Option(min=64, help="Prior draws to look at.")] = 2000,
    seed: options.SeedOption = 1,
) -> None:
    """Look for what is wrong with a model: how it is compiled, and what it predicts over the prior.

    `lqbayes check sbc --model FILE` then tests it together with its measurements. Exit status: 0 nothing is wrong, 3 something is, 2 wrong
    input.
    """
    from lqbayes.calibration.model_check import check_model as findings_of
    from lqbayes.prior.prior import Prior
    from lqbayes.report.tables import finding_table

    chosen = options.chosen_model(model)
    known = Prior.load(options.chosen_file(chosen, "prior", prior), chosen)
    findings = findings_of(known, draws, seed)
    console = consoles.output()
    console.print(finding_table(findings, f"The model {chosen.name}, prior {known.settings.name}"))
    wrong = sum(finding.wrong for finding in findings)
    console.print(f"{wrong} of these are wrong" if wrong else "nothing is wrong", style="bold red" if wrong else "green")
    if wrong:
        raise typer.Exit(NOT_CONVERGED)  # both say: the answer is not to be trusted


@check.command(name="data", epilog="Example: [bold]lqbayes check data full-2026[/bold]")
def check_data(
    file: Annotated[
        str,
        options.argument("NAME|FILE", "Measurements: a shipped name or a TOML file.", completion.likelihoods),
    ],
    model: options.ModelOption = None,
) -> None:
    """Compare measurements that have a PDG identifier (pdg = "S004R3") with the installed package pdg: nothing is downloaded.

    Exit status: 0 nothing is superseded, 3 something is, 2 wrong input. Needs pdg: pip install 'lqbayes[physics]'.
    """
    from lqbayes.importing.comparison import compare
    from lqbayes.importing.pdg_listings import PdgListings
    from lqbayes.likelihood.file import load_likelihood_set, model_of
    from lqbayes.report.table import Column, Table

    chosen = model_of(file, options.chosen_model(model))
    measured = load_likelihood_set(file, chosen)
    found = compare(measured, chosen, PdgListings.load())
    console = consoles.output()
    columns = [Column("measurement", kind="name"), *(Column(heading) for heading in ("PDG identifier", "here", "PDG", "verdict"))]
    rows = [(one.name, one.pdgid, one.here, one.listed, one.verdict) for one in found]
    alarming = frozenset(k for k, one in enumerate(found) if one.superseded)
    if found:
        console.print(Table.of_texts(f"The measurements {measured.name} and the PDG", columns, rows, alarming=alarming))
    superseded = sum(one.superseded for one in found)
    rest = len(measured.measurements) - len(found)
    console.print(
        f"{superseded} of {len(found)} are superseded; {rest} have no PDG identifier", style="bold red" if superseded else "green"
    )
    if superseded:
        raise typer.Exit(NOT_CONVERGED)  # both say: the answer is not to be trusted
