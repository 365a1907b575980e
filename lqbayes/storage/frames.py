"""A run as labelled draws: a data frame, and values by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lqbayes.input.html import html_table
from lqbayes.input.problems import did_you_mean, shown
from lqbayes.model.entries import Entry
from lqbayes.quantities import quantities
from lqbayes.sampling.estimates import constant_estimates

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


def run_frame(run: Run, walkers: NDArray[np.int64] | None = None) -> pd.DataFrame:
    """Posterior draws as a data frame, all walkers unless some are chosen; an ensemble's draws weigh as its evidence, 1 on average."""
    draws, model = run.draws(), run.posterior_target.model
    ensembles, steps, count = draws.shape
    chosen = np.arange(count) if walkers is None else walkers
    places = np.meshgrid(np.arange(1, ensembles + 1), np.arange(1, steps + 1), chosen, indexing="ij")
    columns: dict[str, NDArray[Any]] = dict(zip(("ensemble", "step", "walker"), map(np.ravel, places), strict=True))
    columns["weight"] = np.repeat(draws.weights * ensembles, steps * len(chosen))
    columns["log_likelihood"] = run.terms().sum(axis=-1)[:, :, chosen].ravel()
    columns["log_posterior"] = run.log_density()[:, :, chosen].ravel()
    for names, values in ((model.parameter_names, draws.points), (model.observable_names, draws.observables)):
        rows = values[:, :, chosen].reshape(-1, len(names))
        columns |= {name: rows[:, k] for k, name in enumerate(names)}
    entries: tuple[Entry, ...] = (*model.parameters, *model.observables)
    frame = pd.DataFrame(columns)
    frame.attrs = {
        "units": {entry.name: entry.unit for entry in entries},
        "symbols": {entry.name: entry.latex for entry in entries},
        "descriptions": {entry.name: entry.description for entry in entries},
    }
    return frame


def known_names(run: Run) -> list[str]:
    """Names of all parameters, observables and reported quantities, each once."""
    model = run.posterior_target.model
    reported = (quantity.name for quantity in quantities(run.posterior_target, logarithms=True))
    return list(dict.fromkeys((*model.parameter_names, *model.observable_names, *reported)))


def named_values(run: Run, name: str) -> NDArray[np.float64]:
    """Values of one parameter, observable or reported quantity."""
    draws, model = run.draws(), run.posterior_target.model
    for index, values in ((model.parameter_index, draws.points), (model.observable_index, draws.observables)):
        if name in index:
            return values[..., index[name]]
    reported = {quantity.name: quantity for quantity in quantities(run.posterior_target, logarithms=True)}
    if name not in reported:
        advice = did_you_mean(str(name), known_names(run))
        raise KeyError(f"the run has no parameter, observable or quantity {shown(name)}; {advice}")
    return draws.values(reported[name])


def run_html(run: Run) -> str:
    """Name, state and headline medians of a run, for a notebook: the numbers of its summary, of which the others would take their time."""
    draws, shown, judged = run.draws(), quantities(run.posterior_target, fixed=True), {q.name: q for q in run.convergence().quantities}
    rows = []
    for quantity in (q for name in run.posterior_target.model.headline for q in shown if q.source == name):
        entry = judged.get(quantity.name)
        found = constant_estimates(float(draws.values(quantity)[0, 0, 0]), draws.weights) if entry is None else entry.estimates
        numbers = (f"{found[name].value:.4g}" if name in found else "" for name in ("median", "low68", "high68"))
        rows.append((quantity.name, quantity.unit_text, *numbers))
    title = f"Run {run.name}, {run.convergence().state}; ln Z = {run.log_evidence:.2f}"
    return html_table(title, ("quantity", "unit", "median", "16 %", "84 %"), rows)
