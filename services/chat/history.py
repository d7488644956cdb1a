"""What a stored session holds, as the chat shows it: the newest messages, and which events they come from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.chat.messages import CITED_KEY, OUTCOME_KEY, turn_messages
from services.chat.turns import Conversation, Row, Turn
from services.clients import Clients
from services.errors import InvalidConversation
from services.listing import Listing
from services.short_term import branches
from services.short_term.branches import Branch
from services.short_term.events import list_events
from services.short_term.transcripts import keeps_state, turns

EARLIER_EVENTS = 200
# An event that is not listed this long after it was stored was deleted.
LISTED_WITHIN_SECONDS = 2.0


_BEGINNING = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class EarlierMessage:
    """A stored message that was not said in this chat. `role` as AWS has it; `cited` are record ids."""

    event_id: str
    timestamp: datetime
    role: str
    kind: str
    text: str
    cited: tuple[str, ...]
    outcome: str | None


@dataclass(frozen=True)
class History:
    """The newest events of a conversation by id, with their times, and their messages, oldest first.

    `complete` False: the session has older events than these, and none before `oldest` (None: before the
    first of these) was read. `branches` are the session's, as far as its newest events tell.
    """

    events: Mapping[str, datetime]
    messages: tuple[EarlierMessage, ...]
    complete: bool
    oldest: datetime | None = None
    branches: tuple[Branch, ...] = ()

    @property
    def _since(self) -> datetime:
        """Every event after this moment is among these; of those at it, some may not be."""
        if self.complete:
            return _BEGINNING
        return self.oldest or min(self.events.values(), default=_BEGINNING)

    def same_branches(self, other: "History") -> bool:
        """Whether both know the same branches of the session, besides main."""
        mine, theirs = ({branch.name for branch in each.branches} for each in (self, other))
        return mine ^ theirs <= {branches.MAIN}

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
    """The newest 200 events of a conversation with what was said in them.

    Raises InvalidConversation for a branch that begins after an event that is not among them.
    """
    return _read(clients, conversation, payloads=True)


def read_outline(clients: Clients, conversation: Conversation) -> History:
    """The same events without their messages: cheap enough to look whether anything has changed."""
    return _read(clients, conversation, payloads=False)


def _read(clients: Clients, conversation: Conversation, *, payloads: bool) -> History:
    place = (conversation.memory_id, conversation.actor_id, conversation.session_id)

    def listed(branch: str | None, *, payloads: bool) -> Listing[Row]:
        return list_events(clients, *place, limit=EARLIER_EVENTS, branch=branch, payloads=payloads)

    point = conversation.branch
    if point is None:
        every = listed(None, payloads=payloads)
        return _history(every, branches.path(every.rows, branches.MAIN), branches.tree(every.rows))
    every = listed(None, payloads=False)
    known = branches.tree(every.rows)
    if point.root_event_id is None or point.name in {branch.name for branch in known}:
        own = listed(point.name, payloads=payloads)
        return _history(own, own.rows, known)
    every = listed(None, payloads=True) if payloads else every
    return _history(every, _before(every, point.name, point.root_event_id), known)


def _before(every: Listing[Row], name: str, root_event_id: str) -> list[Row]:
    """What a branch that has no event yet begins with."""
    found = branches.path_to(every.rows, root_event_id)
    if found is None:
        raise InvalidConversation(
            [
                f"The event that the branch {name} follows on is not there any more, or not among the newest "
                f"{EARLIER_EVENTS} of the session."
            ]
        )
    return found


def _history(read: Listing[Row], rows: Sequence[Row], known: Sequence[Branch]) -> History:
    """`rows`, newest first, of what was read."""
    return History(
        {row["eventId"]: row["eventTimestamp"] for row in rows},
        tuple(_messages(rows)),
        read.complete,
        min((row["eventTimestamp"] for row in read.rows), default=None),
        tuple(known),
    )


def _messages(rows: Sequence[Row]) -> list[EarlierMessage]:
    return [
        EarlierMessage(
            turn.event_id,
            turn.timestamp,
            turn.role or "OTHER",
            turn.kind,
            turn.text,
            tuple(_noted(turn.metadata, CITED_KEY).split()) if turn.role == "ASSISTANT" else (),
            _noted(turn.metadata, OUTCOME_KEY) or None,
        )
        for turn in turns(row for row in rows if not keeps_state(row))
    ]


def _noted(metadata: Row, key: str) -> str:
    return str(metadata.get(key, {}).get("stringValue", ""))


def own_events(turns: Collection[Turn]) -> set[str]:
    """The ids of the events as which turns were stored."""
    return {event_id for turn in turns for event_id in turn.event_ids}


def in_order(
    earlier: Sequence[EarlierMessage], turns: Sequence[Turn], first: Collection[str]
) -> list[EarlierMessage | Turn]:
    """Both together, oldest first; messages of the events `first` come first, whatever their time says."""

    def moment(part: EarlierMessage | Turn) -> float:
        if isinstance(part, Turn):
            return part.started_at
        return 0.0 if part.event_id in first else part.timestamp.timestamp()

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
