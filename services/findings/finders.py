"""All finders together: those that look at one record, and those that compare records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from services.findings import (
    contradictions,
    duplicates,
    instructions,
    junk,
    orphans,
    pairs,
    sensitive,
    sizes,
    staleness,
    wording,
)
from services.findings.model import SEVERITIES, TITLES, Finding, Kind, Subject

Finder = Callable[[Subject], Iterator[Finding]]
_KINDS: tuple[Kind, ...] = tuple(TITLES)


def single(memory: dict[str, Any], now: datetime) -> Finder:
    """The finders that look at one record, for a memory (GetMemory's dict) and a present moment."""
    finders: tuple[Finder, ...] = (
        instructions.find,
        sensitive.find,
        orphans.finder(memory),
        staleness.finder(now),
        sizes.find,
        junk.find,
        wording.find,
    )

    def find(subject: Subject) -> Iterator[Finding]:
        for finder in finders:
            yield from finder(subject)

    return find


def comparing(scope: Sequence[Subject]) -> list[Finding]:
    """What comparing the records of one scope (`pairs.by_scope`) finds, each kind once a record."""
    alike = list(pairs.similar(scope))
    found = [
        *duplicates.exact(scope),
        *duplicates.near(alike),
        *contradictions.by_slot(scope),
        *contradictions.by_form(scope),
        *contradictions.by_words(alike),
    ]
    return _merged(found)


def _merged(found: Iterable[Finding]) -> list[Finding]:
    """Of several findings of a kind for one record the gravest, with the others of all."""
    merged: dict[tuple[str, Kind], Finding] = {}
    for each in found:
        known = merged.get((each.record_id, each.kind))
        merged[each.record_id, each.kind] = _joined(known, each) if known else each
    return list(merged.values())


def _joined(one: Finding, other: Finding) -> Finding:
    first, second = sorted((one, other), key=rank)
    others = tuple(dict.fromkeys((*first.others, *second.others)))
    return Finding(first.record_id, first.kind, first.severity, first.reason, first.evidence, others)


def rank(finding: Finding) -> tuple[int, int]:
    """The order in which findings are shown: by severity, then by kind."""
    return SEVERITIES.index(finding.severity), _KINDS.index(finding.kind)
