"""Text and numbers for tables in LaTeX."""

import re
import unicodedata
from functools import cache

# Letters with marks, Greek ones and LaTeX's own characters are written the same in every document. Other commands of the library are
# known in some documents only, by their packages or font encoding.
_LETTER = r"(?:[A-Za-z]|\\[ij]|\{(?:[A-Za-z]|\\[ij])\})"
_MARKED = re.compile(rf"\\(?:['`^\"~=.]|[cvuHr](?![A-Za-z])){_LETTER}|\\(?:AE|ae|OE|oe|O|o|L|l|ss|i)")
_GREEK = range(0x391, 0x3CA)
_SIGNS = "#$%&\\^_{}~±∓≈∼≤≥≠≪≫∝∞∂∇∫ℏℓ"
# Characters that the first font of LaTeX lacks or the library writes for a package, and two that would be drawn as one.
_OURS = {"<": r"\textless", ">": r"\textgreater", "|": r"\textbar", '"': "''", "`": r"\`{}", "\x7f": "U+007F"} | {
    sign: rf"\ensuremath{{{command}}}" for sign, command in (("µ", r"\mu"), ("×", r"\times"), ("·", r"\cdot"), ("→", r"\to"))
}
_LIGATURE = r"-(?=-)|'(?=')|,(?=,)"
_A_NUMBER = re.compile(r"(?P<mantissa>[-+]?\d+(?:\.\d+)?)(?:e(?P<power>[-+]\d+))?")


def latex_text(text: str) -> str:
    """Write any text for LaTeX, in a line; characters that not every document knows as their code points."""
    return str(_encoder().unicode_to_latex(unicodedata.normalize("NFC", " ".join(text.split()))))


@cache
def _encoder():  # type: ignore[no-untyped-def]
    from pylatexenc.latexencode import (  # some hundredths of a second, which few commands need
        RULE_DICT,
        RULE_REGEX,
        UnicodeToLatexConversionRule,
        UnicodeToLatexEncoder,
        get_builtin_uni2latex_dict,
    )

    known = {c: s for c, s in get_builtin_uni2latex_dict().items() if c in _GREEK or chr(c) in _SIGNS or _MARKED.fullmatch(s)}
    ours = {ord(c): written for c, written in _OURS.items()}
    rules = [(RULE_REGEX, [(re.compile(_LIGATURE), r"\g<0>{}")]), (RULE_DICT, ours), (RULE_DICT, known)]
    return UnicodeToLatexEncoder(
        conversion_rules=[UnicodeToLatexConversionRule(kind, rule) for kind, rule in rules],
        replacement_latex_protection="braces-after-macro",
        unknown_char_policy=lambda character: f"U+{ord(character):04X}",
        unknown_char_warning=False,
    )


# What matplotlib takes as it is, and LaTeX does not.
_NOT_IN_MATHEMATICS = re.compile(r"(?<!\\)[&%#]|[^ -~]")


def latex_mathematics(text: str) -> str:
    """Make what matplotlib shows as mathematics fit for a table in LaTeX."""
    return _NOT_IN_MATHEMATICS.sub(lambda found: rf"\mbox{{{latex_text(found[0])}}}" if found[0] not in "&%#" else f"\\{found[0]}", text)


def latex_numbers(text: str) -> str:
    """Write a number or the two ends of an interval as mathematics."""
    found = [_A_NUMBER.fullmatch(part) for part in text.split(" .. ")]
    matches = [match for match in found if match is not None]
    if len(matches) != len(found):
        return latex_text(text)
    powers = [rf"{{\cdot}}10^{{{int(match['power'])}}}" if match["power"] else "" for match in matches]
    if len(matches) == 1:
        return f"${matches[0]['mantissa']}{powers[0]}$"
    common = powers[0] if len(set(powers)) == 1 else ""
    ends = ",".join(match["mantissa"] + ("" if common else power) for match, power in zip(matches, powers, strict=True))
    return f"$[{ends}]{common}$"
