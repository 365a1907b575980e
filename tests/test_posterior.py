"""The posterior: prior, model and likelihood put together, without a NaN anywhere."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_NAMES
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX, PARAMETER_NAMES
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.prior.prior import Prior

Array = NDArray[np.float64]
PRIORS = ["paper", "paper-inverted", "paper-positive"]
FORMULAS = ["paper", "corrected"]


def likelihood_of(*observables: str) -> Likelihood:
    tables: list[dict[str, Any]] = [
        {
            "name": name,
            "observable": name,
            "form": "gaussian",
            "value": 1e-10,
            "error": 1e-10,
            "unit": "1",
            "source": "test",
            "data": [name],
        }
        for name in observables
    ]
    document = {"title": "test", "data": dict.fromkeys(observables, "test"), "measurement": tables}
    return Likelihood(parse_likelihood_set(document, "test.toml", Model.load()), Model.load())


@cache
def posterior_of(prior: str = "paper", likelihood: str = "paper", formulas: str = "paper") -> Posterior:
    return Posterior(Prior.load(prior), Likelihood.load(likelihood, Model.load(variant=formulas)))


def perturbative(posterior: Posterior, n: int = 50) -> Array:
    """Prior draws with everything but perturbativity left to chance: there the likelihood is finite."""
    z = posterior.prior.sample(40_000, np.random.default_rng(21))
    column = posterior.coordinate_names.index
    for name in ("alpha_1", *(f"f_{i}{i}" for i in (1, 2, 3))):
        z[:, column(name)] = np.sign(z[:, column(name)]) * (0.9 + 0.1 * np.abs(z[:, column(name)]))
    for i, j in ((1, 2), (1, 3), (2, 1), (2, 3), (3, 1), (3, 2)):
        z[:, column(f"f_{i}{j}")] *= 0.5
    for name in ("A_12_abs", "A_13_abs", "A_23_abs"):
        z[:, column(name)] *= 0.4
    g_max = posterior.observables(posterior.points(z))[:, OBSERVABLE_NAMES.index("g_max")]
    return z[g_max < math.sqrt(4 * math.pi)][:n]


@pytest.mark.parametrize("formulas", FORMULAS)
@pytest.mark.parametrize("prior", PRIORS)
def test_density_is_the_sum_of_its_parts(prior: str, formulas: str) -> None:
    posterior = posterior_of(prior, formulas=formulas)
    z = perturbative(posterior)
    assert len(z) == 50
    total = posterior.log_prob(z)
    assert np.all(np.isfinite(total))
    assert len(np.unique(total)) == 50
    found = Evaluation.of(posterior.evaluate(z))
    assert found.terms.shape == (50, len(posterior.term_names))
    np.testing.assert_allclose(total, posterior.log_prior(z) + posterior.log_likelihood(z), rtol=1e-14)
    np.testing.assert_allclose(posterior.log_likelihood(z), posterior.terms(z).sum(axis=1), rtol=1e-14)
    assert np.array_equal(found.log_prior, posterior.prior.log_density(z))
    assert np.array_equal(found.terms, posterior.terms(z))
    # The long way: points, their observables, their terms.
    observables = posterior.observables(posterior.points(z))
    assert np.array_equal(posterior.terms(z), posterior.likelihood.log_terms(observables))
    assert found.violation.tolist() == posterior.likelihood.evaluate(observables)[:, 1].tolist() == [0.0] * 50


def test_terms_stand_in_the_order_of_their_names() -> None:
    posterior = posterior_of()
    assert posterior.term_names == (
        *("delta_a_mu", "C9_C10_mu", "R_K", "BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma"),
        *("dm_K", "dm_Bd", "dm_Bs", "dm_D", "g_max"),
    )
    assert posterior.parameter_names == PARAMETER_NAMES
    assert posterior.observable_names == OBSERVABLE_NAMES
    z = perturbative(posterior)
    column = {name: values for name, values in zip(OBSERVABLE_NAMES, posterior.observables(posterior.points(z)).T, strict=True)}
    terms = dict(zip(posterior.term_names, posterior.terms(z).T, strict=True))
    np.testing.assert_allclose(terms["delta_a_mu"], -0.5 * ((column["delta_a_mu"] - 25.1e-10) / 5.9e-10) ** 2, rtol=1e-12)
    np.testing.assert_allclose(terms["BR_mu_egamma"], -0.5 * (column["BR_mu_egamma"] / 4.2e-13 * 1.6448536269514722) ** 2, rtol=1e-12)
    np.testing.assert_allclose(terms["dm_D"], -0.5 * (column["dm_D"] / 6.25e-15 * 1.959963984540054) ** 2, rtol=1e-12)
    width = np.where(column["R_K"] > 0.846, math.hypot(0.042, 0.013), math.hypot(0.039, 0.012))
    np.testing.assert_allclose(terms["R_K"], -0.5 * ((column["R_K"] - 0.846) / width) ** 2, rtol=1e-12)


def test_points_stand_in_the_order_of_their_names() -> None:
    posterior = posterior_of()
    z = np.zeros((1, 45))
    points = dict(zip(posterior.parameter_names, posterior.points(z)[0], strict=True))
    assert points["M_LQ"] == pytest.approx(1000)
    assert points["delta_m_B1"] == 10
    assert points["h_32"] == pytest.approx(1e-5)
    assert points["h_31"] == pytest.approx(1e-7)
    assert points["s23sq"] == 0.573
    assert points["delta_CP"] == pytest.approx(math.radians(197))


@pytest.mark.parametrize("formulas", FORMULAS)
@pytest.mark.parametrize("prior", PRIORS)
@pytest.mark.parametrize("hard", [False, True])
def test_prior_draws_are_never_nan(prior: str, formulas: str, hard: bool) -> None:
    likelihood = Likelihood.load("paper", Model.load(variant=formulas))
    posterior = Posterior(Prior.load(prior), likelihood.with_hard_limits() if hard else likelihood)
    z = posterior.prior.sample(20_000, np.random.default_rng(22))
    columns = posterior.evaluate(z)
    found = Evaluation.of(columns)
    assert not np.any(np.isnan(columns))
    assert np.all(np.isfinite(found.log_prior)) and np.all(np.isfinite(found.violation))
    assert np.all(found.terms <= 0)
    assert not np.any(np.isnan(posterior.log_prob(z)))
    hard_terms = [k for k, m in enumerate(posterior.likelihood.settings.measurements) if m.is_hard]
    met = np.all(found.terms[:, hard_terms] == 0, axis=1)
    assert np.array_equal(met, found.violation == 0)


def test_coordinates_outside_the_prior_have_no_density() -> None:
    posterior = posterior_of()
    inside = perturbative(posterior, 1)[0]
    for k, name in enumerate(posterior.coordinate_names):
        for garbage in (math.nan, math.inf, -math.inf, 1e300, -1e300):
            z = inside.copy()
            z[k] = garbage
            assert posterior.log_prob(z).tolist() == [-math.inf], (name, garbage)
            found = Evaluation.of(posterior.evaluate(z)[0])
            assert found.log_prior == -math.inf
            assert found.violation == math.inf
            assert set(found.terms) == {-math.inf}
            assert posterior.log_likelihood(z).tolist() == [-math.inf]


def test_a_batch_is_its_points_bit_for_bit() -> None:
    """In whole and broken blocks, and whatever goes with a point."""
    posterior = posterior_of()
    z = np.concatenate([perturbative(posterior, 40), posterior.prior.sample(60, np.random.default_rng(23))])
    batch, points = posterior.evaluate(z), posterior.points(z)
    assert np.concatenate([posterior.evaluate(row) for row in z]).tobytes() == batch.tobytes()
    for n in range(1, len(z)):
        assert posterior.evaluate(z[:n]).tobytes() == batch[:n].tobytes()
        assert posterior.points(z[:n]).tobytes() == points[:n].tobytes()


def test_outside_does_not_disturb_the_neighbours() -> None:
    posterior = posterior_of()
    z = perturbative(posterior, 20)
    expected = posterior.evaluate(z)
    spoiled = z.copy()
    spoiled[::2] = math.nan
    found = posterior.evaluate(spoiled)
    assert found[1::2].tobytes() == expected[1::2].tobytes()
    assert np.all(Evaluation.of(found[::2]).log_prior == -math.inf)


_TABLE = Prior.load("paper").table
_RANGES = [(float(_TABLE.lower[k]), float(_TABLE.upper[k])) for k in range(len(PARAMETER_NAMES)) if _TABLE.column[k] >= 0]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.tuples(*(st.one_of(st.sampled_from([low, high, max(low, min(0.0, high))]), st.floats(low, high)) for low, high in _RANGES)))
def test_extreme_coordinates_inside_the_prior_are_never_nan(z: tuple[float, ...]) -> None:
    for formulas in FORMULAS:
        columns = posterior_of(formulas=formulas).evaluate(np.array(z))[0]
        assert not np.any(np.isnan(columns))
        assert math.isfinite(Evaluation.of(columns).log_prior)
        assert Evaluation.of(columns).violation >= 0


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=45, max_size=45))
def test_arbitrary_coordinates_are_never_nan(z: list[float]) -> None:
    for formulas in FORMULAS:
        posterior = posterior_of(formulas=formulas)
        assert not np.any(np.isnan(posterior.evaluate(z)))
        assert not math.isnan(posterior.log_prob(z)[0])


@pytest.mark.parametrize("formulas", FORMULAS)
def test_batch_is_its_rows_bit_for_bit(formulas: str) -> None:
    posterior = posterior_of(formulas=formulas)
    z = np.concatenate([perturbative(posterior), posterior.prior.sample(100, np.random.default_rng(23)), np.full((3, 45), 2.0)])
    z = z[np.random.default_rng(24).permutation(len(z))]
    batch = posterior.log_prob(z)
    assert np.concatenate([posterior.log_prob(row) for row in z]).tobytes() == batch.tobytes()
    assert posterior.log_prob(z[5:120:7]).tobytes() == batch[5:120:7].tobytes()
    order = np.random.default_rng(25).permutation(len(z))
    assert posterior.log_prob(z[order]).tobytes() == batch[order].tobytes()
    assert posterior.log_prob(np.asfortranarray(z)).tobytes() == batch.tobytes()
    assert posterior.log_prob(z[:0]).shape == (0,)
    assert posterior.terms(z[:0]).shape == (0, 11)


def test_arguments_are_not_changed() -> None:
    posterior = posterior_of()
    z = perturbative(posterior)
    before = z.copy()
    posterior.log_prob(z)
    posterior.observables(posterior.points(z))
    assert z.tobytes() == before.tobytes()


@pytest.mark.parametrize("formulas", FORMULAS)
def test_flips_of_exact_symmetries_leave_the_density(formulas: str) -> None:
    posterior = posterior_of(formulas=formulas)
    z = perturbative(posterior)
    flipped = z.copy()
    flipped[:, [posterior.coordinate_names.index(f"f_1{j}") for j in (1, 2, 3)]] *= -1
    assert np.array_equal(posterior.log_prob(flipped), posterior.log_prob(z))
    assert not np.array_equal(posterior.points(flipped), posterior.points(z))


def test_idle_parameters_of_g_minus_2_alone() -> None:
    """(II.19) knows the second column of g, h_i2 and ht_2i: A_13, alpha_2 and the other couplings move nothing."""
    idle = {"alpha_2", "A_13_abs", "A_13_arg"}
    idle |= {f"h_{i}{j}" for i in (1, 2, 3) for j in (1, 3)} | {f"ht_{j}{i}" for i in (1, 2, 3) for j in (1, 3)}
    posterior = Posterior(Prior.load("paper"), likelihood_of("delta_a_mu"))
    assert set(posterior.idle_coordinates()) == idle
    assert list(posterior.idle_coordinates()) == [name for name in posterior.coordinate_names if name in idle]


def test_idle_parameters_of_bs_to_mu_mu_alone() -> None:
    """x = C10 - C10' of the muon: g_22, g_32, h_22, h_32, f_22, f_32 and what g is made of."""
    posterior = Posterior(Prior.load("paper"), likelihood_of("BR_Bs_mumu"))
    idle = set(posterior.idle_coordinates())
    assert {name for name in idle if not name.startswith(("h_", "ht_"))} == {"alpha_2", "A_13_abs", "A_13_arg"}
    assert {name for name in idle if name.startswith("ht_")} == {f"ht_{i}{j}" for i in (1, 2, 3) for j in (1, 2, 3)}
    assert {name for name in posterior.coordinate_names if name.startswith("h_")} - idle == {"h_22", "h_32"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("prior", PRIORS)
def test_nothing_is_idle_in_the_paper_set(prior: str, seed: int) -> None:
    assert posterior_of(prior).idle_coordinates(seed=seed) == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("prior", PRIORS)
def test_mixing_angle_2_is_idle_in_the_corrected_set(prior: str, seed: int) -> None:
    """With m_A2 = m_B2 the corrected boxes depend on alpha_2 by rounding only."""
    assert posterior_of(prior, formulas="corrected").idle_coordinates(seed=seed) == ("alpha_2",)


@pytest.mark.parametrize("shape", [(44,), (3, 44), (3, 46), (2, 3, 45), ()])
def test_wrong_shapes_of_coordinates_are_refused(shape: tuple[int, ...]) -> None:
    posterior = posterior_of()
    for method in (
        posterior.log_prob,
        posterior.log_prior,
        posterior.log_likelihood,
        posterior.terms,
        posterior.points,
        posterior.evaluate,
    ):
        with pytest.raises(ValueError, match="this prior has 45 coordinates"):
            method(np.zeros(shape))


@pytest.mark.parametrize("shape", [(45,), (3, 45), (3, 47), (2, 3, 46), (2, 46, 1), ()])
def test_wrong_shapes_of_points_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="46"):
        posterior_of().observables(np.zeros(shape))


def test_unknown_formulas_are_refused() -> None:
    with pytest.raises(InputError, match="no formula set 'papre'.*paper"):
        posterior_of(formulas="papre")


def test_the_two_formula_sets_are_told_apart() -> None:
    paper, corrected = posterior_of(), posterior_of(formulas="corrected")
    z = perturbative(paper)
    assert not np.any(paper.log_prob(z) == corrected.log_prob(z))
    points = paper.points(z)
    column = OBSERVABLE_NAMES.index("dm_Bs")
    assert not np.any(paper.observables(points)[:, column] == corrected.observables(points)[:, column])
    assert points[0, PARAMETER_INDEX["delta_m_B1"]] == 10
