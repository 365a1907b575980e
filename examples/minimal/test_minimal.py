"""Tests of the model, for pytest."""

from pathlib import Path

import lqbayes

MODEL = lqbayes.Model.load(Path(__file__).with_name("minimal.py"))


def test_a_point():
    found = lqbayes.predict({"M": 1000.0, "g": 1.0}, model=MODEL)
    assert abs(found["delta_a_mu"] / 2.4238e-9 - 1) < 1e-4
    assert found["contact"] == 1e-6


def test_only_the_square_of_the_coupling_counts():
    both = lqbayes.predict({"M": 700.0, "g": [0.3, -0.3]}, model=MODEL)
    assert all(values[0] == values[1] for values in both.values())


def test_prior_and_measurements_fit_the_model():
    prior = lqbayes.Prior.load(Path(__file__).with_name("minimal-prior.toml"), MODEL)
    likelihood = lqbayes.Likelihood.load(Path(__file__).with_name("minimal.toml"), MODEL)
    assert lqbayes.Posterior(prior, likelihood).dimension == 2
