"""Standard streams that are closed, full or broken: one plain line, and a status that says that something is missing."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from lqbayes.cli.consoles import errors
from lqbayes.cli.status import progress_display
from lqbayes.cli.streams import standard_streams
from lqbayes.running.status import RunStatus

COMMAND = f"{sys.executable} -m lqbayes"


def _run(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a system without /dev/full")
@pytest.mark.parametrize(
    ("arguments", "stream", "reason"),
    [
        ("--help", ">/dev/full", "No space left on device"),
        ("list --help", ">/dev/full", "No space left on device"),
        ("list priors", ">/dev/full", "No space left on device"),
        ("list priors", ">&-", "Bad file descriptor"),
    ],
)
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


@pytest.mark.parametrize("stream", ["2>/dev/full", "2>&-"])
def test_messages_that_nobody_hears_change_no_status(stream: str) -> None:
    result = _run(f"{COMMAND} diagnose nothing {stream}")
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")


def test_progress_that_nobody_sees_costs_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("sys.stderr", Full())
    with standard_streams(), progress_display(errors()) as report:
        report(RunStatus("run", 0.0, 1.0, message="sampling"))
        typer.echo("warning: nobody hears it", err=True)
    with pytest.raises(OSError, match="No space left"), progress_display(errors()) as report:  # what it would cost
        report(RunStatus("run", 0.0, 1.0, message="sampling"))
