"""A run directory that is right in every respect, made without sampling."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from emcee.state import State

from lqbayes.kernel import FIRST_TERM
from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.prior.file import load_prior_set
from lqbayes.running.status import EnsembleStatus, RunStatus
from lqbayes.sampling.annealing import POSTERIOR, Population, Rung
from lqbayes.sampling.convergence import ConvergenceTargets
from lqbayes.sampling.settings import SamplingSettings
from lqbayes.storage.chain_file import ChainFile
from lqbayes.storage.chains_of_run import chain_identity, chain_path
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.run import Run

WALKERS, STEPS = 8, 3


def make_run(folder: Path) -> Path:
    folder.mkdir(parents=True)
    configuration = RunConfiguration(
        load_prior_set("calibration"),
        load_likelihood_set("calibration"),
        "paper",
        SamplingSettings(1, 1, WALKERS, 1, 1, STEPS),
        ConvergenceTargets(),
        "2026-01-01T00:00:00+00:00",
        {"python": "3"},
    )
    configuration.write(folder)
    posterior = configuration.posterior()
    rng = np.random.default_rng(1)
    parts = FIRST_TERM + len(posterior.term_names)
    file = ChainFile(chain_path(folder, 0))
    file.create(WALKERS, posterior.dimension, parts, chain_identity(configuration, 0))
    random = np.random.RandomState(1).get_state()
    for _ in range(STEPS):
        positions = posterior.prior.sample(WALKERS, rng)
        blobs = -rng.random((WALKERS, parts))
        file.save_step(State(positions, log_prob=blobs.sum(axis=1), blobs=blobs, random_state=random), np.ones(WALKERS, dtype=bool))
    file.flush()
    rungs = ((Rung(1.0, 0.0), -1.0, 0.3), (POSTERIOR, -2.0, 0.2))
    file.write_population(0, Population(positions, blobs, POSTERIOR, -3.0, rungs))
    status = RunStatus("small", 0.0, 1.0, ensembles=(EnsembleStatus(0, "sampling", steps=STEPS),))
    (folder / "status.json").write_text(json.dumps(status.to_dict()), encoding="utf-8")
    return folder


def read_all(folder: Path) -> None:
    """Everything that reports read from a run directory."""
    run = Run.open(folder)
    run.coordinates()
    run.terms()
    run.log_density()
    _ = run.ladders, run.log_evidences
    for file in (ChainFile(chain_path(folder, index)) for index in range(run.configuration.ensembles)):
        file.read_last()
