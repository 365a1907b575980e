from __future__ import annotations

from typing import TYPE_CHECKING

import emcee
import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.posterior import Evaluation

if TYPE_CHECKING:
    from numpy.typing import NDArray

WALKERS = 200


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return Posterior(Prior.load("paper"), Likelihood.load("paper"))


@pytest.fixture(scope="module")
def draws(posterior: Posterior) -> NDArray[np.float64]:
    from cost import annealed_draws

    return annealed_draws(posterior, WALKERS, 5)


def test_walkers_start_where_the_density_is_not_zero(posterior: Posterior, draws: NDArray[np.float64]) -> None:
    assert draws.shape == (WALKERS, posterior.dimension)
    assert np.all(Evaluation.of(posterior.evaluate(draws)).violation == 0)
    assert np.median(posterior.log_likelihood(draws)) > -40


@pytest.mark.parametrize("kind", ["ours", "theirs"])
def test_clock_sees_the_evaluations_only(posterior: Posterior, draws: NDArray[np.float64], kind: str) -> None:
    """A posterior that takes longer adds to the evaluations and to the whole, not to the rest."""
    import time

    from cost import default_sampler, peer_sampler, step_cost

    if kind == "ours":
        sampler, clock = default_sampler(posterior, WALKERS)
    else:
        sampler, clock = peer_sampler(posterior, WALKERS, emcee.moves.StretchMove())
    function = clock.function

    def slow(z: NDArray[np.float64]) -> NDArray[np.float64]:
        end = time.process_time() + 0.01
        while time.process_time() < end:
            pass
        return function(z)

    clock.function = slow
    cost = step_cost(sampler, clock, draws, 10)
    assert cost.evaluations * WALKERS > 2 * 0.01  # one evaluation of each half
    assert 0 < cost.whole - cost.evaluations < 0.5 * cost.evaluations


def test_parts_of_the_table_add_up(posterior: Posterior, draws: NDArray[np.float64]) -> None:
    from cost import measured

    table = measured(posterior, draws, steps=5)
    values = np.array([[float(cell) for cell in row[1:]] for row in table.rows])
    for whole in (2, 5, 8):
        assert values[whole + 1] + values[whole + 2] == pytest.approx(values[whole], abs=0.011)
    assert values[0, 1] == 1
    assert values[:, 1] == pytest.approx(values[:, 0] / values[0, 0], rel=0.05, abs=0.02)
    assert table.notes
