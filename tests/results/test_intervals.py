from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lqbayes.quantities import LEVELS
from lqbayes.report.tables import error_table
from lqbayes.results.summary import Summary
from lqbayes.sampling.estimates import Ordered


def lines(run: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(error_table(Summary.of(run)).csv())))


def test_errors_are_as_large_as_the_scatter_between_repetitions() -> None:
    # Walkers that move together: 5 ensembles, each with one displacement of its own that no within-ensemble error would see.
    rng = np.random.default_rng(3)
    x = 0.1 * rng.standard_normal((800, 5, 1, 1)) + rng.standard_normal((800, 5, 2, 400))
    found = [Ordered(repetition).ends(np.full(5, 0.2)) for repetition in x]
    for statistic in LEVELS:
        stated = math.sqrt(np.mean([entries[statistic].error ** 2 for entries in found]))
        scatter = np.std([entries[statistic].value for entries in found])
        assert stated == pytest.approx(scatter, rel=0.075)  # 3 errors of a standard deviation from 800


def test_lines_are_those_of_the_intervals(unconverged: Any) -> None:
    found = lines(unconverged)
    ends = ("median", "low68", "high68", "low95", "high95")
    kinds = ("error", "share", "share_in_units")
    assert tuple(found[0]) == ("quantity", *(f"{end}_{kind}" for kind in kinds for end in ends), "converged")
    assert [line["quantity"] for line in found] == [row.quantity.name for row in Summary.of(unconverged).intervals]
    assert {line["converged"] for line in found} == {"false"}
    by_name = {line["quantity"]: line for line in found}
    mass = np.log10(unconverged.draws().points[..., 0]).reshape(3, -1)
    for name, level in (("median", 0.5), ("high95", 0.975)):
        shares = np.mean(mass < np.quantile(mass, level), axis=1)
        error = np.std(shares, ddof=1) / math.sqrt(3)
        below, above = np.quantile(mass, (level - error, min(level + error, 1.0)))
        assert float(by_name["log10_M_LQ"][f"{name}_error"]) == pytest.approx((above - below) / 2, rel=1e-3)
    width = np.subtract(*np.quantile(mass, (0.975, 0.025)))
    line = by_name["log10_M_LQ"]
    assert float(line["high95_share_in_units"]) == pytest.approx(float(line["high95_error"]) / (width / 2), rel=1e-3)
    assert 0 < float(line["high95_share"]) < float(line["high68_share"]) * 10
    sign = by_name["positive_h_32"]
    assert float(sign["median_error"]) > 0
    assert (sign["low68_error"], sign["high95_error"]) == ("", "")
    assert (sign["low68_share"], sign["median_share_in_units"]) == ("", "")


def test_a_single_ensemble_has_no_errors(make_run: Callable[..., Any]) -> None:
    found = lines(make_run("alone", ensembles=1, steps=2))
    assert {cell for line in found for name, cell in line.items() if name.endswith("_error")} == {""}
