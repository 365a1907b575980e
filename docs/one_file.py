"""All documentation as one Markdown file, in the order of the site: for searching and printing."""

from __future__ import annotations

import inspect
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import lqbayes

_DIRECTIVE = re.compile(r"^```\{([\w-]+)\} *([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Code, or a link within the documentation with its words and target; images, other sites and f[x](y) of a formula are none.
_CODE_OR_LINK = re.compile(
    r"(^```.*?^```$|`[^`\n]+`)|(?<!!)\[((?:[^][`]|`[^`]*`)*)\]\((#[^()\s]+|[\w./-]+\.[a-z]+(?:#[^()\s]+)?)\)", re.DOTALL | re.MULTILINE
)
_ANNOTATION = re.compile(r"(: |-> )'([^']*)'")


def write(app: Any, error: Exception | None) -> None:
    """Write lqbayes.md beside the pages."""
    if error is None and app.builder.format == "html":
        in_menus = [*_in_order(app.env, app.config.root_doc)]
        pages = (Path(app.env.doc2path(name)) for name in dict.fromkeys([*in_menus, *sorted(app.env.found_docs)]))
        Path(app.outdir, "lqbayes.md").write_text(whole(pages), encoding="utf-8")


def whole(pages: Iterable[Path]) -> str:
    """Text of all pages, without what only Sphinx understands; links between them lead to headings."""
    texts = {page: text for page in pages if (text := _text(page))}
    counts: Counter[str] = Counter()
    slugs = {page.resolve(): _slugs(text, counts) for page, text in texts.items()}
    return "\n\n".join(_CODE_OR_LINK.sub(partial(_linked, page, slugs), text) for page, text in texts.items()) + "\n"


def _slugs(text: str, counts: Counter[str]) -> dict[str, str]:
    """Anchors of the headings of a page, by those that they would have alone; in one file another of the same words gets a number."""
    found: dict[str, str] = {}
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE):
        slug = slug_of(heading)
        found.setdefault(slug, f"{slug}-{counts[slug]}" if counts[slug] else slug)
        counts[slug] += 1
    return found


def slug_of(heading: str) -> str:
    """Anchor of a heading, as GitHub and MyST make it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _linked(page: Path, slugs: Mapping[Path, Mapping[str, str]], found: re.Match[str]) -> str:
    """Write a link to a page or its heading as one within the file; of what is no page, its words alone."""
    code, words, target = found.groups()
    if code:
        return code
    place, _, anchor = target.partition("#")
    there = slugs.get((page.parent / place).resolve() if place else page.resolve(), {})
    slug = there.get(anchor) if anchor else next(iter(there.values()), None)
    return f"[{words}](#{slug})" if slug else words


def _in_order(env: Any, name: str) -> Iterator[str]:
    yield name
    for child in env.toctree_includes.get(name, ()):
        yield from _in_order(env, child)


def _text(path: Path) -> str:
    if path.suffix == ".rst":  # of one name of the Python interface, which is all on its own page
        return ""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        form = {"code": "```python\n{}\n```", "markdown": "{}"}
        return "\n\n".join(form[cell["cell_type"]].format("".join(cell["source"])) for cell in json.loads(text)["cells"])
    text = re.sub(r"\A---\n.*?^---\n", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"(!\[[^]]*\]\()[\w./-]*?([\w-]+\.png\))", r"\1_images/\2", text)  # where Sphinx puts them
    return _DIRECTIVE.sub(lambda found: _plain(path.parent, *found.groups()), text).strip()


def _plain(folder: Path, directive: str, argument: str, body: str) -> str:
    """Write Markdown that says what a directive makes on the site."""
    match directive:
        case "include":
            return _text(folder / argument)
        case "code-cell":
            return "" if "remove-cell" in body else "*The plot is on the site.*"
        case "eval-rst":
            return "\n\n".join(_documented(name) for name in re.findall(r"^   (\w+)$", body, re.MULTILINE))
        case "toctree":
            return ""
    raise ValueError(f"{folder}: nothing says what {{{directive}}} is in one Markdown file")


def _documented(name: str) -> str:
    """Document one name of the Python interface, of a class with what it brings itself."""
    found = getattr(lqbayes, name)
    parts = [f"## lqbayes.{name}", _entry(name, found)]
    for member, kind in vars(found).items() if inspect.isclass(found) else ():
        documented = not member.startswith("_") and inspect.getdoc(getattr(found, member))
        if documented and (inspect.isroutine(kind) or isinstance(kind, property)):
            parts.append(_entry(f"{name}.{member}", getattr(found, member)))
    return "\n\n".join(parts)


def _entry(name: str, found: Any) -> str:
    called = callable(found) and not (inspect.isclass(found) and issubclass(found, Exception))
    signature = _ANNOTATION.sub(r"\1\2", str(inspect.signature(found))) if called else ""
    return f"```text\n{name}{signature}\n\n{inspect.getdoc(found)}\n```"
