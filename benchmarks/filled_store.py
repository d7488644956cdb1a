"""Data directories of a given size, built in bulk through the endpoint's own store and kept for the next run.

Half of the events lie in one long session, the other half in short sessions: half of these belong to one
busy actor, half to an actor each. The records lie in 1,000 namespaces `/teamT/userU/`: there are paths that
select 100 % (`/`), 10 % (`/team3/`) and 0.1 % (`/team3/user42/`) of them. Their vectors are random: an exact
scan costs the same whatever they say; words are as common and as rare as those of a language. The same size
gives the same store, but for ids and times.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.servers import REGION, ROOT
from services.aws_local.call import DEFAULT_ACCOUNT_ID
from services.aws_local.clock import DAY_MS, now_ms
from services.aws_local.identifiers import event_id, record_id, resource_id
from services.aws_local.memory import event_expiry, events, memories, records
from services.aws_local.storage.store import Store, row, rows

CACHE = ROOT / ".data" / "benchmarks"
LONG_ACTOR, LONG_SESSION = "actor-of-the-long-session", "long"
BUSY_ACTOR = "busy"
SYLLABLES = ("ba", "do", "ki", "lu", "me", "no", "ra", "si", "ta", "ve")
VOCABULARY = ["".join(syllables) for syllables in product(SYLLABLES, repeat=3)]
# As in a language: the second word is half as common as the first, the tenth a tenth.
COMMONNESS = list(accumulate(1 / rank for rank in range(1, len(VOCABULARY) + 1)))
WORDS_SAID = 12
EVENTS_OF_A_SESSION = 10
_AT_ONCE = 10_000
_KEPT_FOR_MS = 365 * DAY_MS


@dataclass(frozen=True)
class FilledStore:
    """A data directory and what is in it."""

    data_dir: Path
    memory_id: str
    events: int
    records: int
    record_id: str


def filled_store(events_wanted: int, records_wanted: int, cache: Path = CACHE) -> FilledStore:
    """The store with that many events and records; built when the cache has none."""
    folder = cache / f"{events_wanted}-events-{records_wanted}-records"
    note = folder / "built.json"
    if not note.exists():
        shutil.rmtree(folder, ignore_errors=True)
        print(f"Building a store in {folder}", flush=True)
        note.write_text(json.dumps(_build(folder, events_wanted, records_wanted)), "utf-8")
    return FilledStore(folder, **json.loads(note.read_text("utf-8")))


def _build(folder: Path, events_wanted: int, records_wanted: int) -> dict[str, Any]:
    store = Store.open(folder)
    try:
        memory_no = store.write(_memory)
        for chunk in chunks(_places(events_wanted)):
            store.write(partial(insert_events, memory_no=memory_no, places=chunk))
        for start in range(0, records_wanted, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, records_wanted))
            store.write(partial(insert_records, memory_no=memory_no, numbers=numbers, home=_home))
        return store.read(_described)
    finally:
        store.close()


def _memory(connection: Any) -> int:
    now = now_ms()
    fields = {
        "account_id": DEFAULT_ACCOUNT_ID,
        "region": REGION,
        "memory_id": resource_id("Benchmark"),
        "name": "Benchmark",
        "created_ms": now,
        "settled_ms": now,
        "settings": json.dumps({"eventExpiryDuration": 365}),
        "indexed_ms": "{}",
        "tags": "{}",
    }
    return memories.insert(connection, fields)


def _places(events_wanted: int) -> Iterator[tuple[str, str, int]]:
    """Actor, session and place in time of every event, the newest last."""
    short = events_wanted // 2
    for number in range(events_wanted - short):
        yield LONG_ACTOR, LONG_SESSION, number
    for number in range(short):
        session = number // EVENTS_OF_A_SESSION
        actor = BUSY_ACTOR if session % 2 else f"actor-{session:07d}"
        yield actor, f"session-{session:07d}", number


def _home(number: int) -> tuple[str, str]:
    return "none", f"/team{number % 10}/user{number // 10 % 100}/"


def chunks(places: Iterator[tuple[str, str, int]]) -> Iterator[list[tuple[str, str, int]]]:
    """Places in lists that are written in one transaction each."""
    chunk = []
    for place in places:
        chunk.append(place)
        if len(chunk) == _AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def insert_events(connection: Any, memory_no: int, places: list[tuple[str, str, int]]) -> None:
    """Stores one event for each actor, session and place in time; nothing is extracted from them."""
    now = now_ms()
    start = now - 30 * DAY_MS
    known: dict[str, int] = {}
    insert = "INSERT INTO events VALUES (?, ?, ?, ?, ?, 'main', 0, '{}', ?)"
    for actor, session, number in places:
        moment = start + number
        if session not in known:
            where = (actor, session)
            place = events.ensure_place(connection, memory_no, where, moment, now + _KEPT_FOR_MS)
            known[session] = place.session_no
            kept = "UPDATE sessions SET empty_ms = ? WHERE session_no = ?"
            connection.execute(kept, (now + _KEPT_FOR_MS, known[session]))
        said = {"role": "USER", "content": {"text": statement(number)}}
        payload = json.dumps([{"conversational": said}], separators=(",", ":"))
        times = (now, now + _KEPT_FOR_MS)
        connection.execute(insert, (known[session], moment, event_id(moment), *times, payload))
        event_expiry.note(connection, known[session], moment, now + _KEPT_FOR_MS)


def insert_records(
    connection: Any, memory_no: int, numbers: range, home: Callable[[int], tuple[str, str]]
) -> None:
    """Stores records of these numbers; `home` gives the strategy's id and the namespace of each."""
    generator = np.random.default_rng(numbers.start)
    vectors = generator.standard_normal((len(numbers), 384), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for number, vector in zip(numbers, vectors, strict=True):
        text = statement(number)
        strategy_id, namespace = home(number)
        blob = vector.astype("<f4").tobytes()
        record = records.Record(
            record_id(), strategy_id, namespace, text, {}, now_ms(), text, "all-MiniLM-L6-v2", blob
        )
        records.insert(connection, memory_no, record)


def statement(number: int) -> str:
    """What event or record `number` says."""
    pick = random.Random(number)  # noqa: S311 - reproducible on purpose
    return " ".join(pick.choices(VOCABULARY, cum_weights=COMMONNESS, k=WORDS_SAID)) + f" {number}."


def _described(connection: Any) -> dict[str, Any]:
    (found,) = rows(connection, "SELECT memory_id FROM memories")
    record = row(connection, "SELECT record_id FROM records ORDER BY record_no DESC")
    (events_counted,) = rows(connection, "SELECT count(*) AS events FROM events")
    (records_counted,) = rows(connection, "SELECT count(*) AS records FROM records")
    return found | events_counted | records_counted | {"record_id": record["record_id"] if record else ""}
