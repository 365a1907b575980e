"""What the corrected formulas change: the posterior of the paper's measurements under both formula sets.

python analysis/formulas.py [--quick]

The differences of the formulas are derived in docs/physics.md.
"""

from __future__ import annotations

import numpy as np
from comparison import estimates_of
from page import markdown_table, write_csv, write_page
from runs import Options, get_run, options
from side_by_side import best_fits, evidence_section, interval_figure, shift_section

import lqbayes

TITLE = "The posterior under the printed and the corrected formulas"
_CHANGED = ("delta_a_mu", "BR_mu_egamma", "BR_tau_mugamma", "BR_tau_egamma", "dm_K", "dm_Bd", "dm_Bs", "dm_D")


def main() -> None:
    """Sample what is missing and write the page."""
    given = options("formulas", __doc__)
    printed, corrected = get_run(given, "paper"), get_run(given, "paper", model=lqbayes.Model.load(variant="corrected"))
    sections = [
        """Same measurements and priors, two formula sets: `paper` as printed, `corrected` as derived in
`docs/physics.md`. The data are the same, so the difference of the log evidences is the logarithm of a Bayes
factor, though between two calculations of one model and not between models.""",
        shift_section(given, printed, corrected, "paper", "corrected"),
        interval_figure(given, (printed, corrected), ("paper", "corrected")),
        _same_points(given, printed),
        evidence_section(given, (printed, corrected)),
        best_fits(given, (printed, corrected)),
    ]
    write_page(given, TITLE, [printed, corrected], sections)


def _same_points(given: Options, printed: lqbayes.Run) -> str:
    """Say what the corrected formulas make of the draws that the printed ones gave."""
    points = printed.draws().points
    model = lqbayes.Model.load(variant="corrected")
    flat = points.reshape(-1, points.shape[-1])
    observables = model.predict(flat).reshape(*points.shape[:-1], -1)
    terms = printed.posterior_target.likelihood.log_terms(observables.reshape(len(flat), -1))
    before = printed.terms().reshape(len(flat), -1)
    names = list(model.observable_names)
    rows, table = [], []
    for name in _CHANGED:
        old, new = printed[name], observables[..., names.index(name)]
        found = estimates_of(printed, np.asarray(new / np.where(old == 0, np.nan, old)))
        median, low, high = (found[end].value for end in ("median", "low68", "high68"))
        k = printed.posterior_target.term_names.index(name)
        chi2 = [float(np.median(-2 * x[:, k])) for x in (before, terms)]
        rows.append((f"`{name}`", f"{median:.3g}", f"{low:.3g} .. {high:.3g}", *(f"{x:.2f}" for x in chi2)))
        table.append((name, median, low, high, *chi2))
    write_csv(given, "same-points", ("observable", "ratio_median", "ratio_low68", "ratio_high68", "chi2_paper", "chi2_corrected"), table)
    headings = ("observable", "corrected / paper: median", "68 %", "median chi2, paper", "median chi2, corrected")
    # Medians: a few points with large cancellations have almost any chi2.
    printed_chi2, corrected_chi2 = (float(np.median(-2 * x.sum(axis=1))) for x in (before, terms))
    return f"""## The same points under both

Draws of `{printed.name}` with their observables calculated again. The median of their chi2
changes from {printed_chi2:.1f} to {corrected_chi2:.1f}.

{markdown_table(headings, rows)}"""


if __name__ == "__main__":
    main()
