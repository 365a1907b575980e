"""A dask cluster of this machine, with a scheduler and workers that are processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class DaskCluster:
    """A scheduler, which takes seconds to start, and as many workers as a test asks for."""

    def __init__(self, folder: Path) -> None:
        self.workers: list[subprocess.Popen[bytes]] = []
        self._folder, self._file = folder, folder / "scheduler.json"
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard", "--host", "127.0.0.1"]
        self._scheduler = subprocess.Popen([*command, "--scheduler-file", str(self._file)], stderr=subprocess.DEVNULL)

    @property
    def address(self) -> str:
        for _ in range(300):
            if self._file.exists() and self._file.stat().st_size:
                break
            time.sleep(0.1)
        return str(json.loads(self._file.read_text())["address"])

    def have(self, count: int) -> str:
        """Start workers in place of those that died, end those that are too many; return the address."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) > count:
            _end(self.workers.pop())
        address = self.address
        command = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(self._file), "--nthreads", "1"]
        more = ["--no-nanny", "--no-dashboard", "--local-directory", str(self._folder)]
        while len(self.workers) < count:
            self.workers.append(subprocess.Popen([*command, *more], stderr=subprocess.DEVNULL))
        return address

    def end(self) -> None:
        for process in (*self.workers, self._scheduler):
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Address of the scheduler, and the processes of the workers."""
    cluster = DaskCluster(folder)
    try:
        yield cluster.have(workers), cluster.workers
    finally:
        cluster.end()
