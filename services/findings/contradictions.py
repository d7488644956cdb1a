"""Records of one person that cannot all be true: another value for the same thing, or its denial.

The same thing is recognised in three ways: a statement of a known form ("lives in …", "her favourite … is
…"), two statements of the same words but for one value, and two that share most of their words but differ in
a value or a negation. Where one was said later the earlier one is taken for superseded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from services.findings.model import Evidence, Finding, Subject
from services.findings.pairs import Pair, jaccard
from services.findings.values import (
    clash,
    different_names,
    negated,
    values,
    without_negations,
    without_values,
)
from services.records.contents import Fact, Preference
from services.records.provenance import words

LATER = timedelta(hours=1)
SAME_STATEMENT = 0.8
"""So much must be shared, negations or values aside, for two texts to be about the same."""
SAME_THING = 0.5
_ONE_VALUE: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (slot, re.compile(pattern, re.IGNORECASE | re.VERBOSE))
    for slot, pattern in (
        (
            "lives in",
            r"\b(?:lives|live|resides|is\sbased|is\sliving|now\slives|(?:has\s)?(?:recently\s"
            r"|just\s)?(?:moved|relocated)(?:\sfrom\s[\w\s]{2,30}?)?(?=\sto\b))\s(?:in|at|near"
            r"|to)\s(?P<value>[^.;,\n(]{2,40})",
        ),
        (
            "works for",
            r"\b(?:works|is\sworking|is\semployed|now\sworks|got\sa\sjob|started\s(?:a\snew\sjob"
            r"|working))\s(?:at|for|with|by)\s(?P<value>[^.;,\n(]{2,40})",
        ),
        ("works as", r"\b(?:works|is\sworking|is\semployed)\sas\s(?:an?\s|the\s)?(?P<value>[^.;,\n(]{2,40})"),
        (
            "flies from",
            r"\b(?:home\sairport\sis|flies\s(?:mostly\s|usually\s)?(?:from|out\sof)"
            r"|departs\sfrom)\s(?P<value>[^.;,\n(]{2,30})",
        ),
        ("age", r"\b(?:is|turned|turns)\s(?P<value>\d{1,3})\s?(?:years?\sold|yo\b)"),
        ("reports to", r"\breports\sto\s(?P<value>[^.;,\n(]{2,40})"),
        ("drives", r"\bdrives\san?\s(?P<value>[^.;,\n(]{2,40})"),
        (
            "diet",
            r"\b(?:is|became|has\sbecome)\s(?:now\s)?(?:an?\s)?(?P<value>vegan|vegetarian|pescatarian"
            r"|omnivore|meat[\s-]eater|carnivore)\b",
        ),
        (
            "married",
            r"\b(?:is\smarried\sto|is\sengaged\sto|(?:wife|husband|spouse|partner)\sis(?:\scalled"
            r"|\snamed)?)\s(?P<value>[A-Z][\w'’-]+)",
        ),
    )
)
_NAMED_SLOT = re.compile(
    r"""(?:\b(?:the\suser|user|customer|[A-Z]\w+)['’]s|\b(?:his|her|their
            |my))\s(?P<slot>(?:favou?rite\s|preferred\s|current\s|home\s|new\s|monthly\s
            |main\s)*[a-z][\w-]*(?:\s[a-z][\w-]*){0,2}?)
    \s(?:is|are|was|were|has\sbeen|equals)\s(?:now\s|set\sto\s|currently\s|called\s|named\s
            |at\s)?(?P<value>[^.;\n]{1,60})""",
    re.VERBOSE,
)
_OVER = re.compile(
    r"\bprefers?\s(?:to\s\w+\s)?(?P<more>[\w\s'’-]{2,40}?)\s(?:over|to|rather\sthan"
    r"|instead\sof)\s(?P<less>[\w\s'’-]{2,40})",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\b(?:\w+ed|was|were|had|bought|sold|went|took|paid|saw|met|made|got|gave|sent|lost|found|left|came|spent"
    r"|ran|read|wrote|won|flew|drove|ate|drank|built|broke|said|told)\b",
    re.IGNORECASE,
)
_CHANGEABLE = frozenset({"new", "current", "currently"})


@dataclass(frozen=True)
class _Claim:
    subject: Subject
    slot: str
    value: frozenset[str]
    start: int
    end: int


def by_slot(scope: Iterable[Subject]) -> Iterator[Finding]:
    """Statements of known form about the same thing with different values."""
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for subject in scope:
        if isinstance(subject.content, (Fact, Preference)):
            for claim in _claims(subject):
                claims[claim.slot].append(claim)
    for slot, found in claims.items():
        yield from _differing(slot, found)


def _claims(subject: Subject) -> Iterator[_Claim]:
    if negated(subject.text):
        return
    for slot, pattern in _ONE_VALUE:
        found = pattern.search(subject.text)
        if found:
            yield _Claim(
                subject, _of(subject.text, found.start(), slot), words(found["value"]), *found.span("value")
            )
    for found in _NAMED_SLOT.finditer(subject.text):
        name = words(found["slot"]) - _CHANGEABLE
        if name:
            yield _Claim(subject, " ".join(sorted(name)), words(found["value"]), *found.span("value"))


def _of(text: str, start: int, slot: str) -> str:
    """The slot with whom it is about, where that is not the user: "her sister lives in"."""
    before = words(text[:start]) - {"customer", "now", "recently", "just"}
    return f"{' '.join(sorted(before))}|{slot}" if before and len(before) <= 3 else f"|{slot}"


def _differing(slot: str, claims: list[_Claim]) -> Iterator[Finding]:
    """Each claim with those of another value; told from the claim's side."""
    claims = [claim for claim in claims if claim.value][:200]
    for claim in claims:
        others = [each for each in claims if _differ(claim, each)]
        if others:
            yield _told(
                claim.subject,
                [each.subject for each in others],
                Evidence(claim.start, claim.end, "another value"),
            )


def _differ(one: _Claim, other: _Claim) -> bool:
    if one.subject.record_id == other.subject.record_id:
        return False
    if one.value <= other.value or other.value <= one.value:
        return False
    return jaccard(one.value, other.value) < SAME_THING


def by_form(scope: Iterable[Subject]) -> Iterator[Finding]:
    """Statements of how things are, alike but for one value: "has two sisters", "has four sisters".

    Short ones share too few words to be compared by them. What happened may well happen again with another
    value, and is left out.
    """
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for subject in scope:
        given = values(subject.text)
        if not isinstance(subject.content, Fact) or len(given) != 1 or "name" in given:
            continue
        if negated(subject.text) or _HAPPENED.search(subject.text):
            continue
        [(kind, told)] = given.items()
        form = without_values(subject.text, kind)
        if form:
            where = (0, len(subject.text))
            claims[f"{kind}|{' '.join(sorted(form))}"].append(_Claim(subject, kind, frozenset(told), *where))
    for slot, found in claims.items():
        yield from _differing(slot, found)


def by_words(pairs: Iterable[Pair]) -> Iterator[Finding]:
    """Statements that share most of their words and differ in a value, or one denies the other."""
    for pair in pairs:
        one, other = pair.one, pair.other
        if not all(isinstance(each.content, (Fact, Preference)) for each in (one, other)):
            continue
        if different_names(one.text, other.text):
            continue
        what = _what_differs(pair)
        if what:
            evidence = Evidence(0, len(one.text), what), Evidence(0, len(other.text), what)
            yield _told(one, [other], evidence[0])
            yield _told(other, [one], evidence[1])


def _what_differs(pair: Pair) -> str | None:
    one, other = pair.one.text, pair.other.text
    if negated(one) != negated(other):
        same = jaccard(without_negations(one), without_negations(other))
        return "denied by another record" if same >= SAME_STATEMENT else None
    if turned(one, other):
        return "the other way round in another record"
    kind = clash(one, other)
    if kind and jaccard(without_values(one, kind), without_values(other, kind)) >= SAME_STATEMENT:
        return f"another {kind} in another record"
    return None


def turned(one: str, other: str) -> bool:
    """ "Prefers tea over coffee" and "prefers coffee over tea"."""
    first, second = _OVER.search(one), _OVER.search(other)
    if not first or not second:
        return False
    return bool(words(first["more"]) & words(second["less"])) and bool(
        words(first["less"]) & words(second["more"])
    )


def _told(subject: Subject, others: list[Subject], evidence: Evidence) -> Finding:
    """Superseded where all others that differ were said later, else a contradiction."""
    ids = tuple(each.record_id for each in sorted(others, key=lambda each: each.said_at, reverse=True))
    if all(each.said_at - subject.said_at > LATER for each in others):
        reason = "A later record of the same person gives another value: this one is probably out of date."
        return Finding(subject.record_id, "superseded", "medium", reason, (evidence,), ids)
    if all(subject.said_at - each.said_at > LATER for each in others):
        reason = "It is the latest, but an earlier record that says otherwise is still there."
        return Finding(subject.record_id, "contradiction", "low", reason, (evidence,), ids)
    reason = "Another record of the same person says otherwise, from about the same time."
    return Finding(subject.record_id, "contradiction", "medium", reason, (evidence,), ids)
