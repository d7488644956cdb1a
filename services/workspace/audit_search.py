"""The audit trail as people read it: one entry per act, narrowed down, page by page; and its exports."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from services.workspace import audit as trail
from services.workspace import audit_chain
from services.workspace.audit import STARTED, AuditRecord
from services.workspace.store import Workspace, now_text
from services.workspace.tables import audit, audit_documents

Outcome = Literal["succeeded", "failed", "unknown"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
PAGE_SIZE = 50
_BATCH = 500


@dataclass(frozen=True)
class AuditSearch:
    """What to look for; None and empty: everything. `since` counts, `until` does not.

    `resource` and `text` are looked for anywhere in a resource and in all of an act's texts, in either case
    of letters.
    """

    who: str | None = None
    action: str | None = None
    connection: str | None = None
    outcome: Outcome | None = None
    resource: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class AuditAct:
    """One act, from its first row to its last. `ended_at` None: how it ended was never written down."""

    audit_id: int
    started_at: datetime
    ended_at: datetime | None
    who: str
    action: str
    connection: str
    resource: str
    before: Any
    after: Any
    result: str
    rows: tuple[int, ...]
    erased: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """How it ended, in one of three words."""
        if self.ended_at is None or self.result.startswith("unknown"):
            return "unknown"
        return "failed" if self.result.startswith("failed") else "succeeded"


@dataclass(frozen=True)
class ActPage:
    """A page of acts, newest first, of `total`; pages count from 1."""

    acts: tuple[AuditAct, ...]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True)
class Choices:
    """What the trail has to choose from."""

    who: tuple[str, ...]
    actions: tuple[str, ...]
    connections: tuple[str, ...]


def page(workspace: Workspace, search: AuditSearch, number: int = 1) -> ActPage:
    """A page of the acts that fit; a number behind the last page gives the last one."""
    with workspace.transaction() as connection:
        total = connection.execute(
            sa.select(sa.func.count()).select_from(audit).where(*_fits(search))
        ).scalar_one()
        number = max(1, min(number, -(-total // PAGE_SIZE)))
        query = sa.select(audit).where(*_fits(search)).order_by(audit.c.audit_id.desc())
        last = connection.execute(query.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE))
        acts = _acts(connection, [row._mapping for row in last])
    return ActPage(tuple(acts), number, total)


def act(workspace: Workspace, audit_id: int) -> AuditAct | None:
    """The act that a row belongs to; None when there is no such row."""
    with workspace.transaction() as connection:
        row = connection.execute(sa.select(audit).where(audit.c.audit_id == audit_id)).first()
        return None if row is None else _acts(connection, [row._mapping])[0]


def choices(workspace: Workspace) -> Choices:
    """Who acted, what was done and where, as far as the trail goes back."""
    with workspace.transaction() as connection:
        found = [
            tuple(connection.execute(sa.select(column).distinct().order_by(column)).scalars())
            for column in (audit.c.who, audit.c.action, audit.c.connection)
        ]
    return Choices(found[0], found[1], tuple(key for key in found[2] if key))


def export(workspace: Workspace, search: AuditSearch) -> dict[str, Any]:
    """The acts that fit as one JSON document, with the anchor: where the whole trail ended at that time.

    `audit_check --export` holds the trail of later against it. Raises InvalidWorkspace for another audit key.
    """
    wanted = {name: value for name, value in vars(search).items() if value}
    return {
        "anchor": anchor(workspace),
        "search": {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in wanted.items()
        },
        "acts": [_exported(found) for found in iter_acts(workspace, search)],
    }


def iter_acts(workspace: Workspace, search: AuditSearch) -> Iterator[AuditAct]:
    """All acts that fit, newest first, read some hundred at a time."""
    below: int | None = None
    query = sa.select(audit).where(*_fits(search)).order_by(audit.c.audit_id.desc()).limit(_BATCH)
    while True:
        some = query if below is None else query.where(audit.c.audit_id < below)
        with workspace.transaction() as connection:
            acts = _acts(connection, [row._mapping for row in connection.execute(some)])
        yield from acts
        if len(acts) < _BATCH:
            return
        below = acts[-1].audit_id


def anchor(workspace: Workspace) -> dict[str, Any]:
    """Where the trail ends now: what to keep elsewhere. Raises InvalidWorkspace for another audit key."""
    with workspace.transaction() as connection:
        chain_id = trail.own_chain(connection, workspace.audit_key)
        end = trail.last_point(connection) or audit_chain.start(workspace.audit_key, chain_id)
    return {"chain": chain_id, "count": end.count, "head": end.head, "at": now_text()}


def _exported(found: AuditAct) -> dict[str, Any]:
    times = {
        name: value and value.isoformat()
        for name, value in (("startedAt", found.started_at), ("endedAt", found.ended_at))
    }
    row = vars(found) | {"rows": list(found.rows), "erased": list(found.erased)}
    return times | {name: value for name, value in row.items() if name not in ("started_at", "ended_at")}


def _fits(search: AuditSearch) -> list[sa.ColumnElement[bool]]:
    """What holds of the last row of an act that fits."""
    later = audit.alias("later")
    has_later = sa.exists().where(later.c.act == audit.c.act, later.c.audit_id > audit.c.audit_id)
    conditions: list[sa.ColumnElement[bool]] = [(audit.c.act == "") | ~has_later]
    for column, value in (
        (audit.c.who, search.who),
        (audit.c.action, search.action),
        (audit.c.connection, search.connection),
    ):
        if value is not None:
            conditions.append(column == value)
    if search.outcome == "unknown":
        conditions.append(audit.c.result.startswith("unknown") | (audit.c.result == STARTED))
    elif search.outcome == "failed":
        conditions.append(audit.c.result.startswith("failed"))
    elif search.outcome == "succeeded":
        conditions.append(audit.c.result == "succeeded")
    if search.since:
        conditions.append(audit.c.at >= _text(search.since))
    if search.until:
        conditions.append(audit.c.at < _text(search.until))
    if search.resource.strip():
        conditions.append(_said(search.resource.strip(), audit_documents.c.part == "resource"))
    if search.text.strip():
        conditions.append(_said(search.text.strip()))
    return conditions


def _said(words: str, *more: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether one of an act's texts holds the words; the texts are JSON in ASCII, so the words are, too."""
    forms = {json.dumps(form)[1:-1] for form in (words, words.lower(), words.upper(), words.title())}
    own = audit.alias("own")
    of_act = sa.select(own.c.audit_id).where(
        (own.c.audit_id == audit.c.audit_id) | ((own.c.act == audit.c.act) & (own.c.act != ""))
    )
    holds = sa.or_(*(audit_documents.c.document.icontains(form, autoescape=True) for form in sorted(forms)))
    return sa.exists().where(audit_documents.c.audit_id.in_(of_act.correlate(audit)), holds, *more)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _acts(connection: sa.Connection, rows: Sequence[sa.RowMapping]) -> list[AuditAct]:
    """The acts that these rows belong to, in the rows' order."""
    names = sorted({row["act"] for row in rows} - {""})
    whole: dict[str, list[AuditRecord]] = {}
    for start in range(0, len(names), _BATCH):
        chosen = (
            sa.select(audit).where(audit.c.act.in_(names[start : start + _BATCH])).order_by(audit.c.audit_id)
        )
        for record in trail.records(connection, [row._mapping for row in connection.execute(chosen)]):
            whole.setdefault(record.act, []).append(record)
    alone = {
        record.audit_id: record
        for record in trail.records(connection, [row for row in rows if not row["act"]])
    }
    return [_act(whole[row["act"]] if row["act"] else [alone[row["audit_id"]]]) for row in rows]


def _act(records: Sequence[AuditRecord]) -> AuditAct:
    first, last = records[0], records[-1]
    return AuditAct(
        audit_id=last.audit_id,
        started_at=first.at,
        ended_at=None if last.result == STARTED else last.at,
        who=last.who,
        action=last.action,
        connection=last.connection,
        resource=last.resource,
        before=first.before,
        after=last.after,
        result=last.result,
        rows=tuple(record.audit_id for record in records),
        erased=tuple(dict.fromkeys(part for record in records for part in record.erased)),
    )
