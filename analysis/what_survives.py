"""What the constraints that arXiv:2104.03248 left out do to the model: what survives, where, and what it still explains.

python analysis/what_survives.py chains/paper-paper-1 [chains/full-2026-full-full-1] [chains/full-2026-paper-full-1] [RUN ...]

The first is a run of `lqbayes sample`. The others are of the formula set full: of the set full-2026 with the prior full and with the prior
paper, of full-gm2-2021, which has the g - 2 of 2021, and any with fewer measurements, which say what the others cost: full-signals,
full-lfv, full-kaons, or the files of `python analysis/group_costs.py --write FOLDER`.
Each is known by what it was asked. The page says which are missing.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

from comparison import evidence_within_bounds, standard_model
from constraint_groups import Misses, Survival, save, survival_figure, survival_section, survivals
from explained import explanation_section
from group_costs import cost_section
from page import write_page
from reach import headline, prediction_section
from runs import ROOT, Options, summary_of
from side_by_side import evidence_section
from surviving import interval_of, interval_section, median_text, outer_text, prior_section, pull_section

import lqbayes

TITLE = "What really constrains the three leptoquarks"
PRIORS = ("full", "paper")
EXCLUDED = 0.01  # A posterior of which less survives is called excluded


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the page and its figures."""
    parser = argparse.ArgumentParser(prog="python analysis/what_survives.py", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="run directories")
    parser.add_argument("--seed", type=int, default=1, help="seed of what is drawn at random (default: 1)")
    parser.add_argument(
        "--page", type=Path, default=ROOT / "analysis" / "results" / "what-survives.md", help="the page; figures in a folder beside it"
    )
    words = parser.parse_args(arguments)
    folder = words.page.with_suffix("")
    folder.mkdir(parents=True, exist_ok=True)
    given = Options("what_survives", False, words.seed, Path(), folder, None, tuple(map(str, words.runs)))
    runs = [lqbayes.Run.open(path) for path in words.runs]
    paper = [run for run in runs if asked(run) == ("paper", "paper", "paper")]
    if len(paper) != 1:
        raise SystemExit(f"give one run of `lqbayes sample`, that of the paper's formulas, measurements and prior; there are {len(paper)}")
    found = {prior: run for prior in PRIORS for run in runs if asked(run) == ("full", "full-2026", prior)}
    then = {prior: run for prior in PRIORS for run in runs if asked(run) == ("full", "full-gm2-2021", prior)}
    misses = Misses.of(paper[0], lqbayes.Likelihood.load("full-2026", lqbayes.Model.load(variant="full")))
    alone, together = survivals(misses)
    save(survival_figure(misses, alone), given, "survival")
    sections = [
        f"<!-- finding: begin -->\n{finding(misses, alone, together, found)}\n<!-- finding: end -->",
        survival_section(given, misses, alone, together, f"{folder.name}/survival.png"),
        *posterior_sections(given, runs, list(found.values()), list(then.values())),
        *missing(found, then),
    ]
    write_page(given, TITLE, runs, sections, words.page)


def asked(run: lqbayes.Run) -> tuple[str, str, str]:
    """Formulas, measurements and prior of a run."""
    a = run.configuration
    return a.model.variant, a.likelihood.name, a.prior.name


def posterior_sections(given: Options, runs: Sequence[lqbayes.Run], found: Sequence[lqbayes.Run], then: Sequence[lqbayes.Run]) -> list[str]:
    """Write what the runs of the set full-2026 say, and those with the g - 2 of 2021."""
    if not found:
        return []
    return [
        interval_section(given, found),
        pull_section(given, found),
        evidence_section(given, [*found, *then]),
        cost_section(given, found, [run for run in runs if asked(run)[0] == "full"]),
        explanation_section(given, found, then),
        prediction_section(given, found),
        prior_section(given, found),
    ]


def missing(found: dict[str, lqbayes.Run], then: dict[str, lqbayes.Run]) -> list[str]:
    """Write which runs would answer what the page does not."""
    absent = [("full-2026", prior) for prior in PRIORS if prior not in found] + ([] if then else [("full-gm2-2021", "full")])
    if not absent:
        return []
    commands = [f"`lqbayes sample --formulas full --likelihood {likelihood} --prior {prior}`" for likelihood, prior in absent]
    return ["## Missing\n\nWhat is left under these constraints needs runs that were not given: " + " and ".join(commands) + "."]


def finding(misses: Misses, alone: Sequence[Survival], together: Sequence[Survival], found: dict[str, lqbayes.Run]) -> str:
    """Write the answer so that it can be quoted."""
    everything, count = together[0], misses.factors[..., 0].size
    excluded = "is excluded" if everything.share + 2 * everything.share_error < EXCLUDED else "is not excluded"
    left = "none survives" if everything.count == 0 else f"{everything.count} survive"
    parts = [
        f"**Three scalar leptoquarks** (arXiv:2104.03248): **the region that muon g-2 and b -> s mu mu prefer {excluded}** by measurements "
        f"that the paper left out. Of {count} draws of its posterior {left} all of them; the closest still misses one by a factor "
        f"{everything.least:.2g}. The hardest of them, each alone:",
        "\n".join(
            ["| constraints | draws that survive | the median draw misses by a factor |", "| --- | ---: | ---: |"]
            + [f"| {s.label} | {s.share_text} | {power(s.median, s.median_error)} |" for s in alone[:4]]
        ),
    ]
    for prior, run in found.items():
        mass, c9, g2 = (interval_of(run, source) for source in ("M_LQ", "C9_mu", "delta_a_mu"))
        lightest = 10 ** mass.value("low95") / 1000
        lightest_error = lightest * math.log(10) * mass.error("low95")
        alone = standard_model(run.posterior_target.likelihood).log_likelihood
        inside, inside_error = evidence_within_bounds(run)
        parts.append(
            f"**What is left** with the prior `{prior}`: leptoquarks above {lightest:.3f} ± {lightest_error:.1g} TeV (97.5 %), C9 of the "
            f"muon {median_text(c9)} (95 %: {outer_text(c9)}), Delta a_mu {median_text(g2)} (95 %: {outer_text(g2)}); the logarithm of the "
            f"Bayes factor against the standard model is {run.log_evidence - alone:+.2f} ± {run.log_evidence_error:.2f}, and "
            f"{inside - alone:+.2f} ± {inside_error:.2f} without the volume of the prior that the hard bounds cut. {headline(run)}"
        )
    runs = ", ".join(f"`{run.name}` ({state(run)})" for run in (misses.run, *found.values()))
    return "\n\n".join([*parts, f"Runs: {runs}."])


def power(number: float, error: float) -> str:
    """Write a number with its error, a large one as a power of ten times one to three digits."""
    if number < 100:
        return f"{number:.2g} ± {error:.1g}"
    exponent = math.floor(math.log10(number))
    return f"({number / 10**exponent:.2g} ± {error / 10**exponent:.1g}) × 10<sup>{exponent}</sup>"


def state(run: lqbayes.Run) -> str:
    """Say in two words whether a run can be believed."""
    return "converged" if summary_of(run).converged else "**NOT CONVERGED**"


if __name__ == "__main__":
    main()
