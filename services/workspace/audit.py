"""The audit trail: who did what to which resource, and how it ended.

Rows are added, never changed. Each is sealed together with the row before it (`audit_chain`), and a file
outside the database says where the trail ends (`audit_anchor`); `audit_verification` holds all three against
each other. What a row says in free text is kept apart from it and can be erased without breaking the seals.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.authorization import acting_name
from services.errors import InvalidWorkspace, WorkspaceUnavailable
from services.workspace import audit_anchor, audit_chain
from services.workspace.audit_anchor import Anchor, DamagedAnchor
from services.workspace.audit_chain import Point
from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import audit, audit_documents
from services.workspace.tables import audit_chain as chains

log = logging.getLogger(__name__)
ERASED = "EraseAuditDocuments"
"""The action of a row that says which texts were erased from earlier rows."""
CONTRADICTED = "AuditTrailContradicted"
"""The action of a row that says that the trail's end and its anchor disagreed when rows were to be added."""
STARTED = "started"
ITSELF = "AgentCore Memory Studio"
"""Who writes down what the dashboard found out by itself."""

_LOCK = 7_305_111
"""PostgreSQL's: whoever adds rows takes turns, in all processes (SQLite locks the file)."""
_BATCH = 500


@dataclass(frozen=True)
class AuditRecord:
    """One act, or how one ended. `action` is the AWS operation, `before` and `after` JSON documents.

    The rows of one act have the same `act`. `erased` names the parts (`resource`, `before`, `after`,
    `detail`) that were there once and whose text is gone.
    """

    audit_id: int
    at: datetime
    who: str
    act: str
    action: str
    connection: str
    resource: str
    before: Any
    after: Any
    result: str
    erased: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewRow:
    """What is to be written down; `detail` is an error in its own words."""

    who: str
    action: str
    result: str
    act: str = ""
    connection: str = ""
    resource: str = ""
    before: Any = None
    after: Any = None
    detail: str = ""

    def texts(self) -> dict[str, str]:
        """The parts that there are, as JSON."""
        detail = self.detail or None
        parts = {"resource": self.resource, "before": self.before, "after": self.after, "detail": detail}
        return {part: to_json(value) for part, value in parts.items() if value is not None}


def append(
    workspace: Workspace,
    who: str,
    action: str,
    resource: str,
    *,
    before: Any,
    after: Any,
    result: str,
    connection: str = "",
    act: str = "",
    detail: str = "",
) -> int:
    """Add a row and return its id; it is on disk when this returns.

    Raises WorkspaceUnavailable, then nothing was added, and InvalidWorkspace for another audit key.
    """
    row = NewRow(who, action, result, act, connection, resource, before, after, detail)
    with workspace.transaction() as open_:
        return add(workspace, open_, [row])


def add(workspace: Workspace, connection: sa.Connection, rows: Sequence[NewRow]) -> int:
    """Add rows in the caller's transaction, which should end soon after; the id of the last one."""
    lock(connection)
    chain_id = own_chain(connection, workspace.audit_key)
    end = last_point(connection) or audit_chain.start(workspace.audit_key, chain_id)
    anchor, contradiction = _anchor(workspace, connection, chain_id, end)
    own = own_end(connection, anchor, end)
    told = [NewRow(ITSELF, CONTRADICTED, "found", after=contradiction)] if contradiction else []
    last = end
    for row in (*told, *rows):
        last = _insert(connection, workspace.audit_key, anchor.anchor_id, last, row)
    _announce(workspace, connection, anchor.moved(own, last))
    return last.count


def _announce(workspace: Workspace, connection: sa.Connection, anchor: Anchor) -> None:
    """Write the anchor before the commit, and confirm it after."""
    place = (workspace.directory, workspace.audit_key, anchor)
    try:
        audit_anchor.write(*place)
    except OSError as error:
        raise WorkspaceUnavailable(f"the audit trail's anchor cannot be written: {error}") from error

    def confirm() -> None:
        try:
            audit_anchor.confirm(*place)
        except OSError as error:  # the rows are written; until the next ones the last may be cut off unseen
            log.warning("the audit trail's anchor could not be confirmed: %s", error)

    workspace.after_commit(connection, confirm)


def lock(connection: sa.Connection) -> None:
    """Keep everybody else from adding rows until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def own_chain(connection: sa.Connection, key: bytes) -> str:
    """The id of this database's trail; InvalidWorkspace when it was begun with another key."""
    chain = connection.execute(sa.select(chains)).first()
    if chain is None or not audit_chain.same(
        chain.key_fingerprint, audit_chain.fingerprint(key, chain.chain_id)
    ):
        raise InvalidWorkspace(
            "The audit trail was begun with another key than the one in use now, so no change can be written "
            "down, and none is made. Put the key back: AGENTCORE_STUDIO_AUDIT_KEY, or audit.key in the "
            "dashboard's data directory."
        )
    return str(chain.chain_id)


def last_point(connection: sa.Connection, anchor_id: str | None = None) -> Point | None:
    """Where the trail ends, or where its rows under one anchor do; None when there are none."""
    query = sa.select(audit.c.audit_id, audit.c.seal).order_by(audit.c.audit_id.desc()).limit(1)
    if anchor_id is not None:
        query = query.where(audit.c.anchor == anchor_id)
    row = connection.execute(query).first()
    return None if row is None else Point(row.audit_id, row.seal)


def own_end(connection: sa.Connection, anchor: Anchor, end: Point) -> Point:
    """Where the rows under an anchor end; rows under anchors of others may be behind them."""
    return end if end == anchor.after else last_point(connection, anchor.anchor_id) or anchor.begun


def contradiction_of(connection: sa.Connection, anchor: Anchor, end: Point) -> dict[str, Any] | None:
    """What the anchor expects and what is there, when they disagree; None when they agree."""
    found = own_end(connection, anchor, end)
    if found in (anchor.before, anchor.after):
        return None
    expected = [[point.count, point.head] for point in (anchor.before, anchor.after)]
    return {"expected": expected, "found": [found.count, found.head]}


def _anchor(
    workspace: Workspace, connection: sa.Connection, chain_id: str, end: Point
) -> tuple[Anchor, dict[str, Any] | None]:
    """The anchor to go on with, and what is wrong with the one that was found, if anything is."""
    try:
        anchor = audit_anchor.read(workspace.directory, workspace.audit_key, chain_id)
    except (DamagedAnchor, OSError):
        return Anchor.at(chain_id, end), {"anchor": "damaged", "found": [end.count, end.head]}
    if anchor is not None:
        return anchor, contradiction_of(connection, anchor, end)
    # Another computer that shares this database begins an anchor of its own; a SQLite file has one computer.
    lost = connection.dialect.name == "sqlite"
    found = {"anchor": "missing", "found": [end.count, end.head]}
    return Anchor.at(chain_id, end), found if lost else None


def _insert(connection: sa.Connection, key: bytes, anchor_id: str, last: Point, new: NewRow) -> Point:
    number = last.count + 1
    texts = [
        {"audit_id": number, "part": part, "salt": audit_chain.new_salt(), "document": document}
        for part, document in new.texts().items()
    ]
    digests = {
        str(text["part"]): audit_chain.digest(key, str(text["salt"]), str(text["document"])) for text in texts
    }
    row = {
        "audit_id": number,
        "at": now_text(),
        "who": _storable(new.who),
        "act": new.act,
        "action": _storable(new.action),
        "connection": _storable(new.connection),
        "result": _storable(new.result),
        "anchor": anchor_id,
        "parts": audit_chain.parts_text(digests),
    }
    seal = audit_chain.sealed(key, last.head, row)
    connection.execute(audit.insert().values(row | {"seal": seal}))
    connection.execute(audit_documents.insert(), texts)
    return Point(number, seal)


def _storable(text: str) -> str:
    """Text that every database takes: PostgreSQL has no NUL, and none has halves of characters."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def list_audit(workspace: Workspace, limit: int = 200) -> list[AuditRecord]:
    """The last rows, newest first."""
    with workspace.transaction() as connection:
        rows = connection.execute(sa.select(audit).order_by(audit.c.audit_id.desc()).limit(limit))
        return records(connection, [row._mapping for row in rows])


def records(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[AuditRecord]:
    """Rows with their texts."""
    texts = _texts(connection, [row["audit_id"] for row in rows])
    return [_record(row, texts.get(row["audit_id"], {})) for row in rows]


def _texts(connection: sa.Connection, audit_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(audit_ids), _BATCH):
        chosen = audit_documents.c.audit_id.in_(audit_ids[start : start + _BATCH])
        for text in connection.execute(sa.select(audit_documents).where(chosen)):
            found.setdefault(text.audit_id, {})[text.part] = json.loads(text.document)
    return found


def _record(row: sa.RowMapping, texts: dict[str, Any]) -> AuditRecord:
    detail = texts.get("detail")
    return AuditRecord(
        audit_id=row["audit_id"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        act=row["act"],
        action=row["action"],
        connection=row["connection"],
        resource=texts.get("resource", ""),
        before=texts.get("before"),
        after=texts.get("after"),
        result=f"{row['result']}: {detail}" if detail else row["result"],
        erased=tuple(part for part in json.loads(row["parts"]) if part not in texts),
    )


def erase_documents(
    workspace: Workspace,
    matches: Callable[[Any], bool],
    *,
    connection_key: str | None = None,
    about: Callable[[str], bool] | None = None,
) -> int:
    """Remove the texts that `matches` says yes to, for good; rows and seals stay valid. Returns how many.

    `matches` is given each text as it was written down: the documents `before` and `after`, and as strings
    the `resource` and the `detail` of an error. Only rows of the connection, and of resources that `about`
    says yes to (or whose name was removed before), where these are given. What was removed, by row and part,
    is itself a row.
    """
    erased = 0
    for batch in _batches(workspace, matches, connection_key, about or (lambda _: True)):
        with workspace.transaction() as connection:
            gone = [found for found in batch if _remove(connection, *found)]
            if gone:
                done = NewRow(
                    acting_name(), ERASED, "succeeded", after={"erased": [list(each) for each in gone]}
                )
                add(workspace, connection, [done])
        erased += len(gone)
    return erased


def _batches(
    workspace: Workspace,
    matches: Callable[[Any], bool],
    connection_key: str | None,
    about: Callable[[str], bool],
) -> Iterator[list[tuple[int, str]]]:
    """Row and part of the texts that match, those of a few rows at a time."""
    query = (
        sa.select(audit_documents.c.audit_id, audit_documents.c.part, audit_documents.c.document)
        .join(audit, audit.c.audit_id == audit_documents.c.audit_id)
        .where(audit.c.action.not_in((ERASED, CONTRADICTED)))
        .order_by(audit_documents.c.audit_id)
    )
    if connection_key is not None:
        query = query.where(audit.c.connection == connection_key)
    last = 0
    while True:
        some = query.where(audit_documents.c.audit_id > last, audit_documents.c.audit_id <= last + _BATCH)
        with workspace.transaction() as connection:
            end = last_point(connection)
            found = connection.execute(some).all()
        texts = [(each.audit_id, each.part, json.loads(each.document)) for each in found]
        others = {audit_id for audit_id, part, text in texts if part == "resource" and not about(str(text))}
        yield [(audit_id, part) for audit_id, part, text in texts if audit_id not in others and matches(text)]
        last += _BATCH
        if end is None or last >= end.count:
            return


def _remove(connection: sa.Connection, audit_id: int, part: str) -> bool:
    """Whether the text was still there."""
    this = (audit_documents.c.audit_id == audit_id) & (audit_documents.c.part == part)
    return bool(connection.execute(audit_documents.delete().where(this)).rowcount)
