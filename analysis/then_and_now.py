"""What the measurements of 2026 change: the paper's set and prior against those of 2026.

python analysis/then_and_now.py [--quick]
"""

from __future__ import annotations

from comparison import ln_prior_mass, standard_model
from page import write_page
from runs import get_run, options, summary_of
from side_by_side import best_fits, evidence_section, interval_figure, shift_section

import lqbayes
from lqbayes.report.tables import interval_texts

TITLE = "The leptoquark model then and now"


def main() -> None:
    """Sample what is missing and write the page."""
    given = options("then_and_now", __doc__)
    then, now = get_run(given, "paper", "paper"), get_run(given, "2026", "2026")
    opening = """Then: the measurements and priors of arXiv:2104.03248 (`likelihoods/three-leptoquarks/paper.toml`,
`priors/three-leptoquarks/paper.toml`). Now:
`likelihoods/three-leptoquarks/2026.toml` and `priors/three-leptoquarks/2026.toml`.
The formulas are those of the paper in both. The data are not the same, so the two
evidences may not be divided by each other; each may be by the likelihood of the standard model under its own data."""
    sections = [
        opening,
        shift_section(given, then, now, "then", "now"),
        interval_figure(given, (then, now), ("then", "now")),
        evidence_section(given, (then, now)),
        _verdict(then, now),
        best_fits(given, (then, now)),
    ]
    write_page(given, TITLE, [then, now], sections)


def _verdict(then: lqbayes.Run, now: lqbayes.Run) -> str:
    """Say in numbers with errors what became of the model."""
    parts = []
    for label, run in (("then", then), ("now", now)):
        ratio = run.log_evidence - standard_model(run.posterior_target.likelihood).log_likelihood - ln_prior_mass(run)
        c9 = next(row for row in summary_of(run).intervals if row.quantity.name == "C9_mu")
        parts.append(
            f"{label}, ln of its Bayes factor against the standard model (prior within the hard bounds) is {ratio:+.2f} ± "
            f"{run.log_evidence_error:.2f}, and C9 is {c9.median:.3f} ± {c9.error('median'):.3f} (68 %: {interval_texts(c9)[1]})"
        )
    return f"**Verdict: {'; '.join(parts)}.**"


if __name__ == "__main__":
    main()
