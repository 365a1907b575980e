"""Models that packages bring with them, built in or installed: entry points of one group."""

import hashlib
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from lqbayes.input.errors import InputError
from lqbayes.input.problems import Problem, did_you_mean, shown
from lqbayes.model import ENTRY_POINTS, Model, ModelSource


@cache
def installed_models(name: str) -> tuple[Model, ...]:
    """All variants of a model, the default first."""
    found = entry_points(group=ENTRY_POINTS)
    if name not in found.names:
        raise InputError([Problem("arguments", "model", f"there is no model '{name}'", did_you_mean(name, sorted(found.names)))])
    point = found[name]
    try:
        loaded = point.load()
    except InputError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(
            [_problem(point, f"the model {name} cannot be loaded: {reason}", "mend the package or install it again")]
        ) from error
    if isinstance(loaded, ModuleType) and loaded.__file__:
        from lqbayes.model.file import load_module  # noqa: PLC0415 - few need it

        model = load_module(loaded)
        return (replace(model, name=name, source=ModelSource("package", loaded.__name__, model.source.sha256, model.source.text)),)
    models = (loaded,) if isinstance(loaded, Model) else loaded
    if not (isinstance(models, tuple | list) and models and all(isinstance(model, Model) for model in models)):
        message = f"the model {name} is {shown(loaded)}"
        raise InputError(
            [_problem(point, message, "let the entry point be a lqbayes.Model, a list of its variants, or a module like a model file")]
        )
    return tuple(models)


def _problem(point: EntryPoint, message: str, remedy: str) -> Problem:
    package = "" if point.dist is None else f", package {point.dist.name}"
    return Problem(f"entry point {point.value}{package}", "", message, remedy)


def package_versions(model: Model) -> dict[str, str]:
    """Version of the package that a model comes with, and a hash of its sources; nothing for what lqbayes has itself, or for a file."""
    versions: dict[str, str] = {}
    for point in entry_points(group=ENTRY_POINTS, name=model.name):
        if model.source.file is not None or point.dist is None or point.module.startswith("lqbayes."):
            continue
        module, digest = import_module(point.module), hashlib.sha256()
        place, alone = Path(module.__file__ or ""), "." not in point.module and not hasattr(module, "__path__")
        for path in [place] if alone else sorted(place.parent.rglob("*.py")):
            digest.update(path.read_bytes() if path.is_file() else b"")
        versions |= {point.dist.name: point.dist.version, f"{point.dist.name} sources": digest.hexdigest()[:16]}
    return versions
