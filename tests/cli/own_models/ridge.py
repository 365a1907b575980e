"""A product ridge with sign modes."""

from lqbayes import Observable, Parameter

PARAMETERS = [Parameter("g"), Parameter("h")]
OBSERVABLES = [Observable("product")]


def predict(g, h):
    return g * h
