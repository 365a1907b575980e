"""A heavy scalar that couples to muons.

A model is this one file: a table of parameters, a table of observables, and a function of one point between them. Plain Python is enough:
lqbayes compiles it. Change anything, then run `lqbayes check model minimal.py`.
"""

import math

from lqbayes import Observable, Parameter

PARAMETERS = [
    Parameter("M", "GeV", "M", "mass of the scalar", lower=1.0, headline=True),
    Parameter("g", "1", "g", "its coupling to muons"),
]
OBSERVABLES = [
    Observable("delta_a_mu", "1", r"\Delta a_\mu", "its part of the muon's (g - 2)/2", headline=True, usual_power=-10),
    Observable("contact", "GeV^-2", "g^2/M^2", "strength of the four-muon interaction at low energy"),
]

M_MUON = 0.1056583755  # GeV, PDG


def loop(r):
    """Loop of a heavy scalar, r = M^2/m^2, up to terms of 1/r."""
    return (math.log(r) - 7 / 6) / r


def predict(M, g):
    """All observables of one point, in the order of OBSERVABLES."""
    delta_a_mu = g**2 / (8 * math.pi**2) * loop((M / M_MUON) ** 2)
    return delta_a_mu, (g / M) ** 2
