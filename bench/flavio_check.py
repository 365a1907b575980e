"""Predictions of the formula set full beside those of flavio and wilson, from the exported coefficients of the SMEFT.

python bench/flavio_check.py [--seed 1] [--mass 1500] [--couplings g h f ht all]

Random couplings of one kind, or of all, are matched onto the SMEFT as the export does, run by wilson to the scale of each observable and
predicted by flavio. Printed is the part of each observable that is due to leptoquarks: of lqbayes, of flavio, and their ratio.
wilson gets the CKM matrix of flavio, and the alpha by which flavio divides in decays of b quarks; a file that is read without that gives
amplitudes 3 % smaller. It needs the extra physics.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.full.observables import OBSERVABLE_INDEX, observables_with, standard_model
from lqbayes.models.three_leptoquarks.full.smeft import coefficients_with
from lqbayes.models.three_leptoquarks.layout import HT, F, H
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX, PARAMETERS

KINDS = ("g", "h", "f", "ht", "all")
# Of the CKM matrix and alpha, which flavio takes at 4.8 GeV.
ALIGNED = {"Vus": 0.2248, "Vub": 3.64e-3, "Vcb": 0.04197, "gamma": 1.15, "alpha_e": 1 / 132.1}
# Why numbers are known to differ, each with the letter by which the rows name it.
KNOWN = {
    "a": "ht: with a top, lequ1 moves the coupling C_ephi of the Higgs boson and so the lepton masses, here by more than those of e and "
    "mu. wilson turns to the new eigenstates; `full` has all couplings in the basis of the measured masses. Gone for ht ten times "
    "smaller.",
    "b": "g: the top closes a loop at the W's coupling to leptons (phil3) and in muon decay (ll): 1e-4, lepton by lepton, alike for all "
    "mesons, and as large as the tree level of D_s. Without the third row of g the rest agrees to 2 %.",
    "c": "ht: flavio 2.7.1 divides the scalar term by m_b + m_c instead of the masses of the meson's quarks.",
    "d": "h: by the Yukawa couplings of lepton and top qe runs into lequ3, and that into the dipole, two loops: a quarter less of h_3a "
    "h_3b in the term with the lepton mass. That term itself agrees to 3 %.",
    "e": "g: flavio's denominator is the mean of electron and muon, which g changes too; the numerators agree to 1 %.",
    "f": "the loop function of the Z couplings is complete here and a logarithm there, twice as large in rates of the penguin alone; "
    "tree level and penguins cancel in single modes.",
    "g": "flavio takes one ordering of the flavours of the quarks, and alpha at m_Z.",
    "h": "flavio has Im X also for two different flavours, which is no amplitude of K_L.",
    "i": "another prediction of the SM part, by which it is divided.",
    "j": "flavio runs to 0.78 GeV.",
    "k": "here S = sin(-phi_s) is solved for phi_s.",
    "l": "flavio has the modulus.",
    "m": "flavio's has a part of the SM.",
    "n": "loops with other flavours in wilson: some percent in each mode, and little where nothing is here.",
    "o": "ht: flavio has the photon's dipole in tau -> l V, which is dropped here: BR(rho) 3e-3 and BR(phi) 3e-4 of BR(tau -> l gamma), "
    "that is 1e-10 where tau -> mu gamma is at its limit, which these couplings exceed by far.",
    "p": "ht: flavio has scalars and tensors of the up quark, ht_a1 H_1b, which are dropped here: the priors hold ht_a1 below 1e-3.",
    "q": "flavio's is a K0 with one ordering of the flavours of the quarks, of which the K_S is half where the other one is absent; where "
    "both are there they interfere in it.",
}

# Name of lqbayes, name of flavio with its arguments, whether it is normalised to the SM here, and the letters of `KNOWN`.
Row = tuple[str, str, tuple[float, ...], bool, str]
ROWS: tuple[Row, ...] = (
    ("R_K", "<Rmue>(B+->Kll)", (1.1, 6.0), False, "n"),
    ("R_Kstar", "<Rmue>(B0->K*ll)", (1.1, 6.0), False, "n"),
    ("BR_Bs_mumu", "BR(Bs->mumu)", (), False, "an"),
    ("BR_B0_mumu", "BR(B0->mumu)", (), False, "an"),
    ("BR_B_K_mumep", "BR(B+->Kemu)", (), False, "an"),
    ("BR_B_K_emmup", "BR(B+->Kmue)", (), False, "an"),
    ("BR_B_K_taummup", "BR(B+->Kmutau)", (), False, "an"),
    ("BR_B_K_mumtaup", "BR(B+->Ktaumu)", (), False, "an"),
    ("BR_B_K_taumep", "BR(B+->Ketau)", (), False, "an"),
    ("BR_B_K_emtaup", "BR(B+->Ktaue)", (), False, "an"),
    ("BR_B_Kst_mumep", "BR(B0->K*emu)", (), False, "an"),
    ("BR_B_Kst_emmup", "BR(B0->K*mue)", (), False, "an"),
    ("BR_B_Kst_taummup", "BR(B0->K*mutau)", (), False, "an"),
    ("BR_B_Kst_mumtaup", "BR(B0->K*taumu)", (), False, "an"),
    ("BR_Bs_emu", "BR(Bs->emu,mue)", (), False, "an"),
    ("BR_Bs_mutau", "BR(Bs->mutau,taumu)", (), False, "an"),
    ("BR_B0_mutau", "BR(B0->mutau,taumu)", (), False, "an"),
    ("BR_B_K_nunu", "BR(B+->Knunu)", (), False, "n"),
    ("BR_B0_Kst_nunu", "BR(B0->K*nunu)", (), False, "n"),
    ("BR_Kp_pinunu", "BR(K+->pinunu)", (), False, "n"),
    ("BR_KL_pinunu", "BR(KL->pinunu)", (), False, "hn"),
    ("BR_KL_emu", "BR(KL->emu,mue)", (), False, "g"),
    ("BR_tau_muphi", "BR(tau->phimu)", (), False, "fo"),
    ("BR_tau_murho", "BR(tau->rhomu)", (), False, "fop"),
    ("BR_tau_mupi0", "BR(tau->pimu)", (), False, "afp"),
    ("BR_tau_muKS", "BR(tau->Kmu)", (), False, "q"),
    ("BR_mu_egamma", "BR(mu->egamma)", (), False, "ad"),
    ("BR_tau_mugamma", "BR(tau->mugamma)", (), False, "ad"),
    ("delta_a_mu", "a_mu", (), False, "ad"),
    ("BR_mu_3e", "BR(mu->eee)", (), False, "f"),
    ("BR_tau_3mu", "BR(tau->mumumu)", (), False, "f"),
    ("BR_tau_muee", "BR(tau->muee)", (), False, "f"),
    ("CR_mue_Au", "CR(mu->e, Au)", (), False, "f"),
    ("CR_mue_Al", "CR(mu->e, Al)", (), False, "f"),
    ("R_Ds_munu", "BR(Ds->munu)", (), True, "bc"),
    ("R_Ds_taunu", "BR(Ds->taunu)", (), True, "bc"),
    ("R_D_munu", "BR(D+->munu)", (), True, "bc"),
    ("R_K_munu", "BR(K+->munu)", (), True, "bj"),
    ("R_B_taunu", "BR(B+->taunu)", (), True, ""),
    ("R_B_munu", "BR(B+->munu)", (), True, "b"),
    ("RD_ratio", "Rtaul(B->Dlnu)", (), True, "e"),
    ("RDst_ratio", "Rtaul(B->D*lnu)", (), True, "e"),
    ("BR_Bc_taunu", "BR(Bc->taunu)", (), False, ""),
    ("dm_Bs_ps", "DeltaM_s", (), True, "i"),
    ("dm_Bd_ps", "DeltaM_d", (), True, "i"),
    ("S_psiK", "S_psiK", (), False, ""),
    ("phi_s", "S_psiphi", (), False, "ik"),
    ("eps_K_NP", "eps_K", (), False, "l"),
    ("x12_D", "x12_D", (), False, "m"),
    ("x12Im_D", "x12Im_D", (), False, ""),
)
# SM values by which ratios are multiplied here: those of the formulas, in the unit of the observable.
_IN_SM = standard_model()


def random_point(kind: str, mass: float, seed: int, size: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
    """Point of the parameter table with random couplings of one kind, and g."""
    rng = np.random.default_rng(seed)
    point, g = np.zeros(len(PARAMETERS)), np.zeros((3, 3), np.complex128)
    point[[PARAMETER_INDEX[name] for name in ("M_LQ", "alpha_1", "delta_m_B1")]] = mass, 1e-3, 1e-3
    for name, first in (("f", F), ("h", H), ("ht", HT)):
        values = np.exp(rng.uniform(*np.log(size), 9)) * rng.choice([-1, 1], 9)
        if name in (("h", "ht") if kind == "ht" else ("f", "h", "ht") if kind == "all" else (kind,)):
            point[first : first + 9] = values
    moduli, phases = np.exp(rng.uniform(*np.log(size), (3, 3))), rng.uniform(0, 2 * np.pi, (3, 3))
    return point, (moduli * np.exp(1j * phases) if kind in ("g", "all") else g)


def ours(point: NDArray[np.float64], g: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Observables of lqbayes."""
    return observables_with(point, g)


def wilson_of(point: NDArray[np.float64], g: NDArray[np.complex128]) -> Any:
    """Coefficients as the export writes them, in flavio's own class: of a `Wilson` it would replace the parameters."""
    from flavio import WilsonCoefficients

    found = WilsonCoefficients()
    found.set_initial(coefficients_with(point, g), float(point[PARAMETER_INDEX["M_LQ"]]), eft="SMEFT", basis="Warsaw")
    found.set_option("parameters", ALIGNED)
    return found


def compare(
    kind: str, mass: float, seed: int, rows: Iterable[Row] = ROWS, size: tuple[float, float] = (0.03, 0.8)
) -> dict[str, tuple[float, float]]:
    """Part of each observable that is due to leptoquarks: of lqbayes and of flavio, relative to the SM where it is a ratio."""
    import flavio

    point, g = random_point(kind, mass, seed, size)
    mine, coefficients, found = ours(point, g), wilson_of(point, g), {}
    for name, theirs, arguments, relative, _ in rows:
        k = OBSERVABLE_INDEX[name]
        standard = flavio.sm_prediction(theirs, *arguments)
        new = flavio.np_prediction(theirs, coefficients, *arguments) - standard
        if name == "phi_s":
            new = -np.arcsin(new + standard) + np.arcsin(standard)
        scale = _IN_SM[k] if relative else 1.0
        found[name] = (float((mine[k] - _IN_SM[k]) / scale), float(new / (standard if relative else 1.0)))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the comparison."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mass", type=float, default=1500.0, help="GeV")
    parser.add_argument("--couplings", nargs="+", choices=KINDS, default=list(KINDS))
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    remarks = {row[0]: row[4] for row in ROWS}
    for kind in options.couplings:
        print(f"random couplings {kind if kind != 'ht' else 'h and ht'}, M = {options.mass:g} GeV: lqbayes, flavio, ratio")
        for name, (mine, theirs) in compare(kind, options.mass, options.seed).items():
            ratio = f"{mine / theirs:8.3f}" if abs(theirs) > 1e-30 else "       -"
            print(f"  {name:16s} {mine:11.3e} {theirs:11.3e} {ratio}  {' '.join(remarks[name])}")
    print("Known differences:", *(f"{letter}. {reason}" for letter, reason in KNOWN.items()), sep="\n")


if __name__ == "__main__":
    main()
