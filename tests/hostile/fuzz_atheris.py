"""Coverage-guided fuzzing of what reads files, with atheris (extra ``fuzz``): one kind of file a call, for a given time.

python tests/hostile/fuzz_atheris.py KIND [--seconds 60] [--keep FOLDER]

KIND is one of `loaders.LOADERS`, or chain. It starts from good files and tests/corpus/. Where something other than an error of the package
comes out, or reading takes too long or too much memory, it ends with a status that is not 0 and leaves the input as ``crash-...``,
``timeout-...`` or ``oom-...`` in the working directory.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# numba cannot compile what has been instrumented.
COMPILED = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "lqbayes").rglob("*.py")
    if "@compiled" in path.read_text(encoding="utf-8")
]
with atheris.instrument_imports(include=["lqbayes", "tomllib", "json"], exclude=COMPILED):
    from loaders import LOADERS, write_small_checkpoint, write_small_population
    from small_run import good_files, make_run, read_all

    from lqbayes.input.errors import LqbayesError

BOUNDS = ("-timeout=20", "-rss_limit_mb=3000")


def seeds_of(kind: str, run: Path) -> list[bytes]:
    """Return the contents of right files of a kind."""
    folders = {"likelihood": ROOT / "likelihoods" / "three-leptoquarks", "prior": ROOT / "priors" / "three-leptoquarks"}
    if kind in folders:
        return [path.read_bytes() for path in sorted(folders[kind].glob("*.toml"))]
    write_small_checkpoint(run.parent / "checkpoint.h5")
    write_small_population(run.parent / "population.h5")
    paths = {"population": run.parent / "population.h5", "checkpoint": run.parent / "checkpoint.h5"}
    paths |= {"chain": run / "ensemble-1" / "population-1.h5"}
    return [paths[kind].read_bytes() if kind in paths else good_files(run)[kind]]


def loader(kind: str, run: Path, place: Path) -> Callable[[bytes], None]:
    """Return what takes the contents of a file."""
    path = place / "fuzz" if kind != "chain" else Path(shutil.copytree(run, place / "run")) / "ensemble-1" / "population-1.h5"

    def read(contents: bytes) -> None:
        path.write_bytes(contents)
        if kind == "chain":
            read_all(path.parents[1])
        else:
            LOADERS[kind](path)

    return read


def fuzz(kind: str, seconds: int, kept: Path, place: Path) -> None:
    """Fuzz until the time is over; libFuzzer then ends the process."""
    run = make_run(place / "made")
    read = loader(kind, run, place)
    seeds = place / "seeds"
    seeds.mkdir()
    for number, contents in enumerate(seeds_of(kind, run)):
        read(contents)  # what is right can be read, or nothing behind the parser would ever be reached
        (seeds / f"good-{number}").write_bytes(contents)
    for path in (HERE.parent / "corpus").glob(f"{kind}-*"):
        shutil.copy(path, seeds)

    def one_input(contents: bytes) -> None:
        try:
            read(contents)
        except LqbayesError as error:
            assert str(error)

    arguments = [sys.argv[0], str(kept), str(seeds), f"-max_total_time={seconds}", f"-artifact_prefix={Path.cwd()}/", *BOUNDS]
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()


def main() -> None:
    """Fuzz in a process of its own, and tidy up after it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=[*LOADERS, "chain"])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", type=Path, help="folder of the inputs that reached new code; a temporary one unless given")
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.place:
        fuzz(options.kind, options.seconds, options.keep, options.place)
        return
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        kept = (options.keep or place / "kept").absolute()
        kept.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, __file__, options.kind, "--seconds", str(options.seconds), "--keep", str(kept), "--place", name]
        status = subprocess.run(command, check=False).returncode
    sys.exit(status)


if __name__ == "__main__":
    main()
