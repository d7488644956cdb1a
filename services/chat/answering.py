"""What every kind of agent has in common: it answers one turn at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from strands.types.content import Messages

from services.chat.turns import Turn
from services.faults import Fault
from services.people import carried
from services.short_term.conversation_file import MessageDraft

T = TypeVar("T")


class Answerer(Protocol):
    """An agent for one answer. Whatever it does meanwhile it appends to the turn."""

    async def answer(self, turn: Turn, earlier: Messages) -> Messages:
        """Streams the answer to `turn.text` into the turn, as TextDelta events; `earlier` is the conversation
        so far. Returns the conversation that the next answer builds on.

        To stop it, cancel the task. Raises whatever kept the agent from answering in full.
        """

    def left_to_store(self, turn: Turn) -> list[MessageDraft]:
        """What of an exchange that has ended is to be stored by whoever talks with the agent; an agent that
        stores the conversation itself leaves nothing of what it has stored."""

    def explain(self, error: BaseException) -> Fault:
        """What an error of `answer` is, for the screen."""


def exchanged(turn: Turn, earlier: Messages) -> Messages:
    """The conversation after a turn, for agents that keep their own: the two texts alone."""
    return [
        *earlier,
        {"role": "user", "content": [{"text": turn.text}]},
        {"role": "assistant", "content": [{"text": turn.answer.strip() or "(No words.)"}]},
    ]


@dataclass(frozen=True)
class _Item(Generic[T]):
    value: T


async def read_in_thread(source: Callable[[], Iterator[T]]) -> AsyncIterator[T]:
    """The items of a blocking iterator, read in a thread of its own; its errors are raised here.

    A thread that waits for a silent server cannot be stopped. It is left alone then: it goes with its next
    item, closing the iterator, and keeps no process from ending.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[_Item[T] | BaseException | None] = asyncio.Queue()
    left = threading.Event()

    def put(item: _Item[T] | BaseException | None) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(items.put_nowait, item)

    def read() -> None:
        iterator: Iterator[T] | None = None
        try:
            iterator = source()
            for value in iterator:
                if left.is_set():
                    return
                put(_Item(value))
            put(None)
        except BaseException as error:  # handed over to whoever reads
            put(error)
        finally:
            if (close := getattr(iterator, "close", None)) is not None:
                close()

    threading.Thread(target=carried(read), name="chat-stream", daemon=True).start()
    try:
        while (item := await items.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item.value
    finally:
        left.set()
