from __future__ import annotations

import numpy as np
import pytest


def test_our_side_is_the_standard_model_at_zero() -> None:
    from flavio_cost import agreement

    assert np.allclose(agreement(np.zeros((1, 6))), [[1.0004163, 3.62893e-9]], rtol=1e-12)


def test_agreement_with_flavio() -> None:
    flavio = pytest.importorskip("flavio")
    from flavio_cost import coefficients, largest_difference

    # The form's numbers are printed with six digits.
    assert largest_difference(flavio, coefficients(2, 0.5)).max() < 1e-5
