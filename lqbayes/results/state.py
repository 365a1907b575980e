"""The one sentence about the state of a run that every output shows, and the words for its size."""

from __future__ import annotations

import math

from lqbayes.sampling.convergence import Convergence
from lqbayes.storage.run import Run

NOT_CONVERGED = "NOT CONVERGED"


def size_text(run: Run) -> str:
    """Say how many walkers a run has."""
    asked = run.configuration
    populations = run.population_log_evidences.shape[1]
    return f"{asked.ensembles} ensembles x {populations} population{'s' * (populations != 1)} x {asked.walkers} walkers"


def state_sentence(convergence: Convergence) -> str:
    """Say whether a run has converged, and what stands in the way."""
    if convergence.ensembles < 2:
        return f"{NOT_CONVERGED}: one ensemble alone cannot show convergence, sample at least two"
    total, missing = len(convergence.quantities), len(convergence.missing)
    verdict = (
        f"all {total} quantities meet their targets" if convergence.converged else f"{missing} of {total} quantities miss their target"
    )
    parts = [verdict]
    worst, lowest = convergence.worst, convergence.lowest_ess
    if not math.isnan(worst.rhat):
        parts.append(f"worst R-hat {worst.rhat:.3f} ({worst.name})")
    # In an unconverged run the sample sizes are only news where one of them misses its target.
    if not math.isnan(lowest.ess) and (convergence.converged or lowest.ess < lowest.ess_target):
        parts.append(f"scarcest sample {lowest.ess:.0f} of {lowest.ess_target:.0f} ({lowest.name})")
    return ("converged: " if convergence.converged else f"{NOT_CONVERGED}: ") + "; ".join(parts)
