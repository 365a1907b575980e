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
_ORDER = "flavio takes one ordering of the flavours of the quarks"
_ONE_LOOP = "finite part of the top loop in the Z coupling, which leading logarithms do not have; cancellations of tree and penguin"
_DIPOLE = "in wilson other operators run into the dipole"
_SCALAR = "flavio 2.7.1 divides the scalar term by m_b + m_c instead of the masses of the meson"
_VECTORS = "loops with other flavours in wilson"

# Name of lqbayes, name of flavio with its arguments, whether it is normalised to the SM here, and why they are known to differ.
Row = tuple[str, str, tuple[float, ...], bool, str]
ROWS: tuple[Row, ...] = (
    ("R_K", "<Rmue>(B+->Kll)", (1.1, 6.0), False, _VECTORS),
    ("R_Kstar", "<Rmue>(B0->K*ll)", (1.1, 6.0), False, _VECTORS),
    ("BR_Bs_mumu", "BR(Bs->mumu)", (), False, ""),
    ("BR_B0_mumu", "BR(B0->mumu)", (), False, ""),
    ("BR_B_K_mumep", "BR(B+->Kemu)", (), False, ""),
    ("BR_B_K_emmup", "BR(B+->Kmue)", (), False, ""),
    ("BR_B_K_taummup", "BR(B+->Kmutau)", (), False, ""),
    ("BR_B_K_mumtaup", "BR(B+->Ktaumu)", (), False, ""),
    ("BR_Bs_emu", "BR(Bs->emu,mue)", (), False, ""),
    ("BR_Bs_mutau", "BR(Bs->mutau,taumu)", (), False, ""),
    ("BR_B0_mutau", "BR(B0->mutau,taumu)", (), False, ""),
    ("BR_B_K_nunu", "BR(B+->Knunu)", (), False, ""),
    ("BR_B0_Kst_nunu", "BR(B0->K*nunu)", (), False, ""),
    ("BR_Kp_pinunu", "BR(K+->pinunu)", (), False, ""),
    ("BR_KL_pinunu", "BR(KL->pinunu)", (), False, "flavio has Im X also for two different flavours, which is no amplitude of K_L"),
    ("BR_KL_emu", "BR(KL->emu,mue)", (), False, _ORDER + "; alpha"),
    ("BR_tau_muphi", "BR(tau->phimu)", (), False, _ONE_LOOP),
    ("BR_tau_murho", "BR(tau->rhomu)", (), False, _ONE_LOOP),
    ("BR_tau_mupi0", "BR(tau->pimu)", (), False, _ONE_LOOP),
    ("BR_mu_egamma", "BR(mu->egamma)", (), False, _DIPOLE),
    ("BR_tau_mugamma", "BR(tau->mugamma)", (), False, _DIPOLE),
    ("delta_a_mu", "a_mu", (), False, _DIPOLE),
    ("BR_mu_3e", "BR(mu->eee)", (), False, _ONE_LOOP),
    ("BR_tau_3mu", "BR(tau->mumumu)", (), False, _ONE_LOOP),
    ("BR_tau_muee", "BR(tau->muee)", (), False, _ONE_LOOP),
    ("CR_mue_Au", "CR(mu->e, Au)", (), False, _ONE_LOOP),
    ("CR_mue_Al", "CR(mu->e, Al)", (), False, _ONE_LOOP),
    ("R_Ds_munu", "BR(Ds->munu)", (), True, _SCALAR),
    ("R_Ds_taunu", "BR(Ds->taunu)", (), True, _SCALAR),
    ("R_D_munu", "BR(D+->munu)", (), True, _SCALAR),
    ("R_K_munu", "BR(K+->munu)", (), True, "flavio runs to .78 GeV"),
    ("R_B_taunu", "BR(B+->taunu)", (), True, ""),
    ("RD_ratio", "Rtaul(B->Dlnu)", (), True, "light leptons in flavio's denominator"),
    ("RDst_ratio", "Rtaul(B->D*lnu)", (), True, "light leptons in flavio's denominator"),
    ("BR_Bc_taunu", "BR(Bc->taunu)", (), False, ""),
    ("dm_Bs_ps", "DeltaM_s", (), True, "another prediction of the SM part"),
    ("dm_Bd_ps", "DeltaM_d", (), True, "another prediction of the SM part"),
    ("S_psiK", "S_psiK", (), False, ""),
    ("phi_s", "S_psiphi", (), False, "S = sin(-phi_s)"),
    ("eps_K_NP", "eps_K", (), False, "flavio has the modulus"),
    ("x12_D", "x12_D", (), False, "flavio's has a part of the SM"),
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
            print(f"  {name:16s} {mine:11.3e} {theirs:11.3e} {ratio}  {remarks[name]}")


if __name__ == "__main__":
    main()
