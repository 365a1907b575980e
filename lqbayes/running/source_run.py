"""The run with whose draws another one begins: its complete populations, which are never written again, and its likelihood."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from lqbayes.input.errors import RunError
from lqbayes.input.printable import printable
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.sampling.bridge import Bridge
from lqbayes.sampling.population import PRIOR, Population
from lqbayes.storage.configuration import RunConfiguration, Source
from lqbayes.storage.population_file import PopulationFile, population_path
from lqbayes.storage.run import Run
from lqbayes.storage.stored_draws import stored_steps


def source_of(run: Run, folder: Path) -> Source:
    """Name a run, as far as its populations are complete, as the source of one in a folder."""
    asked = run.configuration
    complete = min(stored_steps(run.path, asked)) // asked.sampling.steps_per_population
    if complete == 0:
        raise RunError(f"{run.path}: no population of it is complete, so there is none to anneal; `lqbayes resume {run.path}` goes on")
    path, draws = os.path.relpath(run.path.resolve(), folder.resolve()), asked.walkers * asked.sampling.steps_per_population
    return Source(path=path, identity=asked.identity, populations=complete, draws=draws)


def bridge_of(folder: Path, configuration: RunConfiguration, posterior: Posterior) -> Bridge:
    """What a run's populations are annealed along."""
    if configuration.source is None:
        return Bridge.from_prior(posterior)
    _, source, _ = _source(folder, configuration)
    return Bridge.from_posterior(Likelihood(source.likelihood, source.model), posterior)


def start_of(folder: Path, configuration: RunConfiguration, posterior: Posterior, ensemble: int, number: int) -> Population:
    """Take all steps of a population of the source, from which the first rung chooses: halves and evidence go on."""
    path, source, populations = _source(folder, configuration)
    old = Posterior(posterior.prior, Likelihood(source.likelihood, source.model))
    number %= populations  # others follow by other random numbers, and in the same ensemble: ensembles share nothing
    file = PopulationFile(population_path(path, ensemble, number), source.origin(old, ensemble, number))
    snapshot = file.snapshot()
    chain, split = snapshot.steps.chain, snapshot.population.split or source.walkers // 2
    positions = np.concatenate([half.reshape(-1, posterior.dimension) for half in (chain[:, :split], chain[:, split:])])
    return replace(snapshot.population, positions=positions, rung=PRIOR, ladder=(), split=split * len(chain))


def _source(folder: Path, configuration: RunConfiguration) -> tuple[Path, RunConfiguration, int]:
    named = configuration.source
    assert named is not None
    path = folder / named.path
    needed = f"{folder}: goes on with draws of the run {printable(str(path))}"
    try:
        found = RunConfiguration.read(path, configuration.model)
    except RunError as error:
        raise RunError(f"{needed}, which cannot be read: {error}; move it back, or correct [source] path in run.toml") from None
    if found.identity != named.identity:
        raise RunError(f"{needed}, and another one is there now; move it back, or correct [source] path in run.toml")
    return path, found, named.populations
