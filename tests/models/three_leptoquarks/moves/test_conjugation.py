"""The CP-conjugate point: the same observables but for imaginary parts, which change sign."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.models.three_leptoquarks.moves.conjugation import ConjugationMove
from lqbayes.posterior import Posterior
from lqbayes.prior.coordinates import FIXED
from lqbayes.prior.prior import Prior

NOBODY: NDArray[np.float64] = np.empty((0, 45))


@pytest.mark.parametrize("prior", ["paper", "paper-inverted", "2026", "2026-inverted", "calibration"])
@pytest.mark.parametrize("formulas", ["paper", "corrected"])
def test_observables_are_those_of_the_conjugate_couplings(prior: str, formulas: str) -> None:
    posterior = Posterior(Prior.load(prior), Likelihood.load("paper", Model.load(variant=formulas)))
    z = posterior.prior.sample(300, np.random.default_rng(1))
    there, factor = ConjugationMove(posterior.prior.table).get_proposal(z, NOBODY, 1)
    assert np.all(factor == 0)
    inside = np.isfinite(posterior.log_prior(there))
    assert np.mean(inside) > 0.5  # delta_CP may leave its range
    before, after = (posterior.observables(posterior.points(x[inside])) for x in (z, there))
    sign = np.array([-1.0 if name.startswith("im_") else 1.0 for name in posterior.observable_names])
    # Rounding of phases comes through cancellations of several digits in a few of these prior draws.
    close = np.isclose(after, sign * before, rtol=1e-8, atol=0)
    assert np.all(np.mean(close, axis=0) > 0.97), posterior.observable_names[int(np.argmin(np.mean(close, axis=0)))]
    assert np.any(before[:, posterior.observable_names.index("im_C9_mu")] != 0)


def test_twice_is_back() -> None:
    prior = Prior.load("paper")
    z = prior.sample(200, np.random.default_rng(2))
    z[0, prior.coordinate_names.index("alpha_21")] = 0.0
    move = ConjugationMove(prior.table)
    there, _ = move.get_proposal(z, NOBODY, 1)
    back, _ = move.get_proposal(there, NOBODY, 2)
    np.testing.assert_allclose(back, z, atol=1e-15)
    assert there[0, prior.coordinate_names.index("alpha_21")] == 0.0
    changed = {name for k, name in enumerate(prior.coordinate_names) if np.any(there[:, k] != z[:, k])}
    assert changed == {"A_12_arg", "A_13_arg", "A_23_arg", "delta_CP", "alpha_21", "alpha_31"}


def test_applies_where_every_phase_can_change_sign() -> None:
    prior = Prior.load("paper")
    assert ConjugationMove.applies(prior.table)

    def fixed(name: str, value: float) -> bool:
        none = {"lower": None, "upper": None, "sign": None, "plus": None, "minus": None}
        parameters = tuple(
            replace(p, distribution="fixed", value=value, **none) if p.name == name else p for p in prior.settings.parameters
        )
        changed = Prior(replace(prior.settings, parameters=parameters), prior.model)
        assert changed.table.kind[changed.settings.parameters.index(next(p for p in parameters if p.name == name))] == FIXED
        return ConjugationMove.applies(changed.table)

    # The conjugate of 282 degrees is ruled out by the prior: nothing to propose.
    assert not ConjugationMove.applies(Prior.load("paper-inverted").table)
    assert fixed("alpha_31", 0.0)
    assert not fixed("alpha_31", 1.0)
