"""The workspace: durable, upgraded when opened, shared by threads and processes, not bound to SQLite."""

from __future__ import annotations

import json
import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.errors import CopyNotFound, InvalidWorkspace
from services.workspace import audit, copies, tables
from services.workspace.migrations import MIGRATIONS
from services.workspace.store import Workspace, open_workspace


def test_the_file_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_DATA", str(tmp_path / "a" / "b"))
    open_workspace().close()
    assert (tmp_path / "a" / "b" / "workspace.db").exists()
    monkeypatch.setenv("AGENTCORE_STUDIO_DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
    open_workspace().close()
    assert (tmp_path / "other.db").exists()


def test_sqlite_is_durable_and_forgets_what_is_deleted() -> None:
    workspace = open_workspace()
    with workspace.transaction() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    workspace.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_the_tables_that_queries_use_are_those_that_migrations_make(workspace: Workspace) -> None:
    inspector = sa.inspect(workspace.engine)
    for table in tables.metadata.sorted_tables:
        made = {column["name"]: str(column["type"]) for column in inspector.get_columns(table.name)}
        assert made == {
            column.name: column.type.compile(workspace.engine.dialect) for column in table.columns
        }


def test_data_survives_opening_again(workspace: Workspace) -> None:
    copy_id = copies.save(workspace, "event", "M/a/s/1#a", {"a": 1})
    workspace.close()
    again = open_workspace()
    assert copies.document(again, copy_id) == {"a": 1}
    again.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    open_workspace(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as raw:
        raw.execute("INSERT INTO schema_versions VALUES (?)", (len(MIGRATIONS) + 1,))
    raw.close()
    with pytest.raises(InvalidWorkspace, match="newer version"):
        open_workspace(f"sqlite:///{path}")


def test_a_failed_transaction_leaves_nothing(workspace: Workspace) -> None:
    with pytest.raises(ZeroDivisionError), workspace.transaction() as connection:
        connection.execute(
            tables.copies.insert().values(copy_id="c", at="now", kind="event", resource="r", complete=True)
        )
        raise ZeroDivisionError
    with pytest.raises(CopyNotFound):
        copies.get(workspace, "c")


def test_many_writers_wait_for_each_other(workspace: Workspace) -> None:
    other = open_workspace()
    failures: list[Exception] = []

    def write(shared: Workspace, who: str) -> None:
        try:
            for number in range(25):
                audit.append(shared, who, "Act", str(number), before=None, after=None, result="ok")
        except Exception as error:
            failures.append(error)

    threads = [
        threading.Thread(target=write, args=(shared, f"{index}"))
        for index, shared in enumerate([workspace, other, workspace, other])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert failures == []
    assert len(audit.list_audit(workspace, limit=1000)) == 100


def test_the_audit_trail_tells_the_newest_first(workspace: Workspace) -> None:
    before = {"at": datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2))), "nul": "\0 \ud800"}
    first = audit.append(workspace, "ann", "DeleteEvent", "M/e", before=before, after=None, result="started")
    second = audit.append(workspace, "ann", "DeleteEvent", "M/e", before=None, after=[1], result="succeeded")
    newest, oldest = audit.list_audit(workspace)
    assert (newest.audit_id, oldest.audit_id) == (second, first)
    assert oldest.before == {"at": "2026-03-01T10:00:00+00:00", "nul": "\0 \ud800"}
    assert (newest.before, newest.after, newest.result) == (None, [1], "succeeded")
    assert timedelta() <= datetime.now(UTC) - newest.at < timedelta(minutes=1)
    assert len(audit.list_audit(workspace, limit=1)) == 1


def test_copies_of_many_parts(workspace: Workspace) -> None:
    copy_id = copies.start(workspace, "memory", "M")
    for number in range(3):
        copies.append(workspace, copy_id, number, {"number": number})
    assert not copies.get(workspace, copy_id).complete
    copies.finish(workspace, copy_id)
    assert copies.get(workspace, copy_id).complete
    assert [part["number"] for part in copies.iter_parts(workspace, copy_id)] == [0, 1, 2]
    copies.discard(workspace, copy_id)
    with pytest.raises(CopyNotFound):
        copies.get(workspace, copy_id)
    assert list(copies.iter_parts(workspace, copy_id)) == []


def test_a_whole_copy_is_one_document(workspace: Workspace) -> None:
    copy_id = copies.start(workspace, "memory", "M")
    parts = [{"memory": {"id": "M"}}, {"events": [1, 2]}, {"events": [3]}, {"records": ["\ud800"]}]
    for number, part in enumerate(parts):
        copies.append(workspace, copy_id, number, part)
    whole = copies.whole_json(workspace, copy_id)
    assert json.loads(whole) == {"memory": {"id": "M"}, "events": [1, 2, 3], "records": ["\ud800"]}
    whole.encode()
    with pytest.raises(CopyNotFound):
        copies.whole_json(workspace, "nothing")


def test_what_people_said_does_not_get_into_the_databases_errors(workspace: Workspace) -> None:
    copy_id = copies.save(workspace, "event", "M/a/s/1#a", {})
    with pytest.raises(sa.exc.IntegrityError) as caught:
        copies.append(workspace, copy_id, 0, {"text": "my diagnosis"})
    assert "my diagnosis" not in str(caught.value)


def test_copies_are_listed_by_kind_and_remember_their_use(workspace: Workspace) -> None:
    event = copies.save(workspace, "event", "M/a/s/1#a", None)
    memory = copies.save(workspace, "memory", "M", {})
    assert [copy.copy_id for copy in copies.list_copies(workspace)] == [memory, event]
    assert [copy.copy_id for copy in copies.list_copies(workspace, kind="event")] == [event]
    copies.mark_restored(workspace, event, "2#b")
    used = copies.get(workspace, event)
    assert used.restored_as == "2#b"
    assert used.restored_at is not None


def test_a_copy_that_does_not_exist(workspace: Workspace) -> None:
    for act in (copies.get, copies.document, copies.finish):
        with pytest.raises(CopyNotFound):
            act(workspace, "nothing")
