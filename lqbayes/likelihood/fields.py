"""What the tables of measurements are made of: names, errors and confidence levels, checked; and how numbers are written."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from statistics import NormalDist
from typing import Annotated

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo
from pydantic_core import PydanticCustomError

from lqbayes.input.entry import Positive, Text
from lqbayes.input.problems import REMEDY_ERROR, did_you_mean

# What a part of an error is called that means something else, and how to write what it means.
_NO_PART = {
    word: remedy
    for words, remedy in (
        (
            "plus minus up down upper lower high low hi lo above below left right positive negative pos neg asymmetric",
            "take form = 'split-normal' with plus = ... and minus = ... for errors that differ above and below",
        ),
        (
            "total tot sum combined quadrature",
            "write the total alone, error = ..., or its parts without it, as parts are added in quadrature",
        ),
        ("covariance cov correlation corr rho", "take form = 'correlated-gaussian' with errors = [...] and correlation = [[...]]"),
        ("variance var", "write the standard deviation, which is its root"),
        ("relative rel percent fraction", "write the error in the unit of the value"),
        ("cl confidence interval range", "write one standard deviation, or take form = 'interval' with cl = ..."),
    )
    for word in words.split()
}
# Beside them a word of the others stands first, and in all other names last: low_recoil is a part, stat_low is none.
_OF_ERRORS = frozenset("err error errors sigma stat sys syst theo theory exp unc uncertainty".split())
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def wrong(message: str, remedy: str) -> PydanticCustomError:
    """Make an error of a schema that brings its remedy."""
    return PydanticCustomError(REMEDY_ERROR, "{message}; {remedy}", {"message": message, "remedy": remedy})


def _identifier(name: str) -> str:
    if not (name.isascii() and name.isidentifier()):
        raise wrong(f"'{name[:40]}' is not an identifier", "use letters, digits and underscores, and begin with a letter")
    return name


def _observable(name: str, info: ValidationInfo) -> str:
    model = (info.context or {})["model"]
    if name not in model.observable_names:
        raise wrong(f"there is no observable '{name[:40]}' of the model {model.name}", did_you_mean(name, model.observable_names))
    return name


def distinct(names: list[str]) -> list[str]:
    """Refuse a name that stands twice."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise wrong(f"{', '.join(repeated)} is named more than once", "name each once")
    return names


def _confidence(cl: float) -> float:
    # The second form goes into the quantile of the normal distribution, where it must differ from 1.
    if not (0 < cl < 1 and (1 + cl) / 2 < 1):
        raise wrong(f"a confidence level must lie between 0 and 1, {cl:g} does not", "write 0.9 for 90 %")
    if cl < 0.5:
        raise wrong(f"a confidence level of {cl:g} leaves out more than it holds", f"write {1 - cl:g} if {100 * cl:g} % are left out")
    return cl


def _parts(parts: dict[str, float]) -> dict[str, float]:
    for name in parts:
        remedy = _other_meaning(name)
        if remedy:
            raise wrong(f"'{name}' is not a part of an error that is the same on both sides", remedy)
    return parts


def _other_meaning(name: str) -> str:
    """How to write what the name of a part means; empty for a part of an error."""
    if name[0] in "+-\N{MINUS SIGN}" or name[-1] in "+-\N{MINUS SIGN}":
        return _NO_PART["plus"]
    if "%" in name:
        return _NO_PART["percent"]
    words = [word.lower() for word in _WORD.findall(name)] or [""]
    decisive = {words[-1]} | ({words[0]} if _OF_ERRORS.intersection(words[1:]) else set())
    return next((_NO_PART[word] for word in sorted(decisive) if word in _NO_PART), "")


Name = Annotated[str, AfterValidator(_identifier)]
Observable = Annotated[str, AfterValidator(_observable)]
Confidence = Annotated[float, AfterValidator(_confidence)]
Data = Annotated[list[Text], AfterValidator(distinct)]
Errors = Annotated[
    Annotated[Positive, Tag("number")] | Annotated[dict[Text, Positive], Field(min_length=1), AfterValidator(_parts), Tag("components")],
    Discriminator(lambda value: "components" if isinstance(value, Mapping) else "number"),
]
"""An error: a number, or a table of named parts that are added in quadrature."""


def total(errors: float | Mapping[str, float]) -> float:
    """An error, its parts added in quadrature."""
    return math.hypot(*errors.values()) if isinstance(errors, Mapping) else errors


def deviations(cl: float) -> float:
    """Half-width of the interval about the centre of a normal distribution that holds a given probability."""
    return NormalDist().inv_cdf((1 + cl) / 2)


def with_errors(centre: float, minus: float, plus: float) -> str:
    """Write a value with its errors, as ``0.846 +0.044 -0.0408``."""
    largest = max(abs(centre), plus, minus)
    exponent = math.floor(math.log10(largest)) if largest > 0 else 0
    exponent = 0 if -3 <= exponent <= 4 else exponent
    # All digits that a source gives, but not those of a sum in quadrature. Two steps, since 10**308 cannot be divided by at once.
    half = exponent // 2
    scaled = [x / 10.0**half / 10.0 ** (exponent - half) for x in (centre, plus, minus)] if exponent else [centre, plus, minus]
    value, above, below = (f"{x:.{digits}g}" for x, digits in zip(scaled, (6, 3, 3), strict=True))
    text = f"{value} +- {above}" if math.isclose(plus, minus, rel_tol=1e-12) else f"{value} +{above} -{below}"
    return f"({text})e{exponent:+03d}" if exponent else text


def ends_text(lower: float, upper: float, modulus: bool) -> str:
    """Write limits, of which one may be infinite."""
    ends = f"< {upper:.6g}" if lower == -math.inf else f"> {lower:.6g}" if upper == math.inf else f"{lower:.6g} .. {upper:.6g}"
    return f"|x| {ends}" if modulus else ends
