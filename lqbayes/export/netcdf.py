"""A run as a netCDF file for ArviZ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lqbayes.export.selection import Selection
from lqbayes.storage.atomic import atomic_path
from lqbayes.storage.datatree import to_datatree

if TYPE_CHECKING:
    from lqbayes.storage.run import Run


def write_netcdf(run: Run, path: Path, selection: Selection) -> Path:
    """Write what ``xarray.open_datatree`` and ``arviz.from_netcdf`` read."""
    tree = to_datatree(run, every=selection.every, prior_draws=selection.draws)
    with atomic_path(path) as temporary:
        tree.to_netcdf(temporary, engine="h5netcdf")
    return path
