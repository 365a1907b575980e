"""The forms that a measurement can have, one file each."""

from lqbayes.likelihood.forms.correlated_gaussian import CorrelatedGaussian
from lqbayes.likelihood.forms.gamma import Gamma
from lqbayes.likelihood.forms.gaussian import Gaussian
from lqbayes.likelihood.forms.hard_bound import HardBound
from lqbayes.likelihood.forms.interval import Interval
from lqbayes.likelihood.forms.split_normal import SplitNormal
from lqbayes.likelihood.forms.tabulated import Tabulated
from lqbayes.likelihood.forms.upper_limit import UpperLimit
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
