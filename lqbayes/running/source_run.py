"""The run with whose draws another one begins: its complete populations, which are never written again, and its likelihood."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.input.printable import printable
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.posterior import Posterior
from lqbayes.running.session import Session
from lqbayes.sampling.bridge import Bridge
from lqbayes.sampling.population import PRIOR, Population
from lqbayes.storage.configuration import RunConfiguration, Source
from lqbayes.storage.population_file import PopulationFile, population_path
from lqbayes.storage.run import Run
from lqbayes.storage.stored_draws import stored_steps


def source_of(run: Run, folder: Path) -> Source:
    """Name a run as the source of one in a folder."""
    return Source(path=os.path.relpath(run.path.resolve(), folder.resolve()), identity=run.configuration.identity)


def complete_populations(folder: Path, configuration: RunConfiguration) -> int:
    """Count the complete populations that every ensemble has."""
    return min(stored_steps(folder, configuration)) // configuration.sampling.steps_per_population


def within_source(folder: Path, configuration: RunConfiguration, session: Session) -> Session:
    """End a session where the run that this one was annealed from has no more draws; refuse one that is to go beyond."""
    if configuration.source is None:
        return session
    most = complete_populations(*_source(folder, configuration)) * configuration.sampling.steps_per_population
    if session.even_if_converged and session.max_steps is not None and session.max_steps > most:
        raise ArgumentError(
            f"{folder}: the run that it was annealed from has populations for {most} stored steps: `lqbayes resume` that one first, or "
            "sample the new likelihood afresh"
        )
    return replace(session, max_steps=most if session.max_steps is None else min(session.max_steps, most))


def bridge_of(folder: Path, configuration: RunConfiguration, posterior: Posterior) -> Bridge:
    """What a run's populations are annealed along."""
    if configuration.source is None:
        return Bridge.from_prior(posterior)
    _, source = _source(folder, configuration)
    return Bridge.from_posterior(Likelihood(source.likelihood, source.model), posterior)


def start_of(folder: Path, configuration: RunConfiguration, posterior: Posterior, ensemble: int, number: int) -> Population:
    """Take the walkers of a population where the source left them: its halves and its evidence go on."""
    path, source = _source(folder, configuration)
    old = Posterior(posterior.prior, Likelihood(source.likelihood, source.model))
    file = PopulationFile(population_path(path, ensemble, number), source.origin(old, ensemble, number))
    return replace(file.snapshot().population, rung=PRIOR, ladder=())


def _source(folder: Path, configuration: RunConfiguration) -> tuple[Path, RunConfiguration]:
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
    return path, found
