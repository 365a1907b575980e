"""A run directory that is right in every respect, made without sampling."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from emcee.state import State

from lqbayes.export.archive import pack
from lqbayes.export.published import HASHES, regular_files, sha256_of
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.model import Model
from lqbayes.posterior import Evaluation
from lqbayes.prior.file import load_prior_set
from lqbayes.running.session import Session
from lqbayes.running.status import EnsembleStatus, RunStatus, write_status
from lqbayes.sampling.mode_audit import Mode, ModeAudit
from lqbayes.sampling.population import POSTERIOR, Population, Rung
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings
from lqbayes.storage.audit_file import FILE_NAME as AUDIT
from lqbayes.storage.audit_file import write_audit
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.population_file import PopulationFile, Snapshot, no_steps, population_path, write_population
from lqbayes.storage.run import Run

WALKERS, STEPS = 180, 3
ROOT = Path(__file__).parents[2]


def small_configuration() -> RunConfiguration:
    model = Model.load("three-leptoquarks", "paper")
    return RunConfiguration(
        load_prior_set("calibration", model),
        load_likelihood_set("calibration", model),
        model,
        SamplingSettings(1, 1, WALKERS, 1, 1, STEPS),
        ConvergenceTargets(),
        "2026-01-01T00:00:00+00:00",
        {"python": "3"},
    )


def make_run(folder: Path) -> Path:
    folder.mkdir(parents=True)
    configuration = small_configuration()
    configuration.write(folder)
    posterior = configuration.posterior()
    origin = configuration.origin(posterior, 0, 0)
    rng, state, steps = np.random.default_rng(1), np.random.RandomState(1).get_state(), no_steps(WALKERS, posterior.dimension)
    steps.grow(STEPS, np.empty((WALKERS, origin.columns)))
    for _ in range(STEPS):
        positions, blobs = posterior.prior.sample(WALKERS, rng), -rng.random((WALKERS, Evaluation.width(len(posterior.term_names))))
        steps.save_step(State(positions, log_prob=blobs.sum(axis=1), blobs=blobs, random_state=state), np.ones(WALKERS, dtype=bool))
    ladder = ((Rung(1.0, 0.0), -1.0, 0.3), (Rung(math.inf, 0.5), -0.5, 0.3), (POSTERIOR, -1.5, 0.2))
    population = Population(positions, blobs, POSTERIOR, -3.0, ladder)
    write_population(population_path(folder, 0, 0), origin.identity, Snapshot(population, steps, tuple(state)))
    status = RunStatus("small", 0.0, 1.0, ensembles=(EnsembleStatus(0, "sampling", steps=STEPS),))
    write_status(folder, status)
    modes = tuple(
        Mode((0.5,) * posterior.dimension, -9.0, *rest) for rest in ((-3.0, 0.1, 0.4, 0.0, None, True), (None, None, 0.0, 0.1, 0.9, False))
    )
    write_audit(folder, configuration, STEPS, 0.1, ModeAudit(modes, 5000, 40))
    return folder


def good_files(run: Path) -> dict[str, bytes]:
    """Contents of right files by their kinds, but of those with draws."""
    point = json.loads((ROOT / "tests" / "models" / "three_leptoquarks" / "data" / "reference-points.json").read_text("utf-8"))[0]["point"]
    status = (run / "status.json").read_bytes()
    return {
        "likelihood": (ROOT / "likelihoods" / "three-leptoquarks" / "calibration.toml").read_bytes(),
        "prior": (ROOT / "priors" / "three-leptoquarks" / "calibration.toml").read_bytes(),
        "run": (run / "run.toml").read_bytes(),
        "points": json.dumps([point]).encode(),
        "status": status,
        "heartbeat": json.dumps(json.loads(status)["ensembles"][0]).encode(),
        "session": json.dumps(asdict(Session(5, 40))).encode(),
        "audit": (run / AUDIT).read_bytes(),
        "config": b'likelihood = "paper"\nseed = 5\nrhat = 1.02\nmax-time = "2h"\nhard_limits = true\n',
        "table": b"R_K,log_likelihood\n0.7,-2\n0.8,0\n0.9,-1.5\n",
        "published": _published(run),
    }


def _published(run: Path) -> bytes:
    """The zip of a published run, but its draws: they are read as those of other runs are."""
    with TemporaryDirectory() as place:
        folder = Path(place) / "published"
        folder.mkdir()
        for path in (path for path in run.iterdir() if path.is_file()):
            shutil.copy(path, folder)
        hashes = "".join(f"{sha256_of(path)}  {name}\n" for name, path in regular_files(folder))
        (folder / HASHES).write_text(hashes, encoding="utf-8")
        pack(folder, folder.with_suffix(".zip"))
        return folder.with_suffix(".zip").read_bytes()


def read_all(folder: Path) -> None:
    """Everything that reports read from a run directory, and what it takes to go on."""
    run = Run.open(folder)
    run.coordinates()
    run.terms()
    run.log_density()
    _ = run.ladders, run.log_evidences, list(run.stored_heights(0))
    PopulationFile(population_path(folder, 0, 0), run.configuration.origin(run.posterior_target, 0, 0)).snapshot()
