"""JSON from strangers, of a bounded depth.

Python's parser goes as deep as its stack allows, and a garbage collection in the middle of that has no stack
left for the clean-up of others: files stay open, and nobody is told. So nesting is looked at first. (The
dashboard has its own: neither imports the other.)
"""

import json
from array import array
from collections.abc import Callable
from itertools import accumulate
from typing import Any

MOST_LEVELS = 200

_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # into and out of a level, as signed bytes
_BETWEEN = bytes(set(range(256)) - set(b'"[]{}'))


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
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    check_depth(text, levels)
    return json.loads(text, parse_constant=parse_constant)


def check_depth(text: str | bytes, levels: int = MOST_LEVELS) -> None:
    """Raises NestedTooDeeply for a text, or one in UTF-8, of more than `levels`, without reading it as JSON.

    No step of it is Python's own: a loop over every string of a long answer took ten times as long as
    reading it.
    """
    body = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if body.count(b"[") + body.count(b"{") <= levels:
        return
    body = body.replace(rb"\\", b"").replace(rb"\"", b"")  # of escapes, those that say where a string ends
    brackets = b"".join(body.translate(None, _BETWEEN).split(b'"')[::2])  # every other piece is a string
    if max(accumulate(array("b", brackets.translate(_STEPS))), default=0) > levels:
        raise NestedTooDeeply(f"nested deeper than {levels} levels")
