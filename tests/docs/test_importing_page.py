"""The page on imports: every command of it."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.importing.distributions import LOWEST, TOLERANCE

PAGE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")


def test_tolerance() -> None:
    assert f"within {TOLERANCE:g} (1 + |ln L|)" in PAGE and f"down to {LOWEST:g}," in PAGE


@pytest.mark.skipif(not (importlib.util.find_spec("flavio") and importlib.util.find_spec("pdg")), reason="flavio and pdg are not installed")
def test_every_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        result = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
        assert result.exit_code == 0, (line, result.output)
    assert 'observables = ["BR_low"]' in (tmp_path / "low.toml").read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bsmumu.toml", "low.toml", "mine.toml"]
