"""The matrices of one point, as arrays."""

from __future__ import annotations

from typing import Any

from lqbayes.compilation import compiled, inlined
from lqbayes.models.three_leptoquarks import neutrinos
from lqbayes.models.three_leptoquarks.layout import Array, ComplexArray, ComplexMatrix, point_at


@inlined
def _fill(out: Any, m: Any) -> None:
    (out[0, 0], out[0, 1], out[0, 2]), (out[1, 0], out[1, 1], out[1, 2]), (out[2, 0], out[2, 1], out[2, 2]) = m


@inlined
def _matrix(m: ComplexArray) -> ComplexMatrix:
    return (m[0, 0], m[0, 1], m[0, 2]), (m[1, 0], m[1, 1], m[1, 2]), (m[2, 0], m[2, 1], m[2, 2])


@compiled
def mixing_matrix(point: Array, out: ComplexArray) -> None:
    """Fill in the PMNS matrix."""
    _fill(out, neutrinos.mixing_matrix(point_at(point)))


@compiled
def majorana_masses(point: Array) -> tuple[float, complex, complex]:
    """Masses of the neutrinos with their Majorana phases."""
    return neutrinos.majorana_masses(point_at(point))


@compiled
def mass_matrix(point: Array, v: ComplexArray, out: ComplexArray) -> None:
    """Fill in the Majorana mass matrix."""
    _fill(out, neutrinos.mass_matrix(point_at(point), _matrix(v)))


@compiled
def coupling_weights(point: Array, out: Array) -> None:
    """Fill in the weights of (II.7)."""
    _fill(out, neutrinos.coupling_weights(point_at(point)))
