"""Units of the quantities in measurement and prior files."""

import math
from collections.abc import Mapping
from typing import Any

from lqbayes.input.errors import UnitError
from lqbayes.input.printable import strange_character
from lqbayes.input.problems import did_you_mean

# hbar in GeV s, exact: Planck's constant (J s) and the elementary charge (C) define the SI since 2019.
HBAR = 6.62607015e-34 / (2 * math.pi * 1.602176634e-19) * 1e-9

# unit: (what it measures, its size). Sizes of energies are in eV, so that the usual prefixes are exact powers of ten.
UNITS: dict[str, tuple[str, float]] = {
    "eV": ("energy", 1.0),
    "keV": ("energy", 1e3),
    "MeV": ("energy", 1e6),
    "GeV": ("energy", 1e9),
    "TeV": ("energy", 1e12),
    "ps^-1": ("energy", HBAR * 1e9 * 1e12),
    "1/ps": ("energy", HBAR * 1e9 * 1e12),
    "eV^2": ("squared energy", 1.0),
    "rad": ("angle", 1.0),
    "deg": ("angle", math.pi / 180),
    "1": ("pure number", 1.0),
    "e cm": ("electric dipole moment", 1.0),
    "%": ("pure number", 0.01),
}


def conversion_factor(from_unit: str, to_unit: str) -> float:
    """Factor that turns a number in one unit into a number in another."""
    if from_unit == to_unit:  # also of a model's own, such as pb
        return 1.0
    for unit in (from_unit, to_unit):
        if unit not in UNITS:
            strange = strange_character(unit)
            raise UnitError(f"unknown unit '{unit}'{f' with {strange}' * bool(strange)}", did_you_mean(unit, UNITS))
    kind, size = UNITS[from_unit]
    wanted_kind, wanted_size = UNITS[to_unit]
    if kind != wanted_kind:
        fitting = [unit for unit, (other, _) in UNITS.items() if other == wanted_kind]
        raise UnitError(f"'{from_unit}' is a unit of {kind}, but a unit of {wanted_kind} is needed", f"choose from: {', '.join(fitting)}")
    return size / wanted_size


def times(value: Any, factor: float) -> Any:
    """Numbers in another unit, however they are nested."""
    if isinstance(value, Mapping):
        return {key: times(part, factor) for key, part in value.items()}
    if isinstance(value, list):
        return [times(part, factor) for part in value]
    return None if value is None else value * factor
