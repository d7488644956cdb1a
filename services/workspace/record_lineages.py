"""What happened to single records over all acts and why, what was deleted and can be restored, forgetting it.

A lineage is a record under all the ids that it has had: a restored record has a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.workspace.record_versions import Act, Version, VersionState, acts_of, read_version, some
from services.workspace.store import Workspace
from services.workspace.tables import record_acts, record_versions

Row = dict[str, Any]
_VERSION = record_versions.c
_ACT = record_acts.c


@dataclass(frozen=True)
class Step:
    """One thing that was done to one record."""

    act: Act
    version: Version


@dataclass(frozen=True)
class Failure:
    """Why `number` records of an act were not changed, or not wholly written."""

    code: str
    reason: str
    number: int


def failures(workspace: Workspace, act_id: str) -> list[Failure]:
    """Why records of an act failed, the most frequent reason first."""
    return _reasons(workspace, act_id, "failed")


def reservations(workspace: Workspace, act_id: str) -> list[Failure]:
    """What is wrong with records that were written all the same, the most frequent reason first."""
    return _reasons(workspace, act_id, "done")


def _reasons(workspace: Workspace, act_id: str, state: VersionState) -> list[Failure]:
    number = sa.func.count()
    why = (_VERSION.error_code, _VERSION.error_message)
    here = (_VERSION.act_id == act_id) & (_VERSION.state == state) & _VERSION.error_code.is_not(None)
    query = sa.select(*why, number).where(here)
    with workspace.transaction() as connection:
        found = connection.execute(query.group_by(*why).order_by(number.desc(), *why))
        return [Failure(str(code), str(reason), int(many)) for code, reason, many in found]


def first_of(workspace: Workspace, act_ids: Sequence[str]) -> dict[str, tuple[Version, int]]:
    """Of each act its first record, to tell what it is about, and how many it has."""
    found: dict[str, tuple[Version, int]] = {}
    for ids in some(act_ids):
        first = (
            sa.select(
                _VERSION.act_id, sa.func.min(_VERSION.number).label("first"), sa.func.count().label("many")
            )
            .where(_VERSION.act_id.in_(ids))
            .group_by(_VERSION.act_id)
            .subquery()
        )
        here = (_VERSION.act_id == first.c.act_id) & (_VERSION.number == first.c.first)
        query = sa.select(record_versions, first.c.many).join(first, here)
        with workspace.transaction() as connection:
            for row in connection.execute(query).mappings():
                found[str(row["act_id"])] = read_version(row), int(row["many"])
    return found


def lineage_of(workspace: Workspace, record_id: str) -> str:
    """The first id that a record was known by here; its own if it has had no other."""
    query = sa.select(_VERSION.lineage).where(_VERSION.record_id == record_id, _VERSION.lineage.is_not(None))
    with workspace.transaction() as connection:
        found = connection.execute(query.limit(1)).scalar()
    return str(found) if found else record_id


def known_ids(workspace: Workspace, record_ids: Sequence[str]) -> set[str]:
    """Those of the ids that some act knows already."""
    known: set[str] = set()
    with workspace.transaction() as connection:
        for ids in some(record_ids):
            query = sa.select(_VERSION.record_id).where(_VERSION.record_id.in_(ids))
            known.update(connection.execute(query).scalars())
    return known


def current_ids(workspace: Workspace, lineages: Iterable[str]) -> dict[str, str | None]:
    """The id that each lineage has in AWS now; None for one that was deleted here and not restored."""
    wanted = list(dict.fromkeys(lineages))
    found: dict[str, str | None] = dict.fromkeys(wanted)
    found.update({lineage: lineage for lineage in wanted})
    with workspace.transaction() as connection:
        for ids in some(wanted):
            query = (
                sa.select(_VERSION.lineage, _VERSION.record_id, _ACT.kind)
                .join(record_acts, _ACT.act_id == _VERSION.act_id)
                .where(_VERSION.lineage.in_(ids), _VERSION.state == "done")
                .order_by(_VERSION.at)
            )
            for lineage, record_id, kind in connection.execute(query):
                found[lineage] = None if kind == "delete" else record_id
    return found


def history(workspace: Workspace, record_id: str) -> list[Step]:
    """Everything that was done here to a record, under all its ids, newest first; failures too."""
    query = _steps().where(
        sa.or_(_VERSION.lineage == lineage_of(workspace, record_id), _VERSION.record_id == record_id)
    )
    return _read(workspace, query.order_by(_VERSION.at.desc(), _VERSION.act_id))


def deleted(
    workspace: Workspace, connection_key: str, memory_id: str, *, limit: int, words: str = ""
) -> list[Step]:
    """What was deleted here and can be restored, last deleted first; only what holds all the words (their
    case apart)."""
    query = (
        _steps()
        .where(_in_trash(), _ACT.connection == connection_key, _ACT.memory_id == memory_id)
        .order_by(_VERSION.at.desc(), _VERSION.number)
    )
    if not words.split():
        return _read(workspace, query.limit(limit))
    wanted = [word.lower() for word in words.split()]
    found = [step for step in _read(workspace, query) if _holds(step.version.before, wanted)]
    return found[:limit]


def count_deleted(workspace: Workspace, connection_key: str, memory_id: str) -> int:
    """How many records `deleted` has in all."""
    query = (
        sa.select(sa.func.count())
        .select_from(record_versions)
        .join(record_acts, _ACT.act_id == _VERSION.act_id)
        .where(_in_trash(), _ACT.connection == connection_key, _ACT.memory_id == memory_id)
    )
    with workspace.transaction() as connection:
        return int(connection.execute(query).scalar_one())


def _holds(before: Row | None, words: list[str]) -> bool:
    text = str((before or {}).get("content", {}).get("text", "")).lower()
    return all(word in text for word in words)


def _in_trash() -> sa.ColumnElement[bool]:
    """Deleted last, not restored since, and its text is still kept."""
    later = record_versions.alias()
    since = sa.exists().where(
        later.c.lineage == _VERSION.lineage, later.c.state == "done", later.c.at > _VERSION.at
    )
    return sa.and_(
        _ACT.kind == "delete",
        _VERSION.state == "done",
        _VERSION.before.is_not(None),
        _VERSION.undone_in.is_(None),
        ~since,
    )


def _steps() -> sa.Select[Any]:
    return sa.select(record_acts, record_versions).join(record_acts, _ACT.act_id == _VERSION.act_id)


def _read(workspace: Workspace, query: sa.Select[Any]) -> list[Step]:
    """The steps that a query over both tables finds; columns of one name are told apart by their table."""
    with workspace.transaction() as connection:
        rows = connection.execute(query).all()
    return [
        Step(
            acts_of([{column.name: row._mapping[column] for column in _ACT}])[0],
            read_version({column.name: row._mapping[column] for column in _VERSION}),
        )
        for row in rows
    ]


def forget(workspace: Workspace, record_ids: Sequence[str]) -> int:
    """Remove every text that is kept of records, under all their ids; how many documents that were.

    What was done to them stays known, but none of it can be undone.
    """
    lineages = {lineage_of(workspace, record_id) for record_id in record_ids} | set(record_ids)
    return _empty(
        workspace, lambda ids: sa.or_(_VERSION.lineage.in_(ids), _VERSION.record_id.in_(ids)), lineages
    )


def forget_deleted_before(workspace: Workspace, moment: datetime) -> int:
    """Remove what is kept of records that were deleted before a moment; how many documents that were."""
    query = (
        sa.select(_VERSION.lineage)
        .join(record_acts, _ACT.act_id == _VERSION.act_id)
        .where(_in_trash(), _VERSION.at < moment.isoformat(timespec="microseconds"))
    )
    with workspace.transaction() as connection:
        lineages = {str(lineage) for lineage in connection.execute(query).scalars() if lineage}
    return _empty(workspace, _VERSION.lineage.in_, lineages)


def _empty(
    workspace: Workspace, of: Callable[[Sequence[str]], sa.ColumnElement[bool]], lineages: Iterable[str]
) -> int:
    ids, gone = sorted(lineages), 0
    with workspace.transaction() as connection:
        for part in some(ids):
            here = of(part)
            for column in (_VERSION.before, _VERSION.request):
                emptied = (
                    record_versions.update().where(here, column.is_not(None)).values({column.name: None})
                )
                gone += connection.execute(emptied).rowcount
    return gone
