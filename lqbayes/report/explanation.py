"""Why the posterior looks as it does: the files that ``lqbayes explain`` writes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lqbayes.quantities import Quantity
from lqbayes.report.prior_tables import RANGE_NOTE, SCALING_NOTE, range_table, scaling_table
from lqbayes.report.results import plot_attempts, save_figure
from lqbayes.report.rounding import number
from lqbayes.report.table import Column, Table
from lqbayes.results.importance import FEWEST_DRAWS
from lqbayes.results.influence import Influence, influences
from lqbayes.results.information import BINS, Information, information
from lqbayes.results.measured import Predictive, predictives
from lqbayes.results.prior_sensitivity import PriorSensitivity, prior_sensitivity
from lqbayes.results.summary import Summary
from lqbayes.sampling.settings import NOT_CONVERGED
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that a run says about its own posterior."""

    summary: Summary
    predictives: tuple[Predictive, ...]  # The posterior against each measurement
    quantities: tuple[Quantity, ...]  # Headline quantities, and what each term does to them
    influences: tuple[Influence, ...]
    information: tuple[Information, ...]  # What was learned about each parameter
    prior: PriorSensitivity  # What the prior does to the headline quantities

    @property
    def state(self) -> str:
        """The sentence about the state of the run."""
        return self.summary.state


def explain(run: Run) -> Explanation:
    """Explain the posterior of a run."""
    summary, rng = Summary.of(run), np.random.default_rng(run.configuration.seed)
    shown, found = influences(run, summary.convergence)
    return Explanation(
        summary, predictives(run, summary.terms, rng), shown, found, information(run, rng), prior_sensitivity(run, summary.convergence)
    )


def write_explanation(run: Run, explanation: Explanation, folder: Path | None = None) -> list[Path]:
    """Write tables and plots, into the run directory unless there is another folder; a plot that fails is named in a warning."""
    folder, summary = folder or run.results, explanation.summary
    words = folder / "explain.md"
    write_text_atomically(words, to_markdown(explanation))
    tables = [measurement_table(explanation), term_table(explanation), information_table(explanation)]
    tables += [scaling_table(explanation.prior, explanation.state), range_table(explanation.prior, explanation.state)]
    written = [words, *(table.write(folder / f"explain-{table.title}.csv") for table in tables)]

    @cache
    def figure(name: str) -> Figure:
        from lqbayes.report.plots.explanation_plots import influence_figure, information_figure, predictive_figure
        from lqbayes.report.plots.prior_plots import prior_figure

        if name == "predictive":
            return predictive_figure(run, summary, np.random.default_rng(run.configuration.seed))
        if name == "terms":
            return influence_figure(summary, explanation.quantities, explanation.influences)
        return information_figure(summary, explanation.information) if name == "information" else prior_figure(summary, explanation.prior)

    with plot_attempts() as attempt:
        for name in ("predictive", "terms", "information", "prior"):
            for path in (folder / f"explain-{name}{suffix}" for suffix in (".png", ".pdf")):
                written += attempt(path.name, lambda: [save_figure(figure(name), path)]) or []  # noqa: B023 - called at once
    return written


def measurement_table(explanation: Explanation) -> Table:
    """The posterior against each measurement."""
    names = ("measurement", "observable", "median", "low68", "high68", "predictive_pull", "p_value")
    found = [(p, p.predicted) for p in explanation.predictives]
    records = [(p.measurement.name, x.name, x.median, x.low68, x.high68, p.predictive_pull, p.p_value, x.measured) for p, x in found]
    columns = (
        Column("measurement", kind="name"),
        Column("observable", kind="name"),
        Column("measured", kind="name", extra=1),
        Column("posterior median", "median", "number", ".3g"),
        Column("68 %", lambda r: f"{r['low68']:.3g} .. {r['high68']:.3g}", "number", extra=2),
        Column("predictive pull", "predictive_pull", "number", "+.2f"),
        Column("p", "p_value", "number", ".2g"),
    )
    frame = pd.DataFrame(records, columns=[*names, "measured"])
    return Table("measurements", frame, columns, state=explanation.state, csv_columns=names)


def term_table(explanation: Explanation) -> Table:
    """What each term does: its chi^2 and the evidence, with and without it."""
    names = [q.name for q in explanation.quantities]
    fields = ("term", "chi2", "chi2_without", "log_predictive", "k", "k_chi2", "k_limit", "ess", "ess_scaled")
    frame = pd.DataFrame([[getattr(i, field) for field in fields] for i in explanation.influences], columns=list(fields))
    frame["log_predictive"] = [i.log_predictive if i.reliable else math.nan for i in explanation.influences]
    for kind, shifts in (("without", "shifts"), ("per_doubling", "power_scaling")):
        for k, name in enumerate(names):
            frame[f"shift_{kind}_{name}"] = [getattr(i, shifts)[k] for i in explanation.influences]
    columns = (
        Column("term", kind="name"),
        Column("chi2", kind="number", form=".2f"),
        Column("chi2 without", "chi2_without", "number", ".2f", missing="-"),
        Column("ln p", "log_predictive", "number", "+.2f", missing="-"),
        Column("k", kind="number", form=".2f"),
        Column("k (chi2)", "k_chi2", "number", ".2f", extra=1),
        Column("ESS", lambda r: "-" if math.isnan(r["log_predictive"]) else f"{r['ess']:.0f}", "number", extra=2),
    )
    return Table("terms", frame, columns, state=explanation.state)


def shift_table(explanation: Explanation) -> Table:
    """Shift of each headline median without a term, and for each doubling of its log-likelihood."""

    def both(name: str) -> Column:
        def text(row: Mapping[str, Any]) -> str:
            return " / ".join(number(row[f"shift_{kind}_{name}"], "+.2f", "-") for kind in ("without", "per_doubling"))

        return Column(name, text, "number")

    columns = (Column("term", kind="name"), *(both(q.name) for q in explanation.quantities))
    return Table("shifts", term_table(explanation).frame, columns, state=explanation.state)


def information_table(explanation: Explanation) -> Table:
    """What was learned about each parameter."""
    columns = (
        Column("parameter", kind="name"),
        Column("bits", kind="number", form=".3f"),
        Column("nats", kind="number", form=".3f"),
        Column("bias (nats)", "bias_nats", "number", ".4f"),
    )
    records = [(i.parameter, i.nats, i.bits, i.bias) for i in explanation.information]
    return Table("information", pd.DataFrame(records, columns=["parameter", "nats", "bits", "bias_nats"]), columns, state=explanation.state)


def to_markdown(explanation: Explanation) -> str:
    """Write everything for readers."""
    state = explanation.state
    parts = [
        f"# Why the posterior of the run {explanation.summary.name} looks as it does",
        f"**{state}**" if state.startswith(NOT_CONVERGED) else state,
        "## Posterior predictive",
        "Predictive pull: posterior mean less the measured value, over both errors in quadrature; negative below it. "
        "(The pull of a draw, in the report, is over the measurement's error alone.) p: share of replicated measurements farther out "
        "than the real one; of a limit or bound, share of the posterior beyond it. The measurement is part of the fit, so that both are "
        "mild by construction.",
        measurement_table(explanation).markdown(title=False),
        "## Terms",
        "chi2: posterior median of -2 ln L of the term, with and without the term in the fit. ln p: log of the evidence over that without "
        "the term, that is how well the other terms predict this one (0 at best). Without the term by Pareto-smoothed importance sampling; "
        f"where k is above min(1 - 1/log10 S, 0.7) for S effective draws, or fewer than {FEWEST_DRAWS} effective draws are left, there is "
        "no number, and only a run without the term can say more; for chi2 without the term, k of weight times chi2 counts as well.",
        term_table(explanation).markdown(title=False),
        "Shift of medians, in half widths of the 68 % interval: without the term / for each doubling of its log-likelihood "
        "(power scaling, arXiv:2107.14054).",
        shift_table(explanation).markdown(title=False),
        "## Information about the parameters",
        f"Kullback-Leibler divergence from prior to posterior of each parameter alone, in {BINS} bins of equal prior probability: a lower "
        f"bound, at most {math.log(BINS):.1f} nats. Bias: what a posterior equal to the prior would give with as many effective draws; not "
        "subtracted.",
        information_table(explanation).markdown(title=False),
        "## Prior",
        SCALING_NOTE,
        scaling_table(explanation.prior, state).markdown(title=False),
        RANGE_NOTE,
        range_table(explanation.prior, state).markdown(title=False),
    ]
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"
