"""A chat as moments: what a report and a recording of it are made from."""

from __future__ import annotations

from collections.abc import Iterator

from services.chat.history import EarlierMessage
from services.chat.room import ChatRoom
from services.demos.moments import Answered, Moment, Said, SessionBegun, ToolUsed, of_progress, of_turn
from services.demos.recording import Recording

EARLIER = "Said in this session before"


def recording_of(room: ChatRoom, now: float) -> Recording:
    """Everything that the chat shows at `now` (Unix seconds): what was said, and what memory made of it."""
    place = room.conversation
    title = f"Conversation with {place.actor_id}"
    return Recording(title, place.memory_id, place.actor_id, tuple(_moments(room, now)))


def _moments(room: ChatRoom, now: float) -> Iterator[Moment]:
    said = room.said()
    progress = {each.event["eventId"]: each for each in room.panel(now).events}
    started = [
        part.timestamp.timestamp() if isinstance(part, EarlierMessage) else part.started_at for part in said
    ]
    place = room.conversation
    where = f"{place.session_id}, branch {place.branch.name}" if place.branch else place.session_id
    yield SessionBegun(min(started, default=now), where)
    for part in said:
        if isinstance(part, EarlierMessage):
            yield _earlier(part)
            continue
        yield from of_turn(part, room.strategies)
        for stored in part.stored:
            if (found := progress.get(stored.event["eventId"])) is not None:
                yield from of_progress(found, room.strategies)


def _earlier(message: EarlierMessage) -> Moment:
    at = message.timestamp.timestamp()
    if message.role == "TOOL":
        called, _, result = message.text.partition("\n")
        return ToolUsed(at, called, result, None)
    return Said(at, message.text) if message.role == "USER" else Answered(at, message.text, EARLIER, 0.0)
