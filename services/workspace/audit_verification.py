"""Whether the audit trail is still what was written: rows, texts and anchor held against each other.

What it finds: rows and texts that were changed, deleted, inserted, swapped or cut off at the end, texts
removed by anything but `audit.erase_documents`, another key, an anchor that was removed, forged or put back
to an earlier one. What it cannot find: whoever has the key can forge everything, and whoever puts database
and anchor back to the same earlier moment leaves no trace here. Against both helps an anchor that is kept
elsewhere: each export has one, and `kept` holds the trail against it. And where the dashboard was killed, or
the power failed, just as it had written, that one write may be cut off unseen until the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from services.errors import InvalidWorkspace
from services.workspace import audit as trail
from services.workspace import audit_anchor, audit_chain, audit_key
from services.workspace.audit_anchor import Anchor, DamagedAnchor
from services.workspace.audit_chain import Point
from services.workspace.store import Workspace
from services.workspace.tables import audit, audit_documents
from services.workspace.tables import audit_chain as chains

Kind = Literal["key", "row", "missing", "document", "anchor", "end", "contradiction"]
MOST_FINDINGS = 1_000
_BATCH = 1_000


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was written: `audit_id` is the row that it is about, if it is about one."""

    kind: Kind
    audit_id: int | None
    text: str


@dataclass(frozen=True)
class Verification:
    """What was looked at and found. `notes` are what one should know and what is no finding."""

    rows: int
    documents: int
    erased: int
    end: Point
    chain_id: str
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(workspace: Workspace, kept: Point | None = None) -> Verification:
    """Look at the whole trail. `kept` is where it ended once, as an export says.

    Rows that are added meanwhile are not looked at. Raises WorkspaceUnavailable.
    """
    return _Check(workspace).run(kept)


class _Check:
    """One look at everything."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._key = workspace.audit_key
        self._findings: list[Finding] = []
        self._notes: list[str] = []
        self._documents = 0
        self._lacking: dict[tuple[int, str], None] = {}
        self._erased: set[tuple[int, str]] = set()
        self._strangers: set[str] = set()

    def run(self, kept: Point | None) -> Verification:
        chain_id, end, anchor = self._snapshot()
        if kept is not None and kept.count > end.count:
            once = f"a kept anchor says that there were {kept.count:,} rows"
            self._found("end", None, f"{once}, now there are {end.count:,}")
        if not any(finding.kind == "key" for finding in self._findings):  # else it would be every row
            self._rows(audit_chain.start(self._key, chain_id), end, anchor, kept)
            self._erasures()
        self._surroundings(chain_id)
        if len(self._findings) > MOST_FINDINGS:
            self._notes.append(f"{len(self._findings):,} findings; the first {MOST_FINDINGS:,} are told.")
        return Verification(
            end.count,
            self._documents,
            len(self._lacking),
            end,
            chain_id,
            tuple(self._findings[:MOST_FINDINGS]),
            tuple(self._notes),
        )

    def _found(self, kind: Kind, audit_id: int | None, text: str) -> None:
        self._findings.append(Finding(kind, audit_id, text))

    def _snapshot(self) -> tuple[str, Point, Anchor | None]:
        """Chain, end and anchor as they are at one moment, the end held against the anchor."""
        with self._workspace.transaction() as connection:
            trail.lock(connection)
            chain_id = self._chain(connection)
            end = trail.last_point(connection) or audit_chain.start(self._key, chain_id)
            anchor = self._anchor(connection, chain_id, end)
            self._outside(connection, end)
        return chain_id, end, anchor

    def _chain(self, connection: sa.Connection) -> str:
        try:
            return trail.own_chain(connection, self._key)
        except InvalidWorkspace as error:
            self._found("key", None, str(error))
            return str(connection.execute(sa.select(chains.c.chain_id)).scalar() or "none")

    def _anchor(self, connection: sa.Connection, chain_id: str, end: Point) -> Anchor | None:
        path = audit_anchor.anchor_file(self._workspace.directory, chain_id)
        try:
            anchor = audit_anchor.read(self._workspace.directory, self._key, chain_id)
        except DamagedAnchor:
            self._found("anchor", None, f"the anchor {path} was changed, or written with another key")
            return None
        if anchor is None:
            if connection.dialect.name == "sqlite":  # one computer, so every row is under its anchor
                self._found(
                    "anchor", None, f"the anchor {path} is gone: whether rows were cut off is unknown"
                )
            else:
                self._notes.append("This computer has no anchor yet: it gets one with its first change.")
            return None
        contradiction = trail.contradiction_of(connection, anchor, end)
        if contradiction is not None:
            self._found("end", contradiction["found"][0], _told(contradiction))
        return anchor

    def _outside(self, connection: sa.Connection, end: Point) -> None:
        """Rows and texts with numbers that are never given."""
        for table in (audit, audit_documents):
            number = table.c.audit_id
            strange = sa.select(sa.func.count()).select_from(table).where((number < 1) | (number > end.count))
            if connection.execute(strange).scalar():
                self._found("row", None, f"{table.name} has rows with numbers that are never given")

    def _rows(self, start: Point, end: Point, anchor: Anchor | None, kept: Point | None) -> None:
        last = start
        for row, documents in self._stored(end):
            if row.audit_id != last.count + 1:
                self._found("missing", row.audit_id, _gap(last.count + 1, row.audit_id - 1))
            seal = audit_chain.sealed(self._key, last.head, dict(row._mapping))
            if not audit_chain.same(str(row.seal), seal):
                why = f"row {row.audit_id:,} was changed or put there, or the row before it was"
                self._found("row", row.audit_id, why)
            if kept is not None and kept.count == row.audit_id and kept.head != row.seal:
                self._found("row", row.audit_id, f"row {row.audit_id:,} is not what a kept anchor seals")
            if anchor is not None and row.anchor != anchor.anchor_id:
                self._strangers.add(row.anchor)
            self._texts(row, documents)
            last = Point(row.audit_id, str(row.seal))

    def _stored(self, end: Point) -> Iterator[tuple[sa.Row[Any], dict[str, sa.Row[Any]]]]:
        """The rows in order, each with its texts by part."""
        ids, about = audit.c.audit_id, audit_documents.c.audit_id
        some = sa.select(audit).where(ids.between(1, end.count)).order_by(ids).limit(_BATCH)
        last = 0
        while True:
            with self._workspace.transaction() as connection:
                rows = connection.execute(some.where(ids > last)).all()
                if not rows:
                    return
                of_these = about.between(rows[0].audit_id, rows[-1].audit_id)
                texts = connection.execute(sa.select(audit_documents).where(of_these)).all()
            by_row: dict[int, dict[str, sa.Row[Any]]] = {}
            for text in texts:
                by_row.setdefault(text.audit_id, {})[text.part] = text
            for row in rows:
                yield row, by_row.get(row.audit_id, {})
            last = rows[-1].audit_id

    def _texts(self, row: sa.Row[Any], documents: dict[str, sa.Row[Any]]) -> None:
        digests = _digests(row.parts)
        for part in sorted(digests.keys() | documents.keys()):
            if part not in documents:
                self._lacking[row.audit_id, part] = None
            elif not self._is_own(digests.get(part), documents[part]):
                self._found(
                    "document", row.audit_id, f"the text “{part}” of row {row.audit_id:,} was changed"
                )
            else:
                self._documents += 1
        if row.action == trail.ERASED:
            self._erased |= _erased_by(_document(documents.get("after")))
        if row.action == trail.CONTRADICTED:
            told = _told(_document(documents.get("after")))
            self._found("contradiction", row.audit_id, f"at {row.at} {told}")

    def _is_own(self, digest: str | None, text: sa.Row[Any]) -> bool:
        now = audit_chain.digest(self._key, str(text.salt), str(text.document))
        return digest is not None and audit_chain.same(digest, now)

    def _erasures(self) -> None:
        """Texts that are gone without a row that says who erased them."""
        for audit_id, part in list(self._lacking):
            if (audit_id, part) not in self._erased:
                del self._lacking[audit_id, part]
                self._found("document", audit_id, f"the text “{part}” of row {audit_id:,} was removed")

    def _surroundings(self, chain_id: str) -> None:
        """What is no finding about this trail, but may tell something of what was done to it."""
        directory = self._workspace.directory
        if audit_key.readable_by_others(directory):
            self._notes.append("Other users of this computer can read the key file; set its mode to 600.")
        if self._strangers:
            self._notes.append(
                f"There are rows under {len(self._strangers)} other anchors, of computers that share this "
                "database. Whether their last rows are missing is found there, not here."
            )
        others = audit_anchor.anchors_of_others(directory, chain_id)
        if others:
            self._notes.append(
                f"The data directory has anchors of other trails ({', '.join(others)}): another database was "
                "in use here before, or this one was put in its place."
            )


def _digests(parts: Any) -> dict[str, str]:
    """A row's digests by part; none when the row was changed so that they cannot be read."""
    try:
        found = json.loads(parts)
    except (ValueError, TypeError):
        return {}
    return {str(part): str(digest) for part, digest in found.items()} if isinstance(found, dict) else {}


def _document(text: sa.Row[Any] | None) -> dict[str, Any]:
    """A text of ours, empty when it is gone or was changed beyond reading."""
    try:
        found = json.loads(text.document) if text is not None else {}
    except (ValueError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _erased_by(document: dict[str, Any]) -> set[tuple[int, str]]:
    try:
        return {(int(audit_id), str(part)) for audit_id, part in document.get("erased", [])}
    except (ValueError, TypeError):
        return set()


def _gap(first: int, last: int) -> str:
    return f"row {first:,} is missing" if first == last else f"rows {first:,} to {last:,} are missing"


def _told(contradiction: dict[str, Any]) -> str:
    """A contradiction between the anchor and the trail's end in words."""
    if "expected" not in contradiction:
        return f"rows were added although the anchor was {contradiction.get('anchor', 'contradicted')}"
    counts = sorted({int(point[0]) for point in contradiction["expected"]})
    found = int(contradiction["found"][0])
    if found < counts[0]:
        return f"the trail ended with row {found:,}, the anchor says row {counts[0]:,}: rows were cut off"
    if found > counts[-1]:
        return (
            f"the trail ended with row {found:,}, the anchor says row {counts[-1]:,}: "
            "the anchor was put back to an earlier one, or rows were put there"
        )
    return f"row {found:,}, the last one, is not the one that the anchor seals"
