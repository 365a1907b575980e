"""Text of unknown origin, made safe for a terminal."""

import re
import unicodedata

# Control, surrogate, line and paragraph separators; then what reverses the direction of text, so that it reads as something else.
_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_WORD, _LONGEST_WORD = re.compile(r"[^ \t\n#]*"), 80


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _CATEGORIES or character in _DIRECTIONS


def printable(text: str, keep: str = "") -> str:
    r"""Write control characters as escapes, since a terminal would obey them: move the cursor, hide text, change the title."""
    if text.isprintable():
        return text
    return "".join(c.encode("unicode_escape", "surrogatepass").decode("ascii") if _is_control(c) and c not in keep else c for c in text)


def strange_character(text: str) -> str:
    """Name the first character that is not one of ASCII, and looks like one or cannot be seen; empty where there is none."""
    foreign = next((c for c in text if not c.isascii()), "")
    if not foreign:
        return ""
    seen = f"'{foreign}', " if foreign.isprintable() else ""
    return f"{seen}U+{ord(foreign):04X} {unicodedata.name(foreign, 'without a name')}"


def strange_character_at(text: str, place: int) -> str:
    """Name the first such character of the word that begins at a place."""
    return strange_character(_WORD.findall(text, place, place + _LONGEST_WORD)[0])


def has_control_characters(text: str) -> bool:
    """Check whether a text holds anything but characters, ends of lines and tabs."""
    return not text.isprintable() and any(_is_control(c) and c not in "\n\t" for c in text)
