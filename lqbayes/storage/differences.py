"""Where two resolved settings differ, key by key."""

from collections.abc import Iterator
from typing import Any

from lqbayes.input.problems import shown

_NOTHING = "nothing"


def differences(then: Any, now: Any) -> list[tuple[str, str, str]]:
    """Compare plain data."""
    old, new = dict(_leaves(then)), dict(_leaves(now))
    found = []
    for key in [*old, *(key for key in new if key not in old)]:
        a, b = old.get(key, _NOTHING), new.get(key, _NOTHING)
        if a != b:
            found.append((key, a, b))
    return found


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _leaves(entry, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple) and any(isinstance(entry, dict) for entry in value):
        for place, entry in enumerate(value):
            name = entry.get("name", place) if isinstance(entry, dict) else place
            yield from _leaves(entry, f"{key}[{name}]")
    else:
        yield key, shown(value)
