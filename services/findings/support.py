"""Whether anything that a person's conversations say stands behind a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from services.findings.model import Finding, Subject
from services.records.contents import Fact, Preference
from services.records.provenance import words

LEAST_SUPPORT = 0.25
FEWEST_WORDS = 4


def find(subject: Subject, said: Sequence[frozenset[str]]) -> Iterator[Finding]:
    """One finding for a statement of which no message has a quarter of the words.

    `said` are the words of each message of the record's actor: with some left out, nothing can be concluded.
    """
    if not isinstance(subject.content, (Fact, Preference)):
        return
    wanted = _statement(subject)
    if len(wanted) < FEWEST_WORDS:
        return
    best = max((len(wanted & message) / len(wanted) for message in said), default=0.0)
    if best < LEAST_SUPPORT:
        yield Finding(
            subject.record_id,
            "unsupported",
            "low",
            f"No message of its actor that still exists has more than {best:.0%} of its words.",
            subject.whole("in no message"),
        )


def _statement(subject: Subject) -> frozenset[str]:
    content = subject.content
    return words(content.preference) if isinstance(content, Preference) else subject.words
