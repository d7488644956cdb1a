"""Records that are unsure of themselves, by their own words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.findings.model import Evidence, Finding, Subject
from services.records.contents import Fact, Preference, Reflection

LEAST_CONFIDENCE = 0.5
_HEDGES = re.compile(
    r"""\b(?:perhaps|possibly|probably|presumably|apparently|supposedly|allegedly|seemingly|conceivably
    |(?:seems?|appears?|is\slikely|are\slikely|is\sunlikely|is\ssaid|is\sthought|is\sbelieved
            |is\sassumed)\sto\b|it\s(?:seems|appears|is\s(?:likely|unclear|possible|probable|not\sclear
            |unknown|assumed))
    |(?:may|might|could)\s(?:be|have|also|not|want|like|prefer|need|live|work|own|possibly|well
            |potentially|soon)\b|is\s(?:unclear|uncertain)|(?:was|is|not)\s(?:\w+\s)?(?:implied
            |inferred|assumed|certain\sif|sure\s(?:if|whether))
    |(?:implies|implying|suggests?|suggesting|indicating\spossibl\w+|hinted|hints)\s(?:that|a|an|at|he
            |she|they|the)\b|potentially|i\s(?:think|guess|suppose)|no\sexplicit|unconfirmed
            |not\sconfirmed|could\snot\sbe\sconfirmed)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def find(subject: Subject) -> Iterator[Finding]:
    """One finding where a fact, a preference or a reflection doubts what it says."""
    content = subject.content
    if isinstance(content, Reflection):
        confidence = _number(content.confidence)
        if confidence is not None and confidence < LEAST_CONFIDENCE:
            yield Finding(
                subject.record_id,
                "uncertain",
                "low",
                f"The strategy gave it a confidence of {confidence:g}.",
                subject.whole(f"confidence {confidence:g}"),
            )
    elif isinstance(content, (Fact, Preference)):
        text = content.preference if isinstance(content, Preference) else content.text
        found = _HEDGES.search(text)  # the preference is the first part of the subject's text
        if found:
            evidence = (Evidence(*found.span(), "is unsure"),)
            yield Finding(subject.record_id, "uncertain", "low", "By its own words it is a guess.", evidence)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
