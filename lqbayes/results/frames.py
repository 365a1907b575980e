"""A run as labelled draws: a data frame, and values by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lqbayes.input.problems import did_you_mean
from lqbayes.quantities import quantities

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


def run_frame(run: Run, walkers: NDArray[np.int64] | None = None) -> pd.DataFrame:
    """Posterior draws of a run as a data frame.

    Parameters
    ----------
    run
        The run.
    walkers
        Which walkers of each step, from 0; all of them unless given.

    Returns
    -------
    pandas.DataFrame
        One row a draw, of equal weight: ensemble and step, from 1, walker, from 0, log-likelihood, unnormalised log posterior density in
        the sampling coordinates, and every parameter and observable by its name, in the units of the model.
    """
    draws, model = run.draws(), run.posterior_target.model
    ensembles, steps, count = draws.shape
    chosen = np.arange(count) if walkers is None else walkers
    places = np.meshgrid(np.arange(1, ensembles + 1), np.arange(1, steps + 1), chosen, indexing="ij")
    columns: dict[str, NDArray[Any]] = {name: place.ravel() for name, place in zip(("ensemble", "step", "walker"), places, strict=True)}
    columns["log_likelihood"] = run.terms().sum(axis=-1)[:, :, chosen].ravel()
    columns["log_posterior"] = run.log_density()[:, :, chosen].ravel()
    for names, values in ((model.parameter_names, draws.points), (model.observable_names, draws.observables)):
        rows = values[:, :, chosen].reshape(-1, len(names))
        columns |= {name: rows[:, k] for k, name in enumerate(names)}
    return pd.DataFrame(columns)


def named_values(run: Run, name: str) -> NDArray[np.float64]:
    """Values of one parameter, observable or reported quantity.

    Parameters
    ----------
    run
        The run.
    name
        Name of a parameter or an observable, as the model has it, or of a quantity, as tables have it.

    Returns
    -------
    (ensembles, steps, walkers) array
        Its value in every draw, in the units of the model.

    Raises
    ------
    KeyError
        If there is nothing of that name.
    """
    draws, model = run.draws(), run.posterior_target.model
    for index, values in ((model.parameter_index, draws.points), (model.observable_index, draws.observables)):
        if name in index:
            return values[..., index[name]]
    reported = {quantity.name: quantity for quantity in quantities(run.posterior_target, logarithms=True)}
    if name not in reported:
        known = [*model.parameter_names, *model.observable_names, *reported]
        raise KeyError(f"the run has no parameter, observable or quantity '{name}'; {did_you_mean(name, known)}")
    return draws.values(reported[name])
