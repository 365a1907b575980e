from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from lqbayes.storage.chains_of_run import chain_path


def _chain(folder: Path, index: int, steps: int, changed: str = "") -> None:
    folder.mkdir(exist_ok=True)
    with h5py.File(chain_path(folder, index), "w") as file:
        group = file.create_group("mcmc")
        group.attrs["iteration"] = steps
        for name in ("chain", "log_prob", "blobs", "random_keys"):
            group[name] = np.arange(12.0).reshape(4, 3) + (name == changed)


def test_files_that_differ_are_counted(tmp_path: Path) -> None:
    import many_ensembles

    for index in range(4):
        _chain(tmp_path / "a", index, 3)
    for index, (steps, changed) in enumerate([(3, ""), (3, "blobs"), (2, ""), (3, "random_keys")]):
        _chain(tmp_path / "b", index, steps, changed)
    assert many_ensembles.differing_files(tmp_path / "a", tmp_path / "b", 4) == 3
    assert many_ensembles.differing_files(tmp_path / "a", tmp_path / "a", 4) == 0
