"""The exported coefficients, run by wilson and read by flavio, give what the formulas give, where both compute the same."""

from __future__ import annotations

import importlib.util

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("flavio") is None, reason="flavio is not installed")

# Relative difference of the part of the leptoquarks: loops of other flavours, and running to other scales, are some percent.
AGREEMENT = 0.06
B_DECAYS = ("R_K", "R_Kstar", "BR_Bs_mumu", "BR_B_K_mumep", "BR_B_K_emmup", "BR_B_K_taummup", "BR_B_K_mumtaup", "BR_Bs_mutau")
OTHER_PAIRS = ("BR_B_K_taumep", "BR_B_K_emtaup", "BR_B_Kst_mumep", "BR_B_Kst_emmup", "BR_B_Kst_taummup", "BR_B_Kst_mumtaup")
NEUTRINO_MODES = ("BR_B_K_nunu", "BR_B0_Kst_nunu", "BR_Kp_pinunu")


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("h", (*B_DECAYS, *OTHER_PAIRS, "CR_mue_Au", "S_psiK")),
        ("f", (*B_DECAYS, *NEUTRINO_MODES, "CR_mue_Au")),
        ("g", (*B_DECAYS, *OTHER_PAIRS, *NEUTRINO_MODES, "eps_K_NP", "S_psiK", "x12Im_D", "BR_tau_mugamma")),
    ],
)
def test_agreement(kind: str, names: tuple[str, ...]) -> None:
    from flavio_check import ROWS, compare

    found = compare(kind, 1500.0, 1, [row for row in ROWS if row[0] in names])
    assert set(found) == set(names)
    assert {name: pair for name, pair in found.items() if pair[0] != pytest.approx(pair[1], rel=AGREEMENT)} == {}


def test_every_row_that_differs_says_why() -> None:
    from flavio_check import KNOWN, ROWS

    assert set("".join(letters for *_, letters in ROWS)) == set(KNOWN)
