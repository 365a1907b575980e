from __future__ import annotations

import io
import math
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.mathtext import MathTextParser
from rich.console import Console

from lqbayes.quantities import latex_unit
from lqbayes.report.latex import latex_mathematics, latex_numbers, latex_text
from lqbayes.report.table import Column, Table

FRAME = pd.DataFrame(
    {
        "name": ["a_rather_long_name_of_a_quantity", "b"],
        "x": [1 / 3, math.nan],
        "interval": ["-1.2345678e-10 .. 3.4567890e-10", "0.1 .. 0.2"],
        "met": [True, False],
    }
)
COLUMNS = (Column("name", kind="name"), Column("x", kind="number", form=".3f", missing="-"), Column("interval", kind="number", extra=1))


def shown(table: Table, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_csv_has_every_digit_and_the_state() -> None:
    text = Table("t", FRAME, COLUMNS, state="NOT CONVERGED: yet").csv()
    assert text.splitlines() == [
        "name,x,interval,met,converged",
        f"a_rather_long_name_of_a_quantity,{1 / 3!r},-1.2345678e-10 .. 3.4567890e-10,true,false",
        "b,,0.1 .. 0.2,false,false",
    ]
    assert "converged" not in Table("t", FRAME, COLUMNS).csv()


@pytest.mark.parametrize("width", [20, 30, 45, 60, 80, 200])
def test_a_number_is_whole_or_left_out_with_a_note(width: int) -> None:
    text = shown(Table("t", FRAME, COLUMNS), width)
    assert "…" not in text
    assert "0.333" in text
    if "-1.2345678e-10 .. 3.4567890e-10" not in text:
        assert "e-10" not in text
        assert "left out for want of room: interval" in " ".join(text.split())
    assert ("left out" in text) == (width < 75)


def test_words_are_whole_and_short_columns_go_where_they_are_not() -> None:
    columns = [Column("name", kind="name"), Column("measured", kind="name"), Column("kind"), Column("source", kind="source")]
    rows = [
        ("BR_tau_mugamma", "(1.91 +- 0.71)e-09", "correlated-gaussian", "eq. 3 of arXiv:2104.03248 and the_path.of_some.very_long_address")
    ]
    for width in (200, 80, 70, 60):
        text = shown(Table.of_texts("t", columns, rows), width)
        for word in ("BR_tau_mugamma", "(1.91", "0.71)e-09", "arXiv:2104.03248"):
            assert word in text, (width, text)
        assert ("correlated-gaussian" in text) == ("left out for want of room: kind" not in text) == (width > 75)


def test_what_was_left_out_first_comes_back_where_there_is_room() -> None:
    columns = (Column("name", kind="name"), Column("interval", kind="number", extra=1), Column("x", kind="number", form=".3f", extra=2))
    text = shown(Table("t", FRAME, columns), 45)
    assert "0.333" in text
    assert "e-10" not in text


def test_html_escapes_everything_and_links_sources() -> None:
    columns = [Column("<b>"), Column("source", kind="source")]
    text = Table.of_texts("<i>", columns, [("<script>", "<u> arXiv:2104.03248")]).html()
    assert not any(tag in text for tag in ("<b>", "<i>", "<script>", "<u>"))
    assert '<a href="https://arxiv.org/abs/2104.03248">' in text


def test_markdown_cells_do_not_end_at_a_bar() -> None:
    text = Table.of_texts("t", [Column("name", kind="name"), Column("limit")], [("x", "|x| < 1")]).markdown()
    assert r"| `x` | \|x\| < 1 |" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2e-09", r"$1.2{\cdot}10^{-9}$"),
        ("-1 .. 2", "$[-1,2]$"),
        ("1e-09 .. 2e-09", r"$[1,2]{\cdot}10^{-9}$"),
        ("1e-09 .. 2", r"$[1{\cdot}10^{-9},2]$"),
        ("inf", "inf"),
        ("", ""),
    ],
)
def test_numbers_become_mathematics(text: str, expected: str) -> None:
    assert latex_numbers(text) == expected


PRINTABLE = "".join(map(chr, range(33, 127)))


def test_all_specials_of_latex_are_escaped() -> None:
    assert latex_text("_%&#${}") == r"\_\%\&\#\$\{\}"
    assert latex_text("\\~^") == r"\textbackslash{}\textasciitilde{}\textasciicircum{}"
    assert latex_text("<>|") == r"\textless{}\textgreater{}\textbar{}"
    assert latex_text("--draws ''x'' \"y\" a---b ,,") == "-{}-draws '{}'x'{}' ''y'' a-{}-{}-b ,{},"  # two marks are not one dash
    assert latex_text("é \n\nα\x1b\x7f中") == r"\'e \ensuremath{\alpha}U+001BU+007FU+4E2D"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("1", ""),
        ("eV^2", r"\mathrm{eV}^{2}"),
        ("e cm", r"\mathrm{e\ cm}"),  # mathematics would leave the blank out
        ("%", r"\mathrm{\%}"),
        ("GeV^-2 cm^{2}", r"\mathrm{GeV}^{-2}\mathrm{\ cm}^{2}"),
        ("1/ps", r"\mathrm{1/ps}"),
        ("#_events", r"\mathrm{\#\_events}"),
    ],
)
def test_units_are_typeset(unit: str, expected: str) -> None:
    assert latex_unit(unit) == expected


UNITS = ["%", "e cm", "µb", "#", "a_b", "$", "fb & pb", "{", "\\", "^", "~", '"`', "GeV^{-2}"]


@pytest.mark.parametrize("unit", UNITS)
def test_matplotlib_sets_any_unit(unit: str) -> None:
    MathTextParser("path").parse(f"${latex_unit(unit)}$")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_of_any_text_compiles(tmp_path: Path) -> None:
    strange = [*PRINTABLE, PRINTABLE, "[3pt]", "*", r"\end{longtable}", "%", "é α − µ → ≤ ± ² ŷ ß 中 \x7f\x1b", "", "\n\n", "a\tb"]
    # All letters and signs that the library may write with a command.
    strange += ["".join(map(chr, range(first, first + 32))) for first in (*range(0xA0, 0x250, 32), *range(0x370, 0x400, 32), 0x1E00)]
    strange += ["".join(map(chr, range(first, first + 32))) for first in range(0x2000, 0x2300, 32)]
    columns = [Column("[x] _^%"), Column("*", kind="number"), Column("\\")]
    rows = [(text, text, text) for text in strange]
    check_latex(tmp_path, Table.of_texts("Any #1 ~text~ % [", columns, rows, note="R-hat & ``such''", state="NOT CONVERGED: 3_4 $"))
    unit = Column("unit", latex=lambda row: latex_mathematics(f"${latex_unit(row['unit'])}$"))
    check_latex(tmp_path, Table.of_texts("Units", [unit], [(unit,) for unit in UNITS]))


def check_latex(folder: Path, table: Table) -> None:
    table.write(folder / "table.tex")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "table.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in (folder / "table.log").read_text(encoding="utf-8", errors="replace")
