"""What the files of a run's populations hold together: the steps that count, and the draws that are read of them."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lqbayes.posterior import Evaluation, Posterior
from lqbayes.sampling.pooling import Selection, gather, select, usable_populations
from lqbayes.sampling.population import Ladder
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.population_file import PopulationFile, checkpoint_path, population_path
from lqbayes.storage.trusted_hdf5 import refusal

# Draws of all ensembles that are read at the most, however many there are, so that memory is bounded.
_DRAWS = 800_000


def stored_steps(folder: Path, configuration: RunConfiguration) -> list[int]:
    """Count the steps of each ensemble that can be read."""
    return StoredDraws(folder, configuration, configuration.posterior()).counts


def filled(parts: Iterator[NDArray[np.float64]], count: int) -> NDArray[np.float64]:
    """Stack arrays of one shape, of which no more than one is in memory besides the result."""
    first = next(parts)
    result = np.empty((count, *first.shape))
    result[0] = first
    for k, part in enumerate(parts, start=1):
        result[k] = part
    return result


class StoredDraws:
    """The populations of a run that can be read: complete ones and, of an ensemble that has none, the steps in its first checkpoint."""

    def __init__(self, folder: Path, configuration: RunConfiguration, posterior: Posterior) -> None:
        self._folder, self._configuration, self._posterior = folder, configuration, posterior

    @cached_property
    def files(self) -> list[list[PopulationFile]]:
        """Files of each ensemble's populations, up to the first that is missing."""
        return [self._files(index) for index in range(self._configuration.ensembles)]

    def _files(self, index: int) -> list[PopulationFile]:
        size = self._configuration.sampling.steps_per_population
        found: list[PopulationFile] = []
        while (path := population_path(self._folder, index, len(found))).exists() or path.is_symlink():
            file = PopulationFile(path, self._configuration.origin(self._posterior, index, len(found)))
            if file.iteration != size:
                raise refusal(path, "", f"has {file.iteration} steps, and a complete population has {size}", file.remedy)
            found.append(file)
        if not found:
            begun = self.begun(index, 0)
            found = [begun] if begun is not None and begun.iteration else []
        return found

    def begun(self, index: int, population: int) -> PopulationFile | None:
        """Open the checkpoint of a population on its way."""
        path = checkpoint_path(self._folder, index, population)
        there = path.exists() or path.is_symlink()
        return PopulationFile(path, self._configuration.origin(self._posterior, index, population), checkpoint=True) if there else None

    @property
    def counts(self) -> list[int]:
        """Steps of each ensemble."""
        return [sum(file.iteration for file in files) for files in self.files]

    @cached_property
    def _usable(self) -> tuple[list[list[PopulationFile]], int]:
        """Files of the populations that every ensemble has, and the steps that are read of each."""
        count, steps = usable_populations(min(self.counts), self._configuration.sampling.steps_per_population)
        return [files[:count] for files in self.files], steps

    @cached_property
    def ladders(self) -> list[list[Ladder]]:
        """Annealing ladders of each ensemble's populations."""
        return [[file.ladder for file in files] for files in self._usable[0]]

    @cached_property
    def log_evidences(self) -> NDArray[np.float64]:
        """Estimates of the log evidence, (ensembles, populations)."""
        return np.array([[file.log_evidence for file in files] for files in self._usable[0]])

    @cached_property
    def _selections(self) -> list[Selection]:
        draws = max(_DRAWS // self._configuration.ensembles, 1)
        return [select(logs, self._configuration.walkers, self._usable[1], draws) for logs in self.log_evidences]

    def read(self, name: str, index: int) -> NDArray[np.float64]:
        """Read the chosen draws of one ensemble, a step at a time."""
        selection = self._selections[index]
        slots = selection.slots.tolist()
        steps = zip(*(file.rows(name, slots) for file in self._usable[0][index]), strict=True)
        return filled((gather(rows, selection) for rows in steps), len(slots))

    def heights(self, index: int) -> Iterator[NDArray[np.float64]]:
        """Read (2, walkers) log densities and log-likelihoods of each step of an ensemble."""
        for file in self.files[index]:
            steps = range(file.iteration)
            for density, columns in zip(file.rows("log_prob", steps), file.rows("blobs", steps), strict=True):
                yield np.stack([density, Evaluation.of(columns).terms.sum(axis=1)])

    def coordinates(self, index: int, steps: Sequence[int]) -> Iterator[NDArray[np.float64]]:
        """Read (walkers, d) coordinates at some steps of an ensemble, counted over all its populations, in ascending order."""
        first = 0
        for file in self.files[index]:
            yield from file.rows("chain", [step - first for step in steps if first <= step < first + file.iteration])
            first += file.iteration
