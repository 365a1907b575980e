"""How a run samples and when it may end: numbers that a user may choose, with defaults that need no tuning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any

from lqbayes.input.errors import ArgumentError
from lqbayes.input.problems import shown

if TYPE_CHECKING:
    from lqbayes.quantities import Quantity

_DIMENSION = 45  # of the defaults where it is not said
DEFAULT_MAX_STEPS = 40  # some gigabytes with the default number of walkers
AUDIT_SHARE = 0.1  # of a run's evaluations, at the most, that the search for missed modes takes

SettingProblem = tuple[str, str, str]
"""Name of a setting, what is wrong with it, and how to mend it."""


def number_problems(name: str, value: Any, least: float, most: float = math.inf, *, whole: bool = True) -> list[SettingProblem]:
    """Check a number that a user chose."""
    kind: Any
    kind, what = (Integral, "a whole number") if whole else (Real, "a finite number")  # NumPy's numbers are these, too
    if isinstance(value, bool) or not isinstance(value, kind):
        return [(name, f"must be {what}, not {shown(value)}", f"give {what}, {least} or more")]
    if not value >= least:
        return [(name, f"must be at least {least}, not {shown(value)}", f"give {what}, {least} or more")]
    if not (value <= most and value < math.inf):
        return [(name, f"must be at most {most}, not {shown(value)}", f"give {what}, {most} or less")]
    return []


def audit_problems(share: Any) -> list[SettingProblem]:
    """Find what is wrong with the share of the evaluations for the search of missed modes; 0 is for none."""
    return number_problems("audit", share, 0, AUDIT_SHARE, whole=False)


def refuse(problems: Sequence[SettingProblem]) -> None:
    """Raise an error with everything that is wrong."""
    if problems:
        raise ArgumentError("\n".join(f"{name}: {message}; {remedy}" for name, message, remedy in problems))


def _make_plain(settings: Any, kind: Any, plain: type) -> None:
    """Turn NumPy's numbers into Python's, which files hold."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, kind) and not isinstance(value, bool):
            object.__setattr__(settings, field.name, plain(value))


def usual(dimension: int) -> dict[str, int]:
    """Numbers of walkers, sweeps and steps that serve so many free parameters: a few need little, each more a little more."""
    return {"walkers": 200 * (15 + dimension), "sweeps_per_rung": 10 + dimension, "thin": 5 + dimension}


_USUAL = usual(_DIMENSION)


@dataclass(frozen=True, slots=True)
class SamplingSettings:
    """Settings that decide every bit of a run's result, together with prior, likelihood and model."""

    seed: int = 1  # every random number of the run follows from it
    ensembles: int = 8  # independent ones, the superchains of nested R-hat
    walkers: int = _USUAL["walkers"]  # of each population of an ensemble
    # Steps that all walkers make on a rung of the annealing, as the mean of a ladder of 40 hot and 14 cold rungs: .6 of it while the hard
    # bounds are approached or the power of the likelihood is below .02, and 2.1 of it from there on.
    sweeps_per_rung: int = _USUAL["sweeps_per_rung"]
    thin: int = _USUAL["thin"]  # steps of all walkers from one stored step to the next, at the posterior
    steps_per_population: int = 5  # stored ones, after which the next population begins

    def __post_init__(self) -> None:
        _make_plain(self, Integral, int)

    @classmethod
    def chosen(cls, dimension: int, **given: int | None) -> SamplingSettings:
        """Settings for so many free parameters: what is given, and else what is usual for them."""
        return cls(**(usual(dimension) | {name: value for name, value in given.items() if value is not None}))

    @staticmethod
    def fewest_walkers(dimension: int) -> int:
        """Walkers that moves need at least, with so many sampling coordinates."""
        return 4 * dimension

    def problems(self, dimension: int) -> list[SettingProblem]:
        """Find everything that cannot work, with so many sampling coordinates."""
        if dimension == 0:
            return [("prior", "leaves no parameter free, so that there is nothing to sample", "give one of them a distribution")]
        # Upper ends far above what can be sampled keep a file from asking for more than a machine has.
        ranges = {
            "seed": (0, math.inf),
            "ensembles": (1, 10_000),
            "walkers": (self.fewest_walkers(dimension), 10_000_000),
            "sweeps_per_rung": (1, 10**9),
            "thin": (1, 10**9),
            "steps_per_population": (2, 10**9),
        }
        return [problem for name, ends in ranges.items() for problem in number_problems(name, getattr(self, name), *ends)]


@dataclass(frozen=True, slots=True)
class ConvergenceTargets:
    """When sampling may end.

    Attributes
    ----------
    rhat
        Largest nested R-hat of any quantity.
    ess_observables, ess_parameters
        Smallest effective sample size of an observable or of a headline parameter, and of any other parameter.
    interval_error
        Largest Monte Carlo error of any printed median or interval end, as a share of half the width of its interval, both in normal
        scores: for a quantity with a normal distribution the plain share, and the same in any unit and for the logarithm.
    """

    rhat: float = 1.01
    ess_observables: float = 400.0
    ess_parameters: float = 200.0
    interval_error: float = 0.1

    def __post_init__(self) -> None:
        _make_plain(self, Real, float)

    def problems(self) -> list[SettingProblem]:
        """Find everything that no run can meet."""
        found = number_problems("rhat", self.rhat, 1, whole=False)
        if not found and self.rhat == 1:
            found = [("rhat", "must be greater than 1", "give a number such as 1.01")]
        for name in ("ess_observables", "ess_parameters"):
            found += number_problems(name, getattr(self, name), 0, whole=False)
        found += number_problems("interval_error", self.interval_error, 0, whole=False)
        return found + [("interval_error", "must be greater than 0", "give a number such as 0.1")] * (self.interval_error == 0)

    def ess(self, quantity: Quantity) -> float:
        """Smallest effective sample size that a quantity needs."""
        return self.ess_observables if quantity.needs_more_draws else self.ess_parameters

    def harder_than(self, others: ConvergenceTargets) -> bool:
        """Whether a run that meets other targets may have to go on for these."""
        more_draws = self.ess_observables > others.ess_observables or self.ess_parameters > others.ess_parameters
        return self.rhat < others.rhat or self.interval_error < others.interval_error or more_draws
