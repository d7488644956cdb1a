"""The store by itself: transactions, durability, its lock, its file format."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest
from botocore.exceptions import BotoCoreError

from services.aws_local import migrations
from services.aws_local.store import (
    DATABASE_NAME,
    LOCK_NAME,
    DataDirectoryInUse,
    Store,
    StoreClosed,
    StoreError,
    row,
    rows,
)
from tests.aws_local.agentcore import START, everything, new_memory, until
from tests.conftest import ROOT, Endpoint


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data")
    yield opened
    opened.close()


def put(connection: apsw.Connection, token: str) -> str:
    connection.execute("INSERT INTO client_tokens VALUES ('o', 'p', ?, 0, '')", (token,))
    return token


def tokens(connection: apsw.Connection) -> list[str]:
    return [found["token"] for found in rows(connection, "SELECT token FROM client_tokens ORDER BY token")]


def test_many_writers_lose_nothing_and_read_what_they_wrote(store: Store) -> None:
    def write_and_read(place: int) -> bool:
        token = store.write(lambda connection: put(connection, f"{place:04d}"))
        return token in store.read(tokens)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(write_and_read, range(200)))
    assert len(store.read(tokens)) == 200


def test_a_failing_task_undoes_its_own_writes_only(store: Store) -> None:
    started = threading.Event()
    release = threading.Event()

    def block(connection: apsw.Connection) -> None:  # the others queue up behind it and share a commit
        started.set()
        release.wait(5)

    def fail(connection: apsw.Connection) -> None:
        put(connection, "lost")
        raise KeyError("mine")

    with ThreadPoolExecutor(4) as pool:
        pool.submit(store.write, block)
        assert started.wait(5)
        good = [
            pool.submit(store.write, lambda connection, token=token: put(connection, token)) for token in "ab"
        ]
        bad = pool.submit(store.write, fail)
        release.set()
        assert {each.result(5) for each in good} == {"a", "b"}
        with pytest.raises(KeyError, match="mine"):
            bad.result(5)
    assert store.read(tokens) == ["a", "b"]


def test_a_lost_transaction_is_repeated_task_by_task(store: Store) -> None:
    started, release = threading.Event(), threading.Event()

    def block(connection: apsw.Connection) -> None:
        started.set()
        release.wait(5)

    def lose_everything(connection: apsw.Connection) -> None:  # as SQLite does when the disk is full
        connection.execute("ROLLBACK")
        raise apsw.FullError("disk full")

    with ThreadPoolExecutor(3) as pool:
        pool.submit(store.write, block)
        assert started.wait(5)
        good = pool.submit(store.write, lambda connection: put(connection, "kept"))
        bad = pool.submit(store.write, lose_everything)
        release.set()
        assert good.result(5) == "kept"
        with pytest.raises(apsw.FullError):
            bad.result(5)
    assert store.read(tokens) == ["kept"]
    assert store.write(lambda connection: put(connection, "later")) == "later"


def test_a_read_sees_one_snapshot_and_cannot_write(store: Store) -> None:
    def two_looks(connection: apsw.Connection) -> tuple[list[str], list[str]]:
        before = tokens(connection)
        store.write(lambda writer: put(writer, "between"))
        return before, tokens(connection)

    assert store.read(two_looks) == ([], [])
    assert store.read(tokens) == ["between"]
    with pytest.raises(apsw.ReadOnlyError):
        store.read(lambda connection: put(connection, "x"))


def test_the_file_is_ours_alone_durable_and_wipes_what_is_deleted(store: Store, tmp_path: Path) -> None:
    assert (tmp_path / "data" / DATABASE_NAME).stat().st_mode & 0o077 == 0
    settings = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")

    def write_settings(connection: apsw.Connection) -> list[object]:
        found = [row(connection, f"PRAGMA {name}") for name in settings]
        return [next(iter(each.values())) for each in found if each]

    assert store.write(write_settings) == ["wal", 2, 1, 1]


def test_a_closed_store_refuses_and_leaves_one_file(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.write(lambda connection: put(connection, "a"))
    assert store.read(tokens) == ["a"]
    store.close()
    store.close()
    with pytest.raises(StoreClosed):
        store.write(tokens)
    assert {each.name for each in tmp_path.iterdir()} == {DATABASE_NAME, LOCK_NAME}


def test_a_second_store_names_the_holder(store: Store, tmp_path: Path) -> None:
    command = "import sys; from pathlib import Path; from services.aws_local.store import Store; "
    command += "Store.open(Path(sys.argv[1]))"
    other = subprocess.run(
        [sys.executable, "-c", command, str(tmp_path / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert other.returncode != 0
    assert f"in use by process {os.getpid()}" in other.stderr
    with pytest.raises(DataDirectoryInUse) as caught:
        Store.open(tmp_path / "data")
    assert caught.value.holder == os.getpid()


@pytest.mark.parametrize(
    ("application", "version", "message"),
    [(migrations.APPLICATION_ID, 10_000, "newer version"), (1, 1, "another program")],
)
def test_a_database_that_cannot_be_known_is_refused_unchanged(
    tmp_path: Path, application: int, version: int, message: str
) -> None:
    path = tmp_path / DATABASE_NAME
    connection = apsw.Connection(str(path))
    connection.pragma("application_id", application)
    connection.pragma("user_version", version)
    connection.close()
    with pytest.raises(StoreError, match=message):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match=message):  # and the directory is free again
        Store.open(tmp_path)


def test_migrations_end_at_the_current_version(store: Store) -> None:
    version = store.read(lambda connection: row(connection, "PRAGMA user_version"))
    assert version == {"user_version": len(migrations.MIGRATIONS)}


def test_a_database_of_the_first_version_keeps_its_branches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(connection: apsw.Connection) -> None:
        memory = "INSERT INTO memories VALUES (1, 'a', 'r', 'm', 'n', 0, 0, 'CREATING', 0, '{}', '{}', '{}')"
        connection.execute(memory)
        connection.execute("INSERT INTO actors VALUES (1, 1, 'alice')")
        connection.execute("INSERT INTO sessions VALUES (1, 1, 's', 0, 0)")
        connection.execute("INSERT INTO events VALUES (1, 7, '7#a', 0, 9, 'retry', 1, '{}', '[]')")
        connection.execute("INSERT INTO branches VALUES (1, 'inner', '7#a')")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:1])
        first = Store.open(tmp_path)
        first.write(fill)
        first.close()
    store = Store.open(tmp_path)
    found = store.read(lambda connection: rows(connection, "SELECT * FROM branches"))
    store.close()
    assert found == [{"session_no": 1, "name": "inner", "root_event_id": "7#a", "parent": "retry"}]


def test_no_erased_row_makes_its_references_be_searched_for(store: Store) -> None:
    """Each foreign key is the beginning of an index: otherwise every deletion reads the whole child table."""
    keys = """
    SELECT child.name AS child, keys."from" AS column
    FROM sqlite_schema AS child, pragma_foreign_key_list(child.name) AS keys WHERE child.type = 'table'
    """
    indexed = """
    SELECT child.name AS child, parts.name AS column
    FROM sqlite_schema AS child, pragma_index_list(child.name) AS indexes,
         pragma_index_info(indexes.name) AS parts
    WHERE child.type = 'table' AND parts.seqno = 0
    """
    wanted = store.read(lambda connection: rows(connection, keys))
    there = store.read(lambda connection: rows(connection, indexed))
    assert wanted
    assert [key for key in wanted if key not in there] == []


class _Writer:
    """A client that writes events until the endpoint dies, and remembers which were acknowledged."""

    def __init__(self, endpoint: Endpoint, memory_id: str, number: int) -> None:
        self.acknowledged: list[str] = []
        self._client = endpoint.client("bedrock-agentcore")
        self._event = {"memoryId": memory_id, "actorId": f"writer-{number}", "sessionId": "s"}
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            while True:
                made = self._client.create_event(**self._event, eventTimestamp=START, payload=[{"blob": 1}])
                self.acknowledged.append(made["event"]["eventId"])
        except BotoCoreError:  # the endpoint was killed
            self._client.close()


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    endpoint = Endpoint(tmp_path / "data", "--transition-seconds", "0")
    endpoint.start()
    memory_id = new_memory(endpoint.client("bedrock-agentcore-control"))
    acknowledged: dict[int, list[str]] = {number: [] for number in range(4)}
    for _ in range(3):
        writers = [_Writer(endpoint, memory_id, number) for number in acknowledged]
        until(lambda writers=writers: min(len(writer.acknowledged) for writer in writers) >= 15)
        endpoint.kill()
        for number, writer in enumerate(writers):
            writer.thread.join()
            acknowledged[number] += writer.acknowledged
        endpoint.start()
    data = endpoint.client("bedrock-agentcore")
    for number, expected in acknowledged.items():
        where = {"memoryId": memory_id, "actorId": f"writer-{number}", "sessionId": "s"}
        found = everything(data.list_events, "events", **where, maxResults=100)
        stored = [event["eventId"] for event in found]
        assert len(stored) == len(set(stored))
        assert set(expected) <= set(stored)
    endpoint.stop()
    check = apsw.Connection(str(tmp_path / "data" / DATABASE_NAME))
    assert check.pragma("integrity_check") == "ok"
    check.close()
