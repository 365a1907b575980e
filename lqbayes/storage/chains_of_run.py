"""The chain files of a run directory: where they are, what they belong to, how far they have come."""

from __future__ import annotations

from pathlib import Path

from lqbayes.storage.chain_reader import ChainReader
from lqbayes.storage.configuration import RunConfiguration

__all__ = ["chain_identity", "chain_path", "stored_steps"]


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


def stored_steps(folder: Path, configuration: RunConfiguration) -> list[int]:
    """Count the complete steps of each ensemble.

    Parameters
    ----------
    folder
        The run directory.
    configuration
        The run's configuration.

    Returns
    -------
    list of int
        One number per ensemble; 0 where there is no file yet.
    """
    files = [ChainReader(chain_path(folder, index)) for index in range(configuration.ensembles)]
    return [file.iteration if file.initialized else 0 for file in files]
