from __future__ import annotations

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app
from lqbayes.storage.run import Run


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A real run, much too short to converge."""
    path = tmp_path_factory.mktemp("exports") / "tiny"
    options = "--ensembles 2 --walkers 200 --sweeps 1 --max-steps 3 --workers 1 --seed 5"
    assert CliRunner().invoke(app, ["sample", *options.split(), "--output", str(path)]).exit_code == 3
    return Run.open(path)
