"""The numbers of a run, made once: behind every table, plot, page and export."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lqbayes.quantities import Quantity
from lqbayes.results.intervals import Interval, credible_intervals
from lqbayes.results.measured import PredictedTerm, predictive_terms

if TYPE_CHECKING:
    from lqbayes.sampling.convergence import Convergence, QuantityConvergence
    from lqbayes.sampling.evidence import Evidence
    from lqbayes.storage.configuration import RunConfiguration
    from lqbayes.storage.run import Run


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a run says, without its draws."""

    name: str
    configuration: RunConfiguration  # What the run was asked to do: prior, likelihood, model, settings, targets, versions
    steps: int  # Stored steps of each ensemble, and the populations that they belong to
    populations: int
    intervals: tuple[Interval, ...]  # Of every parameter and observable
    convergence: Convergence  # Of every quantity that varies
    evidence: Evidence  # Of all ensembles together, with its error
    log_evidences: NDArray[np.float64]  # (ensembles,) array: each ensemble's own estimate
    terms: tuple[PredictedTerm, ...]  # What the posterior predicts for each measurement, and the pulls of its draws

    @classmethod
    def of(cls, run: Run) -> Summary:
        """Summarise a run, whose draws are read; its numbers stay in memory without them."""
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
        )

    @property
    def converged(self) -> bool:
        """Whether the run meets its targets."""
        return self.convergence.converged

    @property
    def state(self) -> str:
        """One sentence: whether the run has converged, and what stands in the way."""
        return self.convergence.state

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
