"""What the singlet leptoquark S1 says in 2026 about R_D and R_D*, the muon's g - 2 and B -> K nu nu.

python analysis/singlet.py [--quick]

Three runs: log-uniform and uniform couplings, and log-uniform ones with the g - 2 of 2021 in place of today's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from comparison import percent, probability, standard_model
from constraint_groups import WITHIN, save
from explained import halfway, measured, within
from numpy.typing import NDArray
from page import markdown_table, write_csv, write_page
from runs import Options, get_run, options, summary_of
from scipy.stats import chi2
from side_by_side import best_fits, evidence_section, fit_of
from singlet_figures import coupling_figure, plane_figure
from surviving import interval_section, prior_section, pull_section

import lqbayes
from lqbayes.report.tables import interval_texts
from lqbayes.results.intervals import Interval

TITLE = "What the singlet leptoquark S1 says in 2026"
PRIORS = {"s1": "log-uniform", "s1-uniform": "uniform"}
G2 = {"s1": "2026", "s1-gm2-2021": "2021"}
_SHOWN = (
    *("R_D", "R_Dst", "delta_a_mu", "BR_BK_nunu", "BR_BKst_nunu", "C_VL", "C_SL", "C_T", "BR_Bc_taunu", "BR_tau_mugamma", "dm_Bs"),
    *("M_S1", "yL_22", "yL_23", "yL_32", "yL_33", "yR_23", "yR_32", "yR_33"),
)
_CHARGED, _G2, _NEUTRAL = "R_D_R_Dst", "delta_a_mu", "BR_BK_nunu"
_ANOMALIES = {"R_D": "R_D", "R_D*": "R_Dst", "BR(B -> K nu nu)": _NEUTRAL, "Delta a_mu": _G2}
_PRIOR_DRAWS, _QUICK_DRAWS = 500_000, 5_000
_MOST_EXCLUDING = 5


def main(arguments: list[str] | None = None) -> None:
    """Sample what is missing and write the page."""
    given = options("singlet", __doc__, arguments)
    model = lqbayes.Model.load("singlet")
    now = [get_run(given, "s1", prior, model) for prior in PRIORS]
    then = get_run(given, "s1-gm2-2021", "s1", model)
    runs = [*now, then]
    save(plane_figure(given, now, then), given, "planes")
    save(coupling_figure(now), given, "couplings")
    sections = [
        finding(given, runs),
        explained_section(given, runs),
        interval_section(given, runs, _SHOWN, _DATA),
        "![Couplings of S1 under both priors](couplings.png)",
        pull_section(given, runs),
        best_fits(given, runs),
        evidence_section(given, runs),
        volume_section(given, runs),
        prior_section(given, now),
        _LEFT_OUT,
    ]
    write_page(given, TITLE, runs, sections)


_THREE_SIGMA = 4.5  # of ln L
_DATA = "All measurements of `likelihoods/singlet/s1.toml`; `s1-gm2-2021` has the muon's g - 2 of 2021 in place of today's."
_LEFT_OUT = """## Left out

b -> s mu mu, kaon and tau decays with loops at the W vertex, tau -> 3 mu, oblique corrections, and searches at the LHC beyond a
lower end of the mass: non-resonant tau tau and tau nu limit the couplings of the tau to c and s to about 1 to 2 at 2 TeV, so that
the largest of them are optimistic. The theory errors of B -> K nu nu and g - 2 do not cover this."""


def label(run: lqbayes.Run) -> str:
    """What was asked of a run, for readers."""
    asked = run.configuration
    return f"{PRIORS[asked.prior.name]} couplings, g-2 of {G2[asked.likelihood.name]}"


def _row(run: lqbayes.Run, source: str) -> Interval:
    return next(row for row in summary_of(run).intervals if row.quantity.source == source and row.quantity.kind == "real")


def finding(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Write the answer in a few sentences."""
    likelihood, fit = runs[0].posterior_target.likelihood, fit_of(given, runs[0]).likelihood_maximum
    standard, index = standard_model(likelihood), likelihood.model.observable_index
    data = [side[0] for name in (_CHARGED, _NEUTRAL, _G2) for side in measured(likelihood, name).sides]
    changes = [
        f"{name} from {standard.observables[index[source]]:.3g} to {fit.observables[index[source]]:.3g} (measured: {value:.3g})"
        for (name, source), value in zip(_ANOMALIES.items(), data, strict=True)
    ]
    parts = [
        f"At its best, S1 takes {', '.join(changes)}; B -> K* nu nu grows by the same factor as B -> K nu nu, and its limit keeps both "
        f"small. chi2 falls from {standard.chi2:.1f} to {fit.chi2:.1f}, so that ln of the Bayes factor against the standard model is "
        f"below {fit.log_likelihood - standard.log_likelihood:.1f} with any prior within the ranges.\n"
    ]
    for run in runs:
        texts = {name: interval_texts(_row(run, source)) for name, source in _ANOMALIES.items()}
        values = ", ".join(f"{name} {median} (68 %: {inner})" for name, (median, inner, _) in texts.items())
        ratio = run.log_evidence - standard_model(run.posterior_target.likelihood).log_likelihood
        parts.append(
            f"- **{label(run)}**: ln of the Bayes factor against the standard model {ratio:+.2f} ± {run.log_evidence_error:.2f}; {values}; "
            f"R_D and R_D* at least half explained in {percent(*probability(run, halfway(run, _CHARGED)))} of the posterior."
        )
    return "\n".join(["## In short\n", *parts, "\n![R_D, R_D*, B -> K nu nu and g-2 under S1](planes.png)"])


def explained_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """How much of each anomaly the draws explain, and how much of two at once."""
    rows, table = [], []
    for run in runs:
        likelihood = run.posterior_target.likelihood
        charged, neutral = halfway(run, _CHARGED), within(measured(likelihood, _NEUTRAL), run[_NEUTRAL])
        distance = -2 * run.terms()[..., likelihood.term_names.index(_CHARGED)]
        g2 = within(measured(likelihood, _G2), run[_G2])
        hits = {
            "R_D and R_D* within their 95.4 % region": distance < chi2.ppf(WITHIN, 2),
            "R_D and R_D* at least half way": charged,
            "g-2 within 2 sigma": g2,
            "B -> K nu nu within 2 sigma": neutral,
            "R_D and R_D* at least half way, and g-2": charged & g2,
            "R_D and R_D* at least half way, and B -> K nu nu": charged & neutral,
            "all three": charged & g2 & neutral,
        }
        for condition, hit in hits.items():
            found = probability(run, hit)
            rows.append((label(run), condition, percent(*found)))
            table.append((run.name, condition, *found))
    write_csv(given, "explained", ("run", "condition", "probability", "error"), table)
    return f"""## What it explains

Half way: chi2 of R_D and R_D* at most a quarter of that of the standard model. g-2 of the year that the run has.

{markdown_table(("run", "condition", "posterior probability"), rows, text=2)}"""


def volume_section(given: Options, runs: Sequence[lqbayes.Run]) -> str:
    """Why the evidence depends on the prior: where in it the likelihood is above that of the standard model, and what excludes the rest."""
    rows, excluding, table = [], [], []
    draws = _QUICK_DRAWS if given.quick else _PRIOR_DRAWS
    for run in runs:
        posterior = run.posterior_target
        standard = standard_model(posterior.likelihood)
        most = fit_of(given, run).likelihood_maximum.log_likelihood - standard.log_likelihood
        ratio = run.log_evidence - standard.log_likelihood
        terms = posterior.terms(posterior.prior.sample(draws, np.random.default_rng(given.seed))) - standard.terms
        gain, gain_of_draws = terms.sum(axis=1), run.terms().sum(axis=-1) - standard.log_likelihood
        shares = [_share(hits) for hits in (gain > 1, np.abs(gain) <= 1, gain < -_THREE_SIGMA)]
        better = probability(run, gain_of_draws > 1)
        cells = [percent(*x) for x in (*shares, better)]
        rows.append((label(run), f"{most:+.2f}", f"{ratio:+.2f} ± {run.log_evidence_error:.2f}", *cells))
        table.append((run.name, most, ratio, run.log_evidence_error, *(x for x, _ in (*shares, better))))
        alone = terms < -_THREE_SIGMA
        worst = np.argsort(-alone.sum(axis=0))[:_MOST_EXCLUDING]
        excluding.append((label(run), ", ".join(f"`{posterior.term_names[k]}` {100 * alone[:, k].mean():.3g} %" for k in worst)))
    names = ("run", "ln_most", "ln_ratio", "error", "share_better", "share_as_good", "share_excluded", "posterior_better")
    write_csv(given, "volume", names, table)
    headings = ("run", "best fit", "evidence", "prior that is better", "as good", "excluded", "posterior that is better")
    return f"""## The evidence is a question of volume

Logarithms of the likelihood at the best fit and of the evidence, both over the likelihood of the standard model. The evidence is the
mean of the likelihood over the prior: no prior within these ranges has more than the best fit, and what is missing to it is the price
of the volume in which S1 does worse. The shares are of {draws} draws of the prior: ln L more than 1 above that of the standard
model, within 1 of it, and more than {_THREE_SIGMA:g} below it (3 sigma); the last column is of the posterior.

{markdown_table(headings, rows)}

Uniform couplings are of order 1, where the data exclude next to all of the volume. Log-uniform ones are often small: a part of their volume
is as good as the standard model, because S1 is invisible there, and a small part is better by much. R_D and R_D* of the posterior hardly
depend on this choice, B -> K nu nu does, and so does whether S1 is there at all. What excludes draws of the prior by 3 sigma and more,
alone:

{markdown_table(("run", "share of the prior"), excluding, text=2)}"""


def _share(hits: NDArray[np.bool_]) -> tuple[float, float]:
    """Share of independent draws, and its error."""
    share = float(hits.mean())
    return share, math.sqrt(share * (1 - share) / len(hits))


if __name__ == "__main__":
    main()
