"""Calls that do not depend on each other, made at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from services import people

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 8
"""Below the connections that a client keeps open (`services.clients`)."""


def each(do: Callable[[T], R], things: Iterable[T]) -> list[R]:
    """What `do` returns for each thing, in their order. The first error, in that order, is raised once all
    have ended. Each is done as whoever acts now."""
    given = list(things)
    if len(given) < 2:
        return [do(thing) for thing in given]
    with ThreadPoolExecutor(min(AT_ONCE, len(given)), thread_name_prefix="call") as threads:
        under_way = [threads.submit(people.carried(do), thing) for thing in given]
    return [done.result() for done in under_way]
