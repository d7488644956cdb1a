"""What the endpoint does for its data when nobody asks: erase what expired, embed what has no vector."""

from __future__ import annotations

import apsw

from services.aws_local import client_tokens, events, memories, records
from services.aws_local.encoding import Encoder
from services.aws_local.search import Search
from services.aws_local.store import Row, Store, row, rows

_ERASED_AT_ONCE = 500  # in one transaction, so that writers wait only briefly
_EMBEDDED_AT_ONCE = 16  # so that newly due events wait only briefly


def erase_expired(store: Store, search: Search) -> None:
    """Erase memories whose deletion is complete, expired events and records, old client tokens.

    All of them are invisible already; this frees their space.
    """
    for memory_no in store.write(memories.purge):
        search.forget(memory_no)
    store.write(client_tokens.forget_old)
    while store.write(lambda connection: events.purge(connection, _ERASED_AT_ONCE)):
        pass
    while expired := store.write(lambda connection: records.purge(connection, _ERASED_AT_ONCE)):
        for record in expired:
            search.changed(record["memory_no"], [record["record_no"]])


def embed_missing(store: Store, search: Search, encoder: Encoder) -> bool:
    """Give a few records their vectors; False when none is missing (or nothing can make them).

    Missing are those of summaries, which are embedded when the queue is empty, and of everything that was
    written while no embedder was installed. The newest come first.
    """
    if encoder.name is None:
        return False
    found = store.read(_unembedded)
    vectors = encoder.blobs([each["embed_text"] for each in found])

    def put(connection: apsw.Connection) -> None:
        sql = """
        UPDATE records SET vector = ?, embedder = ?
        WHERE record_no = ? AND embed_text = ? -- it may have changed meanwhile
        """
        for each, vector in zip(found, vectors, strict=True):
            connection.execute(sql, (vector, encoder.name, each["record_no"], each["embed_text"]))

    if found:
        store.write(put)
    for each in found:
        search.changed(each["memory_no"], [each["record_no"]])
    return bool(found)


def _unembedded(connection: apsw.Connection) -> list[Row]:
    sql = """
    SELECT memory_no, record_no, embed_text FROM records WHERE vector IS NULL ORDER BY record_no DESC LIMIT ?
    """
    return rows(connection, sql, (_EMBEDDED_AT_ONCE,))


def unembedded_count(connection: apsw.Connection) -> int:
    """How many records have no vector."""
    found = row(connection, "SELECT count(*) AS missing FROM records WHERE vector IS NULL")
    return found["missing"] if found else 0
