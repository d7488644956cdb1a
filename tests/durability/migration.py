"""Killed while the schema is brought up to date: the old one or the new one, never in between."""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from services.aws_local.clock import DAY_MS
from services.aws_local.storage import migrations
from services.aws_local.storage.store import DATABASE_NAME, Store
from tests.durability.served import forked
from tests.durability.verdict import examine
from tests.durability.virtual_disk import VirtualDisk

_FIRST = 1  # the version that is migrated from
_CONTENT = (
    "SELECT memory_id, name FROM memories",
    "SELECT session_id FROM sessions ORDER BY 1",
    "SELECT event_id, branch, payload FROM events ORDER BY 1, 2",
    "SELECT session_no, name, root_event_id FROM branches ORDER BY 1, 2",
    "SELECT content, sources FROM decisions ORDER BY decision_no",
    "SELECT owner, answer FROM client_tokens ORDER BY 1, 2",
    "SELECT session_no, event_id, strategy_no, arrived_ms FROM extraction_queue ORDER BY 1, 2",
)


@dataclass
class MigrationOutcome:
    """Where the kills left the database, once for a killed process and once for a power failure each:
    version -> how often.
    """

    kills: int = 0
    versions: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def killed_migrations(folder: Path, kills: int) -> MigrationOutcome:
    """Kill a migration before its first, …, last change, at `kills` places evenly spread."""
    outcome = MigrationOutcome()
    old = folder / "old"
    _old_store(old)
    content = _content(old)
    schemas = _schemas(folder / "schemas")
    changes = _migrate(old, folder / "calm", 0)
    for number in range(kills):
        place = folder / f"kill-{number}"
        _migrate(old, place, 1 + changes * number // kills)
        outcome.kills += 1
        for left in (place / "data", place / "disk"):
            outcome.wrong += [f"{left}: {line}" for line in examine(left)]
            version, schema = _schema(left)
            outcome.versions[version] = outcome.versions.get(version, 0) + 1
            if schema != schemas[version]:
                outcome.wrong.append(f"{left}: the schema is not that of version {version}")
            Store.open(left).close()
            if _schema(left) != (len(migrations.MIGRATIONS), schemas[len(migrations.MIGRATIONS)]):
                outcome.wrong.append(f"{left}: opened again, the schema is not the newest")
            if _content(left) != content:
                outcome.wrong.append(f"{left}: content is missing")
        shutil.rmtree(place)
    return outcome


def _migrate(old: Path, place: Path, stop_before: int) -> int:
    """Open a copy of the old store on a virtual disk; killed before its n-th change, if that is not 0. How
    many changes there were.
    """
    for name in ("data", "disk"):
        shutil.copytree(old, place / name)
    process = forked(_open, place / "data", place / "disk", stop_before, place / "changes")
    process.join()
    assert process.exitcode == (-signal.SIGKILL if stop_before else 0), process.exitcode
    return 0 if stop_before else int((place / "changes").read_text())


def _open(live: Path, disk: Path, stop_before: int, changes: Path) -> None:
    virtual = VirtualDisk(live, disk, stop_before=stop_before)
    Store.open(live).close()
    changes.write_text(str(virtual.changes))


@contextlib.contextmanager
def _program_of(version: int) -> Iterator[None]:
    """The migrations as the program of that version had them."""
    all_of_them = migrations.MIGRATIONS
    migrations.MIGRATIONS = all_of_them[:version]
    try:
        yield
    finally:
        migrations.MIGRATIONS = all_of_them


def _old_store(data_dir: Path) -> None:
    """A store of the first version with some content."""
    with _program_of(_FIRST):
        store = Store.open(data_dir)
        store.write(_fill)
        store.close()


def _fill(connection: apsw.Connection) -> None:
    memory = "INSERT INTO memories VALUES (1, 'a', 'r', 'm', 'n', 0, 0, 'CREATING', 0, '{}', '{}', '{}')"
    connection.execute(memory)
    connection.execute(
        "INSERT INTO strategies VALUES (1, 1, 'facts', '', 'T', 'T', '/', 0, 0, 0, NULL, '{}')"
    )
    connection.execute("INSERT INTO actors VALUES (1, 1, 'alice')")
    for session in range(1, 301):
        connection.execute("INSERT INTO sessions VALUES (?, 1, ?, 0, 0)", (session, f"s{session}"))
        root = f"{session}#a"
        connection.execute("INSERT INTO branches VALUES (?, 'retry', ?)", (session, root))
        for branch in ("main", "retry"):
            event = (session, session, root if branch == "main" else f"{session}#b", branch, "x" * 200)
            sql = "INSERT INTO events VALUES (?, ?, ?, 0, 9, ?, 1, '{}', ?)"
            connection.execute(sql, event)
        sql = """
        INSERT INTO decisions (memory_no, session_no, strategy_id, record_id, decided_ms, operation, reason,
                               extractor, rule, content, sources, neighbours)
        VALUES (1, ?, 'facts', ?, 0, 'AddMemory', '', '', '', ?, '[]', '[]')
        """
        connection.execute(sql, (session, f"mem-{session}", f"content {session}"))
        waiting = "INSERT INTO extraction_queue VALUES (NULL, 1, ?, '/', '{}', ?, ?, ?, 0, 0, NULL)"
        connection.execute(waiting, (session, root, session, session))
        token = (f"token {session}", session * DAY_MS // 100, f'"answer {session}"')
        connection.execute("INSERT INTO client_tokens VALUES ('o', 'p', ?, ?, ?)", token)


def _schemas(folder: Path) -> dict[int, set[tuple[Any, ...]]]:
    """Version -> schema, each reached without a kill."""
    found = {}
    for version in range(_FIRST, len(migrations.MIGRATIONS) + 1):
        _old_store(folder / str(version))
        with _program_of(version):
            Store.open(folder / str(version)).close()
        found[version] = _schema(folder / str(version))[1]
    return found


def _schema(data_dir: Path) -> tuple[int, set[tuple[Any, ...]]]:
    with _opened(data_dir) as connection:
        schema = set(connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema"))
        return connection.pragma("user_version"), schema


def _content(data_dir: Path) -> list[list[tuple[Any, ...]]]:
    with _opened(data_dir) as connection:
        return [list(connection.execute(sql)) for sql in _CONTENT]


@contextlib.contextmanager
def _opened(data_dir: Path) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(data_dir / DATABASE_NAME))
    try:
        yield connection
    finally:
        connection.close()
