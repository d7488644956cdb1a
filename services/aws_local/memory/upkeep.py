"""What the endpoint does for its data when nobody asks: erase what expired, embed what has no vector."""

from __future__ import annotations

import logging
from collections.abc import Callable

import apsw

from services.aws_local.memory import erasure, events, memories, records
from services.aws_local.retrieval.encoding import Encoder
from services.aws_local.retrieval.search import Search
from services.aws_local.storage import client_tokens
from services.aws_local.storage.store import Row, Store, row, rows
from services.aws_local.streams import stream_events

log = logging.getLogger(__name__)

_SLICES = 40  # of a kind in one round, so that newly due events wait only briefly
_EMBEDDED_AT_ONCE = 16  # so that newly due events wait only briefly


def erase_expired(store: Store, search: Search) -> bool:
    """Erase memories whose deletion is complete, expired events and records, empty sessions, old client
    tokens, and stream events that nobody took; True when there is more than one round erases.

    All but the last are invisible already; this frees their space.
    """
    store.write(memories.purge_strategies)
    more = [
        _in_slices(lambda: _erase_gone(store, search)),
        _in_slices(lambda: store.write(lambda db: client_tokens.forget_old(db, erasure.AT_ONCE)) > 0),
        _in_slices(lambda: store.write(lambda db: events.purge(db, erasure.AT_ONCE))),
        _in_slices(lambda: _erase_records(store, search)),
        _in_slices(lambda: _erase_sessions(store)),
    ]
    if lost := store.write(stream_events.forget_old):
        log.error("%d stream events could not be delivered for a day and were dropped", lost)
    return any(more)


def _in_slices(erase: Callable[[], bool]) -> bool:
    """Call `erase` until it finds nothing (False), or the round is over (True)."""
    return all(erase() for _ in range(_SLICES))


def _erase_gone(store: Store, search: Search) -> bool:
    memory_no = next(iter(store.read(erasure.gone)), None)
    if memory_no is None:
        return False
    store.write(lambda db: erasure.erase_some(db, memory_no, erasure.AT_ONCE))
    search.forget(memory_no)
    return True


def _erase_records(store: Store, search: Search) -> bool:
    expired = store.write(lambda db: records.purge(db, erasure.AT_ONCE))
    for record in expired:
        search.changed(record["memory_no"], [record["record_no"]])
    return bool(expired)


def _erase_sessions(store: Store) -> bool:
    empty = store.read(lambda db: events.vanished_sessions(db, erasure.AT_ONCE))
    return bool(empty) and store.write(lambda db: events.purge_sessions(db, empty)) > 0


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
