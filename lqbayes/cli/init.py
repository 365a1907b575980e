"""``lqbayes init``: a folder with a model of the user's own that runs as it is."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from lqbayes.cli.consoles import errors
from lqbayes.input.errors import ArgumentError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,79}")
_RENAMED = "minimal"  # the template whose files take the name of the folder


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Folder to make; its last part names the model.", show_default=False)],
    template: Annotated[
        Literal["minimal", "singlet"], typer.Option(help="minimal has two parameters; singlet is the leptoquark S1.")
    ] = "minimal",
) -> None:
    """Write a folder with a model, a prior, measurements, tests and a README: an example that runs, to be changed into your own."""
    from lqbayes.input.shipped import shipped_folder

    folder = Path(name)
    if not _NAME.fullmatch(folder.name):
        raise ArgumentError(f"NAME: '{folder.name}' is no name for a model; use letters, digits, - and _, and begin with a letter")
    if folder.exists() or folder.is_symlink():
        raise ArgumentError(f"NAME: there is '{folder}' already, and nothing of it is overwritten; choose another name")
    source = shipped_folder("examples", template)
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(source.iterdir()) if path.is_file()}
    folder.mkdir(parents=True)
    for file, text in files.items():
        own = [part.replace(_RENAMED, folder.name) if template == _RENAMED else part for part in (file, text)]
        (folder / own[0]).write_text(own[1], encoding="utf-8")
        typer.echo(folder / own[0])
    model = next(path.name for path in sorted(folder.glob("*.py")) if not path.name.startswith("test_"))
    errors().print(f"next: cd {folder}; lqbayes check model {model}; lqbayes sample --model {model}", soft_wrap=True)
