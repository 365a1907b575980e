"""Log-likelihoods on a grid, and counted events over a background: against scipy, with their files and every mistake."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.interpolate import RegularGridInterpolator

from lqbayes.input.errors import ArgumentError, InputError
from lqbayes.likelihood.file import load_likelihood_set, parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.likelihood.measurement import LikelihoodSet
from lqbayes.likelihood.support import lost_bounds
from lqbayes.likelihood.synthetic import check_can_be_drawn, synthetic_likelihood
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.results.measured import pulls

X, Y = [0.5, 0.7, 1.0, 1.6], [-1.0, 0.0, 0.5]
VALUES = [[-9.0, -4.0, -1.5, -8.0], [-6.0, -1.0, 3.0, -2.0], [-7.0, 0.0, 1.0, -5.0]]
LINE = {"form": "tabulated", "observables": ["R_K"], "grid": [X], "log_likelihood": [VALUES[1]], "outside": "refuse"}
PLANE = LINE | {"observables": ["R_K", "C9_mu"], "grid": [X, Y], "log_likelihood": VALUES}
COUNT = {"form": "gamma", "observable": "BR_Bs_mumu", "observed": 7, "background": 2.5, "background_error": 0.9, "scale": 1e9}


def settings_of(**table: Any) -> LikelihoodSet:
    entry = {"name": "term", "source": "test", "data": ["d"]} | {key: value for key, value in table.items() if value is not None}
    return parse_likelihood_set({"title": "test", "data": {"d": "test"}, "measurement": [entry]}, "mine.toml", PAPER)


def likelihood_of(**table: Any) -> Likelihood:
    return Likelihood(settings_of(**table), PAPER)


def rows(**values: Any) -> np.ndarray:
    found = np.zeros((max(np.size(value) for value in values.values()), len(PAPER.observables)))
    for name, value in values.items():
        found[:, PAPER.observable_index[name]] = value
    return found


def evaluated(likelihood: Likelihood, **values: Any) -> tuple[np.ndarray, np.ndarray]:
    found = likelihood.evaluate(rows(**values))
    return found[:, 2], found[:, 1]


def test_a_table_is_interpolated_between_its_points_and_0_at_its_maximum() -> None:
    x = np.linspace(0.5, 1.6, 301)
    found, violation = evaluated(likelihood_of(**LINE), R_K=x)
    np.testing.assert_allclose(found, np.interp(x, X, VALUES[1]) - 3, rtol=0, atol=1e-14)
    assert found.max() == pytest.approx(0, abs=0.1)
    assert evaluated(likelihood_of(**LINE), R_K=1.0)[0] == 0
    assert not violation.any()


def test_a_plane_is_interpolated_bilinearly() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0.5, 1.6, 500), rng.uniform(-1, 0.5, 500)
    reference = RegularGridInterpolator((X, Y), np.array(VALUES).T)(np.column_stack([x, y]))
    np.testing.assert_allclose(evaluated(likelihood_of(**PLANE), R_K=x, C9_mu=y)[0], reference - 3, rtol=0, atol=1e-13)
    assert evaluated(likelihood_of(**PLANE), R_K=np.repeat(X, 3), C9_mu=Y * 4)[0].tolist() == (np.array(VALUES).T.ravel() - 3).tolist()


def test_outside_is_refused_or_as_at_the_nearest_edge() -> None:
    x, y = np.array([0.4, 0.7, 16.0, math.nan, math.inf]), np.array([-1.0, 5.0, -10.0, 0.0, 0.0])
    terms, violation = evaluated(likelihood_of(**PLANE), R_K=x, C9_mu=y)
    assert (terms == -math.inf).all()
    assert violation == pytest.approx([1, 1, 2, math.inf, math.inf])
    terms, violation = evaluated(likelihood_of(**PLANE | {"outside": "nearest"}), R_K=x, C9_mu=y)
    assert terms.tolist() == [-12, -3, -11, -math.inf, -math.inf]
    assert not violation.any()


def test_bounds_of_a_table_can_be_lost() -> None:
    table, wide = settings_of(**LINE), settings_of(**LINE | {"outside": "nearest"})
    assert lost_bounds(table, wide) == ("term",)
    assert lost_bounds(wide, table) == lost_bounds(table, table) == ()
    bound = settings_of(form="hard-bound", observable="R_K", lower=0.6, upper=1.5)
    assert lost_bounds(table, bound) == ()
    assert lost_bounds(bound, table) == ("term",)


def test_pulls_marks_and_texts_of_a_table() -> None:
    (pull,) = pulls(likelihood_of(**LINE), rows(R_K=0.7)[0])
    assert pull.sigmas == -math.sqrt(8)
    (m,) = settings_of(**LINE).measurements
    assert m.marks(0) == (None, ((0.5, 1), (1.6, -1)))
    assert m.texts() == ("tabulated, 0.5 .. 1.6, best 1",)
    assert likelihood_of(**LINE).signals.tolist() == [True]
    with pytest.raises(ArgumentError, match="nor do tables"):
        check_can_be_drawn(likelihood_of(**LINE))


@pytest.mark.parametrize("table", [LINE, PLANE, COUNT, COUNT | {"background_error": None}])
def test_what_is_written_is_read_again(table: dict[str, Any]) -> None:
    found = settings_of(**table)
    assert parse_likelihood_set(found.to_dict(), "mine.toml", PAPER) == found


def test_units_of_a_table_and_of_a_scale() -> None:
    (table,) = settings_of(**LINE | {"observables": ["dm_K"], "unit": "eV"}).measurements
    np.testing.assert_allclose(table.to_dict()["grid"], [np.array(X) * 1e-9], rtol=1e-15)
    count = likelihood_of(**COUNT | {"observable": "dm_K", "unit": "eV", "scale": 3.0})
    assert evaluated(count, dm_K=2e-9)[0] == pytest.approx(evaluated(likelihood_of(**COUNT), BR_Bs_mumu=6e-9)[0], rel=1e-12)


def write(folder: Path, csv: str, **changes: Any) -> Path:
    observables = changes.pop("observables", ["R_K", "C9_mu"])
    file = changes.pop("file", "table.csv")
    (folder / "table.csv").write_text(csv, encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(
        f'title = "x"\n[data]\nd = "x"\n[[measurement]]\nname = "term"\nform = "tabulated"\nobservables = {observables}\nfile = "{file}"\n'
        'outside = "refuse"\nsource = "x"\ndata = ["d"]\n'
    )
    return path


def test_a_csv_file_beside_the_toml_file(tmp_path: Path) -> None:
    points = [(x, y, VALUES[j][i]) for i, x in enumerate(X) for j, y in enumerate(Y)]
    text = "C9_mu, R_K, log_likelihood\n" + "".join(f"{y},{x},{value}\n" for x, y, value in reversed(points))
    found = load_likelihood_set(write(tmp_path, text), PAPER)
    assert found.to_dict()["measurement"][0]["log_likelihood"] == VALUES
    assert "file" not in found.to_dict()["measurement"][0]


@pytest.mark.parametrize(
    ("csv", "changes", "message"),
    [
        ("R_K,log_likelihood\n1,2\n", {}, "has the columns R_K, log_likelihood"),
        ("", {}, "has the columns of an empty file"),
        ("R_K,C9_mu,log_likelihood\n1,2,x\n", {}, "has no 3 plain numbers in line 2"),
        ("R_K,C9_mu,log_likelihood\n1,2\n", {}, "has no 3 plain numbers in line 2"),
        ("R_K,C9_mu,log_likelihood\n1,2,\u22123\n", {}, "in line 2: '\u2212', U+2212 MINUS SIGN"),
        ("R_K,C9_mu,log_likelihood\n1,2,3\n1,2,4\n", {}, "does not have each point of a grid once"),
        ("R_K,C9_mu,log_likelihood\n1,2,3\n2,3,4\n", {}, "does not have each point of a grid once"),
        ("R_K,C9_mu,log_likelihood\n", {}, "does not have each point of a grid once"),
        ("R_K,C9_mu,log_likelihood\n1,2,nan\n2,2,4\n1,3,2\n2,3,1\n", {}, "must be finite"),
        ("x", {"file": "../table.csv"}, "is no file in the folder of the TOML file"),
        ("x", {"file": "/etc/passwd"}, "is no file in the folder of the TOML file"),
        ("x", {"file": "absent.csv"}, "is no file in the folder of the TOML file"),
        ("\n" * 1_000_001, {}, "is larger than 1000 kB"),
    ],
)
def test_mistakes_of_a_csv_file(csv: str, changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "table.csv").write_text(csv)
    with pytest.raises(InputError) as error:
        load_likelihood_set(write(tmp_path / "folder", csv, **changes), PAPER)
    assert any(message in p.message for p in error.value.problems), error.value
    assert all(p.key.startswith("measurement.term") for p in error.value.problems)


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        (LINE | {"grid": [[0.5, 0.5, 1.0, 1.6]]}, "grid[0]", "must increase"),
        (LINE | {"grid": [[0.5, 0.7, 1.6, 1.0]]}, "grid[0]", "must increase"),
        (LINE | {"grid": [[0.5]]}, "grid[0]", "too few entries"),
        (LINE | {"grid": [[-1e308, 0.7, 1.0, 1e308]]}, "grid[0]", "must increase"),
        (LINE | {"grid": [[0.5, 0.7, 1.0, math.inf]]}, "grid[0][3]", "must be finite"),
        (LINE | {"grid": [X, X]}, "grid", "has 2 axes for 1 observables"),
        (LINE | {"log_likelihood": [[0.0] * 4] * 2}, "log_likelihood", "has 2 rows for 1"),
        (LINE | {"log_likelihood": [[0.0] * 3]}, "log_likelihood", "a row that is not 4 long"),
        (LINE | {"log_likelihood": [[0.0, 1.0, -math.inf, 0.0]]}, "log_likelihood[0][2]", "must be finite"),
        (LINE | {"outside": "ignore"}, "outside", "must be 'refuse' or 'nearest'"),
        (LINE | {"outside": None}, "outside", "required key is missing"),
        (LINE | {"observables": ["R_K", "R_K"], "grid": [X, Y], "log_likelihood": VALUES}, "observables", "named more than once"),
        (PLANE | {"grid": [[*np.arange(200.0)]] * 2}, "grid", "has 40000 points, more than 10000"),
        (LINE | {"file": "x.csv"}, "file", "stands in the place of grid"),
        (COUNT | {"observed": -1}, "observed", "must be at least 0"),
        (COUNT | {"observed": 2.5}, "observed", "must be a whole number"),
        (COUNT | {"observed": 10**6}, "observed", "must be at most 1000"),
        (COUNT | {"background": -1.0}, "background", "must be at least 0"),
        (COUNT | {"background": 0.0}, "background_error", "too large for a background of 0"),
        (COUNT | {"background": None}, "background", "required key is missing"),
        (COUNT | {"background_error": 0.0}, "background_error", "must be greater than 0"),
        (COUNT | {"scale": 0.0}, "scale", "must be greater than 0"),
        (COUNT | {"cut": True}, "cut", "unknown key"),
    ],
)
def test_one_mistake_is_reported_alone_with_its_key(table: dict[str, Any], key: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        settings_of(**table)
    (problem,) = error.value.problems
    assert problem.key == f"measurement.term.{key}"
    assert message in problem.message
    assert problem.remedy


SIGNALS = np.array([0.0, 1e-6, 0.5, 2, 4.5, 7, 15, 60])


def relative(log_likelihood: np.ndarray) -> np.ndarray:
    return log_likelihood - log_likelihood[3]


@pytest.mark.parametrize(("n", "b"), [(0, 0.0), (0, 3.0), (4, 2.5), (7, 1e-9), (150, 80.0), (1000, 0.5)])
def test_a_known_background_gives_a_poisson_distribution(n: int, b: float) -> None:
    likelihood = likelihood_of(**COUNT | {"observed": n, "background": b, "background_error": None})
    found, violation = evaluated(likelihood, BR_Bs_mumu=SIGNALS / 1e9)
    np.testing.assert_allclose(relative(found), relative(stats.poisson.logpmf(n, SIGNALS + b)), rtol=1e-9, atol=1e-9)
    best = max(n - b, 0.0)
    assert evaluated(likelihood, BR_Bs_mumu=best / 1e9)[0] == pytest.approx(0, abs=1e-9)
    assert (found <= 0).all()
    assert not violation.any()


@pytest.mark.parametrize(("n", "b", "error"), [(0, 3.0, 1.0), (4, 2.5, 0.9), (3, 0.5, 2.0), (30, 12.0, 4.0), (7, 2.0, 1e-7)])
def test_a_background_with_an_error_is_integrated_out(n: int, b: float, error: float) -> None:
    likelihood = likelihood_of(**COUNT | {"observed": n, "background": b, "background_error": error})
    found = evaluated(likelihood, BR_Bs_mumu=SIGNALS / 1e9)[0]
    shape = (b / error) ** 2
    if error < 1e-3:
        expected = stats.poisson.logpmf(n, SIGNALS + b)
    else:
        # The gamma distribution by its quantiles, so that a peak at 0 can be integrated.
        quantile = stats.gamma(shape, scale=b / shape).ppf
        expected = np.log([quad(lambda q, s=s: stats.poisson.pmf(n, s + quantile(q)), 0, 1, epsabs=0, limit=200)[0] for s in SIGNALS])
    np.testing.assert_allclose(relative(found), relative(expected), rtol=1e-5, atol=1e-6)
    fine = evaluated(likelihood, BR_Bs_mumu=np.linspace(0, n + 1, 5001) / 1e9)[0]
    assert fine.max() == pytest.approx(0, abs=1e-6)
    assert (fine <= 0).all()


def test_the_on_off_measurement_of_loredo() -> None:
    n, off, tau = 5, 9, 3.0
    count = COUNT | {"observed": n, "background": (off + 1) / tau, "background_error": math.sqrt(off + 1) / tau}
    found = evaluated(likelihood_of(**count), BR_Bs_mumu=SIGNALS / 1e9)[0]
    i = np.arange(n + 1)
    coefficients = [(1 + tau) ** k * math.factorial(n + off - k) / math.factorial(n - k) for k in i]
    expected = np.log([sum(c * s**k * math.exp(-s) / math.factorial(k) for k, c in zip(i, coefficients, strict=True)) for s in SIGNALS])
    np.testing.assert_allclose(relative(found), relative(expected), rtol=1e-10, atol=1e-12)


def test_a_negative_signal_counts_as_none_and_what_does_not_exist_is_excluded() -> None:
    found = evaluated(likelihood_of(**COUNT), BR_Bs_mumu=[-1e-9, -math.inf, 0, math.inf, math.nan])[0]
    assert found[0] == found[1] == found[2] > -math.inf
    assert found[3] == found[4] == -math.inf


def test_pulls_marks_and_texts_of_a_count() -> None:
    likelihood = likelihood_of(**COUNT | {"background_error": None})
    for signal, sign in ((1.0, -1), (12.0, 1)):
        (pull,) = pulls(likelihood, rows(BR_Bs_mumu=signal / 1e9)[0])
        chi2 = -2 * (stats.poisson.logpmf(7, signal + 2.5) - stats.poisson.logpmf(7, 7))
        assert pull.sigmas == pytest.approx(sign * math.sqrt(chi2), rel=1e-6)
    (m,) = settings_of(**COUNT).measurements
    value, limits = m.marks(0)
    error = math.sqrt(7 + 0.9**2)
    assert value == pytest.approx((4.5e-9, (4.5 - error) * 1e-9, (4.5 + error) * 1e-9))
    assert limits == ()
    assert m.texts() == ("7 events, background 2.5 +- 0.9",)


@pytest.mark.parametrize("error", [None, 1.2])
def test_counts_are_drawn_as_their_likelihood_says(error: float | None) -> None:
    likelihood = likelihood_of(**COUNT | {"background_error": error})
    (m,) = likelihood.settings.measurements
    signal, b = 3.0, 2.5
    drawn = m.draw(np.full((20_000, 1), signal / 1e9), np.random.default_rng(3))[:, 0] * 1e9 + b
    counts = np.bincount(np.rint(drawn).astype(int), minlength=13)[:13]
    np.testing.assert_allclose(drawn, np.rint(drawn), atol=1e-6)
    if error is None:
        expected = stats.poisson.pmf(np.arange(13), signal + b)
    else:
        shape = (b / error) ** 2
        background = stats.nbinom.pmf(np.arange(40), shape, shape / b / (1 + shape / b))
        expected = np.convolve(background, stats.poisson.pmf(np.arange(40), signal))[:13]
    np.testing.assert_allclose(counts / 20_000, expected, atol=4.5 * math.sqrt(0.2 / 20_000))
    synthetic = synthetic_likelihood(likelihood, rows(BR_Bs_mumu=signal / 1e9)[0], np.random.default_rng(4)).settings
    assert parse_likelihood_set(synthetic.to_dict(), "mine.toml", PAPER) == synthetic
    with pytest.raises(ArgumentError, match="more than 1000 events"):
        synthetic_likelihood(likelihood, rows(BR_Bs_mumu=1.0)[0], np.random.default_rng(4))
