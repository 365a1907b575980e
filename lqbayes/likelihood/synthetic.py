"""Synthetic measurements: what an experiment would have measured if a given point were the truth."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.forms import FORMS
from lqbayes.likelihood.likelihood import Likelihood


def check_can_be_drawn(likelihood: Likelihood) -> None:
    """Refuse a likelihood that is not the distribution of measured values."""
    wrong = [m.name for m in likelihood.settings.measurements if not m.can_be_drawn]
    if wrong:
        distributions = ", ".join(name for name, form in FORMS.items() if form.has_value)
        raise ArgumentError(
            f"likelihood '{likelihood.settings.name}': no synthetic measurement can be drawn for {', '.join(wrong)}, since limits and cuts "
            f"do not say how a measured value is distributed, nor do tables; use one of {distributions}"
        )


def part_that_can_be_drawn(likelihood: Likelihood) -> tuple[Likelihood, tuple[str, ...]]:
    """Leave out what says nothing of how a measured value is distributed, and name it; nothing where all would go."""
    kept = tuple(m for m in likelihood.settings.measurements if m.can_be_drawn)
    left_out = tuple(m.name for m in likelihood.settings.measurements if not m.can_be_drawn)
    if not left_out or all(m.is_hard for m in kept):
        return likelihood, ()
    return Likelihood(replace(likelihood.settings, measurements=kept), likelihood.model), left_out


def synthetic_likelihood(likelihood: Likelihood, observables: NDArray[np.float64], rng: np.random.Generator) -> Likelihood:
    """Replace every measured value by a draw from its distribution about a prediction."""
    check_can_be_drawn(likelihood)
    drawn, index = [], likelihood.model.observable_index
    for m in likelihood.settings.measurements:
        predicted = m.predicted(observables, index)
        if not (m.is_hard or np.all(np.isfinite(predicted))):
            raise ArgumentError(f"measurement '{m.name}': the true point has no finite prediction; narrow the prior")
        drawn.append(m.drawn(predicted, rng))
    return Likelihood(replace(likelihood.settings, measurements=tuple(drawn)), likelihood.model)
