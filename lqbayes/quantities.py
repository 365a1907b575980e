"""What is reported: every parameter and every observable, as named quantities of posterior draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lqbayes.posterior import Posterior
from lqbayes.prior.coordinates import CIRCLE, FIXED, LINEAR_MAGNITUDE, LOG_MAGNITUDE

Kind = Literal["real", "sign", "phase"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One reported quantity.

    Attributes
    ----------
    name
        Name in tables: that of the source, or ``log10_x``, ``log10_abs_x``, ``abs_x``, ``positive_x`` for a source x.
    symbol
        LaTeX, without dollar signs.
    unit
        ``GeV``, ``eV``, ``eV^2``, ``rad`` or ``1``; of the argument where the quantity is a logarithm.
    origin
        ``parameter`` or ``observable``.
    kind
        ``real``; ``sign``: 1 where positive, else 0, so that the mean is the probability; ``phase``: an angle in [0, 2 pi).
    column
        Column among the parameters or the observables.
    transform
        ``identity``, ``log10_abs``, ``abs`` or ``positive``.
    headline
        Whether it is an observable or a headline parameter, of which more effective draws are demanded.
    source
        Name of the parameter or observable that it is taken from.
    usual_power
        The power of ten that the literature writes it in; None where the values decide.
    """

    name: str
    symbol: str
    unit: str
    origin: Literal["parameter", "observable"]
    kind: Kind
    column: int
    transform: Literal["identity", "log10_abs", "abs", "positive"] = "identity"
    headline: bool = False
    source: str = ""
    usual_power: int | None = None

    def of(self, points: NDArray[np.float64], observables: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the quantity from draws."""
        x = (points if self.origin == "parameter" else observables)[..., self.column]
        return _TRANSFORMS[self.transform](x)

    @property
    def label(self) -> str:
        """Axis label with its unit, as matplotlib reads it."""
        unit = {"1": "", "eV^2": r"\mathrm{eV}^2"}.get(self.unit, rf"\mathrm{{{self.unit}}}")
        if self.transform == "log10_abs":
            argument = rf"{self.symbol}\,/\,{unit}" if unit else self.symbol
            return rf"$\log_{{10}}({argument})$"
        return rf"${self.symbol}$" + (rf" $[{unit}]$" if unit else "")


_TRANSFORMS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "identity": lambda x: x,
    "log10_abs": lambda x: np.log10(np.abs(x)),
    "abs": np.abs,
    "positive": lambda x: (x > 0).astype(float),
}


def quantities(posterior: Posterior, *, logarithms: bool = False) -> tuple[Quantity, ...]:
    """Every reported quantity of a posterior."""
    table = posterior.prior.table
    result: list[Quantity] = []
    for column, parameter in enumerate(posterior.model.parameters):
        kind = table.kind[column]
        if kind == FIXED:
            continue
        make = partial(Quantity, origin="parameter", column=column, unit=parameter.unit, headline=parameter.headline, source=parameter.name)
        name, symbol = parameter.name, parameter.symbol
        both_signs = table.lower[column] < 0 < table.upper[column]
        if kind == LOG_MAGNITUDE:
            signed = table.lower[column] < 0
            shown, label = (f"log10_abs_{name}", f"|{symbol}|") if signed else (f"log10_{name}", symbol)
            result.append(make(shown, label, kind="real", transform="log10_abs"))
        elif kind == LINEAR_MAGNITUDE and both_signs:
            result.append(make(f"abs_{name}", f"|{symbol}|", kind="real", transform="abs"))
        else:
            result.append(make(name, symbol, kind="phase" if kind == CIRCLE else "real"))
        if both_signs and kind in {LOG_MAGNITUDE, LINEAR_MAGNITUDE}:
            result.append(Quantity(f"positive_{name}", f"P({symbol}>0)", "1", "parameter", "sign", column, "positive", source=name))
    for column, observable in enumerate(posterior.model.observables):
        make = partial(Quantity, origin="observable", column=column, unit=observable.unit, headline=True, source=observable.name)
        result.append(make(observable.name, observable.symbol, kind="real", usual_power=observable.usual_power))
        if logarithms and observable.logarithmic:
            result.append(make(f"log10_{observable.name}", observable.symbol, kind="real", transform="log10_abs"))
    return tuple(result)


class Draws:
    """Posterior draws of several independent ensembles, and their derived values.

    Parameters
    ----------
    posterior
        The posterior they were drawn from.
    positions : sequence of (steps, walkers, d) arrays
        Sampling coordinates, one array per ensemble, all of one shape. Each is asked for once, one after the other.

    Attributes
    ----------
    points : (ensembles, steps, walkers, 46) array
        Physical values.
    observables : (ensembles, steps, walkers, 27) array
        Their observables.
    """

    def __init__(self, posterior: Posterior, positions: Sequence[NDArray[np.float64]]) -> None:
        self.posterior = posterior
        for k in range(len(positions)):
            z = positions[k]
            points = posterior.points(z.reshape(-1, z.shape[-1]))
            observables = posterior.observables(points)
            if k == 0:
                # Filled ensemble by ensemble: a long run has gigabytes of them, and copies would double that.
                self.points = np.empty((len(positions), *z.shape[:2], points.shape[-1]))
                self.observables = np.empty((len(positions), *z.shape[:2], observables.shape[-1]))
            self.points[k] = points.reshape(*z.shape[:2], -1)
            self.observables[k] = observables.reshape(*z.shape[:2], -1)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of ensembles, stored steps and walkers."""
        ensembles, steps, walkers = self.points.shape[:3]
        return ensembles, steps, walkers

    def values(self, quantity: Quantity) -> NDArray[np.float64]:
        """Values of one quantity."""
        return quantity.of(self.points, self.observables)

    def monitored(self, quantity: Quantity) -> list[NDArray[np.float64]]:
        """Values whose convergence is watched: sine and cosine of a phase, else the quantity itself."""
        x = self.values(quantity)
        return [np.sin(x), np.cos(x)] if quantity.kind == "phase" else [x]
