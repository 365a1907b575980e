"""What experiments under way and planned would see: predictions beside the reach that they expect, from ``expected_reach.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from comparison import percent, probability, standard_model
from numpy.typing import NDArray
from page import markdown_table, write_csv
from runs import Options
from surviving import interval_of, labels, outer_text

import lqbayes

REACH = Path(__file__).with_name("expected_reach.toml")
_ENDS = ("median", "low95", "high95")
_HEADLINE = {("MEG II", "three years"), ("Mu2e", "Run I")}


@dataclass(frozen=True, slots=True)
class Reach:
    """What an experiment expects of an observable: a limit if there is no signal, or the error of a measurement."""

    experiment: str
    observable: str
    data: str = ""  # With what data
    limit: float | None = None  # At 90 % confidence
    error: float | None = None
    relative_error: float | None = None  # Of the prediction of the standard model
    arxiv: str = ""
    read: str = ""  # Where the number was read: "abstract", or of a third party "secondary"; empty where it was not

    def error_at(self, standard: float) -> float | None:
        """Expected error, where that and no limit is expected."""
        return self.error if self.relative_error is None else self.relative_error * standard

    def within(self, x: NDArray[np.float64], standard: float) -> NDArray[np.bool_] | None:
        """Which predictions are seen: above the limit, or two errors from the standard model; None where no reach is known."""
        error = self.error_at(standard)
        if self.limit is not None:
            return np.asarray(x > self.limit)
        return None if error is None else np.asarray(np.abs(x - standard) > 2 * error)

    def text(self, standard: float) -> str:
        """The number for readers, with its source and whether that was read."""
        error = self.error_at(standard)
        if self.limit is None and error is None:
            return "-"
        number = f"± {error:.2g}" if error is not None else f"< {self.limit:.2g}"
        return f"{number} ([{self.arxiv}](https://arxiv.org/abs/{self.arxiv}){'' if self.read else ', **not verified**'})"


def load(path: Path = REACH) -> list[Reach]:
    """Read what the experiments expect."""
    return [Reach(**entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["reach"]]


def seen(run: lqbayes.Run, reach: Reach) -> tuple[float, float, float]:
    """Prediction of the standard model; share of the posterior that is within reach, and its error, NaN where no reach is known."""
    likelihood = run.posterior_target.likelihood
    standard = float(standard_model(likelihood).observables[likelihood.model.observable_index[reach.observable]])
    hits = reach.within(run[reach.observable], standard)
    return standard, *((np.nan, np.nan) if hits is None else probability(run, hits))


def headline(run: lqbayes.Run) -> str:
    """Say of the best-known searches under way which share of the posterior they reach."""
    shares = [(entry, percent(*seen(run, entry)[1:])) for entry in load() if (entry.experiment, entry.data) in _HEADLINE]
    return "The expected reach covers of this posterior: " + ", ".join(f"{x.experiment} ({x.data}) {share}" for x, share in shares) + "."


def prediction_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """What experiments would see, and with which probability."""
    rows, table = [], []
    for reach in load():
        cells = []
        for run in runs:
            row, (standard, share, error) = interval_of(run, reach.observable), seen(run, reach)
            cells += [f"{row.value('median'):.3g} ± {row.error('median'):.1g}", outer_text(row)]
            cells.append("-" if np.isnan(share) else percent(share, error))
            numbers = [x for end in _ENDS for x in (row.value(end), row.error(end))]
            place = (run.name, reach.experiment, reach.data, reach.observable, standard)
            table.append((*place, *numbers, reach.limit, reach.error_at(standard), reach.arxiv, bool(reach.read), share, error))
        experiment = f"{reach.experiment}, {reach.data}" if reach.data else reach.experiment
        rows.append((experiment, f"`{reach.observable}`", reach.text(standard), f"{standard:.3g}", *cells))
    ends = [x for end in _ENDS for x in (end, f"{end}_error")]
    place = ("run", "experiment", "data", "observable", "standard_model")
    last = ("expected_limit", "expected_error", "arxiv", "verified", "within_reach", "within_reach_error")
    write_csv(given, "predictions", (*place, *ends, *last), table)
    columns = [f"{label}: {what}" for label in labels(runs) for what in ("median", "95 %", "within reach")]
    return f"""## Predictions

What the posterior predicts for searches under way and planned, beside what these expect: a limit at 90 % confidence if there is no signal,
or the error of a measurement. Within reach is a prediction above that limit, or two such errors from the standard model's; theory errors
are not in it. The numbers stand in `analysis/expected_reach.toml` with what was read; "not verified" are those of which only the paper was
found and not the number. `CR_mue_Al` is conversion in aluminium.

{markdown_table(("experiment", "observable", "expected reach", "standard model", *columns), rows, text=3)}"""
