"""The distributions of flavio as forms of measurements."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.importing.measurement_file import CannotBeImportedError

Array = NDArray[np.float64]

TOLERANCE = 2e-3
"""Of ln L between the points of a table, times 1 + |ln L|."""
LOWEST = -20.0
"""Of ln L in a table: the densities of flavio end at six standard deviations, or in rounding noise."""
_CANDIDATES = 2000  # among which the points of a table are chosen
_MOST_EVENTS = 1000  # that the form gamma takes


def form_of(distribution: Any) -> dict[str, Any]:
    """Keys of a measurement that say the same as a distribution of flavio."""
    kinds = [kind.__name__ for kind in type(distribution).__mro__]
    form = next((_FORMS[kind] for kind in kinds if kind in _FORMS), None)
    if form is None:
        raise CannotBeImportedError(f"there is no form for flavio's {kinds[0]}")
    return form(distribution)


def _gaussian(d: Any) -> dict[str, Any]:
    return {"form": "gaussian", "value": float(d.central_value), "error": float(d.standard_deviation)}


def _split_normal(d: Any) -> dict[str, Any]:
    plus, minus = float(d.right_deviation), float(d.left_deviation)
    return {"form": "split-normal", "value": float(d.central_value), "plus": plus, "minus": minus}


def _upper_limit(d: Any) -> dict[str, Any]:
    return {"form": "upper-limit", "limit": float(d.limit), "cl": float(d.confidence_level)}


def _correlated(d: Any) -> dict[str, Any]:
    lower = np.tril(d.scaled_covariance, -1)  # what flavio evaluates: some of its matrices are not quite symmetric
    correlation = lower + lower.T + np.eye(len(lower))
    values, errors = (np.asarray(x, dtype=float).tolist() for x in (d.central_value, d.err))
    return {"form": "correlated-gaussian", "values": values, "errors": errors, "correlation": correlation.tolist()}


def _counts(d: Any) -> dict[str, Any]:
    if d.counts_total != round(d.counts_total) or d.counts_total > _MOST_EVENTS:
        return _table(d)
    observed, background = round(d.counts_total), float(d.counts_background)
    return {"form": "gamma", "observed": observed, "background": background, "scale": 1 / float(d.scale_factor)}


def _table(d: Any) -> dict[str, Any]:
    """Log-density of a distribution of one observable at few points, between which a straight line is within the tolerance."""
    nodes = np.asarray(getattr(d, "x", d.support), dtype=float)
    parts = math.ceil(_CANDIDATES / (len(nodes) - 1))
    # The nodes, and points between them where flavio's density is linear and its logarithm is not.
    x = np.unique(np.interp(np.arange((len(nodes) - 1) * parts + 1) / parts, np.arange(len(nodes)), nodes))
    y = np.asarray(d.logpdf(x), dtype=float)
    y -= y.max()
    low = y < LOWEST
    best = int(np.argmax(y))
    first, last = np.flatnonzero(low[:best]), np.flatnonzero(low[best:])
    kept = slice(int(first[-1]) + 1 if len(first) else 0, best + int(last[0]) if len(last) else len(x))
    x, y, best = x[kept], y[kept], best - kept.start
    chosen = _chosen(x, y, best)
    return {"form": "tabulated", "grid": [x[chosen].tolist()], "log_likelihood": [y[chosen].tolist()], "outside": "refuse"}


def _chosen(x: Array, y: Array, best: int) -> list[int]:
    """Indices of so many points that straight lines between them are within the tolerance: the worst point is added until none is left."""
    chosen = {0, best, len(x) - 1}
    allowed = TOLERANCE * (1 + np.abs(y))
    ends = sorted(chosen)
    pending = list(zip(ends, ends[1:], strict=False))
    while pending:
        low, high = pending.pop()
        inside = slice(low, high + 1)
        excess = np.abs(np.interp(x[inside], x[[low, high]], y[[low, high]]) - y[inside]) / allowed[inside]
        worst = low + int(np.argmax(excess))
        if excess[worst - low] > 1:
            chosen.add(worst)
            pending += [(low, worst), (worst, high)]
    return sorted(chosen)


def _grid(d: Any) -> dict[str, Any]:
    if len(d.xi) != 2:
        raise CannotBeImportedError(f"a table takes two observables at the most, and this one has {len(d.xi)}")
    values = np.asarray(d.logpdf_interp.values)
    rows = (values - values.max()).T
    return {"form": "tabulated", "grid": [axis.tolist() for axis in d.xi], "log_likelihood": rows.tolist(), "outside": "refuse"}


_FORMS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "NormalDistribution": _gaussian,
    "AsymmetricNormalDistribution": _split_normal,
    "GaussianUpperLimit": _upper_limit,
    "MultivariateNormalDistribution": _correlated,
    "GammaCountingProcess": _counts,
    "GammaDistribution": _table,
    "GammaDistributionPositive": _table,
    "LogNormalDistribution": _table,
    "NumericalDistribution": _table,
    "MultivariateNumericalDistribution": _grid,
}
"""By the class of flavio, or the nearest one that it is derived from."""
