"""Finds and reads measurement and prior files: shipped ones by name, the user's own by path."""

import os
from pathlib import Path
from typing import Any, Literal

from lqbayes.input.errors import InputError, LqbayesError
from lqbayes.input.problems import Problem, did_you_mean
from lqbayes.input.toml_document import parse_toml

Kind = Literal["likelihoods", "priors"]
_DESCRIPTION: dict[Kind, str] = {"likelihoods": "measurement set", "priors": "prior set"}

# The largest shipped file has 10 kB. A megabyte is a chain or a plot that was given by mistake.
MAXIMUM_BYTES = 1_000_000

_PACKAGE = Path(__file__).resolve().parents[1]
_SUFFIX = ".toml"


def shipped_folder(kind: Kind | Literal["examples"], model: str) -> Path:
    """Folder of the files that come with the package."""
    for folder in (_PACKAGE / "shipped_files" / kind, _PACKAGE.parent / kind):
        if folder.is_dir():
            return folder / model
    raise LqbayesError(f"the installation of lqbayes in {_PACKAGE} lacks its folder '{kind}'; install the package again")


def shipped_names(kind: Kind, model: str) -> list[str]:
    """Names of the files that come with the package."""
    return sorted(path.stem for path in shipped_folder(kind, model).glob(f"*{_SUFFIX}"))


def resolve(kind: Kind, name_or_path: str | os.PathLike[str], model: str) -> Path:
    """Path of a shipped file or of the user's own."""
    text = os.fspath(name_or_path)
    names = shipped_names(kind, model)
    if text in names:
        return shipped_folder(kind, model) / f"{text}{_SUFFIX}"
    try:
        path = Path(os.path.expanduser(text))
        if text and path.is_file():
            return path
        is_folder, exists = path.is_dir(), path.exists()
    except (OSError, ValueError) as error:  # a name too long, a folder that may not be entered, a null character
        raise cannot_read(text, error) from error
    looks_like_path = isinstance(name_or_path, os.PathLike) or path.suffix == _SUFFIX or any(c in text for c in "/\\")
    if text and is_folder:
        raise InputError([Problem(text, "", "is a folder, not a file", f"give the {_SUFFIX} file in it")])
    if text and exists:
        raise InputError([Problem(text, "", "is not a regular file", f"save it as a {_SUFFIX} file first")])
    advice = did_you_mean(path.stem, names)
    if advice.endswith("?"):
        advice += f" (shipped {kind}: {', '.join(names)})"
    if looks_like_path:
        raise InputError([Problem(text, "", "no such file", f"correct the path or name a shipped {_DESCRIPTION[kind]}: {advice}")])
    raise InputError([Problem(repr(text), "", f"there is no shipped {_DESCRIPTION[kind]} of this name", f"{advice}; or give a path")])


def read_toml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Contents of a TOML file."""
    return parse_toml(read_bytes(path), os.fspath(path))


def read_bytes(path: str | os.PathLike[str], most: int = MAXIMUM_BYTES) -> bytes:
    """Contents of a file that is not too large."""
    name = os.fspath(path)
    try:
        with open(path, "rb") as stream:
            raw = stream.read(most + 1)
    except (OSError, ValueError) as error:
        raise cannot_read(name, error) from error
    if len(raw) > most:
        raise InputError([too_large(name, most)])
    return raw


def too_large(name: str, most: int) -> Problem:
    """Problem of a file with more bytes than are read."""
    return Problem(name, "", f"is larger than {most // 1000} kB", "check that it is the file you mean")


def cannot_read(name: str, error: OSError | ValueError) -> InputError:
    """Error of a file that cannot be opened."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError([Problem(name.replace("\0", "\\0"), "", f"cannot be read: {reason}", "check its path and its permissions")])
