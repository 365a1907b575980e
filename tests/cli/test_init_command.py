"""``lqbayes init``: a folder that runs as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import lqbayes
from lqbayes.cli.app import app

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_minimal_takes_the_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lqbayes.report.results.write_results", lambda *_, **__: [])
    result = CliRunner().invoke(app, ["init", "dark-photon"])
    assert result.exit_code == 0, result.output
    names = ["README.md", "dark-photon-prior.toml", "dark-photon.py", "dark-photon.toml", "test_dark-photon.py"]
    assert sorted(path.name for path in (folder / "dark-photon").iterdir()) == names
    assert not [path for path in (folder / "dark-photon").iterdir() if "minimal" in path.read_text(encoding="utf-8")]
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder / "dark-photon", check=True)
    assert lqbayes.Model.load(folder / "dark-photon" / "dark-photon.py").name == "dark-photon"
    result = CliRunner().invoke(app, ["sample", "--model", "dark-photon/dark-photon.py", "--workers", "1"])
    assert result.exit_code == 0, result.output  # converged, by default settings
    readme = (folder / "dark-photon" / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 12 and "lqbayes report dark-photon-dark-photon-prior-1 " in readme
    assert (folder / "chains" / "dark-photon-dark-photon-prior-1").is_dir()


def test_singlet_is_the_example(folder: Path) -> None:
    result = CliRunner().invoke(app, ["init", "s", "--template", "singlet"])
    assert result.exit_code == 0, result.output
    for path in (folder / "s").iterdir():
        assert path.read_text(encoding="utf-8") == (EXAMPLES / "singlet" / path.name).read_text(encoding="utf-8")
    assert (folder / "s" / "s1.py").is_file()
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=folder / "s", check=True)


@pytest.mark.parametrize("name", ["", "3x", ".hidden", "a b", "../..", "a/", "x\n"])
def test_what_is_no_name(folder: Path, name: str) -> None:
    result = CliRunner().invoke(app, ["init", name])
    assert result.exit_code == (0 if name == "a/" else 2), result.output
    assert [path.name for path in folder.iterdir()] == (["a"] if name == "a/" else [])


@pytest.mark.parametrize("name", ["statistics", "numpy", "lqbayes"])
def test_what_would_hide_a_module(folder: Path, name: str) -> None:
    """Tests in the folder import lqbayes, which imports these."""
    result = CliRunner().invoke(app, ["init", name])
    assert result.exit_code == 2 and f"{name}.py would hide the Python module" in " ".join(result.output.split())
    assert not list(folder.iterdir())


def test_nothing_is_overwritten(folder: Path) -> None:
    (folder / "mine").mkdir()
    (folder / "file").write_text("mine", encoding="utf-8")
    (folder / "link").symlink_to("nowhere")
    for name in ("mine", "file", "link"):
        result = CliRunner().invoke(app, ["init", name])
        assert result.exit_code == 2 and "nothing of it is overwritten" in " ".join(result.output.split())
    assert not list((folder / "mine").iterdir()) and (folder / "file").read_text(encoding="utf-8") == "mine"
