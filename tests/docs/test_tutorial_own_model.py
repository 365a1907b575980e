"""The tutorial for a user's own model: every command of it, and its code is that of the template."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tutorial-own-model.md").read_text(encoding="utf-8")
# Sizes that take seconds; the commands are those of the page.
SMALL = {
    "sample": "--ensembles 4 --walkers 500 --workers 1",
    "sbc": "--repetitions 20 --walkers 100 --sweeps 4 --steps 10 --populations 1 --workers 1",
}


IMPORTED = PAGE.index("## A measurement of flavio's")


def follow(page: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Save the files that a page says to save and run its commands, in its order; what these printed."""
    outputs: dict[str, str] = {}
    for name, kind, block in re.findall(r"(?:as `([\w-]+\.\w+)`:\n\n)?```(\w+)\n(.*?)```", page, re.DOTALL):
        if name:
            Path(name).write_text(block, encoding="utf-8")
        for command in block.splitlines() if kind == "sh" else ():
            program, *arguments = shlex.split(command)
            if program == "cd":
                monkeypatch.chdir(arguments[0])
            elif program == "lqbayes":
                small = shlex.split(next((options for word, options in SMALL.items() if word in arguments[:2]), ""))
                result = CliRunner().invoke(app, [*arguments, *small])
                assert result.exit_code == 0, (command, result.output)
                outputs[command] = result.output
            else:
                subprocess.run([program, *arguments], check=True)
    return outputs


def test_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    outputs = follow(PAGE[:IMPORTED], monkeypatch)
    assert len(outputs) == 9
    folder = tmp_path / "muons"
    assert (folder / "first.png").stat().st_size > 10_000
    assert (folder / "chains" / "first" / "results" / "report.html").is_file()
    assert "limit = 1e-7" in (folder / "muons.toml").read_text(encoding="utf-8")
    assert "exact sign symmetries            g " in outputs["lqbayes check model muons.py"]


def test_from_an_imported_measurement_to_a_verified_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flavio")
    (tmp_path / "muons").mkdir()
    monkeypatch.chdir(tmp_path / "muons")
    outputs = follow(PAGE[IMPORTED:], monkeypatch)
    assert len(outputs) == 5
    assert "as published: every hash" in outputs["lqbayes verify published --model bmumu.py"]
    published = tmp_path / "bmumu" / "published"
    assert (published / "bmumu.py").read_bytes() == (tmp_path / "bmumu" / "bmumu.py").read_bytes()
    assert "LHCb Bs->mumu 2021" in (published / "likelihood.toml").read_text(encoding="utf-8")


def test_its_model_is_that_of_the_template() -> None:
    block = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
    assert (ROOT / "examples" / "minimal" / "minimal.py").read_text(encoding="utf-8").endswith(block)
