from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from typer.testing import CliRunner

from lqbayes.cli.app import app


def test_report_and_plots_as_pdf(tiny_run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_run / "chains" / "tiny", folder)
    started = time.process_time()  # not of the clock, which other work on the machine drives
    result = CliRunner().invoke(app, ["report", str(folder)])
    assert result.exit_code == 0, result.output
    assert time.process_time() - started < 60
    page = Path(result.stdout.strip())
    assert page == folder / "results" / "report.html"
    text = page.read_text(encoding="utf-8")
    assert text.count('src="data:image/png;base64,') == 15
    assert page.stat().st_size < 15_000_000
    assert "NOT CONVERGED" in result.stderr
    assert not [name for name in os.listdir(folder) if name.startswith(".")]

    result = CliRunner().invoke(app, ["corner", str(folder), "--group", "mixing", "--format", "pdf"])
    assert result.exit_code == 0, result.output
    assert (folder / "results" / "corner-mixing.pdf").read_bytes().startswith(b"%PDF")
    result = CliRunner().invoke(app, ["corner", str(folder), "--format", "pdf", "--output", str(tmp_path / "x.png")])
    assert result.exit_code == 2
    assert "--format" in result.stderr


def test_report_of_no_run(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["report", str(tmp_path)])
    assert result.exit_code == 1
    assert "not a run directory" in result.stderr
    assert list(tmp_path.iterdir()) == []
