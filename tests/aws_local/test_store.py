"""The store by itself: transactions, durability, its lock, its file format."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import apsw
import pytest

from services.aws_local.clock import DAY_MS, now_ms
from services.aws_local.long_term import extraction_queue
from services.aws_local.memory import events, records
from services.aws_local.storage import client_tokens, migrations
from services.aws_local.storage.data_directory import LOCK_NAME
from services.aws_local.storage.store import DATABASE_NAME, Store, row, rows
from services.aws_local.storage.store_errors import DataDirectoryInUse, DiskFull, StoreClosed, StoreError
from services.aws_local.storage.transactions import Outcome
from tests.aws_local.in_process import two_memories
from tests.conftest import ROOT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "data")
    yield opened
    opened.close()


def put(connection: apsw.Connection, token: str) -> str:
    connection.execute("INSERT INTO client_tokens VALUES (0, 'o', ?, '')", (token,))
    return token


def tokens(connection: apsw.Connection) -> list[str]:
    return [found["key"] for found in rows(connection, "SELECT key FROM client_tokens ORDER BY key")]


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
        release.wait(60)

    def fail(connection: apsw.Connection) -> None:
        put(connection, "lost")
        raise KeyError("mine")

    with ThreadPoolExecutor(4) as pool:
        pool.submit(store.write, block)
        assert started.wait(60)
        good = [
            pool.submit(store.write, lambda connection, token=token: put(connection, token)) for token in "ab"
        ]
        bad = pool.submit(store.write, fail)
        release.set()
        assert {each.result(60) for each in good} == {"a", "b"}
        with pytest.raises(KeyError, match="mine"):
            bad.result(60)
    assert store.read(tokens) == ["a", "b"]


def test_tasks_that_come_together_are_stored_or_not_each_by_itself(store: Store) -> None:
    def fail(connection: apsw.Connection) -> None:
        put(connection, "lost")
        raise KeyError("mine")

    told: Future[list[Outcome]] = Future()
    tasks = [lambda connection: put(connection, "a"), fail, lambda connection: put(connection, "b")]
    assert store.submit(tasks, told.set_result) is None
    first, second, third = told.result(60)
    assert (first, third) == (("a", None), ("b", None))
    assert isinstance(second[1], KeyError)
    assert store.read(tokens) == ["a", "b"]


def test_a_lost_transaction_is_repeated_task_by_task(store: Store) -> None:
    started, release = threading.Event(), threading.Event()

    def block(connection: apsw.Connection) -> None:
        started.set()
        release.wait(60)

    def lose_everything(connection: apsw.Connection) -> None:  # as SQLite does when the disk is full
        connection.execute("ROLLBACK")
        raise apsw.FullError("disk full")

    with ThreadPoolExecutor(3) as pool:
        pool.submit(store.write, block)
        assert started.wait(60)
        good = pool.submit(store.write, lambda connection: put(connection, "kept"))
        bad = pool.submit(store.write, lose_everything)
        release.set()
        assert good.result(60) == "kept"
        with pytest.raises(DiskFull, match="The disk is full"):
            bad.result(60)
    assert store.read(tokens) == ["kept"]
    assert store.write(lambda connection: put(connection, "later")) == "later"


def test_writers_of_every_kind_come_to_their_turn(store: Store) -> None:
    """Groups that are begun in the calling thread, single writes, and the folding of the log."""

    def write_groups(place: int) -> list[Outcome]:
        done: list[Outcome] = []
        for group in range(20):
            told: Future[list[Outcome]] = Future()
            tasks = [partial(put, token=f"{place}-{group}-{each}") for each in range(3)]
            assert store.submit(tasks, told.set_result) is None
            done += told.result(60)
        return done

    def write_one_by_one(place: int) -> list[Outcome]:
        return [(store.write(partial(put, token=f"{place}-{each}")), None) for each in range(60)]

    def fold(place: int) -> list[Outcome]:
        for _ in range(10):
            store.fold_log()
        return []

    with ThreadPoolExecutor(6) as pool:
        kinds = [write_groups, write_one_by_one, fold] * 2
        outcomes = [pool.submit(kind, place) for place, kind in enumerate(kinds)]
        written = [outcome for each in outcomes for outcome in each.result(60)]
    assert [failure for _, failure in written if failure] == []
    assert sorted(token for token, _ in written) == store.read(tokens)
    assert len(written) == 240


def test_closing_waits_for_a_transaction_that_was_begun(tmp_path: Path) -> None:
    for number in range(10):
        store = Store.open(tmp_path / str(number))
        told: Future[list[Outcome]] = Future()
        store.submit(
            [lambda connection: put(connection, "a"), lambda connection: put(connection, "b")],
            told.set_result,
        )
        store.close()
        assert told.result(0) == [("a", None), ("b", None)]


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
    command = "import sys; from pathlib import Path; from services.aws_local.storage.store import Store; "
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


def test_a_task_that_ends_its_thread_ends_only_its_caller(store: Store) -> None:
    def leave(connection: apsw.Connection) -> None:
        put(connection, "lost")
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        store.write(leave)
    assert store.write(lambda connection: put(connection, "kept")) == "kept"
    assert store.read(tokens) == ["kept"]


def test_a_cursor_that_was_left_open_holds_nobody_in_the_past(store: Store) -> None:
    for token in "abc":
        store.write(lambda connection, token=token: put(connection, token))
    sql = "SELECT key FROM client_tokens"
    half_read = store.read(lambda connection: connection.execute(sql))
    store.write(lambda connection: put(connection, "d"))
    assert store.read(tokens) == ["a", "b", "c", "d"]
    with pytest.raises(apsw.Error):
        half_read.fetchall()


def test_reads_of_many_threads_leave_no_connection_behind(store: Store, tmp_path: Path) -> None:
    def open_files() -> int:
        names = [each.readlink() for each in Path("/proc/self/fd").iterdir() if each.exists()]
        return sum(name == tmp_path / "data" / DATABASE_NAME for name in names)

    store.read(tokens)
    before = open_files()
    for _ in range(20):
        reader = threading.Thread(target=store.read, args=(tokens,))
        reader.start()
        reader.join()
    assert open_files() == before


def test_closing_waits_for_reads_and_refuses_later_ones(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.write(lambda connection: put(connection, "a"))
    reading, go_on = threading.Event(), threading.Event()

    def slow(connection: apsw.Connection) -> list[str]:
        reading.set()
        go_on.wait(30)
        return tokens(connection)

    with ThreadPoolExecutor(3) as pool:
        read = pool.submit(store.read, slow)
        assert reading.wait(30)
        closers = [pool.submit(store.close) for _ in range(2)]
        go_on.set()
        assert read.result(30) == ["a"]
        for closer in closers:
            closer.result(30)
    with pytest.raises(StoreClosed):
        store.read(tokens)
    assert {each.name for each in tmp_path.iterdir()} == {DATABASE_NAME, LOCK_NAME}


@pytest.mark.parametrize(
    ("application", "version", "message"),
    [
        (migrations.APPLICATION_ID, 10_000, "newer version"),
        (1, 1, "another program"),
        (0, 0, "another program"),
    ],
)
def test_a_database_that_cannot_be_known_is_refused_unchanged(
    tmp_path: Path, application: int, version: int, message: str
) -> None:
    path = tmp_path / DATABASE_NAME
    connection = apsw.Connection(str(path))
    connection.pragma("application_id", application)
    connection.pragma("user_version", version)
    connection.execute("CREATE TABLE theirs (kept TEXT)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match=message):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match=message):  # and the directory is free again
        Store.open(tmp_path)
    assert path.read_bytes() == content
    assert {each.name for each in tmp_path.iterdir()} == {DATABASE_NAME, LOCK_NAME}


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_text("not a database, and long enough to be looked at: " * 100)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path)


def test_migrations_end_at_the_current_version(store: Store) -> None:
    version = store.read(lambda connection: row(connection, "PRAGMA user_version"))
    assert version == {"user_version": len(migrations.MIGRATIONS)}


def migrated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, version: int, fill: Callable[[apsw.Connection], None]
) -> Store:
    """A store that was filled by a program of an older format version, opened by this one."""
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:version])
        older = Store.open(folder)
        older.write(fill)
        older.close()
    return Store.open(folder)


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

    store = migrated(tmp_path, monkeypatch, 1, fill)
    found = store.read(lambda connection: rows(connection, "SELECT * FROM branches"))
    store.close()
    assert found == [{"session_no": 1, "name": "inner", "root_event_id": "7#a", "parent": "retry"}]


def test_records_of_an_older_version_are_listed_below_every_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(connection: apsw.Connection) -> None:
        memory = "INSERT INTO memories VALUES (1, 'a', 'r', 'm', 'n', 0, 0, 'CREATING', 0, '{}', '{}', '{}')"
        connection.execute(memory)
        for number, namespace in enumerate(("/a/b/", "/a", "/ab/", ""), start=1):
            record = (number, f"mem-{number}", namespace)
            sql = (
                "INSERT INTO records VALUES (?, 1, ?, 's', ?, '', '{}', 0, 7, 7, NULL, NULL, '', NULL, NULL)"
            )
            connection.execute(sql, record)

    store = migrated(tmp_path, monkeypatch, 3, fill)

    def numbers(path: str) -> list[int]:
        where = [records.in_memory(1), records.below(path)]
        found = store.read(
            lambda db: records.newest_first(db, where, lambda _: True, None, limit=9, path=path)
        )
        return [each["record_no"] for each in found]

    listed = {path: numbers(path) for path in ("/", "/a", "/a/", "/a/b", "/ab", "/b")}
    store.close()
    assert listed == {"/": [4, 3, 2, 1], "/a": [2, 1], "/a/": [2, 1], "/a/b": [1], "/ab": [3], "/b": []}


def test_client_tokens_of_an_older_version_still_answer_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = now_ms()

    def fill(connection: apsw.Connection) -> None:
        given = [("p", f"{days} days", now - days * DAY_MS, f'"answer {days}"') for days in range(3)]
        insert = "INSERT INTO client_tokens VALUES (?, ?, ?, ?, ?)"
        connection.executemany(insert, [("o", *each) for each in given])
        event = '{"actorId": "alice", "sessionId": "%s", "eventId": "7#a"}'
        two_memories(connection)
        connection.execute("INSERT INTO actors VALUES (1, 1, 'alice'), (2, 2, 'alice')")
        connection.execute("INSERT INTO sessions VALUES (8, 1, 's', 0, 0), (9, 2, 's', 0, 0)")
        for owner, session in (("memory:2", "s"), ("memory:1", "gone")):
            connection.execute(insert, (owner, "CreateEvent", "t", now, event % session))

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", migrations.MIGRATIONS[:7])
        older = Store.open(tmp_path)
        older.write(fill)
        older.close()
    monkeypatch.setattr(client_tokens, "now_ms", lambda: now)  # midnight may pass meanwhile
    store = Store.open(tmp_path)

    found = store.read(lambda db: [client_tokens.answer(db, "o", "p", f"{n} days") for n in range(3)])
    assert found == ["answer 0", "answer 1", None]
    for owner, made in (("memory:2", [9, "7#a", "s"]), ("memory:1", [0, "7#a", "gone"])):
        assert (
            store.read(partial(client_tokens.answer, owner=owner, operation="CreateEvent", token="t")) == made
        )
    assert store.write(lambda db: client_tokens.forget_old(db, 10)) == 1
    assert [store.write(lambda db: client_tokens.forget_owner(db, "o", 1)) for _ in range(3)] == [1, 1, 0]
    store.close()


def test_events_of_an_older_version_still_expire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    living = now_ms() + DAY_MS

    def fill(connection: apsw.Connection) -> None:
        two_memories(connection)
        connection.execute("INSERT INTO actors VALUES (1, 1, 'alice')")
        for session, expires_ms in ((1, 9), (1, living), (2, 9)):
            connection.execute("INSERT OR IGNORE INTO sessions VALUES (?, 1, ?, 0, 0)", (session, session))
            event = (session, f"7#{expires_ms}", expires_ms)
            connection.execute("INSERT INTO events VALUES (?, 7, ?, 0, ?, 'main', 1, '{}', '[]')", event)

    store = migrated(tmp_path, monkeypatch, 9, fill)
    assert [store.write(lambda db: events.purge(db, 1)) for _ in range(3)] == [True, True, False]
    left = store.read(lambda db: rows(db, "SELECT session_no, expires_ms FROM events"))
    store.close()
    assert left == [{"session_no": 1, "expires_ms": living}]


def test_what_waited_for_extraction_in_an_older_version_still_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, failed = "0000000000000000007#a", "0000000000000000008#b", "0000000000000000009#c"

    def fill(connection: apsw.Connection) -> None:
        memory = "INSERT INTO memories VALUES (1, 'a', 'r', 'm', 'n', 0, 0, 'CREATING', 0, '{}', '{}', '{}')"
        connection.execute(memory)
        for number, template in ((1, "/{actorId}/{memoryStrategyId}/"), (2, "/{topic}/")):
            strategy = "INSERT INTO strategies VALUES (?, 1, ?, '', 'T', 'T', ?, 0, 0, 0, NULL, '{}')"
            connection.execute(strategy, (number, f"strategy-{number}", template))
        connection.execute("INSERT INTO actors VALUES (1, 1, 'alice')")
        connection.execute("INSERT INTO sessions VALUES (5, 1, 's', 0, 0)")
        connection.execute("INSERT INTO extraction_jobs VALUES (1, 'job', 1, 5, 0, 'why', '[]')")
        waiting = "INSERT INTO extraction_queue VALUES (NULL, ?, 5, ?, '{}', ?, ?, ?, ?, ?, ?)"
        said = "/alice/strategy-1/"  # as the template says it now too
        connection.execute(waiting, (1, said, second, 8, 70, 2, 0, None))
        connection.execute(waiting, (1, said, first, 7, 71, 0, 0, None))
        connection.execute(waiting, (2, "/tea/", first, 7, 60, 0, 99, None))
        connection.execute(waiting, (1, said, failed, 9, 50, 3, 0, "job"))

    store = migrated(tmp_path, monkeypatch, 8, fill)

    def waiting(connection: apsw.Connection) -> list[list[tuple[str, int, int, int]]]:
        kept = ("event_id", "arrived_ms", "attempts", "not_before_ms")
        groups = extraction_queue.due(connection, 0, 9)
        queued = [extraction_queue.queued(connection, group) for group in groups]
        return [[tuple(each[name] for name in kept) for each in group] for group in queued]

    due = store.read(lambda connection: extraction_queue.due(connection, 0, 9))
    assert [(group.strategy_no, group.namespace) for group in due] == [(2, "/tea/"), (1, None)]
    others = [(first, 60, 0, 99)]  # of the second strategy, and the longest waiting
    assert store.read(waiting) == [others, [(first, 71, 0, 0), (second, 70, 2, 0)]]
    assert store.write(lambda connection: extraction_queue.restart(connection, 1, "job"))
    again = [(first, 71, 0, 0), (second, 70, 2, 0), (failed, 50, 0, 0)]
    assert store.read(waiting) == [again, others]
    store.close()


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


def test_who_is_in_a_transaction_can_hand_over_a_write_but_not_wait_for_it(store: Store) -> None:
    """As a stream does that its client left, when garbage collection ends it in the middle of a write."""
    ended = threading.Event()

    def write(connection: apsw.Connection) -> None:
        put(connection, "outer")
        store.submit([lambda db: put(db, "inner")], lambda _: ended.set())

    store.write(write)
    assert ended.wait(60)
    assert store.read(tokens) == ["inner", "outer"]
