"""A form of measurements that the package does not know, in this one file: a Cauchy distribution about a value, for data with outliers."""

from __future__ import annotations

import math
import pickle
from collections.abc import Sequence
from functools import partial
from typing import ClassVar, Literal

import numpy as np
import pytest
from scipy import stats

from lqbayes.input.entry import Positive
from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.forms import FORMS
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import Evaluate, LikelihoodSet, Sides, SingleMeasurement
from lqbayes.likelihood.synthetic import synthetic_likelihood
from lqbayes.likelihood.terms import Array
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.report.tables import measurement_table
from lqbayes.results.measured import pulls


class Cauchy(SingleMeasurement):
    """ln L = -ln(1 + (x - value)^2 / width^2)."""

    scaled: ClassVar = ("value", "width")
    has_value: ClassVar = True
    form: Literal["cauchy"]
    value: float
    width: Positive

    @property
    def sides(self) -> Sides:
        return ((self.value, self.width, self.width),)

    def term(self, columns: Sequence[int]) -> Evaluate:
        return partial(_evaluate, self.value, self.width)

    def draw(self, predicted: Array, rng: np.random.Generator) -> Array:
        return predicted + self.width * rng.standard_cauchy(predicted.shape)

    def texts(self) -> tuple[str]:
        return (f"{self.value:g} within {self.width:g}",)


def _evaluate(value: float, width: float, predicted: Array) -> tuple[Array, Array]:
    return -np.log1p(((predicted[:, 0] - value) / width) ** 2), np.zeros(len(predicted))


GAUSSIAN = {"name": "R_K", "form": "gaussian", "observable": "R_K", "value": 0.85, "error": 0.04, "source": "test", "data": ["a"]}
TABLE = {"name": "mine", "form": "cauchy", "observable": "dm_K", "value": 2.0, "width": 0.5, "unit": "eV", "source": "test", "data": ["b"]}
BOUND = {"name": "sign", "form": "hard-bound", "observable": "delta_a_mu", "lower": 0.0, "source": "test"}


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORMS, "cauchy", Cauchy)


def settings(**changes: object) -> LikelihoodSet:
    tables = [GAUSSIAN, TABLE | changes, BOUND]
    return parse_likelihood_set({"title": "test", "data": {"a": "test", "b": "test"}, "measurement": tables}, "mine.toml", PAPER)


def predictions(count: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    rows = rng.normal(0.85, 0.1, (count, len(PAPER.observables)))
    rows[:, PAPER.observable_index["dm_K"]] = rng.normal(2e-9, 1e-9, count)
    rows[:, PAPER.observable_index["delta_a_mu"]] = rng.normal(0, 1e-9, count)
    return rows


def test_its_file_is_read_and_written_and_its_mistakes_are_said() -> None:
    found = settings()
    assert found.measurements[1].to_dict()["width"] == pytest.approx(0.5e-9, rel=1e-15)
    assert parse_likelihood_set(found.to_dict(), "mine.toml", PAPER) == found
    with pytest.raises(InputError, match="width"):
        settings(width=-1.0)
    with pytest.raises(InputError, match="did you mean 'cauchy'"):
        settings(form="cauchi")


def test_its_term_stands_beside_those_of_the_compiled_forms() -> None:
    likelihood, rows = Likelihood(settings(), PAPER), predictions(3000)
    found = likelihood.evaluate(rows)
    terms, violation = found[:, 2:], found[:, 1]
    x = rows[:, PAPER.observable_index["dm_K"]]
    expected = stats.cauchy.logpdf(x, 2e-9, 0.5e-9) - stats.cauchy.logpdf(2e-9, 2e-9, 0.5e-9)
    np.testing.assert_allclose(terms[:, 1], expected, rtol=1e-9, atol=1e-12)
    others = parse_likelihood_set({"title": "test", "data": {"a": "test"}, "measurement": [GAUSSIAN, BOUND]}, "mine.toml", PAPER)
    alone = Likelihood(others, PAPER).evaluate(rows)
    assert terms[:, [0, 2]].tobytes() == alone[:, 2:].tobytes()
    assert violation.tobytes() == alone[:, 1].tobytes()
    assert likelihood.signals.tolist() == [True, True, False]


def test_many_points_are_single_points_to_the_bit_and_so_is_another_process() -> None:
    likelihood, rows = Likelihood(settings(), PAPER), predictions(1500)
    batch = likelihood.log_terms(rows)
    assert np.concatenate([likelihood.log_terms(row) for row in rows[:200]]).tobytes() == batch[:200].tobytes()
    assert pickle.loads(pickle.dumps(likelihood)).log_terms(rows).tobytes() == batch.tobytes()


def test_it_is_drawn_pulls_and_is_shown() -> None:
    likelihood, (row, *_) = Likelihood(settings(), PAPER), predictions(1)
    row[PAPER.observable_index["dm_K"]] = 1e-9
    pull = pulls(likelihood, row)[1]
    assert pull.sigmas == pytest.approx(-math.sqrt(2 * math.log1p(4)), rel=1e-12)
    drawn = synthetic_likelihood(likelihood, row, np.random.default_rng(2)).settings.measurements[1]
    assert drawn.centre != likelihood.settings.measurements[1].centre
    copies = drawn.draw(np.full((4000, 1), 1e-9), np.random.default_rng(3))[:, 0]
    assert stats.kstest(copies, stats.cauchy(1e-9, 0.5e-9).cdf).pvalue > 1e-3
    assert drawn.marks(0)[0] == pytest.approx((drawn.centre[0], drawn.centre[0] - 0.5e-9, drawn.centre[0] + 0.5e-9))
    assert ["mine", "dm_K", "2e-09 within 5e-10"] in [cells[:3] for cells in measurement_table(likelihood.settings).rows]
    assert "2e-09 within 5e-10" in likelihood._repr_html_()
