"""The figures and the three findings of arXiv:2104.03248, from posteriors instead of a random scan.

python analysis/reproduce_paper.py [--quick]

Three questions, those of the paper's conclusions: can the new g - 2 be had together with C9 of about -1; is C9 = -C10 preferred, and can
other directions be had; does anything constrain the leptoquarks' mass.
"""

from __future__ import annotations

import math

import numpy as np
from comparison import estimates_of, interval_texts, percent, probability
from numpy.typing import NDArray
from page import markdown_table, write_csv, write_page
from runs import Options, get_run, options, summary_of

import lqbayes
from lqbayes.results.information import information
from lqbayes.sampling.estimates import jackknife_error, without_each

TITLE = "The findings of arXiv:2104.03248 as posteriors"
SCENARIOS = {
    "scenario-c9": "C9 only, (II.11)",
    "scenario-c10": "C10 only, (II.12)",
    "scenario-c9-equals-c10": "C9 = C10, (II.13)",
    "scenario-c9-minus-c10": "C9 = -C10, (II.14)",
    "scenario-best-fit": "both free, (II.15)",
}
# A contribution smaller than this is no explanation of anything: half the error of the fits.
_LEAST_SIZE = 0.1
_DEGREES = 15.0


def main() -> None:
    """Sample what is missing and write the page."""
    given = options("reproduce_paper", __doc__)
    paper, free = get_run(given, "paper"), get_run(given, "constraints-only")
    targets = {name: get_run(given, name) for name in SCENARIOS}
    sections = [_figures(given, paper, free), _g_2_and_c9(paper, free), _direction(given, free, paper, targets), _mass(given, paper, free)]
    write_page(given, TITLE, [paper, free, *targets.values()], sections)


def _figures(given: Options, *runs: lqbayes.Run) -> str:
    from lqbayes.models.three_leptoquarks.paper.figures import write_figures

    lines = []
    for run in runs:
        folder = given.output / run.name
        folder.mkdir(exist_ok=True)
        files = [path.relative_to(given.output) for path in write_figures(run, summary_of(run), folder)]
        lines += [f"![{path.stem} of {run.name}]({path})" for path in files if path.suffix == ".png"]
    return "\n\n".join(["## Figures", *lines])


def _g_2_and_c9(paper: lqbayes.Run, free: lqbayes.Run) -> str:
    rows = []
    for run in (paper, free):
        c9, g_2 = run["C9_mu"], run["delta_a_mu"]
        window = np.abs(g_2 - 25.1e-10) < 5.9e-10
        deep = np.abs(c9 + 1) < 0.2
        cells = [percent(*probability(run, hits)) for hits in (deep, window, deep & window)]
        inside = g_2[deep]
        middle = "none" if inside.size == 0 else " .. ".join(f"{x:.2g}" for x in np.quantile(inside, (0.16, 0.84)))
        rows.append((f"`{run.name}`", *cells, middle))
    table = markdown_table(
        ("run", "P(-1.2 < C9 < -0.8)", "P(g-2 within 1 sigma)", "P(both)", "68 % of Delta a_mu where -1.2 < C9 < -0.8"), rows
    )
    return f"""## 1. Can the new g - 2 be had together with C9 of about -1?

{table}

{_both(paper)}

{_verdict_both(free)}"""


def _verdict_both(run: lqbayes.Run) -> str:
    c9, g_2 = run["C9_mu"], run["delta_a_mu"]
    share, error = probability(run, (np.abs(c9 + 1) < 0.2) & (np.abs(g_2 - 25.1e-10) < 5.9e-10))
    found = "Both can be had" if share > 2 * error else "These draws do not show that both can be had"
    return f"**Verdict: {found}: where only the constraints hold, {percent(share, error)} of the posterior has both.**"


def _both(run: lqbayes.Run) -> str:
    c9, g_2 = run["C9_mu"], run["delta_a_mu"]
    deep, window = np.abs(c9 + 1) < 0.2, np.abs(g_2 - 25.1e-10) < 5.9e-10
    together, error = probability(run, deep & window)
    if together == 0:
        return "No draw of the paper's set has both."
    product = probability(run, deep)[0] * probability(run, window)[0]
    return (
        f"Both hold with a posterior probability of {percent(together, error)} under the paper's measurements. "
        f"If they were independent it would be {100 * product:.1f} %: a ratio near 1 "
        f"says that the two anomalies do not compete for the same couplings. "
        f"Spearman's correlation of C9 and Delta a_mu is {_spearman(c9, g_2):+.3f}."
    )


def _direction(given: Options, free: lqbayes.Run, paper: lqbayes.Run, targets: dict[str, lqbayes.Run]) -> str:
    angles = [(run, *_angles(run)) for run in (free, paper)]
    rows = []
    for name, (first, second) in {
        f"C9 = -C10 within {_DEGREES:g} degrees": (-45.0, 135.0),
        f"C9 = C10 within {_DEGREES:g} degrees": (45.0, 225.0),
        f"C9 only within {_DEGREES:g} degrees": (0.0, 180.0),
        f"C10 only within {_DEGREES:g} degrees": (90.0, 270.0),
    }.items():
        cells = []
        for run, angle, large in angles:
            near = np.minimum(_distance(angle, first), _distance(angle, second)) < _DEGREES
            cells += [_share(run, near, large)]
        rows.append((name, *cells))
    rows.append(
        (
            f"sqrt(C9^2 + C10^2) > {_LEAST_SIZE:g}, to which the rows above refer",
            *(percent(*probability(run, large)) for run, _, large in angles),
        )
    )
    shares = markdown_table(("direction of (C9, C10)", f"`{free.name}`", f"`{paper.name}`"), rows)
    best = max(run.log_evidence for run in targets.values())
    evidences = [
        (SCENARIOS[name], f"({c9:g}, {c10:g})", f"{run.log_evidence:.2f} ± {run.log_evidence_error:.2f}", f"{run.log_evidence - best:+.2f}")
        for name, run in targets.items()
        for c9, c10 in [next(m.centre for m in run.posterior_target.likelihood.settings.measurements if m.name == "C9_C10_mu")]
    ]
    write_csv(
        given,
        "scenarios",
        ("scenario", "ln_evidence", "error", "converged"),
        [(name, run.log_evidence, run.log_evidence_error, run.converged) for name, run in targets.items()],
    )
    table = markdown_table(("target", "(C9, C10)", "ln Z", "below the easiest"), evidences)
    median, interval = interval_texts(paper, paper["C9_mu"] + paper["C10_mu"])
    return f"""## 2. Is C9 = -C10 preferred, and can |C9| differ from |C10|?

Direction of (C9, C10) where the constraints alone decide, and where the paper's measurements do too. Directions drawn
evenly would give every row {100 * 4 * _DEGREES / 360:.1f} %.

{shares}

{_verdict_direction(free)}

Under the paper's measurements C9 + C10, which is 0 for the triplet alone, has the median {median}
and the 68 % interval {interval}.

Evidence of the five best fits as targets, files `likelihoods/scenario-*.toml`: targets of the same width about each best fit,
everything else the same. The evidence says how much of the prior comes close to the target; it ranks the points by how easily
the model reaches them, not by what data prefer. The target of C9 = C10 lies within one standard deviation of no contribution at all.

{table}"""


def _verdict_direction(run: lqbayes.Run) -> str:
    angle, large = _angles(run)
    shares = {}
    for name, first in (("C9 = -C10", -45.0), ("C9 = C10", 45.0), ("C9 only", 0.0), ("C10 only", 90.0)):
        near = np.minimum(_distance(angle, first), _distance(angle, first + 180)) < _DEGREES
        shares[name] = probability(run, near & large)
    total = probability(run, large)[0]
    if total == 0:
        return "**Verdict: no draw has a contribution large enough to have a direction.**"
    (share, error), even = shares["C9 = -C10"], total * 4 * _DEGREES / 360
    preferred = "is preferred" if share - even > 2 * error else "is not shown to be preferred"
    others = ", ".join(f"{name} {percent(*x)}" for name, x in shares.items() if name != "C9 = -C10")
    return f"**Verdict: C9 = -C10 {preferred}: {percent(share, error)} of the draws, {100 * even:.2f} % if evenly; the others: {others}.**"


def _mass(given: Options, *runs: lqbayes.Run) -> str:
    rows, table, verdicts = [], [], []
    for run in runs:
        x = run["log10_M_LQ"]
        found = estimates_of(run, x)
        lower, median, upper = (10 ** found[name].value for name in ("low95", "median", "high95"))
        learned = next(i for i in information(run, np.random.default_rng(given.seed)) if i.parameter == "M_LQ")
        ratio, error = _density_ratio(run, x)
        rows.append(
            (
                f"`{run.name}`",
                f"{median / 1000:.2f}",
                f"{lower / 1000:.2f} .. {upper / 1000:.2f}",
                f"{learned.bits:.3f} ({learned.bias / math.log(2):.3f})",
                f"{ratio:.3f} ± {error:.3f}",
            )
        )
        excluded = "no mass is excluded" if ratio > 2 * error else "these draws do not reach the highest masses"
        verdicts.append(f"{excluded} in `{run.name}`: P(M > 4 TeV) is {ratio:.2f} ± {error:.2f} of its prior")
        table.append((run.name, median, lower, upper, learned.bits, ratio, error))
    write_csv(
        given,
        "mass",
        ("run", "median_GeV", "low95_GeV", "high95_GeV", "information_bits", "density_above_4_TeV_over_prior", "error"),
        table,
    )
    text = markdown_table(("run", "median / TeV", "95 % / TeV", "information / bit (bias in it)", "P(M > 4 TeV) over its prior"), rows)
    return f"""## 3. Is M_LQ constrained?

The prior is log-uniform from 1 to 5 TeV: its median is 2.24 TeV, its 95 % interval 1.04 .. 4.80 TeV. A last column well above 0
says that no mass is excluded; one below 1 says that light leptoquarks have it easier, since every contribution falls
with the square of the mass.

{text}

**Verdict: {"; ".join(verdicts)}.**"""


def _angles(run: lqbayes.Run) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    c9, c10 = run["C9_mu"], run["C10_mu"]
    return np.degrees(np.arctan2(c10, c9)), np.hypot(c9, c10) > _LEAST_SIZE


def _distance(angle: NDArray[np.float64], line: float) -> NDArray[np.float64]:
    return np.asarray(np.abs((angle - line + 180) % 360 - 180))


def _share(run: lqbayes.Run, hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> str:
    """Share of the hits among some draws, with its error from the scatter between ensembles."""
    both, all_of_them = ((x & among).mean(axis=(1, 2)) for x in (hits, among))
    weights = run.draws().weights
    if not weights @ all_of_them:
        return "no draws"
    with np.errstate(invalid="ignore"):  # all but one ensemble may have none
        without = without_each(both, weights) / without_each(all_of_them, weights)
    return percent(float(weights @ both / (weights @ all_of_them)), float(jackknife_error(without)))


def _spearman(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(x.ravel(), y.ravel()).statistic)


def _density_ratio(run: lqbayes.Run, log_mass: NDArray[np.float64]) -> tuple[float, float]:
    prior = math.log(5 / 4) / math.log(5)
    share, error = probability(run, log_mass > math.log10(4000))
    return share / prior, error / prior


if __name__ == "__main__":
    main()
