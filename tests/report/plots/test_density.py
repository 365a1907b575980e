"""Regions of highest density against densities that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.ndimage import label

from lqbayes.report.plots.density import MASSES, Density, draw_regions, estimate_density

RIDGE_WINDOW = ((-1.6, 1.6), (-1.6, 1.6))


def regions(density: Density) -> list[NDArray[np.bool_]]:
    return [density.values[1:-1, 1:-1] >= level for level in density.levels]


def held(region: NDArray[np.bool_], x: NDArray[np.float64], y: NDArray[np.float64], half: float) -> float:
    """Share of other draws of the same density that lie in a region of a square window."""
    i, j = (np.floor((values + half) / (2 * half) * len(region)).astype(int) for values in (x, y))
    inside = (np.minimum(i, j) >= 0) & (np.maximum(i, j) < len(region))
    return float(np.sum(region[i[inside], j[inside]]) / len(x))


def ridge(count: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """C9 = -C10 with heavy tails, on the ridge and across it."""
    along, across = np.random.default_rng(seed).standard_t(2, (2, count)) * [[0.15], [0.01]]
    return across - along, across + along


@pytest.mark.parametrize("cells", [96, 240])
def test_regions_of_a_gaussian_have_the_area_and_the_mass_that_theory_gives(cells: int) -> None:
    covariance = [[1, 0.6], [0.6, 1]]
    x, y = np.random.default_rng(5).multivariate_normal([0, 0], covariance, 24_000).T
    others = np.random.default_rng(6).multivariate_normal([0, 0], covariance, 200_000).T
    for mass, region in zip(MASSES, regions(estimate_density(x, y, ((-5.0, 5.0), (-5.0, 5.0)), cells=cells)), strict=True):
        assert label(region)[1] == 1
        area = -2 * math.pi * math.log(1 - mass) * 0.8  # pi r^2 sqrt(det), r^2 = -2 ln(1 - mass)
        assert np.sum(region) * (10 / cells) ** 2 == pytest.approx(area, rel=0.04)
        assert held(region, *others, 5.0) == pytest.approx(mass, abs=0.012)


def test_a_thin_ridge_with_heavy_tails_stays_thin_and_whole() -> None:
    density = estimate_density(*ridge(60_000, 1), RIDGE_WINDOW)
    for (mass, most), region in zip(((0.95, 1), (0.68, 3)), regions(density), strict=True):
        assert label(region, np.ones((3, 3)))[1] <= most
        assert held(region, *ridge(200_000, 2), 1.6) == pytest.approx(mass, abs=0.012)
    width = np.sum(regions(density)[1], axis=1) * 3.2 / 240  # across C10 at fixed C9, sqrt(2) times that across the ridge
    assert 0.01 < width[np.abs(density.x[1:-1]) < 0.2].max() < 0.14


def test_draws_of_one_place_leave_no_waves() -> None:
    place = np.zeros(20_000)
    density = estimate_density(place, place, ((-5.0, 5.0), (-5.0, 5.0)))
    assert np.all(np.diff(density.values[len(density.x) // 2 :, len(density.y) // 2]) < 1e-7 * density.values.max())
    # Waves of a thousandth of such a summit would drown the Gaussian around it, which is there a thousandth as high.
    x, y = (np.concatenate([place, draws]) for draws in np.random.default_rng(3).normal(0, 1, (2, 20_000)))
    density = estimate_density(x, y, ((-5.0, 5.0), (-5.0, 5.0)))
    row = density.values[len(density.x) // 2 :, len(density.y) // 2][4:60]
    truth = np.exp(-(density.x[len(density.x) // 2 :][4:60] ** 2) / 2) / (4 * math.pi) * (10 / 240) ** 2
    np.testing.assert_allclose(row, truth, rtol=0.3)


@pytest.mark.parametrize("count", [2000, 40_000])
def test_where_the_density_is_level_across_a_region_is_in_one_piece_without_holes(count: int) -> None:
    rng = np.random.default_rng(1)
    density = estimate_density(rng.normal(0, 1, count), rng.uniform(0, 1, count), ((-4.0, 4.0), (0.0, 1.0)), cells=96)
    for region in regions(density):
        assert label(region)[1] == 1
        assert label(~region)[1] == 2  # on either side, and no hole


def test_a_density_that_ends_abruptly_is_not_lowered_at_its_end() -> None:
    x, y = np.random.default_rng(4).uniform(0, 1, (2, 100_000))
    density = estimate_density(x, y, ((0.0, 1.0), (0.0, 1.0)), cells=60)
    for edge in (density.values[:2], density.values[-2:], density.values[:, :2], density.values[:, -2:]):
        assert float(edge.mean()) * 60**2 == pytest.approx(1, abs=0.1)


def test_levels_count_what_lies_outside_of_the_window() -> None:
    # Half of the probability outside, at a lower density: the 95 % region must reach out there.
    rng = np.random.default_rng(9)
    x = np.concatenate([rng.uniform(0, 1, 100_000), rng.uniform(1, 2, 20_000)])
    density = estimate_density(x, rng.uniform(0, 1, x.size), ((0.0, 1.0), (0.0, 1.0)), (0.95, 0.4))
    inside = np.median(density.values)
    assert 0 < density.levels[0] < 0.3 * inside
    assert density.levels[1] > 0.9 * inside


def test_a_region_that_reaches_beyond_the_grid_is_named() -> None:
    x, y = np.random.default_rng(8).normal(0.5, 0.1, (2, 1000))
    x[:200] = 9.0
    density = estimate_density(x, y, ((0.0, 1.0), (0.0, 1.0)))
    assert density.levels[0] == 0.0
    axes = Figure().subplots()
    assert draw_regions(axes, density, "black") == [0]
    assert len(axes.collections) == 1


@pytest.mark.parametrize("count", [1, 2, 1000])
def test_draws_that_are_all_the_same(count: int) -> None:
    density = estimate_density(np.full(count, 0.5), np.full(count, -math.inf), ((0.0, 1.0), (0.0, 1.0)))
    assert np.all(np.isfinite(density.values))
