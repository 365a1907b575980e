"""Every command that README and documentation show runs, with tiny runs in place of real ones."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from lqbayes import Model
from lqbayes.cli.app import app
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

Meanwhile = Callable[[], AbstractContextManager[None]]
ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "chains" / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "docs" / "tutorial.ipynb"]
# Their blocks have tests of their own: every command of the tutorial in its order, and what needs a cluster.
ELSEWHERE = {"tutorial-own-model.md", "clusters.md"}
SMALL = {
    "sample": "--ensembles 2 --walkers 200 --sweeps 1 --max-steps 5 --workers 1 --audit 0 --force",
    "resume": "--max-steps 5 --workers 1",
    "best-fit": "--starts 8",
    "profile": "--bins 4",
    "reweight RUN --likelihood mine.toml --anneal": "--workers 1 --audit 0 --force",
    "check sbc": "--repetitions 20 --walkers 200 --sweeps 1 --steps 2 --populations 1 --workers 1",
}
FILES = {
    "--likelihood FILE": "--likelihood mine.toml",
    "--prior FILE": "--prior narrower.toml",
    "--points FILE": "--points suspicion.json",
    "check model FILE": "check model mymodel.py",
    "NAME|FILE": "mine.toml",
    "paper-paper-1-published": "RUN-published",
}
# What a command needs that is not installed everywhere.
NEEDS = {"import flavio": "flavio", "import pdg": "pdg", "check data": "pdg"}
INIT = re.compile("^init ")
NOT_CONVERGED = 3
DONE: set[tuple[Path, str]] = set()


def shown() -> list[str]:
    """Commands in blocks of shell lines, in running text and in the examples of the reference, with files for their placeholders."""
    found: dict[str, None] = {}
    examples = [
        example for command in commands_of(get_command(app)) for example in re.findall(r"\[bold\](lqbayes .*?)\[", command.epilog or "")
    ]
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        lines = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines() if page.name not in ELSEWHERE else []
        commands = [command.strip() for line in lines for command in re.split(r";\s", line.split(" #")[0])]
        commands += [" ".join(words.split()) for words in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))]
        commands += [example.split(" > ")[0] for example in examples if page.name == "README.md"]
        for command in commands:
            if command.startswith("lqbayes "):
                for placeholder, file in FILES.items():
                    command = command.replace(placeholder, file)  # noqa: PLW2901
                # The same command on a run of another name is the same command.
                found[re.sub(r"(chains/)?paper-paper-1(?= |$)", "RUN", command.removeprefix("lqbayes "))] = None
    return list(found)


def commands_of(group: Any) -> Iterator[Any]:
    """A group of commands, and all that are in it."""
    yield group
    for command in getattr(group, "commands", {}).values():
        yield from commands_of(command)


def can_run(words: str) -> bool:
    """Whether a command is shown whole, not its mere name, and for one machine; of a cluster it must parse."""
    command: Any = get_command(app)
    rest = shlex.split(words)
    if rest[0].startswith("--"):  # of the program itself, which would change the user's shell
        assert rest[0] in CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
        return False
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    if "dask" in rest:
        command.make_context(command.name, rest)
        return False
    return bool(rest) or not any(parameter.required for parameter in command.params)


def block(page: str, start: str) -> str:
    """A file that a page shows."""
    found = re.findall(r"```toml\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return next(text for text in found if text.startswith(start))


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory, empty_corners: Meanwhile, short_search: Meanwhile) -> Iterator[Path]:
    """A folder with the files that pages tell to write, and tiny runs of the names that they use.

    Commands do all their work but for most plots, pages of published runs and long searches, which have tests of their own.
    """
    folder = tmp_path_factory.mktemp("workplace")
    with pytest.MonkeyPatch.context() as patch, empty_corners(), short_search():
        patch.chdir(folder)
        patch.setattr("lqbayes.report.results.write_results", without_plots)
        patch.setattr("lqbayes.export.published.write_page", lambda *_, path: path.write_text("<html>", encoding="utf-8"))
        for plot in ("explanation_plots.predictive", "explanation_plots.influence", "explanation_plots.information", "prior_plots.prior"):
            patch.setattr(f"lqbayes.report.plots.{plot}_figure", lambda *_: None)
        for place in ("report.explanation", "report.profile", "models.three_leptoquarks.paper.figures"):
            patch.setattr(f"lqbayes.{place}.save_figure", lambda _, path, **__: path)
        Path("mine.toml").write_text(block("docs/tutorial-own-measurement.md", "title"), encoding="utf-8")
        Path("mine-prior.toml").write_text(block("docs/howto-prior.md", "title"), encoding="utf-8")
        Path("narrower.toml").write_text(
            'title = "n"\nextends = "paper"\n[parameters]\nM_LQ = { range = [1500, 5000] }\n', encoding="utf-8"
        )
        for command in filter(INIT.search, shown()):
            invoke(command)
        invoke("sample")
        run = Path("chains", "paper-paper-1")
        for name in ("RUN", "mine", "paper-paper-2"):
            shutil.copytree(run, run.with_name(name))
        patch.chdir("muons")
        invoke("sample --model muons.py --output first")
        shutil.copytree(Path("chains", "first"), Path("chains", "hard"))
        patch.chdir(folder)
        shutil.copyfile(Path("mymodel", "mymodel.toml"), Path("mymodel", "mine.toml"))
        points = json.loads((ROOT / "tests/models/three_leptoquarks/data/reference-points.json").read_text(encoding="utf-8"))
        for name in ("point.json", "suspicion.json"):
            Path(name).write_text(json.dumps(points[0]["point"]), encoding="utf-8")
        yield folder


def without_plots(run: Run, summary: Summary, workers: int | None) -> list[Path]:
    """Write no plots at the end of sampling: they take longer than tiny runs, and have tests of their own."""
    return []


def invoke(words: str) -> None:
    """Run a command, unless it has run in this folder."""
    if (Path.cwd(), words) in DONE:
        return
    DONE.add((Path.cwd(), words))
    name = next((name for name in SMALL if words.startswith(name)), "")
    result = CliRunner().invoke(app, shlex.split(f"{words} {SMALL.get(name, '')}"))
    assert result.exit_code in {0, NOT_CONVERGED}, f"{words}\n{result.output}"


def test_the_readme_shows_the_file_of_the_tutorial() -> None:
    """So that its commands run with this one."""
    first, second = (tomllib.loads(block(page, "title")) for page in ("README.md", "docs/tutorial-own-measurement.md"))
    assert first.pop("title") and second.pop("title") and first == second


def test_pages_show_commands() -> None:
    assert len(shown()) > 60


def test_running_text_is_read() -> None:
    assert {"sample --walkers 24000 --sweeps 110", "show mine.toml --model mymodel.py", "audit RUN --points suspicion.json"} <= {*shown()}


@pytest.mark.parametrize("command", [command for command in shown() if not INIT.search(command)])
def test_command(workplace: Path, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not can_run(command):
        return
    missing = [package for words, package in NEEDS.items() if command.startswith(words) and importlib.util.find_spec(package) is None]
    if missing:
        pytest.skip(f"{missing[0]} is not installed")
    model = re.search(r"(\w+)\.py", command)
    monkeypatch.chdir(workplace / model[1] if model else workplace)
    invoke(command)


def test_python_of_the_readme(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(workplace)
    model, session = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    Path("shown.py").write_text(model, encoding="utf-8")
    shown = Model.load("shown.py")
    assert shown.predict(np.array([[1000.0, 2.0]])) == pytest.approx(4e-6)
    names: dict[str, Any] = {}
    exec(session, names)  # noqa: S102
    assert names["run"]["C9_mu"].ndim == 3
