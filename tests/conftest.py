from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lqbayes.sampling.settings import ConvergenceTargets

_spec = importlib.util.spec_from_file_location("fake_run", Path(__file__).with_name("fake_run.py"))
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


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
