"""JSON from strangers, of a bounded depth.

Python's parser goes as deep as its stack allows, and a garbage collection in the middle of that has no stack
left for the clean-up of others: files stay open, and nobody is told. So nesting is looked at first.
"""

import json
import re
from collections.abc import Callable
from typing import Any

MOST_LEVELS = 200

_OPENS = ("[", "{")
# A string is one mark, whatever stands in it; one without an end goes to the end, so that it is read once.
_MARKS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


class NestedTooDeeply(ValueError):
    """A document with more lists and objects inside one another than were allowed."""


def read(
    text: str | bytes, levels: int = MOST_LEVELS, parse_constant: Callable[[str], Any] | None = None
) -> Any:
    """The value of a JSON document; bytes in UTF-8, UTF-16 or UTF-32, `parse_constant` as of `json.loads`.

    Raises NestedTooDeeply, JSONDecodeError, UnicodeDecodeError, or ValueError for an integer of thousands of
    digits: ValueErrors all.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    check_depth(text, levels)
    return json.loads(text, parse_constant=parse_constant)


def nested_deeper(value: Any, levels: int = MOST_LEVELS) -> bool:
    """Whether a value, too, has more than `levels`: Python would write it out to the end of its stack."""
    inside = [value]
    for _ in range(levels):
        inside = [
            inner
            for outer in inside
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not inside:
            return False
    return any(isinstance(each, (dict, list)) for each in inside)


def check_depth(text: str, levels: int = MOST_LEVELS) -> None:
    """Raises NestedTooDeeply for a text of more than `levels`, without reading it as JSON."""
    if sum(map(text.count, _OPENS)) <= levels:
        return
    level = 0
    for mark in _MARKS.finditer(text):
        level += (mark[0] in _OPENS) - (mark[0] in ("]", "}"))
        if level > levels:
            raise NestedTooDeeply(f"nested deeper than {levels} levels")
