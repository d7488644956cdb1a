"""Reads that do not depend on each other, at the same time: a page begins what it will ask for one by one.

The cached reads take what was begun for them, so that nothing is asked twice, and an error is told where the
answer is wanted.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar, TypeVarTuple

import streamlit as st

from dashboard.resources.keeping import FRESH_SECONDS
from services import people

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
Read = tuple[Callable[..., Any], tuple[Any, ...]]
"""What reads, and its arguments; together they name the answer."""
WANTED_SECONDS = 10.0
"""So long after its begin an answer is still taken; a page that stopped early never asks for it."""


@dataclass
class _Reads:
    """What was begun and not taken yet, and what was read lately, each since when."""

    begun: dict[Read, tuple[float, Future[Any]]] = field(default_factory=dict)
    known: dict[Read, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def forget_old(self, now: float) -> None:
        self.begun = {read: each for read, each in self.begun.items() if now - each[0] < WANTED_SECONDS}
        self.known = {read: since for read, since in self.known.items() if now - since < FRESH_SECONDS}


@st.cache_resource(max_entries=1, show_spinner=False)
def _reads() -> _Reads:
    return _Reads()


def begin(*reads: Read) -> None:
    """Begin those of the reads that nobody made lately, each in a thread. One alone may wait for its turn."""
    found, now = _reads(), time.monotonic()
    with found.lock:
        found.forget_old(now)
        unread = [read for read in reads if read not in found.begun and read not in found.known]
        if len(unread) < 2:
            return
        begun = {read: Future[Any]() for read in unread}
        found.begun |= {read: (now, answer) for read, answer in begun.items()}
    for (read, arguments), answer in begun.items():
        carried = people.carried(_settle)
        threading.Thread(
            target=carried, args=(answer, read, arguments), name="read-ahead", daemon=True
        ).start()


def _settle(answer: Future[Any], read: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    try:
        answer.set_result(read(*arguments))
    except BaseException as error:  # whoever takes it is told
        answer.set_exception(error)


def take(read: Callable[[*Ts], T], *arguments: *Ts) -> T:
    """What `read` returns or raises: for a cached read, which waits here for what was begun for it."""
    found, now = _reads(), time.monotonic()
    with found.lock:
        found.forget_old(now)
        begun = found.begun.pop((read, arguments), None)
    answer: T = begun[1].result() if begun else read(*arguments)
    with found.lock:
        found.known[read, arguments] = time.monotonic()
    return answer
