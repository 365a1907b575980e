"""The forms that a measurement can have."""

from lqbayes.input.entry import by_kind
from lqbayes.likelihood.forms.correlated_gaussian import CorrelatedGaussian
from lqbayes.likelihood.forms.gamma import Gamma
from lqbayes.likelihood.forms.hard_bound import HardBound
from lqbayes.likelihood.forms.limits import Interval, UpperLimit
from lqbayes.likelihood.forms.tabulated import Tabulated
from lqbayes.likelihood.forms.values import Gaussian, SplitNormal
from lqbayes.likelihood.measurement import Measurement

FORMS: dict[str, type[Measurement]] = by_kind(
    "form", Gaussian, SplitNormal, CorrelatedGaussian, UpperLimit, Interval, HardBound, Tabulated, Gamma
)
"""What a file writes as the form of a measurement."""
