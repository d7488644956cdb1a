"""Exchanges that were stored before this chat was opened: what of them can still be known.

AWS keeps the events and the records, and of no event what it led to. So which record came of which exchange
is a guess (`services.records.provenance`). What was retrieved for an answer, what the model was given, and
how long anything took is kept nowhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chat.history import EarlierMessage
from services.chat.turns import Row
from services.records.provenance import LikelyRecord, placed


@dataclass(frozen=True)
class EarlierTurn:
    """What one said and what was answered, oldest first, with the records that it probably led to, the
    likeliest first."""

    messages: tuple[EarlierMessage, ...]
    records: tuple[LikelyRecord, ...]

    @property
    def text(self) -> str:
        """What the person wrote; what else was stored where they wrote nothing."""
        return next((each.text for each in self.messages if each.role == "USER"), self.messages[0].text)

    @property
    def timestamp(self) -> datetime:
        """When it was said."""
        return self.messages[0].timestamp

    @property
    def event_ids(self) -> tuple[str, ...]:
        """The events that hold it."""
        return tuple(dict.fromkeys(each.event_id for each in self.messages))


def earlier_turns(messages: Iterable[EarlierMessage], records: Collection[Row]) -> list[EarlierTurn]:
    """The exchanges of stored messages (oldest first), each with the `records` that fit none better."""
    exchanges = _exchanges(messages)
    number_of = {
        (each.event_id, each.role, each.text): number
        for number, exchange in enumerate(exchanges)
        for each in exchange
    }
    found: list[list[LikelyRecord]] = [[] for _ in exchanges]
    said = [each for exchange in exchanges for each in exchange if each.kind == "text"]
    for message, likely in placed(records, said):
        found[number_of[message.event_id, message.role, message.text]].append(likely)
    return [
        EarlierTurn(tuple(exchange), tuple(sorted(likely, key=_likeliest, reverse=True)))
        for exchange, likely in zip(exchanges, found, strict=True)
    ]


def _likeliest(likely: LikelyRecord) -> tuple[bool, float]:
    return likely.same_time, likely.shared


def _exchanges(messages: Iterable[EarlierMessage]) -> list[Sequence[EarlierMessage]]:
    """Each begins with what the person said, in one message or several of one event."""
    found: list[list[EarlierMessage]] = []
    last: EarlierMessage | None = None
    for message in messages:
        goes_on = last is not None and last.role == "USER" and last.event_id == message.event_id
        if not found or (message.role == "USER" and not goes_on):
            found.append([])
        found[-1].append(message)
        last = message
    return [*found]
