"""The state of a random generator, as files hold it: NumPy takes whatever it is given, and would read beyond its own arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

KEYS = 624
"""Words of the state of MT19937."""


def random_state(keys: NDArray[np.uint32], position: float, has_gauss: float, gauss: float) -> tuple[Any, ...]:
    """Put a state together, as `numpy.random.RandomState.set_state` takes it."""
    sound = 0 <= position <= KEYS and position == int(position) and has_gauss in {0, 1} and math.isfinite(gauss)
    if not sound:
        raise ValueError(f"no random generator has the position {position:g}, the flag {has_gauss:g} and the number {gauss:g}")
    return "MT19937", keys, int(position), int(has_gauss), float(gauss)
