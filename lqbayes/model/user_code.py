"""The code of a user's model file: the one place that runs a file, because the user named it; and where in it something failed.

No data file can name a model file: see `Model.installed`.
"""

import ast
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import ExecutionLoader
from importlib.util import module_from_spec, spec_from_loader
from types import FunctionType, ModuleType
from typing import Any

from typing_extensions import override

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem
from lqbayes.input.shipped import read_bytes
from lqbayes.input.toml_document import decoded

# run.toml keeps the text.
MAXIMUM_BYTES = 300_000
_LONGEST_REASON = 300
_ADVICE = "correct the model file"
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class _TextLoader(ExecutionLoader):
    """Runs a text that was read before, so that what is run is what was hashed; no byte code is left beside it."""

    def __init__(self, path: str, text: str) -> None:
        self._path, self._text = path, text

    @override
    def get_filename(self, fullname: str) -> str:
        return self._path

    @override
    def get_source(self, fullname: str) -> str:
        return self._text


def module_of_text(name: str, path: str, text: str) -> ModuleType:
    """Run a text as the module that a file holds."""
    loader = _TextLoader(path, text)
    spec = spec_from_loader(name, loader, origin=path)
    assert spec is not None  # nothing that a file could change
    module = module_from_spec(spec)
    module.__file__ = path
    sys.modules[name] = module  # dataclasses look there for their annotations
    loader.exec_module(module)
    return module


class UserCode:
    """A user's file that was run."""

    def __init__(self, path: str | os.PathLike[str], sha256: str | None = None) -> None:
        raw = read_bytes(path, MAXIMUM_BYTES)
        self.path = os.path.abspath(path)
        self.sha256 = hashlib.sha256(raw).hexdigest()
        if sha256 not in {None, self.sha256}:
            raise InputError([self.problem(None, "is not the file that the run was started with: it has changed since", "restore it")])
        self.text = decoded(raw, self.shown).replace("\r\n", "\n").replace("\r", "\n")
        with self.located("the file cannot be run"):
            self.module = module_of_text(f"lqbayes_model_file_{self.sha256[:16]}", self.path, self.text)
        self._tree = ast.parse(self.text)

    @property
    def shown(self) -> str:
        """The path as messages show it."""
        here = os.path.join(os.getcwd(), "")
        return self.path.removeprefix(here)

    def get(self, name: str) -> Any:
        """Something that the file defines; None where it does not."""
        return vars(self.module).get(name)

    def problem(self, line: int | None, message: str, remedy: str) -> Problem:
        """A problem of a line, or of the file as a whole."""
        return Problem(self.shown, "" if line is None else f"line {line}", message, remedy)

    @contextmanager
    def located(self, what: str, function: str = "") -> Iterator[None]:
        """Turn whatever the user's code raises into an error that names its line, or that of a function which could not be called."""
        try:
            yield
        except InputError:
            raise
        except (Exception, SystemExit) as error:  # anything can be in a file
            raise self.error(error, what, function) from None

    def error(self, error: BaseException, what: str, function: str = "") -> InputError:
        """Error that names the line of the file at which an exception was raised."""
        reason = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())[:_LONGEST_REASON]
        kind = "a syntax error" if isinstance(error, SyntaxError) else type(error).__name__
        line = self._line_of(error) or (self.line_of(function) if function else None)
        return InputError([self.problem(line, f"{what}: {kind}{': ' * bool(reason)}{reason}", _ADVICE)])

    def _line_of(self, error: BaseException) -> int | None:
        if isinstance(error, SyntaxError) and error.filename == self.path:
            return error.lineno
        line, trace = None, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == self.path:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def line_of(self, name: str, entry: str = "") -> int | None:
        """Line at which the file defines a name, or an entry of the table that the name stands for."""
        found = None
        for node in self._tree.body:
            names = [node.name] if isinstance(node, _DEFINITIONS) else [t.id for t in _targets(node) if isinstance(t, ast.Name)]
            if name in names:
                found = node
        if found is not None and entry:
            texts = (n for n in ast.walk(found) if isinstance(n, ast.Constant) and n.value == entry)
            return next((text.lineno for text in texts), found.lineno)
        return None if found is None else found.lineno

    def last_return(self, name: str) -> int | None:
        """Line of the last return of a function."""
        functions = (node for node in self._tree.body if isinstance(node, ast.FunctionDef) and node.name == name)
        lines = [node.lineno for function in functions for node in ast.walk(function) if isinstance(node, ast.Return)]
        return max(lines) if lines else self.line_of(name)

    def functions(self, *names: str) -> dict[str, FunctionType]:
        """Functions of the file that are called these names, and those that they refer to, and so on; without a decorator of numba's."""
        found: dict[str, FunctionType] = {}
        pending = list(names)
        while pending:
            name = pending.pop()
            function = getattr(self.get(name), "py_func", self.get(name))
            if name not in found and isinstance(function, FunctionType) and function.__module__ == self.module.__name__:
                found[name] = function
                pending += _names_in(function.__code__)
        return found


def _targets(node: ast.stmt) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []


def _names_in(code: Any) -> list[str]:
    """Global names that code refers to, with that of functions inside it."""
    return [*code.co_names, *(name for inner in code.co_consts if hasattr(inner, "co_names") for name in _names_in(inner))]
