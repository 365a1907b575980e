from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lqbayes.results.interval_errors import COLUMNS, errors_csv, estimates_of
from lqbayes.results.intervals import credible_intervals


def table(run: Any, state: str = "converged") -> list[dict[str, str]]:
    rows = credible_intervals(run.draws(), run.convergence())
    return list(csv.DictReader(io.StringIO(errors_csv(run.draws(), [row.quantity for row in rows], state))))


def test_errors_are_as_large_as_the_scatter_between_repetitions() -> None:
    # Walkers that move together: 5 ensembles, each with one displacement of its own that no within-ensemble error would see.
    rng = np.random.default_rng(3)
    x = rng.standard_normal((2000, 5, 1, 1)) + 0.1 * rng.standard_normal((2000, 5, 2, 40))
    found = [estimates_of("x", "real", repetition) for repetition in x]
    for k, statistic in enumerate(("low68", "median", "high68")):
        assert {entries[k].statistic for entries in found} == {statistic}
        stated = math.sqrt(np.mean([entries[k].error ** 2 for entries in found]))
        scatter = np.std([np.mean(entries[k].ensembles) for entries in found])
        assert stated == pytest.approx(scatter, rel=0.06)  # 3 errors of a standard deviation from 2000


def test_lines_are_those_of_the_intervals(unconverged: Any) -> None:
    rows = credible_intervals(unconverged.draws(), unconverged.convergence())
    lines = table(unconverged, "NOT CONVERGED: yet")
    assert tuple(lines[0]) == COLUMNS
    assert [line["quantity"] for line in lines] == [row.quantity.name for row in rows] + ["NOT CONVERGED: yet"]
    by_name = {line["quantity"]: line for line in lines}
    medians = np.median(np.log10(unconverged.draws().points[..., 0]).reshape(3, -1), axis=1)
    assert float(by_name["log10_M_LQ"]["median_error"]) == pytest.approx(np.std(medians, ddof=1) / math.sqrt(3))
    sign = by_name["positive_h_32"]
    assert float(sign["median_error"]) > 0
    assert (sign["low68_error"], sign["high68_error"]) == ("", "")


def test_a_single_ensemble_has_no_errors(make_run: Callable[..., Any]) -> None:
    single = make_run("alone", ensembles=1, steps=2)
    assert {line[name] for line in table(single) for name in COLUMNS[1:]} == {""}
