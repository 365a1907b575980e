"""Chains as GetDist and CosmoMC keep them: one text file for each ensemble, names and LaTeX, ranges of the prior."""

import math
from pathlib import Path

import numpy as np

from lqbayes.export.selection import Selection
from lqbayes.quantities import Quantity, quantities
from lqbayes.storage.atomic import atomic_path, write_text_atomically
from lqbayes.storage.run import Run

_UNBOUNDED = "N"


def write_getdist(run: Run, root: Path, selection: Selection) -> list[Path]:
    """Write a run as ``getdist.loadMCSamples(root)`` reads it."""
    shown = quantities(run.posterior_target, logarithms=True)
    draws = run.draws()
    density = selection.flat(run.log_density())
    columns = [selection.flat(draws.values(quantity)) for quantity in shown]
    written = []
    for ensemble in range(selection.ensembles):
        weight = np.full(selection.draws, draws.weights[ensemble] * selection.ensembles)
        rows = np.column_stack([weight, -density[ensemble], *(column[ensemble] for column in columns)])
        path = root.with_name(f"{root.name}_{ensemble + 1}.txt")
        with atomic_path(path) as temporary:
            np.savetxt(temporary, rows, fmt="%.12g")
        written.append(path)
    # GetDist sets the whole label as mathematics.
    labels = [q.label.replace("$", "").replace(" [", r"\;[") for q in shown]
    names = "".join(f"{q.name}{'*' * (q.origin == 'observable')}\t{label}\n" for q, label in zip(shown, labels, strict=True))
    ranges = "".join("\t".join((q.name, *_range(q, run))) + "\n" for q in shown)
    for suffix, text in (("paramnames", names), ("ranges", ranges)):
        path = root.with_name(f"{root.name}.{suffix}")
        write_text_atomically(path, text)
        written.append(path)
    return written


def _range(quantity: Quantity, run: Run) -> tuple[str, ...]:
    """The values that a quantity can have: where its prior ends, or where it has no meaning any more."""
    if quantity.kind == "phase":
        return "0", repr(2 * math.pi), "periodic"
    if quantity.kind == "sign":
        return "0", "1"
    model = run.posterior_target.model
    if quantity.origin == "observable":
        low, high = model.observables[quantity.column].support
    else:
        prior, parameter = run.configuration.prior.parameters[quantity.column], model.parameters[quantity.column]
        low = parameter.lower if prior.lower is None else prior.lower
        high = parameter.upper if prior.upper is None else prior.upper
        if quantity.transform == "identity" and prior.sign == "negative":
            low, high = -high, -low
    if quantity.transform == "log10_abs":
        low, high = (math.log10(end) if 0 < end < math.inf else math.copysign(math.inf, end - 1) for end in (low, high))
    return tuple(repr(end) if math.isfinite(end) else _UNBOUNDED for end in (low, high))
