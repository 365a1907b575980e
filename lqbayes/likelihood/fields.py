"""What the tables of measurements are made of: names, errors and confidence levels, checked; and how numbers are written."""

import itertools
import math
import re
import unicodedata
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
            "plus minus up down upper lower high low hi lo above below left right positive negative pos neg asymmetric asymmetry asym "
            "upward downward upwards downwards upside downside dn superscript subscript maximum minimum max min",
            "take form = 'split-normal' with plus = ... and minus = ... for errors that differ above and below",
        ),
        (
            "total tot sum combined quadrature overall all",
            "write the total alone, error = ..., or its parts without it, as parts are added in quadrature",
        ),
        (
            "covariance cov correlation correlations corr rho",
            "take form = 'correlated-gaussian' with errors = [...] and correlation = [[...]]",
        ),
        ("variance var squared", "write the standard deviation, which is its root"),
        ("fwhm", "write the standard deviation, which is the full width over 2.355"),
        ("relative rel percent cent pct permille fraction", "write the error in the unit of the value"),
        ("cl confidence interval range", "write one standard deviation, or take form = 'interval' with cl = ..."),
    )
    for word in words.split()
}
# Beside them a word of the others stands first, and in all other names last: low_recoil is a part, stat_low is none.
_OF_ERRORS = (
    "err error errors sigma sd std deviation stat sys syst theo theory exp unc uncertainty variation shift side end bound limit value "
    "matrix coefficient"
).split()
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SIGNED = re.compile(r"[a-z]?(plus|minus)|plusminus")
_LEVEL = re.compile(r"(68|90|95|99)(\.\d+)?")
# Last letters of two names that are else the same: errp and errm.
_SIDES = (set("pm"), set("ud"), set("lu"), set("lh"))


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
    sides = {name for pair in itertools.combinations(parts, 2) if _are_sides(*pair) for name in pair}
    for name in parts:
        remedy = _NO_PART["plus"] if name in sides else _other_meaning(name)
        if remedy:
            raise wrong(f"'{name}' is not a part of an error that is the same on both sides", remedy)
    return parts


def _are_sides(one: str, other: str) -> bool:
    """Whether two names mean the two sides of one error by their last letters."""
    stem, same = one[:-1].rstrip("_- ").lower(), one[:-1] == other[:-1]
    return same and {one[-1].lower(), other[-1].lower()} in _SIDES and stem in {"", "e", "d", "delta", *_OF_ERRORS}


def _other_meaning(name: str) -> str:
    """How to write what the name of a part means; empty for a part of an error."""
    plain = "".join("-" if unicodedata.category(c) == "Pd" or c == "\N{MINUS SIGN}" else c for c in unicodedata.normalize("NFKC", name))
    ends = plain.strip("()[]{}<>_ ") or plain
    if ends[0] in "+-" or ends[-1] in "+-" or not set(plain).isdisjoint("±∓↑↓"):
        return _NO_PART["plus"]
    if not set(plain).isdisjoint("%‰"):
        return _NO_PART["percent"]
    if "²" in name or ends.endswith("^2"):
        return _NO_PART["squared"]
    if _LEVEL.fullmatch(ends):
        return _NO_PART["cl"]
    words = [word.lower() for word in _WORD.findall(plain)] or [""]
    decisive = {words[-1]} | ({words[0]} if not set(words[1:]).isdisjoint(_OF_ERRORS) else set())
    return next(filter(None, map(_remedy, sorted(decisive))), "")


def _remedy(word: str) -> str:
    """How to write what a word means, alone or in one with a word of errors; empty for a part of an error."""
    if _SIGNED.fullmatch(word):
        return _NO_PART["plus"]
    rests = (rest for of in ("", *_OF_ERRORS) for rest in (word.removeprefix(of), word.removesuffix(of)))
    return next((_NO_PART[rest] for rest in rests if rest in _NO_PART), "")


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
