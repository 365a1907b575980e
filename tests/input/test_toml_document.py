"""Characters that look like those of TOML, and are not."""

from __future__ import annotations

import pytest

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem
from lqbayes.input.toml_document import parse_toml
from lqbayes.model import Model
from lqbayes.points_file import parse_points


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("a = \u22121.2", 1, "'\u2212', U+2212 MINUS SIGN"),
        ("b = 1\r\na = 1e\u22125\r\n", 2, "'\u2212', U+2212 MINUS SIGN"),
        ("a\u00a0= 1", 1, "U+00A0 NO-BREAK SPACE"),
        ("\na = 1.5\u00a0# comment", 2, "U+00A0 NO-BREAK SPACE"),
        ("[[measurement]]\nerror = { stat = 1,\u2009syst = 2 }", 2, "U+2009 THIN SPACE"),
        ("a = \u201cx\u201d", 1, "'\u201c', U+201C LEFT DOUBLE QUOTATION MARK"),
    ],
)
def test_the_character_is_named(text: str, line: int, named: str) -> None:
    with pytest.raises(InputError) as error:
        parse_toml(text.encode(), "file.toml")
    (problem,) = error.value.problems
    assert problem.key == f"line {line}"
    assert problem.message.endswith(f": {named}")
    assert "- for a minus" in problem.remedy


def test_other_mistakes_keep_their_message() -> None:
    with pytest.raises(InputError, match="after a statement; compare the line"):
        parse_toml("a = '\u03b1' b".encode(), "file.toml")


def test_the_character_is_named_in_json() -> None:
    with pytest.raises(InputError, match="is not JSON: .*: '\u2212', U\\+2212 MINUS SIGN"):
        parse_points('{"M_LQ": \u22121}'.encode(), "points.json", Model.load())


def test_what_cannot_be_seen_is_shown() -> None:
    assert str(Problem("f", "k", "there is no observable 'R_K\u00a0'", "write \u200b'R_K'")) == (
        r"f: k: there is no observable 'R_K\xa0'; write \u200b'R_K'"
    )
    assert str(Problem("f", "k", "α − β", "é")) == "f: k: α − β; é"
