"""Numbers for readers: as many digits as their uncertainty deserves."""

from __future__ import annotations

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
    return [_without_minus_zero(f"{_mantissa(x, exponent):.{decimals}f}") for x in values], exponent


def short(x: float | None, digits: int = 4) -> str:
    """Write one number with few digits."""
    return "" if x is None else f"{x:.{digits}g}"


def _mantissa(x: float, exponent: int) -> float:
    # Two steps, since 10**308 and beyond cannot be divided by at once.
    return x / 10.0**exponent if abs(exponent) < 300 else x / 10.0 ** (exponent // 2) / 10.0 ** (exponent - exponent // 2)


def _without_minus_zero(text: str) -> str:
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text
