"""All documentation as one Markdown file, in the order of the site: for searching and printing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def write(app: Any, error: Exception | None) -> None:
    """Write lqbayes.md beside the pages."""
    if error is None and app.builder.format == "html":
        pages = (_text(Path(app.env.doc2path(name))) for name in _in_order(app.env, app.config.root_doc))
        Path(app.outdir, "lqbayes.md").write_text("\n\n".join(pages), encoding="utf-8")


def _in_order(env: Any, name: str) -> Iterator[str]:
    yield name
    for child in env.toctree_includes.get(name, ()):
        yield from _in_order(env, child)


def _text(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8").strip()
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    form = {"code": "```python\n{}\n```", "markdown": "{}"}
    return "\n\n".join(form[cell["cell_type"]].format("".join(cell["source"])) for cell in cells)
