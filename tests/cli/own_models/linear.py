"""Linear and Gaussian, with a limit."""

from lqbayes import Observable, Parameter

PARAMETERS = [Parameter(name) for name in "abcd"]
OBSERVABLES = [Observable(name) for name in ("o1", "o2", "o3", "o4")]


def predict(a, b, c, d):
    return a + b, a - 2 * c, b + c, a + d
