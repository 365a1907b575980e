"""The numbers of a run, made once: behind every table, plot, page and export."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import Quantity
from lqbayes.results.intervals import Interval, credible_intervals
from lqbayes.results.measured import PredictedTerm, predictive_terms
from lqbayes.sampling.convergence import Convergence, QuantityConvergence
from lqbayes.sampling.evidence import Evidence
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.run import Run

NOT_CONVERGED = "NOT CONVERGED"


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a run says, without its draws.

    Attributes
    ----------
    name
        Name of the run.
    configuration
        What the run was asked to do: prior, likelihood, model, settings, targets, versions.
    steps, populations
        Stored steps of each ensemble, and the populations that they belong to.
    intervals
        Median, credible intervals and their errors of every parameter and observable.
    convergence
        Nested R-hat, effective sample size and largest error of an interval end of every quantity that varies.
    evidence
        The evidence of all ensembles together, with its error.
    log_evidences : (ensembles,) array
        Each ensemble's own estimate.
    terms
        What the posterior predicts for each measurement, and the pulls of its draws.
    state
        One sentence: whether the run has converged, and what stands in the way.
    """

    name: str
    configuration: RunConfiguration
    steps: int
    populations: int
    intervals: tuple[Interval, ...]
    convergence: Convergence
    evidence: Evidence
    log_evidences: NDArray[np.float64]
    terms: tuple[PredictedTerm, ...]
    state: str

    @classmethod
    def of(cls, run: Run) -> Summary:
        """Summarise a run.

        Parameters
        ----------
        run
            The run; its draws are read, the numbers of the summary stay in memory without them.

        Returns
        -------
        Summary
            Its numbers.
        """
        convergence = run.convergence()
        return cls(
            name=run.name,
            configuration=run.configuration,
            steps=run.steps,
            populations=run.population_log_evidences.shape[1],
            intervals=credible_intervals(run.draws(), convergence),
            convergence=convergence,
            evidence=run.evidence,
            log_evidences=run.log_evidences,
            terms=predictive_terms(run),
            state=_state(convergence),
        )

    @property
    def converged(self) -> bool:
        """Whether the run meets its targets."""
        return self.convergence.converged

    @property
    def headline(self) -> tuple[Interval, ...]:
        """Intervals of what a reader wants to know first."""
        return tuple(row for name in self.configuration.model.headline for row in self.intervals if row.quantity.source == name)

    @property
    def worst_first(self) -> tuple[QuantityConvergence, ...]:
        """Convergence of every quantity, ordered by how much it stands in the way."""
        return tuple(sorted(self.convergence.quantities, key=lambda q: (q.passed, -np.nan_to_num(self.convergence.growth(q)))))

    def judged(self, quantity: Quantity) -> QuantityConvergence:
        """Convergence of a quantity that is plotted: of the observable itself where its logarithm is shown."""
        return self.convergence.of(quantity.source if quantity.origin == "observable" else quantity.name)

    @property
    def size(self) -> str:
        """How many walkers the run has, in words."""
        plural = "s" * (self.populations != 1)
        return f"{self.configuration.ensembles} ensembles x {self.populations} population{plural} x {self.configuration.walkers} walkers"

    @property
    def evidence_text(self) -> str:
        """The logarithm of the evidence with its error, for readers."""
        error, freedom = self.evidence.error, self.evidence.degrees_of_freedom
        uncertainty = "" if math.isnan(error) else f" +- {error:.2f} (1 sigma, {freedom} degree{'s' * (freedom != 1)} of freedom)"
        return f"{self.evidence.log:.2f}{uncertainty}"

    @property
    def target(self) -> tuple[object, ...]:
        """What was sampled: runs in which it is equal have the same posterior."""
        asked = self.configuration
        return asked.likelihood.measurements, asked.prior.parameters, asked.model_entry


def _state(convergence: Convergence) -> str:
    """Say whether a run has converged, and what stands in the way."""
    if convergence.ensembles < 2:
        return f"{NOT_CONVERGED}: one ensemble alone cannot show convergence, sample at least two"
    total, missing, converged = len(convergence.quantities), len(convergence.missing), convergence.converged
    parts = [f"all {total} quantities meet their targets" if converged else f"{missing} of {total} quantities miss their target"]
    worst, lowest, end, targets = convergence.worst, convergence.lowest_ess, convergence.worst_interval, convergence.targets
    if not math.isnan(worst.rhat):
        parts.append(f"worst R-hat {worst.rhat:.3f} ({worst.name})")
    # In an unconverged run the others are only news where one of them misses its target.
    if not math.isnan(lowest.ess) and (converged or lowest.ess < lowest.ess_target):
        parts.append(f"scarcest sample {lowest.ess:.0f} of {lowest.ess_target:.0f} ({lowest.name})")
    if not math.isnan(end.interval_error) and (converged or end.interval_error > targets.interval_error):
        parts.append(f"largest error of an interval end {end.interval_error:.2f} of its half width ({end.interval_end} of {end.name})")
    if convergence.badly_populated:
        first = convergence.badly_populated[0]
        count = f", the largest of {len(convergence.badly_populated)}" if len(convergence.badly_populated) > 1 else ""
        shift = f"ensembles of larger ln Z have {first.name} shifted by {first.evidence.shift:+.2f} standard deviations{count}"
        parts.append(f"badly populated: {shift}")
    return ("converged: " if converged else f"{NOT_CONVERGED}: ") + "; ".join(parts)
