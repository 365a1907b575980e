"""The chain files of a run directory: where they are, what they belong to, how far they have come."""

from __future__ import annotations

from pathlib import Path

from lqbayes.storage.chain_reader import ChainReader
from lqbayes.storage.configuration import RunConfiguration


def chain_path(folder: Path, index: int) -> Path:
    """Path of an ensemble's chain file."""
    return folder / f"ensemble-{index + 1}.h5"


def chain_identity(configuration: RunConfiguration, index: int) -> str:
    """Give what a chain file says it belongs to."""
    return f"{configuration.identity}/{index + 1}"


def stored_steps(folder: Path, configuration: RunConfiguration) -> list[int]:
    """Count the complete steps of each ensemble."""
    files = [ChainReader(chain_path(folder, index)) for index in range(configuration.ensembles)]
    return [file.iteration if file.initialized else 0 for file in files]
