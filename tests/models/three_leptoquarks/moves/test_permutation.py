"""Two leptons exchanged in f and A: what that does to the couplings g."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from invariance import couplings, posterior
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.moves.permutation import PermutationMove
from lqbayes.prior.prior import Prior

NOBODY: NDArray[np.float64] = np.empty((0, 45))


@pytest.fixture(scope="module")
def pairs() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    z = posterior().prior.sample(600, np.random.default_rng(1))
    there, factor = PermutationMove(posterior().prior.table).get_proposal(z, NOBODY, 1)
    assert np.all(factor == 0)
    return z, there


def test_twice_is_back(pairs: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    z, there = pairs
    back, _ = PermutationMove(posterior().prior.table).get_proposal(there, NOBODY, 1)  # the same seed exchanges the same leptons
    np.testing.assert_allclose(back, z, atol=1e-15)
    assert np.all(np.any(there != z, axis=1))


def test_without_neutrino_masses_the_couplings_are_permuted(pairs: tuple[NDArray[np.float64], NDArray[np.float64]]) -> None:
    """g = w (m_nu + A): for m_nu = 0 it has its leptons exchanged, whatever f is."""
    points = []
    for z in pairs:
        point = posterior().points(z)
        for name in ("dm21", "dm3l", "m_lightest"):
            point[:, posterior().parameter_names.index(name)] = 0
        points.append(point)
    (old, _), (new, size) = couplings(points[0]), couplings(points[1])
    close = []
    for a, b in ((0, 1), (0, 2), (1, 2)):
        order = [b if k == a else a if k == b else k for k in range(3)]
        # Of the determinant of f only the sign changes.
        close.append(
            np.all(np.abs(new - old[:, :, order]) < 1e-9 * size, axis=(1, 2))
            | np.all(np.abs(new + old[:, :, order]) < 1e-9 * size, axis=(1, 2))
        )
    assert np.all(np.any(close, axis=0))
    assert all(100 < np.sum(found) < 300 for found in close)


def test_applies_where_ranges_are_the_same() -> None:
    prior = Prior.load("paper")
    assert PermutationMove.applies(prior.table)
    parameters = tuple(replace(p, upper=2e-3) if p.name == "f_32" else p for p in prior.settings.parameters)
    assert not PermutationMove.applies(Prior(replace(prior.settings, parameters=parameters), prior.model).table)
