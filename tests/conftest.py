from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.sampling.settings import ConvergenceTargets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

os.environ.pop("COLUMNS", None)  # pytest-xdist hands on the width of its terminal, which commands would take for theirs

_spec = importlib.util.spec_from_file_location("fake_run", Path(__file__).with_name("fake_run.py"))
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


@contextmanager
def _empty_corners() -> Iterator[None]:
    def empty(*_: Any, **__: Any) -> Figure:
        from matplotlib.figure import Figure

        figure = Figure()
        figure.text(0.5, 0.5, "empty")
        return figure

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lqbayes.report.plots.corner_plot.corner_figure", empty)
        yield


@pytest.fixture(scope="session")
def empty_corners() -> Callable[[], AbstractContextManager[None]]:
    """Corner plots with nothing in them meanwhile: drawing takes longer than a tiny run, and has tests of its own."""
    return _empty_corners


@contextmanager
def _short_search() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, number in {"_SWEEPS": 5, "_CLIMBERS": 2, "_FINALISTS": 1, "_ITERATIONS": 20, "_ROUNDS": 1}.items():
            patch.setattr(f"lqbayes.sampling.maximise.{name}", number)
        yield


@pytest.fixture(scope="session")
def short_search() -> Callable[[], AbstractContextManager[None]]:
    """A search for the best fit that ends early meanwhile: it takes longer than a tiny run, and what it finds has tests of its own."""
    return _short_search


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory, empty_corners: Callable[[], AbstractContextManager[None]]) -> Path:
    """A folder with a real run, much too short to converge, whose corner plots are empty: sampled once for all processes that run tests."""
    own = tmp_path_factory.getbasetemp()
    place = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "tiny-run"
    with FileLock(f"{place}.lock"):
        if not place.exists():
            made = tmp_path_factory.mktemp("made")
            options = "--ensembles 2 --walkers 200 --sweeps 1 --max-steps 3 --workers 1 --seed 5"
            with empty_corners():
                result = CliRunner().invoke(app, ["sample", *options.split(), "--output", str(made / "chains" / "tiny")])
            assert result.exit_code == 3, result.output
            (made / "stdout.txt").write_text(result.stdout, encoding="utf-8")
            made.rename(place)
    return Path(shutil.copytree(place, tmp_path_factory.mktemp("tiny") / "work"))


@pytest.fixture
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of runs begin as forks of this one, in a moment: where it does not matter that others begin anew, which takes seconds."""
    from lqbayes.running.workers import start_workers

    monkeypatch.setattr("lqbayes.running.engine.start_workers", partial(start_workers, method="fork"))


@pytest.fixture(scope="session")
def make_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    def make(name: str = "fake", **options: Any) -> Any:
        return _module.FakeRun(tmp_path_factory.mktemp("runs") / name, **options)

    return make


@pytest.fixture(scope="session")
def unconverged(make_run: Callable[..., Any]) -> Any:
    run = make_run("unconverged")
    run.path.mkdir()
    return run


@pytest.fixture(scope="session")
def converged(make_run: Callable[..., Any]) -> Any:
    run = make_run("converged", targets=ConvergenceTargets(rhat=10.0, ess_observables=1.0, ess_parameters=1.0, interval_error=100.0))
    run.path.mkdir()
    return run
