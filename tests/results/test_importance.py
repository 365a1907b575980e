from __future__ import annotations

import math

import numpy as np
import pytest

from lqbayes.results.importance import importance_weights, k_limit
from lqbayes.results.influence import MedianShift, _influence
from lqbayes.results.reweighting import verdict


@pytest.mark.parametrize(
    ("draws", "bound"), [(1e6, 0.7), (10 ** (1 / 0.3), 0.7), (1000, 2 / 3), (100, 0.5), (10, 0.0), (1, -math.inf), (0, -math.inf)]
)
def test_the_bound_on_k_follows_the_number_of_draws(draws: float, bound: float) -> None:
    assert k_limit(draws) == pytest.approx(bound)


def test_what_many_draws_allow_few_effective_ones_do_not() -> None:
    # exp(k E) with E exponential has a Pareto tail of the shape k.
    log_ratios = 0.6 * np.random.default_rng(3).exponential(size=(4, 5, 5000))
    many, few = (importance_weights(log_ratios, run_ess=ess) for ess in (20_000.0, 250.0))
    assert few.k_limit == pytest.approx(1 - 1 / math.log10(250))
    assert few.k_limit < min(many.k, few.k) and max(many.k, few.k) < many.k_limit
    assert many.usable
    # There are 20 000 draws of either, but they say no more of the tail than 250 independent ones.
    assert not few.reliable
    assert "k is above 0.58, the bound for 250 effective draws" in verdict(few)


def test_leaving_a_term_out_keeps_to_the_same_bound() -> None:
    rng = np.random.default_rng(3)
    term, x = -0.6 * rng.exponential(size=(4, 5, 5000)), MedianShift(rng.standard_normal(100_000), np.full(100_000, 1e-5))
    many, few = (_influence("term", term, np.full(4, 0.25), [x], ess) for ess in (20_000.0, 250.0))
    assert many.reliable and math.isfinite(many.shifts[0])
    assert not few.reliable and math.isnan(few.shifts[0])
