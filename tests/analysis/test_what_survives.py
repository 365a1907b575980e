"""What survives: groups, factors by which constraints are missed, evidence without a group, and a page whose every number is generated."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import lqbayes
from lqbayes.models.three_leptoquarks.paper.figures import _shown
from lqbayes.results.summary import Summary

constraint_groups: Any = pytest.importorskip("constraint_groups")
group_costs: Any = pytest.importorskip("group_costs")
what_survives: Any = pytest.importorskip("what_survives")


@pytest.fixture(scope="module")
def likelihood() -> lqbayes.Likelihood:
    return lqbayes.Likelihood.load("full-2026", lqbayes.Model.load(variant="full"))


def with_likely_draws(run: Any, count: int) -> Any:
    """Give a run the most likely of some prior draws, which are not its posterior, but as far from what cannot be."""
    run.path.mkdir()
    z = run.posterior_target.prior.sample(count, np.random.default_rng(5))
    best = np.argsort(-run.posterior_target.terms(z).sum(axis=1))[: math.prod(run.draws().shape)]
    chosen = np.random.default_rng(6).permutation(z[best])
    run.replace_draws(list(chosen.reshape(*run.draws().shape, -1)))
    return run


@pytest.fixture(scope="module")
def full_run(make_run: Callable[..., Any], likelihood: lqbayes.Likelihood) -> Any:
    run = make_run("full-2026-full-full-1", prior="full", likelihood="full-2026", formulas="full", ensembles=2, steps=2, walkers=100)
    return with_likely_draws(run, 40_000)


def test_every_measurement_is_in_one_group(likelihood: lqbayes.Likelihood) -> None:
    found = constraint_groups.grouped(likelihood.term_names)
    assert sorted(name for names in found.values() for name in names) == sorted(likelihood.term_names)
    assert found["K -> pi nu nu"] == ["BR_Kp_pinunu", "BR_KL_pinunu"]
    assert len(found["tau -> l and a hadron"]) == 12
    with pytest.raises(SystemExit, match="BR_unheard_of"):
        constraint_groups.grouped(["BR_unheard_of"])


def test_factors_are_one_where_a_draw_is_just_excluded(likelihood: lqbayes.Likelihood) -> None:
    index, names = likelihood.model.observable_index, likelihood.term_names
    row = np.tile(lqbayes.results.best_fit.reference_prediction(likelihood).observables, (2, 1))
    row[0, index["CR_mue_Au"]], row[1, index["CR_mue_Au"]] = 7e-13, 7e-10
    row[0, index["d_e"]] = -4.1e-30  # a limit on the modulus
    error = math.hypot(14.5, 62) * 1e-11  # of experiment and theory
    row[0, index["delta_a_mu"]], row[1, index["delta_a_mu"]] = 38.5e-11 + 2 * error, 38.5e-11 - 4 * error
    row[0, index["C9_mu"]], row[0, index["C10_mu"]] = -0.96, 0.37
    factors = constraint_groups.miss_factors(likelihood, row)
    at = names.index
    assert factors[:, at("CR_mue_Au")] == pytest.approx([1, 1000])
    assert factors[0, at("d_e")] == pytest.approx(1)
    assert factors[:, at("delta_a_mu")] == pytest.approx([1, 2])
    assert factors[0, at("C9_C10_mu")] == 0
    # Two values: the region of 95.4 % is wider than 2 standard deviations of each.
    assert factors[1, at("C9_C10_mu")] == pytest.approx(math.sqrt(-2 * likelihood.log_terms(row)[1, at("C9_C10_mu")] / 6.1801), rel=1e-4)


def test_evidence_without_a_group_of_a_gaussian() -> None:
    # Prior N(0, 1) and L = exp(-x^2/2): the draws are N(0, 1/2) and Z is 1/sqrt 2 of that without the term.
    x = np.random.default_rng(2).normal(0, math.sqrt(0.5), (8, 5, 1000))
    run = SimpleNamespace(
        draws=lambda: SimpleNamespace(weights=np.full(8, 1 / 8)), convergence=lambda: SimpleNamespace(quantities=[SimpleNamespace(ess=1e5)])
    )
    ratio, error, usable = group_costs.evidence_ratio(run, -(x**2) / 2)
    assert usable
    assert 0 < error < 0.02
    assert ratio == pytest.approx(-math.log(2) / 2, abs=5 * error)


def test_figures_of_the_paper_show_the_observables_of_the_formula_set(full_run: Any) -> None:
    shown = _shown(full_run, Summary.of(full_run), points=False)
    assert np.array_equal(np.sort(shown.draws["C9_mu"]), np.sort(full_run["C9_mu"].ravel()))


def test_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_run: Callable[..., Any], full_run: Any) -> None:
    paper = with_likely_draws(make_run("paper-paper-1", ensembles=2, steps=2, walkers=20), 200_000)
    runs = {"paper-paper-1": paper, "full-2026-full-full-1": full_run}
    monkeypatch.setattr(lqbayes.Run, "open", lambda path: runs[Path(path).name])
    page = tmp_path / "what-survives.md"
    what_survives.main(["paper-paper-1", "--page", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "**NOT CONVERGED: 1 of 1 runs." in text
    assert "needs runs that were not given: `lqbayes sample --formulas full --likelihood full-2026 --prior full` and" in text
    assert "none survives all of them" in text or "no draw" in text
    what_survives.main(["paper-paper-1", "full-2026-full-full-1", "--page", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "`python analysis/what_survives.py paper-paper-1 full-2026-full-full-1`" in text
    assert "**NOT CONVERGED: 2 of 2 runs." in text
    headings = (
        "What is left",
        "Pulls",
        "Evidence",
        "Which group costs",
        "What it still explains",
        "Predictions",
        "Prior sensitivity",
        "Missing",
    )
    for heading in headings:
        assert f"\n## {heading}" in text
    for name in ("survival.png", "explained.png", "survival-terms.csv", "group-costs.csv", "explained.csv", "predictions.csv", "pulls.csv"):
        assert (tmp_path / "what-survives" / name).stat().st_size > 100
    with pytest.raises(SystemExit, match="give one run of `lqbayes sample`"):
        what_survives.main(["full-2026-full-full-1", "--page", str(page)])
