"""What was read elsewhere, written as a measurement file that the loader has read."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import tomli_w

from lqbayes.input.errors import LqbayesError
from lqbayes.input.toml_document import parse_toml
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.model import Model, Observable
from lqbayes.version import __version__

_LIST = re.compile(r'\[\n((?:\s+(?:[-+.\de]+|"[^"\n]*"),\n)+)\s*\]')
_IN_NAMES = (("->", "_"), ("+", "p"), ("*", "st"), (".", "p"), ("-", "m"))


class CannotBeImportedError(LqbayesError):
    """No form of measurement says the same; the text is why."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One measurement: its table in a file but for the key ``data``, what its data are, and what its observables are called there."""

    table: dict[str, Any]
    data: str
    observables: dict[str, str]

    @property
    def unit(self) -> str:
        """Unit of its observables."""
        return str(self.table["unit"])


@dataclass(frozen=True, slots=True)
class Origin:
    """Where measurements come from."""

    source: str  # such as "flavio 2.7.1"
    file: Path  # that holds the numbers
    remarks: tuple[str, ...] = ()  # what a user of the file must know

    @property
    def text(self) -> str:
        """Say which file of which version was read, with its hash, and when."""
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()
        return f"Imported by lqbayes {__version__} on {date.today()} from {self.source}, {self.file.name}, sha256 {digest}."


def optional_package(name: str) -> Any:
    """Import a package of the extra ``physics``."""
    try:
        return import_module(name)
    except ImportError as error:
        raise LqbayesError(f"{name} cannot be imported ({error}): pip install 'lqbayes[physics]'") from None


@cache
def identifier(text: str) -> str:
    """Legal name that reads like one of another program: ``BR(KL->ee)`` is ``BR_KL_ee``."""
    for old, new in _IN_NAMES:
        text = text.replace(old, new)
    name = re.sub(r"[^A-Za-z0-9]+", "_", re.sub("[<>]", "", text)).strip("_")
    return name if name[:1].isalpha() else f"x_{name}"


def measurement_file(imported: Sequence[Imported], origin: Origin, title: str, place: str, model: Model | None = None) -> str:
    """Text of a measurement file, which messages call by its place; the names and units are checked of the model that it is for, if any."""
    content = {
        "title": title,
        "description": origin.text,
        "data": {entry.table["name"]: entry.data for entry in imported},
        "measurement": [entry.table | {"data": [entry.table["name"]]} for entry in imported],
    }
    names = {name: f"{there} [{entry.unit}]" for entry in imported for name, there in entry.observables.items()}
    comments = [
        origin.text,
        *origin.remarks,
        "",
        "The model must have these observables (import with --as to call them otherwise):",
        *(f"  {name}: {there}" for name, there in names.items()),
    ]
    tables = _LIST.sub(_in_one_line, tomli_w.dumps(content))
    text = "".join(f"# {line}".rstrip() + "\n" for line in comments) + "\n" + tables
    units = {name: entry.unit for entry in imported for name in entry.observables}
    known = model or Model("imported", "", (), tuple(Observable(*pair) for pair in units.items()), predict=lambda points: points)
    parse_likelihood_set(parse_toml(text.encode(), place), place, known)
    return text


def _in_one_line(found: re.Match[str]) -> str:
    return f"[{', '.join(line.strip().rstrip(',') for line in found[1].splitlines())}]"
