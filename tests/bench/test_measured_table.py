from __future__ import annotations

from pathlib import Path

import pytest


def test_table_goes_between_its_marks(tmp_path: Path) -> None:
    from measured_table import MeasuredTable

    path = tmp_path / "README.md"
    path.write_text("before\n<!-- a: begin -->old<!-- a: end -->\n<!-- b: begin -->\nkept\n<!-- b: end -->\n", encoding="utf-8")
    MeasuredTable("a", "python a.py", ("what", "|z|"), [("x \\g<0>", "1")], ["A note."]).write(path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- a: begin -->\n`python a.py` (")
    assert "| what | \\|z\\| |\n|---|---:|\n| x \\g<0> | 1 |\n\nA note.\n<!-- a: end -->" in text
    assert "old" not in text
    assert text.endswith("<!-- b: begin -->\nkept\n<!-- b: end -->\n")


def test_missing_marks_are_told(tmp_path: Path) -> None:
    from measured_table import MeasuredTable

    path = tmp_path / "README.md"
    path.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="the marks of the section a are missing"):
        MeasuredTable("a", "python a.py", ("what",), []).write(path)


def test_readme_has_the_marks_of_every_script() -> None:
    from measured_table import README

    text = README.read_text(encoding="utf-8")
    for name in ("cost", "second-opinion", "peers", "flavio", "scaling", "two-seeds"):
        assert text.count(f"<!-- {name}: begin -->") == text.count(f"<!-- {name}: end -->") == 1
