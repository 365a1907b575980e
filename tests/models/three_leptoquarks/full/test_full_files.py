"""The measurement and prior files that come with the formula set full."""

from __future__ import annotations

import numpy as np
import pytest

from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import load_likelihood_set, model_of
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.model import FULL, PAPER
from lqbayes.posterior import Posterior
from lqbayes.prior.prior import Prior

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


def test_errors_stand_on_the_side_of_the_prediction(full: Likelihood) -> None:
    terms = {term.name: term for term in full.settings.measurements}
    for name, above, below in (("dm_Bs_ps", 1.2, 0.7), ("dm_Bd_ps", 0.036, 0.022)):
        chi = []
        for sign, sigma in ((1, above), (-1, below)):
            row = FULL.reference()
            row[FULL.observable_index[name]] = terms[name].centre[0] + sign * sigma
            chi.append(-2 * full.log_terms(row[None, :])[0, full.term_names.index(name)])
        assert chi == pytest.approx([1, 1], rel=1e-2)


def test_limits_have_their_confidence_level(full: Likelihood) -> None:
    row = FULL.reference()
    for name, limit, one_sided in (("BR_KL_emu", 4.7e-12, 1.6448536), ("LHC_r", 1.0, 1.9599640), ("d_e", -4.1e-30, 1.6448536)):
        row[FULL.observable_index[name]] = limit
        assert -2 * full.log_terms(row[None, :])[0, full.term_names.index(name)] == pytest.approx(one_sided**2, rel=1e-6)


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
