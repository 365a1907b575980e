"""Why the posterior looks as it does: the files that ``lqbayes explain`` writes."""

# ruff: noqa: PLC0415 - matplotlib takes time to load
from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lqbayes.quantities import Quantity
from lqbayes.report.results import save_figure
from lqbayes.results.importance import FEWEST_DRAWS, K_LIMIT
from lqbayes.results.influence import Influence, influences
from lqbayes.results.information import BINS, Information, information
from lqbayes.results.measured import Predictive, predictives
from lqbayes.results.state import NOT_CONVERGED, state_sentence
from lqbayes.storage.atomic import write_text_atomically

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that a run tells about its own posterior.

    Attributes
    ----------
    state
        The sentence about the state of the run.
    predictives
        The posterior against each measurement.
    quantities, influences
        Headline quantities, and what each term does to them.
    information
        What was learned about each parameter.
    """

    state: str
    predictives: tuple[Predictive, ...]
    quantities: tuple[Quantity, ...]
    influences: tuple[Influence, ...]
    information: tuple[Information, ...]


def explain(run: Run) -> Explanation:
    """Explain the posterior of a run."""
    rng = np.random.default_rng(run.configuration.seed)
    shown, found = influences(run)
    return Explanation(state_sentence(run.convergence()), predictives(run, rng), shown, found, information(run, rng))


def write_explanation(run: Run, explanation: Explanation) -> list[Path]:
    """Write tables and plots into the run directory."""
    texts = {"explain.md": to_markdown(explanation, f"Why the posterior of the run {run.name} looks as it does"), **_tables(explanation)}
    written = []
    for name, text in texts.items():
        write_text_atomically(run.path / name, text)
        written.append(run.path / name)
    from lqbayes.report.plots.explanation_plots import influence_figure, information_figure, predictive_figure

    figures = {
        "predictive": predictive_figure(run, np.random.default_rng(run.configuration.seed)),
        "terms": influence_figure(run, explanation.quantities, explanation.influences),
        "information": information_figure(run, explanation.information),
    }
    for name, figure in figures.items():
        written += [save_figure(figure, run.path / f"explain-{name}{suffix}") for suffix in (".png", ".pdf")]
    return written


def _tables(explanation: Explanation) -> dict[str, str]:
    names = [q.name for q in explanation.quantities]
    measurements = [[p.measurement.name, p.observable, p.median, p.low68, p.high68, p.pull, p.p_value] for p in explanation.predictives]
    terms = [
        [
            i.term,
            i.chi2,
            i.chi2_without,
            i.log_predictive if i.reliable else None,
            i.k,
            i.k_chi2,
            i.ess,
            i.ess_scaled,
            *i.shifts,
            *i.sensitivities,
        ]
        for i in explanation.influences
    ]
    columns = ["term", "chi2", "chi2_without", "log_predictive", "k", "k_chi2", "ess", "ess_scaled"]
    columns += [f"shift_without_{name}" for name in names] + [f"shift_per_doubling_{name}" for name in names]
    learned = [[i.parameter, i.nats, i.bits, i.bias] for i in explanation.information]
    return {
        "explain-measurements.csv": _csv(
            ["measurement", "observable", "median", "low68", "high68", "predictive_pull", "p_value"], measurements, explanation.state
        ),
        "explain-terms.csv": _csv(columns, terms, explanation.state),
        "explain-information.csv": _csv(["parameter", "nats", "bits", "bias_nats"], learned, explanation.state),
    }


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]], state: str) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow("" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else cell for cell in row)
    if state.startswith(NOT_CONVERGED):
        writer.writerow([state, *[""] * (len(columns) - 1)])
    return stream.getvalue()


def to_markdown(explanation: Explanation, title: str) -> str:
    """Write everything for readers."""
    state = explanation.state
    measurements = [
        [
            f"`{p.measurement.name}`",
            f"`{p.observable}`",
            (p.measurement.texts() * len(p.measurement.observables))[p.measurement.observables.index(p.observable)],
            f"{p.median:.3g} ({p.low68:.3g} .. {p.high68:.3g})",
            "" if p.pull is None else f"{p.pull:+.2f}",
            f"{p.p_value:.2g}",
        ]
        for p in explanation.predictives
    ]
    terms = [[f"`{i.term}`", *_term_texts(i)] for i in explanation.influences]
    sensitivities = [[f"`{i.term}`", *_shifts(i.shifts), "/", *_shifts(i.sensitivities)] for i in explanation.influences]
    names = [f"`{q.name}`" for q in explanation.quantities]
    learned = [[f"`{i.parameter}`", f"{i.bits:.3f}", f"{i.nats:.3f}", f"{i.bias:.4f}"] for i in explanation.information]
    parts = [
        f"# {title}",
        f"**{state}**" if state.startswith(NOT_CONVERGED) else state,
        "## Posterior predictive",
        "Predictive pull: posterior mean less the measured value, over both errors in quadrature; negative below it. "
        "(The pull of a draw, in the report, is over the measurement's error alone.) p: share of replicated measurements farther out "
        "than the real one; of a limit or bound, share of the posterior beyond it. The measurement is part of the fit, so that both are "
        "mild by construction.",
        _table(["measurement", "observable", "measured", "posterior median (68 %)", "predictive pull", "p"], measurements),
        "## Terms",
        "chi2: posterior median of -2 ln L of the term, with and without the term in the fit. ln p: log of the evidence over that without "
        "the term, that is how well the other terms predict this one (0 at best). Without the term by Pareto-smoothed importance sampling; "
        f"where k is above {K_LIMIT:g} or fewer than {FEWEST_DRAWS} effective draws are left, no number is given and only a run "
        "without the term can tell; for chi2 without the term, k of weight times chi2 counts as well.",
        _table(["term", "chi2", "chi2 without", "ln p", "k", "k (chi2)", "ESS"], terms),
        "Shift of medians, in half widths of the 68 % interval: without the term / for each doubling of its log-likelihood.",
        _table(["term", *names, "/", *names], sensitivities),
        "## Information about the parameters",
        f"Kullback-Leibler divergence from prior to posterior of each parameter alone, in {BINS} bins of equal prior probability: a lower "
        f"bound, at most {math.log(BINS):.1f} nats. Bias: what a posterior equal to the prior would give with as many effective draws; not "
        "subtracted.",
        _table(["parameter", "bits", "nats", "bias (nats)"], learned),
    ]
    return "\n\n".join(parts) + "\n"


def _term_texts(i: Influence) -> list[str]:
    without = "-" if math.isnan(i.chi2_without) else f"{i.chi2_without:.2f}"
    rest = (f"{i.log_predictive:+.2f}", f"{i.ess:.0f}") if i.reliable else ("-", "-")
    return [f"{i.chi2:.2f}", without, rest[0], f"{i.k:.2f}", f"{i.k_chi2:.2f}", rest[1]]


def _shifts(values: Iterable[float]) -> list[str]:
    return ["-" if math.isnan(x) else f"{x:+.2f}" for x in values]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    # |x| of a limit on a modulus would end its cell.
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |" for cells in lines)
