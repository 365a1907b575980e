"""Two modes of unequal weight."""

import math

from lqbayes import Observable, Parameter

PARAMETERS = [Parameter("x"), Parameter("y")]
OBSERVABLES = [Observable("square"), Observable("product")]


def predict(x, y):
    return x * x, y * math.exp(x)
