"""Posterior draws as one table: CSV and Parquet."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.export.selection import Selection
from lqbayes.input.errors import LqbayesError
from lqbayes.storage.atomic import atomic_path

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


def draws_columns(run: Run, selection: Selection) -> dict[str, NDArray[Any]]:
    """Columns of the table."""
    draws, per_step, model = run.draws(), len(selection.walkers), run.posterior_target.model
    columns: dict[str, NDArray[Any]] = {
        "ensemble": np.repeat(np.arange(1, selection.ensembles + 1), selection.draws),
        "step": np.tile(np.repeat(np.arange(1, selection.steps + 1), per_step), selection.ensembles),
        "walker": np.tile(selection.walkers, selection.ensembles * selection.steps),
        "log_likelihood": selection.flat(run.terms().sum(axis=-1)).ravel(),
        "log_posterior": selection.flat(run.log_density()).ravel(),
    }
    for names, values in ((model.parameter_names, draws.points), (model.observable_names, draws.observables)):
        chosen = selection.flat(values)
        columns |= {name: chosen[..., k].ravel() for k, name in enumerate(names)}
    return columns


def write_csv(run: Run, path: Path, selection: Selection) -> Path:
    """Write the table as CSV, in full precision."""
    columns = draws_columns(run, selection)
    with atomic_path(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as stream:
        stream.write(",".join(columns) + "\n")
        lists = [column.tolist() for column in columns.values()]
        stream.writelines(",".join(map(repr, row)) + "\n" for row in zip(*lists, strict=True))
    return path


def write_parquet(run: Run, path: Path, selection: Selection) -> Path:
    """Write the table as Parquet; each column carries its unit and description."""
    arrow, parquet = _pyarrow()
    model = run.posterior_target.model
    described = {p.name: {"unit": p.unit, "description": p.description} for p in model.parameters}
    described |= {o.name: {"unit": o.unit, "description": o.description} for o in model.observables}
    columns = draws_columns(run, selection)
    fields = [arrow.field(name, arrow.from_numpy_dtype(x.dtype), metadata=described.get(name)) for name, x in columns.items()]
    table = arrow.Table.from_arrays([arrow.array(x) for x in columns.values()], schema=arrow.schema(fields))
    with atomic_path(path) as temporary:
        parquet.write_table(table, temporary)
    return path


def _pyarrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise LqbayesError("Parquet needs pyarrow, which is not installed: pip install 'lqbayes[export]', or choose --format csv") from None
