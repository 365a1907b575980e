"""Profile likelihood and posterior, side by side: the table, what it says in words, and the files."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lqbayes.report.results import save_figure
from lqbayes.report.rounding import number
from lqbayes.report.table import Column, Table
from lqbayes.results.profile import Profile
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

NOTE = (
    "Profile: the smallest -2 ln L of any point with this value that a search found, less that of the best point of all; the true one can "
    "be smaller. Density: that of the posterior, over its highest. Prior volume: the profile and the posterior disagree, since the one "
    "counts the best point alone and the other how much of the prior is near it; 'less': in the 68 % region of the profile, where the "
    "posterior is less dense than at the edge of a Gaussian's 95 % region; 'more': beyond the 95 % region of the profile, where it is "
    "denser than at the edge of a Gaussian's 68 % region."
)


def profile_table(profile: Profile, state: str) -> Table:
    """Make a table of the bins in which a point was found."""
    found = np.isfinite(profile.chi2)
    names = [axis.quantity.name for axis in profile.axes]
    content = dict(zip(names, profile.values[:, found], strict=True))
    content |= {"minus_2_ln_L": profile.chi2[found], "delta_chi2": profile.delta[found], "posterior_density": profile.density[found]}
    content["relative_density"] = profile.density[found] / profile.density.max()
    volume = np.where(profile.unlikely_for_volume, "less", np.where(profile.likely_for_volume, "more", ""))
    frame = pd.DataFrame(content | {"prior_volume": volume[found]})
    columns = (
        *(Column(name, kind="number", form=".4g") for name in names),
        Column("-2 ln L", "minus_2_ln_L", "number", ".2f"),
        Column("profile", "delta_chi2", "number", ".2f"),
        Column("density", "relative_density", "number", ".3f"),
        Column("prior volume", "prior_volume"),
    )
    title = f"Profile likelihood and posterior of {' and '.join(names)}"
    return Table(title, frame, columns, note=f"{' '.join(profile_words(profile))} {NOTE}", state=state)


def profile_words(profile: Profile) -> list[str]:
    """Say where the best point is, what the intervals are, and where the prior's volume decides."""
    names = [axis.quantity.name for axis in profile.axes]
    best = ", ".join(f"{name} = {value:.4g}" for name, value in zip(names, profile.best, strict=True))
    words = [f"Best point: {best}, with -2 ln L = {profile.chi2.min():.2f}."]
    if len(names) == 1 and profile.axes[0].quantity.kind != "phase":
        own = [" .. ".join(number(end, ".4g") for end in profile.interval(level)) for level in profile.levels]
        low95, low68, _, high68, high95 = profile.central[0]
        words.append(
            f"Profile: 68 % {own[0]}, 95 % {own[1]}. Posterior: 68 % {low68:.4g} .. {high68:.4g}, 95 % {low95:.4g} .. {high95:.4g}."
        )
    less, more = profile.unlikely_for_volume, profile.likely_for_volume
    count = int(np.isfinite(profile.chi2).sum())
    if not (less | more).any():
        return [*words, "Prior volume decides nowhere."]
    kinds = {"less": less, "more": more}
    parts = [f"{kind} in {int(cells.sum())} of {count} bins ({_where(profile, cells)})" for kind, cells in kinds.items() if cells.any()]
    return [*words, f"Prior volume decides: {', '.join(parts)}."]


def _where(profile: Profile, cells: NDArray[np.bool_]) -> str:
    ends = []
    for axis, x in zip(profile.axes, profile.values, strict=True):
        ends.append(f"{axis.quantity.name} from {np.nanmin(x[cells]):.4g} to {np.nanmax(x[cells]):.4g}")
    return ", ".join(ends)


def write_profile(run: Run, summary: Summary, profile: Profile, folder: Path) -> list[Path]:
    """Write table and figure: CSV, Markdown, PNG and PDF."""
    from lqbayes.report.plots.profile_plots import profile_figure

    name = "-".join(["profile", *(axis.quantity.name for axis in profile.axes)])
    table, figure = profile_table(profile, summary.state), profile_figure(run, summary, profile)
    written = [table.write(folder / f"{name}{suffix}") for suffix in (".csv", ".md")]
    return written + [save_figure(figure, folder / f"{name}{suffix}") for suffix in (".png", ".pdf")]
