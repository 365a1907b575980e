"""Helpers for tests of the formula set full."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.full.observables import OBSERVABLE_NAMES, observables_with

Predict = Callable[..., dict[str, float]]


@pytest.fixture(scope="session")
def predict(make_massless: Callable[..., NDArray[np.float64]]) -> Predict:
    """Predict for couplings alone: all that is not named vanishes, also f; g_ij, complex, is given and not made of neutrino masses."""

    def observables(**values: complex) -> dict[str, float]:
        g = np.array([[values.pop(f"g_{i}{j}", 0) for j in (1, 2, 3)] for i in (1, 2, 3)], dtype=np.complex128)
        real = {name: float(np.real(value)) for name, value in values.items()}
        point = make_massless(**({"f_11": 0.0, "f_22": 0.0, "f_33": 0.0} | real))
        return dict(zip(OBSERVABLE_NAMES, observables_with(point, g).tolist(), strict=True))

    return observables
