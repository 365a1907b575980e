"""Prior files: what is read from them, and every mistake that they can hold."""

from __future__ import annotations

import math
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lqbayes.input.errors import InputError
from lqbayes.input.extends import is_pattern
from lqbayes.input.problems import Problem
from lqbayes.input.shipped import read_toml, resolve, shipped_names
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.models.three_leptoquarks.parameters import PARAMETERS
from lqbayes.prior.file import PriorSet, load_prior_set, parse_prior_set
from lqbayes.prior.prior import Prior

FILE = "mine.toml"


def paper(**changes: dict[str, Any] | None) -> dict[str, Any]:
    """Contents of the shipped file with changed keys in the lines of parameters; a value None takes the key away."""
    data = read_toml(resolve("priors", "paper", PAPER.name))
    patterns = {key: entry for key, entry in data["parameters"].items() if is_pattern(key)}
    lines = {p.name: dict(entry) for p in PAPER.parameters for key, entry in patterns.items() if fnmatch(p.name, key)}
    data["parameters"] = {key: entry for key, entry in data["parameters"].items() if key not in patterns} | lines
    for name, change in changes.items():
        if change is None:
            del data["parameters"][name]
            continue
        line = data["parameters"].setdefault(name, {})
        for key, value in change.items():
            if value is None:
                line.pop(key, None)
            else:
                line[key] = value
    return data


def line(distribution: str, **numbers: Any) -> dict[str, Any]:
    """Change of a line to another distribution."""
    absent: dict[str, Any] = dict.fromkeys(("range", "sign", "value", "error", "plus", "minus"))
    return absent | {"distribution": distribution} | numbers


def problems(data: dict[str, Any]) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as error:
        parse_prior_set(data, FILE, PAPER)
    assert str(error.value).count("\n") == len(error.value.problems) - 1
    return error.value.problems


def by_name(priors: PriorSet) -> dict[str, Any]:
    return {prior.name: prior for prior in priors.parameters}


@pytest.mark.parametrize("name", shipped_names("priors", PAPER.name))
def test_shipped_sets_hold_all_parameters_in_order(name: str) -> None:
    priors = load_prior_set(name, PAPER)
    assert priors.name == name
    assert [prior.name for prior in priors.parameters] == [parameter.name for parameter in PARAMETERS]
    assert all(prior.source for prior in priors.parameters)


def test_paper_has_the_published_numbers_in_canonical_units() -> None:
    priors = by_name(load_prior_set("paper", PAPER))
    assert (priors["M_LQ"].lower, priors["M_LQ"].upper, priors["M_LQ"].sign) == (1000, 5000, "positive")
    assert (priors["delta_m_B1"].distribution, priors["delta_m_B1"].value) == ("fixed", 10)
    assert (priors["f_11"].lower, priors["f_11"].upper, priors["f_11"].sign) == (1e-7, 1e-3, "either")
    for name in ("h_12", "h_31", "ht_13", "ht_21"):
        assert (priors[name].lower, priors[name].upper) == (1e-7, 1e-3)
    for name in ("h_22", "h_32", "ht_23", "ht_33"):
        assert (priors[name].lower, priors[name].upper) == (1e-5, math.sqrt(4 * math.pi))
    assert (priors["s12sq"].value, priors["s12sq"].plus, priors["s12sq"].minus) == (0.304, 0.012, 0.012)
    delta = priors["delta_CP"]
    assert math.degrees(delta.value) == pytest.approx(197, rel=1e-14)
    assert (math.degrees(delta.plus), math.degrees(delta.minus)) == pytest.approx((27, 24), rel=1e-14)
    assert priors["dm3l"].value > 0
    circle = priors["A_12_arg"]
    assert (circle.distribution, circle.lower, circle.upper, circle.value, circle.sign) == ("circle", *[None] * 4)


def test_the_other_shipped_sets_differ_where_they_say() -> None:
    standard, inverted = by_name(load_prior_set("paper", PAPER)), by_name(load_prior_set("paper-inverted", PAPER))
    positive = by_name(load_prior_set("paper-positive", PAPER))
    changed = {name for name in standard if standard[name].value != inverted[name].value}
    assert changed == {"s23sq", "s13sq", "delta_CP", "dm3l"}
    assert (inverted["dm3l"].value, inverted["dm3l"].plus) == (-2.498e-3, 0.028e-3)
    couplings = [name for name in standard if name.startswith(("f_", "h_", "ht_"))]
    assert len(couplings) == 27
    assert {positive[name].sign for name in couplings} == {"positive"}
    assert {standard[name].sign for name in couplings} == {"either"}


def test_units_are_converted() -> None:
    priors = by_name(
        parse_prior_set(
            paper(
                M_LQ={"range": [1, 5], "unit": "TeV"},
                m_lightest={"range": [1e-4, 1e-3], "unit": "eV"},
                A_12_abs={"range": [1e-4, 1e2], "unit": "eV"},
                alpha_1=line("uniform", range=[-1, 2], unit="deg"),
            ),
            FILE,
            PAPER,
        )
    )
    assert (priors["M_LQ"].lower, priors["M_LQ"].upper) == (1000, 5000)
    assert (priors["A_12_abs"].lower, priors["A_12_abs"].upper) == pytest.approx((1e-13, 1e-7), rel=1e-15)
    assert (priors["alpha_1"].lower, priors["alpha_1"].upper) == (-math.radians(1), math.radians(2))
    assert priors["alpha_1"].sign is None


def test_name_is_that_of_the_file_unless_given() -> None:
    assert parse_prior_set(paper(), "some/where/mine.toml", PAPER).name == "mine"
    assert parse_prior_set(paper() | {"name": "ours"}, "mine.toml", PAPER).name == "ours"


@pytest.mark.parametrize(
    ("changes", "key", "message", "remedy"),
    [
        ({"M_LQ": None}, "M_LQ", "the parameter is missing", "add a line"),
        ({"h_23x": {"value": 1}}, "h_23x", "no such parameter", "did you mean 'h_23'?"),
        ({"M_LQ": {"unit": None}}, "M_LQ.unit", "the unit is missing", 'unit = "GeV"'),
        ({"M_LQ": {"unit": "Gev"}}, "M_LQ.unit", "unknown unit 'Gev'", "did you mean 'GeV'?"),
        ({"M_LQ": {"unit": "rad"}}, "M_LQ.unit", "is a unit of angle", "GeV"),
        ({"M_LQ": {"unit": 1}}, "M_LQ.unit", "must be text, not 1", "quotes"),
        ({"A_12_arg": {"unit": "GeV"}}, "A_12_arg.unit", "unit of energy", "rad"),
        ({"h_23": {"source": None}}, "h_23.source", "required key is missing", "add source"),
        ({"h_23": {"source": " "}}, "h_23.source", "must not be empty", "write the text"),
        ({"h_23": {"distribution": None}}, "h_23.distribution", "required key is missing", "log-uniform"),
        ({"h_23": {"distribution": "log_uniform"}}, "h_23.distribution", "unknown distribution", "'log-uniform'?"),
        ({"h_23": {"distribution": 3}}, "h_23.distribution", "unknown distribution 3", "choose from: log-uniform"),
        ({"h_23": {"rnage": [1, 2]}}, "h_23.rnage", "unknown key", "did you mean 'range'?"),
        ({"h_23": {"value": 1.0}}, "h_23.value", "unknown key", "choose from"),
        ({"h_23": {"range": None}}, "h_23.range", "required key is missing", "add range"),
        ({"h_23": {"range": 3}}, "h_23.range", "must be a list, not 3", "square brackets"),
        ({"h_23": {"range": [1e-3]}}, "h_23.range", "too few entries (1)", "at least 2"),
        ({"h_23": {"range": [1e-3, 0.1, 1]}}, "h_23.range", "too many entries (3)", "at most 2"),
        ({"h_23": {"range": [1e-3, "1"]}}, "h_23.range[1]", "must be a number, not '1'", "without quotes"),
        ({"h_23": {"range": [1e-3, math.inf]}}, "h_23.range[1]", "must be finite, not inf", "finite"),
        ({"h_23": {"range": [1e-3, math.nan]}}, "h_23.range[1]", "must be finite, not nan", "finite"),
        ({"h_23": {"range": [1e-3, 10**400]}}, "h_23.range[1]", "must be a number", "number"),
        ({"h_23": {"range": [1e-3, True]}}, "h_23.range[1]", "must be a number, not true", "number"),
        ({"h_23": {"range": [1, 1e-3]}}, "h_23.range", "must increase", "smaller number first"),
        ({"h_23": {"range": [1, 1]}}, "h_23.range", "must increase", "smaller number first"),
        ({"h_23": {"range": [0, 1]}}, "h_23.range", "must be above 0", "uniform"),
        ({"h_23": {"range": [-1, 1]}}, "h_23.range", "must be above 0", "uniform"),
        ({"h_23": line("uniform", range=[-1, 1], sign="either")}, "h_23.range", "-1 is below 0", "leave sign out"),
        ({"h_23": {"sign": "both"}}, "h_23.sign", "'positive', 'either' or 'negative', not 'both'", "choose from"),
        ({"h_23": {"sign": "Positive"}}, "h_23.sign", "not 'Positive'", "did you mean 'positive'?"),
        ({"s12sq": {"sign": "either"}}, "s12sq.sign", "unknown key", "choose from"),
        ({"s12sq": {"plus": 0.1}}, "s12sq.plus", "unknown key", "a 'split-normal' has it"),
        ({"s12sq": {"error": 0}}, "s12sq.error", "must be greater than 0, not 0", "greater than 0"),
        ({"s23sq": {"plus": -0.1}}, "s23sq.plus", "must be greater than 0, not -0.1", "greater than 0"),
        ({"s23sq": {"minus": -0.1}}, "s23sq.minus", "must be greater than 0, not -0.1", "greater than 0"),
        ({"s12sq": {"value": 1.2}}, "s12sq.value", "1.2 leaves the physical range of s12sq, 0 to 1", "correct"),
        ({"s12sq": line("uniform", range=[0.2, 1.2])}, "s12sq.range", "leaves the physical range", "correct"),
        ({"M_LQ": {"range": [1e-3, 1]}}, "M_LQ.range", "leaves the physical range of M_LQ", "unit"),
        ({"M_LQ": {"sign": "either"}}, "M_LQ.range", "-5000 to -1000 GeV leaves the physical range", "sign"),
        ({"M_LQ": line("fixed", value=-1000)}, "M_LQ.value", "-1000 GeV leaves the physical range", "sign"),
        ({"alpha_1": line("circle")}, "alpha_1.distribution", "angles on the full circle", "uniform"),
        ({"delta_CP": line("uniform", range=[-10, 10], unit="rad")}, "delta_CP.range", "more than a full", "circle"),
        ({"dm3l": line("uniform", range=[-0.003, 0.003])}, "dm3l.range", "must not change its sign", "one sign"),
        ({"dm3l": line("log-uniform", range=[0.002, 0.003], sign="either")}, "dm3l.range", "sign", "two runs"),
        ({"dm3l": line("normal", value=2.5e-3, error=1e-3)}, "dm3l.value", "must not change its sign", "one sign"),
        ({"dm3l": line("fixed", value=0)}, "dm3l.value", "or vanish", "one sign"),
        ({"delta_m_B1": {"value": 1e300, "unit": "TeV"}}, "delta_m_B1.value", "leaves the physical range", "unit"),
        ({"m_lightest": {"range": [1e-300, 1e-290], "unit": "eV^2"}}, "m_lightest.unit", "squared energy", "eV"),
        ({"A_12_abs": {"range": [5e-324, 1e-7], "unit": "eV"}}, "A_12_abs.range", "must be above 0", "start it above"),
    ],
)
def test_one_mistake_is_reported_alone_with_file_key_and_remedy(changes: dict[str, Any], key: str, message: str, remedy: str) -> None:
    (problem,) = problems(paper(**changes))
    assert problem.file == FILE
    assert problem.key == f"parameters.{key}"
    assert message in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    ("change", "key", "message", "remedy"),
    [
        ({"title": None}, "title", "required key is missing", "add title"),
        ({"title": 3}, "title", "must be text", "quotes"),
        ({"titel": "x"}, "titel", "unknown key", "did you mean 'title'?"),
        ({"parameter": {}}, "parameter", "unknown key", "did you mean 'parameters'?"),
        ({"parameters": None}, "parameters", "required table is missing", "[parameters]"),
        ({"parameters": 3}, "parameters", "must be a table, not 3", "[parameters]"),
    ],
)
def test_mistakes_at_the_top(change: dict[str, Any], key: str, message: str, remedy: str) -> None:
    data = {name: value for name, value in (paper() | change).items() if value is not None}
    (problem,) = problems(data)
    assert (problem.file, problem.key) == (FILE, key)
    assert message in problem.message
    assert remedy in problem.remedy


def test_a_line_that_is_no_table() -> None:
    data = paper()
    data["parameters"]["h_23"] = 0.5
    (problem,) = problems(data)
    assert problem.key == "parameters.h_23"
    assert "must be a table, not 0.5" in problem.message


def test_every_missing_parameter_is_named() -> None:
    found = problems(paper() | {"parameters": {}})
    assert [problem.key for problem in found] == [f"parameters.{parameter.name}" for parameter in PARAMETERS]


def test_all_mistakes_are_reported_together_even_within_one_line() -> None:
    data = paper(
        M_LQ=None,
        oops={"value": 1},
        h_23={"source": None, "range": [1, 0.1], "sing": "either"},
        h_22={"distribution": "flat", "source": None},
        s23sq={"value": 2, "plus": "x", "minus": -1},
        dm21={"unit": "eV", "source": ""},
        alpha_21={"distribution": "circel"},
    )
    del data["title"]
    keys = {problem.key for problem in problems(data)}
    assert keys == {
        "title",
        *(
            f"parameters.{key}"
            for key in (
                "M_LQ",
                "oops",
                "h_23.source",
                "h_23.range",
                "h_23.sing",
                "h_22.distribution",
                "h_22.source",
                "s23sq.value",
                "s23sq.plus",
                "s23sq.minus",
                "dm21.unit",
                "dm21.source",
                "alpha_21.distribution",
            )
        ),
    }


def test_a_wrong_sign_word_does_not_bring_a_wrong_complaint_about_the_range() -> None:
    (problem,) = problems(paper(h_23=line("uniform", range=[-1, 1], sign="both")))
    assert problem.key == "parameters.h_23.sign"


def test_load_reports_the_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("title = 'x'\n")
    with pytest.raises(InputError) as error:
        load_prior_set(path, PAPER)
    assert {problem.file for problem in error.value.problems} == {str(path)}


scalars = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=8),
    st.dates(),
    st.sampled_from(["log-uniform", "uniform", "normal", "split-normal", "circle", "fixed", "either", "GeV", "deg", "1"]),
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3))
keys = st.sampled_from(["distribution", "range", "value", "error", "plus", "minus", "sign", "unit", "source", "x"])
numbers = st.lists(st.floats() | st.integers(), min_size=2, max_size=2)
lines = st.dictionaries(keys, values | numbers, max_size=7) | values
quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(st.dictionaries(st.sampled_from(["title", "name", "description", "parameters"]) | st.text(max_size=4), values, max_size=5))
def test_arbitrary_data_are_refused_with_nothing_but_input_errors(data: dict[str, Any]) -> None:
    found = problems(data)
    assert all(problem.file == FILE and problem.message and problem.remedy for problem in found)


@quick
@given(st.dictionaries(st.sampled_from([parameter.name for parameter in PARAMETERS]) | st.text(max_size=3), lines, max_size=4))
def test_arbitrary_lines_are_accepted_with_sound_numbers_or_refused_with_input_errors(changes: dict[str, Any]) -> None:
    data = paper()
    data["parameters"].update(changes)
    try:
        priors = parse_prior_set(data, FILE, PAPER)
    except InputError as error:
        assert error.problems
        assert all(problem.key.startswith("parameters.") for problem in error.problems)
        return
    for prior in priors.parameters:
        used = [x for x in (prior.lower, prior.upper, prior.value, prior.plus, prior.minus) if x is not None]
        assert all(map(math.isfinite, used))


@quick
@given(
    st.sampled_from(["M_LQ", "delta_m_B1", "h_23", "f_11", "s12sq", "delta_CP", "dm3l", "m_lightest"]),
    st.fixed_dictionaries(
        {"distribution": st.sampled_from(["log-uniform", "uniform"]), "range": numbers, "source": st.just("x")},
        optional={
            "sign": st.sampled_from(["either", "positive", "negative"]),
            "unit": st.sampled_from(["GeV", "TeV", "eV", "eV^2", "deg", "rad", "1"]),
        },
    ),
)
def test_an_accepted_range_is_usable(name: str, entry: dict[str, Any]) -> None:
    data = paper()
    data["parameters"][name] = entry
    try:
        priors = parse_prior_set(data, FILE, PAPER)
    except InputError:
        return
    prior = by_name(priors)[name]
    assert 0 < prior.upper - prior.lower < math.inf
    assert prior.distribution == "uniform" or prior.lower > 0


def test_a_pattern_is_for_parameters_without_a_line_of_their_own() -> None:
    data = paper()
    own = data["parameters"]["f_12"] | {"range": [1e-5, 1e-4]}
    wide = data["parameters"]["f_11"] | {"range": [1e-6, 1e-2]}
    rest = {key: entry for key, entry in data["parameters"].items() if not key.startswith("f_")}
    data["parameters"] = rest | {"f_*": wide, "f_12": own}
    found = by_name(parse_prior_set(data, FILE, PAPER))
    assert (found["f_11"].upper, found["f_33"].upper, found["f_12"].upper) == (1e-2, 1e-2, 1e-4)
    data["parameters"]["f_1?"] = wide
    (first, second) = problems(data)
    assert {first.message, second.message} == {"f_11 matches f_* too", "f_13 matches f_* too"}
    del data["parameters"]["f_1?"]
    data["parameters"]["k_*"] = wide
    (problem,) = problems(data)
    assert (problem.key, problem.message) == ('parameters."k_*"', "no parameter matches this pattern")


def test_a_prior_is_a_table_in_a_notebook() -> None:
    prior = Prior.load("paper", PAPER)
    entry = replace(prior.settings.parameters[0], source="<script>")
    page = Prior(replace(prior.settings, parameters=(entry, *prior.settings.parameters[1:])), PAPER)._repr_html_()
    assert page.count("<tr>") == len(PAPER.parameters) + 1
    assert "&lt;script&gt;" in page
    assert "<script" not in page
