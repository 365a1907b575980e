"""Finding and reading the files that come with the package and the user's own."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from lqbayes.input import shipped
from lqbayes.input.errors import InputError, LqbayesError
from lqbayes.input.problems import Problem
from lqbayes.input.shipped import MAXIMUM_BYTES, Kind, read_toml, resolve, shipped_folder, shipped_names
from lqbayes.models.three_leptoquarks.model import PAPER


def only_problem(error: pytest.ExceptionInfo[InputError]) -> Problem:
    (problem,) = error.value.problems
    return problem


def test_the_shipped_files_are_listed() -> None:
    assert {"paper", "paper-global"} <= set(shipped_names("likelihoods", PAPER.name))
    assert {"paper", "paper-inverted", "paper-positive"} <= set(shipped_names("priors", PAPER.name))


@pytest.mark.parametrize("kind", ["likelihoods", "priors"])
def test_every_shipped_name_resolves_to_a_readable_file(kind: Kind) -> None:
    for name in shipped_names(kind, PAPER.name):
        assert read_toml(resolve(kind, name, PAPER.name))["title"]


def test_files_in_the_package_win_over_a_folder_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "lqbayes"
    (package / "shipped_files" / "priors" / "three-leptoquarks").mkdir(parents=True)
    (package.parent / "priors").mkdir()  # belongs to some other distribution
    (package / "shipped_files" / "priors" / "three-leptoquarks" / "mine.toml").write_text("")
    monkeypatch.setattr(shipped, "_PACKAGE", package)
    assert shipped_names("priors", PAPER.name) == ["mine"]
    with pytest.raises(LqbayesError, match="lacks its folder 'likelihoods'; install the package again"):
        shipped_folder("likelihoods", PAPER.name)


def test_a_path_is_taken_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    mine.write_text("title = 'x'\n")
    monkeypatch.chdir(tmp_path)
    assert resolve("priors", mine, PAPER.name) == mine
    assert resolve("priors", str(mine), PAPER.name) == mine
    assert resolve("priors", "mine", PAPER.name) == Path("mine")


def test_a_shipped_name_wins_over_a_file_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "paper").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve("priors", "paper", PAPER.name) == shipped_folder("priors", PAPER.name) / "paper.toml"


def test_unknown_name_gets_advice_and_the_list() -> None:
    with pytest.raises(InputError) as error:
        resolve("likelihoods", "papr-global", PAPER.name)
    problem = only_problem(error)
    assert problem.file == "'papr-global'"
    assert "no shipped measurement set" in problem.message
    assert "did you mean 'paper-global'?" in problem.remedy
    for name in shipped_names("likelihoods", PAPER.name):
        assert name in problem.remedy


def test_missing_path_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        resolve("priors", tmp_path / "paper.toml", PAPER.name)
    problem = only_problem(error)
    assert problem.file == str(tmp_path / "paper.toml")
    assert problem.message == "no such file"
    assert "did you mean 'paper'?" in problem.remedy


@pytest.mark.parametrize("name", ["", "x\0y", "a" * 5000, "~nobody-of-this-name/x.toml", "\n"])
def test_impossible_names_are_input_errors(name: str) -> None:
    with pytest.raises(InputError):
        resolve("priors", name, PAPER.name)


def test_folder_and_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        resolve("priors", tmp_path, PAPER.name)
    assert "is a folder" in only_problem(error).message
    os.mkfifo(tmp_path / "pipe.toml")
    with pytest.raises(InputError) as error:
        resolve("priors", tmp_path / "pipe.toml", PAPER.name)
    assert "not a regular file" in only_problem(error).message


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secret.toml"
    path.write_text("")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(InputError) as error:
        read_toml(path)
    problem = only_problem(error)
    assert problem.file == str(path)
    assert problem.message == "cannot be read: Permission denied"
    assert "permissions" in problem.remedy


@pytest.mark.parametrize(
    ("contents", "line", "message"),
    [
        (b"a = 1\nb = \n", "line 2", "is not TOML"),
        (b"a = 1\na = 2\n", "line 2", "is not TOML: Cannot overwrite a value"),
        (b"a = 1\n\nb = [1,\n", "line 4", "is not TOML"),
        (b"a = 'x'\nb = '\xff'\n", "line 2", "is not UTF-8"),
        (b"a = 1\nb = " + b"9" * 5000 + b"\nc = 2\n", "line 2", "too many digits"),
        (b"a = 1\nb = " + b"[" * 100_000 + b"]" * 100_000, "line 2", "nested too deeply"),
    ],
)
def test_what_is_not_toml_is_located(tmp_path: Path, contents: bytes, line: str, message: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(contents)
    with pytest.raises(InputError) as error:
        read_toml(path)
    problem = only_problem(error)
    assert problem.file == str(path)
    assert problem.key == line
    assert message in problem.message
    assert problem.remedy


def test_size_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    path.write_bytes(b"#" * MAXIMUM_BYTES)
    assert read_toml(path) == {}
    path.write_bytes(b"#" * (MAXIMUM_BYTES + 1))
    with pytest.raises(InputError) as error:
        read_toml(path)
    assert "larger than 1000 kB" in only_problem(error).message


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\nb = 2\r\n")
    assert read_toml(path) == {"a": 1, "b": 2}


def test_input_error_shows_every_problem_and_survives_pickling() -> None:
    error = InputError([Problem("f.toml", "a.b", "is wrong", "mend it"), Problem("f.toml", "", "is odd", "look")])
    assert str(error) == "f.toml: a.b: is wrong; mend it\nf.toml: is odd; look"
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(copy, InputError)
    assert copy.problems == error.problems
