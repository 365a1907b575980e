"""A run directory that is right in every respect, made without sampling."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from emcee.state import State

from lqbayes.likelihood.file import load_likelihood_set
from lqbayes.model import Model
from lqbayes.posterior import Evaluation
from lqbayes.prior.file import load_prior_set
from lqbayes.running.status import EnsembleStatus, RunStatus, write_status
from lqbayes.sampling.population import POSTERIOR, Population, Rung
from lqbayes.sampling.settings import ConvergenceTargets, SamplingSettings
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.population_file import PopulationFile, Snapshot, no_steps, population_path, write_population
from lqbayes.storage.run import Run

WALKERS, STEPS = 180, 3


def make_run(folder: Path) -> Path:
    folder.mkdir(parents=True)
    model = Model.load("three-leptoquarks", "paper")
    configuration = RunConfiguration(
        load_prior_set("calibration", model),
        load_likelihood_set("calibration", model),
        model,
        SamplingSettings(1, 1, WALKERS, 1, 1, STEPS),
        ConvergenceTargets(),
        "2026-01-01T00:00:00+00:00",
        {"python": "3"},
    )
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
    return folder


def read_all(folder: Path) -> None:
    """Everything that reports read from a run directory, and what it takes to go on."""
    run = Run.open(folder)
    run.coordinates()
    run.terms()
    run.log_density()
    _ = run.ladders, run.log_evidences, list(run.stored_heights(0))
    PopulationFile(population_path(folder, 0, 0), run.configuration.origin(run.posterior_target, 0, 0)).snapshot()
