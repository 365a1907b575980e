"""Wilson coefficients of the SMEFT in the exchange format wcxf, which wilson, flavio and smelli read: one file a point."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import ArgumentError
from lqbayes.model import Model
from lqbayes.results.best_fit import best_fit
from lqbayes.storage.atomic import write_text_atomically
from lqbayes.storage.run import Run
from lqbayes.version import __version__


def write_wcxf(run: Run, folder: Path, draws: int) -> list[Path]:
    """Write the point of the highest likelihood and so many draws of each ensemble, all of them for 0, into a folder."""
    model = run.posterior_target.model
    chains = run.draws().points
    chains = chains.reshape(len(chains), -1, chains.shape[-1])
    every = -(-chains.shape[1] // draws) if draws else 1
    points = {
        f"draw-{ensemble}-{number}": point
        for ensemble, rows in enumerate(chains[:, ::every], start=1)
        for number, point in enumerate(rows, start=1)
    }
    points["best-fit"] = best_fit(run).likelihood_maximum.point
    texts = {name: json.dumps(contents(model, point, f"{run.name}, {name}"), indent=1) + "\n" for name, point in points.items()}
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        write_text_atomically(folder / f"{name}.json", text)
    return [folder / f"{name}.json" for name in texts]


def contents(model: Model, point: NDArray[np.float64], description: str) -> dict[str, Any]:
    """What a wcxf file of one point holds."""
    if model.smeft is None:
        raise ArgumentError(f"--format wcxf: the model {model.name} does not say its Wilson coefficients; csv has its parameters")
    scale, coefficients = model.smeft(point)
    return {
        "eft": "SMEFT",
        "basis": "Warsaw",
        "scale": scale,
        "metadata": {"generator": f"lqbayes {__version__}", "description": f"{model.name}, {model.variant}: {description}"},
        "values": {name: {"Re": c.real, "Im": c.imag} if c.imag else c.real for name, c in coefficients.items()},
    }
