"""The prior as a map of the unit cube to sampling coordinates, as nested samplers want it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from lqbayes import Prior
from lqbayes.prior.coordinates import CIRCLE, FIXED, NORMAL
from lqbayes.prior.prior import _half_masses


class UnitCube:
    """Quantile functions of all coordinates at once; `Prior.sample` draws with the same ones, column by column.

    Some of the other samplers ask for one point at a time, where a loop over columns would cost more than the posterior.

    Parameters
    ----------
    prior
        The prior.

    Attributes
    ----------
    circles : list of int
        Columns of coordinates that close, 0 and 1 being the same angle.
    """

    def __init__(self, prior: Prior) -> None:
        table = prior.table
        sampled = np.flatnonzero(table.kind != FIXED)
        columns = table.column[sampled]
        self._lower, self._width = np.empty(len(sampled)), np.empty(len(sampled))
        self._lower[columns] = table.lower[sampled]
        self._width[columns] = table.upper[sampled] - table.lower[sampled]
        self.circles = [int(c) for c, k in zip(columns, sampled, strict=True) if table.kind[k] == CIRCLE]
        normal = [int(k) for k in sampled if table.kind[k] == NORMAL]
        self._normal = table.column[normal]
        self._masses = np.array([_half_masses(table, k) for k in normal]).reshape(-1, 2).T
        self._plus, self._minus = table.plus[normal], table.minus[normal]
        self._ends = table.lower[normal], table.upper[normal]

    def __call__(self, u: ArrayLike) -> NDArray[np.float64]:
        """Map points of the unit cube.

        Parameters
        ----------
        u : (d,) or (n, d) array
            Points of the unit cube.

        Returns
        -------
        array of the same shape
            Sampling coordinates.
        """
        u = np.asarray(u, dtype=float)
        z = self._lower + self._width * u
        if len(self._normal):
            below, above = self._masses
            mass = u[..., self._normal] * (below + above) - below
            # One side of the mode at a time: the other one's mass is 0 there, and its quantile the mode.
            left = ndtri(np.maximum(0.5 + np.minimum(mass, 0.0) * self._minus, 0.0)) / self._minus
            right = -ndtri(np.maximum(0.5 - np.maximum(mass, 0.0) * self._plus, 0.0)) / self._plus
            z[..., self._normal] = np.minimum(np.maximum(left + right, self._ends[0]), self._ends[1])
        return z
