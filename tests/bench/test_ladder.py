from __future__ import annotations

import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return Posterior(Prior.load("paper"), Likelihood.load("paper"))


def test_a_finer_ladder_has_more_rungs() -> None:
    from ladder import annealed

    coarse, fine = (annealed("paper", share, 10, 200, 3) for share in (0.3, 0.8))
    assert fine.rungs > coarse.rungs > 5
    assert np.isfinite(coarse.log_evidence)
    assert coarse.seconds > 0


def test_draws_are_counted_by_the_scatter_of_means(posterior: Posterior) -> None:
    """Walkers that come in families of ten identical ones are a tenth as many draws."""
    from ladder import Annealed, effective_draws

    families, size = 50, 10
    random = np.random.default_rng(1)
    populations = [
        Annealed(np.repeat(posterior.prior.sample(families, random), size, axis=0), 0.0, 1, 1.0)
        for _ in range(40)
    ]  # fmt: skip
    # Relative error of a variance with 39 degrees of freedom: 0.23 for one quantity, far less for the mean of many.
    found = effective_draws(posterior, populations)
    assert np.median(found) == pytest.approx(families, rel=0.25)
    assert list(found) == sorted(found)
