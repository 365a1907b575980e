"""The prior distribution of every parameter, as plain data in canonical units."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Distribution = Literal["log-uniform", "uniform", "normal", "split-normal", "circle", "fixed"]
Sign = Literal["positive", "either", "negative"]


@dataclass(frozen=True, slots=True)
class ParameterPrior:
    """Prior of one parameter; every number in the parameter's canonical unit, None where a field has no meaning."""

    name: str
    distribution: Distribution
    lower: float | None  # range of a (log-)uniform distribution: of the modulus where a sign is given, else of the value
    upper: float | None
    sign: Sign | None  # ``either`` gives both the same odds
    value: float | None  # mode of a (split) normal distribution, or the fixed value
    plus: float | None  # standard deviations above and below the mode, both positive
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
        errors = {"error": self.plus} if self.distribution == "normal" else {"plus": self.plus, "minus": self.minus}
        limits = None if self.lower is None else [self.lower, self.upper]
        table = {"distribution": self.distribution, "range": limits, "sign": self.sign, "value": self.value} | errors
        return {key: value for key, value in table.items() if value is not None} | {"unit": self.unit, "source": self.source}


@dataclass(frozen=True, slots=True)
class PriorSet:
    """Priors of all parameters: the contents of a file."""

    name: str  # what the file says, else the name of the file
    path: Path = field(compare=False)  # a copy is the same set
    title: str
    description: str
    parameters: tuple[ParameterPrior, ...]  # in the order of the parameter table

    def to_dict(self) -> dict[str, Any]:
        """Contents of a prior file that gives this set again."""
        header = {"name": self.name, "title": self.title, "description": self.description}
        return header | {"parameters": {prior.name: prior.to_dict() for prior in self.parameters}}
