"""The numbers of a measurement file beside those that the PDG lists today."""

import math
from dataclasses import dataclass

from lqbayes.importing.measurement_file import CannotBeImportedError
from lqbayes.importing.pdg_listings import PdgListings
from lqbayes.input.errors import InputError
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.measurement import LikelihoodSet, Measurement
from lqbayes.model import Model

# How much is rounding: of a limit and of an error by itself, of a value by its error on both sides.
_LIMIT, _ERROR, _VALUE = 0.01, 0.06, 0.03


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
    same, better, superseded = (f"as in {edition}", False), (f"more precise than {edition}", False), (f"SUPERSEDED by {edition}", True)
    ((value, minus, plus),), ((their_value, their_minus, their_plus),) = here.sides, listed.sides
    if math.isinf(minus) and math.isinf(their_minus):
        width, their_width, rounding = plus, their_plus, _LIMIT
    elif math.isinf(minus) or math.isinf(their_minus):  # a limit beside a value
        return superseded if math.isinf(minus) else better
    else:
        width, their_width, rounding = minus + plus, their_minus + their_plus, _ERROR
    if their_width > (1 + rounding) * width:
        return better
    moved = abs(value - their_value) > _VALUE * width
    return superseded if moved or their_width < width / (1 + rounding) else same
