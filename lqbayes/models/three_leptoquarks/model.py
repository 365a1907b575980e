"""The model of arXiv:2104.03248 as the engine knows it: one `Model` for each reading of the formulas."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lqbayes.model import Model, ModelSource
from lqbayes.models.three_leptoquarks.formulas import FormulaSet
from lqbayes.models.three_leptoquarks.full import observables as full
from lqbayes.models.three_leptoquarks.observables import OBSERVABLES, observables_of_points, standard_model
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from lqbayes.prior.prior import Prior
    from lqbayes.sampling.moves.base import ArrayMove

_GROUPS: dict[str, tuple[str, ...]] = {
    "couplings-g2": ("M_LQ", "h_32", "ht_23", "h_22", "ht_22", "h_33", "delta_a_mu", "BR_tau_mugamma"),
    "couplings-heavy": ("h_22", "h_23", "h_32", "h_33", "ht_22", "ht_23", "ht_32", "ht_33"),
    "h-light": ("h_11", "h_12", "h_13", "h_21", "h_31"),
    "ht-light": ("ht_11", "ht_12", "ht_13", "ht_21", "ht_31"),
    "f-rows-1-2": ("f_11", "f_12", "f_13", "f_21", "f_22", "f_23"),
    "f-rows-2-3": ("f_21", "f_22", "f_23", "f_31", "f_32", "f_33"),
    "triplet": ("M_LQ", "alpha_1", "alpha_2", "A_12_abs", "A_13_abs", "A_23_abs", "g_max"),
    "wilson": ("C9_mu", "C10_mu", "C9_e", "C10_e", "C9p_mu", "R_K", "BR_Bs_mumu"),
    "mixing": ("dm_K", "dm_Bd", "dm_Bs", "dm_D"),
    "neutrino": ("s12sq", "s23sq", "s13sq", "delta_CP", "dm21", "dm3l", "m_lightest"),
    "phases": ("delta_CP", "alpha_21", "alpha_31", "A_12_arg", "A_13_arg", "A_23_arg"),
}
_FULL_GROUPS = _GROUPS | {
    "wilson": ("C9_mu", "C10_mu", "C9_e", "C10_e", "C9_univ", "R_K", "R_Kstar", "BR_Bs_mumu"),
    "mu-e": ("CR_mue_Au", "CR_mue_Al", "BR_mu_egamma", "BR_mu_3e", "BR_KL_emu", "BR_Kp_pi_mumep", "BR_D0_emu"),
    "kaons": ("BR_Kp_pinunu", "BR_KL_pinunu", "BR_KL_emu", "BR_KL_mumu_SD", "BR_Kp_pi_mumep", "eps_K_NP", "dm_K"),
    "taus": ("BR_tau_mugamma", "BR_tau_egamma", "BR_tau_muphi", "BR_tau_murho", "BR_tau_muKS", "BR_tau_3mu", "R_Ds_taunu", "RD_ratio"),
    "mixing": ("dm_Bs_ps", "phi_s", "dm_Bd_ps", "S_psiK", "eps_K_NP", "x12_D", "x12Im_D"),
    "b-decays": ("BR_B_K_nunu", "BR_B0_mumu", "BR_B_K_mumep", "BR_B_K_mumtaup", "BR_Bs_mutau", "R_B_taunu", "RD_ratio", "RDst_ratio"),
    "charm": ("M_LQ", "h_22", "ht_22", "BR_D0_mumu", "x12_D", "R_Ds_munu", "delta_a_mu"),
    "bosons": ("M_LQ", "Z_mumu_ee", "Z_tautau_ee", "N_nu", "A_tau", "kappa_mumu", "kappa_tautau", "LHC_r"),
}
_ORDERINGS = "normal (> 0) and inverted (< 0) ordering are two models"


def _moves(prior: Prior, variant: str) -> Sequence[tuple[ArrayMove, float]]:
    from lqbayes.models.three_leptoquarks.moves import mixture, recipes  # noqa: PLC0415 - what only predicts needs no moves

    return mixture.moves_with(prior, getattr(recipes, variant.upper()))


def _check_prior(name: str, lowest: float, highest: float) -> tuple[str, str] | None:
    if name == "dm3l" and lowest <= 0 <= highest:
        return f"dm3l must not change its sign or vanish: {_ORDERINGS}", "keep to one sign, and compare the evidences of two runs"
    return None


def _figures(*arguments: Any, **options: Any) -> list[Path]:
    from lqbayes.models.three_leptoquarks.paper.figures import write_figures  # noqa: PLC0415 - matplotlib takes time to load

    return write_figures(*arguments, **options)


def _smeft(point: NDArray[np.float64]) -> tuple[float, dict[str, complex]]:
    from lqbayes.models.three_leptoquarks.full.smeft import smeft_coefficients  # noqa: PLC0415 - only an export needs it

    return smeft_coefficients(point)


def _variant(formulas: FormulaSet) -> Model:
    return Model(
        name="three-leptoquarks",
        variant=formulas.name.lower(),
        title="Three scalar leptoquarks: muon g-2, b -> s mu mu and radiative neutrino masses (arXiv:2104.03248)",
        parameters=PARAMETERS,
        observables=OBSERVABLES,
        predict=partial(observables_of_points, formulas=int(formulas)),
        groups=_GROUPS,
        moves=partial(_moves, variant=formulas.name),
        reference=standard_model,
        check_prior=_check_prior,
        not_finite="the couplings g of (II.7) are not defined or too large: f is singular, or alpha_1 or delta_m_B1 is 0",
        figures=_figures,
        smeft=_smeft,
        source=ModelSource("built-in", __name__),
        shipped_set="paper",
    )


PAPER, CORRECTED = (_variant(formulas) for formulas in FormulaSet)
FULL = replace(
    PAPER,
    variant="full",
    title="Three scalar leptoquarks with what else constrains them: kaons, conversion, charm, CP violation, Z, Higgs, LHC",
    observables=full.OBSERVABLES,
    predict=full.observables_of_points,
    groups=_FULL_GROUPS,
    moves=partial(_moves, variant="FULL"),
    signal_roots=2,
    grow_as_limits=("BR_Kp_pinunu", "eps_K_NP", "x12Im_D"),
    reference=full.standard_model,
)
MODELS = (PAPER, CORRECTED, FULL)
