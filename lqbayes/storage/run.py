"""A run: its directory, its draws, its evidence and whether it has converged."""

from __future__ import annotations

import math
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from lqbayes.errors import RunError
from lqbayes.inference.annealing import Temperature
from lqbayes.inference.convergence import Convergence, Targets, assess
from lqbayes.inference.kernel import FIRST_TERM, LOG_PRIOR
from lqbayes.inference.posterior import Posterior
from lqbayes.inference.quantities import Draws
from lqbayes.storage.chain_file import ChainFile
from lqbayes.storage.configuration import RunConfiguration

if TYPE_CHECKING:
    import xarray

__all__ = ["Run", "chain_identity", "chain_path"]

# Draws of an ensemble that are read at the most: of long runs, steps are left out, since neighbouring ones say the same.
_DRAWS = 150_000


def chain_path(folder: Path, index: int) -> Path:
    """Path of an ensemble's chain file.

    Parameters
    ----------
    folder
        The run directory.
    index
        Number of the ensemble, from 0; files count from 1.

    Returns
    -------
    pathlib.Path
        The file.
    """
    return folder / f"ensemble-{index + 1}.h5"


def chain_identity(configuration: RunConfiguration, index: int) -> str:
    """Give what a chain file says it belongs to.

    Parameters
    ----------
    configuration
        The run's configuration.
    index
        Number of the ensemble, from 0.

    Returns
    -------
    str
        The run's identity and the number of the ensemble.
    """
    return f"{configuration.identity}/{index + 1}"


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
        self.target: Posterior = configuration.posterior()

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
        lqbayes.errors.RunError
            If there is no run, or not one step of every ensemble.
        """
        folder = Path(path)
        run = cls(folder, RunConfiguration.read(folder))
        for index, file in enumerate(run._files):
            if file.initialized:
                file.check_identity(chain_identity(run.configuration, index))
        waiting = [file.path.name for file in run._files if not file.initialized or file.iteration == 0]
        if waiting:
            names = ", ".join(waiting)
            raise RunError(f"{folder}: no posterior draws yet in {names}: the run ended, or is, before its first block of steps")
        return run

    @property
    def name(self) -> str:
        """Name of the run, that of its directory."""
        return self.path.resolve().name

    @cached_property
    def _files(self) -> list[ChainFile]:
        return [ChainFile(chain_path(self.path, index)) for index in range(self.configuration.ensembles)]

    @cached_property
    def steps(self) -> int:
        """Stored steps that every ensemble has."""
        return min(file.iteration for file in self._files)

    @cached_property
    def _stored(self) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
        every = -(-self.configuration.walkers * self.steps // _DRAWS)
        stored = [file.read(self.steps, every) for file in self._files]
        return [s.positions for s in stored], np.stack([s.parts for s in stored])

    def draws(self) -> Draws:
        """Posterior draws with their derived values.

        Returns
        -------
        Draws
            Of all walkers of all ensembles, at as many steps as each of them has; of a long run, at every so many steps, the last one among
            them. `coordinates`, `terms` and `log_density` belong to the same draws.
        """
        return self._draws

    @cached_property
    def _draws(self) -> Draws:
        return Draws(self.target, self._stored[0])

    def coordinates(self) -> NDArray[np.float64]:
        """Posterior draws in the sampling coordinates.

        Returns
        -------
        (ensembles, steps, walkers, d) array
            Coordinates.
        """
        return np.stack(self._stored[0])

    def terms(self) -> NDArray[np.float64]:
        """One log-likelihood per term of every draw.

        Returns
        -------
        (ensembles, steps, walkers, t) array
            In the order of ``run.target.term_names``.
        """
        return self._stored[1][..., FIRST_TERM:]

    def log_density(self) -> NDArray[np.float64]:
        """Log prior plus log-likelihood of every draw.

        Returns
        -------
        (ensembles, steps, walkers) array
            Unnormalised log posterior density in the sampling coordinates.
        """
        return np.asarray(self._stored[1][..., LOG_PRIOR] + self.terms().sum(axis=-1))

    def convergence(self, targets: Targets | None = None) -> Convergence:
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
    def ladders(self) -> list[tuple[tuple[Temperature, float, float], ...]]:
        """Annealing ladder of each ensemble: temperature, log of the mean weight, acceptance."""
        return [file.read_ladder() for file in self._files]

    @cached_property
    def log_evidences(self) -> NDArray[np.float64]:
        """Each ensemble's estimate of the log evidence."""
        return np.array([file.read_log_evidence() for file in self._files])

    @property
    def log_evidence(self) -> float:
        """Logarithm of the evidence: of the mean of the ensembles' estimates, each of which is unbiased."""
        return float(logsumexp(self.log_evidences) - math.log(len(self.log_evidences)))

    @property
    def log_evidence_error(self) -> float:
        """Standard error of `log_evidence`: scatter of the ensembles' logarithms over the root of their number; NaN with a single one."""
        count = len(self.log_evidences)
        return float(np.std(self.log_evidences, ddof=1) / math.sqrt(count)) if count > 1 else math.nan

    @cached_property
    def posterior(self) -> xarray.DataTree:
        """The run as ArviZ reads it."""
        from lqbayes.report.arviz_adapter import to_datatree

        return to_datatree(self)
