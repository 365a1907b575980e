"""Where the work on populations is done: in processes of this machine, or on the workers of a dask.distributed cluster."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.input.problems import shown
from lqbayes.running.session import end_driving, start_driving
from lqbayes.running.workers import Workplace, start_workers
from lqbayes.sampling.settings import SettingProblem, number_problems
from lqbayes.storage.configuration import FILE_NAME, current_versions, version_differences

ENGINES = ("local", "dask")
_SECONDS_FOR_WORKERS = 60


@dataclass(frozen=True, slots=True)
class Engine:
    """What does the work; the result does not depend on it."""

    name: str = "local"
    scheduler: str | None = None  # address of the dask scheduler, such as tcp://10.0.0.1:8786
    workers: int | None = None  # local processes; all available cores unless given

    def problems(self) -> list[SettingProblem]:
        """Find settings that do not go together."""
        found = [] if self.workers is None else number_problems("workers", self.workers, 1)
        if self.name not in ENGINES:
            found.append(("engine", f"there is no engine {shown(self.name)}", f"use one of {', '.join(ENGINES)}"))
        elif self.name == "dask" and not self.scheduler:
            found.append(("scheduler", "is missing", "give the address of a dask scheduler, such as tcp://10.0.0.1:8786"))
        elif self.name == "local" and self.scheduler:
            found.append(("scheduler", "is for the engine dask only", "add engine dask, or leave it out"))
        if self.name == "dask" and self.workers is not None:
            found.append(("workers", "is for the engine local only", "leave it out: a cluster has the workers that it has"))
        return found

    def preflight(self, folder: Path) -> None:
        """Check whether tasks could begin, for a session that deletes something first."""
        if self.name == "dask":
            with _connected(self.scheduler or "") as client:
                _check_workers(client, folder)

    @contextmanager
    def start(self, folder: Path, processes: int) -> Iterator[Workplace]:
        """Make ready for tasks."""
        if self.name == "local":
            with start_workers(processes) as executor:
                yield Workplace(executor, count_workers=lambda: processes)
            return
        token = secrets.token_hex(8)
        with _connected(self.scheduler or "") as client:
            _check_workers(client, folder)
            start_driving(folder, token)
            executor = client.get_executor(pure=False)
            try:
                # What the scheduler told last: while it does not answer, there is no news.
                yield Workplace(executor, token, lambda: len(client.scheduler_info()["workers"]))
            finally:
                end_driving(folder)  # first: what is running stops by it, and the rest is cancelled
                executor.shutdown(wait=False)


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        distributed: Any = import_module("distributed")  # an extra without types, which takes a second to import
    except ImportError:
        raise ArgumentError("engine = 'dask' needs the package distributed: pip install 'lqbayes[dask]'") from None
    try:
        client = distributed.Client(address, set_as_default=False, timeout=_SECONDS_FOR_WORKERS)
    except (OSError, ValueError, TypeError) as error:
        raise RunError(f"{address}: no dask scheduler answers there ({error}); check --scheduler, and that it is running") from error
    try:
        yield client
    finally:
        client.close()


def _check_workers(client: Any, folder: Path) -> None:
    try:
        client.wait_for_workers(1, timeout=_SECONDS_FOR_WORKERS)
    except TimeoutError:
        raise RunError(f"{client.scheduler.address}: the dask cluster has no workers; start some, with one thread each") from None
    here = current_versions()
    for address, (versions, sees_run) in client.run(_describe_worker, str(folder.resolve())).items():
        differing = version_differences(versions, here, "there", "here")
        if differing:
            raise RunError(f"worker {address}: its packages differ ({differing}); install the same ones everywhere")
        if not sees_run:
            raise RunError(f"worker {address}: does not see {folder.resolve()}; put the run on a file system that all machines share")


def _describe_worker(folder: str) -> tuple[dict[str, str], bool]:
    return current_versions(), (Path(folder) / FILE_NAME).is_file()
