"""What the constraints of the set full-2026 do to draws of another posterior: by how much each is missed, and how many draws survive it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
from comparison import estimates_of, percent, probability
from numpy.typing import NDArray
from page import markdown_table, write_csv
from runs import Options, summary_of
from scipy.stats import chi2

import lqbayes
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.report.plots.style import ALARM, INK, POSTERIOR, REGIONS, frame, new_figure, styled
from lqbayes.report.results import save_figure
from lqbayes.results.best_fit import reference_prediction

# Each measurement of full-2026 is in one group, by its name.
GROUPS: dict[str, tuple[str, ...]] = {
    "mu -> e in gold": ("CR_mue_Au",),
    "K_L -> e mu, K+ -> pi+ mu e": ("BR_KL_emu", "BR_Kp_pi_*"),
    "K -> pi nu nu": ("BR_Kp_pinunu", "BR_KL_pinunu"),
    "K_L -> mu mu, eps_K, dm_K": ("BR_KL_mumu_SD", "eps_K_NP", "dm_K"),
    "l -> l' gamma, d_e": ("BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma", "d_e"),
    "l -> 3 l": ("BR_mu_3e", "BR_tau_3*", "BR_tau_muee", "BR_tau_emumu"),
    "tau -> l and a hadron": ("BR_tau_*phi", "BR_tau_*rho", "BR_tau_*pi0", "BR_tau_*K*"),
    "D0 mixing": ("x12_D", "x12Im_D"),
    "D0 -> mu mu, e mu": ("BR_D0_*",),
    "B, Bs -> l l', B -> K(*) l l'": ("BR_B_K_[emt]*", "BR_B_Kst_[emt]*", "BR_Bs_*", "BR_B0_emu", "BR_B0_mutau", "BR_B0_mumu"),
    "B -> K(*) nu nu": ("BR_B_K_nunu", "BR_B0_Kst_nunu"),
    "Bs, Bd mixing and phases": ("dm_Bs_ps", "dm_Bd_ps", "S_psiK", "phi_s"),
    "charged currents": ("R_Ds_*", "R_D_munu", "R_K_munu", "R_B_taunu", "R_D_R_Dst", "BR_Bc_taunu"),
    "Z": ("Z_*", "A_tau", "N_nu"),
    "Higgs": ("kappa_*",),
    "LHC pairs": ("LHC_r",),
    "bound on g": ("g_max",),
    "R_K, R_K*": ("R_K_R_Kstar",),
    "b -> s mu mu": ("C9_C10_mu",),
    "g-2": ("delta_a_mu",),
}
# Groups that fewer of the draws survive hide what the others do.
_FEW = 0.01
# Fewer draws than this are counted: their share has no error that means much.
_COUNTED = 20
_BEYOND = 1e30  # what stands for factors that no plot can show, such as those of a draw without a prediction
WITHIN = math.erf(math.sqrt(2))  # probability within 2 standard deviations


def grouped(names: Sequence[str]) -> dict[str, list[str]]:
    """Sort measurements into the groups; each must be in exactly one."""
    found = {name: [g for g, patterns in GROUPS.items() if any(fnmatchcase(name, p) for p in patterns)] for name in names}
    wrong = [name for name, groups in found.items() if len(groups) != 1]
    if wrong:
        raise SystemExit(f"analysis/constraint_groups.py: give each measurement one group, which these have not: {', '.join(wrong)}")
    members = {group: [name for name in names if found[name] == [group]] for group in GROUPS}
    return {group: inside for group, inside in members.items() if inside}


def miss_factors(likelihood: Likelihood, observables: NDArray[np.float64]) -> NDArray[np.float64]:
    """By which factor (n, m) predictions miss each term, (n, t), above 1 where one is excluded.

    Of a limit or a bound the prediction over the limit, at its own confidence level; of measured values the distance from them over that of
    the region of 95.4 %, which is 2 standard deviations of a single one.
    """
    terms, index = likelihood.log_terms(observables), likelihood.model.observable_index
    factors = np.empty_like(terms)
    for t, m in enumerate(likelihood.settings.measurements):
        if m.has_value:
            factors[:, t] = np.sqrt(-2 * np.minimum(terms[:, t], 0) / chi2.ppf(WITHIN, len(m.observables)))
        else:
            factors[:, t] = m.predicted(observables, index)[:, 0] / m.limits(0)[1]
    return factors


@dataclass(frozen=True, slots=True, eq=False)
class Misses:
    """How the draws of a run miss the terms of a likelihood."""

    run: lqbayes.Run
    names: tuple[str, ...]
    factors: NDArray[np.float32]  # (ensembles, steps, walkers, t) array
    standard: dict[str, float]  # The same of the standard model

    @classmethod
    def of(cls, run: lqbayes.Run, likelihood: Likelihood) -> Misses:
        """Predict the observables of the likelihood's model for the parameters that a run has drawn."""
        points, model = run.draws().points, likelihood.model
        factors = np.empty((*points.shape[:3], len(likelihood.term_names)), dtype=np.float32)
        for k, ensemble in enumerate(points):
            found = miss_factors(likelihood, model.predict(ensemble.reshape(-1, points.shape[-1])))
            factors[k] = np.minimum(found, _BEYOND).reshape(factors.shape[1:])
        reference = reference_prediction(likelihood)
        if reference is None:
            raise SystemExit(f"the model {model.name} has no point without new physics")
        alone = miss_factors(likelihood, reference.observables[np.newaxis])[0]
        return cls(run, likelihood.term_names, factors, dict(zip(likelihood.term_names, alone.tolist(), strict=True)))

    @property
    def binding(self) -> tuple[str, ...]:
        """Terms that the standard model meets: where it does not, a miss says nothing of leptoquarks."""
        return tuple(name for name in self.names if self.standard[name] <= 1)

    def largest(self, names: Iterable[str]) -> NDArray[np.float32]:
        """Largest factor of some terms in every draw."""
        columns = [self.names.index(name) for name in names]
        return np.asarray(self.factors[..., columns].max(axis=-1))

    def hardest(self, names: Sequence[str]) -> str:
        """The term of these that is most often the one that is missed by most."""
        columns = [self.names.index(name) for name in names]
        counts = np.bincount(self.factors[..., columns].argmax(axis=-1).ravel(), minlength=len(names))
        return names[int(counts.argmax())]


@dataclass(frozen=True, slots=True)
class Survival:
    """What some terms leave of the draws."""

    label: str
    hardest: str
    share: float
    share_error: float
    count: int  # Draws that survive, each counted once
    median: float  # Factor by which the median draw misses
    median_error: float
    least: float  # The same of the draw that comes closest
    ends: tuple[float, ...]  # Quantiles of the factor, as `lqbayes.quantities.LEVELS`

    @classmethod
    def of(cls, misses: Misses, label: str, names: Sequence[str]) -> Survival:
        """Count the draws that meet all these terms."""
        largest = misses.largest(names)
        meets = largest <= 1
        found = estimates_of(misses.run, largest.astype(float))
        ends = tuple(estimate.value for estimate in found.values())
        median = found["median"]
        shares = probability(misses.run, meets)
        return cls(label, misses.hardest(names), *shares, int(meets.sum()), median.value, median.error, float(largest.min()), ends)

    @property
    def share_text(self) -> str:
        """The share for readers."""
        return (
            percent(self.share, self.share_error)
            if self.count == 0 or self.count >= _COUNTED
            else f"{self.count} draw{'s' * (self.count > 1)}"
        )


def survivals(misses: Misses) -> tuple[list[Survival], list[Survival]]:
    """Each group by itself, the one that is missed by most first, and some groups together."""
    groups = {g: [n for n in names if n in misses.binding] for g, names in grouped(misses.names).items()}
    groups = {g: names for g, names in groups.items() if names}
    alone = sorted((Survival.of(misses, g, names) for g, names in groups.items()), key=lambda s: -s.median)
    together = [Survival.of(misses, "all of them", [n for names in groups.values() for n in names])]
    hard = [s.label for s in alone if s.share < _FEW]
    rest = [n for g, names in groups.items() if g not in hard for n in names]
    if hard and rest:
        together.append(Survival.of(misses, f"all but those that less than {100 * _FEW:g} % survive", rest))
    return alone, together


def survival_section(given: Options, misses: Misses, alone: Sequence[Survival], together: Sequence[Survival], picture: str) -> str:
    """The table, the figure and what they do not say."""
    single = [Survival.of(misses, name, [name]) for name in misses.names]
    headings = ("constraint", "hardest_term", "share", "share_error", "draws", "median_factor", "median_factor_error", "least_factor")
    for name, found in (("survival", [*alone, *together]), ("survival-terms", single)):
        rows = [(s.label, s.hardest, s.share, s.share_error, s.count, s.median, s.median_error, s.least) for s in found]
        write_csv(given, name, headings, rows)
    texts = [
        (s.label, f"`{s.hardest}`", s.share_text, f"{s.median:.2g} ± {s.median_error:.1g}", f"{s.least:.2g}") for s in (*alone, *together)
    ]
    missed = [f"`{name}` ({misses.standard[name]:.2f})" for name in misses.names if name not in misses.binding]
    summary, count = summary_of(misses.run), misses.factors[..., 0].size
    scarcest = min(q.ess for q in summary.convergence.quantities if not math.isnan(q.ess))
    table = markdown_table(("constraints", "hardest of them", "survive", "the median misses by", "the closest by"), texts, text=2)
    return f"""## What survives of the paper's posterior

The {count} draws of `{misses.run.name}` (formulas, measurements and priors of arXiv:2104.03248), with their observables calculated by the
formula set `full` and compared with the set `full-2026`. A draw survives a limit below it, at the limit's own confidence level, and a
measured value within the region of 95.4 % about it. The factor by which it misses is the prediction over the limit, or the distance from
the value over that to the region's edge; of several constraints the largest. It is below 1 where the draw survives. What the standard model
misses by itself is left out: {", ".join(missed) or "nothing"}.

{table}

![By how much the draws of {misses.run.name} miss each group of constraints]({picture})

± is the Monte Carlo error from the scatter between ensembles. Draws of an ensemble are not independent: a share that no draw has is
only known to be below about {300 / scarcest:.1g} % (95 % confidence, {scarcest:.0f} effective draws of the scarcest quantity). That a
region of the parameters is excluded does not mean that the model is: what is left of it needs a run of its own, below."""


@styled()
def survival_figure(misses: Misses, alone: Sequence[Survival]) -> object:
    """Draw the factor by which the draws miss each group: 68 % and 95 % of them, median, closest."""
    summary = summary_of(misses.run)
    figure = new_figure(10, 1.9 + 0.33 * len(alone), 130)
    axes = figure.subplots()
    smallest = 1e-4
    for row, s in enumerate(alone):
        low95, low68, median, high68, high95 = (max(x, smallest) for x in s.ends)
        axes.barh(row, high95 - low95, left=low95, height=0.62, color=REGIONS[0], zorder=2)
        axes.barh(row, high68 - low68, left=low68, height=0.62, color=REGIONS[1], zorder=2)
        axes.plot([median, median], [row - 0.31, row + 0.31], color=POSTERIOR, linewidth=2, zorder=3)
        axes.plot([max(s.least, smallest)], [row], marker="|", color=INK, markersize=9, zorder=3)
        axes.text(1.012, row, s.share_text, transform=axes.get_yaxis_transform(), va="center", fontsize=9)
    axes.axvline(1, color=ALARM, linewidth=1.2, zorder=4)
    axes.text(1.012, -0.85, "survive", transform=axes.get_yaxis_transform(), va="center", fontsize=9, fontweight="bold")
    axes.set_xscale("log")
    axes.set_xlim(smallest, 2 * max(max(s.ends) for s in alone))
    axes.set_yticks(range(len(alone)), [s.label for s in alone], fontsize=9)
    axes.set_ylim(len(alone) - 0.5, -0.5)
    axes.set_xlabel("prediction over limit, or distance from the measured value over that of its 95.4 % region")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6, zorder=0)
    notes = [
        "Right of the red line: excluded. Light and dark: 95 % and 68 % of the draws; line: median; tick: the draw that comes closest."
    ]
    frame(figure, summary, "by how much its draws miss what it did not know", notes, left=2.3, right=1.85, below=0.55, above=0.15)
    return figure


def save(figure: object, given: Options, name: str) -> None:
    """Write a figure as PNG and PDF."""
    for suffix in ("png", "pdf"):
        save_figure(figure, given.output / f"{name}.{suffix}")  # type: ignore[arg-type]
