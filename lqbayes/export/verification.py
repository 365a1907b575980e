"""Whether a published run is what it says: its files against their hashes, its tables against its draws."""

import csv
import hashlib
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from lqbayes.export.environment import other_versions
from lqbayes.export.published import (
    HASHES,
    OWN_HASH,
    REQUIREMENTS,
    published_tables,
    published_texts,
    regular_files,
    sha256_of,
    tables_folder,
)
from lqbayes.input.errors import ArgumentError, LqbayesError, RunError
from lqbayes.input.printable import printable
from lqbayes.input.shipped import read_bytes
from lqbayes.model import Model
from lqbayes.results.summary import Summary
from lqbayes.storage.run import Run

_LINE = re.compile(r"([0-9a-f]{64})  (.+)")
_MOST: Final = 5  # differences of one file that are named


class Difference(NamedTuple):
    """Something that is not as it was published."""

    file: str
    text: str


def differing_files(folder: Path) -> list[Difference]:
    """Compare all files of a folder with the hashes that are among them."""
    path = folder / HASHES
    if path.is_symlink() or not path.is_file():
        raise RunError(f"{folder}: there is no {HASHES} here, so this is no published run; `lqbayes publish` makes one")
    first, end, rest = read_bytes(path).partition(b"\n")
    commented = first.startswith(b"#")
    lines = (rest if commented else first + end + rest).decode("utf-8", "replace").splitlines()
    matches = [_LINE.fullmatch(line) for line in lines]
    known = {match[2]: match[1] for match in matches if match}
    found = [Difference(HASHES, f"line {k} is no hash of a file") for k, match in enumerate(matches, start=1 + commented) if not match]
    if commented and (first + end).decode("utf-8", "replace") != OWN_HASH.format(hashlib.sha256(rest).hexdigest()):
        found.append(Difference(HASHES, "has changed since it was published: its first line has another hash of the lines below"))
    there = dict(regular_files(folder))
    for name, file in there.items():
        if file.is_symlink() or not file.is_file():
            found.append(Difference(name, "is no regular file"))
        elif name in known and sha256_of(file) != known[name]:
            found.append(Difference(name, "has changed since it was published: its hash is another one"))
        elif name not in known and name != HASHES:
            found.append(Difference(name, "was not published: it has no hash"))
    return found + [Difference(name, "is missing") for name in known if name not in there]


class Verification(NamedTuple):
    """What the draws of a published run say."""

    differences: list[Difference]
    texts: int = 0  # Files that were computed again
    state: str = ""  # The sentence about the state of the run
    one_walker_in: int = 1


def differing_tables(folder: Path, *models: Model) -> Verification:
    """Compute again what follows from the draws and settings of a published run, and compare it to the bit."""
    try:
        run = Run.open(folder, *models)
        summary = Summary.of(run)
    except ArgumentError as error:
        text = str(error).removeprefix(f"{folder}: ")  # a zip is in none that the user knows
        raise ArgumentError(f"{text}; a model file that was published is beside it: read it first, --model runs it") from None
    except LqbayesError as error:
        return Verification([Difference("draws", str(error).replace(f"{folder}/", ""))])
    texts, found = published_texts(run.configuration) | published_tables(summary, tables_folder(run)), []
    for name, text in texts.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            found.append(Difference(name, "is missing"))
            continue
        published = read_bytes(path, max(2 * len(text.encode()), 1_000_000))
        if published != text.encode():
            compare = _cells if path.suffix == ".csv" else _lines
            differing = list(itertools.islice(compare(published.decode("utf-8", "replace"), text), _MOST + 1))
            found += [Difference(name, printable(words)) for words in differing[:_MOST] or ["differs in ends of lines or bytes alone"]]
            if len(differing) > _MOST:
                found.append(Difference(name, "and more"))
    model = run.configuration.model.source
    if model.file is not None:
        copies = [file for name, file in regular_files(folder) if file.suffix == ".py" and "/" not in name and not file.is_symlink()]
        if not any(sha256_of(file) == model.sha256 for file in copies):
            found.append(Difference(Path(model.place).name, "the model file of the run is not in the folder"))
    requirements = folder / REQUIREMENTS
    if found and requirements.is_file() and not requirements.is_symlink():
        other = other_versions(read_bytes(requirements).decode("utf-8", "replace"))
        found += [Difference(REQUIREMENTS, f"may be the reason of other last digits: {printable(other)}")] if other else []
    published_run = run.configuration.published
    return Verification(found, len(texts), summary.state, published_run.one_walker_in if published_run else 1)


def _cells(published: str, computed: str) -> Iterator[str]:
    there, here = (list(csv.reader(text.splitlines())) for text in (published, computed))
    if len(there) != len(here):
        yield f"has {len(there)} rows, and the draws give {len(here)}"
    for number, (row, own) in enumerate(zip(there, here, strict=False), start=1):
        if len(row) != len(own):
            yield f"row {number} ({own[0]}): has {len(row)} cells, and the draws give {len(own)}"
        for column, (cell, right) in enumerate(zip(row, own, strict=False)):
            if cell != right:
                yield f"row {number} ({own[0]}), column {here[0][column]}: {cell} is published, the draws give {right}"


def _lines(published: str, computed: str) -> Iterator[str]:
    for number, (line, own) in enumerate(itertools.zip_longest(published.splitlines(), computed.splitlines(), fillvalue=""), start=1):
        if line != own:
            yield f"line {number}: {line.strip()[:120]!r} is published, the draws give {own.strip()[:120]!r}"
