"""A run as labelled draws: a data frame, and values by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lqbayes.input.html import html_table
from lqbayes.input.problems import did_you_mean
from lqbayes.quantities import CENTRAL_LEVELS, group_quantities, quantities, resampled

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


def run_frame(run: Run, walkers: NDArray[np.int64] | None = None) -> pd.DataFrame:
    """Posterior draws as a data frame, all walkers unless some are chosen."""
    draws, model = run.draws(), run.posterior_target.model
    ensembles, steps, count = draws.shape
    chosen = np.arange(count) if walkers is None else walkers
    places = np.meshgrid(np.arange(1, ensembles + 1), np.arange(1, steps + 1), chosen, indexing="ij")
    columns: dict[str, NDArray[Any]] = dict(zip(("ensemble", "step", "walker"), map(np.ravel, places), strict=True))
    columns["log_likelihood"] = run.terms().sum(axis=-1)[:, :, chosen].ravel()
    columns["log_posterior"] = run.log_density()[:, :, chosen].ravel()
    for names, values in ((model.parameter_names, draws.points), (model.observable_names, draws.observables)):
        rows = values[:, :, chosen].reshape(-1, len(names))
        columns |= {name: rows[:, k] for k, name in enumerate(names)}
    frame = pd.DataFrame(columns)
    rows = resampled(draws.log_evidences, steps * len(chosen), len(frame))  # all of them, in order, where the evidences are equal
    return frame.iloc[rows].reset_index(drop=True)


def named_values(run: Run, name: str) -> NDArray[np.float64]:
    """Values of one parameter, observable or reported quantity."""
    draws, model = run.draws(), run.posterior_target.model
    for index, values in ((model.parameter_index, draws.points), (model.observable_index, draws.observables)):
        if name in index:
            return values[..., index[name]]
    reported = {quantity.name: quantity for quantity in quantities(run.posterior_target, logarithms=True)}
    if name not in reported:
        known = [*model.parameter_names, *model.observable_names, *reported]
        raise KeyError(f"the run has no parameter, observable or quantity '{name}'; {did_you_mean(name, known)}")
    return draws.values(reported[name])


def run_html(run: Run) -> str:
    """Name, state and headline medians of a run, for a notebook."""
    draws = run.draws()
    verdict = "converged" if run.converged else "NOT CONVERGED"
    rows = []
    for quantity in group_quantities(run.posterior_target, "headline"):
        low, median, high = np.quantile(draws.pooled(draws.values(quantity)), CENTRAL_LEVELS)
        rows.append((quantity.name, quantity.unit_text, *(f"{x:.4g}" for x in (median, low, high))))
    return html_table(f"Run {run.name}: {verdict}, ln Z = {run.log_evidence:.2f}", ("quantity", "unit", "median", "16 %", "84 %"), rows)
