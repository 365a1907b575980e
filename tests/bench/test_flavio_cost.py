from __future__ import annotations

import numpy as np
import pytest


def test_our_side_is_the_standard_model_at_zero() -> None:
    from flavio_cost import agreement

    assert np.allclose(agreement(np.zeros((1, 6))), [[1.0004163, 3.62893e-9]], rtol=1e-12)


def test_agreement_with_flavio() -> None:
    flavio = pytest.importorskip("flavio")
    from flavio_cost import _BS, _FLAVIO_NAMES, _RK, _flavio_prediction, agreement, coefficients

    c = coefficients(2)
    theirs = np.array([_flavio_prediction(flavio, _FLAVIO_NAMES, row, (_RK, _BS)) for row in c])
    assert np.allclose(agreement(c), theirs, rtol=1e-4)
