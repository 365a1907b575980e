"""Profile likelihoods where they are known: a line, a ridge in a product, an angle, and priors that matter to the posterior alone."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import toy_model as toy
from scipy.interpolate import interp1d

from lqbayes import Run, sample
from lqbayes.cli.completion import profiled
from lqbayes.input.errors import ArgumentError
from lqbayes.report.profile import profile_table, profile_words, write_profile
from lqbayes.results.profile import Profile, profile
from lqbayes.results.summary import Summary

SETTINGS: dict[str, Any] = {"seed": 3, "ensembles": 3, "walkers": 200, "sweeps_per_rung": 10, "thin": 3, "steps_per_population": 4}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return sample(toy.posterior(), tmp_path_factory.mktemp("chains") / "toy", max_steps=4, workers=1, audit=0, **SETTINGS)


def chi2(name: str, x: Any) -> Any:
    value, error = toy.VALUES[name]
    return ((x - value) / error) ** 2


def assert_profile(found: Profile, exact: Any) -> None:
    """Each value is that of the exact profile where its point lies, and none is missing where the profile is low."""
    there = np.isfinite(found.chi2)
    assert there.sum() > 0.5 * there.size
    expected = exact(*found.values[:, there])
    near = expected < 9
    np.testing.assert_allclose(found.chi2[there][near], expected[near], atol=0.02)
    assert (found.chi2[there] > expected - 1e-6).all()  # no point is better than the best


def test_of_a_line(run: Run) -> None:
    """The offset follows the slope: two measurements leave the difference of their errors in quadrature. The prior has no part in it."""
    (a, error_a), (b, error_b) = toy.VALUES["at_zero"], toy.VALUES["at_two"]

    def exact(slope: Any) -> Any:
        return (2 * slope - (b - a)) ** 2 / (error_a**2 + error_b**2)

    found = profile(run, ["slope"], bins=24)
    assert_profile(found, exact)
    width = math.hypot(error_a, error_b) / 2
    low, high = found.interval(1.0)
    assert (low, high) == pytest.approx(((b - a) / 2 - width, (b - a) / 2 + width), abs=0.05 * width)
    # The posterior knows the prior: narrower, and nearer to 0.
    _, low68, median, high68, _ = found.central[0]
    mean, covariance, _ = toy.line()
    assert median == pytest.approx(mean[0], abs=0.3 * math.sqrt(covariance[0, 0]))
    assert high68 - low68 < high - low


def test_of_a_ridge(run: Run) -> None:
    """Scale times coupling is measured: one makes up for the other as far as its range reaches."""
    found = profile(run, ["log10_scale"], bins=24)
    assert_profile(found, lambda x: np.where(10 * 10**x < toy.VALUES["strength"][0], chi2("strength", 10 * 10**x), 0.0))


def test_of_an_angle_and_of_an_observable(run: Run) -> None:
    assert_profile(profile(run, ["phase"], bins=24), lambda phase: chi2("wave", np.cos(phase)))
    assert_profile(profile(run, ["at_two"], bins=24), lambda x: chi2("at_two", x))


def test_of_a_pair(run: Run, tmp_path: Path) -> None:
    found = profile(run, ["slope", "offset"], bins=10)
    assert found.levels == pytest.approx((2.30, 5.99), abs=0.01)
    assert_profile(found, lambda slope, offset: chi2("at_zero", offset) + chi2("at_two", offset + 2 * slope))
    assert found.best == pytest.approx([1.0, 0.5], abs=1e-3)
    written = write_profile(run, Summary.of(run), found, tmp_path)
    assert [path.name for path in written] == [f"profile-slope-offset.{suffix}" for suffix in ("csv", "md", "png", "pdf")]
    with written[0].open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == np.isfinite(found.chi2).sum()
    assert min(float(row["delta_chi2"]) for row in rows) == 0


def test_volume_decides_where_many_points_are_poor_or_few_are_good() -> None:
    """A flat profile with a falling density, and a density that is high where no point is good."""
    from lqbayes.quantities import Quantity
    from lqbayes.results.profile import Axis

    axis = Axis(Quantity("x", "x", "1", "parameter", "real", 0), np.linspace(0, 4, 5))
    x = axis.centres[np.newaxis]
    found = Profile((axis,), x, np.array([10.0, 10.5, 10.2, 15.0]), np.array([0.7, 0.2, 0.05, 0.65]), x[:, 0], np.zeros((1, 5)))
    assert found.unlikely_for_volume.tolist() == [False, False, True, False]
    assert found.likely_for_volume.tolist() == [False, False, False, True]
    assert (
        profile_words(found)[-1]
        == "Prior volume decides: less in 1 of 4 bins (x from 2.5 to 2.5), more in 1 of 4 bins (x from 3.5 to 3.5)."
    )
    assert profile_table(found, "").frame["prior_volume"].tolist() == ["", "", "less", "more"]
    # Between bins by straight lines, outermost: from the first bin to where the line to the last one crosses.
    assert found.interval(1.0) == pytest.approx((0.5, float(interp1d([0.2, 5.0], [2.5, 3.5])(1.0))))


def test_wrong_names(run: Run) -> None:
    with pytest.raises(ArgumentError, match="'slopes'.*did you mean 'slope'"):
        profile(run, ["slopes"])
    for names in ([], ["slope", "slope"], ["slope", "offset", "phase"]):
        with pytest.raises(ArgumentError, match="one quantity or of two"):
            profile(run, names)


def test_the_shell_completes_quantities(run: Run) -> None:
    command = SimpleNamespace(params=[SimpleNamespace(name="run")])
    context: Any = SimpleNamespace(params={"run": str(run.path)}, command=command)
    assert set(profiled(context, "s")) == {"slope", "strength", "scale"}
    assert profiled(context, "log10_s") == ["log10_scale"]
    assert profiled(SimpleNamespace(params={"run": "none"}, command=command), "s") == []  # type: ignore[arg-type]
