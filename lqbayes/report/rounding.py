"""Numbers for readers: as many digits as their uncertainty deserves."""

import math
from collections.abc import Sequence

# Within these powers of ten numbers are written out, outside of them as m x 10^e.
_LOWEST, _HIGHEST = -3, 4
_MOST_DECIMALS = 12


def rounded(values: Sequence[float], uncertainty: float) -> tuple[list[str], int]:
    """Round numbers that belong together to two digits of their uncertainty."""
    finite = [abs(x) for x in values if math.isfinite(x)]
    largest = max(finite, default=0.0)
    if largest == 0:
        return ["0" if x == 0 else f"{x:g}" for x in values], 0
    exponent = math.floor(math.log10(largest))
    if _LOWEST <= exponent <= _HIGHEST:
        exponent = 0
    if not 0 < uncertainty < math.inf:
        return [f"{_mantissa(x, exponent):.6g}" for x in values], exponent
    digits = 1 - math.floor(math.log10(uncertainty)) + exponent
    decimals = min(max(digits, 0), _MOST_DECIMALS)
    return [f"{_mantissa(x, exponent):z.{decimals}f}" for x in values], exponent  # z: no minus before a zero


def number_texts(values: Sequence[float]) -> list[str]:
    """Write a median and the ends of its intervals, those of 68 % first, none of them rounded away."""
    if len(set(values)) == 1:
        mantissas, exponent = rounded(values, 0.0)
    elif _span_decades(values):
        return [f"{x:.2g}" for x in values]
    else:
        mantissas, exponent = rounded(values, _steeper(values))
    return [f"{mantissa}{power_text(exponent)}" for mantissa in mantissas]


def power_text(exponent: int) -> str:
    """Write a power of ten behind a number."""
    return f"e{exponent:+03d}" if exponent else ""


def number(x: float | None, form: str, missing: str = "") -> str:
    """Write one number, or nothing where there is none."""
    return missing if x is None or math.isnan(x) else format(x, form)


def _span_decades(values: Sequence[float]) -> bool:
    """Whether one power of ten for all numbers of a row would round some of them to 0."""
    if min(values) <= 0 <= max(values):
        # On both sides of 0: one power takes too many digits where one side is far longer than the other.
        return max(abs(x - values[0]) for x in values) > 1e3 * _steeper(values)
    if max(map(abs, values)) > 1e3 * min(map(abs, values)):
        return True
    return any(not mantissa.strip("-0.") for mantissa in rounded(values, _steeper(values))[0])


def _steeper(values: Sequence[float]) -> float:
    # Digits for the steeper side, so that the near end of a skewed interval is not rounded away.
    median, low68, high68 = values[:3]
    return min(high68 - median, median - low68) or (high68 - low68) / 2


def _mantissa(x: float, exponent: int) -> float:
    # Two steps, since 10**308 and beyond cannot be divided by at once.
    return x / 10.0**exponent if abs(exponent) < 300 else x / 10.0 ** (exponent // 2) / 10.0 ** (exponent - exponent // 2)
