from __future__ import annotations

import numpy as np
import pytest

from lqbayes.results.agreement import spread


def correlated(rng: np.random.Generator, ensembles: int, numbers: int) -> np.ndarray:
    """Three independent numbers, seen through many that depend on them."""
    hidden = rng.standard_normal((ensembles, 3))
    return hidden @ np.random.default_rng(0).standard_normal((3, numbers)) + 0.1 * rng.standard_normal((ensembles, numbers))


def test_correlated_numbers_have_uniform_p_values() -> None:
    rng = np.random.default_rng(5)
    p = np.array([spread(correlated(rng, 5, 200), correlated(rng, 5, 200)).p_value for _ in range(600)])
    # 126 splits; binomial errors 0.009 and 0.02.
    assert np.mean(p <= 0.05) == pytest.approx(6 / 126, abs=0.027)
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.06)


def test_splits_know_the_correlation() -> None:
    rng = np.random.default_rng(6)
    found = spread(correlated(rng, 6, 300), correlated(rng, 6, 300))
    assert len(found.splits) == 462
    assert 1.5 < found.effective_number < 8
    independent = spread(rng.standard_normal((6, 300)), rng.standard_normal((6, 300)))
    assert independent.effective_number > 60


def test_small_shifts_of_everything_are_seen() -> None:
    # No number is 4 sigma away, all of them together are.
    rng = np.random.default_rng(7)
    first, second = rng.standard_normal((8, 200)), rng.standard_normal((8, 200)) + 0.8
    found = spread(first, second)
    assert found.mean_square > 2
    assert found.p_value == pytest.approx(1 / 2000)
    assert spread(first, second - 0.8).p_value > 0.01


def test_mean_square_is_in_errors_of_each_side() -> None:
    rng = np.random.default_rng(8)
    first, second = rng.standard_normal((3, 1)), rng.standard_normal((5, 1))
    error = first.var(ddof=1) / 3 + second.var(ddof=1) / 5
    assert spread(first, second).mean_square == pytest.approx(float((first.mean() - second.mean()) ** 2 / error))


def test_ensembles_count_by_their_evidences() -> None:
    rng = np.random.default_rng(9)
    first, second, logs = rng.standard_normal((4, 2)), rng.standard_normal((4, 2)), rng.standard_normal(8)
    means, errors = [], []
    both = np.concatenate([first, second])
    both = both / np.linalg.norm(both - both.mean(axis=0), axis=0)
    for x, w in ((both[:4], np.exp(logs[:4])), (both[4:], np.exp(logs[4:]))):
        without = np.array([np.average(np.delete(x, k, axis=0), axis=0, weights=np.delete(w, k)) for k in range(4)])
        means.append(np.average(x, axis=0, weights=w))
        errors.append(3 / 4 * np.sum((without - without.mean(axis=0)) ** 2))
    assert spread(first, second, logs).mean_square == pytest.approx(np.sum((means[0] - means[1]) ** 2) / sum(errors))


def test_nothing_varies() -> None:
    assert spread(np.ones((3, 2)), np.ones((3, 2))).p_value == 1
