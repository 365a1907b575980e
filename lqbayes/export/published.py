"""A run as it is published: one folder or zip with all that its numbers came from, and from which they can be computed again."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import tomli_w

from lqbayes.export.archive import pack
from lqbayes.export.environment import installed_requirements
from lqbayes.export.research_object import METADATA, Ownership, crate_metadata
from lqbayes.input.errors import ArgumentError, RunError
from lqbayes.report.page import write_page
from lqbayes.report.results import result_texts
from lqbayes.report.tables import evidence_table, pull_table
from lqbayes.results.summary import Summary
from lqbayes.storage.atomic import ASIDE
from lqbayes.storage.audit_file import FILE_NAME as AUDIT
from lqbayes.storage.configuration import Published, RunConfiguration
from lqbayes.storage.population_file import write_thinned
from lqbayes.storage.run import RESULTS, Run

HASHES: Final = "SHA256SUMS"
OWN_HASH: Final = "# {}: the sha256 of all that follows\n"
REQUIREMENTS: Final = "requirements.txt"
_README = """\
# {name}

A run of lqbayes. {state}

`run.toml` is all that was asked; `prior.toml`, `likelihood.toml`{model} are the same as files to use again.
`ensemble-*/` has the draws{thinned}, `results/` tables and a page to read in any browser, `requirements.txt` the versions of the packages,
`ro-crate-metadata.json` the description that archives read (RO-Crate 1.1).

`lqbayes verify FOLDER{option}` compares all files with `SHA256SUMS`, as `sha256sum -c` does, and computes the tables again from the draws.
The folder is a run directory: `lqbayes report`, `table`, `corner`, `export` and `reweight` take it.
"""


def publish(run: Run, target: Path, *, thin: int = 1, ownership: Ownership | None = None) -> Path:
    """Write a folder, or a zip where the name ends so, that holds a run with one walker in so many; nothing is overwritten."""
    already = run.configuration.published
    if already and already.one_walker_in > 1:
        raise ArgumentError(f"{run.path}: is itself published, with one walker in {already.one_walker_in}; publish the whole run")
    if not 1 <= thin <= run.configuration.walkers // 2:
        raise ArgumentError(f"--thin: {thin} leaves fewer than 2 of {run.configuration.walkers} walkers; choose a smaller number")
    if target.exists() or target.is_symlink():
        raise ArgumentError(f"--output: there is '{target}' already, and nothing of it is overwritten; choose another name")
    with tempfile.TemporaryDirectory(prefix=ASIDE, dir=target.parent) as aside:
        folder = Path(aside) / "run"
        folder.mkdir()
        _fill(folder, run, thin, ownership or Ownership())
        if target.suffix == ".zip":
            pack(folder, target)
        else:
            folder.rename(target)
    return target


def _fill(folder: Path, run: Run, thin: int, ownership: Ownership) -> None:
    model, source = run.configuration.model, run.configuration.model.source
    if source.file is not None:  # where it is on this machine is nobody's business
        model = replace(model, source=replace(source, place=Path(source.place).name))
    asked = replace(run.configuration, model=model, published=Published(name=run.name, one_walker_in=thin))
    asked.write(folder)
    _copy_draws(folder, run, asked)
    if source.file is not None:
        shutil.copyfile(source.place, folder / model.source.place)
        if sha256_of(folder / model.source.place) != source.sha256:
            raise RunError(f"{source.place}: has changed since it was read; give the command again")
    whole, copy = Run(run.path, replace(asked, published=Published(name=run.name))), Run.open(folder, model)
    if copy.steps != run.steps:
        raise RunError(f"{run.path}: the run went on meanwhile; give the command again, or wait for its end")
    summary = Summary.of(whole)
    texts = published_texts(asked) | published_tables(summary, RESULTS)
    if thin > 1:
        texts |= published_tables(Summary.of(copy), tables_folder(copy))
    page = folder / RESULTS / "report.html"
    page.parent.mkdir()
    write_page(whole, summary, path=page)
    thinned = f" of one walker in {thin}, `thinned/` the tables of these" if thin > 1 else ""
    named, option = (f" and `{model.source.place}`", " --model FILE") if source.file else ("", "")
    readme = _README.format(name=run.name, state=summary.state, model=named, thinned=thinned, option=option)
    texts |= {REQUIREMENTS: installed_requirements(model), "README.md": readme}
    _write(folder, texts)
    _write(folder, {METADATA: crate_metadata(summary, [*(path for path, _ in regular_files(folder)), HASHES], ownership)})
    hashes = "".join(f"{sha256_of(path)}  {name}\n" for name, path in regular_files(folder))
    # Its own hash too, as a comment, which `sha256sum -c` skips.
    _write(folder, {HASHES: OWN_HASH.format(hashlib.sha256(hashes.encode()).hexdigest()) + hashes})


def _write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")


def _copy_draws(folder: Path, run: Run, asked: RunConfiguration) -> None:
    places = [path.relative_to(run.path) for path in (file.path for file in run.files)]
    for file, place in zip(run.files, places, strict=True):
        (folder / place).parent.mkdir(exist_ok=True)
        if asked.published and asked.published.one_walker_in > 1:
            write_thinned(folder / place, file.identity, file.snapshot(), asked.published.one_walker_in)
        else:
            shutil.copyfile(file.path, folder / place)
    if run.audit is not None:
        shutil.copyfile(run.path / AUDIT, folder / AUDIT)


def tables_folder(run: Run) -> str:
    """Folder of the tables that the draws of a published run give again."""
    published = run.configuration.published
    return "thinned" if published and published.one_walker_in > 1 else RESULTS


def published_texts(asked: RunConfiguration) -> dict[str, str]:
    """Files that follow from what was asked, by their paths in a published folder."""
    contents = {"prior.toml": asked.prior.to_dict(), "likelihood.toml": asked.likelihood.to_dict()}
    return {name: tomli_w.dumps(content, multiline_strings=True) for name, content in contents.items()}


def published_tables(summary: Summary, folder: str) -> dict[str, str]:
    """Files that follow from the draws, by their paths in a published folder."""
    texts = result_texts(summary) | {"evidence.csv": evidence_table(summary).csv(), "pulls.csv": pull_table(summary).csv()}
    return {f"{folder}/{name}": text for name, text in texts.items()}


def regular_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Paths of all entries of a folder but folders, sorted, by their names in it; links are not followed."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
    yield from sorted(found.items())


def sha256_of(path: Path) -> str:
    """Hash of a file."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
