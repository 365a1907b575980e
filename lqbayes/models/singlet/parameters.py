"""The one table of the model's parameters."""

from lqbayes.model import Parameter


def _coupling(side: str, quark: int, lepton: int, words: str) -> Parameter:
    name = f"y{side}_{quark}{lepton}"
    return Parameter(name, "1", f"y^{side}_{{{quark}{lepton}}}", f"coupling of {words}, real", headline=name in {"yL_23", "yL_33", "yR_23"})


PARAMETERS: tuple[Parameter, ...] = (
    # The running is fitted between 1 and 10 TeV; near the top's mass the loops would cancel numerically.
    Parameter("M_S1", "GeV", "M_{S_1}", "mass of the leptoquark", 500.0, 1e5, headline=True),
    _coupling("L", 2, 2, "s with the muon's neutrino; by CKM of u, c and t with the left-handed muon"),
    _coupling("L", 2, 3, "s with the tau's neutrino; by CKM of u, c and t with the left-handed tau"),
    _coupling("L", 3, 2, "b with the muon's neutrino; by CKM of u, c and t with the left-handed muon"),
    _coupling("L", 3, 3, "b with the tau's neutrino; by CKM of u, c and t with the left-handed tau"),
    _coupling("R", 2, 3, "the right-handed c with the right-handed tau"),
    _coupling("R", 3, 2, "the right-handed t with the right-handed muon"),
    _coupling("R", 3, 3, "the right-handed t with the right-handed tau"),
)
