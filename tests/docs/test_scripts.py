"""Scripts and targets of make that README and documentation show: their command lines are right, and the README gets its results."""

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest

import lqbayes

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "bench" / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Of them only the command line is looked at, since they need what is not installed everywhere.
NEEDS = {"flavio_check": "flavio", "flavio_cost": "flavio"}


def shown(program: str) -> list[str]:
    """What follows the name of a program on all pages."""
    found: set[str] = set()
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
        found |= {line.split(" #")[0].strip() for line in lines}
        found |= {" ".join(words.split()) for words in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))}
    return sorted(words.removeprefix(f"{program} ") for words in found if words.startswith(f"{program} "))


SCRIPTS = [words for words in shown("python") if re.match(r"(bench|analysis)/\w+\.py", words)]


class ParsedError(Exception):
    """The command line is right."""


def called(words: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Import a script, with the words of a command line for it."""
    place, *rest = shlex.split(words)
    name = Path(place).stem
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    monkeypatch.syspath_prepend(ROOT / Path(place).parent)
    monkeypatch.setattr(sys, "argv", [place, *rest])
    return import_module(name)


@pytest.mark.parametrize("words", [words for words in SCRIPTS if "refresh_readme" not in words])
def test_command_lines_are_right(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = argparse.ArgumentParser.parse_args

    def stop(*given: Any, **named: Any) -> NoReturn:
        parse(*given, **named)
        raise ParsedError

    script = called(words.replace(" ...", "").replace("RUN", "chains/RUN"), monkeypatch)
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", stop)
    with pytest.raises(ParsedError):
        script.main()


def test_pages_show_scripts() -> None:
    assert len(SCRIPTS) > 25


@pytest.mark.parametrize("target", shown("make"))
def test_targets_are_there(target: str) -> None:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    subprocess.run(["make", "--dry-run", *shlex.split(target)], cwd=ROOT, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny run of the paper's measurements."""
    posterior = lqbayes.Posterior(lqbayes.Prior.load("paper"), lqbayes.Likelihood.load("paper"))
    folder = tmp_path_factory.mktemp("chains") / "paper-paper-1"
    lqbayes.sample(posterior, folder, ensembles=4, walkers=200, sweeps_per_rung=1, max_steps=5, workers=1, audit=0)
    return folder


def test_the_readme_gets_the_results_of_a_run(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = called(f"bench/refresh_readme.py {run}", monkeypatch)
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "analysis" / "results", tmp_path / "analysis" / "results", ignore=shutil.ignore_patterns("*.png", "*.pdf"))
    (run / "results").mkdir(exist_ok=True)
    (run / "results" / "corner-headline.png").write_bytes(b"a plot")
    monkeypatch.setattr(script, "ROOT", tmp_path)
    script.main()
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert f"then `python bench/refresh_readme.py {run}`:" in text and "NOT CONVERGED" in text
    assert (tmp_path / "docs" / "corner-headline.png").read_bytes() == b"a plot"
    elapsed = json.loads((run / "status.json").read_text(encoding="utf-8"))["elapsed"]
    assert f"{elapsed / 60:.1f} minutes of sampling" in text
