"""The measurement and prior files that come with the formula set full."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import norm

from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.model import FULL, PAPER
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior

# Entered a second time, apart from the file: upper limits at 90 % and 95 % confidence, then value, error below and error above.
LIMITS_90 = {
    **{"BR_B_K_emmup": 7.0e-9, "BR_B_K_mumep": 6.4e-9, "BR_B_Kst_emmup": 6.8e-9, "BR_B_Kst_mumep": 5.7e-9, "BR_B_K_mumtaup": 2.45e-5},
    **{"BR_B_K_taummup": 5.9e-6, "BR_B_Kst_taummup": 1.0e-5, "BR_B_Kst_mumtaup": 8.2e-6, "BR_B_K_emtaup": 1.53e-5, "BR_B_K_taumep": 1.5e-5},
    **{"BR_Bs_emu": 5.4e-9, "BR_B0_emu": 1.0e-9, "BR_B0_mumu": 1.5e-10, "BR_KL_pinunu": 2.2e-9, "BR_B0_Kst_nunu": 1.8e-5},
    **{"BR_KL_emu": 4.7e-12, "BR_KL_mumu_SD": 2.5e-9, "BR_Kp_pi_emmup": 1.3e-11, "BR_Kp_pi_mumep": 6.6e-11, "BR_D0_mumu": 2.1e-9},
    **{"BR_D0_emu": 1.3e-8, "BR_tau_muphi": 2.3e-8, "BR_tau_ephi": 2.0e-8, "BR_tau_murho": 1.7e-8, "BR_tau_erho": 2.2e-8},
    **{"BR_tau_mupi0": 1.1e-7, "BR_tau_epi0": 8.0e-8, "BR_tau_muKS": 1.2e-8, "BR_tau_eKS": 8e-9, "BR_tau_muKst": 2.9e-8},
    **{"BR_tau_muKstbar": 4.3e-8, "BR_tau_eKst": 1.9e-8, "BR_tau_eKstbar": 1.7e-8, "BR_mu_egamma": 1.5e-13, "BR_tau_mugamma": 4.2e-8},
    **{"BR_tau_egamma": 3.3e-8, "d_e": 4.1e-30, "BR_mu_3e": 1.0e-12, "BR_tau_3mu": 1.9e-8, "BR_tau_3e": 2.5e-8, "BR_tau_muee": 1.6e-8},
    **{"BR_tau_emumu": 2.4e-8, "CR_mue_Au": 7e-13},
}
LIMITS_95 = {"BR_Bs_mutau": 4.2e-5, "BR_B0_mutau": 1.4e-5, "dm_K": 3.484e-15, "x12_D": 4.1e-3, "LHC_r": 1.0}
VALUES = {
    "delta_a_mu": (38.5e-11, 63.7e-11, 63.7e-11),
    "BR_Kp_pinunu": (9.6e-11, 1.8e-11, 1.9e-11),
    "BR_B_K_nunu": (1.3e-5, 0.4e-5, 0.4e-5),
    "dm_Bs_ps": (17.765, 0.7, 1.2),
    "dm_Bd_ps": (0.5069, 0.0221, 0.0361),
    "S_psiK": (0.710, 0.016, 0.016),
    "phi_s": (-0.052, 0.014, 0.014),
    "eps_K_NP": (0.07e-3, 0.18e-3, 0.18e-3),
    "x12Im_D": (-1.9e-5, 7.7e-5, 7.7e-5),
    "R_Ds_munu": (0.983, 0.021, 0.021),
    "R_Ds_taunu": (1.013, 0.018, 0.018),
    "R_D_munu": (0.988, 0.023, 0.023),
    "R_K_munu": (1.000, 0.005, 0.005),
    "R_B_taunu": (1.33, 0.24, 0.24),
    "Z_mumu_ee": (1.0001, 0.0024, 0.0024),
    "Z_tautau_ee": (1.0020, 0.0032, 0.0032),
    "A_tau": (0.973 * 0.149476, 0.027 * 0.149476, 0.027 * 0.149476),
    "N_nu": (2.996, 0.007, 0.007),
    "kappa_mumu": (1.4, 0.4, 0.4),
    "kappa_tautau": (0.96, 0.12, 0.12),
}
# Of two observables: values, errors and their correlation.
PAIRS = {
    ("C9_mu", "C10_mu"): ((-0.96, 0.37), (0.159, 0.113), 0.05),
    ("R_K", "R_Kstar"): ((0.949, 1.027), (0.047, 0.075), -0.03),
    ("RD_ratio", "RDst_ratio"): ((1.148, 1.130), (0.089, 0.052), -0.39),
}
BOUNDS = {"BR_Bc_taunu": 0.30, "g_max": math.sqrt(4 * math.pi)}
SIGNALS = {"delta_a_mu", "C9_C10_mu", "R_K_R_Kstar", "g_max"}


def test_every_symbol_can_be_drawn() -> None:
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    for observable in FULL.observables:
        parser.parse(f"${observable.symbol}$")
    symbols = [observable.symbol for observable in FULL.observables]
    assert len(set(symbols)) == len(symbols)


@pytest.fixture(scope="module")
def full() -> Likelihood:
    return Likelihood.load("full-2026")


def test_the_file_says_which_formulas_it_needs(full: Likelihood) -> None:
    assert full.model is FULL
    assert full.settings.to_dict()["formulas"] == "full"
    assert model_of("paper", PAPER) is PAPER
    assert model_of("full-kaons", PAPER) is FULL
    with pytest.raises(InputError, match="formulas: the file is for the formulas 'full', not 'paper'; choose them: --formulas full"):
        load_likelihood_set("full-2026", PAPER)


def test_values_that_are_no_signals_grow_like_limits(full: Likelihood) -> None:
    """Rates and phases that small couplings meet; all other measured values come in early, by the fourth root."""
    roots = dict(zip(full.term_names, full.signals.tolist(), strict=True))
    assert {name for name, count in roots.items() if count not in (0, 2)} == set()
    assert [roots[name] for name in ("delta_a_mu", "C9_C10_mu", "R_K_R_Kstar", "R_D_R_Dst", "BR_B_K_nunu")] == [2] * 5
    assert [roots[name] for name in ("BR_Kp_pinunu", "eps_K_NP", "x12Im_D", "CR_mue_Au", "dm_K", "g_max", "BR_Bc_taunu")] == [0] * 7
    assert set(Likelihood.load("2026").signals.tolist()) == {0, 1}


def test_smaller_sets_are_parts_of_the_whole(full: Likelihood) -> None:
    whole = {term.name: term for term in full.settings.measurements}
    for name, inside, outside in (("full-lfv", "CR_mue_Au", "BR_Kp_pinunu"), ("full-kaons", "eps_K_NP", "BR_tau_muphi")):
        part = {term.name: term for term in load_likelihood_set(name, FULL).measurements}
        assert part.items() <= whole.items()
        assert part.keys() >= SIGNALS | {inside, "BR_KL_emu"}
        assert outside not in part
    assert {term.name for term in load_likelihood_set("full-signals", FULL).measurements} == SIGNALS
    then = {term.name: term for term in load_likelihood_set("full-gm2-2021", FULL).measurements}
    assert {name for name, term in then.items() if term != whole[name]} == {"delta_a_mu"} and then.keys() == whole.keys()
    assert then["delta_a_mu"].numbers == next(t for t in load_likelihood_set("paper", PAPER).measurements if t.name == "delta_a_mu").numbers


def test_chi_squared_without_leptoquarks(full: Likelihood) -> None:
    terms = dict(zip(full.term_names, -2 * full.log_terms(FULL.reference()[None, :])[0], strict=True))
    assert sum(terms.values()) == pytest.approx(82, abs=0.5)
    assert terms["C9_C10_mu"] == pytest.approx(49.3, abs=0.1)
    assert terms["R_D_R_Dst"] == pytest.approx(14.5, abs=0.1)
    assert max(value for name, value in terms.items() if name not in {"C9_C10_mu", "R_D_R_Dst", "BR_B_K_nunu"}) < 2


def test_every_measurement_is_the_one_that_was_asked_for(full: Likelihood) -> None:
    """By what the terms say of predictions: chi2 of limits, of values on both sides, and of pairs; bounds cut."""
    terms = {tuple(m.observables): k for k, m in enumerate(full.settings.measurements)}
    assert set(terms) == {(name,) for name in (*LIMITS_90, *LIMITS_95, *VALUES, *BOUNDS)} | set(PAIRS)

    def chi2(**predicted: float) -> float:
        row = FULL.reference()
        for name, value in predicted.items():
            row[FULL.observable_index[name]] = value
        return float(-2 * full.log_terms(row[None, :])[0, terms[tuple(predicted)]])

    for limits, confidence in ((LIMITS_90, 0.90), (LIMITS_95, 0.95)):
        for name, limit in limits.items():
            assert [chi2(**{name: limit}), chi2(**{name: 0})] == pytest.approx([norm.ppf((1 + confidence) / 2) ** 2, 0], rel=1e-12), name
            assert chi2(**{name: -limit}) == (chi2(**{name: limit}) if name in {"d_e", "dm_K"} else 0), name
    for name, (value, minus, plus) in VALUES.items():
        assert [chi2(**{name: value - minus}), chi2(**{name: value + plus})] == pytest.approx([1, 1], rel=4e-3), name
    for (one, two), (values, errors, rho) in PAIRS.items():
        for shift in ((1, 0), (0, 1), (1, 1), (1, -2)):
            predicted = dict(zip((one, two), np.add(values, np.multiply(errors, shift)).tolist(), strict=True))
            expected = (shift[0] ** 2 - 2 * rho * shift[0] * shift[1] + shift[1] ** 2) / (1 - rho**2)
            assert chi2(**predicted) == pytest.approx(expected, rel=8e-3), (one, two)
    for name, bound in BOUNDS.items():
        assert [chi2(**{name: bound * (1 - 1e-9)}), chi2(**{name: bound * (1 + 1e-9)})] == [0, math.inf], name


@pytest.mark.parametrize("name", ["paper", "full"])
def test_priors_load_and_moves_apply(name: str, full: Likelihood) -> None:
    prior = Prior.load(name, FULL)
    posterior = Posterior(prior, full)
    assert FULL.moves is not None
    assert PAPER.moves is not None
    kinds, others = ({type(move).__name__ for move, _ in model.moves(prior)} for model in (FULL, PAPER))
    assert kinds - others == {"PermutationMove"}
    points = prior.points(prior.sample(100, np.random.default_rng(0)))
    assert np.all(np.isfinite(full.log_terms(FULL.predict(points))[:, full.term_names.index("kappa_mumu")]))
    assert posterior.model is FULL


def test_the_prior_full_is_the_papers_with_two_wider_ranges() -> None:
    paper, wide = (Prior.load(name, FULL).settings.parameters for name in ("paper", "full"))
    changed = {
        new.name: (new.lower, new.upper) for old, new in zip(paper, wide, strict=True) if (old.lower, old.upper) != (new.lower, new.upper)
    }
    assert changed == {"alpha_1": (1e-5, 0.5)} | {f"f_{i}{j}": (1e-7, 0.1) for i in (1, 2, 3) for j in (1, 2, 3)}
    assert all(old.distribution == new.distribution for old, new in zip(paper, wide, strict=True))
