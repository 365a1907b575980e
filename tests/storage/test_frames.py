from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lqbayes.quantities import Draws
from lqbayes.results.summary import Summary
from lqbayes.storage.frames import run_frame


def test_a_row_of_the_frame_is_one_draw(unconverged: Any) -> None:
    frame, draws, model = run_frame(unconverged), unconverged.draws(), unconverged.posterior_target.model
    assert len(frame) == 3 * 6 * 50
    assert list(frame)[:6] == ["ensemble", "step", "walker", "weight", "log_likelihood", "log_posterior"]
    assert list(frame)[6:] == [*model.parameter_names, *model.observable_names]
    row = frame[(frame.ensemble == 2) & (frame.step == 5) & (frame.walker == 7)].iloc[0]
    assert row["M_LQ"] == draws.points[1, 4, 7, model.parameter_index["M_LQ"]]
    assert row["R_K"] == draws.observables[1, 4, 7, model.observable_index["R_K"]]
    assert row["log_posterior"] == unconverged.log_density()[1, 4, 7]
    assert row["log_likelihood"] == unconverged.terms()[1, 4, 7].sum()


def test_columns_carry_units_and_symbols(unconverged: Any) -> None:
    attrs = unconverged.to_dataframe().attrs
    assert attrs["units"]["M_LQ"] == "GeV" and attrs["symbols"]["R_K"] == "R_K"
    assert set(attrs["descriptions"]) == set(unconverged.to_dataframe().columns[6:])


def test_chosen_walkers_only(unconverged: Any) -> None:
    assert set(run_frame(unconverged, np.array([0, 10])).walker) == {0, 10}


def test_values_by_the_name_of_a_parameter_observable_or_quantity(unconverged: Any) -> None:
    mass = unconverged["M_LQ"]
    assert mass.shape == (3, 6, 50)
    np.testing.assert_array_equal(unconverged["log10_M_LQ"], np.log10(mass))
    np.testing.assert_array_equal(unconverged["R_K"], unconverged.to_dataframe()["R_K"].to_numpy().reshape(mass.shape))
    with pytest.raises(KeyError, match="did you mean 'R_K'"):
        unconverged["R_k"]


def test_names_are_found_and_listed(unconverged: Any) -> None:
    assert "C9_mu" in unconverged and "log10_M_LQ" in unconverged
    assert "R_k" not in unconverged and 3 not in unconverged
    names = list(unconverged)
    assert names[0] == "M_LQ" and len(set(names)) == len(names)
    with pytest.raises(KeyError, match="no parameter, observable or quantity 3; "):
        unconverged[3]


def test_a_notebook_shows_state_and_headline_and_nothing_that_acts(make_run: Any) -> None:
    run = make_run("<script>x & y", ensembles=2, steps=2)
    text = run._repr_html_()
    assert "<script" not in text
    assert "&lt;script&gt;x &amp; y" in text
    assert "NOT CONVERGED" in text
    assert text.count("<tr>") == 1 + len(run.posterior_target.model.headline)
    assert "log10_M_LQ" in text


def test_a_notebook_shows_the_numbers_of_the_summary(unconverged: Any) -> None:
    text, summary = unconverged._repr_html_(), Summary.of(unconverged)
    assert f"Run unconverged, {summary.state}; ln Z = {summary.evidence.log:.2f}" in text
    rows = [
        [row.quantity.name, row.quantity.unit_text, *(f"{row.value(name):.4g}" for name in ("median", "low68", "high68"))]
        for row in summary.headline
    ]
    shown = [re.findall("<td>(.*?)</td>", line) for line in text.split("<tr>")[2:]]
    assert shown == rows


def test_draws_weigh_as_the_evidences_of_their_ensembles(make_run: Callable[..., Any]) -> None:
    run = make_run("weighted", ensembles=2, steps=2)
    plain = run.draws()
    run._draws = Draws(run.posterior_target, run.positions, np.log([1.0, 3.0]))
    frame = run_frame(run)
    assert len(frame) == 200
    assert np.array_equal(frame["M_LQ"], plain.points[..., 0].ravel())
    assert frame.groupby("ensemble")["weight"].agg(["min", "max"]).to_numpy() == pytest.approx(np.array([[0.5, 0.5], [1.5, 1.5]]))
    pooled = run.draws().pooled(plain.points)[:, 0]
    shares = [np.isin(frame["M_LQ"][frame.ensemble == k], pooled).sum() for k in (1, 2)]
    assert shares == [50, 100]  # of the first every second one, of the second some twice
    # What tables print is of those.
    (row,) = (row for row in Summary.of(run).intervals if row.quantity.name == "log10_M_LQ")
    expected = np.quantile(np.log10(pooled), [0.025, 0.16, 0.5, 0.84, 0.975])
    np.testing.assert_allclose([row.value(name) for name in ("low95", "low68", "median", "high68", "high95")], expected)
