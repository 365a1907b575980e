"""What a run says under another likelihood, by importance sampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.quantities import Quantity, quantities
from lqbayes.report.interval_files import number_texts
from lqbayes.report.terminal import new_table
from lqbayes.results.importance import FEWEST_DRAWS, K_LIMIT, Weights, importance_weights, smallest_ess, weighted_quantiles
from lqbayes.results.intervals import unit_text
from lqbayes.results.support import lost_bounds

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


_LEVELS = (0.16, 0.5, 0.84)


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A quantity before and after.

    Attributes
    ----------
    quantity
        What the row is about.
    before, after
        Lower end of the 68 % interval, median, upper end; the probability of the positive sign three times for a sign.
    """

    quantity: Quantity
    before: tuple[float, float, float]
    after: tuple[float, float, float]

    @property
    def shift(self) -> float | None:
        """Shift of the median over half the width of the old 68 % interval; of the probability for a sign; None for a constant."""
        if self.quantity.kind == "sign":
            return self.after[1] - self.before[1]
        half = (self.before[2] - self.before[0]) / 2
        return (self.after[1] - self.before[1]) / half if half > 0 else None


def reweight(run: Run, likelihood: Likelihood) -> Weights:
    """Weight the draws of a run for another likelihood."""
    lost = lost_bounds(run.configuration.likelihood, likelihood.settings)
    if lost:
        raise ArgumentError(
            f"the likelihood {likelihood.settings.name} allows points that {run.configuration.likelihood.name} excludes, since it lacks "
            f"the hard bounds or cuts {', '.join(lost)} or has them looser; the run has no draws there that could be weighted: "
            "sample the new likelihood afresh with lqbayes sample --likelihood"
        )
    ratios = _log_ratios(new_likelihood(run, likelihood), run.terms().sum(axis=-1))
    return importance_weights(ratios, run_ess=smallest_ess(run))


def new_likelihood(run: Run, likelihood: Likelihood) -> NDArray[np.float64]:
    """Log-likelihood of a run's draws under another likelihood."""
    observables = run.draws().observables
    terms = likelihood.log_terms(observables.reshape(-1, observables.shape[-1]))
    return np.asarray(terms.sum(axis=1).reshape(observables.shape[:-1]))


def _log_ratios(new: NDArray[np.float64], old: NDArray[np.float64]) -> NDArray[np.float64]:
    # What the old likelihood excludes was never drawn.
    return np.where(np.isfinite(old), new - np.where(np.isfinite(old), old, 0.0), -np.inf)


def reweighted_rows(run: Run, weights: Weights) -> tuple[ShiftRow, ...]:
    """Intervals before and after reweighting."""
    if not weights.usable:
        raise ArgumentError(verdict(weights))
    draws = run.draws()
    rows = []
    for quantity in quantities(run.posterior_target):
        x = draws.values(quantity).ravel()
        if quantity.kind == "sign":
            rows.append(ShiftRow(quantity, (float(x.mean()),) * 3, (float(x @ weights.values),) * 3))
            continue
        before, after = np.quantile(x, _LEVELS), weighted_quantiles(x, weights.values, _LEVELS)
        rows.append(ShiftRow(quantity, (before[0], before[1], before[2]), (after[0], after[1], after[2])))
    return tuple(rows)


def verdict(weights: Weights) -> str:
    """Say whether the weights can be used, and what to do if not."""
    measured = f"Pareto k = {weights.k:.2f}, effective sample size {weights.ess:.0f}"
    if not weights.reliable:
        return (
            f"{measured}: k is above {K_LIMIT:g}, so that a few draws decide and no weighted number can be trusted; "
            "sample the new likelihood afresh with lqbayes sample --likelihood"
        )
    if weights.ess < FEWEST_DRAWS:
        return f"{measured}: fewer than {FEWEST_DRAWS} effective draws are left; sample the new likelihood afresh with lqbayes sample"
    return measured


def shift_table(rows: Sequence[ShiftRow], before: str, after: str) -> Table:
    """Show intervals before and after."""
    table = new_table()
    headings = ("quantity", "unit", f"{before}: median, 68 %", f"{after}: median, 68 %", "shift")
    for k, heading in enumerate(headings):
        table.add_column(heading, justify="left" if k < 2 else "right", no_wrap=True)
    for row in rows:
        unit = unit_text(row.quantity)
        shift = "" if row.shift is None else f"{row.shift:+.2f}"
        table.add_row(row.quantity.name, "" if unit == "1" else unit, interval_text(row, row.before), interval_text(row, row.after), shift)
    table.caption = "shift of the median in half widths of the first 68 % interval; of the probability for a sign"
    table.caption_justify = "left"
    return table


def interval_text(row: ShiftRow, values: tuple[float, float, float]) -> str:
    """Write a median with its interval for readers."""
    if row.quantity.kind == "sign":
        return f"{values[1]:.3f}"
    low, median, high = values
    middle, left, right = number_texts(median, low, high)
    return f"{middle} ({left} .. {right})"
