"""What each group of constraints costs in evidence: by leaving it out of the draws of a run, and between runs.

python analysis/group_costs.py RUN [RUN ...]
python analysis/group_costs.py --write FOLDER

The first prints the table of runs of `lqbayes sample` with the formulas full: of those of full-2026, and of every two of which one has all
measurements of the other. The second writes, for each group, a file that extends full-2026 without it, and says how to make the runs.
`lqbayes reweight RUN --likelihood FILE --anneal`, from a run of full-2026, is quicker, and finds no mode that this has not seen.
"""

from __future__ import annotations

import argparse
import math
import re
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import numpy as np
from comparison import mean_of, standard_model
from constraint_groups import grouped
from numpy.typing import NDArray
from page import markdown_table, write_csv
from runs import Options

import lqbayes
from lqbayes.results.evidence_ratios import annealed_ratio
from lqbayes.results.importance import importance_weights, smallest_ess
from lqbayes.sampling.estimates import jackknife_error, without_each

_WHOLE = "full-2026"
_BOUND = "bound on g"  # No measurement: the table of evidences has the volume that it cuts
_MEANING = """Each group left out of the draws by importance weights, where these have a tail that can be trusted. "At most" holds in any
case: the posterior mean of the group's ln L, which by Jensen's inequality the logarithm of the ratio never exceeds. The standard model pays
the last column, so the difference to it is what the group says against the leptoquarks. What the draws cannot say takes a run without the
group: `python analysis/group_costs.py --write FOLDER` writes its measurements."""
_MOST_NAMED = 9
Cost = tuple[str, float, float, float, float, float]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of some runs, or write the likelihoods of runs to make."""
    parser = argparse.ArgumentParser(
        prog="python analysis/group_costs.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", type=Path, help="run directories")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the set full-2026 without each group into this folder")
    words = parser.parse_args(arguments)
    if words.write is not None:
        print("\n".join(commands(write_sets(words.write))))
    if words.runs:
        runs = [lqbayes.Run.open(path) for path in words.runs]
        whole = [run for run in runs if run.configuration.likelihood.name == _WHOLE]
        print(f"{group_table(whole)}\n\n" if whole else "", step_table(runs), sep="")


def write_sets(folder: Path) -> list[Path]:
    """Write for each group of measurements the whole set without it."""
    whole = lqbayes.Likelihood.load(_WHOLE, lqbayes.Model.load(variant="full"))
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for group, members in grouped(whole.term_names).items():
        if group == _BOUND:
            continue
        path = folder / f"without-{re.sub('[^a-z0-9]+', '-', group.lower()).strip('-')}.toml"
        names = ", ".join(f'"{name}"' for name in members)
        text = f'extends = "{_WHOLE}"\ntitle = "Measurements of 2026 without those of {group}"\nformulas = "full"\nremove = [{names}]\n'
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def commands(sets: Sequence[Path]) -> list[str]:
    """What makes a run of each set."""
    return [f"lqbayes sample --formulas full --likelihood {path} --prior full" for path in sets]


def cost_section(given: Options, found: Sequence[lqbayes.Run], runs: Sequence[lqbayes.Run]) -> str:
    """Costs by groups of the runs of everything, and steps between runs."""
    names = ("run", "group", "ln_ratio", "error", "at_most", "at_most_error", "ln_likelihood_standard_model")
    write_csv(given, "group-costs", names, [(run.name, *row) for run in found for row in group_costs(run)])
    return f"## Which group costs how much evidence\n\n{_MEANING}\n\n{group_table(found)}\n\n{step_table(runs)}"


def group_costs(run: lqbayes.Run) -> list[Cost]:
    """Of each group the logarithm of the evidence ratio with its error, its bound with its error, and ln L of the standard model."""
    rows = []
    standard = standard_model(run.posterior_target.likelihood)
    terms, names = run.terms(), run.posterior_target.term_names
    for group, members in grouped(names).items():
        columns = [names.index(name) for name in members]
        term = terms[..., columns].sum(axis=-1)
        rows.append((group, *evidence_ratio(run, term), *mean_of(run, term), float(standard.terms[columns].sum())))
    return rows


def group_table(runs: Sequence[lqbayes.Run]) -> str:
    """Costs of each group in runs of the same measurements, one beside the other."""
    rows = []
    for costs in zip(*map(group_costs, runs), strict=True):
        cells = []
        for _, change, error, bound, bound_error, _ in costs:
            cells += ["not from these draws" if math.isnan(change) else f"{change:+.2f} ± {error:.2f}", f"{bound:+.2f} ± {bound_error:.2f}"]
        rows.append((costs[0][0], *cells, f"{costs[0][-1]:+.2f}"))
    columns = [f"`{run.name}`: {what}" for run in runs for what in ("ln Z with it, less without", "at most")]
    return markdown_table(("group", *columns, "ln L of the standard model"), rows)


def evidence_ratio(run: lqbayes.Run, term: NDArray[np.float64]) -> tuple[float, float]:
    """Logarithm of the evidence over that without these terms, its error from the scatter between ensembles; NaN if not to be trusted."""
    weights = run.draws().weights
    out = importance_weights(-term, run_ess=smallest_ess(run.convergence()), ensembles=weights)
    if not out.usable:
        return math.nan, math.nan
    highest = float((-term).max())
    each = np.exp(-term - highest).mean(axis=(1, 2))
    error = float(jackknife_error(np.log(without_each(each, weights))))
    return -out.log_evidence_ratio, error


def step_table(runs: Sequence[lqbayes.Run]) -> str:
    """Evidences of runs of which one has all measurements of the other: to the largest set, and from the smallest to the next ones."""
    rows = []
    for fewer, more in permutations(runs, 2):
        if not _within(fewer, more):
            continue
        largest = not any(_within(more, run) for run in runs)
        smallest = not any(_within(run, fewer) for run in runs)
        between = any(_within(fewer, run) and _within(run, more) for run in runs)
        if not largest and (between or not smallest):
            continue
        added = [name for name in more.posterior_target.term_names if name in {n for n, _ in _measured(more) - _measured(fewer)}]
        standard = standard_model(more.posterior_target.likelihood)
        alone = sum(float(standard.terms[more.posterior_target.term_names.index(name)]) for name in added)
        ratio, error = _difference(fewer, more)
        groups = list(grouped(added))
        what = "; ".join(groups) if len(groups) <= _MOST_NAMED else f"{len(groups)} groups"
        rows.append((f"`{fewer.name}`", f"`{more.name}`", what, f"{ratio:+.2f} ± {error:.2f}", f"{alone:+.2f}", f"{ratio - alone:+.2f}"))
    if not rows:
        return "No two of the runs that were given differ by measurements that only one has: no evidence from runs."
    headings = ("run", "run with more", "what it adds to", "ln Z of the second, less the first", "ln L of the standard model", "difference")
    return "From runs, what the measurements cost that only the second has:\n\n" + markdown_table(headings, rows, text=3)


def _measured(run: lqbayes.Run) -> set[tuple[str, str]]:
    return {(m.name, repr(m.numbers)) for m in run.configuration.likelihood.measurements}


def _within(one: lqbayes.Run, two: lqbayes.Run) -> bool:
    """Whether the second has all measurements of the first and others, and the same prior."""
    return one.configuration.prior.parameters == two.configuration.prior.parameters and _measured(one) < _measured(two)


def _difference(fewer: lqbayes.Run, more: lqbayes.Run) -> tuple[float, float]:
    """Difference of the logarithms of two evidences, and its error: smaller where one run was annealed from the other."""
    for new, old, sign in ((more, fewer, 1), (fewer, more, -1)):
        source = new.configuration.source
        if source is not None and source.identity == old.configuration.identity:
            found = annealed_ratio(new)
            return sign * found.value, found.error
    return more.log_evidence - fewer.log_evidence, math.hypot(fewer.log_evidence_error, more.log_evidence_error)


if __name__ == "__main__":
    main()
