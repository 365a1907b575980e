"""What reads files, by the kind of file: the first word of a file's name in tests/corpus/."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from emcee.state import State
from small_run import STEPS, small_configuration
from typer import BadParameter
from typer.main import get_command

from lqbayes.cli.app import app
from lqbayes.export.archive import unpacked
from lqbayes.export.verification import differing_files, differing_tables
from lqbayes.input.errors import ArgumentError
from lqbayes.input.small_json import read_small_json, small_json
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.points_file import read_points
from lqbayes.posterior import Posterior
from lqbayes.predictions import predict
from lqbayes.prior.prior import Prior
from lqbayes.running.session import read_session
from lqbayes.running.status import EnsembleStatus, RunStatus, read_heartbeat
from lqbayes.running.status_of_run import annealed_share
from lqbayes.sampling.population import POSTERIOR, Population, Rung
from lqbayes.storage.audit_file import read_audit
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.population_file import Origin, PopulationFile, Snapshot, _checksum_of_numbers, no_steps, write_population


def likelihood(path: Path) -> None:
    Posterior(Prior.load("calibration"), Likelihood.load(path))


def prior(path: Path) -> None:
    Prior.load(path)


def points(path: Path) -> None:
    predict({name: [value] for name, value in read_points(path, MODEL)[0].items()})


@contextmanager
def _named(path: Path, name: str) -> Iterator[Path]:
    """Folder in which a copy of a file has the name under which it is read."""
    folder = path.parent / f"{path.name}-folder"
    (folder / name).parent.mkdir(parents=True)
    try:
        shutil.copy(path, folder / name)
        yield folder
    finally:
        shutil.rmtree(folder)


def run(path: Path) -> None:
    """Read it as the run.toml of a run directory."""
    with _named(path, "run.toml") as folder:
        RunConfiguration.read(folder).posterior()


def status(path: Path) -> None:
    small_json(read_small_json(path, RunStatus))


def heartbeat(path: Path) -> None:
    """Garbage counts as no word at all; what comes out can be computed with."""
    with _named(path, "heartbeat/ensemble-1-population-1.json") as folder:
        annealed_share(read_heartbeat(folder, 0, 0) or EnsembleStatus(0))


def session(path: Path) -> None:
    """Garbage counts as no word at all."""
    with _named(path, "session.json") as folder:
        read_session(folder)


def audit(path: Path) -> None:
    """Garbage counts as no word at all; what comes out can be shown."""
    with _named(path, "mode-audit.json") as folder:
        str(read_audit(folder, CONFIGURATION, STEPS))


def config(path: Path) -> None:
    """Read it as the options of a command, which does not begin."""
    try:
        SAMPLE.make_context("sample", ["--config", str(path)])
    except BadParameter as error:  # how the command line refuses an option
        raise ArgumentError(error.format_message()) from error


def table(path: Path) -> None:
    """Read it as the CSV file that a likelihood names."""
    with _named(path, "table.csv") as folder:
        (folder / "table.toml").write_text(TABLE, encoding="utf-8")
        Likelihood.load(folder / "table.toml")


def published(path: Path) -> None:
    """Read it as the zip of a published run."""
    with unpacked(path) as folder:
        differing_files(folder)
        differing_tables(folder)


def population(path: Path) -> None:
    """Read everything of it that reports read."""
    file = PopulationFile(path, ORIGIN)
    for name in ("chain", "log_prob", "blobs"):
        list(file.rows(name, range(file.iteration)))
    file.snapshot()


def checkpoint(path: Path) -> None:
    """Read it as `write_small_checkpoint` writes one, and draw numbers from its random state: a wrong one reads beyond NumPy's arrays."""
    random = np.random.RandomState()
    random.set_state(PopulationFile(path, ORIGIN, checkpoint=True).snapshot().random_state)
    random.random_sample(10)


def write_small_checkpoint(path: Path, **numbers: float) -> None:
    """Write a checkpoint with some of its numbers changed and its checksum made anew, as who means harm would."""
    ladder = ((Rung(0.5, 0.0), -0.7, 0.3), (Rung(math.inf, 1e-9), -2.0, 0.1))
    population = Population(np.random.default_rng(1).normal(size=(8, 3)), np.empty((8, 0)), ladder[-1][0], -2.7, ladder)
    state = np.random.RandomState(5).get_state()
    write_population(path, ORIGIN.identity, Snapshot(population, no_steps(8, 3), tuple(state)))
    with h5py.File(path, "r+") as file:
        for name, value in numbers.items():
            owner = file["annealing"] if name in {"log_evidence", "split"} else file["mcmc"]
            owner.attrs.modify(name, np.asarray(value, dtype=owner.attrs[name].dtype))
        attributes = file["mcmc"].attrs
        random = tuple(attributes[f"random_state_{k}"] for k in range(5))
        annealing = file["annealing"].attrs
        file.attrs["crc32"] = _checksum_of_numbers(attributes["iteration"], annealing["split"], annealing["log_evidence"], random)


def write_small_population(path: Path) -> None:
    """Write a complete population's file."""
    rng, random = np.random.default_rng(2), np.random.RandomState(5).get_state()
    steps = no_steps(ORIGIN.walkers, ORIGIN.dimension)
    steps.grow(2, np.empty((ORIGIN.walkers, ORIGIN.columns)))
    for _ in range(2):
        positions, blobs = rng.normal(size=(ORIGIN.walkers, ORIGIN.dimension)), -rng.random((ORIGIN.walkers, ORIGIN.columns))
        steps.save_step(State(positions, log_prob=blobs.sum(axis=1), blobs=blobs, random_state=random), np.ones(ORIGIN.walkers, dtype=bool))
    ladder = ((Rung(1.0, 0.0), -1.0, 0.3), (POSTERIOR, -1.5, 0.2))
    write_population(path, ORIGIN.identity, Snapshot(Population(positions, blobs, POSTERIOR, -2.5, ladder), steps, tuple(random)))


TABLE = """title = "t"
data.d = "d"
[[measurement]]
name = "m"
observables = ["R_K"]
form = "tabulated"
file = "table.csv"
outside = "refuse"
unit = "1"
source = "s"
data = ["d"]
"""
MODEL = Model.load("three-leptoquarks", "paper")
CONFIGURATION = small_configuration()
SAMPLE = get_command(app).commands["sample"]  # type: ignore[attr-defined]
ORIGIN = Origin("run/1/1", 8, 3, 5)

LOADERS: dict[str, Callable[[Path], None]] = {
    "likelihood": likelihood,
    "prior": prior,
    "points": points,
    "run": run,
    "status": status,
    "heartbeat": heartbeat,
    "session": session,
    "audit": audit,
    "config": config,
    "table": table,
    "published": published,
    "checkpoint": checkpoint,
    "population": population,
}
