"""What survives: groups, factors by which constraints are missed, evidence without a group, and a page whose every number is generated."""

from __future__ import annotations

import math
import re
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
reach: Any = pytest.importorskip("reach")
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
    ratio, error = group_costs.evidence_ratio(run, -(x**2) / 2)
    assert 0 < error < 0.02
    assert ratio == pytest.approx(-math.log(2) / 2, abs=5 * error)


def test_the_whole_set_without_a_group_can_be_sampled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], likelihood: lqbayes.Likelihood
) -> None:
    group_costs.main(["--write", str(tmp_path)])
    said, groups = capsys.readouterr().out, constraint_groups.grouped(likelihood.term_names)
    assert said.count("lqbayes sample --formulas full --likelihood ") == len(groups) - 1 == len(list(tmp_path.glob("*.toml")))
    without = lqbayes.Likelihood.load(tmp_path / "without-k-pi-nu-nu.toml", likelihood.model)
    assert set(likelihood.term_names) - set(without.term_names) == {"BR_Kp_pinunu", "BR_KL_pinunu"}


def test_costs_from_runs(
    make_run: Callable[..., Any], full_run: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"prior": "full", "formulas": "full", "ensembles": 2, "steps": 2, "walkers": 100}
    runs = {name: make_run(name, likelihood=name, **words) for name in ("full-signals", "full-lfv", "full-kaons")} | {"all": full_run}
    monkeypatch.setattr(lqbayes.Run, "open", lambda path: runs[Path(path).name])
    group_costs.main(list(runs))
    text = capsys.readouterr().out
    steps = [line for line in text.splitlines() if line.startswith("| `")]
    # Of every two of which one has all measurements of the other: full-lfv and full-kaons have not.
    assert len(steps) == 5
    assert [line for line in steps if "full-signals" in line and "full-kaons" in line][0].startswith("| `full-signals` | `full-kaons` | ")
    assert text.count("\n| g-2 | ") == 1


@pytest.mark.parametrize(
    ("entry", "x", "seen"),
    [
        ({"limit": 1e-8}, [0.9e-8, 1.1e-8], [False, True]),
        ({"error": 0.01}, [0.985, 0.979, 1.021], [False, True, True]),
        ({"relative_error": 0.1}, [0.85, 0.79], [False, True]),
    ],
)
def test_what_is_within_reach(entry: dict[str, float], x: list[float], seen: list[bool]) -> None:
    one = reach.Reach("X", "BR", arxiv="1234.56789", **entry)
    assert one.within(np.array(x), 1.0).tolist() == seen
    assert "not verified" in one.text(1.0) and "not verified" not in reach.Reach("X", "BR", arxiv="1", read="abstract", **entry).text(1.0)
    assert reach.Reach("X", "BR").within(np.array(x), 1.0) is None and reach.Reach("X", "BR").text(1.0) == "-"


def test_expected_reach_has_a_source_and_an_observable(likelihood: lqbayes.Likelihood) -> None:
    found = reach.load()
    assert {"MEG II", "COMET", "Mu2e", "NA62", "LHCb", "Belle II"} <= {entry.experiment for entry in found}
    for entry in found:
        assert entry.observable in likelihood.model.observable_index
        given = sum(number is not None for number in (entry.limit, entry.error, entry.relative_error))
        assert (given == 1 and entry.arxiv) or (given == 0 and not entry.arxiv)
        assert entry.read in ({"", "abstract", "secondary"} if given else {""})


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
    # The second prior stands beside the first in one table of each section.
    for likelihood, prior in (("full-2026", "paper"), ("full-gm2-2021", "full")):
        name = f"{likelihood}-{prior}-full-1"
        run = make_run(name, prior=prior, likelihood=likelihood, formulas="full", ensembles=2, steps=2, walkers=100)
        runs[name] = with_likely_draws(run, 40_000)
    what_survives.main([*runs, "--page", str(page)])
    text = page.read_text(encoding="utf-8")
    assert "\n## Missing" not in text
    assert "| posterior probability | prior full | prior paper | prior full, from g-2 of 2021 |" in text
    assert text.count("without the volume of the prior that the hard bounds cut.") == 2
    # What can be quoted has its Monte Carlo errors.
    one = r"[-+.e\d]+ ± [-+.e\d]+"
    ends = rf"\(95 %: {one} \.\. {one}\)"
    left = rf"leptoquarks above {one} TeV \(97\.5 %\), C9 of the muon {one} {ends}, Delta a_mu {one} {ends}; the logarithm"
    assert len(re.findall(left, text[: text.index("<!-- finding: end -->")])) == 2
    assert what_survives.power(1.84e6, 2.1e5) == "(1.8 ± 0.2) × 10<sup>6</sup>" and what_survives.power(29.4, 3.0) == "29 ± 3"
    assert "| quantity | unit | prior full: median | prior full: 68 % | prior full: 95 % | prior paper: median |" in text
    assert "standard model | prior full: median (68 %) | prior paper: median (68 %) |" in text
    assert "| MEG II, three years | `BR_mu_egamma` | < 6e-14 ([1801.04688](https://arxiv.org/abs/1801.04688)) | 0 | " in text
    assert text.count("The expected reach covers of this posterior: MEG II (three years) ") == 2 and "Mu2e (Run I) " in text
    assert "Two priors with the same data; ln of the Bayes factor, " in text
    with pytest.raises(SystemExit, match="give one run of `lqbayes sample`"):
        what_survives.main(["full-2026-full-full-1", "--page", str(page)])
