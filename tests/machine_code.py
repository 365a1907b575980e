"""What the processor does in compiled functions."""

from __future__ import annotations

import re
from typing import Any


def operations(function: Any) -> tuple[int, int]:
    """Sums, products and quotients of several numbers at once, and of one, in the code of a function, also of one that was kept."""
    (compiled,) = function.overloads.values()
    code = str(compiled.library._get_module_for_linking())
    at_once, single = (len(re.findall(rf"= (?:fadd|fsub|fmul|fdiv) (?:\w+ )*{kind} ", code)) for kind in (r"<\d+ x double>", "double"))
    return at_once, single
