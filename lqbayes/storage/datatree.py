"""A run as ArviZ reads it; the only module that imports ArviZ.

Layout: an ensemble is a chain. Its draws are all walkers of the first stored step, then all of the second, and so on. The
coordinates ``step`` and ``walker`` along ``draw`` tell them apart: ``.set_index(draw=["step", "walker"]).unstack("draw")`` gives
both their own dimension. Walkers are not chains, since those of one ensemble influence each other. ArviZ's R-hat then compares
ensembles, as it should, but its effective sample size takes the walkers of a step as independent and is too large: take the one
of `lqbayes.storage.run.Run.convergence`.

``measured`` is the one variable of ``log_likelihood``, with a term for each measurement that distinguishes draws, of ``observed_data``,
with the values that were measured (limits have none), and of the predictive groups, with what would be measured again: ArviZ compares over
all of them.
``log_prior`` is the density of each sampled parameter in its own unit, not in the sampling coordinates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import arviz_base
import numpy as np
import xarray
from arviz_stats.base import array_stats  # type: ignore[attr-defined]
from numpy.typing import NDArray

from lqbayes.likelihood.measurement import Measurement
from lqbayes.model.entries import Entry
from lqbayes.version import __version__

if TYPE_CHECKING:
    from lqbayes.storage.run import Run

_MEASURED, _VALUE = "measured", "value"
# Streams of their own: the run's seed, and keys that no ensemble has.
_PRIOR_STREAM, _PREDICTIVE_STREAM, _PRIOR_PREDICTIVE_STREAM = ((1 << 31) + k for k in range(3))


def to_datatree(run: Run, *, every: int = 1, prior_draws: int = 0) -> xarray.DataTree:
    """Convert a run for ArviZ."""
    if every < 1:
        raise ValueError(f"every must be at least 1, not {every}")
    draws = run.draws()
    _, steps, walkers = draws.shape
    kept = np.arange(0, walkers, every)

    def flat(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return x[:, :, kept].reshape(len(x), -1, *x.shape[3:])

    model, prior = run.posterior_target.model, run.posterior_target.prior
    names = prior.coordinate_names
    constant = {p.name: float(draws.points[0, 0, 0, k]) for k, p in enumerate(model.parameters) if p.name not in names}
    terms, seed = run.terms(), run.configuration.seed
    # A bound that holds in every draw has no tail of weights, over which ArviZ's leave-one-out would stop.
    varying = np.flatnonzero((terms != terms[0, 0, 0]).any(axis=(0, 1, 2)))
    points, observables = flat(draws.points), flat(draws.observables)
    densities = prior.log_densities(points.reshape(-1, points.shape[-1])).reshape(points.shape)
    groups = {
        "posterior": _dataset(_named(run, points, observables)),
        "posterior_predictive": _predictive(run, observables, _PREDICTIVE_STREAM),
        "log_prior": _dataset({name: densities[..., model.parameter_index[name]] for name in names}),
        "log_likelihood": _dataset(
            {_MEASURED: flat(terms[..., varying])}, measurement=[run.posterior_target.term_names[k] for k in varying]
        ),
        "sample_stats": _dataset({"lp": flat(run.log_density())}),
        "observed_data": _observed(run),
        "constant_data": xarray.Dataset(constant),
    }
    along_draw = {"step": ("draw", np.repeat(np.arange(steps), len(kept))), "walker": ("draw", np.tile(kept, steps))}
    for name in ("posterior", "posterior_predictive", "log_prior", "log_likelihood", "sample_stats"):
        groups[name] = groups[name].assign_coords(along_draw)
    if prior_draws > 0:
        points = prior.points(prior.sample(prior_draws, _generator(run, _PRIOR_STREAM)))
        observables = run.posterior_target.observables(points)[np.newaxis]
        # ArviZ puts prior and posterior together, which want the same coordinates then.
        one_step = {"step": ("draw", np.zeros(prior_draws, dtype=np.int64)), "walker": ("draw", np.arange(prior_draws))}
        groups["prior"] = _dataset(_named(run, points[np.newaxis], observables)).assign_coords(one_step)
        groups["prior_predictive"] = _predictive(run, observables, _PRIOR_PREDICTIVE_STREAM).assign_coords(one_step)
    entries: tuple[Entry, ...] = (*model.parameters, *model.observables)
    described = {entry.name: entry for entry in entries}
    for name in {"posterior", "prior", "constant_data"} & set(groups):
        for variable in groups[name].data_vars:
            entry = described[str(variable)]
            groups[name][variable].attrs |= {"long_name": entry.description, "units": entry.unit, "symbol": entry.symbol}
    tree = xarray.DataTree.from_dict(groups)
    # Plain text and numbers, which netCDF can hold.
    tree.attrs |= {
        "inference_library": "lqbayes",
        "inference_library_version": __version__,
        "run": run.name,
        "likelihood": run.configuration.likelihood.name,
        "prior": run.configuration.prior.name,
        "formulas": run.configuration.model.variant,
        "seed": seed,
        "converged": int(run.converged),
        "ensemble_weights": draws.weights,  # in proportion to the evidences: what each chain counts for in everything that lqbayes prints
    }
    return tree


def pareto_smoothed(log_ratios: NDArray[np.float64], relative_efficiency: float) -> tuple[NDArray[np.float64], float]:
    """Smooth the largest importance weights by a generalised Pareto distribution (Vehtari et al. 2024, arXiv:1507.02646)."""
    # ArviZ takes logarithms of inverse weights, as the log-likelihood is in leave-one-out.
    with np.errstate(divide="ignore", invalid="ignore"):  # weights that are nearly all alike have no tail, and k is NaN
        log_weights, k = array_stats.psislw(-log_ratios, r_eff=relative_efficiency)  # type: ignore[no-untyped-call]
    return np.asarray(log_weights, dtype=float), float(k)


def power_scale_sensitivity(
    x: NDArray[np.float64], lower: NDArray[np.float64], upper: NDArray[np.float64], powers: tuple[float, float]
) -> float:
    """Cumulative Jensen-Shannon distance that weights of two powers make, for a doubling of the power (arXiv:2107.14054)."""
    found = array_stats.power_scale_sense(  # type: ignore[no-untyped-call]
        np.atleast_2d(x), np.atleast_2d(lower), np.atleast_2d(upper), lower_alpha=powers[0], upper_alpha=powers[1]
    )
    return float(found)


def _named(run: Run, points: NDArray[np.float64], observables: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Sampled parameters and observables by their names, of (chains, draws, p) and (chains, draws, m) arrays."""
    model, names = run.posterior_target.model, run.posterior_target.prior.coordinate_names
    sampled = {name: points[..., model.parameter_index[name]] for name in names}
    return sampled | {name: observables[..., k] for k, name in enumerate(model.observable_names)}


def _dataset(variables: dict[str, NDArray[np.float64]], **last: Sequence[str]) -> xarray.Dataset:
    """Arrays of (chains, draws), and of one more dimension with its labels where there is one."""
    # ArviZ 0.8 and 1.x agree on this function and its keywords.
    coordinates: dict[Any, Any] = {name: list(labels) for name, labels in last.items()}
    dataset: xarray.Dataset = arviz_base.dict_to_dataset(
        variables,
        sample_dims=["chain", "draw"],
        dims={name: list(last) for name in variables},
        coords=coordinates,
        check_conventions=False,
    )
    return dataset


def _predictive(run: Run, observables: NDArray[np.float64], stream: int) -> xarray.Dataset:
    """Measured values drawn about (chains, draws, m) predictions."""
    rng, index = _generator(run, stream), run.posterior_target.model.observable_index
    rows = observables.reshape(-1, observables.shape[-1])
    drawn = np.concatenate([m.draw(m.predicted(rows, index), rng) for m in _with_values(run)] or [np.empty((len(rows), 0))], axis=1)
    labels = _labels(run)
    return _dataset({_MEASURED: drawn.reshape(*observables.shape[:2], -1)}, value=labels[_VALUE]).assign_coords(labels)


def _observed(run: Run) -> xarray.Dataset:
    values = np.array([x for m in _with_values(run) for x in m.centre], dtype=float)
    return xarray.Dataset({_MEASURED: (_VALUE, values)}, _labels(run))


def _labels(run: Run) -> dict[str, Any]:
    """Name of each measured value, the measurement's with that of the observable if it is of several; its unit and its source."""
    entries = [(m, name) for m in _with_values(run) for name in m.observables]
    names = [m.name if len(m.observables) == 1 else f"{m.name}: {name}" for m, name in entries]
    more = {"unit": [m.unit or "1" for m, _ in entries], "source": [m.source for m, _ in entries]}
    return {_VALUE: names} | {key: (_VALUE, texts) for key, texts in more.items()}


def _with_values(run: Run) -> list[Measurement]:
    return [m for m in run.configuration.likelihood.measurements if m.has_value]


def _generator(run: Run, stream: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(run.configuration.seed, spawn_key=(stream,)))
