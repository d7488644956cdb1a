"""The queue of records to review: which, in which order, and how far people have come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import pandas as pd

from services.errors import InvalidValue
from services.findings.finders import rank
from services.findings.model import TITLES, Kind, Severity
from services.review.reviews import Book, Standing
from services.review.scan import Seen
from services.workspace.reviews import Review

Show = Literal["open", "suggestions", "skipped", "decided", "all"]
SHOWS: tuple[Show, ...] = get_args(Show)
_NOTHING_FOUND = (99, 99)


@dataclass(frozen=True)
class QueueFilter:
    """What the queue is narrowed to; None lets everything through. `path` is a namespace and all below it."""

    show: Show = "open"
    strategy_id: str | None = None
    actor_id: str | None = None
    path: str | None = None
    kind: Kind | None = None
    assignee: str | None = None
    words: str | None = None

    def dumps(self) -> dict[str, str]:
        """The filter as JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @staticmethod
    def loads(document: Mapping[str, Any]) -> QueueFilter:
        """A filter from `dumps`; InvalidValue for what is none."""
        known = {each.name for each in fields(QueueFilter)}
        if not known >= document.keys() or not all(isinstance(value, str) for value in document.values()):
            raise InvalidValue("The saved filter cannot be read.")
        found = QueueFilter(**document)
        if found.show not in SHOWS or (found.kind is not None and found.kind not in TITLES):
            raise InvalidValue("The saved filter cannot be read.")
        return found


@dataclass(frozen=True)
class Waiting:
    """A record in the queue."""

    record_id: str
    seen: Seen
    standing: Standing

    @property
    def severity(self) -> Severity | None:
        return self.seen.findings[0].severity if self.seen.findings else None


@dataclass(frozen=True)
class Queue:
    """The records that the filter lets through, suggestions first, gravest on top, then the newest.

    `total` and `decided` count all records of the scan, `open_kinds` the open ones by finding.
    """

    records: tuple[Waiting, ...]
    total: int
    decided: int
    open_kinds: Mapping[Kind, int]
    actors: tuple[str, ...]
    paths: tuple[str, ...]

    def place(self, record_id: str | None) -> int | None:
        """The place of a record, counted from 0; None where it is not in the queue."""
        return next((i for i, each in enumerate(self.records) if each.record_id == record_id), None)


def queue(records: Mapping[str, Seen], book: Book, wanted: QueueFilter) -> Queue:
    """The queue of a scan's records."""
    everything = [
        Waiting(id_, seen, book.standing(id_, seen.fingerprint, records.keys()))
        for id_, seen in records.items()
    ]
    is_open = [each for each in everything if each.standing.is_open]
    shown = [each for each in everything if _fits(each, wanted)]
    shown.sort(key=_order)  # stable: within one order they stay newest first
    return Queue(
        records=tuple(shown),
        total=len(everything),
        decided=sum(each.standing.state in ("approved", "fixed", "rejected") for each in everything)
        - sum(each.standing.state == "rejected" for each in is_open),
        open_kinds=Counter(kind for each in is_open for kind in {f.kind for f in each.seen.findings}),
        actors=tuple(sorted({seen.actor_id for seen in records.values() if seen.actor_id})),
        paths=tuple(sorted({name for seen in records.values() for name in seen.row.get("namespaces", [])})),
    )


def _order(each: Waiting) -> tuple[int, tuple[int, int], int]:
    """What came back after it was rejected, then what has findings, then what was skipped."""
    returned = each.standing.state == "rejected" and each.standing.is_open
    gravest = rank(each.seen.findings[0]) if each.seen.findings else _NOTHING_FOUND
    return (0 if returned else 1, gravest, -len(each.seen.findings))


def _fits(each: Waiting, wanted: QueueFilter) -> bool:
    standing, seen = each.standing, each.seen
    namespaces = seen.row.get("namespaces", [])
    return (
        _shown(each, wanted.show)
        and wanted.strategy_id in (None, seen.row.get("memoryStrategyId"))
        and wanted.actor_id in (None, seen.actor_id)
        and (wanted.path is None or any(_below(name, wanted.path) for name in namespaces))
        and (wanted.kind is None or any(finding.kind == wanted.kind for finding in seen.findings))
        and wanted.assignee in (None, standing.assignee)
        and all(word in seen.line.casefold() for word in (wanted.words or "").casefold().split())
    )


def _shown(each: Waiting, show: Show) -> bool:
    standing = each.standing
    match show:
        case "open":
            return standing.is_open
        case "suggestions":
            return standing.is_open and bool(each.seen.findings)
        case "skipped":
            return standing.state == "skipped"
        case "decided":
            return standing.state in ("approved", "fixed", "rejected") and not standing.is_open
        case "all":
            return True


def _below(namespace: str, path: str) -> bool:
    """Whether a namespace is a path or below it; `/facts/ann` is not above `/facts/anna/`."""
    return namespace == path or namespace.startswith(path if path.endswith("/") else f"{path}/")


def midnight(now: datetime) -> datetime:
    """When today began (UTC)."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


_COLUMNS = (
    "record_id",
    "state",
    "reason",
    "comment",
    "assignee",
    "who",
    "at",
    "suggestions",
    "namespace",
    "strategy",
    "actor",
    "text",
)


def report(records: Sequence[Waiting], masked: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Records with their states and findings as a table for a file; `masked` texts by id replace theirs."""
    rows = [
        {
            "record_id": each.record_id,
            "state": each.standing.state,
            "reason": _verdict(each, "reason"),
            "comment": _verdict(each, "comment"),
            "assignee": each.standing.assignee,
            "who": review.who if (review := _decided(each)) else None,
            "at": review.at.isoformat() if review else None,
            "suggestions": "; ".join(TITLES[finding.kind] for finding in each.seen.findings),
            "namespace": next(iter(each.seen.row.get("namespaces", [])), None),
            "strategy": each.seen.row.get("memoryStrategyId"),
            "actor": each.seen.actor_id,
            "text": (masked or {}).get(each.record_id, each.seen.row["content"].get("text", "")),
        }
        for each in records
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype="object")


def _decided(each: Waiting) -> Review | None:
    return each.standing.review if each.standing.state != "unreviewed" else None


def _verdict(each: Waiting, name: str) -> str | None:
    review = each.standing.review
    return getattr(review.verdict, name) if review and not each.standing.changed else None
