"""Convergence of every quantity as CSV."""

from __future__ import annotations

import csv
import io
import math

from lqbayes.sampling.convergence import Convergence, QuantityConvergence

COLUMNS = ("quantity", "rhat", "rhat_target", "ess", "ess_target", "met")


def convergence_csv(convergence: Convergence, state: str) -> str:
    """Write convergence as CSV, in full precision."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for q in convergence.quantities:
        met = "true" if q.passed else "false"
        writer.writerow([q.name, _cell(q.rhat), repr(convergence.targets.rhat), _cell(q.ess), repr(q.ess_target), met])
    if not convergence.converged:
        writer.writerow([state, *[""] * (len(COLUMNS) - 1)])
    return stream.getvalue()


def worst_first(convergence: Convergence) -> tuple[QuantityConvergence, ...]:
    """Order quantities by how much they stand in the way."""
    return tuple(sorted(convergence.quantities, key=lambda q: (q.passed, -q.rhat if not math.isnan(q.rhat) else math.inf)))


def _cell(x: float) -> str:
    return "" if math.isnan(x) else repr(float(x))
