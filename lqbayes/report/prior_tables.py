"""What the prior does to the posterior, as tables."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lqbayes.report.rounding import number
from lqbayes.report.table import Column, Table
from lqbayes.results.prior_sensitivity import EDGES, NOTABLE, POWERS, PriorSensitivity, notable

_STAR = (
    f"* where it is above both {NOTABLE:g} and what chance makes of weights that have nothing to do with the quantity (with K ensembles, "
    "chance alone is above the latter once in K: of many small numbers some have a star for nothing)"
)

SCALING_NOTE = (
    "Priors raised to a power and to its inverse (power scaling, arXiv:2107.14054), as densities of the parameter itself: a log-uniform "
    "one is tilted towards a uniform one and away from it, a uniform one of numbers in the same way by |x|^(1 - power), the errors of a "
    "normal one are scaled by 1/sqrt(power). For each headline quantity the cumulative Jensen-Shannon distance of the posteriors for each "
    f"doubling of the power, {_STAR}. Power: the largest of {', '.join(f'{power:g}' for power in POWERS)} for which the weights can be "
    "used; where none can, there is no number. explain-prior.csv has the shifts of medians."
)
RANGE_NOTE = (
    f"Ends of ranges moved inwards by {EDGES[0]:.0%} of the range in the variable in which the prior is flat, or by "
    f"{' or '.join(f'{edge:.0%}' for edge in EDGES[1:])} where that leaves too few draws: shift of the medians of the headline quantities "
    f"in half widths of the 68 % interval, {_STAR}. This is exact; to first order a wider range does the opposite. Share: posterior "
    "probability of what is dropped, over the prior's. Near 0 a wider range changes nothing; else the range is part of the result, and how "
    "much lies beyond it no weights can say: only a run with the wider prior can (lqbayes sample --prior)."
)


def scaling_table(sensitivity: PriorSensitivity, state: str) -> Table:
    """What the power of each prior does."""
    names = [q.name for q in sensitivity.quantities]
    fields = ("power", "k", "k_limit", "ess")
    rows = [
        [s.group.name, s.group.text, ", ".join(s.group.parameters), *(getattr(s, field) for field in fields)]
        + [x for three in zip(s.sensitivities, s.chances, s.shifts, strict=True) for x in three]
        for s in sensitivity.scalings
    ]
    measured = [f"{kind}_{name}" for name in names for kind in ("sensitivity", "chance", "shift_per_doubling")]
    frame = pd.DataFrame(rows, columns=["parameters", "prior", "members", *fields, *measured])
    columns = (
        Column("parameters", kind="name"),
        Column("power", kind="number", form="g", extra=1),
        Column("k", kind="number", form=".2f", extra=2),
        *(_starred(name, f"sensitivity_{name}", f"chance_{name}", ".2f") for name in names),
    )
    return Table("prior", frame, columns, state=state)


def range_table(sensitivity: PriorSensitivity, state: str) -> Table:
    """What each end of a range does."""
    names = [q.name for q in sensitivity.quantities]
    rows = [
        [e.group.name, e.group.text, ", ".join(e.group.parameters), e.end, e.value, e.narrowed, e.share, e.fullest, e.ess]
        + [x for pair in zip(e.shifts, e.chances, strict=True) for x in pair]
        for e in sensitivity.ends
    ]
    measured = [f"{kind}_{name}" for name in names for kind in ("shift", "chance")]
    frame = pd.DataFrame(rows, columns=["parameters", "prior", "members", "end", "value", "narrowed", "share", "fullest", "ess", *measured])
    columns = (
        Column("parameters", kind="name"),
        Column("end", lambda r: f"{r['value']:.3g} -> {r['narrowed']:.3g}", "number"),
        Column("share", lambda r: f"{r['share']:.2f}", "number"),
        Column("of", lambda r: r["fullest"] if r["fullest"] != r["parameters"] else "", "name", extra=1),
        *(_starred(name, f"shift_{name}", f"chance_{name}", "+.2f") for name in names),
    )
    return Table("ranges", frame, columns, state=state)


def _starred(heading: str, value: str, chance: str, form: str) -> Column:
    def text(row: Mapping[str, Any]) -> str:
        return number(row[value], form, "-") + "*" * notable(row[value], row[chance])

    return Column(heading, text, "number")
