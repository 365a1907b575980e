"""The two readings of the formulas."""

from enum import IntEnum


class FormulaSet(IntEnum):
    """Which reading of the formulas is computed."""

    PAPER = 0
    CORRECTED = 1
