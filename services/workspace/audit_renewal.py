"""A new audit trail where the key of the old one is lost: the old one is put aside, never sealed anew."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from services.authorization import acting_name
from services.workspace import audit as trail
from services.workspace import audit_anchor, audit_chain
from services.workspace.audit import NewRow
from services.workspace.audit_anchor import Anchor
from services.workspace.audit_key import sync_directory
from services.workspace.store import Workspace, now_text
from services.workspace.tables import audit, audit_documents
from services.workspace.tables import audit_chain as chains

BEGUN = "AuditTrailBegun"
"""The action of the first row of such a trail: it names the file with the old one."""


def begin_anew(workspace: Workspace) -> Path:
    """Put every row, text and seal into a file of the data directory, and begin a trail with the key in use.

    The new trail's first row says where the old one is, how long it was and the file's SHA-256. Returns the
    file; OSError when it cannot be written, then nothing is changed.
    """
    path = workspace.directory / f"audit-trail-until-{now_text().replace(':', '')}.jsonl"
    chain_id = str(uuid.uuid4())
    with workspace.transaction() as connection:
        trail.lock(connection)
        end = trail.last_point(connection)
        digest = _put_aside(path, connection)
        for table in (audit_documents, audit, chains):
            connection.execute(table.delete())
        seal = audit_chain.fingerprint(workspace.audit_key, chain_id)
        connection.execute(chains.insert().values(chain_id=chain_id, at=now_text(), key_fingerprint=seal))
        start = audit_chain.start(workspace.audit_key, chain_id)
        audit_anchor.write(workspace.directory, workspace.audit_key, Anchor.at(chain_id, start))
        kept = {"file": path.name, "sha256": digest, "rows": end.count if end else 0}
        trail.add(workspace, connection, [NewRow(acting_name(), BEGUN, "succeeded", before=kept)])
    return path


def _put_aside(path: Path, connection: sa.Connection) -> str:
    """Write the old trail, one JSON document a line; the file's SHA-256. It is on disk when this returns."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for line in _lines(connection):
            digest.update(line)
            file.write(line)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)
    return digest.hexdigest()


def _lines(connection: sa.Connection) -> Iterator[bytes]:
    for table in (chains, audit, audit_documents):
        for row in connection.execute(sa.select(table)):
            yield json.dumps({table.name: dict(row._mapping)}, default=str).encode() + b"\n"
