"""Links within the built site that lead nowhere: to a page or file that is not there, or to an anchor that its page lacks."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


def warn(app: Any, error: Exception | None) -> None:
    """Warn of each, at the end of a build in which warnings are errors."""
    from sphinx.util import logging  # noqa: PLC0415 - the tests of this file need no Sphinx

    if error is None and app.builder.format == "html":
        for text in broken(Path(app.outdir)):
            logging.getLogger(__name__).warning("broken link: %s (of an earlier build? then remove docs/_build)", text)


def broken(site: Path) -> list[str]:
    """Each broken link once, with its page."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    anchors = {path.resolve(): page.anchors for path, page in pages.items()}
    return sorted(
        {f"{path.relative_to(site)}: {link}" for path, page in pages.items() for link in page.links if _leads_nowhere(path, link, anchors)}
    )


def _leads_nowhere(path: Path, link: str, anchors: dict[Path, set[str]]) -> bool:
    found = urlsplit(link)
    if found.scheme or found.netloc:
        return False
    target = (path.parent / unquote(found.path)).resolve() if found.path else path.resolve()
    return not target.is_file() or bool(found.fragment) and unquote(found.fragment) not in anchors.get(target, ())


class _Page(HTMLParser):
    """The links of a page, and what links can lead to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Gather what a tag brings."""
        found = {name: value for name, value in attrs if value}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag != "use":  # a symbol that is drawn, of the page itself
            self.links += [found[name] for name in ("href", "src") if name in found]
