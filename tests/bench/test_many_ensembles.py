from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from lqbayes.storage.population_file import population_path


def _population(folder: Path, index: int, changed: str = "") -> None:
    path = population_path(folder, index, 0)
    path.parent.mkdir(parents=True)
    with h5py.File(path, "w") as file:
        group = file.create_group("mcmc")
        for name in ("chain", "log_prob", "blobs"):
            group[name] = np.arange(12.0).reshape(4, 3) + (name == changed)
        group.attrs["random_state_1"] = np.arange(3) + (changed == "random")


def test_files_that_differ_are_counted(tmp_path: Path) -> None:
    import many_ensembles

    for index in range(4):
        _population(tmp_path / "a", index)
    for index, changed in enumerate(["", "blobs", "random"]):
        _population(tmp_path / "b", index, changed)
    assert many_ensembles.differing_files(tmp_path / "a", tmp_path / "b") == 3
    assert many_ensembles.differing_files(tmp_path / "a", tmp_path / "a") == 0
