"""Records that say nothing, or too much for one memory."""

from __future__ import annotations

from collections.abc import Iterator

from services.findings.model import Evidence, Finding, Subject
from services.records.contents import Fact, Preference, Reflection, Summary

LONGEST = {Fact: 500, Preference: 500, Summary: 6_000, Reflection: 4_000}
"""Characters. A fact is one statement, a preference one wish; agents get whole records, and pay for them."""
LONGEST_OTHER = 12_000


def find(subject: Subject) -> Iterator[Finding]:
    """Whether a record is empty or too long for what it is."""
    if not any(character.isalnum() for character in _said(subject)):
        yield Finding(
            subject.record_id, "empty", "medium", "It has no word in it.", subject.whole("all of it")
        )
        return
    longest = LONGEST.get(type(subject.content), LONGEST_OTHER)
    if len(subject.text) > longest:
        yield Finding(
            subject.record_id,
            "too_long",
            "low",
            f"It has {len(subject.text):,} characters; one of its kind rarely needs more than {longest:,}.",
            (Evidence(longest, len(subject.text), f"beyond {longest:,} characters"),),
        )


def _said(subject: Subject) -> str:
    """What has to say something: of a preference its wish, whatever its context says."""
    if isinstance(subject.content, Preference):
        return subject.content.preference
    return subject.text
