"""Text of unknown origin, made safe for a terminal."""

from __future__ import annotations

import unicodedata

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
    """Check whether a text holds anything but characters, ends of lines and tabs."""
    return not text.isprintable() and any(_is_control(c) and c not in "\n\t" for c in text)
