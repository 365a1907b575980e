"""References in free text as links."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

# Year and month, then four or five digits; the older numbers stand after the name of their archive.
_NUMBER = r"(?:0[7-9]|[1-4]\d)(?:0[1-9]|1[0-2])\.\d{4,5}(?:v\d+)?"
_OLD = r"(?:hep-(?:ph|ex|th|lat)|physics|nucl-(?:th|ex)|astro-ph)/\d{7}(?:v\d+)?"
_REFERENCE = re.compile(rf"(?<![\w.+-])(?:arXiv:\s?)?(?P<number>{_NUMBER}|{_OLD})(?![\w])(?!\.\d)", re.IGNORECASE)


def linked(text: str) -> Markup:
    """Make a link of each arXiv number in a text; everything else is escaped."""
    parts: list[Markup] = []
    end = 0
    for match in _REFERENCE.finditer(text):
        parts.append(escape(text[end : match.start()]))
        parts.append(Markup('<a href="https://arxiv.org/abs/{}">{}</a>').format(match["number"], match[0]))
        end = match.end()
    parts.append(escape(text[end:]))
    return Markup("").join(parts)
