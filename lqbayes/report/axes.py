"""Axes of plots: factors of ten that keep tick labels short, labels and ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator, ScalarFormatter
from numpy.typing import NDArray

from lqbayes.inference.quantities import Quantity

__all__ = ["Scale", "scale_of"]

# As the literature writes them; the others follow from the values.
_USUAL_POWERS = {"delta_a_mu": -10}
_UNITS = {"1": "", "eV^2": r"\mathrm{eV}^2"}
# A longer range of values needs no more than this many ticks in a small panel.
_TICKS = 4
# Labels of ticks closer to the edge than this share of the panel would touch those of the next panel.
_EDGE = 0.1


@dataclass(frozen=True, slots=True)
class Scale:
    """How a quantity is drawn.

    Attributes
    ----------
    quantity
        The quantity.
    power
        Values are divided by 10 to this power.
    """

    quantity: Quantity
    power: int

    @property
    def label(self) -> str:
        """Axis label with the power of ten and the unit."""
        if self.power == 0:
            return self.quantity.label
        unit = _UNITS.get(self.quantity.unit, rf"\mathrm{{{self.quantity.unit}}}")
        factor = rf"10^{{{self.power}}}" + (rf"\,{unit}" if unit else "")
        return rf"${self.quantity.symbol}$ $[{factor}]$"

    def of(self, x: NDArray[np.float64] | float) -> NDArray[np.float64]:
        """Scale values of the quantity.

        Parameters
        ----------
        x
            Values.

        Returns
        -------
        array
            What is drawn.
        """
        return np.asarray(x, dtype=float) / 10.0**self.power

    def shown(self, x: float) -> float:
        """Turn a value of the underlying parameter or observable into what is drawn.

        Parameters
        ----------
        x
            A measured value or limit.

        Returns
        -------
        float
            Its place on the axis: its logarithm where that is shown; NaN for the logarithm of what is not positive.
        """
        if self.quantity.transform == "log10_abs":
            return math.log10(x) if 0 < x < math.inf else math.nan
        return float(self.of(x))

    def set_ticks(self, axis: Axis) -> None:
        """Put two to four ticks without offset on an axis, once its limits are set.

        Parameters
        ----------
        axis
            An axis of a panel.
        """
        if self.quantity.kind == "phase":
            axis.set_major_locator(MultipleLocator(math.pi))
            axis.set_major_formatter(FuncFormatter(_multiple_of_pi))
        else:
            low, high = sorted(axis.get_view_interval())
            margin = _EDGE * (high - low)
            ticks = MaxNLocator(_TICKS, min_n_ticks=2).tick_values(low, high)
            axis.set_ticks([x for x in ticks if low + margin <= x <= high - margin])
            axis.set_major_formatter(ScalarFormatter(useOffset=False))


def scale_of(quantity: Quantity, values: NDArray[np.float64]) -> Scale:
    """Choose the power of ten.

    Parameters
    ----------
    quantity
        The quantity.
    values
        Its draws.

    Returns
    -------
    Scale
        Without a power where the numbers are between 0.01 and 10000.
    """
    if quantity.name in _USUAL_POWERS:
        return Scale(quantity, _USUAL_POWERS[quantity.name])
    largest = float(np.max(np.abs(np.quantile(values, [0.05, 0.95]))))
    if quantity.transform != "identity" or quantity.kind == "phase" or largest == 0 or 1e-2 <= largest < 1e4:
        return Scale(quantity, 0)
    return Scale(quantity, math.floor(math.log10(largest)))


def _multiple_of_pi(x: float, _position: int | None = None) -> str:
    turns = round(x / math.pi)
    return {0: "0", 1: r"$\pi$", -1: r"$-\pi$"}.get(turns, rf"${turns}\pi$")
