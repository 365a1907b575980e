"""Tests of the model, for pytest."""

from pathlib import Path

import numpy as np

import lqbayes

HERE = Path(__file__).parent
MODEL = lqbayes.Model.load(HERE / "s1.py")
PRIOR = lqbayes.Prior.load(HERE / "s1-prior.toml", MODEL)


def test_without_couplings_there_is_the_standard_model():
    found = dict(zip(MODEL.observable_names, MODEL.reference(), strict=True))
    assert (found["R_D"], found["R_Dst"], found["delta_a_mu"], found["dm_D"]) == (0.296, 0.254, 0.0, 0.0)


def test_signs_of_the_couplings_of_one_lepton_do_not_matter():
    points = PRIOR.points(PRIOR.sample(100, np.random.default_rng(1)))
    mirrored = points * [1, -1, 1, -1, 1, 1, -1, 1]
    np.testing.assert_allclose(MODEL.predict(mirrored), MODEL.predict(points), rtol=1e-12)


def test_prior_and_measurements_fit_the_model():
    assert lqbayes.Posterior(PRIOR, lqbayes.Likelihood.load(HERE / "s1.toml", MODEL)).dimension == 8
