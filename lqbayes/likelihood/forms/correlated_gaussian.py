"""Values of several observables with errors and correlations."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field
from typing_extensions import override

from lqbayes.input.entry import Reporter
from lqbayes.likelihood.fields import Errors, Observable, distinct, total, wrong
from lqbayes.likelihood.forms.values import Value
from lqbayes.likelihood.measurement import Measurement, Ranges, Sides
from lqbayes.likelihood.terms import CORRELATED, Array, Term

_SYMMETRY = 1e-12


def _correlation(rows: list[list[float]]) -> list[list[float]]:
    if any(len(row) != len(rows) for row in rows):
        raise wrong("the correlation matrix is not square", "write one row in square brackets for each observable")
    matrix = np.array(rows)
    if not np.all(np.diag(matrix) == 1):
        raise wrong("the diagonal of a correlation matrix is 1, this one's is not", "write 1 on the diagonal")
    # Compared before anything is subtracted: entries may be as large as floating point allows.
    if np.any(np.abs(matrix) > 1):
        raise wrong("a correlation lies between -1 and 1", "divide covariances by the errors")
    if np.any(np.abs(matrix - matrix.T) > _SYMMETRY):
        raise wrong("the correlation matrix is not symmetric", "write the same number on both sides of the diagonal")
    if np.linalg.eigvalsh(matrix)[0] <= _SYMMETRY:
        raise wrong("the correlation matrix is not positive definite, as no data can give it", "check the numbers and their signs")
    return rows


class CorrelatedGaussian(Value):
    """Values of several observables: ln L = -d^T V^-1 d / 2 of the differences d, V from errors and correlation."""

    scaled: ClassVar = ("values", "errors")
    form: Literal["correlated-gaussian"]
    observables: Annotated[list[Observable], Field(min_length=2), AfterValidator(distinct)]
    values: list[float]
    errors: list[Errors]
    correlation: Annotated[list[list[float]], Field(min_length=2), AfterValidator(_correlation)]

    @classmethod
    @override
    def check(cls, valid: Mapping[str, Any], report: Reporter) -> None:
        for key in ("values", "errors", "correlation"):
            if {"observables", key} <= valid.keys() and len(valid[key]) != len(valid["observables"]):
                message = f"has {len(valid[key])} entries for {len(valid['observables'])} observables"
                report(key, message, "write one for each observable, in the same order")

    @property
    @override
    def sides(self) -> Sides:
        return tuple((value, total(error), total(error)) for value, error in zip(self.values, self.errors, strict=True))

    @property
    @override
    def correlations(self) -> Sequence[Sequence[float]]:
        return self.correlation

    @property
    def _root(self) -> Array:
        """Lower Cholesky factor of the covariance matrix."""
        from scipy.linalg import cholesky  # noqa: PLC0415 - takes a third of a second

        sigma = np.array(self.sigma_plus)
        return np.asarray(cholesky(np.array(self.correlation) * np.outer(sigma, sigma), lower=True))

    @override
    def term(self, columns: Sequence[int]) -> Term:
        from scipy.linalg import solve_triangular  # noqa: PLC0415 - takes a third of a second

        whitening = solve_triangular(self._root, np.eye(len(self.values)), lower=True)
        return Term(CORRELATED, columns, centres=self.centre, whitening=whitening, cut=self.inverse_cut)

    @override
    def draw(self, predicted: Array, rng: np.random.Generator) -> Array:
        return np.asarray(predicted + rng.standard_normal(predicted.shape) @ self._root.T)

    @override
    def with_values(self, values: Sequence[float]) -> Self:
        return self.model_copy(update={"values": list(values)})

    @override
    def ranges(self) -> tuple[Ranges, ...] | None:
        return None if self.is_hard else super().ranges()

    @override
    def within(self, other: Measurement) -> bool:
        # A smaller ellipsoid of the same shape about the same centre.
        if not isinstance(other, CorrelatedGaussian) or self.cut is None or other.cut is None:
            return False
        same = (self.observables, self.sides, self.correlation) == (other.observables, other.sides, other.correlation)
        return same and self.cut <= other.cut
