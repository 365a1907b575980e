"""Coverage-guided fuzzing of what reads files, with atheris (extra ``fuzz``): one kind of file a call, for a given time.

python tests/hostile/fuzz_atheris.py KIND [--seconds 60] [--keep FOLDER]

KIND is likelihood, prior, points, run, status, heartbeat or chain. It starts from the shipped files and tests/corpus/, and ends with
status 77 and the input as ``crash-...`` in the folder where something other than an error of the package came out.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["lqbayes", "tomllib", "json"]):
    from loaders import LOADERS
    from small_run import make_run, read_all

    from lqbayes.errors import LqbayesError

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
# Libfuzzer ends an input after this time, and the whole above this memory: reading is to be bounded in both.
BOUNDS = ("-timeout=20", "-rss_limit_mb=3000")


def seeds(kind: str, run: Path, folder: Path) -> None:
    """Put good files and those that once did harm into a folder."""
    good = {
        "likelihood": sorted((ROOT / "likelihoods").glob("*.toml")),
        "prior": sorted((ROOT / "priors").glob("*.toml")),
        "points": [],
        "run": [run / "run.toml"],
        "status": [run / "status.json"],
        "heartbeat": [],
        "chain": [run / "ensemble-1.h5"],
    }
    for path in [*good[kind], *(HERE.parent / "corpus").glob(f"{kind}-*")]:
        shutil.copy(path, folder / path.name)


def loader(kind: str, run: Path, place: Path) -> Callable[[bytes], None]:
    """Give what takes the contents of a file."""
    if kind == "chain":
        folder = Path(shutil.copytree(run, place / "run"))

        def read_chain(contents: bytes) -> None:
            (folder / "ensemble-1.h5").write_bytes(contents)
            read_all(folder)

        return read_chain

    def read(contents: bytes) -> None:
        path = place / "fuzz"
        path.write_bytes(contents)
        LOADERS[kind](path)

    return read


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=[*LOADERS, "chain"])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", type=Path, help="folder of the inputs that reached new code; a temporary one unless given")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        run = make_run(place / "made")
        start, kept = place / "seeds", options.keep or place / "kept"
        start.mkdir()
        kept.mkdir(parents=True, exist_ok=True)
        seeds(options.kind, run, start)
        read = loader(options.kind, run, place)

        def one_input(contents: bytes) -> None:
            try:
                read(contents)
            except LqbayesError as error:
                assert str(error)

        arguments = [sys.argv[0], str(kept), str(start), f"-max_total_time={options.seconds}", f"-artifact_prefix={Path.cwd()}/", *BOUNDS]
        atheris.Setup(arguments, one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
