from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from lqbayes.input.errors import ArgumentError
from lqbayes.likelihood.forms import FORMS
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Measurement
from lqbayes.likelihood.support import lost_bounds
from lqbayes.model import Model
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.results.importance import importance_weights, weighted_quantiles
from lqbayes.results.reweighting import reweight, reweighted_rows, verdict
from lqbayes.results.summary import Summary

LEVELS = (0.16, 0.5, 0.84)


def log_ratio(x: Any, mean: float, sigma: float) -> Any:
    return norm.logpdf(x, mean, sigma) - norm.logpdf(x)


@pytest.mark.parametrize(("mean", "sigma"), [(0.5, 1.0), (-0.8, 0.7), (0.3, 0.4)])
def test_a_gaussian_becomes_another(mean: float, sigma: float) -> None:
    x = np.random.default_rng(3).standard_normal((4, 5, 5000))
    weights = importance_weights(log_ratio(x, mean, sigma), run_ess=x.size)
    assert weights.reliable
    assert weights.values.sum() == pytest.approx(1)
    assert weights.log_evidence_ratio == pytest.approx(0, abs=0.02)  # both densities are normalised
    # Kish's sample size, from E[w^2] of the two Gaussians.
    variance = 2 / sigma**2 - 1
    share = sigma**2 * math.sqrt(variance) / math.exp(mean**2 * (1 / sigma**4 * 2 / variance - 1 / sigma**2))
    assert weights.ess / x.size == pytest.approx(share, rel=0.05)
    found = weighted_quantiles(x.ravel(), weights.values, LEVELS)
    errors = 1.5 * sigma / math.sqrt(weights.ess)
    np.testing.assert_allclose(found, norm.ppf(LEVELS, mean, sigma), atol=4 * errors)


@pytest.mark.parametrize(("mean", "sigma"), [(6.0, 1.0), (0.0, 3.0)])
def test_a_distant_or_wider_gaussian_is_refused(mean: float, sigma: float) -> None:
    x = np.random.default_rng(3).standard_normal((4, 5, 2000))
    weights = importance_weights(log_ratio(x, mean, sigma), run_ess=x.size)
    assert weights.k > 0.7
    assert not weights.reliable
    assert "sample the new likelihood afresh" in verdict(weights)


def test_alike_and_excluded_draws() -> None:
    ratios = np.full((2, 5, 100), math.log(2.0))
    weights = importance_weights(ratios, run_ess=400.0)
    assert weights.k == -math.inf
    assert weights.values == pytest.approx(1e-3)
    assert weights.ess == pytest.approx(400)  # the draws are worth no more than in the run itself
    assert weights.log_evidence_ratio == pytest.approx(math.log(2))
    ratios[0, 0, :] = -math.inf
    weights = importance_weights(ratios, run_ess=400.0)
    assert weights.values.reshape(ratios.shape)[0, 0].sum() == 0
    assert weights.log_evidence_ratio == pytest.approx(math.log(2 * 0.9))
    ratios[:] = -math.inf
    assert not importance_weights(ratios, run_ess=400.0).reliable


def test_weighting_never_makes_more_of_the_draws_than_the_run_has() -> None:
    x = np.random.default_rng(3).standard_normal((4, 5, 2000))
    weights = importance_weights(log_ratio(x, 0.1, 1.0), run_ess=120.0)
    assert 100 < weights.ess <= 120
    assert weights.usable
    assert not importance_weights(log_ratio(x, 0.1, 1.0), run_ess=40.0).usable


def test_quantiles_of_equal_weights_are_those_of_the_draws() -> None:
    x = np.random.default_rng(0).gamma(2.0, size=1001)
    np.testing.assert_allclose(weighted_quantiles(x, np.full(1001, 1 / 1001), LEVELS), np.quantile(x, LEVELS, method="hazen"), rtol=1e-9)


def with_likelihood(run: Any, settings: Any) -> None:
    run.configuration = replace(run.configuration, likelihood=settings)


@pytest.fixture
def gaussian_run(make_run: Callable[..., Any]) -> Any:
    """Delta a_mu as if g-2 were all that was measured, everything else at the standard model."""
    run = make_run("gaussian", ensembles=4, steps=4, walkers=2000)
    settings = run.configuration.likelihood
    with_likelihood(run, replace(settings, measurements=tuple(m for m in settings.measurements if m.name == "delta_a_mu")))
    x = run.draws().observables
    x[..., OBSERVABLE_INDEX["delta_a_mu"]] = 25.1e-10 + 5.9e-10 * np.random.default_rng(1).standard_normal(x.shape[:-1])
    terms = Likelihood(run.configuration.likelihood, run.configuration.model).log_terms(x.reshape(-1, x.shape[-1]))
    run.terms = lambda: terms.reshape(*x.shape[:-1], 1)
    return run


def changed(run: Any, value: float, error: float) -> Likelihood:
    (old,) = run.configuration.likelihood.measurements
    new = old.model_copy(update={"value": value, "error": error})
    return Likelihood(replace(run.configuration.likelihood, measurements=(new,)), run.configuration.model)


def test_reweighting_a_run_to_a_new_measurement(gaussian_run: Any) -> None:
    # The draws have a flat prior in Delta a_mu, so that the new posterior is the new likelihood.
    weights = reweight(gaussian_run, changed(gaussian_run, 22e-10, 4e-10))
    rows = {row.quantity.name: row for row in reweighted_rows(gaussian_run, Summary.of(gaussian_run), weights)}
    row = rows["delta_a_mu"]
    np.testing.assert_allclose(row.after, norm.ppf(LEVELS, 22e-10, 4e-10), atol=0.25e-10)
    np.testing.assert_allclose(row.before, norm.ppf(LEVELS, 25.1e-10, 5.9e-10), atol=0.25e-10)
    assert row.shift == pytest.approx(-3.1 / 5.9, abs=0.06)
    assert weights.log_evidence_ratio == pytest.approx(math.log(4 / 5.9), abs=0.02)
    # What does not depend on the measurement stays.
    assert rows["log10_M_LQ"].shift == pytest.approx(0, abs=0.05)
    assert abs(rows["positive_h_32"].shift) < 0.02


def test_a_far_measurement_gives_no_rows(gaussian_run: Any) -> None:
    weights = reweight(gaussian_run, changed(gaussian_run, 70e-10, 2e-10))
    with pytest.raises(ArgumentError, match="k is above 0.7"):
        reweighted_rows(gaussian_run, Summary.of(gaussian_run), weights)


def with_terms(run: Any, *tables: dict[str, Any]) -> Any:
    return replace(run.configuration.likelihood, measurements=(*run.configuration.likelihood.measurements, *(bound(**t) for t in tables)))


def bound(name: str, observable: str = "R_K", **ends: Any) -> Measurement:
    form = "split-normal" if "value" in ends else "hard-bound"
    table = {"name": name, "observable": observable, "form": form, "unit": "1", "source": "test", "data": [name], **ends}
    return FORMS[form].model_validate(table, context={"model": Model.load()})


WINDOW = {"value": 0.8, "minus": 0.1, "plus": 0.05}


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ([{"upper": 1.0}], [], False),
        ([{"upper": 1.0}], [{"upper": 1.1}], False),
        ([{"upper": 1.0}], [{"upper": 1.0}], True),
        ([{"upper": 1.0}], [{"upper": 0.9, "lower": 0.0}], True),
        ([{"lower": 0.0}], [{"upper": 1.0}], False),
        ([{"lower": 0.0, "upper": 1.0}], [{"upper": 1.0}, {"lower": 0.0}], True),
        ([{"upper": 1.0}], [{"upper": 1.0, "observable": "dm_Bs"}], False),
        ([{"upper": 1.0, "modulus": True}], [{"upper": 1.0}], False),
        ([{"upper": 1.0}], [{"upper": 1.0, "modulus": True}], True),
        ([{"upper": 1.0, "modulus": True}], [{"lower": -1.0, "upper": 0.5}], True),
        ([{"lower": 0.5, "modulus": True}], [{"lower": 0.6}], True),
        ([{"lower": 0.5, "modulus": True}], [{"lower": -0.6}], False),
        ([{**WINDOW, "cut": 2.0}], [WINDOW], False),
        ([{**WINDOW, "cut": 2.0}], [{**WINDOW, "cut": 3.0}], False),
        ([{**WINDOW, "cut": 2.0}], [{**WINDOW, "cut": 1.0}], True),
        ([{**WINDOW, "cut": 2.0}], [{"lower": 0.61, "upper": 0.89}], True),
        ([WINDOW], [], True),
    ],
)
def test_a_likelihood_that_allows_more_is_refused(gaussian_run: Any, old: list[Any], new: list[Any], kept: bool) -> None:
    terms = with_terms(gaussian_run, *({"name": f"new_{k}", **t} for k, t in enumerate(new)))
    wanted = Likelihood(terms, gaussian_run.configuration.model)
    # The draws only have to be there: what decides is the two sets.
    with_likelihood(gaussian_run, with_terms(gaussian_run, *({"name": f"old_{k}", **t} for k, t in enumerate(old))))
    if kept:
        reweight(gaussian_run, wanted)
    else:
        with pytest.raises(ArgumentError, match="old_0 or has them looser"):
            reweight(gaussian_run, wanted)


def test_bounds_of_the_shipped_sets() -> None:
    free, paper = (Likelihood.load(name).settings for name in ("constraints-only", "paper"))
    assert lost_bounds(free, paper) == ("positive_delta_a_mu",)
    assert lost_bounds(paper, free) == ()
    assert lost_bounds(paper.with_hard_limits(), paper) == tuple(
        m.name for m in paper.measurements if m.form in {"upper-limit", "interval"}
    )
    assert lost_bounds(paper, paper.with_hard_limits()) == ()


def test_an_ellipsoid_is_kept_by_a_smaller_one() -> None:
    paper = Likelihood.load("paper").settings
    (pair,) = (m for m in paper.measurements if m.form == "correlated-gaussian")

    def with_cut(cut: float | None) -> Any:
        return replace(paper, measurements=(pair.model_copy(update={"cut": cut}),))

    assert lost_bounds(with_cut(2.0), with_cut(2.0)) == lost_bounds(with_cut(2.0), with_cut(1.0)) == ()
    assert lost_bounds(with_cut(2.0), with_cut(3.0)) == lost_bounds(with_cut(2.0), with_cut(None)) == (pair.name,)
