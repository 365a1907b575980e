"""The result files of a run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from lqbayes.input.errors import LqbayesError
from lqbayes.report.tables import convergence_table, error_table, interval_table, mode_table
from lqbayes.results.summary import Summary
from lqbayes.running.side_by_side import side_by_side
from lqbayes.storage.atomic import atomic_path, write_text_atomically
from lqbayes.storage.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PlotFormat = Literal["png", "pdf"]
_MODES = "missed-modes.csv"
T = TypeVar("T")


class Attempt(Protocol):
    """Draws a plot that has a name."""

    def __call__(self, name: str, draw: Callable[[], T]) -> T | None:
        """Return what was drawn, None where that failed."""


def write_results(
    run: Run,
    summary: Summary | None = None,
    *,
    groups: Iterable[str] | None = None,
    form: PlotFormat = "png",
    workers: int | None = None,
) -> list[Path]:
    """Write tables and plots into the run directory, by some processes or all cores; a plot that fails is named in a warning."""
    folder, summary = run.results, summary or Summary.of(run)

    def tables() -> list[Path]:
        texts = result_texts(summary)
        for name, text in texts.items():
            write_text_atomically(folder / name, text)
        if _MODES not in texts:
            (folder / _MODES).unlink(missing_ok=True)
        return [folder / name for name in texts]

    def kept(result: Callable[[], list[Path]]) -> list[Path]:
        try:
            return result()
        except BrokenProcessPool:  # a process was killed, perhaps one that drew a plot
            return tables()

    def save(name: str, draw: Callable[[], Figure]) -> list[Path]:
        return [save_figure(draw(), folder / name)]

    jobs: dict[str, Callable[[], list[Path]]] = {"tables": tables}
    jobs |= {f"{name}.{form}": partial(save, f"{name}.{form}", draw) for name, draw in run_plots(run, summary, groups).items()}
    with plot_attempts() as attempt, closing(side_by_side(jobs, workers)) as made:
        found = [kept(result) if name == "tables" else attempt(name, result) for name, result in made]
    return [path for paths in found for path in paths or ()]


def result_texts(summary: Summary) -> dict[str, str]:
    """Tables of a run, by the names of their files."""
    intervals = interval_table(summary)
    texts = {
        "convergence.csv": convergence_table(summary, worst=False).csv(),
        "credible-intervals.csv": intervals.csv(),
        "credible-intervals.md": intervals.markdown(),
        "credible-intervals.tex": intervals.latex(),
        "interval-errors.csv": error_table(summary).csv(),
    }
    audit = summary.convergence.audit
    return texts | ({_MODES: mode_table(summary).csv()} if audit and audit.missed else {})


def run_plots(
    run: Run, summary: Summary, groups: Iterable[str] | None = None, *, with_prior: bool = False
) -> dict[str, Callable[[], Figure]]:
    """Plots of a run by their names; matplotlib is loaded here, for all processes that draw."""
    with suppress(Exception):  # on a strange machine: then each plot says so, and costs only itself
        from lqbayes.report.plots import corner_plot, diagnostic_plots  # noqa: F401

    def corner(group: str) -> Figure:
        from lqbayes.report.plots.corner_plot import corner_figure

        return corner_figure(run, summary, group, with_prior=with_prior)

    def diagnostics() -> Figure:
        from lqbayes.report.plots.diagnostic_plots import diagnostics_figure

        return diagnostics_figure(run, summary)

    def annealing() -> Figure:
        from lqbayes.report.plots.diagnostic_plots import annealing_figure

        return annealing_figure(run, summary)

    chosen = run.posterior_target.model.corner_groups if groups is None else groups
    corners = {f"corner-{group}": partial(corner, group) for group in chosen}
    return {"diagnostics": diagnostics, "annealing": annealing} | corners  # what takes longest first, so that no core waits for it


@contextmanager
def plot_attempts() -> Iterator[Attempt]:
    """Draw plots of which none may cost what else was made: those that fail are named in one warning at the end."""
    failed: dict[str, list[str]] = {}

    def attempt(name: str, draw: Callable[[], T]) -> T | None:
        try:
            return draw()
        except LqbayesError:  # wrong input, such as a group that does not exist
            raise
        except Exception as error:
            failed.setdefault(f"{type(error).__name__}: {error}".partition("\n")[0], []).append(name)
            return None

    yield attempt
    if failed:
        reasons = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in failed.items())
        warnings.warn(f"could not be drawn: {reasons}", RuntimeWarning, stacklevel=3)


def save_figure(figure: Figure, path: Path, *, captions: bool = True) -> Path:
    """Write a figure in one go."""
    from lqbayes.report.plots.style import drop_captions, styled

    if not captions:
        drop_captions(figure)
    with atomic_path(path) as temporary, styled():
        # Half the time of the usual 6 for a file that is a thirtieth larger.
        compression: dict[str, Any] = {"pil_kwargs": {"compress_level": 3}} if path.suffix == ".png" else {}
        figure.savefig(temporary, bbox_inches=None if captions else "tight", **compression)
    return path
