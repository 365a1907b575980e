"""Convergence of every quantity as CSV."""

from __future__ import annotations

import csv
import io
import math

from lqbayes.sampling.convergence import Convergence, QuantityConvergence

__all__ = ["COLUMNS", "convergence_csv", "worst_first"]

COLUMNS = ("quantity", "rhat", "rhat_target", "ess", "ess_target", "met")


def convergence_csv(convergence: Convergence, state: str) -> str:
    """Write convergence as CSV, in full precision.

    Parameters
    ----------
    convergence
        Convergence of a run.
    state
        The sentence about the state of the run; it is the first cell of a last line if the run has not converged.

    Returns
    -------
    str
        One header line with `COLUMNS`, then one line per quantity; ``met`` is ``true`` or ``false``. The
        cells for the R-hat and the sample size of a constant are empty, and so are those of a single ensemble.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for q in convergence.quantities:
        met = "true" if q.met else "false"
        writer.writerow([q.name, _cell(q.rhat), repr(convergence.targets.rhat), _cell(q.ess), repr(q.ess_target), met])
    if not convergence.converged:
        writer.writerow([state, *[""] * (len(COLUMNS) - 1)])
    return stream.getvalue()


def worst_first(convergence: Convergence) -> tuple[QuantityConvergence, ...]:
    """Order quantities by how much they stand in the way.

    Parameters
    ----------
    convergence
        Convergence of a run.

    Returns
    -------
    tuple of QuantityConvergence
        Those that miss a target first, then by falling R-hat; constants last.
    """
    return tuple(sorted(convergence.quantities, key=lambda q: (q.met, -q.rhat if not math.isnan(q.rhat) else math.inf)))


def _cell(x: float) -> str:
    return "" if math.isnan(x) else repr(float(x))
