"""Pairs of records of one scope that share most of their words, found without comparing all with all.

Two sets with a Jaccard similarity of at least t must share one of their rarest words: of n words it is enough
to look at the n - ceil(t n) + 1 rarest (prefix filtering, as in "Scaling up all pairs similarity search",
Bayardo et al. 2007).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.findings.model import Subject

LEAST_SHARED = 0.5
MOST_SHARERS = 150
"""A rare word that more records of a scope have leads to the nearest of them only (the ones read last)."""


@dataclass(frozen=True)
class Pair:
    """Two records of one scope and the part of their words that both have (0 to 1)."""

    one: Subject
    other: Subject
    shared: float


def by_scope(subjects: Iterable[Subject]) -> list[list[Subject]]:
    """Records that can repeat or contradict each other, together; scopes with one record are left out."""
    scopes: dict[tuple[str, str], list[Subject]] = defaultdict(list)
    for subject in subjects:
        scopes[subject.scope].append(subject)
    return [each for each in scopes.values() if len(each) > 1]


def similar(scope: Sequence[Subject]) -> Iterator[Pair]:
    """The pairs of a scope that share at least LEAST_SHARED, each once."""
    counts = Counter(word for subject in scope for word in subject.topic)
    sharers: dict[str, list[Subject]] = defaultdict(list)
    for subject in scope:
        rare = sorted(subject.topic, key=lambda word: (counts[word], word))
        prefix = rare[: len(rare) - math.ceil(LEAST_SHARED * len(rare)) + 1]
        seen: set[str] = set()
        for word in prefix:
            for other in sharers[word][-MOST_SHARERS:]:
                if other.record_id not in seen:
                    seen.add(other.record_id)
                    shared = jaccard(subject.topic, other.topic)
                    if shared >= LEAST_SHARED:
                        yield Pair(other, subject, shared)
        for word in prefix:
            sharers[word].append(subject)


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The part of all words that both have; 0 for two sets without words."""
    union = len(one | other)
    return len(one & other) / union if union else 0.0
