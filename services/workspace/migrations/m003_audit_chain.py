"""The audit trail as a sealed chain, with its texts kept apart; earlier rows are sealed as they are."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from services.workspace import audit_anchor, audit_chain
from services.workspace.audit_anchor import Anchor
from services.workspace.audit_chain import Point
from services.workspace.audit_key import load_key
from services.workspace.directory import data_directory

_Row = dict[str, Any]


def migrate(connection: sa.Connection) -> None:
    schema = sa.MetaData()
    rows, documents, chain = _tables(schema)
    old = [dict(row._mapping) for row in connection.execute(_OLD.select().order_by(_OLD.c.audit_id))]
    _OLD.drop(connection)
    schema.create_all(connection)
    directory = data_directory()
    key, chain_id = load_key(directory), str(uuid.uuid4())
    connection.execute(
        chain.insert().values(
            chain_id=chain_id,
            at=datetime.now(UTC).isoformat(timespec="microseconds"),
            key_fingerprint=audit_chain.fingerprint(key, chain_id),
        )
    )
    point = audit_chain.start(key, chain_id)
    anchor = Anchor.at(chain_id, point)
    for row, texts in _sealed(key, anchor, old):
        connection.execute(rows.insert().values(row))
        if texts:
            connection.execute(documents.insert(), texts)
        point = Point(row["audit_id"], row["seal"])
    audit_anchor.write(directory, key, anchor.moved(point, point))


def _sealed(key: bytes, anchor: Anchor, old: list[_Row]) -> Iterator[tuple[_Row, list[_Row]]]:
    """The old rows in their order, numbered without gaps, each with its texts."""
    seal = anchor.begun.head
    begun: dict[tuple[Any, ...], str] = {}
    for number, row in enumerate(old, 1):
        texts: list[_Row] = []
        digests: dict[str, str] = {}
        for part in audit_chain.PARTS:
            document = json.dumps(row["resource"]) if part == "resource" else row.get(part)
            if document is not None:
                salt = audit_chain.new_salt()
                texts.append({"audit_id": number, "part": part, "salt": salt, "document": document})
                digests[part] = audit_chain.digest(key, salt, document)
        new = {name: row[name] for name in ("at", "who", "action")} | {
            "audit_id": number,
            "act": _act(row, begun),
            "connection": "",
            "result": row["result"],
            "anchor": anchor.anchor_id,
            "parts": audit_chain.parts_text(digests),
        }
        seal = new["seal"] = audit_chain.sealed(key, seal, new)
        yield new, texts


def _act(row: _Row, begun: dict[tuple[Any, ...], str]) -> str:
    """What joins the row of a beginning with the next row about the same: that is how it ended."""
    about = (row["who"], row["action"], row["resource"])
    if row["result"] == "started":
        begun[about] = str(uuid.uuid4())
        return begun[about]
    return begun.pop(about, "")


_OLD = sa.Table(
    "audit",
    sa.MetaData(),
    sa.Column("audit_id", sa.Integer, primary_key=True),
    sa.Column("at", sa.String(40)),
    sa.Column("who", sa.Text),
    sa.Column("action", sa.String(100)),
    sa.Column("resource", sa.Text),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("result", sa.Text),
)


def _tables(schema: sa.MetaData) -> tuple[sa.Table, sa.Table, sa.Table]:
    rows = sa.Table(
        "audit",
        schema,
        sa.Column("audit_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(40), nullable=False, index=True),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("act", sa.String(40), nullable=False, index=True),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("connection", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("anchor", sa.String(40), nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
    )
    documents = sa.Table(
        "audit_documents",
        schema,
        sa.Column("audit_id", sa.Integer, sa.ForeignKey("audit.audit_id"), primary_key=True),
        sa.Column("part", sa.String(20), primary_key=True),
        sa.Column("salt", sa.String(40), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
    )
    chain = sa.Table(
        "audit_chain",
        schema,
        sa.Column("chain_id", sa.String(40), primary_key=True),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("key_fingerprint", sa.String(64), nullable=False),
    )
    return rows, documents, chain
