"""The two readings of the formulas."""

from __future__ import annotations

from enum import IntEnum

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean


class FormulaSet(IntEnum):
    """Which reading of the formulas is computed."""

    PAPER = 0
    CORRECTED = 1

    @classmethod
    def named(cls, name: str) -> FormulaSet:
        """Find a formula set by its name.

        Parameters
        ----------
        name
            ``paper`` or ``corrected``.

        Returns
        -------
        FormulaSet
            The set of that name.

        Raises
        ------
        lqbayes.input.errors.InputError
            If there is none of that name.
        """
        names = [member.name.lower() for member in cls]
        if name not in names:
            remedy = did_you_mean(name, names)
            raise InputError([Problem("arguments", "formulas", f"unknown formula set `{name}`", remedy)])
        return cls[name.upper()]
