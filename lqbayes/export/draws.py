"""Posterior draws in files of other programs: tables as CSV and Parquet, netCDF for ArviZ."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from lqbayes.export.selection import Selection
from lqbayes.input.errors import LqbayesError
from lqbayes.model import Observable, Parameter
from lqbayes.storage.atomic import atomic_path
from lqbayes.storage.frames import run_frame
from lqbayes.storage.run import Run


def write_csv(run: Run, path: Path, selection: Selection) -> Path:
    """Write the table as CSV, in full precision."""
    with atomic_path(path) as temporary:
        run_frame(run, selection.walkers).to_csv(temporary, index=False, lineterminator="\n")
    return path


def write_parquet(run: Run, path: Path, selection: Selection) -> Path:
    """Write the table as Parquet; each column carries its unit and description."""
    arrow, parquet = _pyarrow()
    model = run.posterior_target.model
    entries: tuple[Parameter | Observable, ...] = (*model.parameters, *model.observables)
    described = {entry.name: {"unit": entry.unit, "description": entry.description} for entry in entries}
    table = arrow.Table.from_pandas(run_frame(run, selection.walkers), preserve_index=False)
    schema = arrow.schema([field.with_metadata(described.get(field.name)) for field in table.schema])
    with atomic_path(path) as temporary:
        parquet.write_table(table.cast(schema), temporary)
    return path


def write_netcdf(run: Run, path: Path, selection: Selection) -> Path:
    """Write what ``xarray.open_datatree`` and ``arviz.from_netcdf`` read."""
    from lqbayes.storage.datatree import to_datatree  # noqa: PLC0415 - ArviZ takes two seconds to load

    with atomic_path(path) as temporary:
        to_datatree(run, every=selection.every, prior_draws=selection.draws).to_netcdf(temporary, engine="h5netcdf")
    return path


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise LqbayesError("Parquet needs pyarrow, which is not installed: pip install 'lqbayes[export]', or choose --format csv") from None
