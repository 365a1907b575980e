"""The prior distribution of every parameter, as plain data in canonical units."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Distribution = Literal["log-uniform", "uniform", "normal", "split-normal", "circle", "fixed"]
Sign = Literal["positive", "either", "negative"]


@dataclass(frozen=True, slots=True)
class ParameterPrior:
    """Prior of one parameter; every number in the parameter's canonical unit, None where a field has no meaning.

    Attributes
    ----------
    name
        The parameter.
    distribution
        Kind of distribution.
    lower, upper
        Range of a uniform or log-uniform distribution: of the modulus where `sign` is given, else of the value itself.
    sign
        Sign of the value: ``either`` gives both the same odds.
    value
        Mode of a (split) normal distribution, or the fixed value.
    plus, minus
        Standard deviations above and below the mode, both positive.
    unit
        The parameter's canonical unit.
    source
        Where the numbers come from.
    """

    name: str
    distribution: Distribution
    lower: float | None
    upper: float | None
    sign: Sign | None
    value: float | None
    plus: float | None
    minus: float | None
    unit: str
    source: str

    @property
    def text(self) -> str:
        """Its numbers."""
        if self.lower is not None and self.upper is not None:
            sign = {"either": ", either sign", "negative": ", negative"}.get(self.sign or "", "")
            return f"{self.lower:.6g} .. {self.upper:.6g}{sign}"
        if self.value is None:
            return ""
        if self.plus is None or self.minus is None:
            return f"{self.value:.6g}"
        if self.plus == self.minus:
            return f"{self.value:.6g} +- {self.plus:.6g}"
        return f"{self.value:.6g} +{self.plus:.6g} -{self.minus:.6g}"

    def to_dict(self) -> dict[str, Any]:
        """Table of a prior file that gives this prior again."""
        table: dict[str, Any] = {"distribution": self.distribution}
        if self.lower is not None:
            table["range"] = [self.lower, self.upper]
        if self.sign is not None:
            table["sign"] = self.sign
        if self.value is not None:
            table["value"] = self.value
        if self.distribution == "normal":
            table["error"] = self.plus
        elif self.distribution == "split-normal":
            table |= {"plus": self.plus, "minus": self.minus}
        return table | {"unit": self.unit, "source": self.source}


@dataclass(frozen=True, slots=True)
class PriorSet:
    """Priors of all parameters.

    Attributes
    ----------
    name
        Short name: what the file says, else the name of the file.
    path
        The file; not compared, since a copy is the same set.
    title, description
        What the set is, for a reader.
    parameters
        One prior for each parameter, in the order of the parameter table.
    """

    name: str
    path: Path = field(compare=False)
    title: str
    description: str
    parameters: tuple[ParameterPrior, ...]

    def to_dict(self) -> dict[str, Any]:
        """Contents of a prior file that gives this set again."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "parameters": {prior.name: prior.to_dict() for prior in self.parameters},
        }
