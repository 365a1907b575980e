"""Parameter points that the tests of the model share."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX, PARAMETER_NAMES

# Diagonal f, no A: everything that is not named in a test vanishes or is an ordinary number.
_ORDINARY = {
    "M_LQ": 1500.0,
    "delta_m_B1": 10.0,
    "alpha_1": 0.01,
    "alpha_2": 0.001,
    "f_11": 1e-3,
    "f_22": 1e-3,
    "f_33": 1e-3,
    "s12sq": 0.304,
    "s23sq": 0.573,
    "s13sq": 0.02219,
    "delta_CP": 3.4,
    "dm21": 7.42e-5,
    "dm3l": 2.517e-3,
    "m_lightest": 0.01,
    "alpha_21": 1.0,
    "alpha_31": 2.0,
}


@pytest.fixture(scope="session")
def make_point() -> Callable[..., NDArray[np.float64]]:
    """Build a point from named values; the others are ordinary, and couplings zero."""

    def make(**values: float) -> NDArray[np.float64]:
        point = np.zeros(len(PARAMETER_NAMES))
        for name, value in (_ORDINARY | values).items():
            point[PARAMETER_INDEX[name]] = value
        return point

    return make


@pytest.fixture(scope="session")
def make_massless(make_point: Callable[..., NDArray[np.float64]]) -> Callable[..., NDArray[np.float64]]:
    """Build a point with massless neutrinos and no A, where g vanishes exactly."""

    def make(**values: float) -> NDArray[np.float64]:
        return make_point(**({"dm21": 0.0, "dm3l": 0.0, "m_lightest": 0.0} | values))

    return make


@pytest.fixture(scope="session")
def scan_points() -> NDArray[np.float64]:
    """Draw points from the scan ranges, (III.1), with both orderings, both signs of delta_m_B1 and both signs of the couplings."""
    rng = np.random.default_rng(2104_03248)
    n = 300

    def log_uniform(low: float, high: float) -> NDArray[np.float64]:
        return np.exp(rng.uniform(math.log(low), math.log(high), n))

    def signed(low: float, high: float) -> NDArray[np.float64]:
        return rng.choice([-1.0, 1.0], n) * log_uniform(low, high)

    columns: dict[str, NDArray[np.float64]] = {
        "M_LQ": log_uniform(1e3, 5e3),
        "delta_m_B1": rng.choice([-10.0, 10.0], n),
        "alpha_1": log_uniform(1e-5, 1e-2),
        "alpha_2": log_uniform(1e-5, 1e-2),
        "s12sq": rng.normal(0.304, 0.012, n),
        "s23sq": rng.normal(0.573, 0.018, n),
        "s13sq": rng.normal(0.02219, 0.00063, n),
        "dm21": rng.normal(7.42e-5, 0.2e-5, n),
        "dm3l": rng.choice([-1.0, 1.0], n) * rng.normal(2.51e-3, 0.027e-3, n),
        "m_lightest": log_uniform(1e-5, 1e-1),
    }
    for name in ("A_12", "A_13", "A_23"):
        columns[f"{name}_abs"] = log_uniform(1e-13, 1e-7)
    for name in ("A_12_arg", "A_13_arg", "A_23_arg", "delta_CP", "alpha_21", "alpha_31"):
        columns[name] = rng.uniform(0, 2 * math.pi, n)
    for i in (1, 2, 3):
        for j in (1, 2, 3):
            columns[f"f_{i}{j}"] = signed(1e-7, 1e-3)
            for prefix in ("h", "ht"):
                columns[f"{prefix}_{i}{j}"] = signed(1e-7, 1e-3) if 1 in (i, j) else signed(1e-5, math.sqrt(4 * math.pi))
    return np.stack([columns[name] for name in PARAMETER_NAMES], axis=1)
