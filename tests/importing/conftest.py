"""A database as small as can be, with distributions named as those of flavio; and the real one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lqbayes.importing.flavio_database import FlavioDatabase
from lqbayes.importing.measurement_file import Origin


class NormalDistribution:
    def __init__(self, central_value: float, standard_deviation: float) -> None:
        self.central_value, self.standard_deviation = central_value, standard_deviation


class GaussianUpperLimit:
    limit, confidence_level = 4.2e-13, 0.9


class UniformDistribution:
    pass


class MultivariateNormalDistribution:
    central_value, err, scaled_covariance = np.array([2.0, 3.0]), np.array([0.1, 0.2]), np.array([[1, 0.5], [0.5, 1]])

    def reduce_dimension(self, exclude: tuple[int, ...]) -> Any:
        (kept,) = {0, 1} - set(exclude)
        return NormalDistribution(self.central_value[kept], self.err[kept])


def measurement(name: str, constraints: list[tuple[Any, list[Any]]]) -> Any:
    return SimpleNamespace(name=name, experiment="LHCb", inspire="Key:2021abc", url="", description=None, _constraints=constraints)


@pytest.fixture
def small(tmp_path: Path) -> FlavioDatabase:
    file = tmp_path / "measurements.yml"
    file.write_text("numbers", encoding="utf-8")
    bins = [(NormalDistribution(1e-8, 1e-9), [("<dBR/dq2>(B0->Kmumu)", low, high)]) for low, high in ((0.1, 2), (2.0, 4.0), (1.1, 6.0))]
    found = [
        measurement("MEG 2016", [(GaussianUpperLimit(), ["BR(mu->egamma)"])]),
        measurement("bins", bins),
        measurement("ranges", [(UniformDistribution(), ["x"]), (NormalDistribution(1, 1), ["y"])]),
        measurement("fit", [(MultivariateNormalDistribution(), ["R(D)", "R(D*)"])]),
        measurement("pole", [(MultivariateNormalDistribution(), ["m_W", "sigma_had"])]),
    ]
    return FlavioDatabase(Origin("flavio 0.0", file, ("remark",)), {m.name: m for m in found})


@pytest.fixture(scope="session")
def database() -> FlavioDatabase:
    if importlib.util.find_spec("flavio") is None:
        pytest.skip("flavio is not installed")
    return FlavioDatabase.load()
