"""Posterior draws as one table: CSV and Parquet."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lqbayes.export.selection import Selection
from lqbayes.input.errors import LqbayesError
from lqbayes.storage.atomic import atomic_path
from lqbayes.storage.frames import run_frame

if TYPE_CHECKING:
    from lqbayes.model import Observable, Parameter
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


def _pyarrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise LqbayesError("Parquet needs pyarrow, which is not installed: pip install 'lqbayes[export]', or choose --format csv") from None
