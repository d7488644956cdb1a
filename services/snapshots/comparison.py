"""Two states of a memory's records side by side: what came, what went, what changed.

A record is the same by its id; of those that are left, by its content, since a record that was deleted and
written again has a new id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from services.records.drafts import fingerprint, visible_parts

Row = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """A record then and now. `rewritten`: it has another id now."""

    before: Row
    after: Row

    @property
    def rewritten(self) -> bool:
        return bool(self.before["memoryRecordId"] != self.after["memoryRecordId"])

    def parts(self) -> list[str]:
        """What differs: text, namespaces, strategy, metadata, timestamp."""
        before, after = visible_parts(self.before), visible_parts(self.after)
        return [name for name in before if before[name] != after[name]]


@dataclass(frozen=True)
class Comparison:
    """`same` counts the records that did not change, those with a new id included (`new_ids`)."""

    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[Pair, ...]
    same: int
    new_ids: int


def compare(before: Iterable[Row], after: Iterable[Row]) -> Comparison:
    """What became of the records `before`; both as ListMemoryRecords answers, or as snapshots keep them."""
    old = {row["memoryRecordId"]: row for row in before}
    new = {row["memoryRecordId"]: row for row in after}
    pairs = [Pair(old[id_], new[id_]) for id_ in old if id_ in new]
    left = [row for id_, row in old.items() if id_ not in new]
    right = [row for id_, row in new.items() if id_ not in old]
    for alike in (fingerprint, _same_text):
        found, left, right = _matched(left, right, alike)
        pairs += found
    changed = [pair for pair in pairs if fingerprint(pair.before) != fingerprint(pair.after)]
    renamed = sum(pair.rewritten for pair in pairs) - sum(pair.rewritten for pair in changed)
    return Comparison(tuple(right), tuple(left), tuple(changed), len(pairs) - len(changed), renamed)


def _same_text(row: Row) -> Hashable:
    return row["content"]["text"], tuple(row.get("namespaces", ()))


def _matched(
    left: list[Row], right: list[Row], alike: Callable[[Row], Hashable]
) -> tuple[list[Pair], list[Row], list[Row]]:
    """Pairs of what is alike, each record in one pair at most, and what is left on both sides."""
    waiting: dict[Hashable, list[Row]] = defaultdict(list)
    for row in reversed(right):
        waiting[alike(row)].append(row)
    pairs, rest = [], []
    for row in left:
        candidates = waiting[alike(row)]
        if candidates:
            pairs.append(Pair(row, candidates.pop()))
        else:
            rest.append(row)
    taken = {pair.after["memoryRecordId"] for pair in pairs}
    return pairs, rest, [row for row in right if row["memoryRecordId"] not in taken]
