"""The Chat page while its endpoint is down: the conversation stays, and what is written in it too."""

from dashboard import chat_rooms, outage
from dashboard.chat_address import Talk

MEANING = (
    "The conversation stays here. What you say is kept, and stored by itself as soon as the endpoint "
    "answers; it is asked again every few seconds, for {lasting} now."
)


def place() -> tuple[str, Talk] | None:
    """Where the conversation is that goes on while the connection is down, and why there is no choice of
    another; None while all is well, or nothing is open."""
    if not outage.is_down():
        return None
    found = chat_rooms.open_place()
    if found is not None:
        outage.tell(MEANING)
    return found
