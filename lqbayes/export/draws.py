"""Posterior draws in files of other programs: tables as CSV and Parquet, netCDF for ArviZ."""

from importlib import import_module
from pathlib import Path
from typing import Any

from lqbayes.export.selection import Selection
from lqbayes.input.errors import LqbayesError
from lqbayes.storage.atomic import atomic_path
from lqbayes.storage.frames import run_frame
from lqbayes.storage.run import Run


def write_csv(run: Run, path: Path, selection: Selection) -> Path:
    """Write the table as CSV, in full precision."""
    with atomic_path(path) as temporary:
        run_frame(run, selection.walkers).to_csv(temporary, index=False, lineterminator="\n")
    return path


def write_parquet(run: Run, path: Path, selection: Selection) -> Path:
    """Write the table as Parquet; each column carries its unit, symbol and description, as do the ``attrs`` that pandas reads."""
    arrow, parquet = _pyarrow()
    frame = run_frame(run, selection.walkers)
    table = arrow.Table.from_pandas(frame, preserve_index=False)
    described = [{key.removesuffix("s"): found[name] for key, found in frame.attrs.items() if name in found} for name in frame.columns]
    fields = [field.with_metadata(words or None) for field, words in zip(table.schema, described, strict=True)]
    schema = arrow.schema(fields, metadata=table.schema.metadata)
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
