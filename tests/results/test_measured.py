from __future__ import annotations

import math

import numpy as np
import pytest

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.results.measured import pulls


def prediction(**values: float) -> np.ndarray:
    row = np.zeros(len(OBSERVABLE_INDEX))
    for name, value in values.items():
        row[OBSERVABLE_INDEX[name]] = value
    return row


def test_pulls_of_each_form() -> None:
    row = prediction(
        delta_a_mu=25.1e-10 - 2 * 5.9e-10, C9_mu=-0.864 + 0.182, C10_mu=0.342, R_K=0.846, BR_mu_egamma=4.2e-13, dm_K=-3.48e-15, g_max=4
    )
    found = {pull.measurement.name: pull for pull in pulls(Likelihood.load("paper"), row)}
    assert found["delta_a_mu"].sigmas == pytest.approx(-2)
    assert found["C9_C10_mu"].sigmas == pytest.approx(1 / math.sqrt(1 - 0.157**2))
    assert found["R_K"].sigmas == pytest.approx(0)
    assert found["BR_mu_egamma"].sigmas == pytest.approx(1.6449, abs=1e-4)
    assert found["dm_K"].sigmas == pytest.approx(1.95996, abs=1e-5)
    assert (found["g_max"].sigmas, found["g_max"].allowed, found["g_max"].text) == (None, False, "excluded")


def test_hard_limits_allow_or_exclude() -> None:
    likelihood = Likelihood.load("paper").with_hard_limits()
    for value, text in ((4.1e-13, "allowed"), (4.3e-13, "excluded")):
        found = {pull.measurement.name: pull for pull in pulls(likelihood, prediction(BR_mu_egamma=value))}
        assert found["BR_mu_egamma"].text == text


def test_infinite_predictions_have_infinite_pulls() -> None:
    found = {pull.measurement.name: pull for pull in pulls(Likelihood.load("paper"), np.full(len(OBSERVABLE_INDEX), math.inf))}
    assert found["R_K"].sigmas == math.inf
    assert found["C9_C10_mu"].sigmas == math.inf
    assert not found["R_K"].allowed


def test_texts() -> None:
    texts = {m.name: m.texts() for m in Likelihood.load("paper").settings.measurements}
    assert texts["delta_a_mu"] == ("(2.51 +- 0.59)e-09",)
    assert texts["C9_C10_mu"] == ("-0.864 +- 0.182", "0.342 +- 0.226")
    assert texts["R_K"] == ("0.846 +0.044 -0.0408",)
    assert texts["BR_mu_egamma"] == ("< 4.2e-13 (90 % CL)",)
    assert texts["dm_K"] == ("|x| < 3.48e-15 (95 % CL)",)
    assert texts["dm_Bd"] == ("-1.85e-13 .. 4.05e-14 (95 % CL)",)
    assert texts["g_max"] == ("< 3.54491",)
