"""What each group of constraints costs in evidence: by leaving it out of the draws of a run, and between runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import permutations

import numpy as np
from comparison import mean_of, standard_model
from constraint_groups import grouped
from numpy.typing import NDArray
from page import markdown_table, write_csv
from runs import Options

import lqbayes
from lqbayes.results.importance import importance_weights, smallest_ess
from lqbayes.sampling.estimates import jackknife_error, without_each


def cost_section(given: Options, found: Sequence[lqbayes.Run], runs: Sequence[lqbayes.Run]) -> str:
    """Costs by groups of each run of everything, and steps between runs."""
    parts, table = [], []
    for run in found:
        rows = []
        standard = standard_model(run.posterior_target.likelihood)
        terms, names = run.terms(), run.posterior_target.term_names
        for group, members in grouped(names).items():
            columns = [names.index(name) for name in members]
            change, error, usable = evidence_ratio(run, terms[..., columns].sum(axis=-1))
            bound, bound_error = mean_of(run, terms[..., columns].sum(axis=-1))
            alone = float(standard.terms[columns].sum())
            texts = (f"{change:+.2f} ± {error:.2f}" if usable else "not from these draws", f"{bound:+.2f} ± {bound_error:.2f}")
            rows.append((group, *texts, f"{alone:+.2f}"))
            table.append((run.name, group, change, error, bound, bound_error, alone))
        headings = ("group", "ln Z with it, less without", "at most", "ln L of the standard model")
        parts.append(f"`{run.name}`:\n\n{markdown_table(headings, rows)}")
    names = ("run", "group", "ln_ratio", "error", "at_most", "at_most_error", "ln_likelihood_standard_model")
    write_csv(given, "group-costs", names, table)
    return f"""## Which group costs how much evidence

Each group left out of the draws by importance weights, where these have a tail that can be trusted. "At most" holds in any case: the
posterior mean of the group's ln L, which by Jensen's inequality the logarithm of the ratio never exceeds. The standard model pays the last
column, so the difference to it is what the group says against the leptoquarks. What the draws cannot say takes a run without the group.

{chr(10).join(f"{part}{chr(10)}" for part in parts)}
{_steps(runs)}"""


def evidence_ratio(run: lqbayes.Run, term: NDArray[np.float64]) -> tuple[float, float, bool]:
    """Logarithm of the evidence over that without these terms, its error from the scatter between ensembles, whether to trust it."""
    weights = run.draws().weights
    out = importance_weights(-term, run_ess=smallest_ess(run.convergence()), ensembles=weights)
    if not out.usable:
        return math.nan, math.nan, False
    highest = float((-term).max())
    each = np.exp(-term - highest).mean(axis=(1, 2))
    error = float(jackknife_error(np.log(without_each(each, weights))))
    return -out.log_evidence_ratio, error, True


def _steps(runs: Sequence[lqbayes.Run]) -> str:
    """Evidences of runs of which one has all measurements of the other."""
    rows = []
    for fewer, more in permutations(runs, 2):
        one, two = ({(m.name, repr(m.numbers)) for m in run.configuration.likelihood.measurements} for run in (fewer, more))
        if fewer.configuration.prior.parameters != more.configuration.prior.parameters or not one < two:
            continue
        added = [name for name in more.posterior_target.term_names if name in {n for n, _ in two - one}]
        standard = standard_model(more.posterior_target.likelihood)
        alone = sum(float(standard.terms[more.posterior_target.term_names.index(name)]) for name in added)
        error = math.hypot(fewer.log_evidence_error, more.log_evidence_error)
        ratio = f"{more.log_evidence - fewer.log_evidence:+.2f} ± {error:.2f}"
        rows.append((f"`{fewer.name}`", f"`{more.name}`", ", ".join(grouped(added)), ratio, f"{alone:+.2f}"))
    if not rows:
        return "No two of the runs that were given differ by measurements that only one has: no evidence from runs."
    headings = ("run", "run with more", "what it adds to", "ln Z of the second, less the first", "ln L of the standard model")
    return "From runs, what the measurements cost that only the second has:\n\n" + markdown_table(headings, rows, text=3)
