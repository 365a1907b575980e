"""How much the measurements tell about each parameter: Kullback-Leibler divergence from the prior to the posterior."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.sampling.effective_size import effective_sample_size, rank_normalised
from lqbayes.storage.run import Run

BINS = 40
"""Bins of equal prior probability."""

_PRIOR_DRAWS = 400_000


@dataclass(frozen=True, slots=True)
class Information:
    """Information about one parameter."""

    parameter: str  # Its name; a coupling's magnitude and sign count together
    nats: float  # Divergence in nats, as the bins give it
    bias: float  # What a posterior equal to the prior would give on average with as many effective draws

    @property
    def bits(self) -> float:
        """Divergence in bits."""
        return self.nats / math.log(2)


def information(run: Run, rng: np.random.Generator) -> tuple[Information, ...]:
    """Information gained about each sampled parameter, the most first.

    The divergence of probabilities in bins is never larger than that of the densities, and at most ln of the number of bins. With n
    effective draws it is too large by about (bins - 1) / (2 n), which is given beside it and not subtracted.
    """
    prior = run.posterior_target.prior.sample(_PRIOR_DRAWS, rng)
    posterior, draws = run.coordinates(), run.draws()
    rows = []
    for column, name in enumerate(run.posterior_target.coordinate_names):
        x = posterior[..., column]
        independent = effective_sample_size(rank_normalised(x))
        independent = x.size if math.isnan(independent) else max(independent, 1.0)
        rows.append(Information(name, binned_divergence(draws.pooled(x), prior[:, column]), (BINS - 1) / (2 * independent)))
    return tuple(sorted(rows, key=lambda row: -row.nats))


def binned_divergence(posterior: NDArray[np.float64], prior: NDArray[np.float64]) -> float:
    """Divergence of the posterior's probabilities in bins that hold the same prior probability."""
    inner = np.quantile(prior, np.arange(1, BINS) / BINS)
    share = np.bincount(np.searchsorted(inner, posterior), minlength=BINS) / len(posterior)
    filled = share > 0
    return float(np.sum(share[filled] * np.log(share[filled] * BINS)))
