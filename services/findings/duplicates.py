"""Records that say again what another of the same person and strategy says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from services.findings.contradictions import turned
from services.findings.model import Finding, Subject
from services.findings.pairs import Pair
from services.findings.values import clash, different_names, negated

NEARLY_ALL = 0.75
MOST_OTHERS = 20


def exact(scope: Iterable[Subject]) -> Iterator[Finding]:
    """Records of one scope with the same words in the same order."""
    groups: dict[tuple[str, str], list[Subject]] = defaultdict(list)
    for subject in scope:
        if subject.plain:
            groups[subject.plain, subject.namespace].append(subject)
    for group in groups.values():
        for subject in group if len(group) > 1 else ():
            others = [each.record_id for each in group if each is not subject]
            yield Finding(
                subject.record_id,
                "duplicate",
                "medium",
                f"{_records(len(others))} in its namespace {_says(len(others))} the same, word for word.",
                subject.whole("said more than once"),
                tuple(others[:MOST_OTHERS]),
            )


def near(pairs: Iterable[Pair]) -> Iterator[Finding]:
    """Records that share nearly all words with another, and differ in no value."""
    alike: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for pair in pairs:
        if is_near(pair):
            alike[pair.one.record_id].append((pair.shared, pair.other.record_id))
            alike[pair.other.record_id].append((pair.shared, pair.one.record_id))
    for record_id, found in alike.items():
        found.sort(reverse=True)
        share, others = found[0][0], tuple(other for _, other in found[:MOST_OTHERS])
        yield Finding(
            record_id,
            "near_duplicate",
            "low",
            f"{_records(len(found))} of the same person {_says(len(found))} nearly the same, with up to "
            f"{share:.0%} of the words in common.",
            others=others,
        )


def is_near(pair: Pair) -> bool:
    """Whether two records say the same in other words, as far as words tell."""
    one, other = pair.one, pair.other
    if pair.shared < NEARLY_ALL or (one.plain == other.plain and one.namespace == other.namespace):
        return False
    if different_names(one.claim, other.claim) or clash(one.claim, other.claim):
        return False
    return negated(one.claim) == negated(other.claim) and not turned(one.claim, other.claim)


def _records(number: int) -> str:
    return f"{number:,} other {'record' if number == 1 else 'records'}"


def _says(number: int) -> str:
    return "says" if number == 1 else "say"
