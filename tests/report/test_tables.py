from __future__ import annotations

import csv
import io
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.models.three_leptoquarks.observables import OBSERVABLE_INDEX
from lqbayes.models.three_leptoquarks.parameters import PARAMETER_INDEX
from lqbayes.prior.coordinates import FIXED
from lqbayes.prior.file import load_prior_set
from lqbayes.quantities import quantities
from lqbayes.report import tables
from lqbayes.report.comparison import comparison_report
from lqbayes.report.rounding import number_texts, rounded
from lqbayes.report.table import Table
from lqbayes.report.tables import convergence_table, interval_table, interval_texts
from lqbayes.results.summary import Summary

COLUMNS = "quantity,unit,median,low68,high68,low95,high95,rhat,ess,converged"


@pytest.fixture(scope="module")
def summary(unconverged: Any) -> Summary:
    return Summary.of(unconverged)


@pytest.fixture(scope="module")
def rows(summary: Summary) -> Any:
    return summary.intervals


@pytest.fixture(scope="module")
def table(summary: Summary) -> dict[str, dict[str, str]]:
    text = interval_table(summary).csv()
    assert text.splitlines()[0] == COLUMNS
    return {row["quantity"]: row for row in csv.DictReader(io.StringIO(text))}


def test_every_row_of_the_csv_file_says_whether_the_run_has_converged(table: dict[str, dict[str, str]], converged: Any) -> None:
    assert {row["converged"] for row in table.values()} == {"false"}
    assert all(line.endswith(",true") for line in interval_table(Summary.of(converged)).csv().splitlines()[1:])


def test_one_row_for_each_quantity_and_fixed_parameter(unconverged: Any, table: dict[str, Any], rows: Any) -> None:
    expected = {q.name for q in quantities(unconverged.posterior_target)} | {"delta_m_B1"}
    assert set(table) == expected
    assert len(rows) == len(expected)
    assert [row.quantity.name for row in rows[:3]] == ["log10_M_LQ", "delta_m_B1", "log10_alpha_1"]


def test_numbers_follow_from_the_draws_themselves(unconverged: Any, table: dict[str, dict[str, str]]) -> None:
    draws = unconverged.draws()
    columns = {
        "log10_M_LQ": np.log10(draws.points[..., PARAMETER_INDEX["M_LQ"]]),
        "log10_abs_h_32": np.log10(np.abs(draws.points[..., PARAMETER_INDEX["h_32"]])),
        "delta_CP": draws.points[..., PARAMETER_INDEX["delta_CP"]],
        "delta_a_mu": draws.observables[..., OBSERVABLE_INDEX["delta_a_mu"]],
        "dm_Bs": draws.observables[..., OBSERVABLE_INDEX["dm_Bs"]],
    }
    for name, x in columns.items():
        ordered = np.sort(x.ravel())
        for column, level in (("median", 0.5), ("low68", 0.16), ("high68", 0.84), ("low95", 0.025), ("high95", 0.975)):
            # Linear interpolation between order statistics, done by hand.
            position = level * (len(ordered) - 1)
            below = math.floor(position)
            value = ordered[below] + (position - below) * (ordered[min(below + 1, len(ordered) - 1)] - ordered[below])
            assert float(table[name][column]) == pytest.approx(value, rel=1e-12)
        entry = unconverged.convergence().of(name)
        assert float(table[name]["rhat"]) == entry.rhat
        assert float(table[name]["ess"]) == entry.ess


def test_units(table: dict[str, dict[str, str]]) -> None:
    units = {
        "log10_M_LQ": "log10(GeV)",
        "delta_m_B1": "GeV",
        "log10_abs_h_32": "1",
        "dm21": "eV^2",
        "dm_K": "GeV",
        "A_12_arg": "rad",
        "R_K": "1",
    }
    assert {name: table[name]["unit"] for name in units} == units


def test_a_sign_has_a_probability_and_no_interval(unconverged: Any, table: dict[str, dict[str, str]]) -> None:
    row = table["positive_h_32"]
    positive = unconverged.draws().points[..., PARAMETER_INDEX["h_32"]] > 0
    assert float(row["median"]) == pytest.approx(positive.mean(), rel=1e-14)
    assert [row[column] for column in ("low68", "high68", "low95", "high95")] == [""] * 4
    assert row["rhat"] and row["ess"]


def test_what_is_constant_has_no_diagnostics(unconverged: Any, table: dict[str, dict[str, str]]) -> None:
    assert unconverged.posterior_target.prior.table.kind[PARAMETER_INDEX["delta_m_B1"]] == FIXED
    for name, value in (("delta_m_B1", 10.0), ("im_C9p_mu", 0.0)):
        assert float(table[name]["median"]) == value
        assert (table[name]["rhat"], table[name]["ess"]) == ("", "")


def test_state_sentences(unconverged: Any, converged: Any, make_run: Callable[..., Any]) -> None:
    summary = Summary.of(unconverged)
    convergence = summary.convergence
    missing, worst = len(convergence.missing), convergence.worst
    assert missing > 0
    assert summary.state.startswith(f"NOT CONVERGED: {missing} of {len(convergence.quantities)} quantities miss their target; ")
    assert f"; worst R-hat {worst.rhat:.3f} ({worst.name})" in summary.state
    assert Summary.of(converged).state.startswith("converged: all ")
    assert Summary.of(make_run("single", ensembles=1)).state.startswith("NOT CONVERGED: one ensemble")


def test_markdown_shows_the_state_and_every_row(summary: Summary, converged: Any) -> None:
    text = interval_table(summary).markdown()
    assert "**NOT CONVERGED: " in text
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(lines) == len(summary.intervals)
    assert {line.count(" | ") for line in lines} == {6}
    assert "NOT CONVERGED" not in interval_table(Summary.of(converged)).markdown()


def test_latex_has_labels_and_the_state(summary: Summary) -> None:
    text = interval_table(summary, title="Posterior of a_run").latex()
    assert r"\textbf{NOT CONVERGED: " in text
    assert r"a\_run" in text
    assert r"$\mathrm{Im}\,{C_{9}}^{\mu}$" in text
    assert r"$\log_{10}(M_{\mathrm{LQ}}\,/\,\mathrm{GeV})$" in text
    assert r"$P(h_{32}>0)$" in text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("alone", [True, False])
def test_latex_compiles_alone_and_inside_a_document(summary: Summary, tmp_path: Path, alone: bool) -> None:
    text = interval_table(summary, title=r"Any \ _ % & # $ { } ~ ^ < > | \" ` é þ α \n text").latex()
    (tmp_path / "table.tex").write_text(text, encoding="utf-8")
    document = "\\documentclass{article}\n\\usepackage{booktabs,longtable}\n\\begin{document}\n\\input{table}\nafter\n\\end{document}\n"
    (tmp_path / "document.tex").write_text(document)
    name = "table" if alone else "document"
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", f"{name}.tex"]
    for _ in range(2):  # the widths of a long table are known in the second run only
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout, done.stdout
    assert (tmp_path / f"{name}.pdf").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("values", "uncertainty", "expected"),
    [
        ([0.84612, 0.80012, 0.89], 0.045, (["0.846", "0.800", "0.890"], 0)),
        ([2.513e-9, 1.9e-9], 5.9e-10, (["2.51", "1.90"], -9)),
        ([1234.5, 1000.0], 300.0, (["1234", "1000"], 0)),
        ([-0.0001, 12.0], 1.0, (["0.0", "12.0"], 0)),
        ([10.0], 0.0, (["10"], 0)),
        ([0.0], 0.0, (["0"], 0)),
        ([1.5e200], 0.0, (["1.5"], 200)),
    ],
)
def test_rounding(values: list[float], uncertainty: float, expected: tuple[list[str], int]) -> None:
    assert rounded(values, uncertainty) == expected


@pytest.mark.parametrize("numbers", [(1.0e-8, 4e-11, 5e-8), (2e-9, 2e-10, 6e-8), (-1.0e-8, -5e-8, -4e-11), (3.0, 0.0004, 20.0)])
def test_no_end_of_an_interval_is_rounded_to_zero(numbers: tuple[float, float, float]) -> None:
    texts = number_texts(numbers)
    assert [float(text) for text in texts] == pytest.approx(numbers, rel=0.1)


def test_rounded_rows_keep_the_value_within_the_rounding(rows: Any) -> None:
    for row in rows:
        text = interval_texts(row)[0]
        sign = row.quantity.kind == "sign"
        half = 0.01 if sign else (row.value("high68") - row.value("low68")) / 2
        assert abs(float(text) - row.median) <= max(0.1 * half, 1e-5 * abs(row.median), 5e-4 if sign else 0.0)


def test_convergence_csv(summary: Summary) -> None:
    convergence = summary.convergence
    text = convergence_table(summary, worst=False).csv()
    assert text.splitlines()[0] == (
        "quantity,rhat,rhat_target,ess,ess_target,interval_end,interval_error,interval_error_target,"
        "interval_error_in_units,evidence_correlation,evidence_shift,evidence_shift_error,met,converged"
    )
    read = list(csv.DictReader(io.StringIO(text)))
    assert [row["quantity"] for row in read] == [q.name for q in convergence.quantities]
    for row, q in zip(read, convergence.quantities, strict=True):
        if math.isnan(q.rhat):
            assert (row["rhat"], row["ess"], row["met"]) == ("", "", "true")
            continue
        assert (float(row["rhat"]), float(row["ess"])) == (q.rhat, q.ess)
        meets = float(row["rhat"]) <= float(row["rhat_target"]) and float(row["ess"]) >= float(row["ess_target"])
        meets = meets and float(row["interval_error"]) <= float(row["interval_error_target"])
        assert row["met"] == ("true" if meets else "false")


def test_worst_first(summary: Summary) -> None:
    ordered = summary.worst_first
    met = [q.passed for q in ordered]
    assert met == sorted(met)
    needed = [summary.convergence.growth(q) for q in ordered if not q.passed]
    assert needed == sorted(needed, reverse=True)
    assert math.isnan(ordered[-1].rhat)


NUMBER = re.compile(r"(?<![\w.+-])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")


@pytest.mark.parametrize("width", [80, 120])
def test_no_number_is_cut_on_the_usual_terminal(summary: Summary, unconverged: Any, width: int) -> None:
    model = unconverged.posterior_target.model
    point = dict(zip(model.observable_names, map(float, unconverged.draws().observables[0, 0, 0]), strict=True))
    found = [
        interval_table(summary),
        convergence_table(summary),
        tables.error_table(summary),
        tables.evidence_table(summary),
        tables.pull_table(summary),
        *(part for part in comparison_report([summary, summary], everything=True).parts if isinstance(part, Table)),
        *(tables.measurement_table(load_likelihood_set(name, model)) for name in ("paper", "paper-global")),
        tables.prior_table(load_prior_set("paper", model), model),
        tables.model_table(model, "parameters"),
        tables.model_table(model, "observables"),
        tables.prediction_table(point, Likelihood.load("paper", model)),
    ]
    for table in found:
        console = Console(file=io.StringIO(), width=width)
        console.print(table)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        whole = set(NUMBER.findall(" ".join([table.title, table.note, *table.headings, *(cell for row in table.rows for cell in row)])))
        assert set(NUMBER.findall(text)) <= whole, table.title
        assert "\N{HORIZONTAL ELLIPSIS}" not in text
        assert max(map(len, text.splitlines())) <= width
        if table.title.startswith("Measurements"):
            assert "GeV" in text.split()  # a number without its unit says nothing
