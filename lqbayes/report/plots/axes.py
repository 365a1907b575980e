"""Axes of plots: factors of ten that keep tick labels short, labels and ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator, ScalarFormatter
from numpy.typing import NDArray

from lqbayes.quantities import Quantity, latex_unit

# A longer range of values needs no more than this many ticks in a small panel.
_TICKS = 4
# Labels of ticks closer to the edge than this share of the panel would touch those of the next panel.
_EDGE = 0.1
# Widths as shares of a small panel: of one character of a tick's label, and of the room between two labels.
_CHARACTER, _GAP = 0.05, 0.05
# Steps between ticks: those with few digits, and more where these leave a single tick.
_STEPS = ([1, 2, 5, 10], [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10])
# Draws closer to each other than this share of their size are one value; smaller sizes than the other are 0.
_CONSTANT, _SMALLEST = 1e-6, 1e-290


@dataclass(frozen=True, slots=True)
class Scale:
    """How a quantity is drawn: divided by 10 to a power."""

    quantity: Quantity
    power: int

    @property
    def label(self) -> str:
        """Axis label with the power of ten and the unit."""
        if self.power == 0:
            return self.quantity.label
        unit = latex_unit(self.quantity.unit)
        factor = rf"10^{{{self.power}}}" + (rf"\,{unit}" if unit else "")
        return rf"${self.quantity.symbol}$ $[{factor}]$"

    def of(self, x: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Scale values of the quantity."""
        return np.asarray(x, dtype=float) / 10.0**self.power

    def shown(self, x: float) -> float:
        """Turn a value of the underlying parameter or observable into what is drawn."""
        if self.quantity.transform == "log10_abs":
            return math.log10(x) if 0 < x < math.inf else math.nan
        return float(self.of(x))

    def ticks(self, axis: Axis) -> list[float]:
        """Choose two to four ticks for an axis, once its limits are set."""
        # No label at the ends: 2 pi of one panel would touch 0 of the next.
        phase = self.quantity.kind == "phase"
        return [math.pi / 2, math.pi, 3 * math.pi / 2] if phase else _ticks(*sorted(axis.get_view_interval()))

    def set_ticks(self, axis: Axis) -> None:
        """Put them on the axis, with labels without offset."""
        axis.set_ticks(self.ticks(axis))
        axis.set_major_formatter(FuncFormatter(_part_of_pi) if self.quantity.kind == "phase" else ScalarFormatter(useOffset=False))


def scale_of(quantity: Quantity, values: NDArray[np.float64]) -> Scale:
    """Choose the power of ten."""
    if quantity.usual_power is not None:
        return Scale(quantity, quantity.usual_power)
    largest = float(np.max(np.abs(np.quantile(values, [0.05, 0.95]))))
    if quantity.transform != "identity" or quantity.kind == "phase" or not _SMALLEST < largest < math.inf or 1e-2 <= largest < 1e4:
        return Scale(quantity, 0)
    return Scale(quantity, math.floor(math.log10(largest)))


def varies(values: NDArray[np.float64]) -> bool:
    """Check whether draws differ by more than an axis can show."""
    finite = values[np.isfinite(values)]
    return finite.size > 0 and float(np.ptp(finite)) > max(_CONSTANT * float(np.max(np.abs(finite))), _SMALLEST)


@lru_cache
def _ticks(low: float, high: float) -> list[float]:
    """Two to four round numbers whose labels stand side by side below a small panel without touching."""
    margin = _EDGE * (high - low)
    best: list[float] = []
    for steps in _STEPS:
        for count in range(_TICKS + 2, 0, -1):
            values = MaxNLocator(count, steps=steps).tick_values(low, high)
            ticks = [float(x) for x in values if low + margin <= x <= high - margin]
            if len(ticks) <= _TICKS and _fit(ticks, float(values[1] - values[0]), high - low):
                if len(ticks) > 1:
                    return ticks
                best = best or ticks
    return best


def _fit(ticks: list[float], step: float, width: float) -> bool:
    decimals = 0
    while decimals < 12 and abs(round(step, decimals) - step) > 1e-6 * step:
        decimals += 1
    widest = max((len(f"{x:.{decimals}f}") for x in ticks), default=0)
    return len(ticks) == 1 or (len(ticks) > 1 and step / width >= widest * _CHARACTER + _GAP)


def _part_of_pi(x: float, _position: int | None = None) -> str:
    halves = round(2 * x / math.pi)
    return {1: r"$\pi/2$", 2: r"$\pi$", 3: r"$3\pi/2$"}.get(halves, rf"${halves}\pi/2$")
