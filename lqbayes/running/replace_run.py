"""In which directories a run may begin, and how it takes the place of another one: only files that lqbayes wrote are deleted."""

import itertools
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from lqbayes.input.errors import RunError
from lqbayes.running import session, status
from lqbayes.running.run_lock import LOCK
from lqbayes.running.status import HEARTBEATS, heartbeat_files, heartbeats, remove_heartbeats
from lqbayes.storage.atomic import ASIDE
from lqbayes.storage.audit_file import FILE_NAME as AUDIT
from lqbayes.storage.configuration import FILE_NAME
from lqbayes.storage.population_file import remove_traces
from lqbayes.storage.run import RESULTS

# A process whose starter was killed notices after some sweeps.
_SECONDS_FOR_ORPHANS = 10.0
_OWN = frozenset({FILE_NAME, AUDIT, status.FILE_NAME, session.FILE_NAME, session.DRIVER})
_ENSEMBLE = re.compile(r"ensemble-[1-9]\d*")
_POPULATION = re.compile(r"population-[1-9]\d*(\.h5|\.checkpoint\.h5|\.lock)")
_ASIDE = re.compile(rf"\..*|{RESULTS}-[1-9]\d*")
_SHOWN = 3


def refuse_foreign_folder(folder: Path) -> None:
    """Refuse a directory that holds files of somebody else's, before anything is written there."""
    if "\0" in str(folder):
        raise RunError(f"{str(folder)!r}: no directory can have this name; choose another one with --output")
    try:
        if (folder / FILE_NAME).is_file() or not folder.is_dir():
            return
        # What stays behind when a run could not begin; a name with a dot in front may be an unfinished run.toml.
        others = (path.name for path in folder.iterdir() if path.name not in {LOCK, session.FILE_NAME} and not _ASIDE.fullmatch(path.name))
        found = sorted(itertools.islice(others, _SHOWN + 1))
    except (OSError, ValueError) as error:
        raise RunError(f"{folder}: the run directory cannot be used ({error}); choose another one with --output") from None
    if found:
        names = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
        raise RunError(
            f"{folder}: the directory holds files that are no run of lqbayes ({names}); choose another one with --output, or empty it"
        )


def make_way(folder: Path, force: bool, ready: Callable[[], None]) -> None:
    """Refuse a directory that holds a run, or remove the run; the caller holds the lock of the run."""
    stored = [path for path in _population_files(folder) if path.suffix == ".h5"]
    if not stored and not (folder / FILE_NAME).exists():
        return
    if not force:
        # Of a run that stored nothing, or whose chains were moved away: what was written from the latter stays.
        if not stored and status.has_ended(folder) and _without_results(folder):
            with _populations_at_rest(folder):
                return
        advice = f"`lqbayes resume {folder}` goes on with it; choose another name for a new run, or replace it with --force"
        raise RunError(f"{folder}: there is a run here already; {advice}")
    if not (folder / FILE_NAME).is_file():
        raise RunError(f"{folder}: without {FILE_NAME} it is not certain that {stored[0].parent.name} is of a run; remove it yourself")
    of_before = next(folder.glob("ensemble-*.h5"), None)
    if of_before is not None:
        raise RunError(
            f"{folder}: {of_before.name} is of a run that an older lqbayes made; remove that run yourself, or choose another name"
        )
    ready()
    with _populations_at_rest(folder):
        _put_results_aside(folder)
        remove_heartbeats(folder)
        remove_leftovers(folder)
        for path in _population_files(folder):
            path.unlink(missing_ok=True)
        for path in _ensemble_folders(folder):
            with suppress(OSError):  # somebody put something there
                path.rmdir()
        for name in (*sorted(_OWN - {FILE_NAME}), FILE_NAME):  # last: until then there is a run to be replaced
            (folder / name).unlink(missing_ok=True)


def _put_results_aside(folder: Path) -> None:
    """Rename what was written from the old run: it may hold files of the user's, and must not pass for results of the new one."""
    results = folder / RESULTS
    with suppress(OSError):  # not there, or not empty
        results.rmdir()
    if results.exists() or results.is_symlink():
        number = next(k for k in itertools.count(1) if not (folder / f"{RESULTS}-{k}").exists())
        results.rename(folder / f"{RESULTS}-{number}")


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed process left: files that it wrote aside, checkpoints and locks of complete populations; run locked."""
    results = [] if (folder / RESULTS).is_symlink() else [folder / RESULTS]
    for path in (path for place in (folder, *results, *_ensemble_folders(folder)) for path in place.glob(f"{ASIDE}*")):
        path.unlink(missing_ok=True)
    for path in (path for path in _population_files(folder) if "." not in path.stem and path.suffix == ".h5"):
        remove_traces(path)


def _ensemble_folders(folder: Path) -> list[Path]:
    # What a link leads to is not ours.
    return [path for path in sorted(folder.iterdir()) if _ENSEMBLE.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]


def _population_files(folder: Path) -> list[Path]:
    inside = (path for place in _ensemble_folders(folder) for path in sorted(place.iterdir()))
    return [path for path in inside if _POPULATION.fullmatch(path.name) and not path.is_dir()]


def _without_results(folder: Path) -> bool:
    """Check whether a run directory holds nothing but what a run leaves that ended before its first steps."""
    places = [*_ensemble_folders(folder), *(folder / name for name in (HEARTBEATS,) if not (folder / name).is_symlink())]
    ours = {*places, *_population_files(folder), *heartbeat_files(folder), *(folder / name for name in (*_OWN, LOCK))}
    inside = (path for place in (folder, *places) if place.is_dir() for path in place.iterdir())
    return all(path in ours or path.name.startswith(ASIDE) for path in inside)


@contextmanager
def _populations_at_rest(folder: Path) -> Iterator[None]:
    """Hold the locks of all populations: a process that outlived its session may still write to one."""
    until = time.monotonic() + _SECONDS_FOR_ORPHANS
    with ExitStack() as held:
        for path in (path for path in _population_files(folder) if path.suffix == ".lock"):
            lock, population = FileLock(path), f"{path.parent.name}/{path.stem}"
            try:
                lock.acquire(timeout=max(until - time.monotonic(), 0.0))
            except Timeout:
                said = (
                    s for s in heartbeats(folder) if f"ensemble-{s.index + 1}/population-{s.population + 1}" == population and s.process
                )
                process = next((f" (process {s.process})" for s in said), "")
                raise RunError(
                    f"{folder}: another process{process} of an earlier session still works on {population}; "
                    "nothing was deleted: end that process, or choose another directory"
                ) from None
            held.callback(lock.release)
        yield
