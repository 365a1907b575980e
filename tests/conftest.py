from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

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
