"""What people decided about memory records: the present state of each, and every decision that led to it.

A decision says which state it was made from (`sequence`, 0 for none). Where another one was faster, in this
process or another, it is not saved, and who made it is told whose was: no review is lost. Of a record's text
only a fingerprint is kept.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from services.workspace.golden import Home
from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import review_decisions, review_filters, review_settings, reviews

State = Literal["unreviewed", "approved", "fixed", "rejected", "skipped"]
Rejecting = Literal["delete", "mark"]
AT_ONCE = 200
"""Decisions of one transaction."""
OVERLAP = 500
"""Rows that are read again with the new ones: PostgreSQL gives numbers before it commits, in any order."""


@dataclass(frozen=True)
class Verdict:
    """What is said of a record: its state and why, who shall look at it."""

    state: State
    reason: str | None = None
    comment: str | None = None
    assignee: str | None = None


@dataclass(frozen=True)
class Review:
    """The present state of a record. `sequence` is the number of the decision that led to it; `fingerprint`
    that of the text that was looked at."""

    record_id: str
    sequence: int
    at: datetime
    who: str
    fingerprint: str
    verdict: Verdict


@dataclass(frozen=True)
class Decided:
    """A decision to be saved: of which record, from which state (`sequence`, 0: none), about which text."""

    record_id: str
    fingerprint: str
    sequence: int
    verdict: Verdict


@dataclass(frozen=True)
class Outcome:
    """Which decisions were saved, and for the others what somebody else had decided meanwhile."""

    saved: tuple[Review, ...]
    taken: tuple[Review, ...]


@dataclass(frozen=True)
class Decision:
    """One decision as it was made; `before` None: the record had no state yet."""

    sequence: int
    at: datetime
    who: str
    record_id: str
    before: Review | None
    after: Review
    undone: bool


@dataclass(frozen=True)
class Settings:
    """How a memory is reviewed: what rejecting does (None: nobody has chosen yet), and whether states are
    written into the records' metadata."""

    rejecting: Rejecting | None = None
    mirrored: bool = False


@dataclass(frozen=True)
class SavedFilter:
    """A filter to come back to; `document` is the queue's own."""

    filter_id: str
    name: str
    who: str
    document: dict[str, Any]


def decide(workspace: Workspace, home: Home, who: str, decided: Sequence[Decided]) -> Outcome:
    """Save decisions; those that somebody else was faster with are left out."""
    saved: list[Review] = []
    taken: list[Review] = []
    in_order = sorted(decided, key=lambda each: each.record_id)  # two at once then lock in the same order
    for start in range(0, len(in_order), AT_ONCE):
        some = in_order[start : start + AT_ONCE]
        with workspace.transaction() as connection:
            known = _locked(connection, home, [each.record_id for each in some])
            here = [each for each in some if _sequence(known.get(each.record_id)) == each.sequence]
            saved += _save(connection, home, who, here, known)
        late = {each.record_id for each in some} - {each.record_id for each in here}
        taken += [review for record_id, review in known.items() if record_id in late]
    return Outcome(tuple(saved), tuple(taken))


def _sequence(review: Review | None) -> int:
    return review.sequence if review else 0


def _save(
    connection: sa.Connection,
    home: Home,
    who: str,
    decided: Sequence[Decided],
    known: Mapping[str, Review],
    *,
    undone: bool = False,
) -> list[Review]:
    """Writes the decisions, then the states that they lead to. `undone`: they take others back, and count for
    nothing themselves."""
    if not decided:
        return []
    at = datetime.fromisoformat(now_text())
    after = [Review(each.record_id, 0, at, who, each.fingerprint, each.verdict) for each in decided]
    rows = [
        {
            **_place(home),
            "at": at.isoformat(timespec="microseconds"),
            "who": who,
            "record_id": each.record_id,
            "state": each.verdict.state,
            "before": to_json(_document(known[each.record_id])) if each.record_id in known else None,
            "after": to_json(_document(each)),
            "undone": undone,
        }
        for each in after
    ]
    added = review_decisions.insert().returning(review_decisions.c.sequence, sort_by_parameter_order=True)
    numbers = connection.execute(added, rows).scalars().all()
    after = [replace(each, sequence=number) for each, number in zip(after, numbers, strict=True)]
    old = [each.record_id for each in after if each.record_id in known]
    if old:
        connection.execute(reviews.delete().where(*_are(home, old)))
    states = [{**_place(home), **_document(each)} for each in after]
    connection.execute(reviews.insert(), states)
    return after


def undo(workspace: Workspace, home: Home, who: str, sequences: Sequence[int]) -> list[Review]:
    """Take decisions back: their records have their earlier states again, which are returned.

    Left out is what somebody has decided about anew since, and what was taken back already.
    """
    back: list[Review] = []
    for start in range(0, len(sequences), AT_ONCE):
        query = sa.select(review_decisions).where(
            review_decisions.c.sequence.in_(sequences[start : start + AT_ONCE]),
            review_decisions.c.undone.is_(False),
        )
        with workspace.transaction() as connection:
            found = [_decision(row._mapping) for row in connection.execute(query)]
            known = _locked(connection, home, sorted(each.record_id for each in found))
            last = [each for each in found if _sequence(known.get(each.record_id)) == each.sequence]
            numbers = [each.sequence for each in last]
            connection.execute(
                review_decisions.update().where(review_decisions.c.sequence.in_(numbers)).values(undone=True)
            )
            earlier = [_before(each) for each in last]
            back += _save(connection, home, who, earlier, known, undone=True)
    return back


def _before(decision: Decision) -> Decided:
    """What brings a record's state from before a decision back."""
    before = decision.before
    if before is None:
        verdict = Verdict("unreviewed", assignee=decision.after.verdict.assignee)
        return Decided(decision.record_id, decision.after.fingerprint, decision.sequence, verdict)
    return Decided(decision.record_id, before.fingerprint, decision.sequence, before.verdict)


def counts(workspace: Workspace, home: Home, after: datetime) -> dict[str, int]:
    """How many decisions each person made since then that still stand; assigning alone is none."""
    query = (
        sa.select(review_decisions.c.who, sa.func.count())
        .where(
            review_decisions.c.connection == home.connection_key,
            review_decisions.c.memory_id == home.memory_id,
            review_decisions.c.at >= after.isoformat(timespec="microseconds"),
            review_decisions.c.undone.is_(False),
            review_decisions.c.state != "unreviewed",
        )
        .group_by(review_decisions.c.who)
        .order_by(review_decisions.c.who)
    )
    with workspace.transaction() as connection:
        return {str(who): int(number) for who, number in connection.execute(query)}


def since(workspace: Workspace, home: Home, sequence: int) -> list[Review]:
    """The states of records that changed after a decision, and some of before."""
    query = sa.select(reviews).where(
        reviews.c.connection == home.connection_key,
        reviews.c.memory_id == home.memory_id,
        reviews.c.sequence > sequence - OVERLAP,
    )
    with workspace.transaction() as connection:
        return [_review(row._mapping) for row in connection.execute(query)]


def settings(workspace: Workspace, home: Home) -> Settings:
    """How a memory is reviewed."""
    query = sa.select(review_settings).where(
        review_settings.c.connection == home.connection_key, review_settings.c.memory_id == home.memory_id
    )
    with workspace.transaction() as connection:
        row = connection.execute(query).first()
    return Settings(row.rejecting, row.mirrored) if row else Settings()


def keep_settings(workspace: Workspace, home: Home, who: str, chosen: Settings) -> None:
    """Keep how a memory is reviewed; the last choice counts."""
    row = {**_place(home), "at": now_text(), "who": who, **asdict(chosen)}
    with workspace.transaction() as connection:
        connection.execute(
            review_settings.delete().where(
                review_settings.c.connection == home.connection_key,
                review_settings.c.memory_id == home.memory_id,
            )
        )
        connection.execute(review_settings.insert().values(row))


def filters(workspace: Workspace, home: Home) -> list[SavedFilter]:
    """The saved filters of a memory by name."""
    query = (
        sa.select(review_filters)
        .where(
            review_filters.c.connection == home.connection_key, review_filters.c.memory_id == home.memory_id
        )
        .order_by(review_filters.c.name)
    )
    with workspace.transaction() as connection:
        return [
            SavedFilter(row.filter_id, row.name, row.who, json.loads(row.document))
            for row in connection.execute(query)
        ]


def save_filter(workspace: Workspace, home: Home, who: str, name: str, document: Mapping[str, Any]) -> str:
    """Keep a filter; its id."""
    filter_id = str(uuid.uuid4())
    row = {
        **_place(home),
        "filter_id": filter_id,
        "at": now_text(),
        "who": who,
        "name": name,
        "document": to_json(dict(document)),
    }
    with workspace.transaction() as connection:
        connection.execute(review_filters.insert().values(row))
    return filter_id


def delete_filter(workspace: Workspace, filter_id: str) -> None:
    """Remove a saved filter; nothing happens when it is gone already."""
    with workspace.transaction() as connection:
        connection.execute(review_filters.delete().where(review_filters.c.filter_id == filter_id))


def _locked(connection: sa.Connection, home: Home, record_ids: Sequence[str]) -> dict[str, Review]:
    """Records' states by id, which nobody else changes until the transaction ends (SQLite locks everything).

    A state that does not exist cannot be locked in PostgreSQL, so the records' names are.
    """
    if connection.dialect.name == "postgresql":
        for record_id in record_ids:
            name = sa.func.hashtext(f"{home.connection_key} {home.memory_id} {record_id}")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))
    rows = connection.execute(sa.select(reviews).where(*_are(home, record_ids)))
    found = (_review(row._mapping) for row in rows)
    return {review.record_id: review for review in found}


def _are(home: Home, record_ids: Sequence[str]) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        reviews.c.connection == home.connection_key,
        reviews.c.memory_id == home.memory_id,
        reviews.c.record_id.in_(record_ids),
    )


def _place(home: Home) -> dict[str, str]:
    return {"connection": home.connection_key, "memory_id": home.memory_id}


def _review(row: Mapping[str, Any] | sa.RowMapping) -> Review:
    verdict = Verdict(row["state"], row["reason"], row["comment"], row["assignee"])
    at = datetime.fromisoformat(row["at"])
    return Review(row["record_id"], row["sequence"], at, row["who"], row["fingerprint"], verdict)


def _document(review: Review) -> dict[str, Any]:
    return {
        "record_id": review.record_id,
        "sequence": review.sequence,
        "at": review.at.isoformat(timespec="microseconds"),
        "who": review.who,
        "fingerprint": review.fingerprint,
        **asdict(review.verdict),
    }


def _decision(row: sa.RowMapping) -> Decision:
    return Decision(
        sequence=row["sequence"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        record_id=row["record_id"],
        before=_review(json.loads(row["before"])) if row["before"] else None,
        after=_review(json.loads(row["after"])),
        undone=row["undone"],
    )
