"""The point without new physics."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.wilson import branching_bs_mumu, r_k


def standard_model() -> NDArray[np.float64]:
    """Observables with all new couplings zero: new contributions 0, R_K and BR(Bs -> mu mu) as in the standard model."""
    observables = np.zeros(len(OBSERVABLE_INDEX))
    observables[OBSERVABLE_INDEX["R_K"]] = r_k(0j, 0j, 0j, 0j)
    observables[OBSERVABLE_INDEX["BR_Bs_mumu"]] = branching_bs_mumu(0j)
    return observables
