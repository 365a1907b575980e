"""All differences of two runs together, next to those of other splits of the same ensembles.

Numbers of one posterior are correlated, so that the sum of their squared differences does not follow chi-square. The ensembles of two
runs with the same settings are exchangeable: were the runs one, any of its splits into two would do as well. The share of splits with a
larger sum is a p-value that knows the correlations.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

_SPLITS = 2000


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean square of the differences, in units of the error that all ensembles of both runs together give; splits have 1 on average."""

    mean_square: float  # Of the two runs
    splits: NDArray[np.float64]  # (splits,) array: of the splits of the same ensembles, the runs themselves among them

    @property
    def p_value(self) -> float:
        """Share of the splits with a mean square at least as large."""
        return float(np.mean(self.splits >= self.mean_square * (1 - 1e-9)))

    @property
    def effective_number(self) -> float:
        """How many independent numbers would scatter as much: 2 / variance, as chi-square over its degrees of freedom."""
        variance = float(np.var(self.splits))
        return 2 / variance if variance > 0 else math.inf

    @property
    def text(self) -> str:
        """The mean square for readers."""
        low, high = np.quantile(self.splits, (0.025, 0.975))
        return f"mean square {self.mean_square:.2f} (95 % of {len(self.splits)} splits {low:.2f} .. {high:.2f}, p = {self.p_value:.2g})"


def spread(first: NDArray[np.float64], second: NDArray[np.float64], *, seed: int = 1) -> Spread:
    """Compare the differences of two runs with those of other splits of their ensembles."""
    values = np.concatenate([first, second])
    values = values - values.mean(axis=0)
    length = np.linalg.norm(values, axis=0)
    # A number that all ensembles of both runs share says nothing.
    values = values[:, length > 0] / length[length > 0]
    size, total = len(first), len(values)
    members = _splits(size, total, np.random.default_rng(seed))
    if values.shape[1] == 0:
        return Spread(1.0, np.ones(len(members)))
    # The means are 0 together, so that one part's sum says how far both are apart: sum of squares between the parts, of 1 in all.
    between = (members @ values) ** 2 * total / (size * (total - size))
    squares = (total - 1) * between.mean(axis=1)
    return Spread(float(squares[0]), squares)


def _splits(size: int, total: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose members of the first part, the first `size` in the first row."""
    if math.comb(total, size) <= _SPLITS:
        rows = np.array(list(combinations(range(total), size)))
        # With parts of one size, a split and its exchange are the same.
        rows = rows[rows[:, 0] == 0] if 2 * size == total else rows
    else:
        rows = np.array([np.arange(size), *(rng.permutation(total)[:size] for _ in range(_SPLITS - 1))])
    result = np.zeros((len(rows), total), dtype=bool)
    np.put_along_axis(result, rows, True, axis=1)
    return result
