"""What a stored session holds, as the chat shows it: the newest messages, and which events they come from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.chat.messages import CITED_KEY, OUTCOME_KEY, turn_messages
from services.chat.turns import Conversation, Row, Turn
from services.clients import Clients
from services.listing import Listing, collect, pages
from services.short_term.events import list_events
from services.short_term.transcripts import turns

EARLIER_EVENTS = 200
# An event that is not listed this long after it was stored was deleted.
LISTED_WITHIN_SECONDS = 2.0


_BEGINNING = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class EarlierMessage:
    """A stored message that was not said in this chat. `role` as AWS has it; `cited` are record ids."""

    event_id: str
    at: datetime
    role: str
    kind: str
    text: str
    cited: tuple[str, ...]
    outcome: str | None


@dataclass(frozen=True)
class History:
    """The newest events of a session by id, with their times, and their messages, oldest first.

    `complete` False: the session has older events than these.
    """

    events: Mapping[str, datetime]
    messages: tuple[EarlierMessage, ...]
    complete: bool

    @property
    def _since(self) -> datetime:
        """Every event after this moment is among these; of those at it, some may not be."""
        return _BEGINNING if self.complete else min(self.events.values(), default=_BEGINNING)

    def same_events(self, other: "History", but: Collection[str]) -> bool:
        """Whether both have the same events as far back as both reach, ids in `but` left out."""
        since = max(self._since, other._since)
        mine, theirs = (
            {event_id for event_id, at in history.events.items() if at > since}.difference(but)
            for history in (self, other)
        )
        return mine == theirs

    def lacks(self, turn: Turn, now: float) -> bool:
        """Whether all events of a turn should be among these at `now` (Unix seconds), and none of them is."""
        if not turn.stored or datetime.fromtimestamp(turn.started_at, UTC) <= self._since:
            return False
        listed = any(stored.event["eventId"] in self.events for stored in turn.stored)
        return not listed and all(now - stored.at > LISTED_WITHIN_SECONDS for stored in turn.stored)

    def without(self, turns: Collection[Turn]) -> list[EarlierMessage]:
        """The messages that are of none of these turns."""
        own = own_events(turns)
        return [message for message in self.messages if message.event_id not in own]


def read_history(clients: Clients, conversation: Conversation) -> History:
    """The newest 200 events of a session with what was said in them."""
    place = (conversation.memory_id, conversation.actor_id, conversation.session_id)
    stored = list_events(clients, *place, limit=EARLIER_EVENTS)
    messages = tuple(
        EarlierMessage(
            turn.event_id,
            turn.timestamp,
            turn.role or "OTHER",
            turn.kind,
            turn.text,
            tuple(_noted(turn.metadata, CITED_KEY).split()) if turn.role == "ASSISTANT" else (),
            _noted(turn.metadata, OUTCOME_KEY) or None,
        )
        for turn in turns(stored.rows)
    )
    return History(_times(stored), messages, stored.complete)


def read_outline(clients: Clients, conversation: Conversation) -> History:
    """The same events without their messages: cheap enough to look whether anything has changed."""
    params = {
        "memoryId": conversation.memory_id,
        "actorId": conversation.actor_id,
        "sessionId": conversation.session_id,
        "includePayloads": False,
    }
    found = pages(clients.data, "list_events", EARLIER_EVENTS, params)
    stored = collect(found, "events", EARLIER_EVENTS)
    return History(_times(stored), (), stored.complete)


def _times(stored: Listing[Row]) -> dict[str, datetime]:
    return {event["eventId"]: event["eventTimestamp"] for event in stored.rows}


def _noted(metadata: Row, key: str) -> str:
    return str(metadata.get(key, {}).get("stringValue", ""))


def own_events(turns: Collection[Turn]) -> set[str]:
    """The ids of the events as which turns were stored."""
    return {stored.event["eventId"] for turn in turns for stored in turn.stored}


def in_order(
    earlier: Sequence[EarlierMessage], turns: Sequence[Turn], first: Collection[str]
) -> list[EarlierMessage | Turn]:
    """Both together, oldest first; messages of the events `first` come first, whatever their time says."""

    def moment(part: EarlierMessage | Turn) -> float:
        if isinstance(part, Turn):
            return part.started_at
        return 0.0 if part.event_id in first else part.at.timestamp()

    return sorted([*earlier, *turns], key=moment)


def spoken(said: Collection[EarlierMessage | Turn]) -> list[tuple[str, str]]:
    """(role, text) of what was said, as the agent takes it."""
    found: list[tuple[str, str]] = []
    for part in said:
        if isinstance(part, Turn):
            found += [(message.role, message.text) for message in turn_messages(part)]
        elif part.kind == "text":
            found.append((part.role, part.text))
    return found
