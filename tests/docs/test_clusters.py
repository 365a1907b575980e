"""What docs/clusters.md shows can be done: its Python parses, its options exist, and its cluster of batch jobs starts one worker a core."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lqbayes.cli.app import app

PAGE = (Path(__file__).parents[2] / "docs" / "clusters.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_python_parses(block: str) -> None:
    ast.parse(block)


@pytest.mark.parametrize("command", ["sample", "resume"])
def test_options_exist(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    lines = [line.split("#")[0] for line in PAGE.splitlines() if line.startswith(f"lqbayes {command} ")]
    options = {option for line in lines for option in re.findall(r"--[a-z-]+", line)}
    assert options
    assert all(option in shown for option in options)


def test_slurm_jobs_start_one_worker_a_core() -> None:
    jobqueue = pytest.importorskip("dask_jobqueue")
    call = next(node for node in ast.walk(ast.parse(BLOCKS[0])) if isinstance(node, ast.Call) and ast.unparse(node.func) == "SLURMCluster")
    settings = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    with jobqueue.SLURMCluster(**settings, scheduler_options={"dashboard": False}) as cluster:
        script = cluster.job_script()
    assert "--nthreads 1" in script
    assert "--nworkers 16" in script
    assert "source $HOME/lqbayes/.venv/bin/activate" in script
