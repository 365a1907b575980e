"""A run: its directory, its draws, its evidence and whether it has converged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.input.printable import printable
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.quantities import Draws
from lqbayes.sampling.convergence import Convergence, ConvergenceTargets, assess
from lqbayes.sampling.evidence import Evidence, combined, log_mean
from lqbayes.sampling.pooling import Selection, gather, select, usable_populations
from lqbayes.sampling.population import Ladder
from lqbayes.storage.chain_layout import population_group
from lqbayes.storage.chain_reader import ChainReader
from lqbayes.storage.chains_of_run import chain_identity, chain_path
from lqbayes.storage.checksums import REMEDY
from lqbayes.storage.configuration import RunConfiguration

if TYPE_CHECKING:
    import xarray


# Draws of all ensembles that are read at the most, however many there are, so that memory is bounded.
_DRAWS = 800_000


class _Positions(Sequence[NDArray[np.float64]]):
    """Coordinates of a run's ensembles, each read from its file when it is asked for."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __len__(self) -> int:
        return self._run.configuration.ensembles

    def __getitem__(self, index: Any) -> Any:
        return self._run.ensemble_coordinates(range(len(self))[index])


class Run:
    """A run directory, open for reading.

    Parameters
    ----------
    path
        The run directory.
    configuration
        The contents of its run.toml.

    Attributes
    ----------
    path : pathlib.Path
        The run directory.
    configuration : RunConfiguration
        What the run was asked to do.
    target : Posterior
        The posterior that was sampled.
    """

    def __init__(self, path: Path, configuration: RunConfiguration) -> None:
        self.path = path
        self.configuration = configuration
        self.posterior_target: Posterior = configuration.posterior()

    @classmethod
    def open(cls, path: str | Path) -> Run:
        """Open a run directory.

        Parameters
        ----------
        path
            The directory.

        Returns
        -------
        Run
            The run.

        Raises
        ------
        lqbayes.input.errors.RunError
            If there is no run, or not one step of every ensemble.
        """
        folder = Path(path)
        run = cls(folder, RunConfiguration.read(folder))
        for index, file in enumerate(run._files):
            if file.initialized:
                file.check_identity(chain_identity(run.configuration, index))
                file.check_layout(
                    run.configuration.walkers, run.posterior_target.dimension, Evaluation.width(len(run.posterior_target.term_names))
                )
        waiting = [file.path.name for file in run._files if not file.initialized or file.iteration == 0]
        if waiting:
            names = ", ".join(waiting)
            raise RunError(
                f"{folder}: no posterior draws yet in {names}: the run ended, or is, before its first steps; `lqbayes resume` goes on"
            )
        return run

    @property
    def name(self) -> str:
        """Name of the run, that of its directory."""
        return printable(self.path.resolve().name)

    @cached_property
    def _files(self) -> list[ChainReader]:
        return [ChainReader(chain_path(self.path, index)) for index in range(self.configuration.ensembles)]

    @cached_property
    def steps(self) -> int:
        """Stored steps that every ensemble has."""
        return min(file.iteration for file in self._files)

    @cached_property
    def _selections(self) -> list[Selection]:
        walkers, block = self.configuration.walkers, self.configuration.sampling.block
        _, steps = usable_populations(self.steps, block)
        most = max(_DRAWS // self.configuration.ensembles, 1)
        return [select(log_evidences, walkers, steps, block, most) for log_evidences in self.population_log_evidences]

    def _read(self, name: str, index: int) -> NDArray[np.float64]:
        """Read the chosen draws of one ensemble, a step at a time."""
        selection = self._selections[index]
        populations = self.population_log_evidences.shape[1]
        steps = [int(slot) + p * selection.block for slot in selection.slots for p in range(populations)]
        rows = self._files[index].rows(name, steps)
        result: NDArray[np.float64] | None = None
        for k in range(len(selection.slots)):
            draws = gather([next(rows) for _ in range(populations)], selection)
            if result is None:
                result = np.empty((len(selection.slots), *draws.shape))
            result[k] = draws
        rows.close()
        assert result is not None  # there is at least one step
        return result

    def draws(self) -> Draws:
        """Posterior draws with their derived values.

        Returns
        -------
        Draws
            Of all ensembles. Each ensemble's populations are pooled in proportion to their evidences: at each of the steps of a population,
            the walkers of all populations, resampled to equal weight. Of a long run, some of the steps, then of the walkers.
            `coordinates`, `terms` and `log_density` belong to the same draws.
        """
        return self._draws

    @cached_property
    def _draws(self) -> Draws:
        return Draws(self.posterior_target, _Positions(self))

    def ensemble_coordinates(self, index: int) -> NDArray[np.float64]:
        """Posterior draws of one ensemble in the sampling coordinates, read from its file.

        Parameters
        ----------
        index
            Number of the ensemble, from 0.

        Returns
        -------
        (steps, walkers, d) array
            Coordinates.
        """
        return self._read("chain", index)

    def coordinates(self) -> NDArray[np.float64]:
        """Posterior draws in the sampling coordinates; of one ensemble at a time, `ensemble_coordinates` takes less memory.

        Returns
        -------
        (ensembles, steps, walkers, d) array
            Coordinates.
        """
        return self._of_all(self.ensemble_coordinates)

    def terms(self) -> NDArray[np.float64]:
        """One log-likelihood per term of every draw.

        Returns
        -------
        (ensembles, steps, walkers, t) array
            In the order of ``run.posterior_target.term_names``.
        """
        return self._of_all(lambda index: Evaluation.of(self._read("blobs", index)).terms)

    def log_density(self) -> NDArray[np.float64]:
        """Log prior plus log-likelihood of every draw.

        Returns
        -------
        (ensembles, steps, walkers) array
            Unnormalised log posterior density in the sampling coordinates.
        """

        def density(index: int) -> NDArray[np.float64]:
            found = Evaluation.of(self._read("blobs", index))
            return np.asarray(found.log_prior + found.terms.sum(axis=-1))

        return self._of_all(density)

    def _of_all(self, read: Callable[[int], NDArray[np.float64]]) -> NDArray[np.float64]:
        first = read(0)
        result = np.empty((len(self._files), *first.shape))
        result[0] = first
        for index in range(1, len(self._files)):
            result[index] = read(index)
        return result

    def stored_heights(self, index: int) -> Iterator[NDArray[np.float64]]:
        """Read how high every stored point of one ensemble is, a step at a time.

        Parameters
        ----------
        index
            Number of the ensemble, from 0.

        Yields
        ------
        (2, walkers) array
            Log density and log-likelihood at one step; of all steps in the file, whether `draws` takes them or not.
        """
        file = self._files[index]
        steps = range(file.iteration)
        for density, parts in zip(file.rows("log_prob", steps), file.rows("blobs", steps), strict=True):
            yield np.stack([density, Evaluation.of(parts).terms.sum(axis=1)])

    def stored_coordinates(self, index: int, steps: Sequence[int]) -> Iterator[NDArray[np.float64]]:
        """Read stored points of one ensemble, a step at a time.

        Parameters
        ----------
        index
            Number of the ensemble, from 0.
        steps
            Which steps of the file, from 0.

        Yields
        ------
        (walkers, d) array
            Sampling coordinates at one step.
        """
        yield from self._files[index].rows("chain", steps)

    def convergence(self, targets: ConvergenceTargets | None = None) -> Convergence:
        """Judge convergence.

        Parameters
        ----------
        targets
            What to demand; the run's own targets unless given.

        Returns
        -------
        Convergence
            Nested R-hat and effective sample size of every quantity.
        """
        return self._convergence if targets is None else assess(self._draws, targets)

    @cached_property
    def _convergence(self) -> Convergence:
        return assess(self._draws, self.configuration.targets)

    @property
    def converged(self) -> bool:
        """Whether the run meets its own targets."""
        return self._convergence.converged

    @cached_property
    def population_ladders(self) -> list[list[Ladder]]:
        """Annealing ladders of each ensemble's populations: rung, log of the mean weight, acceptance."""
        return [[file.read_ladder(p) for p in range(self.population_log_evidences.shape[1])] for file in self._files]

    @property
    def ladders(self) -> list[Ladder]:
        """Annealing ladder of each ensemble's first population."""
        return [ladders[0] for ladders in self.population_ladders]

    @cached_property
    def population_log_evidences(self) -> NDArray[np.float64]:
        """Estimates of the log evidence, (ensembles, populations): of the populations that every ensemble has, as `draws` uses them."""
        populations, _ = usable_populations(self.steps, self.configuration.sampling.block)
        found = np.array([[file.read_log_evidence(p) for p in range(populations)] for file in self._files])
        for index, p in np.argwhere(np.isnan(found)):
            place = f"{self._files[index].path}: {population_group(p)}"
            raise RunError(f"{place}: steps of this population are there, its evidence is not: bits have changed on the disk; {REMEDY}")
        return found

    @property
    def log_evidences(self) -> NDArray[np.float64]:
        """Each ensemble's estimate of the log evidence: of the mean of its populations' estimates, each of which is unbiased."""
        return log_mean(self.population_log_evidences)

    @property
    def evidence(self) -> Evidence:
        """The evidence of all ensembles together, with its error and the error's degrees of freedom."""
        return combined(self.log_evidences)

    @property
    def log_evidence(self) -> float:
        """Logarithm of the evidence: of the mean of the ensembles' estimates, each of which is unbiased."""
        return self.evidence.log

    @property
    def log_evidence_error(self) -> float:
        """Standard error of `log_evidence`, 1 sigma from the scatter of K ensembles with K - 1 degrees of freedom; NaN with one."""
        return self.evidence.error

    @cached_property
    def posterior(self) -> xarray.DataTree:
        """The run as ArviZ reads it."""
        from lqbayes.storage.datatree import to_datatree

        return to_datatree(self)
