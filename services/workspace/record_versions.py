"""Acts on memory records: what is planned, sent and done of each, and what every record was before.

An act creates, updates or deletes any number of records; each of them is a numbered version, whose `before`
is on disk before the record is changed. A version is `planned`, then `sent`, then `done` or `failed`; one
that stays `sent` has an unknown outcome. A record that is restored has a new id in AWS: its `lineage`, the
first id that it was known by here, ties its versions together.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import record_acts, record_versions

Row = dict[str, Any]
ActKind = Literal["create", "update", "delete"]
VersionState = Literal["planned", "sent", "done", "failed"]
AT_ONCE = 500
"""Values in one IN list: databases limit them."""


@dataclass(frozen=True)
class Act:
    """One act on records of one memory. `state` is running, stopping (it shall stop), stopped or ended; who
    carries it out shows signs of life: `alive_at`."""

    act_id: str
    at: datetime
    who: str
    connection_key: str
    memory_id: str
    kind: ActKind
    title: str
    state: str
    alive_at: datetime


@dataclass(frozen=True)
class Planned:
    """One record of an act that begins. `request` is what shall be written, as JSON of ours; `expected` the
    fingerprint that the record must still have; `undoes` the version (act id, number) that this takes back.
    """

    record_id: str | None
    request: Row | None = None
    expected: str | None = None
    lineage: str | None = None
    undoes: tuple[str, int] | None = None


@dataclass(frozen=True)
class Version:
    """One record of an act: what it was `before` (None: it did not exist, or its text was removed here for
    good) and what was asked for. `undone_in` is the act that took it back."""

    act_id: str
    number: int
    record_id: str | None
    lineage: str | None
    state: VersionState
    at: datetime
    expected: str | None
    before: Row | None
    request: Row | None
    error_code: str | None
    error_message: str | None
    undoes: tuple[str, int] | None
    undone_in: str | None


@dataclass(frozen=True)
class Outcome:
    """How one record of an act ended."""

    number: int
    state: VersionState
    record_id: str | None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True)
class NewAct:
    """An act about to begin."""

    who: str
    connection_key: str
    memory_id: str
    kind: ActKind
    title: str
    act_id: str = field(default_factory=lambda: str(uuid.uuid4()))


def plan(workspace: Workspace, act: NewAct, records: Sequence[Planned]) -> str:
    """Write an act down before anything of it is sent; its id.

    A version that another act has taken back already is left out, so two people who undo the same thing at
    once do it once.
    """
    now = now_text()
    row = {
        "act_id": act.act_id,
        "at": now,
        "who": act.who,
        "connection": act.connection_key,
        "memory_id": act.memory_id,
        "kind": act.kind,
        "title": act.title,
        "state": "running",
        "alive_at": now,
    }
    with workspace.transaction() as connection:
        connection.execute(record_acts.insert().values(row))
        mine = [each for each in records if _undoing(connection, act.act_id, each)]
        rows = [_planned_row(act.act_id, number, each, now) for number, each in enumerate(mine)]
        if rows:
            connection.execute(record_versions.insert(), rows)
    return act.act_id


def _undoing(connection: sa.Connection, act_id: str, planned: Planned) -> bool:
    """Whether the version that this takes back is now this act's to take back."""
    if planned.undoes is None:
        return True
    of_act, number = planned.undoes
    claimed = connection.execute(
        record_versions.update()
        .where(
            record_versions.c.act_id == of_act,
            record_versions.c.number == number,
            record_versions.c.undone_in.is_(None),
        )
        .values(undone_in=act_id)
    )
    return claimed.rowcount == 1


def _planned_row(act_id: str, number: int, planned: Planned, now: str) -> Row:
    of_act, of_number = planned.undoes or (None, None)
    return {
        "act_id": act_id,
        "number": number,
        "record_id": planned.record_id,
        "lineage": planned.lineage,
        "state": "planned",
        "at": now,
        "expected": planned.expected,
        "request": None if planned.request is None else to_json(planned.request),
        "undoes_act": of_act,
        "undoes_number": of_number,
    }


def mark_sent(workspace: Workspace, act_id: str, before: Mapping[int, Row | None], keep: bool = True) -> None:
    """Keep what records are, by number, right before a call that changes them; on disk when it returns.

    `keep` False keeps no text, for what shall leave no trace.
    """
    now = now_text()
    ids = [str(row["memoryRecordId"]) for row in before.values() if row]
    with workspace.transaction() as connection:
        lines = _lineages(connection, ids)
        for number, row in before.items():
            values: Row = {"state": "sent", "at": now, "error_code": None, "error_message": None}
            if row is not None:
                values["lineage"] = lines.get(row["memoryRecordId"], row["memoryRecordId"])
                values["before"] = to_json(row) if keep else None
            connection.execute(_of(act_id, number).values(values))


def _lineages(connection: sa.Connection, record_ids: Sequence[str]) -> dict[str, str]:
    """The first id of those records that have had another."""
    table, found = record_versions.c, {}
    for ids in some(record_ids):
        query = sa.select(table.record_id, table.lineage).where(
            table.record_id.in_(ids), table.lineage.is_not(None)
        )
        found.update({str(id_): str(lineage) for id_, lineage in connection.execute(query)})
    return found


def finish(workspace: Workspace, act_id: str, outcomes: Iterable[Outcome]) -> None:
    """Note how records of an act ended. What failed to take a version back gives it free again."""
    now = now_text()
    with workspace.transaction() as connection:
        for each in outcomes:
            values: Row = {
                "state": each.state,
                "at": now,
                "record_id": each.record_id,
                "error_code": each.error_code,
                "error_message": each.error_message and each.error_message[:1000],
            }
            connection.execute(_of(act_id, each.number).values(values))
            if each.state == "done":
                first = record_versions.c.lineage.is_(None)
                connection.execute(_of(act_id, each.number).where(first).values(lineage=each.record_id))
            _settle_undone(connection, act_id, each)


def _settle_undone(connection: sa.Connection, act_id: str, outcome: Outcome) -> None:
    """A version counts as taken back while the act that does so is under way, and after it succeeded."""
    origin = _undoes(connection, act_id, outcome.number)
    if origin is None:
        return
    if outcome.state == "failed":
        connection.execute(_of(*origin).values(undone_in=None))
        return
    connection.execute(_of(*origin).values(undone_in=act_id))
    taken_back = True
    while outcome.state == "done" and (further := _undoes(connection, *origin)) is not None:
        # Taking back an undo brings what that had taken back into effect again, and so on down the chain.
        taken_back = not taken_back
        connection.execute(_of(*further).values(undone_in=origin[0] if taken_back else None))
        origin = further


def _undoes(connection: sa.Connection, act_id: str, number: int) -> tuple[str, int] | None:
    query = sa.select(record_versions.c.undoes_act, record_versions.c.undoes_number).where(
        record_versions.c.act_id == act_id, record_versions.c.number == number
    )
    of_act, of_number = connection.execute(query).one()
    return None if of_act is None else (str(of_act), int(of_number))


def _of(act_id: str, number: int) -> sa.Update:
    return record_versions.update().where(
        record_versions.c.act_id == act_id, record_versions.c.number == number
    )


def act(workspace: Workspace, act_id: str) -> Act | None:
    """An act, or None."""
    with workspace.transaction() as connection:
        query = sa.select(record_acts).where(record_acts.c.act_id == act_id)
        found = acts_of(connection.execute(query).mappings())
    return found[0] if found else None


def list_acts(
    workspace: Workspace, connection_key: str, memory_id: str | None = None, limit: int = 50
) -> list[Act]:
    """The last acts, newest first."""
    query = sa.select(record_acts).where(record_acts.c.connection == connection_key)
    if memory_id is not None:
        query = query.where(record_acts.c.memory_id == memory_id)
    with workspace.transaction() as connection:
        return acts_of(connection.execute(query.order_by(record_acts.c.at.desc()).limit(limit)).mappings())


def open_acts(workspace: Workspace, connection_key: str, memory_id: str) -> list[Act]:
    """The acts that are under way, or were cut off: some of their records have an unknown outcome."""
    table, here = record_acts.c, record_versions.c
    unknown = sa.exists().where(here.act_id == table.act_id, here.state == "sent")
    query = sa.select(record_acts).where(
        table.connection == connection_key,
        table.memory_id == memory_id,
        sa.or_(table.state.in_(("running", "stopping")), unknown),
    )
    with workspace.transaction() as connection:
        return acts_of(connection.execute(query.order_by(table.at.desc())).mappings())


def acts_of(rows: Iterable[Mapping[Any, Any]]) -> list[Act]:
    """Acts from rows of `record_acts`."""
    return [
        Act(
            act_id=row["act_id"],
            at=datetime.fromisoformat(row["at"]),
            who=row["who"],
            connection_key=row["connection"],
            memory_id=row["memory_id"],
            kind=row["kind"],
            title=row["title"],
            state=row["state"],
            alive_at=datetime.fromisoformat(row["alive_at"]),
        )
        for row in rows
    ]


def again(workspace: Workspace, act_id: str, alive_since: datetime) -> bool:
    """Plan what failed of an act once more; False when somebody is at it: it has shown life since a moment.

    A version that it was to take back, and that another act has taken back meanwhile, is left out.
    """
    table = record_versions.c
    with workspace.transaction() as connection:
        free = sa.or_(
            record_acts.c.state.in_(("stopped", "ended")), record_acts.c.alive_at < moment_text(alive_since)
        )
        taken = connection.execute(
            record_acts.update()
            .where(record_acts.c.act_id == act_id, free)
            .values(state="running", alive_at=now_text())
        )
        if not taken.rowcount:
            return False
        query = sa.select(record_versions).where(table.act_id == act_id, table.state == "failed")
        for version in map(read_version, connection.execute(query).mappings().all()):
            planned = Planned(version.record_id, undoes=version.undoes)
            if _undoing(connection, act_id, planned):
                values = {"state": "planned", "error_code": None, "error_message": None}
                connection.execute(_of(act_id, version.number).values(values))
    return True


def counts(workspace: Workspace, act_id: str) -> dict[VersionState, int]:
    """How many records of an act are in which state."""
    table = record_versions.c
    query = sa.select(table.state, sa.func.count()).where(table.act_id == act_id).group_by(table.state)
    with workspace.transaction() as connection:
        return {state: int(number) for state, number in connection.execute(query)}


def has_effect(workspace: Workspace, act_id: str, *, needs_text: bool) -> bool:
    """Whether an act did something that is not taken back; `needs_text`: to a record whose text is kept."""
    table = record_versions.c
    query = sa.select(table.number).where(
        table.act_id == act_id, table.state == "done", table.undone_in.is_(None)
    )
    if needs_text:
        query = query.where(table.before.is_not(None))
    with workspace.transaction() as connection:
        return connection.execute(query.limit(1)).first() is not None


def numbers(workspace: Workspace, act_id: str, state: VersionState) -> dict[int, str | None]:
    """The records of an act that are in a state, by number, with their ids if they have one."""
    table = record_versions.c
    query = sa.select(table.number, table.record_id).where(table.act_id == act_id, table.state == state)
    with workspace.transaction() as connection:
        return {int(number): id_ for number, id_ in connection.execute(query.order_by(table.number))}


def versions(
    workspace: Workspace,
    act_id: str,
    states: Sequence[VersionState] = (),
    *,
    only: Sequence[int] = (),
    after: int = -1,
    limit: int | None = None,
) -> list[Version]:
    """The records of an act in order: those in certain states, or of certain numbers (at most AT_ONCE), or
    all; from the number behind `after` on."""
    table = record_versions.c
    query = sa.select(record_versions).where(table.act_id == act_id, table.number > after)
    if states:
        query = query.where(table.state.in_(states))
    if only:
        query = query.where(table.number.in_(only))
    with workspace.transaction() as connection:
        rows = connection.execute(query.order_by(table.number).limit(limit)).mappings().all()
    return [read_version(row) for row in rows]


def read_version(row: Mapping[Any, Any]) -> Version:
    """A version from a row of `record_versions`."""
    undoes = None if row["undoes_act"] is None else (row["undoes_act"], row["undoes_number"])
    return Version(
        act_id=row["act_id"],
        number=row["number"],
        record_id=row["record_id"],
        lineage=row["lineage"],
        state=row["state"],
        at=datetime.fromisoformat(row["at"]),
        expected=row["expected"],
        before=None if row["before"] is None else json.loads(row["before"]),
        request=None if row["request"] is None else json.loads(row["request"]),
        error_code=row["error_code"],
        error_message=row["error_message"],
        undoes=undoes,
        undone_in=row["undone_in"],
    )


def some(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values in parts of AT_ONCE."""
    return (values[start : start + AT_ONCE] for start in range(0, len(values), AT_ONCE))


def moment_text(moment: datetime) -> str:
    """A time as the tables keep it."""
    return moment.isoformat(timespec="microseconds")
