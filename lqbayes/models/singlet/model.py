"""The singlet leptoquark as the engine knows it."""

import numpy as np
from numpy.typing import NDArray

from lqbayes.model import Model, ModelSource
from lqbayes.models.singlet.observables import OBSERVABLES, observables_of_points
from lqbayes.models.singlet.parameters import PARAMETERS

_GROUPS: dict[str, tuple[str, ...]] = {
    "couplings": ("M_S1", "yL_22", "yL_23", "yL_32", "yL_33", "yR_23", "yR_32", "yR_33"),
    "charged-currents": ("C_VL", "C_SL", "C_T", "R_D", "R_Dst", "BR_Bc_taunu", "BR_B_taunu", "BR_Ds_taunu"),
    "tau": ("M_S1", "yL_23", "yL_33", "yR_23", "R_D", "R_Dst", "gA_tau", "gV_tau"),
    "muon": ("M_S1", "yL_22", "yL_32", "yR_32", "delta_a_mu", "BR_tau_mugamma", "gA_mu", "gV_mu"),
    "neutral": ("yL_22", "yL_23", "yL_32", "yL_33", "BR_BK_nunu", "BR_BKst_nunu", "dm_Bs", "dm_D"),
}


def _standard_model() -> NDArray[np.float64]:
    observables: NDArray[np.float64] = observables_of_points(np.array([[2000.0, 0, 0, 0, 0, 0, 0, 0]]))[0]
    return observables


SINGLET = Model(
    name="singlet",
    variant="S1",
    title="Singlet scalar leptoquark S1: R_D, R_D*, muon g-2 and B -> K nu nu",
    parameters=PARAMETERS,
    observables=OBSERVABLES,
    predict=observables_of_points,
    groups=_GROUPS,
    reference=_standard_model,
    not_finite="the couplings are so large that the observables overflow",
    source=ModelSource("built-in", __name__),
    shipped_set="s1",
)
MODELS = (SINGLET,)
