"""The one table of the model's parameters: names, units, labels and order (section II and (III.1) of the paper)."""

import math

from lqbayes.model import Parameter

_ENTRIES = [f"{i}{j}" for i in (1, 2, 3) for j in (1, 2, 3)]
_PAIRS = ("12", "13", "23")


def _angle(name: str, symbol: str, description: str) -> Parameter:
    return Parameter(name, "rad", symbol, description, -4 * math.pi, 4 * math.pi, periodic=True)


def _mixing(name: str, symbol: str, which: str) -> Parameter:
    return Parameter(name, "1", rf"\sin^2\theta_{{{symbol}}}", f"{which} mixing angle of the PMNS matrix", 0.0, 1.0)


def _couplings(prefix: str, symbol: str, first: str, second: str) -> list[Parameter]:
    what = f"Yukawa coupling of {first} generation {{}} and {second} generation {{}}, real"
    return [Parameter(f"{prefix}_{ij}", "1", f"{symbol}_{{{ij}}}", what.format(*ij)) for ij in _ENTRIES]


PARAMETERS: tuple[Parameter, ...] = (
    Parameter("M_LQ", "GeV", r"M_{\mathrm{LQ}}", "common leptoquark mass", 1.0, 1e12, headline=True),
    Parameter(
        "delta_m_B1",
        "GeV",
        r"\Delta m_{B_1}",
        "m_B1 - M_LQ, the splitting that makes R_i of (II.6) non-zero",
        -1e12,
        1e12,
        default=10.0,  # the only parameter that the paper fixes; it takes +10 GeV first
        former_names=("dm_B1",),
    ),
    Parameter("alpha_1", "rad", r"\alpha_1", "mixing angle of the charge-1/3 leptoquarks, (II.4)", -math.pi, math.pi),
    Parameter("alpha_2", "rad", r"\alpha_2", "mixing angle of the charge-2/3 leptoquarks, (II.4)", -math.pi, math.pi),
    *(
        Parameter(f"A_{ij}_abs", "GeV", f"|A_{{{ij}}}|", f"modulus of entry {ij} of the antisymmetric matrix A of (II.7)", 0.0, 1e3)
        for ij in _PAIRS
    ),
    *(_angle(f"A_{ij}_arg", rf"\arg A_{{{ij}}}", f"phase of entry {ij} of the matrix A of (II.7)") for ij in _PAIRS),
    *_couplings("f", "f", "down quark (right-handed),", "lepton doublet"),
    *_couplings("h", "h", "quark doublet", "charged lepton (right-handed),"),
    *_couplings("ht", r"\tilde h", "lepton doublet", "up quark (right-handed),"),
    _mixing("s12sq", "12", "solar"),
    _mixing("s23sq", "23", "atmospheric"),
    _mixing("s13sq", "13", "reactor"),
    _angle("delta_CP", r"\delta_{\mathrm{CP}}", "Dirac phase of the PMNS matrix"),
    Parameter("dm21", "eV^2", r"\Delta m^2_{21}", "solar mass splitting m2^2 - m1^2", 0.0, 1.0),
    Parameter(
        "dm3l",
        "eV^2",
        r"\Delta m^2_{3\ell}",
        "atmospheric mass splitting: m3^2 - m1^2 > 0 (normal ordering) or m3^2 - m2^2 < 0 (inverted)",
        -1.0,
        1.0,
    ),
    Parameter("m_lightest", "eV", r"m_{\mathrm{lightest}}", "mass of the lightest neutrino", 0.0, 1e3),
    _angle("alpha_21", r"\alpha_{21}", "Majorana phase of the second neutrino"),
    _angle("alpha_31", r"\alpha_{31}", "Majorana phase of the third neutrino"),
)
PARAMETER_NAMES: tuple[str, ...] = tuple(p.name for p in PARAMETERS)
PARAMETER_INDEX: dict[str, int] = {name: index for index, name in enumerate(PARAMETER_NAMES)}
