from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


def test_memory_of_a_family() -> None:
    import scaling

    code = "import subprocess, sys; x = bytearray(80_000_000); x[::4096] = b'1' * len(x[::4096]); "
    code += "subprocess.Popen([sys.executable, '-c', 'input()']); print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        pids = scaling.family(process.pid)
        sizes = [scaling.memory(pid) for pid in pids]
        process.kill()
    assert len(pids) == 2
    assert 80e6 < sizes[0] < 120e6
    assert 0 < sizes[1] < 40e6
    assert scaling.memory(process.pid) == 0
    assert os.getpid() in scaling.family(os.getpid())


def test_a_command_is_watched(tmp_path: Path) -> None:
    import scaling

    code = "x = bytearray(150_000_000); x[::4096] = b'1' * len(x[::4096]); import time; time.sleep(0.5)"
    seconds, largest, largest_main = scaling.watch([sys.executable, "-c", code], tmp_path, every=0.05)
    assert seconds > 0.5
    assert 150e6 < largest_main <= largest < 200e6


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    import scaling

    with pytest.raises(SystemExit, match="no such luck"):
        scaling.watch([sys.executable, "-c", "raise SystemError('no such luck')"], tmp_path)


def test_ratios_are_to_the_first_row() -> None:
    import scaling

    found = [scaling.Measurement(workers, 60 / workers, 70 / workers, 10**9, 10**8) for workers in (1, 2)]
    table = scaling.measured(found, "python bench/scaling.py", "job")
    assert {len(row) for row in table.rows} == {len(table.header)}
    assert [row[2] for row in table.rows] == ["1.00", "2.00"]
    # Sampling is not all that a command does.
    assert "1: 1.2 minutes, of which 1.0 sampling and 0.2" in table.notes[0]
