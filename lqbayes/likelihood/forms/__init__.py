"""The forms that a measurement can have."""

from lqbayes.likelihood.forms.correlated_gaussian import CorrelatedGaussian
from lqbayes.likelihood.forms.gamma import Gamma
from lqbayes.likelihood.forms.hard_bound import HardBound
from lqbayes.likelihood.forms.limits import Interval, UpperLimit
from lqbayes.likelihood.forms.tabulated import Tabulated
from lqbayes.likelihood.forms.values import Gaussian, SplitNormal
from lqbayes.likelihood.measurement import Measurement

FORMS: dict[str, type[Measurement]] = {
    "gaussian": Gaussian,
    "split-normal": SplitNormal,
    "correlated-gaussian": CorrelatedGaussian,
    "upper-limit": UpperLimit,
    "interval": Interval,
    "hard-bound": HardBound,
    "tabulated": Tabulated,
    "gamma": Gamma,
}
"""What a file writes as the form of a measurement."""
