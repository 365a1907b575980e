"""Draws inside a page: compact, and exact where a reader takes a point out."""

import base64
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import quantities
from lqbayes.storage.run import Run

# Of all runs of a page together: bytes before they become text, and draws.
_MOST_BYTES: Final = 800_000
_MOST_DRAWS: Final = 3000


def embedded_draws(runs: Mapping[str, Run]) -> list[dict[str, Any]]:
    """Evenly chosen draws of each run: varying parameters as they are, predictions in single precision, one column after the other."""
    return [_embedded(name, run, len(runs)) for name, run in runs.items()]


def _embedded(name: str, run: Run, runs: int) -> dict[str, Any]:
    posterior, draws = run.posterior_target, run.draws()
    shown = [q for q in quantities(posterior, logarithms=True) if q.kind != "sign"]
    varying = sorted({q.column for q in shown if q.origin == "parameter"})
    total = int(np.prod(draws.shape))
    count = min(_MOST_DRAWS // runs, _MOST_BYTES // runs // (8 * len(varying) + 4 * len(posterior.model.observables)), total)
    rows = (np.arange(count) * total) // max(count, 1)
    places = np.unravel_index(rows if draws.pooled_rows is None else draws.pooled_rows[rows], draws.shape)
    points, observables = draws.points[places], draws.observables[places]
    names = posterior.model.parameter_names
    return {
        "name": name,
        "count": count,
        "parameters": [names[column] for column in varying],
        "fixed": {names[column]: points[0, column] for column in range(len(names)) if column not in varying} if count else {},
        "points": _text(points[:, varying], "<f8"),
        "predictions": _text(observables, "<f4"),
        "quantities": {
            q.name: ("points", varying.index(q.column), q.transform) if q.origin == "parameter" else ("predictions", q.column, q.transform)
            for q in shown
        },
    }


def _text(table: NDArray[np.float64], kind: str) -> str:
    return base64.b64encode(table.T.astype(kind).tobytes()).decode("ascii")
