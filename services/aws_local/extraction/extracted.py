"""What every extractor returns: one memory to be, with the messages it was read from."""

from dataclasses import dataclass
from datetime import datetime

SEMANTIC = "SEMANTIC"
USER_PREFERENCE = "USER_PREFERENCE"
SUMMARIZATION = "SUMMARIZATION"

CORRECTION_RULE = "correction"  # of what only changes stored preferences, and is none itself

Source = tuple[str, int]  # event id, index of the message in the event's payload

MAX_CONTENT = 16_000  # characters of content.text, the limit of MemoryRecord in the service's model


@dataclass(frozen=True)
class Extracted:
    """One memory before consolidation.

    ``content`` is exactly the record's content.text. ``embed_text`` is what to embed instead of it: without
    JSON or XML and without "The user", which every record has. ``rule`` names what found it, so that a
    person can see why. ``timestamp`` is the time of the newest source.
    """

    content: str
    embed_text: str
    subject: str
    rule: str
    timestamp: datetime
    sources: tuple[Source, ...]
