"""Text of unknown origin, made safe for a terminal."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Sequence

# Control, surrogate, line and paragraph separators; then what reverses the direction of text, so that it reads as something else.
_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _CATEGORIES or character in _DIRECTIONS


def printable(text: str, keep: str = "") -> str:
    r"""Write control characters as escapes, since a terminal would obey them: move the cursor, hide text, change the title."""
    if text.isprintable():
        return text
    return "".join(c.encode("unicode_escape", "surrogatepass").decode("ascii") if _is_control(c) and c not in keep else c for c in text)


def has_control_characters(text: str) -> bool:
    """Tell whether a text holds anything but characters, ends of lines and tabs."""
    return not text.isprintable() and any(_is_control(c) and c not in "\n\t" for c in text)


def html_table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table for a notebook, every text escaped."""

    def line(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"

    body = "\n".join(line(row, "td") for row in rows)
    return f"<table><caption>{html.escape(caption)}</caption>\n<thead>{line(headings, 'th')}</thead>\n<tbody>{body}</tbody></table>"
