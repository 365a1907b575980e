"""Measurements and sets of them, as plain data in canonical units."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

Form = Literal["gaussian", "split-normal", "correlated-gaussian", "upper-limit", "interval", "hard-bound"]
Components = tuple[tuple[str, float], ...]
"""Named parts of one error, ``(("statistical", 0.042), ...)``; empty where the error is a single number."""

_LIMIT_FORMS = ("upper-limit", "interval")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One term of a likelihood; every number in the canonical unit of its observables.

    Attributes
    ----------
    name
        Identifier of the term.
    observables
        What was measured: one name, or several for a correlated Gaussian.
    form
        Kind of term.
    unit
        Canonical unit of all numbers.
    centre, sigma_minus, sigma_plus
        Most probable value and standard deviations below and above it, one for each observable; empty for a hard bound.
        The limit forms have those of the half normals that reproduce the confidence level; below the centre 0 of an
        upper limit nothing is penalised, so its `sigma_minus` is infinite.
    correlation
        Correlation matrix, for a correlated Gaussian only.
    lower, upper
        Limits at confidence level `cl`, or ends of a hard bound; None where there is none.
    modulus
        Whether the limit or bound is on the modulus of the observable.
    cut
        None: smooth. True: hard cut at the limits. A number: hard cut at so many standard deviations.
    cl
        Confidence level of the limits.
    source
        Where the numbers come from.
    data
        Identifiers of the data sets that are used up by this term.
    includes
        Observables whose measurements are already inside this one, as in a global fit.
    minus_components, plus_components
        Named parts of each error, for display.
    """

    name: str
    observables: tuple[str, ...]
    form: Form
    unit: str
    source: str
    data: tuple[str, ...]
    includes: tuple[str, ...] = ()
    centre: tuple[float, ...] = ()
    sigma_minus: tuple[float, ...] = ()
    sigma_plus: tuple[float, ...] = ()
    minus_components: tuple[Components, ...] = ()
    plus_components: tuple[Components, ...] = ()
    correlation: tuple[tuple[float, ...], ...] | None = None
    lower: float | None = None
    upper: float | None = None
    cl: float | None = None
    modulus: bool = False
    cut: bool | float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Table of a measurement file that gives this measurement again."""
        table: dict[str, Any] = {"name": self.name}
        if self.form == "correlated-gaussian":
            table["observables"] = list(self.observables)
        else:
            table["observable"] = self.observables[0]
        table["form"] = self.form
        table |= self._numbers()
        if self.modulus:
            table["modulus"] = True
        if self.cut is not None:
            table["cut"] = self.cut
        table |= {"unit": self.unit, "source": self.source, "data": list(self.data)}
        if self.includes:
            table["includes"] = list(self.includes)
        return table

    def _numbers(self) -> dict[str, Any]:
        plus = [dict(parts) or sigma for parts, sigma in zip(self.plus_components, self.sigma_plus, strict=False)]
        minus = [dict(parts) or sigma for parts, sigma in zip(self.minus_components, self.sigma_minus, strict=False)]
        match self.form:
            case "gaussian":
                return {"value": self.centre[0], "error": plus[0]}
            case "split-normal":
                return {"value": self.centre[0], "plus": plus[0], "minus": minus[0]}
            case "correlated-gaussian":
                rows = [list(row) for row in self.correlation or ()]
                return {"values": list(self.centre), "errors": plus, "correlation": rows}
            case "upper-limit":
                return {"limit": self.upper, "cl": self.cl}
            case "interval":
                return {"lower": self.lower, "upper": self.upper, "centre": self.centre[0], "cl": self.cl}
            case "hard-bound":
                return {key: end for key, end in (("lower", self.lower), ("upper", self.upper)) if end is not None}


@dataclass(frozen=True, slots=True)
class LikelihoodSet:
    """Measurements that share no data.

    Attributes
    ----------
    name
        Short name: what the file says, else the name of the file.
    path
        The file; not compared, since a copy is the same set.
    title, description
        What the set is, for a reader.
    data
        Data sets that the measurements are made of: identifier and description.
    measurements
        The terms, in the order of the file.
    """

    name: str
    path: Path = field(compare=False)
    title: str
    description: str
    data: dict[str, str]
    measurements: tuple[Measurement, ...]

    def to_dict(self) -> dict[str, Any]:
        """Contents of a measurement file that gives this set again."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "data": dict(self.data),
            "measurement": [measurement.to_dict() for measurement in self.measurements],
        }

    def with_hard_limits(self) -> LikelihoodSet:
        """Set with the limits as the paper uses them: allowed up to the limit, excluded beyond."""
        return replace(self, measurements=tuple(replace(m, cut=True) if m.form in _LIMIT_FORMS else m for m in self.measurements))
