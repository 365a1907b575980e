"""Files that extend others: what comes out of it, and every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.models.three_leptoquarks.model import PAPER
from lqbayes.prior.file import load_prior_set

TERM = """
[[measurement]]
name = "{name}"
observable = "{observable}"
form = "gaussian"
value = 0.9
error = 0.1
source = "x"
data = ["{data}"]
"""


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(['title = "mine"', *lines]), encoding="utf-8")
    return path


def problems(path: Path, kind: str = "likelihood") -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as error:
        (load_likelihood_set if kind == "likelihood" else load_prior_set)(path, PAPER)
    return [(Path(p.file).name, p.key, p.message) for p in error.value.problems]


def test_tables_are_removed_changed_replaced_and_added(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.toml",
        'extends = "paper"',
        'remove = ["C9_C10_mu"]',
        '[data]\nnew = "x"\nother = "y"',
        '[[measurement]]\nname = "delta_a_mu"\nvalue = 3e-9',
        TERM.format(name="R_K", observable="R_K", data="new"),
        TERM.format(name="extra", observable="R_K", data="other"),
    )
    found, paper = load_likelihood_set(path, PAPER), load_likelihood_set("paper", PAPER)
    old = {m.name: m for m in paper.measurements}
    new = {m.name: m for m in found.measurements}
    assert list(new) == [*(name for name in old if name != "C9_C10_mu"), "extra"]
    assert new["delta_a_mu"] == old["delta_a_mu"].model_copy(update={"value": 3e-9})
    assert (new["R_K"].form, new["R_K"].centre) == ("gaussian", (0.9,))
    assert all(new[name] == old[name] for name in new if name not in {"delta_a_mu", "R_K", "extra"})
    # Data sets that nothing uses any more are gone, those of the file stand last.
    assert found.data == {key: text for key, text in paper.data.items() if key not in {"bsmumu_2021", "LHCb_RK_2021"}} | {
        "new": "x",
        "other": "y",
    }
    assert (found.name, found.title, found.description) == ("mine", "mine", "")


def test_a_chain_of_files_by_relative_paths(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    write(tmp_path / "first.toml", 'extends = "paper"', 'remove = ["R_K"]')
    second = write(tmp_path / "below" / "second.toml", 'extends = "../first.toml"', 'remove = ["C9_C10_mu"]')
    names = {m.name for m in load_likelihood_set("paper", PAPER).measurements}
    assert {m.name for m in load_likelihood_set(second, PAPER).measurements} == names - {"R_K", "C9_C10_mu"}


def test_data_are_not_counted_twice_after_all_changes(tmp_path: Path) -> None:
    twice = write(tmp_path / "mine.toml", 'extends = "paper"', TERM.format(name="extra", observable="R_K", data="LHCb_RK_2021"))
    ((file, key, message),) = problems(twice)
    assert (file, key) == ("mine.toml", "measurement.extra.data")
    assert "counted twice" in message
    mended = write(
        tmp_path / "mine.toml", 'extends = "paper"', 'remove = ["R_K"]', TERM.format(name="extra", observable="R_K", data="LHCb_RK_2021")
    )
    load_likelihood_set(mended, PAPER)


def test_a_mistake_is_told_with_the_file_that_holds_it(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", 'extends = "paper"', '[[measurement]]\nname = "R_K"\nvalue = "x"')
    mine = write(tmp_path / "mine.toml", 'extends = "base.toml"', '[[measurement]]\nname = "R_K"\nplus = -1.0', '[data]\nunused = "x"')
    assert [(file, key) for file, key, _ in problems(mine)] == [
        ("base.toml", "measurement.R_K.value"),
        ("mine.toml", "measurement.R_K.plus"),
        ("mine.toml", "data.unused"),
    ]


def test_a_csv_file_stands_beside_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "table.csv").write_text("R_K,log_likelihood\n0.5,-2\n1,0\n2,-3\n")
    table = (
        '[[measurement]]\nname = "t"\nform = "tabulated"\nobservables = ["R_K"]\nfile = "table.csv"\noutside = "nearest"\nsource = "x"\n'
    )
    write(tmp_path / "base.toml", '[data]\nd = "x"', table + 'data = ["d"]')
    mine = write(tmp_path / "below" / "mine.toml", 'extends = "../base.toml"', '[[measurement]]\nname = "t"\noutside = "refuse"')
    (m,) = load_likelihood_set(mine, PAPER).measurements
    assert (m.to_dict()["grid"], m.to_dict()["outside"]) == ([[0.5, 1, 2]], "refuse")


@pytest.mark.parametrize(
    ("lines", "key", "message"),
    [
        (['extends = "papier"'], "extends", "no such file"),
        (["extends = 3"], "extends", "must be text, not 3"),
        (['extends = "mine.toml"'], "extends", "extends this file in turn"),
        (['extends = "paper"', 'remove = ["RK"]'], "remove", "has no 'RK'"),
        (['extends = "paper"', 'remove = "R_K"'], "remove", "must be a list of names"),
        (['remove = ["R_K"]'], "remove", "nothing to remove from"),
        (['extends = "paper"', "measurement = 3"], "measurement", "must be a list of tables"),
        (['extend = "paper"'], "extend", "unknown key"),
    ],
)
def test_mistakes_of_the_two_keys(lines: list[str], key: str, message: str, tmp_path: Path) -> None:
    found = problems(write(tmp_path / "mine.toml", *lines))
    assert ("mine.toml", key) in [(file, where) for file, where, _ in found]
    assert any(message in text for _, where, text in found if where == key)


def test_circles_and_long_chains_end(tmp_path: Path) -> None:
    write(tmp_path / "a.toml", 'extends = "b.toml"')
    write(tmp_path / "b.toml", 'extends = "a.toml"')
    assert problems(tmp_path / "a.toml")[0][:2] == ("b.toml", "extends")
    write(tmp_path / "0.toml", 'extends = "paper"')
    for number in range(1, 12):
        write(tmp_path / f"{number}.toml", f'extends = "{number - 1}.toml"')
    assert "more than 8 files" in problems(tmp_path / "11.toml")[0][2]


def test_priors_change_lines_and_patterns(tmp_path: Path) -> None:
    mine = write(
        tmp_path / "mine.toml",
        'extends = "paper"',
        '[parameters]\nM_LQ = { range = [1800, 5000] }\n"h*" = { distribution = "fixed", value = 0, source = "x" }',
    )
    found = {p.name: p for p in load_prior_set(mine, PAPER).parameters}
    old = {p.name: p for p in load_prior_set("paper", PAPER).parameters}
    assert (found["M_LQ"].lower, found["M_LQ"].distribution, found["M_LQ"].source) == (1800, "log-uniform", old["M_LQ"].source)
    assert all(found[name].distribution == "fixed" for name in found if name.startswith("h"))
    assert all(found[name] == old[name] for name in found if name != "M_LQ" and not name.startswith("h"))


def test_a_mistake_in_a_line_of_a_prior_is_told_with_its_file(tmp_path: Path) -> None:
    write(tmp_path / "base.toml", 'extends = "paper"', "[parameters]\nM_LQ = { range = [5000, 1000] }")
    mine = write(tmp_path / "mine.toml", 'extends = "base.toml"', '[parameters]\n"f_*" = { sign = "both" }')
    assert [(file, key) for file, key, _ in problems(mine, "prior")][:2] == [
        ("base.toml", "parameters.M_LQ.range"),
        ("mine.toml", 'parameters."f_*".sign'),
    ]


def test_own_lines_win_over_own_patterns_whatever_the_order(tmp_path: Path) -> None:
    lines = [
        'f_11 = { distribution = "fixed", value = 1e-3, source = "test" }',
        '"f_*" = { distribution = "fixed", value = 2e-3, source = "test" }',
    ]
    for order in (lines, lines[::-1]):
        file = write(tmp_path / "prior.toml", 'extends = "paper"', "[parameters]", *order)
        found = {p.name: p.value for p in load_prior_set(file, PAPER).parameters}
        assert (found["f_11"], found["f_12"]) == (1e-3, 2e-3)


def test_the_name_of_a_measurement_is_no_pattern(tmp_path: Path) -> None:
    table = ["[[measurement]]", 'name = "R_K*"', 'observable = "R_K"', 'form = "hard-bound"', "upper = 5", 'source = "test"']
    file = write(tmp_path / "mine.toml", 'extends = "paper"', *table)
    with pytest.raises(InputError, match="is not an identifier"):
        load_likelihood_set(file, PAPER)
