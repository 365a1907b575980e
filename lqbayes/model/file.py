"""A user's model file turned into a `Model`: its tables, checked, and the function that it defines."""

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean, shown
from lqbayes.model import Model, ModelSource, Observable, Parameter
from lqbayes.model.predictors import MANY, ONE, FilePredictor
from lqbayes.model.user_code import UserCode
from lqbayes.model.user_moves import NAME as MOVES
from lqbayes.model.user_moves import REMEDY, user_moves

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,79}")
_KNOWN = ("PARAMETERS", "OBSERVABLES", "GROUPS", "REFERENCE", "LOGARITHMIC", MOVES, "NAME")


def _is_number(x: Any) -> bool:
    return isinstance(x, Real) and not isinstance(x, bool) and not math.isnan(x)


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(("unit", "symbol", "description"), (lambda x: isinstance(x, str), "text, in quotes")),
    **dict.fromkeys(("lower", "upper"), (_is_number, "a number")),
    **dict.fromkeys(("periodic", "headline", "logarithmic"), (lambda x: isinstance(x, bool), "True or False")),
    "default": (lambda x: x is None or _is_number(x), "a number"),
    "former_names": (lambda x: isinstance(x, tuple | list) and all(isinstance(n, str) for n in x), "a list of names"),
    "support": (lambda x: isinstance(x, tuple | list) and len(x) == 2 and all(map(_is_number, x)) and x[0] < x[1], "two numbers, in order"),
    "usual_power": (lambda x: x is None or type(x) is int, "a whole number"),
}
_loaded: dict[tuple[str, str], Model] = {}


def load_model_file(path: str | os.PathLike[str], sha256: str | None = None) -> Model:
    """Run a user's model file and make a model of it; the same model where the same file is loaded again."""
    found = _loaded.get((os.path.abspath(path), sha256 or ""))
    if found is not None:
        return found
    code = UserCode(path, sha256)
    return _loaded.setdefault((code.path, code.sha256), _Reader(code).model())


class _Reader:
    """Reads the tables of a file and gathers what is wrong with them."""

    def __init__(self, code: UserCode) -> None:
        self.code = code
        self.problems: list[Problem] = []

    def wrong(self, name: str, message: str, remedy: str, entry: str = "") -> None:
        self.problems.append(self.code.problem(self.code.line_of(name, entry), message, remedy))

    def model(self) -> Model:
        parameters = self.table("PARAMETERS", Parameter)
        observables = self.table("OBSERVABLES", Observable)
        names = ([p.name for p in parameters], [o.name for o in observables])
        for name in sorted(set(names[0]) & set(names[1])):
            self.wrong("OBSERVABLES", f"{name} is a parameter, too", "name one of them otherwise", name)
        if parameters:
            self.functions(names[0])
        groups, logarithmic = self.groups([*names[0], *names[1]]), self.logarithmic(names[1])
        reference = self.reference(parameters, names[1])
        name, moves = self.name(), self.code.get(MOVES)
        if moves is not None and not callable(moves):
            self.wrong(MOVES, f"{MOVES} is {shown(moves)}, not a function", REMEDY)
        if self.problems:
            raise InputError(self.problems)
        predictor = FilePredictor(self.code, *names)
        return Model(
            name=name,
            variant="",
            title=(self.code.module.__doc__ or "").strip().split("\n")[0].rstrip("."),
            parameters=tuple(parameters),
            observables=tuple(replace(o, logarithmic=o.logarithmic or o.name in logarithmic) for o in observables),
            predict=predictor,
            groups=groups,
            moves=None if moves is None else user_moves(self.code),
            reference=_reference(predictor, names, reference) if reference else None,
            source=ModelSource("file", self.code.path, self.code.sha256, self.code.text),
            uncompiled=predictor.reason,
        )

    def table(self, name: str, kind: type[Any]) -> list[Any]:
        """One of the two tables."""
        what, example = kind.__name__, f'{name} = [{kind.__name__}("x", "1", "x"), ...]'
        found = self.code.get(name)
        if not isinstance(found, list | tuple) or not found:
            close = [key for key in vars(self.code.module) if key.isupper() and key not in _KNOWN]
            message = f"there is no table {name}" if found is None else f"{name} is {shown(found)}, not a list of {what} entries"
            advice = did_you_mean(name, close)
            self.wrong(name, message, f"write {example}" + (f"; {advice}" if advice.endswith("?") else ""))
            return []
        entries, seen = [], set()
        for entry in found:
            if not isinstance(entry, kind):
                self.wrong(name, f"an entry of {name} is {shown(entry)}", f"make each entry with lqbayes.{what}(...)", str(entry))
            elif not (isinstance(entry.name, str) and entry.name.isascii() and entry.name.isidentifier()):
                self.wrong(name, f"{shown(entry.name)} is no name", "use letters, digits and underscores", str(entry.name))
            elif entry.name in seen:
                self.wrong(name, f"{name} has {entry.name} twice", "name each once", entry.name)
            else:
                for key, (is_right, words) in _FIELDS.items():
                    if hasattr(entry, key) and not is_right(getattr(entry, key)):
                        self.wrong(name, f"{entry.name}: {key} is {shown(getattr(entry, key))}", f"give it {words}", entry.name)
                if kind is Parameter and _is_number(entry.lower) and _is_number(entry.upper) and entry.lower >= entry.upper:
                    self.wrong(name, f"{entry.name}: lower is {entry.lower:g}, not below upper", "let it be below", entry.name)
                entries.append(entry)
                seen.add(entry.name)
        return entries

    def functions(self, parameters: Sequence[str]) -> None:
        """Check that there is a function, and that its arguments are the parameters."""
        one = self.code.functions(ONE).get(ONE)
        if one is None:
            if not callable(self.code.get(MANY)):
                other = self.code.get(ONE)
                message = f"there is no function {ONE}" if other is None else f"{ONE} is {shown(other)}, not a plain function"
                self.wrong(ONE, message, f"define {ONE}({', '.join(parameters)}), which returns the observables")
            return
        code = one.__code__
        arguments = list(code.co_varnames[: code.co_argcount])
        required = arguments[: len(arguments) - len(one.__defaults__ or ())]
        missing, unknown = [p for p in parameters if p not in arguments], [a for a in required if a not in parameters]
        misplaced = [a for a in arguments[: len(parameters)] if a not in parameters]
        if missing or unknown or misplaced or code.co_kwonlyargcount:
            parts = [f"{' and '.join(missing)} in PARAMETERS but no argument" if missing else ""]
            parts += [f"{' and '.join(unknown or misplaced)} an argument but not in PARAMETERS" if unknown or misplaced else ""]
            message = f"the arguments of {ONE} are not the parameters: {'; '.join(filter(None, parts)) or 'it has arguments after *'}"
            self.wrong(ONE, message, f"write def {ONE}({', '.join(parameters)})")

    def groups(self, known: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Corner plots that the file asks for."""
        found = self.code.get("GROUPS")
        if found is None:
            return {}
        if not isinstance(found, Mapping) or not all(isinstance(k, str) and isinstance(v, list | tuple) for k, v in found.items()):
            self.wrong("GROUPS", "GROUPS is not a table of lists of names", 'write GROUPS = {"name": ["a", "b"]}')
            return {}
        for group, names in found.items():
            if not _NAME.fullmatch(group):
                self.wrong("GROUPS", f"{shown(group)} is no name of a group", "use letters, digits, - and _", group)
            for name in (name for name in names if name not in known):
                self.wrong("GROUPS", f"the group {group} has {shown(name)}, which is unknown", did_you_mean(str(name), known), str(name))
        return {group: tuple(names) for group, names in found.items()}

    def logarithmic(self, observables: Sequence[str]) -> Sequence[str]:
        """Observables that plots show on a logarithmic axis."""
        found = self.code.get("LOGARITHMIC") or ()
        if isinstance(found, str) or not isinstance(found, Sequence | set | frozenset):
            self.wrong("LOGARITHMIC", "LOGARITHMIC is not a list of observables", 'write LOGARITHMIC = ["name"]')
            return ()
        for name in (name for name in found if name not in observables):
            self.wrong("LOGARITHMIC", f"there is no observable {shown(name)}", did_you_mean(str(name), observables), str(name))
        return tuple(found)

    def reference(self, parameters: Sequence[Parameter], observables: Sequence[str]) -> dict[str, float]:
        """The point without new physics, or its observables."""
        found = self.code.get("REFERENCE")
        if found is None:
            return {}
        remedy = "write REFERENCE = {...} with a value for each parameter, or for each observable"
        if not isinstance(found, Mapping) or not all(map(_is_number, found.values())):
            self.wrong("REFERENCE", "REFERENCE is not a table of numbers", remedy)
            return {}
        if set(found) == set(observables):
            return {name: float(found[name]) for name in observables}
        names = [p.name for p in parameters]
        missing = [p.name for p in parameters if p.name not in found and p.default is None]
        unknown = [name for name in found if name not in names]
        if missing or unknown:
            parts = [f"lacks {', '.join(missing)}" if missing else "", f"has {', '.join(map(str, unknown))}" if unknown else ""]
            self.wrong("REFERENCE", f"REFERENCE is not a point: it {' and '.join(filter(None, parts))}", remedy)
            return {}
        defaults = {p.name: p.default for p in parameters if p.default is not None}
        return {name: float((defaults | dict(found))[name]) for name in names}

    def name(self) -> str:
        """The model's name, part of paths."""
        found = self.code.get("NAME")
        if found is None:
            return re.sub(r"[^A-Za-z0-9_+-]+", "-", os.path.basename(self.code.path).removesuffix(".py")).strip("-") or "model"
        if not isinstance(found, str) or not _NAME.fullmatch(found):
            self.wrong("NAME", f"NAME is {shown(found)}", 'write a word of letters, digits, - and _: NAME = "my-model"')
        return str(found)


def _reference(
    predictor: FilePredictor, names: tuple[list[str], list[str]], values: Mapping[str, float]
) -> Callable[[], NDArray[np.float64]]:
    if list(values) == names[1]:
        return lambda: np.array(list(values.values()))
    point = np.array([[values[name] for name in names[0]]])
    return cache(lambda: predictor(point)[0])
