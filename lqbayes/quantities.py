"""What is reported: every parameter and every observable, as named quantities of posterior draws."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from lqbayes.input.errors import ArgumentError
from lqbayes.input.problems import did_you_mean
from lqbayes.posterior import Posterior
from lqbayes.prior.coordinates import CIRCLE, FIXED, LINEAR_MAGNITUDE, LOG_MAGNITUDE

Kind = Literal["real", "sign", "phase"]

LEVELS: Mapping[str, float] = MappingProxyType({"low95": 0.025, "low68": 0.16, "median": 0.5, "high68": 0.84, "high95": 0.975})
"""Quantiles of the equal-tailed intervals: the same probability below as above."""

CENTRAL = ("low68", "median", "high68")
CENTRAL_LEVELS = tuple(LEVELS[name] for name in CENTRAL)


@dataclass(frozen=True, slots=True)
class Quantity:
    """One reported quantity."""

    name: str  # In tables: that of its source, after ``log10_``, ``log10_abs_``, ``abs_`` or ``positive_``
    symbol: str  # LaTeX, without dollar signs
    unit: str  # Of the argument where the quantity is a logarithm
    origin: Literal["parameter", "observable"]
    kind: Kind  # A sign is 1 where positive, else 0, so that its mean is a probability; a phase is an angle in [0, 2 pi)
    column: int  # Among the parameters or the observables
    transform: Literal["identity", "log10_abs", "abs", "positive"] = "identity"
    needs_more_draws: bool = False  # An observable, or a parameter that the model marks as headline
    source: str = ""  # Name of the parameter or observable that it is taken from
    usual_power: int | None = None  # The power of ten that the literature writes it in; None where the values decide

    @property
    def unit_text(self) -> str:
        """Unit in tables: empty for a number, ``log10(GeV)`` for the logarithm of a value in GeV."""
        unit = shown_unit(self.unit)
        return f"log10({unit})" if unit and self.transform == "log10_abs" else unit

    def of(self, points: NDArray[np.float64], observables: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the quantity from draws."""
        return self.made_of(self.column_of(points, observables))

    def column_of(self, points: NDArray[np.float64], observables: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of the parameter or observable that the quantity is made of, without a copy."""
        return (points if self.origin == "parameter" else observables)[..., self.column]

    def made_of(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """Make the quantity of values of its parameter or observable."""
        return _TRANSFORMS[self.transform](column)

    def monitored(self, x: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Values whose convergence and ranks are judged, by name: sine and cosine of a phase, else the quantity itself."""
        return {f"sin_{self.name}": np.sin(x), f"cos_{self.name}": np.cos(x)} if self.kind == "phase" else {self.name: x}

    @property
    def label(self) -> str:
        """Axis label with its unit, as matplotlib reads it."""
        unit = latex_unit(self.unit)
        if self.transform == "log10_abs":
            argument = rf"{self.symbol}\,/\,{unit}" if unit else self.symbol
            return rf"$\log_{{10}}({argument})$"
        return rf"${self.symbol}$" + (rf" $[{unit}]$" if unit else "")


def latex_unit(unit: str) -> str:
    """Write a unit as LaTeX mathematics: nothing for a pure number."""
    base, _, power = shown_unit(unit).partition("^")
    return (rf"\mathrm{{{base}}}" if base else "") + (f"^{{{power}}}" if power else "")


def shown_unit(unit: str) -> str:
    """Write a unit for readers: nothing for a pure number."""
    return "" if unit == "1" else unit


_TRANSFORMS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "identity": lambda x: x,
    "log10_abs": lambda x: np.log10(np.abs(x)),
    "abs": np.abs,
    "positive": lambda x: (x > 0).astype(float),
}


def quantities(posterior: Posterior, *, logarithms: bool = False, fixed: bool = False) -> tuple[Quantity, ...]:
    """Every reported quantity of a posterior; logarithms of observables and fixed parameters only where they are asked for."""
    table = posterior.prior.table
    result: list[Quantity] = []
    for column, parameter in enumerate(posterior.model.parameters):
        kind, name, symbol = table.kind[column], parameter.name, parameter.latex
        if kind == FIXED and not fixed:
            continue
        make = partial(Quantity, origin="parameter", column=column, unit=parameter.unit, needs_more_draws=parameter.headline, source=name)
        signed = kind in {LOG_MAGNITUDE, LINEAR_MAGNITUDE} and table.lower[column] < 0 < table.upper[column]
        if kind == LOG_MAGNITUDE:
            shown, label = (f"log10_abs_{name}", f"|{symbol}|") if signed else (f"log10_{name}", symbol)
            result.append(make(shown, label, kind="real", transform="log10_abs"))
        elif signed:
            result.append(make(f"abs_{name}", f"|{symbol}|", kind="real", transform="abs"))
        else:
            result.append(make(name, symbol, kind="phase" if kind == CIRCLE else "real"))
        if signed:
            result.append(Quantity(f"positive_{name}", f"P({symbol}>0)", "1", "parameter", "sign", column, "positive", source=name))
    for column, observable in enumerate(posterior.model.observables):
        make = partial(Quantity, origin="observable", column=column, unit=observable.unit, needs_more_draws=True, source=observable.name)
        symbol = observable.latex
        result.append(make(observable.name, symbol, kind="real", usual_power=observable.usual_power))
        if logarithms and observable.logarithmic:
            result.append(make(f"log10_{observable.name}", symbol, kind="real", transform="log10_abs"))
    return tuple(result)


def group_quantities(posterior: Posterior, name: str) -> tuple[Quantity, ...]:
    """Quantities of one of the model's groups, as a posterior reports them."""
    groups = posterior.model.corner_groups
    if name not in groups:
        raise ArgumentError(f"there is no group of quantities '{name}'; {did_you_mean(name, groups)}")
    # The logarithm of an observable follows the observable itself and takes its place.
    shown = {q.source: q for q in quantities(posterior, logarithms=True) if q.kind != "sign"}
    return tuple(shown[source] for source in groups[name] if source in shown)


class Draws:
    """Posterior draws of several independent ensembles, and their derived values.

    Parameters
    ----------
    posterior
        The posterior they were drawn from.
    positions : iterable of (steps, walkers, d) arrays
        Sampling coordinates, one array per ensemble, all of one shape.
    log_evidences : (ensembles,) array, optional
        Each ensemble's estimate of the log evidence; all ensembles count alike unless they are there.

    Attributes
    ----------
    weights : (ensembles,) array
        What each ensemble's draws count for together: in proportion to its evidence, with the sum 1.
    points : (ensembles, steps, walkers, p) array
        Physical values.
    observables : (ensembles, steps, walkers, m) array
        Their observables.
    """

    def __init__(
        self, posterior: Posterior, positions: Iterable[NDArray[np.float64]], log_evidences: NDArray[np.float64] | None = None
    ) -> None:
        self.posterior = posterior
        if log_evidences is None:
            positions = list(positions)
            log_evidences = np.zeros(len(positions))
        self.log_evidences = log_evidences
        self.weights = shares(self.log_evidences)
        for k, z in enumerate(positions):
            points = posterior.points(z.reshape(-1, z.shape[-1]))
            observables = posterior.observables(points)
            if k == 0:
                # Filled ensemble by ensemble: a long run has gigabytes of them, and copies would double that.
                self.points = np.empty((len(log_evidences), *z.shape[:2], points.shape[-1]))
                self.observables = np.empty((len(log_evidences), *z.shape[:2], observables.shape[-1]))
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

    @cached_property
    def pooled_rows(self) -> NDArray[np.int64] | None:
        """Rows of all draws together, counted ensemble by ensemble, that give each its weight; None where all count alike."""
        _, steps, walkers = self.shape
        return pooled_rows(self.log_evidences, steps * walkers)

    def pooled(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take draws of equal weight of all ensembles together from (ensembles, steps, walkers, ...) values: what is printed and drawn."""
        flat = x.reshape(-1, *x.shape[3:])
        return flat if self.pooled_rows is None else flat[self.pooled_rows]


def shares(log_evidences: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each ensemble's draws count for together: in proportion to its evidence, with the sum 1."""
    return np.asarray(np.exp(log_evidences - logsumexp(log_evidences)))


def pooled_rows(log_evidences: NDArray[np.float64], draws: int) -> NDArray[np.int64] | None:
    """Choose as many rows of equal weight as ensembles have together, each of them so many; None where all count alike."""
    return None if np.ptp(log_evidences) == 0 else resampled(log_evidences, draws, len(log_evidences) * draws)


def resampled(log_evidences: NDArray[np.float64], walkers: int, count: int) -> NDArray[np.int64]:
    """Choose draws from the union of populations by systematic resampling with the offset 1/2."""
    # Draws of a population follow each other evenly, so that shares of the draws' axis are all that is to be computed.
    share = shares(log_evidences)
    ends = np.cumsum(share)
    ends[-1] = 1.0
    starts = np.concatenate([[0.0], ends[:-1]])
    positions = (np.arange(count) + 0.5) / count
    population = np.minimum(np.searchsorted(ends, positions, side="right"), len(share) - 1)
    within = (positions - starts[population]) / (ends - starts)[population]
    # Where a position falls on the border of two walkers, rounding is not to decide.
    walker = np.clip(np.floor(within * walkers + 1e-6).astype(np.int64), 0, walkers - 1)
    return np.asarray(population * walkers + walker)
