"""Standard streams that are closed, full or broken: one plain line, and a status that says that something is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = f"{sys.executable} -m lqbayes"


def _run(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a system without /dev/full")
@pytest.mark.parametrize("arguments", ["--help", "list priors", "list --help"])
@pytest.mark.parametrize(("stream", "reason"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
def test_what_was_asked_for_cannot_be_written(arguments: str, stream: str, reason: str) -> None:
    result = _run(f"{COMMAND} {arguments} {stream}")
    assert result.returncode == 1
    assert result.stderr == f"error: the standard output cannot be written ({reason}); what it was to show is not complete\n"


def test_a_broken_pipe() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run([*COMMAND.split(), "list", "priors"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert result.returncode == 1
    assert result.stderr == "error: the standard output cannot be written (Broken pipe); what it was to show is not complete\n"


def test_no_standard_input() -> None:
    result = _run(f"{COMMAND} predict - <&-")
    assert result.returncode == 2
    assert result.stderr == "error: standard input: cannot be read (Bad file descriptor); give a file, or points through a pipe\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a system without /dev/full")
@pytest.mark.parametrize("stream", ["2>/dev/full", "2>&-"])
def test_messages_that_nobody_hears_cost_no_run(tmp_path: Path, stream: str) -> None:
    options = "--walkers 200 --sweeps 1 --ensembles 2 --max-steps 1 --workers 1 --likelihood calibration --prior calibration"
    result = _run(f"{COMMAND} sample {options} --output {tmp_path / 'run'} {stream}")
    assert result.returncode == 3
    assert "NOT CONVERGED" in result.stdout
    assert (tmp_path / "run" / "results" / "convergence.csv").exists()
