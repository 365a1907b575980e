"""Random changes of good files: whatever comes out of a loader is a result or an error of the package.

A few seconds by default; ``LQBAYES_FUZZ=long`` (or a number of examples) goes on for minutes. What it finds becomes a file in
tests/corpus/.
"""

from __future__ import annotations

import copy
import os
import shutil
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomli_w
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from isolation import outcome
from loaders import LOADERS, write_small_checkpoint, write_small_population
from small_run import good_files, read_all

from lqbayes.input.errors import LqbayesError
from lqbayes.likelihood.file import parse_likelihood_set
from lqbayes.likelihood.likelihood import Likelihood
from lqbayes.model import Model
from lqbayes.prior.file import parse_prior_set
from lqbayes.prior.prior import Prior

_WANTED = os.environ.get("LQBAYES_FUZZ", "")
_EXAMPLES = 20_000 if _WANTED == "long" else int(_WANTED or 50)
_MUTANTS = max(_EXAMPLES // 2, 1)

fuzz = settings(
    max_examples=_EXAMPLES,
    deadline=None,
    derandomize=not _WANTED,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)

ROOT = Path(__file__).parents[2]
MODEL = Model.load("three-leptoquarks", "paper")
TREES = {
    kind: [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((ROOT / folder).glob("*/*.toml"))]
    for kind, folder in (("likelihood", "likelihoods"), ("prior", "priors"))
}

odd_numbers = st.sampled_from(
    [0, -1, 10**400, -(10**400), 1e308, -1e308, 5e-324, float("nan"), float("inf"), float("-inf"), 0.5, 1.0, 2**63]
)
leaves = st.one_of(odd_numbers, st.booleans(), st.none(), st.text(max_size=8), st.floats(), st.integers(), st.dates())
words = st.sampled_from(
    ["form", "name", "data", "unit", "value", "gaussian", "upper-limit", "hard-bound", "fixed", "circle", "GeV", "1", "deg", ""]
)
values = st.recursive(leaves | words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6)


def _places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [place for key, value in inner for place in ((*path, key), *_places(value, (*path, key)))]


@st.composite
def changed(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    tree: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(TREES[kind])))
    for _ in range(draw(st.integers(1, 3))):
        places = _places(tree)
        if not places:
            break
        *path, last = draw(st.sampled_from(places))
        here: Any = tree
        for step in path:
            here = here[step]
        match draw(st.sampled_from(["replace", "remove", "rename", "repeat", "swap"])):
            case "replace":
                here[last] = draw(values)
            case "remove":
                del here[last]
            case "rename" if isinstance(here, dict):
                here[draw(words)] = here.pop(last)
            case "repeat" if isinstance(here, list):
                here.append(copy.deepcopy(here[last]))
            case _:
                other: Any = tree
                *way, end = draw(st.sampled_from(places))
                for step in way:
                    other = other[step]
                here[last] = copy.deepcopy(other[end])
    return tree


@fuzz
@given(tree=changed("likelihood"))
def test_changed_likelihoods(tree: dict[str, Any]) -> None:
    try:
        made = Likelihood(parse_likelihood_set(tree, "fuzz.toml", MODEL), MODEL)
    except LqbayesError as error:
        assert str(error)
        return
    # What is accepted can be written and read again, and used as the paper uses limits.
    again = parse_likelihood_set(tomllib.loads(tomli_w.dumps(made.settings.to_dict())), "fuzz.toml", MODEL)
    assert again.to_dict() == made.settings.to_dict()
    made.with_hard_limits()


@fuzz
@given(tree=changed("prior"))
def test_changed_priors(tree: dict[str, Any]) -> None:
    try:
        made = Prior(parse_prior_set(tree, "fuzz.toml", MODEL), MODEL)
    except LqbayesError as error:
        assert str(error)
        return
    again = parse_prior_set(tomllib.loads(tomli_w.dumps(made.settings.to_dict())), "fuzz.toml", MODEL)
    assert again.to_dict() == made.settings.to_dict()
    assert np.isfinite(made.sample(5, np.random.default_rng(1))).all()


@st.composite
def damaged(draw: st.DrawFn, raw: bytes) -> bytes:
    """Bytes with a few changes: other bytes, pieces left out, put twice, put in."""
    pieces = st.one_of(
        st.binary(max_size=8),
        st.sampled_from(
            [b"[", b"]", b"{", b"}", b'"', b"'", b"=", b"\n", b".", b"nan", b"inf", b"1e999", b"\x00", b"\xff", b"\\ud800", b"\x1b"]
        ),
    )
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        stop = min(start + draw(st.sampled_from([0, 0, 1, 2, 10, 100])), len(raw))
        raw = raw[:start] + draw(st.one_of(pieces, st.just(raw[start:stop] * 2))) + raw[stop:]
    return raw


@pytest.mark.parametrize("kind", [kind for kind in LOADERS if kind not in {"checkpoint", "population"}])
def test_damaged_files(tmp_path: Path, made_run: Path, kind: str) -> None:
    raw = good_files(made_run)[kind]
    path = tmp_path / "fuzz"

    @settings(fuzz, max_examples=max(_EXAMPLES // 2, 1))
    @given(contents=damaged(raw))
    def read(contents: bytes) -> None:
        path.write_bytes(contents)
        try:
            LOADERS[kind](path)
        except LqbayesError as error:
            assert str(error)

    path.write_bytes(raw)
    LOADERS[kind](path)
    read()


def test_damaged_chain_files(made_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made_run, tmp_path / "run"))
    _damage(folder / "ensemble-1" / "population-1.h5", ("mcmc/chain", "mcmc/blobs", "mcmc/log_prob"), lambda: read_all(folder))


@pytest.mark.parametrize(
    ("kind", "write", "arrays"),
    [
        ("checkpoint", write_small_checkpoint, ("walkers",)),
        ("population", write_small_population, ("mcmc/chain", "mcmc/log_prob", "mcmc/blobs")),
    ],
)
def test_damaged_small_files(tmp_path: Path, kind: str, write: Callable[[Path], None], arrays: Sequence[str]) -> None:
    path = tmp_path / kind
    write(path)
    _damage(path, arrays, lambda: LOADERS[kind](path))


def _damage(path: Path, arrays: Sequence[str], read: Callable[[], None]) -> None:
    """Change bytes of an HDF5 file; it is read in processes of their own, since the HDF5 library is written in C."""
    raw = path.read_bytes()
    places = _metadata(path, len(raw), arrays)
    assert outcome(read) == "read"
    rng = np.random.default_rng(None if _WANTED else 20260101)
    for _ in range(_MUTANTS):
        mutant = bytearray(raw)
        for place in rng.choice(places, size=rng.integers(1, 6)):
            mutant[place] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.integers(256)])
        if rng.random() < 0.1:
            del mutant[rng.integers(len(mutant)) :]
        path.write_bytes(mutant)
        found = outcome(read)
        if found.startswith("escaped") and _WANTED:
            shutil.copy(path, f"found-{abs(hash(bytes(mutant)))}.h5")
        assert not found.startswith("escaped"), found


def _metadata(path: Path, size: int, arrays: Sequence[str]) -> list[int]:
    """Bytes that are no numbers of the large arrays: changes of those show nothing."""
    import h5py

    inside = np.zeros(size, dtype=bool)
    with h5py.File(path) as file:
        for name in arrays:
            array = file[name].id
            inside[array.get_offset() : array.get_offset() + array.get_storage_size()] = True
    return [int(place) for place in np.flatnonzero(~inside)]
