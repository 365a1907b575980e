"""The shipped measurements and priors of the model."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lqbayes import Likelihood, Posterior, Prior
from lqbayes.models.singlet.model import MODELS, SINGLET

# Log-likelihood by term in the standard model, calculated apart from this package.
STANDARD_MODEL = {
    "R_D_R_Dst": -8.628748,
    "delta_a_mu": -0.182802,
    "BR_BK_nunu": -4.070627,
    "BR_BKst_nunu": -0.401807,
    "BR_tau_mugamma": 0.0,
    "dm_Bs": -0.140005,
    "dm_D": 0.0,
    "gA_tau": -0.723755,
    "gA_mu": -0.008402,
    "gV_tau": -0.135200,
    "gV_mu": -0.016673,
    "BR_B_taunu": -0.492195,
    "BR_Ds_taunu": 0.0,
    "BR_Bc_taunu": 0.0,
    "y_max": 0.0,
}


def test_terms_of_the_standard_model() -> None:
    assert SINGLET.reference is not None
    likelihood = Likelihood.load("s1", SINGLET)
    assert likelihood.term_names == tuple(STANDARD_MODEL)
    assert likelihood.log_terms(SINGLET.reference()[None, :])[0] == pytest.approx(list(STANDARD_MODEL.values()), abs=1e-6)


@pytest.mark.parametrize(("observable", "inside", "outside"), [("BR_Bc_taunu", 0.2999, 0.3001), ("y_max", 3.5449, 3.5450)])
def test_hard_bounds(observable: str, inside: float, outside: float) -> None:
    assert SINGLET.reference is not None
    rows = np.tile(SINGLET.reference(), (2, 1))
    rows[:, SINGLET.observable_index[observable]] = inside, outside
    terms = Likelihood.load("s1", SINGLET).log_terms(rows).sum(axis=1)
    assert math.isfinite(terms[0]) and terms[1] == -math.inf


@pytest.mark.parametrize(("name", "largest", "smallest"), [("s1", math.sqrt(4 * math.pi), 1e-3), ("s1-uniform", 2.0, 0.0)])
def test_priors(name: str, largest: float, smallest: float) -> None:
    prior = Prior.load(name, SINGLET)
    points = prior.points(prior.sample(20000, np.random.default_rng(0)))
    mass, couplings = points[:, 0], points[:, 1:]
    assert 1500 <= mass.min() < 1510 and 4950 < mass.max() <= 5000
    assert smallest <= np.abs(couplings).min() and np.abs(couplings).max() <= largest
    assert np.mean(couplings > 0) == pytest.approx(0.5, abs=0.01)
    middle = math.sqrt(largest * smallest) if smallest else largest / 2
    assert np.mean(np.abs(couplings) > middle) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("name", ["s1", "s1-uniform"])
def test_four_images_of_equal_weight(name: str) -> None:
    """The signs of a lepton's couplings map the posterior onto itself, volume included: each of the four images weighs 1/4."""
    posterior = Posterior(Prior.load(name, SINGLET), Likelihood.load("s1", SINGLET))
    z = posterior.prior.sample(500, np.random.default_rng(6))
    mirrored = np.stack([z] * 4)
    for image, signs in enumerate([(), (1, 3, 6), (2, 4, 5, 7), range(1, 8)]):
        for column in signs:
            mirrored[image, :, column] = -z[:, column] if name == "s1" else 1 - z[:, column]
    points, density = (np.stack([function(image) for image in mirrored]) for function in (posterior.points, posterior.log_prob))
    np.testing.assert_allclose(np.abs(points), np.broadcast_to(np.abs(points[0]), points.shape), rtol=1e-9, atol=1e-12)
    assert np.all(np.any(points[1:] != points[0], axis=2))
    np.testing.assert_allclose(density, np.broadcast_to(density[0], density.shape), rtol=1e-9)


def test_part_of_the_prior_that_is_near_the_best_fit() -> None:
    """13 % of the logarithmic prior is no worse than -20, most of it is hopeless."""
    posterior = Posterior(Prior.load("s1", SINGLET), Likelihood.load("s1", SINGLET))
    log_likelihood = posterior.log_likelihood(posterior.prior.sample(20000, np.random.default_rng(4)))
    assert np.mean(log_likelihood > -20) == pytest.approx(0.13, abs=0.015)
    assert np.median(log_likelihood) < -1e5


def test_groups_name_what_there_is() -> None:
    assert MODELS == (SINGLET,)
    known = {*SINGLET.parameter_names, *SINGLET.observable_names}
    assert all(set(names) <= known for names in SINGLET.corner_groups.values())
    assert SINGLET.headline == ("M_S1", "yL_23", "yL_33", "yR_23", "R_D", "R_Dst", "BR_BK_nunu", "delta_a_mu")
