"""The numbers of a measurement file beside those that the PDG lists today."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lqbayes.importing.measurement_file import CannotBeImportedError
from lqbayes.importing.pdg_listings import PdgListings
from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement
from lqbayes.model import Model

# Files round: an error by so much of itself, a value by so much of its error.
_ROUNDING = 0.06


@dataclass(frozen=True, slots=True)
class Comparison:
    """One measurement beside the PDG's."""

    name: str
    pdgid: str
    here: str
    listed: str
    verdict: str
    superseded: bool = False


def compare(measured: LikelihoodSet, model: Model, listings: PdgListings) -> list[Comparison]:
    """Compare all measurements that have an identifier of the PDG."""
    return [_compared(m, model, listings) for m in measured.measurements if m.pdg is not None]


def _compared(measurement: Measurement, model: Model, listings: PdgListings) -> Comparison:
    name, pdgid, here = measurement.name, measurement.pdg or "", "; ".join(measurement.texts())
    if len(measurement.sides) != 1:
        return Comparison(name, pdgid, here, "", "cannot be compared: not one value or limit")
    try:
        found = listings.measurement(pdgid, measurement.observables[0]).table
        content = {"title": "PDG", "data": {"PDG": "PDG"}, "measurement": [found | {"data": ["PDG"]}]}
        (listed,) = parse_likelihood_set(content, "PDG", model).measurements
    except CannotBeImportedError as reason:
        return Comparison(name, pdgid, here, "", f"cannot be compared: {reason}")
    except InputError as error:  # another unit
        return Comparison(name, pdgid, here, "", f"cannot be compared: {error.problems[0].message}")
    return Comparison(name, pdgid, here, listed.texts()[0], *_verdict(measurement, listed, listings.edition))


def _verdict(here: Measurement, listed: Measurement, edition: str) -> tuple[str, bool]:
    ((centre, minus, plus),), ((their_centre, their_minus, their_plus),) = here.sides, listed.sides
    if math.isinf(minus) != math.isinf(their_minus):  # a limit beside a value
        return (f"SUPERSEDED by {edition}", True) if math.isinf(minus) else (f"more precise than {edition}", False)
    pairs = [(a, b) for a, b in ((minus, their_minus), (plus, their_plus)) if math.isfinite(a) and math.isfinite(b)]
    moved = abs(centre - their_centre) > _ROUNDING * plus
    if not moved and all(math.isclose(a, b, rel_tol=_ROUNDING) for a, b in pairs):
        return f"as in {edition}", False
    if sum(b for _, b in pairs) > (1 + _ROUNDING) * sum(a for a, _ in pairs):
        return f"more precise than {edition}", False
    return f"SUPERSEDED by {edition}", True
