"""How answers of AWS are kept, and what a write makes stale.

Answers are kept for a short time per connection, so that a rerun (a click, a changed filter) repeats no AWS
call. The cache holds plain data; clients live in `cache_resource`, one set per connection (`dashboard.live`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from dashboard.freshness import Source
from dashboard.live import calling, forgetter, source

P = ParamSpec("P")
T = TypeVar("T")
Row = dict[str, Any]
FRESH_SECONDS = 30
LARGE_FRESH_SECONDS = 300
"""So long that is believed which takes too many calls to be read again every half minute."""
LIST_LIMIT = 500
"""Rows that a list reads at first: as many calls of a hundred as a second lets through below the quotas."""

# What is forgotten together: the memory resources of a connection, and the contents of one memory.
MEMORIES = "memories"
CONTENTS = "contents"


def of_contents(
    read: Callable[Concatenate[Source, str, P], T], memory_id: str, *args: P.args, **kwargs: P.kwargs
) -> T:
    """A cached read of what is in a memory."""
    with calling():
        return read(source(CONTENTS, memory_id), memory_id, *args, **kwargs)


@contextmanager
def changing(*places: tuple[str, ...]) -> Iterator[None]:
    """Around a write to `places`: `(MEMORIES,)`, `(CONTENTS, memory_id)`, `()` for the whole connection."""
    try:
        with calling():
            yield
    finally:
        for place in places:
            forgetter(*place)()
