"""Messages written through the API, for tests that read conversations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from services.clients import Clients

START = datetime(2026, 11, 1, 9, tzinfo=UTC)


def say(
    clients: Clients,
    memory_id: str,
    place: tuple[str, str],
    said: str | list[dict[str, Any]],
    minute: int = 0,
    **more: Any,
) -> str:
    """Writes one event by (actor, session), a user's message or a payload; returns its id."""
    message = [{"conversational": {"role": "USER", "content": {"text": said}}}]
    event = clients.data.create_event(
        memoryId=memory_id,
        actorId=place[0],
        sessionId=place[1],
        eventTimestamp=START + timedelta(minutes=minute),
        payload=message if isinstance(said, str) else said,
        **more,
    )["event"]
    return str(event["eventId"])
