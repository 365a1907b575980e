"""Numbers of the Review of Particle Physics, from the database that comes with the package ``pdg``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lqbayes.importing.measurement_file import CannotBeImportedError, Imported, Origin, identifier, optional_package
from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem

# Unit here, and how much of it one of the PDG's is.
_UNITS = {"": ("1", 1.0), "degrees": ("deg", 1.0), "hbar s**-1": ("ps^-1", 1e-12)}


@dataclass(frozen=True, slots=True)
class PdgListings:
    """The listings of one edition."""

    api: Any
    origin: Origin

    @classmethod
    def load(cls) -> PdgListings:
        """Open the database of the installed package."""
        pdg = optional_package("pdg")
        api = pdg.connect()
        citation = api.info("citation").replace("<i>", "").replace("</i>", "")
        source = f"pdg {pdg.__version__} (Review of Particle Physics {api.default_edition}, data of {api.info('data_release_timestamp')})"
        remarks = (f"{citation}, {api.info('license')}",)
        return cls(api, Origin(source, Path(pdg.__file__).with_name(pdg.SQLITE_FILENAME), remarks))

    @property
    def edition(self) -> str:
        """What the numbers are cited as, such as PDG 2026."""
        return f"PDG {self.api.default_edition}"

    def select(self, pdgids: Sequence[str], renamed: Mapping[str, str] | None = None) -> list[Imported]:
        """Import the best values or limits of identifiers, as measurements of observables that have their names unless renamed."""
        problems, imported = [], []
        for pdgid in dict.fromkeys(pdgids):
            try:
                imported.append(self.measurement(pdgid, (renamed or {}).get(pdgid, "")))
            except CannotBeImportedError as reason:
                problems.append(Problem("command line", "IDENTIFIER", str(reason), "take another, see https://pdglive.lbl.gov"))
        unused = [name for name in renamed or {} if name not in pdgids]
        problems += [Problem("command line", "--as", f"'{name}' is not imported", f"choose from: {', '.join(pdgids)}") for name in unused]
        if problems:
            raise InputError(problems)
        return imported

    def measurement(self, pdgid: str, observable: str = "") -> Imported:
        """Best value or limit of an identifier."""
        found, best = self._best(pdgid)
        unit, factor = _UNITS.get(best.units, (best.units.replace("**", "^"), 1.0))
        name = identifier(found.baseid)
        called = observable or name
        more = [f"{best.confidence_level:g} % CL" if best.confidence_level else "", best.comment or ""]
        number = ", ".join(filter(None, (" ".join(f"{best.value_text} {best.units}".split()), *more)))
        table = {
            "name": name,
            "observable": called,
            **_keys(best, factor),
            "unit": unit,
            "source": f"{self.edition}, {found.baseid}, {found.description}: {number}",
            "pdg": found.baseid,
        }
        return Imported(table, f"{found.description}, {self.edition}", {called: found.description})

    def _best(self, pdgid: str) -> tuple[Any, Any]:
        errors = optional_package("pdg.errors")
        try:
            found = self.api.get(pdgid)
        except errors.PdgInvalidPdgIdError:
            raise CannotBeImportedError(f"{self.edition} has no identifier '{pdgid}'") from None
        values = found.summary_values() if hasattr(found, "summary_values") else []
        if len(values) > 1:
            values = [value for value in values if value.in_summary_table] or values
        if len(values) != 1 or values[0].value is None:
            several = "; ".join(f"{value.value_text} {value.comment or ''}".strip() for value in values)
            raise CannotBeImportedError(
                f"{self.edition} has no single best value of {pdgid}, {found.description}{several and ': '}{several}"
            )
        return found, values[0]


def _keys(best: Any, factor: float) -> dict[str, Any]:
    """Form of a best value or limit, and its numbers."""
    what = f"{best.pdgid}, {best.description}: {best.value_text}"
    if best.is_upper_limit and best.confidence_level:
        return {"form": "upper-limit", "limit": _rounded(best.value * factor), "cl": best.confidence_level / 100}
    if best.is_limit:
        raise CannotBeImportedError(f"{what} is no upper limit with a confidence level, and there is no form for it")
    if not (best.error_positive and best.error_negative):
        raise CannotBeImportedError(f"{what} has no error")
    value, plus, minus = (_rounded(x * factor) for x in (best.value, best.error_positive, best.error_negative))
    if plus == minus:
        return {"form": "gaussian", "value": value, "error": plus}
    return {"form": "split-normal", "value": value, "plus": plus, "minus": minus}


def _rounded(x: float) -> float:
    """Number as it would be written: the PDG's have been multiplied by powers of ten."""
    return float(f"{x:.12g}")
