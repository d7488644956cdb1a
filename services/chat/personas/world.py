"""What the personas' tools have in common: a state for each customer, results, checks of what a model sends.

A tool answers in two blocks: a text for people, which a model may repeat, and the same as JSON.
"""

import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from strands.types.tools import ToolResult

from services.chat.personas.persona import Customer

Desk = TypeVar("Desk")
MOST_CUSTOMERS = 500
# Airlines and hotels sell about so far ahead.
MOST_DAYS_AHEAD = 330


class NotPossible(ValueError):
    """A tool cannot do what it was asked; the message is what the model is told."""


class PerCustomer(Generic[Desk]):
    """A desk for each customer, made when first asked for. Above 500 the one longest unused is dropped."""

    def __init__(self, make: Callable[[], Desk]) -> None:
        self._make = make
        self._desks: OrderedDict[Customer, Desk] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, customer: Customer) -> Desk:
        """The customer's desk."""
        with self._lock:
            desk = self._desks.pop(customer, None) or self._make()
            self._desks[customer] = desk
            while len(self._desks) > MOST_CUSTOMERS:
                self._desks.popitem(last=False)
            return desk


def told(text: str, **data: Any) -> ToolResult:
    """A tool's result; Strands puts in the id of the call."""
    return {"toolUseId": "", "status": "success", "content": [{"text": text}, {"json": data}]}


def today() -> date:
    """The day, as every date of the world counts from it."""
    return datetime.now(UTC).date()


def day(text: str) -> date:
    """A day that somebody can still book, from YYYY-MM-DD; raises NotPossible."""
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise NotPossible(f"“{text}” is no day in the format YYYY-MM-DD.") from None
    if found < today():
        raise NotPossible(f"{text} is in the past.")
    if found > today() + timedelta(days=MOST_DAYS_AHEAD):
        raise NotPossible(f"{text} is more than {MOST_DAYS_AHEAD} days ahead.")
    return found


def weekday(found: date) -> str:
    """A day as people say it: `Sunday, 29 November 2026`."""
    return f"{found:%A}, {found.day} {found:%B %Y}"


def named(text: str, names: list[str], what: str) -> str:
    """The one of `names` that a text means, whatever its case; raises NotPossible with all of them."""
    wanted = " ".join(text.split()).casefold()
    found = next((name for name in names if name.casefold() == wanted), None)
    if found is None:
        raise NotPossible(f"“{text}” is no {what} here. There is: {', '.join(names)}.")
    return found


def drawn(*of: object) -> int:
    """A number that looks drawn and is always the same for the same words."""
    return zlib.crc32("/".join(map(str, of)).encode())


def several(count: int, noun: str) -> str:
    """`1 flight`, `2 flights`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
