"""Measurement files: what is read from them, and every mistake that they can hold."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from lqbayes.input.errors import InputError
from lqbayes.input.extends import read_document
from lqbayes.input.problems import Problem
from lqbayes.input.shipped import shipped_names
from lqbayes.likelihood.file import load_likelihood_set, model_of, parse_likelihood_set
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement
from lqbayes.models.three_leptoquarks.model import PAPER

FILE = "mine.toml"
ORDER = ("delta_a_mu C9_C10_mu R_K BR_mu_egamma BR_tau_mugamma BR_tau_egamma dm_K dm_Bd dm_Bs dm_D g_max").split()


def paper(name: str = "paper", **changes: dict[str, Any]) -> dict[str, Any]:
    """Contents of a shipped file with changed keys in its measurements; a value None takes the key away."""
    data = read_document("likelihoods", name, PAPER.name).data
    for table in data["measurement"]:
        for key, value in changes.pop(table["name"], {}).items():
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
    assert not changes
    return data


def measurement(**changes: Any) -> dict[str, Any]:
    """One more measurement, made of data of its own."""
    table = {
        "name": "extra",
        "observable": "BR_Bs_mumu",
        "form": "gaussian",
        "value": 3e-9,
        "error": 3e-10,
        "unit": "1",
        "source": "nobody",
        "data": ["new_data"],
    }
    return {key: value for key, value in (table | changes).items() if value is not None}


def with_extra(data: dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    data["data"].setdefault("new_data", "measured tomorrow")
    data["measurement"].append(measurement(**changes))
    return data


def problems(data: dict[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as error:
        parse_likelihood_set(data, FILE, PAPER)
    assert str(error.value).count("\n") == len(error.value.problems) - 1
    assert all(problem.file == FILE and problem.message and problem.remedy for problem in error.value.problems)
    return error.value.problems


def only_extra(**changes: Any) -> Measurement:
    (found,) = parse_likelihood_set(
        {"title": "x", "data": {"new_data": "x"}, "measurement": [measurement(**changes)]}, FILE, PAPER
    ).measurements
    return found


def terms(likelihood: LikelihoodSet) -> dict[str, Measurement]:
    return {term.name: term for term in likelihood.measurements}


@pytest.mark.parametrize("name", shipped_names("likelihoods", PAPER.name))
def test_shipped_sets_load_and_say_where_every_number_is_from(name: str) -> None:
    likelihood = load_likelihood_set(name, model_of(name, PAPER))
    assert likelihood.name == name
    assert all(term.source for term in likelihood.measurements)
    assert all(term.data for term in likelihood.measurements if term.form != "hard-bound")


def test_order_of_the_terms() -> None:
    assert [term.name for term in load_likelihood_set("paper", PAPER).measurements] == ORDER
    without = [name for name in ORDER if name != "R_K"]
    assert [term.name for term in load_likelihood_set("paper-global", PAPER).measurements] == without


def test_paper_has_the_published_numbers() -> None:
    found = terms(load_likelihood_set("paper", PAPER))
    assert (found["delta_a_mu"].centre, found["delta_a_mu"].sigma_plus) == ((25.1e-10,), (5.9e-10,))
    wilson = found["C9_C10_mu"]
    assert wilson.observables == ["C9_mu", "C10_mu"]
    assert (wilson.centre, wilson.sigma_plus) == ((-0.864, 0.342), (0.182, 0.226))
    assert wilson.correlation == [[1, 0.157], [0.157, 1]]
    assert found["R_K"].sigma_plus[0] == pytest.approx(math.sqrt(0.042**2 + 0.013**2), rel=1e-15)
    assert found["R_K"].sigma_minus[0] == pytest.approx(math.sqrt(0.039**2 + 0.012**2), rel=1e-15)
    assert found["R_K"].plus == {"statistical": 0.042, "systematic": 0.013}
    for name, limit in (("BR_mu_egamma", 4.2e-13), ("BR_tau_mugamma", 4.4e-8), ("BR_tau_egamma", 3.3e-8)):
        assert (found[name].limit, found[name].cl, found[name].modulus) == (limit, 0.9, False)
        assert found[name].sigma_plus[0] == pytest.approx(limit / 1.6448536269514722, rel=1e-12)
    for name, limit in (("dm_K", 3.48e-15), ("dm_D", 6.25e-15)):
        assert (found[name].limit, found[name].cl, found[name].modulus) == (limit, 0.95, True)
        assert found[name].sigma_plus[0] == pytest.approx(limit / 1.959963984540054, rel=1e-12)
    for name, lower, upper in (("dm_Bd", -1.85e-13, 4.05e-14), ("dm_Bs", -2.77e-12, 1.07e-12)):
        assert (found[name].lower, found[name].upper, found[name].centre) == (lower, upper, (0,))
        assert found[name].sigma_minus[0] == pytest.approx(-lower / 1.959963984540054, rel=1e-12)
        assert found[name].sigma_plus[0] == pytest.approx(upper / 1.959963984540054, rel=1e-12)
    assert (found["g_max"].form, found["g_max"].upper) == ("hard-bound", math.sqrt(4 * math.pi))
    for name in ("dm_K", "dm_Bd", "dm_Bs", "dm_D"):
        assert "no CL printed; 95 % taken" in found[name].source


def test_the_global_set_differs_in_the_wilson_coefficients_only() -> None:
    paper_terms, global_terms = terms(load_likelihood_set("paper", PAPER)), terms(load_likelihood_set("paper-global", PAPER))
    wilson = global_terms.pop("C9_C10_mu")
    assert (wilson.centre, wilson.sigma_plus) == ((-0.668, 0.238), (0.167, 0.144))
    assert wilson.correlation == [[1, 0.557], [0.557, 1]]
    assert all(paper_terms[name] == term for name, term in global_terms.items())


@pytest.mark.parametrize("cl", [0.5, 0.6827, 0.9, 0.95, 0.99, 0.999999])
def test_half_normals_hold_the_confidence_level(cl: float) -> None:
    limit = only_extra(form="upper-limit", value=None, error=None, limit=2e-9, cl=cl)
    assert 2 * norm.cdf(2e-9 / limit.sigma_plus[0]) - 1 == pytest.approx(cl, rel=1e-6)
    sides = only_extra(form="interval", value=None, error=None, lower=1e-9, centre=2e-9, upper=5e-9, cl=cl)
    assert 2 * norm.cdf(1e-9 / sides.sigma_minus[0]) - 1 == pytest.approx(cl, rel=1e-6)
    assert 2 * norm.cdf(3e-9 / sides.sigma_plus[0]) - 1 == pytest.approx(cl, rel=1e-6)


def test_below_its_centre_an_upper_limit_penalises_nothing() -> None:
    assert only_extra(form="upper-limit", value=None, error=None, limit=2e-9, cl=0.9).sigma_minus == (math.inf,)


def test_units_are_converted_with_errors_and_components() -> None:
    found = only_extra(
        observable="dm_Bs",
        form="split-normal",
        value=17.757,
        error=None,
        plus={"a": 0.3, "b": 0.4},
        minus=0.2,
        unit="ps^-1",
    )
    factor = 6.582119569e-13
    assert found.unit == "GeV"
    assert found.centre[0] == pytest.approx(17.757 * factor, rel=1e-9)
    assert found.sigma_plus[0] == pytest.approx(0.5 * factor, rel=1e-9)
    assert found.sigma_minus[0] == pytest.approx(0.2 * factor, rel=1e-9)
    assert found.plus["b"] == pytest.approx(0.4 * factor, rel=1e-9)
    assert found.minus == pytest.approx(0.2 * factor, rel=1e-9)
    limit = only_extra(observable="dm_K", form="upper-limit", value=None, error=None, limit=3.48e-6, cl=0.9, unit="eV")
    assert limit.limit == pytest.approx(3.48e-15, rel=1e-15)
    bound = only_extra(observable="dm_K", form="hard-bound", value=None, error=None, lower=-2, upper=1, unit="TeV")
    assert (bound.lower, bound.upper, bound.centre) == (-2000, 1000, ())


def test_a_pure_number_needs_no_unit() -> None:
    assert only_extra(unit=None) == only_extra(unit="1")


def test_cuts() -> None:
    assert only_extra().cut is None
    assert only_extra(cut=2.0).cut == 2.0
    assert only_extra(form="upper-limit", value=None, error=None, limit=1e-8, cl=0.9, cut=True).cut is True
    assert only_extra(form="upper-limit", value=None, error=None, limit=1e-8, cl=0.9, cut=False).cut is False


def test_hard_limits_touch_limits_only() -> None:
    soft = load_likelihood_set("paper", PAPER)
    hard = terms(soft.with_hard_limits())
    limits = {"BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma", "dm_K", "dm_Bd", "dm_Bs", "dm_D"}
    assert {name for name, term in hard.items() if term.is_hard and term.form != "hard-bound"} == limits
    assert all(term == hard[name] for name, term in terms(soft).items() if name not in limits)
    assert not any(term.is_hard for term in soft.measurements if term.form != "hard-bound")


LIMIT = {"form": "upper-limit", "value": None, "error": None, "limit": 1e-8, "cl": 0.9}
INTERVAL = {"form": "interval", "value": None, "error": None, "lower": 1e-9, "upper": 4e-9, "centre": 3e-9, "cl": 0.9}
BOUND = {"form": "hard-bound", "value": None, "error": None, "upper": 1e-8}
SPLIT = {"form": "split-normal", "error": None, "plus": 1e-9, "minus": 1e-9}
PAIR = {
    "form": "correlated-gaussian",
    "observable": None,
    "value": None,
    "error": None,
    "observables": ["C9_e", "C10_e"],
    "values": [0.1, 0.2],
    "errors": [0.1, 0.2],
    "correlation": [[1, 0.5], [0.5, 1]],
}


@pytest.mark.parametrize("form", [{}, LIMIT, INTERVAL, BOUND, SPLIT, PAIR])
def test_the_forms_below_are_right_before_they_are_spoilt(form: dict[str, Any]) -> None:
    assert parse_likelihood_set(with_extra(paper(), **form), FILE, PAPER).measurements[-1].name == "extra"


@pytest.mark.parametrize(
    ("changes", "key", "message", "remedy"),
    [
        ({"observable": "BR_Bs_mumy"}, "observable", "there is no observable 'BR_Bs_mumy' of the model three-leptoquarks", "'BR_Bs_mumu'?"),
        (
            {"observable": "C9\u2212mu"},
            "observable",
            "no observable 'C9\u2212mu'",
            "it has '\u2212', U+2212 MINUS SIGN; did you mean 'C9_mu'?",
        ),
        (
            {"form": "split\u2011normal"},
            "form",
            "unknown form",
            "it has '\u2011', U+2011 NON-BREAKING HYPHEN; did you mean 'split-normal'?",
        ),
        ({"v\u0430lue": 1.0}, '"v\\u0430lue"', "unknown key", "U+0430 CYRILLIC SMALL LETTER A; did you mean 'value'?"),
        ({"observable": None}, "observable", "required key is missing", "add observable"),
        ({"name": "my term"}, "name", "'my term' is not an identifier", "letters, digits and underscores"),
        ({"form": "gausian"}, "form", "unknown form 'gausian'", "did you mean 'gaussian'?"),
        ({"form": None}, "form", "required key is missing", "correlated-gaussian"),
        ({"form": ["gaussian"]}, "form", "unknown form ['gaussian']", "choose from"),
        ({"source": None}, "source", "required key is missing", "add source"),
        ({"source": ""}, "source", "must not be empty", "text"),
        ({"unit": "GeV"}, "unit", "unit of energy", "choose from: 1"),
        ({"observable": "dm_K", "unit": None}, "unit", "the unit is missing", 'unit = "GeV"'),
        ({"observable": "dm_K", "unit": "ps-1"}, "unit", "unknown unit 'ps-1'", "did you mean 'ps^-1'?"),
        ({"value": math.nan}, "value", "must be finite, not nan", "finite"),
        ({"value": "3"}, "value", "must be a number, not '3'", "without quotes"),
        ({"value": 1e308, "unit": "TeV", "observable": "dm_K"}, "", "too large or too small in the unit GeV", "unit"),
        ({"error": -1}, "error", "must be greater than 0, not -1", "greater than 0"),
        ({"error": 5e-324, "unit": "eV", "observable": "dm_K"}, "", "too large or too small", "unit"),
        ({"error": math.inf}, "error", "must be finite", "finite"),
        ({"error": None}, "error", "required key is missing", "add error"),
        ({"error": {"statistical": 0.1, "systematic": 0}}, "error.systematic", "must be greater than 0", "greater"),
        ({"error": {}}, "error", "too few entries (0)", "at least 1"),
        ({"error": {"plus": 0.1, "minus": 0.2}}, "error", "'plus' is not a part of an error", "form = 'split-normal'"),
        ({"error": {"Up": 0.1}}, "error", "'Up' is not a part of an error", "form = 'split-normal'"),
        ({"error": {"stat": 0.1, "hi": 0.2}}, "error", "'hi' is not a part of an error", "form = 'split-normal'"),
        ({"error": {"stat_up": 0.1, "stat_down": 0.2}}, "error", "'stat_up' is not a part", "form = 'split-normal'"),
        ({"error": {"lower_error": 0.1}}, "error", "'lower_error' is not a part", "form = 'split-normal'"),
        ({"error": {"stat+": 0.1}}, "error", "'stat+' is not a part", "form = 'split-normal'"),
        ({"error": {"sigmaPlus": 0.1}}, "error", "'sigmaPlus' is not a part", "form = 'split-normal'"),
        ({"error": {"errup": 0.1, "errdown": 0.2}}, "error", "'errup' is not a part", "form = 'split-normal'"),
        ({"error": {"up_variation": 0.1}}, "error", "'up_variation' is not a part", "form = 'split-normal'"),
        ({"error": {"upper_limit": 0.1}}, "error", "'upper_limit' is not a part", "form = 'split-normal'"),
        ({"error": {"eplus": 0.1, "eminus": 0.2}}, "error", "'eplus' is not a part", "form = 'split-normal'"),
        ({"error": {"errp": 0.1, "errm": 0.2}}, "error", "'errp' is not a part", "form = 'split-normal'"),
        ({"error": {"p": 0.1, "m": 0.2}}, "error", "'p' is not a part", "form = 'split-normal'"),
        ({"error": {"stat (+)": 0.1}}, "error", "'stat (+)' is not a part", "form = 'split-normal'"),
        ({"error": {"\u207a": 0.1, "\u207b": 0.2}}, "error", "'\u207a' is not a part", "form = 'split-normal'"),
        ({"error": {"stat \u2013": 0.1}}, "error", "'stat \u2013' is not a part", "form = 'split-normal'"),
        ({"error": {"\u2191": 0.1}}, "error", "'\u2191' is not a part", "form = 'split-normal'"),
        ({"error": {"max": 0.1, "min": 0.2}}, "error", "'max' is not a part", "form = 'split-normal'"),
        ({"error": {"covariance_matrix": 0.1}}, "error", "'covariance_matrix' is not a part", "form = 'correlated-gaussian'"),
        ({"error": {"fwhm": 0.1}}, "error", "'fwhm' is not a part", "the standard deviation"),
        ({"error": {"\u03c3\u00b2": 0.1}}, "error", "'\u03c3\u00b2' is not a part", "the standard deviation"),
        ({"error": {"68": 0.1, "95": 0.2}}, "error", "'68' is not a part", "with cl = ..."),
        ({"error": {"variance": 0.1}}, "error", "'variance' is not a part", "the standard deviation"),
        ({"error": {"percent": 10}}, "error", "'percent' is not a part", "in the unit of the value"),
        ({"error": {"stat": 0.1, "total": 0.2}}, "error", "'total' is not a part of an error", "write the total alone"),
        ({"error": {"covariance": 0.1}}, "error", "'covariance' is not a part", "form = 'correlated-gaussian'"),
        ({"error": [1]}, "error", "must be a number, not [1]", "number"),
        ({"err": 1}, "err", "unknown key", "did you mean 'error'?"),
        ({"plus": 1e-10}, "plus", "unknown key", "a 'split-normal' has it"),
        ({"correlation": 0.3}, "correlation", "unknown key", "a 'correlated-gaussian' has it"),
        ({"cut": True}, "cut", "must be a number, not true", "number"),
        ({"cut": -1.0}, "cut", "must be greater than 0", "greater than 0"),
        ({"data": None}, "data", "required key is missing", "add data"),
        ({"data": []}, "data", "too few entries (0)", "at least 1"),
        ({"data": "new_data"}, "data", "must be a list", "square brackets"),
        ({"data": ["new_data", "new_data"]}, "data", "new_data is named more than once", "once"),
        ({"data": ["new_data", "LHCb_RK_2012"]}, "data", "'LHCb_RK_2012' is not declared", "'LHCb_RK_2021'?"),
        ({"includes": ["RK"]}, "includes[0]", "there is no observable 'RK' of the model", "did you mean 'R_K'?"),
        (SPLIT | {"plus": -1e-9}, "plus", "must be greater than 0", "greater than 0"),
        (SPLIT | {"minus": 0}, "minus", "must be greater than 0", "greater than 0"),
        (LIMIT | {"limit": 0}, "limit", "must be greater than 0", "greater than 0"),
        (LIMIT | {"cl": 90}, "cl", "between 0 and 1, 90 does not", "0.9 for 90 %"),
        (LIMIT | {"cl": 1}, "cl", "between 0 and 1", "0.9 for 90 %"),
        (LIMIT | {"cl": 0.05}, "cl", "0.05 leaves out more than it holds", "write 0.95 if 5 % are left out"),
        (INTERVAL | {"cl": 0.3173}, "cl", "leaves out more than it holds", "write 0.6827"),
        (LIMIT | {"cl": 0.0}, "cl", "between 0 and 1", "0.9 for 90 %"),
        (LIMIT | {"cl": 1 - 1e-16}, "cl", "between 0 and 1", "0.9 for 90 %"),
        (LIMIT | {"cl": None}, "cl", "required key is missing", "add cl"),
        (LIMIT | {"cut": 2.0}, "cut", "must be true or false, not 2.0", "true or false"),
        (LIMIT | {"modulus": "yes"}, "modulus", "must be true or false, not 'yes'", "without quotes"),
        (INTERVAL | {"lower": 3e-9}, "lower", "must lie below the centre 3e-09", "centre"),
        (INTERVAL | {"upper": 2e-9}, "upper", "must lie above the centre 3e-09", "centre"),
        (BOUND | {"upper": None}, "", "needs an end", "lower = ..., upper = ..."),
        (BOUND | {"lower": 2e-8}, "lower", "must be less than upper", "exchange"),
        (BOUND | {"upper": -1, "modulus": True}, "upper", "a modulus is never below -1", "modulus"),
        (BOUND | {"cut": True}, "cut", "unknown key", "choose from"),
        (PAIR | {"observables": ["C9_e", "C9_e"]}, "observables", "C9_e is named more than once", "once"),
        (PAIR | {"observables": ["C9_e", "C10_em"]}, "observables[1]", "no observable 'C10_em'", "'C10_e'?"),
        (PAIR | {"observables": ["C9_e", "dm_K"]}, "observables", "different units (1, GeV)", "split"),
        (PAIR | {"values": [1]}, "values", "has 1 entries for 2 observables", "same order"),
        (PAIR | {"errors": [1, 1, 1]}, "errors", "has 3 entries for 2 observables", "same order"),
        (PAIR | {"errors": [1, 0]}, "errors[1]", "must be greater than 0", "greater than 0"),
        (PAIR | {"errors": [{"plus": 0.1, "minus": 0.2}, 0.2]}, "errors[0]", "'plus' is not a part of an error", "form = 'split-normal'"),
        (PAIR | {"errors": [1, {"stat": 0.1, "down": 0.2}]}, "errors[1]", "'down' is not a part of an error", "form = 'split-normal'"),
        (PAIR | {"correlation": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}, "correlation", "3 entries for 2", "same order"),
        (PAIR | {"correlation": [[1, 0.5], [0.5]]}, "correlation", "is not square", "one row"),
        (PAIR | {"correlation": [[1, 0.5], [0.4, 1]]}, "correlation", "not symmetric", "both sides"),
        (PAIR | {"correlation": [[1, 0.5], [0.5, 2]]}, "correlation", "diagonal", "write 1"),
        (PAIR | {"correlation": [[1, 1.5], [1.5, 1]]}, "correlation", "between -1 and 1", "covariances"),
        (PAIR | {"correlation": [[1, 1], [1, 1]]}, "correlation", "not positive definite", "signs"),
        (PAIR | {"correlation": [[1, "x"], [1, 1]]}, "correlation[0][1]", "must be a number", "number"),
    ],
)
def test_one_mistake_is_reported_alone_with_file_key_and_remedy(changes: dict[str, Any], key: str, message: str, remedy: str) -> None:
    data = with_extra(paper(), **changes)
    if "data" in changes and changes["data"] in (None, [], "new_data"):
        del data["data"]["new_data"]  # else it is reported as unused, too
    (problem,) = problems(data)
    name = changes.get("name", "extra")
    prefix = f"measurement.{name}" if name.isidentifier() else f'measurement."{name}"'
    assert problem.key == (f"{prefix}.{key}" if key else prefix)
    assert message in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("change", "key", "message", "remedy"),
    [
        ({"title": None}, "title", "required key is missing", "add title"),
        ({"titel": "x"}, "titel", "unknown key", "did you mean 'title'?"),
        ({"measurements": []}, "measurements", "unknown key", "did you mean 'measurement'?"),
        ({"measurement": None, "data": {}}, "measurement", "there is no measurement", "[[measurement]]"),
        ({"measurement": [], "data": {}}, "measurement", "there is no measurement", "[[measurement]]"),
        ({"measurement": {"name": "x"}, "data": {}}, "measurement", "must be a list of tables", "double brackets"),
        ({"measurement": [3], "data": {}}, "measurement[1]", "must be a table, not 3", "double brackets"),
        ({"data": 3}, "data", "must be a table, not 3", "name = value"),
    ],
)
def test_mistakes_at_the_top(change: dict[str, Any], key: str, message: str, remedy: str) -> None:
    (problem,) = problems({name: value for name, value in (paper() | change).items() if value is not None})
    assert problem.key == key
    assert message in problem.message
    assert remedy in problem.remedy


def test_unused_and_undescribed_data() -> None:
    data = paper()
    data["data"] |= {"CMS_RK_2024": "R_K", "MEG_2016": ""}
    found = {problem.key: problem for problem in problems(data)}
    assert set(found) == {"data.CMS_RK_2024", "data.MEG_2016"}
    assert "no measurement uses this data set" in found["data.CMS_RK_2024"].message
    assert "must not be empty" in found["data.MEG_2016"].message


def test_a_name_must_be_unique() -> None:
    (problem,) = problems(with_extra(paper(), name="R_K", observable="R_K"))
    assert problem.key == "measurement.R_K"
    assert "2 measurements have this name" in problem.message


def test_measurements_without_a_usable_name_are_counted() -> None:
    data = with_extra(paper(), name=None)
    (problem,) = problems(data)
    assert problem.key == "measurement[12].name"
    data = with_extra(paper(), name="R_K", value=math.inf)
    assert {problem.key for problem in problems(data)} == {"measurement.R_K", "measurement.R_K[12].value"}


def test_shared_data_are_refused_naming_both_measurements_the_data_and_the_reason() -> None:
    data = paper("paper-global")
    data["measurement"] += [table for table in paper()["measurement"] if table["name"] == "R_K"]
    (problem,) = problems(data)
    assert problem.key == "measurement.R_K.data"
    for word in ("'R_K'", "'C9_C10_mu'", "'LHCb_RK_2021'", "arXiv:2103.11769", "counted twice"):
        assert word in problem.message
    assert "remove one of the two" in problem.remedy


@pytest.mark.parametrize("observable", ["R_K", "BR_Bs_mumu"])
def test_what_a_global_fit_includes_may_not_stand_beside_it(observable: str) -> None:
    (problem,) = problems(with_extra(paper("paper-global"), observable=observable, value=0.9, error=0.1))
    assert problem.key == "measurement.extra"
    for word in ("'extra'", "'C9_C10_mu'", observable, "twice"):
        assert word in problem.message
    assert "remove one of the two" in problem.remedy


def test_two_measurements_of_one_observable_with_different_data_are_fine() -> None:
    likelihood = parse_likelihood_set(with_extra(paper(), observable="R_K", value=0.78, error=0.3), FILE, PAPER)
    assert [term.observables for term in likelihood.measurements].count(("R_K",)) == 2


def test_all_mistakes_are_reported_together_even_within_one_measurement() -> None:
    data = paper(
        R_K={"observable": "RK", "plus": {"statistical": -1}, "minus": "x", "data": ["MEG_2016", "nothing"]},
        dm_Bd={"lower": 1e-13, "source": None, "unit": "ps", "cl": 95},
        dm_K={"form": "upper_limit", "observable": "dm_Kaon", "source": None},
        C9_C10_mu={"values": [1], "errors": [0.1, -0.2], "correlation": [[1, 0.2], [0.3, 1]]},
    )
    del data["title"]
    assert sorted(problem.key for problem in problems(data)) == sorted(
        [
            "title",
            "data.LHCb_RK_2021",
            "measurement.R_K.observable",
            "measurement.R_K.plus.statistical",
            "measurement.R_K.minus",
            "measurement.R_K.data",
            "measurement.BR_mu_egamma.data",
            "measurement.dm_Bd.lower",
            "measurement.dm_Bd.source",
            "measurement.dm_Bd.unit",
            "measurement.dm_Bd.cl",
            "measurement.dm_K.form",
            "measurement.dm_K.observable",
            "measurement.dm_K.source",
            "measurement.C9_C10_mu.values",
            "measurement.C9_C10_mu.errors[1]",
            "measurement.C9_C10_mu.correlation",
        ]
    )


def test_load_reports_the_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("titel = 'x'\n")
    with pytest.raises(InputError) as error:
        load_likelihood_set(path, PAPER)
    assert {problem.file for problem in error.value.problems} == {str(path)}
    assert {problem.key for problem in error.value.problems} == {"titel", "title", "measurement"}


quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
words = st.sampled_from(["gaussian", "upper-limit", "interval", "hard-bound", "R_K", "dm_K", "GeV", "new_data", "x"])
scalars = st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.times(), words)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))
keys = st.sampled_from(
    sorted({key for form in ({}, LIMIT, INTERVAL, BOUND, SPLIT, PAIR) for key in measurement(**form)} | {"cut", "modulus"})
)


@quick
@given(st.dictionaries(st.sampled_from(["title", "name", "data", "measurement"]) | st.text(max_size=4), values, max_size=5))
def test_arbitrary_data_are_refused_with_nothing_but_input_errors(data: dict[str, Any]) -> None:
    assert problems(data)


@quick
@given(st.sampled_from([{}, LIMIT, INTERVAL, BOUND, SPLIT, PAIR]), st.dictionaries(keys, values, min_size=1, max_size=4))
def test_arbitrary_measurements_are_accepted_or_refused_with_input_errors(form: dict[str, Any], changes: dict[str, Any]) -> None:
    data = with_extra(paper(), **(form | changes))
    try:
        parse_likelihood_set(data, FILE, PAPER)
    except InputError as error:
        assert error.problems


positive = st.floats(min_value=0, allow_infinity=False)


@quick
@given(
    st.sampled_from([(LIMIT, ("limit", "cl")), (INTERVAL, ("lower", "centre", "upper", "cl")), (SPLIT, ("value", "plus", "minus"))]),
    st.lists(st.floats() | positive | st.floats(0, 1), min_size=4, max_size=4),
    st.sampled_from(["eV", "GeV", "TeV", "ps^-1"]),
)
def test_what_is_accepted_has_usable_widths(form: tuple[dict[str, Any], tuple[str, ...]], numbers: list[float], unit: str) -> None:
    table, names = form
    try:
        found = only_extra(**table | {"observable": "dm_K", "unit": unit} | dict(zip(names, numbers, strict=False)))
    except InputError:
        return
    assert all(map(math.isfinite, (*found.centre, *found.sigma_plus)))
    assert all(sigma > 0 for sigma in (*found.sigma_plus, *found.sigma_minus))


def test_parts_of_errors_may_have_the_names_of_their_origins() -> None:
    parts = {name: 0.1 for name in ("stat", "syst", "theory", "low_recoil", "light-cone", "right_handed", "down_quark", "B->K", "PDF")}
    parts |= {name: 0.1 for name in ("m_u", "m_d", "scale", "statistical", "systematic", "expected", "sigma_p", "uncertainty", "exp stat")}
    assert only_extra(error=parts).sigma_plus == (pytest.approx(0.1 * math.sqrt(18)),)
