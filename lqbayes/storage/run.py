"""A run: its directory, its draws, its evidence and whether it has converged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import RunError
from lqbayes.input.printable import printable
from lqbayes.model import Model
from lqbayes.posterior import Evaluation, Posterior
from lqbayes.quantities import Draws
from lqbayes.sampling.convergence import Convergence, assess
from lqbayes.sampling.evidence import Evidence, combined, log_mean
from lqbayes.sampling.mode_audit import ModeAudit
from lqbayes.sampling.population import Ladder
from lqbayes.sampling.settings import ConvergenceTargets
from lqbayes.storage.atomic import check_writable
from lqbayes.storage.audit_file import read_audit
from lqbayes.storage.configuration import RunConfiguration
from lqbayes.storage.population_file import PopulationFile, population_path
from lqbayes.storage.stored_draws import StoredDraws, filled

if TYPE_CHECKING:
    import pandas as pd
    import xarray

RESULTS = "results"


class Run:
    """A run directory, open for reading.

    Attributes
    ----------
    path : pathlib.Path
        The run directory.
    configuration : RunConfiguration
        What the run was asked to do.
    posterior_target : Posterior
        The posterior that was sampled.
    """

    def __init__(self, path: Path, configuration: RunConfiguration) -> None:
        self.path = path
        self.configuration = configuration
        self.posterior_target: Posterior = configuration.posterior()
        self._judged: dict[ConvergenceTargets, Convergence] = {}

    @classmethod
    def open(cls, path: str | Path, *models: Model) -> Run:
        """Open a run directory.

        Parameters
        ----------
        path
            The directory.
        *models
            The model, which a run of a user's model file needs: ``Model.load("model.py")``. Of several, that of the run is taken.

        Returns
        -------
        Run
            The run.

        Raises
        ------
        lqbayes.input.errors.RunError
            If there is no run, or not one step of every ensemble.
        lqbayes.input.errors.ArgumentError
            If the run was made with another model.
        """
        folder = Path(path)
        run = cls(folder, RunConfiguration.read(folder, *models))
        waiting = ", ".join(str(population_path(Path(), index, 0)) for index, count in enumerate(run._stored.counts) if not count)
        if waiting:
            what = f"no posterior draws yet in {waiting}: the run ended, or is, before its first steps there"
            raise RunError(f"{folder}: {what}; `lqbayes resume {folder}` goes on")
        return run

    @property
    def name(self) -> str:
        """Name of the run, that of its directory; of a published copy, that of the run itself."""
        published = self.configuration.published
        return printable(published.name if published else self.path.resolve().name)

    @property
    def results(self) -> Path:
        """Folder of what is written from the run, ``results`` in its directory; made when it is first asked for, and writable."""
        folder = self.path / RESULTS
        if folder.is_symlink():  # the run may come from somebody else, and the link lead into a folder of the user's
            raise RunError(f"{folder}: is a link, which lqbayes never makes; remove it")
        try:
            folder.mkdir(exist_ok=True)
            check_writable(folder)
        except OSError as error:
            raise RunError(f"{folder}: cannot be written ({error.strerror}); mend that, or write to another place") from None
        return folder

    @cached_property
    def _stored(self) -> StoredDraws:
        return StoredDraws(self.path, self.configuration, self.posterior_target)

    @property
    def files(self) -> list[PopulationFile]:
        """Files of the populations that can be read."""
        return [file for files in self._stored.files for file in files]

    @cached_property
    def steps(self) -> int:
        """Stored steps that every ensemble has."""
        return min(self._stored.counts)

    def draws(self) -> Draws:
        """Posterior draws with their derived values.

        Returns
        -------
        Draws
            Of all ensembles. Each ensemble's populations are pooled in proportion to their evidences: at each of the steps of a population,
            the walkers of all populations, resampled to equal weight. Of a long run, some of the steps, then of the walkers.
            `coordinates`, `terms` and `log_density` belong to the same draws. Ensembles stay apart here and have weights in proportion to
            their evidences; `Draws.pooled` takes draws of equal weight of all of them together, as everything that is printed does.
        """
        return self._draws

    @cached_property
    def _draws(self) -> Draws:
        positions = (self.ensemble_coordinates(index) for index in range(self.configuration.ensembles))
        return Draws(self.posterior_target, positions, self.log_evidences)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Values of one parameter, observable or reported quantity.

        Parameters
        ----------
        name
            Name of a parameter or an observable, as the model has it, or of a quantity, as tables have it.

        Returns
        -------
        (ensembles, steps, walkers) array
            Its value in every draw, in the units of the model; ``run.draws().pooled(...)`` gives the ensembles their weights.

        Raises
        ------
        KeyError
            If there is nothing of that name.
        """
        from lqbayes.storage.frames import named_values

        return named_values(self, name)

    def __contains__(self, name: object) -> bool:
        return name in list(self)

    def __iter__(self) -> Iterator[str]:
        from lqbayes.storage.frames import known_names

        return iter(known_names(self))

    def to_dataframe(self) -> pd.DataFrame:
        """Posterior draws as a data frame.

        Returns
        -------
        pandas.DataFrame
            One row a draw: ensemble and step, from 1, walker, from 0, weight, by which an ensemble counts as its evidence (1 on average),
            log-likelihood, unnormalised log posterior density in the sampling coordinates, and every parameter and observable by its name,
            in the units of the model. Its ``attrs`` have ``units``, ``symbols`` (LaTeX) and ``descriptions`` of the latter by their names.
        """
        from lqbayes.storage.frames import run_frame

        return run_frame(self)

    def _repr_html_(self) -> str:
        from lqbayes.storage.frames import run_html

        return run_html(self)

    def ensemble_coordinates(self, index: int) -> NDArray[np.float64]:
        """Posterior draws of one ensemble, counted from 0, in the sampling coordinates: a (steps, walkers, d) array."""
        return self._stored.read("chain", index)

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
        return self._of_all(lambda index: Evaluation.of(self._stored.read("blobs", index)).terms)

    def log_density(self) -> NDArray[np.float64]:
        """Log prior plus log-likelihood of every draw.

        Returns
        -------
        (ensembles, steps, walkers) array
            Unnormalised log posterior density in the sampling coordinates.
        """

        def density(index: int) -> NDArray[np.float64]:
            found = Evaluation.of(self._stored.read("blobs", index))
            return np.asarray(found.log_prior + found.terms.sum(axis=-1))

        return self._of_all(density)

    def _of_all(self, read: Callable[[int], NDArray[np.float64]]) -> NDArray[np.float64]:
        return filled((read(index) for index in range(self.configuration.ensembles)), self.configuration.ensembles)

    def stored_heights(self, index: int) -> Iterator[NDArray[np.float64]]:
        """Read (2, walkers) log densities and log-likelihoods of each stored step of an ensemble, whether `draws` takes it or not."""
        return self._stored.heights(index)

    def stored_coordinates(self, index: int, steps: Sequence[int]) -> Iterator[NDArray[np.float64]]:
        """Read (walkers, d) coordinates at some steps of an ensemble, counted over all its populations, in ascending order."""
        return self._stored.coordinates(index, steps)

    def convergence(self, targets: ConvergenceTargets | None = None, mapped: Callable[..., Iterable[Any]] | None = None) -> Convergence:
        """Judge convergence.

        Parameters
        ----------
        targets
            What to demand; the run's own targets unless given.
        mapped
            What maps with a pool of processes, which then judge side by side; threads do unless given.

        Returns
        -------
        Convergence
            Nested R-hat, effective sample size and errors of the interval ends of every quantity.
        """
        asked = targets or self.configuration.targets
        if asked not in self._judged:
            self._judged[asked] = assess(self._draws, asked, mapped)
        return replace(self._judged[asked], audit=self.audit)

    @property
    def audit(self) -> ModeAudit | None:
        """What a search for missed modes found in the steps that are stored now; None where there was none."""
        return read_audit(self.path, self.configuration, self.steps)

    @property
    def converged(self) -> bool:
        """Whether the run meets its own targets, and no missed mode was found."""
        return self.convergence().converged

    @cached_property
    def population_ladders(self) -> list[list[Ladder]]:
        """Annealing ladders of each ensemble's populations: rung, log of the mean weight, acceptance."""
        return self._stored.ladders

    @property
    def ladders(self) -> list[Ladder]:
        """Annealing ladder of each ensemble's first population."""
        return [ladders[0] for ladders in self.population_ladders]

    @cached_property
    def population_log_evidences(self) -> NDArray[np.float64]:
        """Estimates of the log evidence, (ensembles, populations): of the populations that every ensemble has, as `draws` uses them."""
        return self._stored.log_evidences

    @property
    def log_evidences(self) -> NDArray[np.float64]:
        """Each ensemble's estimate of the log evidence: the logarithm of the mean of its populations' evidences."""
        return log_mean(self.population_log_evidences)

    @property
    def evidence(self) -> Evidence:
        """The evidence of all ensembles together, with its error and the error's degrees of freedom."""
        return combined(self.log_evidences)

    @property
    def log_evidence(self) -> float:
        """Logarithm of the evidence: of the mean of the ensembles' evidences."""
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
