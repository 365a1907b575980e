"""What reads files, by the kind of file: the first word of a file's name in tests/corpus/."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from lqbayes.inference.likelihood import Likelihood
from lqbayes.inference.posterior import Posterior
from lqbayes.inference.prior import Prior
from lqbayes.inference.status import EnsembleStatus, RunStatus
from lqbayes.inference.status_of_run import annealed_share
from lqbayes.points_file import read_points
from lqbayes.predictions import predict
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.heartbeat import read_heartbeat
from lqbayes.storage.small_json import read_small_json


def likelihood(path: Path) -> None:
    Posterior(Prior.load("calibration"), Likelihood.load(path), "paper")


def prior(path: Path) -> None:
    Prior.load(path)


def points(path: Path) -> None:
    predict({name: [value] for name, value in read_points(path)[0].items()})


def run(path: Path) -> None:
    """Read it as the run.toml of a run directory."""
    folder = path.parent / f"{path.name}-run"
    folder.mkdir()
    try:
        shutil.copy(path, folder / "run.toml")
        RunConfiguration.read(folder).posterior()
    finally:
        shutil.rmtree(folder)


def status(path: Path) -> None:
    RunStatus.from_dict(read_small_json(path)).to_dict()


def heartbeat(path: Path) -> None:
    """Garbage counts as no word at all; what comes out can be computed with."""
    folder = path.parent / f"{path.name}-run"
    (folder / "heartbeat").mkdir(parents=True)
    try:
        shutil.copy(path, folder / "heartbeat" / "ensemble-1.json")
        annealed_share(read_heartbeat(folder, 0) or EnsembleStatus(0))
    finally:
        shutil.rmtree(folder)


LOADERS: dict[str, Callable[[Path], None]] = {
    "likelihood": likelihood,
    "prior": prior,
    "points": points,
    "run": run,
    "status": status,
    "heartbeat": heartbeat,
}
