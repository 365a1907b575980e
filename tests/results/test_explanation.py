from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import ncx2, norm

from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.report.explanation import explain, write_explanation
from lqbayes.results.importance import importance_weights
from lqbayes.results.influence import MedianShift, _influence, influences
from lqbayes.results.information import BINS, binned_divergence, information
from lqbayes.results.measured import predictive_terms, predictives

G2, SIGMA = OBSERVABLE_INDEX["delta_a_mu"], 5.9e-10


@pytest.fixture(scope="module")
def gaussian(make_run: Callable[..., Any]) -> Any:
    """A prior N(20, 5.9) of Delta a_mu times the measurement 25.1 +- 5.9, in closed form; C9 and C10 likewise far from theirs."""
    run = make_run("gaussian-explained", ensembles=4, steps=4, walkers=3000)
    settings = run.configuration.likelihood
    kept = replace(settings, measurements=tuple(m for m in settings.measurements if m.name != "R_K"))
    run.configuration = replace(run.configuration, likelihood=kept)
    x = run.draws().observables
    x[:] = 1e-30  # logarithms of branching ratios stay finite
    x[..., G2] = np.random.default_rng(8).normal(22.55e-10, SIGMA / math.sqrt(2), x.shape[:-1])
    terms = Likelihood(run.configuration.likelihood, run.configuration.model).log_terms(x.reshape(-1, x.shape[-1]))
    run.terms = lambda: terms.reshape(*x.shape[:-1], -1)
    return run


def test_pull_and_predictive_probability_in_closed_form(gaussian: Any) -> None:
    rows = {row.predicted.name: row for row in predictives(gaussian, predictive_terms(gaussian), np.random.default_rng(1))}
    row = rows["delta_a_mu"]
    total = SIGMA * math.sqrt(1.5)
    # The posterior is below the measured value.
    assert row.predictive_pull == pytest.approx(-2.55e-10 / total, abs=0.01)
    (term,) = (t for t in predictive_terms(gaussian) if t.measurement.name == "delta_a_mu")
    assert term.pulls is not None
    assert term.pulls[2] == pytest.approx(-2.55 / 5.9, abs=0.02)  # the same sign for the pull of the draws
    assert row.p_value == pytest.approx(2 * norm.sf(2.55e-10 / total), abs=0.02)
    assert rows["BR_mu_egamma"].predictive_pull is None
    assert rows["BR_mu_egamma"].p_value == 0


def test_replicates_scatter_as_the_measurement_says(unconverged: Any) -> None:
    rng = np.random.default_rng(2)
    by_name = {m.name: m for m in unconverged.configuration.likelihood.measurements}
    copies = by_name["C9_C10_mu"].draw(np.zeros((200_000, 2)), rng)
    np.testing.assert_allclose(copies.std(axis=0), (0.182, 0.226), rtol=0.01)
    assert np.corrcoef(copies.T)[0, 1] == pytest.approx(0.157, abs=0.01)
    split = by_name["R_K"]
    copies = split.draw(np.zeros((200_000, 1)), rng)
    plus, minus = split.sigma_plus[0], split.sigma_minus[0]
    assert np.mean(copies < 0) == pytest.approx(plus / (plus + minus), abs=0.005)


def test_leaving_out_and_scaling_a_gaussian_term(gaussian: Any) -> None:
    shown, found = influences(gaussian, gaussian.convergence())
    column = [q.name for q in shown].index("delta_a_mu")
    entry = {i.term: i for i in found}["delta_a_mu"]
    # Posterior variance s^2/2 about a pull of 2.55/5.9: twice chi^2 is a non-central chi-square.
    assert entry.chi2 == pytest.approx(ncx2.median(1, 2 * (2.55 / 5.9) ** 2) / 2, rel=0.05)
    assert entry.reliable
    # Without the term: the prior N(20, 5.9); the shift is in units of the posterior's half width.
    half = norm.ppf(0.84) / math.sqrt(2)
    assert entry.shifts[column] == pytest.approx(-2.55 / 5.9 / half, abs=0.06)
    # Its chi^2 without the term has the longer tail.
    assert entry.k_chi2 > max(entry.k, 0.7)
    assert math.isnan(entry.chi2_without)
    # ln of the predictive density of 25.1 under N(20, sqrt(2) 5.9), relative to the measurement's own peak.
    assert entry.log_predictive == pytest.approx(-math.log(math.sqrt(2)) - (5.1 / 5.9) ** 2 / 4, abs=0.03)
    # Power a: mean (20 + 25.1 a) / (1 + a).
    up = (20 + 25.1 * 2**0.25) / (1 + 2**0.25)
    assert entry.power_scaling[column] == pytest.approx((up - 22.55) / 0.25 / 5.9 / half, abs=0.03)
    assert "g_max" not in {i.term for i in found}


def test_chi2_without_a_term_in_closed_form() -> None:
    # A prior N(-0.9, 0.5) of the pull times N(0, 1): posterior precision 5, mean -0.72.
    pull = np.random.default_rng(7).normal(-0.72, math.sqrt(0.2), (4, 5, 5000))
    entry = _influence("mild", -(pull**2) / 2, np.full(4, 0.25), [], float(pull.size))
    assert entry.k_chi2 < 0.7
    assert entry.chi2 == pytest.approx(0.2 * ncx2.median(1, 0.72**2 / 0.2), rel=0.03)
    assert entry.chi2_without == pytest.approx(0.25 * ncx2.median(1, 0.9**2 / 0.25), rel=0.03)


def test_a_heavy_tail_of_weight_times_chi2_or_few_draws_give_no_numbers() -> None:
    # A log-likelihood -k E with E exponential has weights with a Pareto tail of the shape k.
    rng = np.random.default_rng(3)
    term = -0.66 * rng.exponential(size=(4, 5, 5000))
    alike, x = np.full(4, 0.25), [MedianShift(rng.standard_normal(term.size), np.full(term.size, 1 / term.size))]
    entry = _influence("tame", 0.3 * term, alike, x, 20_000.0)
    assert entry.reliable
    assert entry.k < 0.5
    # The weights alone would pass: their tail has the shape 0.66, with chi^2 it is longer.
    assert importance_weights(-term, run_ess=20_000.0).k < 0.7 < _influence("long", term, alike, x, 20_000.0).k_chi2
    few = _influence("few", 0.3 * term, alike, x, 30.0)
    assert not few.reliable
    assert math.isnan(few.shifts[0])
    assert math.isnan(few.power_scaling[0])


def test_ensembles_count_as_their_evidences() -> None:
    # A second ensemble of weight 0.9 lies two standard deviations higher; weights alone decide which one is seen.
    rng = np.random.default_rng(5)
    x = rng.standard_normal((2, 5, 5000)) + [[[0.0]], [[2.0]]]
    entry = _influence("term", -(x**2) / 20, np.array([0.1, 0.9]), [], float(x.size))
    mixed = rng.permutation(np.concatenate([x[0].ravel()[:2500], x[1].ravel()[:22_500]])).reshape(2, 5, 2500)
    same = _influence("term", -(mixed**2) / 20, np.full(2, 0.5), [], float(x.size))
    assert entry.chi2 == pytest.approx(same.chi2, rel=0.05)
    assert entry.log_predictive == pytest.approx(same.log_predictive, abs=0.02)


def test_divergence_of_known_densities() -> None:
    rng = np.random.default_rng(4)
    prior = rng.random(200_000)
    assert binned_divergence(rng.random(100_000), prior) == pytest.approx((BINS - 1) / 2e5, abs=4e-4)
    assert binned_divergence(rng.random(100_000) / 2, prior) == pytest.approx(math.log(2), abs=2e-3)
    # Density 2u: integral of 2u ln 2u = ln 2 - 1/2.
    assert binned_divergence(np.sqrt(rng.random(100_000)), prior) == pytest.approx(math.log(2) - 0.5, abs=3e-3)


def test_prior_draws_bring_no_information_but_the_bias(make_run: Callable[..., Any]) -> None:
    run = make_run("prior-draws", ensembles=4, steps=5, walkers=2000)
    rows = information(run, np.random.default_rng(0))
    assert len(rows) == 45
    assert [row.nats for row in rows] == sorted((row.nats for row in rows), reverse=True)
    # 40 000 independent draws: chi-square with 39 degrees of freedom over 2 n; the edges of the bins add a tenth, from 400 000 draws.
    floor = (BINS - 1) / (2 * 40_000)
    assert np.mean([row.nats for row in rows]) == pytest.approx(1.1 * floor, rel=0.1)
    assert all(row.bias >= floor * (1 - 1e-12) for row in rows)


def test_files(make_run: Callable[..., Any]) -> None:
    run = make_run("explained")
    run.path.mkdir()
    written = write_explanation(run, explain(run))
    assert {path.name for path in run.results.iterdir()} == {path.name for path in written}
    assert len(written) == 14
    text = (run.results / "explain.md").read_text(encoding="utf-8")
    assert "**NOT CONVERGED" in text or "converged: " in text
    assert r"\|x\| < 3.48e-15" in text
    cells = {line.replace(r"\|", "").count("|") for line in text.splitlines() if line.startswith("| ") and "`dm_K`" in line}
    columns = {line.count("|") for line in text.splitlines() if line.startswith("| measurement ")}
    assert columns <= cells
    for name in ("measurements", "terms", "information", "prior", "ranges"):
        rows = list(csv.reader(io.StringIO((run.results / f"explain-{name}.csv").read_text(encoding="utf-8"))))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert {row[-1] for row in rows} == {"converged", str(run.converged).lower()}
