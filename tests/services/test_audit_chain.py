"""The audit trail's chain and anchor: what was done to them is found, whatever it was, in both databases."""

# ruff: noqa: S608 - the statements are an attacker's, and nobody gives them anything

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.errors import InvalidWorkspace, WorkspaceUnavailable
from services.workspace import audit, audit_anchor, audit_check
from services.workspace.audit_key import key_file
from services.workspace.audit_verification import Kind, verify
from services.workspace.store import Workspace, open_workspace
from services.workspace.tables import audit_chain as chains
from tests.conftest import ROOT
from tests.postgresql import PostgreSQL

ROWS = 8


@pytest.fixture
def written(workspace: Workspace) -> Workspace:
    """A trail of eight rows, each with documents."""
    for number in range(1, ROWS + 1):
        append(workspace, number)
    return workspace


def append(workspace: Workspace, number: int) -> int:
    before, after = {"text": f"before {number}"}, {"text": f"after {number}"}
    return audit.append(
        workspace, "ann", "DeleteEvent", f"M/{number}", before=before, after=after, result="succeeded"
    )


def execute(workspace: Workspace, *statements: str) -> None:
    """What somebody with access to the database does to it."""
    with workspace.engine.begin() as connection:
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount > 0, statement


def anchor_path(workspace: Workspace) -> Path:
    with workspace.transaction() as connection:
        return audit_anchor.anchor_file(
            workspace.directory, str(connection.execute(sa.select(chains.c.chain_id)).scalar_one())
        )


def edited(column: str, value: str) -> Callable[[Workspace], None]:
    return lambda workspace: execute(workspace, f"UPDATE audit SET {column} = '{value}' WHERE audit_id = 3")


def deleted(workspace: Workspace) -> None:
    execute(
        workspace,
        "DELETE FROM audit_documents WHERE audit_id = 4",
        "DELETE FROM audit WHERE audit_id = 4",
    )


def deleted_and_renumbered(workspace: Workspace) -> None:
    """The rows behind the gap move up, with their documents."""
    execute(workspace, "DELETE FROM audit_documents", "DELETE FROM audit WHERE audit_id = 4")
    execute(
        workspace, *(f"UPDATE audit SET audit_id = {n - 1} WHERE audit_id = {n}" for n in range(5, ROWS + 1))
    )


def inserted(workspace: Workspace) -> None:
    execute(
        workspace,
        "INSERT INTO audit (audit_id, at, who, act, action, connection, result, anchor, parts, seal) "
        f"SELECT {ROWS + 1}, at, 'eve', act, action, connection, result, anchor, '{{}}', seal "
        "FROM audit WHERE audit_id = 8",
    )


def inserted_far_away(workspace: Workspace) -> None:
    execute(
        workspace,
        "INSERT INTO audit (audit_id, at, who, act, action, connection, result, anchor, parts, seal) "
        "SELECT -1, at, 'eve', act, action, connection, result, anchor, '{}', seal "
        "FROM audit WHERE audit_id = 8",
    )


def swapped(workspace: Workspace) -> None:
    """Two rows change places whole, with their seals."""
    execute(
        workspace,
        "DELETE FROM audit_documents",
        "UPDATE audit SET audit_id = 100 WHERE audit_id = 2",
        "UPDATE audit SET audit_id = 2 WHERE audit_id = 5",
        "UPDATE audit SET audit_id = 5 WHERE audit_id = 100",
    )


def cut(workspace: Workspace) -> None:
    """The last rows are gone: the chain alone does not show it."""
    execute(
        workspace, "DELETE FROM audit_documents WHERE audit_id > 6", "DELETE FROM audit WHERE audit_id > 6"
    )


def last_cut(workspace: Workspace) -> None:
    execute(
        workspace, "DELETE FROM audit_documents WHERE audit_id = 8", "DELETE FROM audit WHERE audit_id = 8"
    )


def emptied(workspace: Workspace) -> None:
    execute(workspace, "DELETE FROM audit_documents", "DELETE FROM audit")


def cut_and_gone_on(workspace: Workspace) -> None:
    """The dashboard itself writes behind the cut."""
    cut(workspace)
    append(workspace, 7)


def document_changed(workspace: Workspace) -> None:
    execute(workspace, "UPDATE audit_documents SET document = '{}' WHERE audit_id = 3 AND part = 'before'")


def document_removed(workspace: Workspace) -> None:
    execute(workspace, "DELETE FROM audit_documents WHERE audit_id = 3 AND part = 'before'")


def document_moved(workspace: Workspace) -> None:
    execute(
        workspace,
        "DELETE FROM audit_documents WHERE audit_id = 3 AND part = 'before'",
        "UPDATE audit_documents SET audit_id = 3 WHERE audit_id = 4 AND part = 'before'",
    )


def document_added(workspace: Workspace) -> None:
    execute(
        workspace,
        "INSERT INTO audit_documents (audit_id, part, salt, document) VALUES (3, 'detail', 'x', '\"y\"')",
    )


def chain_replaced(workspace: Workspace) -> None:
    execute(workspace, "UPDATE audit_chain SET chain_id = 'another'")


def anchor_removed(workspace: Workspace) -> None:
    anchor_path(workspace).unlink()


def anchor_forged(workspace: Workspace) -> None:
    path = anchor_path(workspace)
    path.write_bytes(path.read_bytes().replace(b"count", b"cOunt"))


def anchor_put_back(workspace: Workspace) -> None:
    path = anchor_path(workspace)
    earlier = path.read_bytes()
    append(workspace, ROWS + 1)
    append(workspace, ROWS + 2)
    path.write_bytes(earlier)


def anchor_removed_and_gone_on(workspace: Workspace) -> None:
    anchor_removed(workspace)
    append(workspace, ROWS + 1)


MUTATIONS: list[tuple[Callable[[Workspace], None], Kind]] = [
    (edited("who", "eve"), "row"),
    (edited("at", "2020-01-01T00:00:00.000000+00:00"), "row"),
    (edited("action", "GetEvent"), "row"),
    (edited("result", "failed (denied)"), "row"),
    (edited("connection", "elsewhere"), "row"),
    (edited("parts", "{}"), "row"),
    (edited("seal", "0" * 64), "row"),
    (deleted, "missing"),
    (deleted_and_renumbered, "row"),
    (inserted, "row"),
    (inserted_far_away, "row"),
    (swapped, "row"),
    (cut, "end"),
    (last_cut, "end"),
    (emptied, "end"),
    (cut_and_gone_on, "contradiction"),
    (document_changed, "document"),
    (document_removed, "document"),
    (document_moved, "document"),
    (document_added, "document"),
    (chain_replaced, "key"),
    (anchor_removed, "anchor"),
    (anchor_forged, "anchor"),
    (anchor_put_back, "end"),
    (anchor_removed_and_gone_on, "contradiction"),
]
NAMES = [
    f"{each.__name__}-{number}".replace("<lambda>", "edited") for number, (each, _) in enumerate(MUTATIONS)
]


def test_an_untouched_trail_is_intact(written: Workspace) -> None:
    found = verify(written)
    assert (found.findings, found.rows, found.documents, found.erased) == ((), ROWS, 3 * ROWS, 0)
    assert verify(written, found.end).intact


@pytest.mark.parametrize(("mutate", "kind"), MUTATIONS, ids=NAMES)
def test_whatever_is_done_to_it_is_found(
    written: Workspace, mutate: Callable[[Workspace], None], kind: Kind
) -> None:
    mutate(written)
    found = verify(written)
    if written.engine.dialect.name == "postgresql" and mutate in (anchor_removed, anchor_removed_and_gone_on):
        # Another computer that shares the database has no anchor either.
        assert any("anchor" in note for note in found.notes)
        return
    assert kind in {finding.kind for finding in found.findings}


def test_another_key_is_found_and_nothing_is_written_with_it(
    written: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file(written.directory).write_text("b" * 64)
    replaced = open_workspace()
    assert [finding.kind for finding in verify(replaced).findings] == ["key", "anchor"]
    with pytest.raises(InvalidWorkspace, match="another key"):
        append(replaced, 9)
    assert verify(written).rows == ROWS
    replaced.close()
    monkeypatch.setenv("AGENTCORE_STUDIO_AUDIT_KEY", "too short")
    with pytest.raises(InvalidWorkspace, match="32 characters"):
        open_workspace()


def test_the_key_may_be_in_the_environment_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_DATA", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("AGENTCORE_STUDIO_AUDIT_KEY", "k" * 40)
    opened = open_workspace()
    append(opened, 1)
    assert verify(opened).intact
    assert not key_file(opened.directory).exists()
    opened.close()


def test_the_key_is_its_owners_alone(written: Workspace) -> None:
    path = key_file(written.directory)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(anchor_path(written).stat().st_mode) == 0o600
    path.chmod(0o644)
    assert any("key file" in note for note in verify(written).notes)


def test_everything_put_back_at_once_is_found_by_an_anchor_that_was_kept_elsewhere(
    written: Workspace,
) -> None:
    path = anchor_path(written)
    earlier = path.read_bytes()
    append(written, 9)
    kept = verify(written).end
    path.write_bytes(earlier)
    execute(written, "DELETE FROM audit_documents WHERE audit_id = 9", "DELETE FROM audit WHERE audit_id = 9")
    assert verify(written).intact  # this is what cannot be found without it
    assert [finding.kind for finding in verify(written, kept).findings] == ["end"]
    append(written, 10)
    assert [finding.kind for finding in verify(written, kept).findings] == ["row"]


def test_erasing_texts_leaves_rows_and_chain_valid(written: Workspace) -> None:
    assert audit.erase_documents(written, lambda text: "before 3" in str(text) or text == "M/3") == 2
    row = audit.list_audit(written)[-3]
    assert (row.audit_id, row.resource, row.before, row.after) == (3, "", None, {"text": "after 3"})
    assert row.erased == ("resource", "before")
    found = verify(written)
    assert (found.findings, found.erased) == ((), 2)
    with written.transaction() as connection:
        left = [row.document for row in connection.exec_driver_sql("SELECT document FROM audit_documents")]
    assert not any("before 3" in text or "M/3" in text for text in left)
    assert audit.erase_documents(written, lambda text: "before 3" in str(text)) == 0
    assert audit.list_audit(written)[0].action == audit.ERASED


def test_only_texts_of_the_connection_and_the_resources_asked_for_are_erased(written: Workspace) -> None:
    everything = {"matches": lambda text: True}
    assert audit.erase_documents(written, **everything, connection_key="another") == 0
    assert audit.erase_documents(written, **everything, about=lambda resource: resource == "M/3") == 3
    assert [row.audit_id for row in audit.list_audit(written) if row.erased] == [3]
    assert verify(written).findings == ()


def test_a_row_that_is_not_committed_leaves_everything_in_step(written: Workspace) -> None:
    """The anchor is written first: a crash between it and the commit, also one that tears its last write."""
    for tear in (False, True):
        with pytest.raises(ZeroDivisionError), written.transaction() as connection:
            audit.add(written, connection, [audit.NewRow("ann", "DeleteEvent", "started")])
            raise ZeroDivisionError
        if tear:
            path = anchor_path(written)
            content = path.read_bytes()
            half = len(content) // 2
            newest = max(
                (0, half), key=lambda at: json.loads(json.loads(content[at : at + half])["anchor"])["turn"]
            )
            path.write_bytes(content[:newest] + b"\0" * half + content[newest + half :])
        assert verify(written).intact
    append(written, 9)
    assert verify(written).intact


def test_without_an_anchor_on_disk_nothing_is_added(written: Workspace) -> None:
    path = anchor_path(written)
    path.unlink()
    path.mkdir()
    with pytest.raises(WorkspaceUnavailable, match="anchor"):
        append(written, 9)
    assert len(audit.list_audit(written)) == ROWS


_WRITER = """
import sys
from services.workspace import audit
from services.workspace.store import open_workspace
workspace = open_workspace()
for number in range(20):
    document = {"n": number}
    audit.append(workspace, sys.argv[1], "Act", str(number), before=document, after=None, result="x")
workspace.close()
"""


def test_processes_that_write_at_once_break_neither_chain_nor_anchor(workspace: Workspace) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, who], env=environment, cwd=ROOT) for who in "abc"
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    found = verify(workspace)
    assert (found.findings, found.rows) == ((), 60)
    rows = audit.list_audit(workspace)
    for who in "abc":
        assert [row.resource for row in reversed(rows) if row.who == who] == [str(n) for n in range(20)]


def test_computers_that_share_a_database_have_an_anchor_each(
    postgresql: PostgreSQL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_DATABASE_URL", postgresql.new_url())
    monkeypatch.setenv("AGENTCORE_STUDIO_AUDIT_KEY", "k" * 40)
    here, there = (opened_in(tmp_path / name, monkeypatch) for name in ("here", "there"))
    for number in range(1, 9):
        append((here, there)[number % 2], number)
    with pytest.raises(ZeroDivisionError), there.transaction() as connection:
        audit.add(there, connection, [audit.NewRow("ann", "DeleteEvent", "started")])
        raise ZeroDivisionError  # its anchor is ahead, behind a row of the other's
    for computer in (here, there):
        found = verify(computer)
        assert (found.findings, found.rows) == ((), ROWS)
        assert any("computers that share this database" in note for note in found.notes)
    append(there, 9)
    assert verify(there).intact and verify(here).intact
    execute(there, "DELETE FROM audit_documents WHERE audit_id > 8", "DELETE FROM audit WHERE audit_id > 8")
    assert [finding.kind for finding in verify(there).findings] == ["end"]
    assert verify(here).intact  # whose rows are all there
    for computer in (here, there):
        computer.close()


def opened_in(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("AGENTCORE_STUDIO_DATA", str(directory))
    return open_workspace()


def test_the_command_tells_by_its_exit_code(
    written: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert audit_check.main([]) == 0
    assert "8 rows, 24 texts" in capsys.readouterr().out
    end = verify(written).end
    kept = tmp_path / "export.json"
    kept.write_text(json.dumps({"anchor": {"count": end.count, "head": end.head}}))
    assert audit_check.main(["--export", str(kept)]) == 0
    kept.write_text("[]")
    assert audit_check.main(["--export", str(kept)]) == 2
    capsys.readouterr()
    cut(written)
    assert audit_check.main([]) == 1
    assert "FOUND (end)" in capsys.readouterr().out
    for url in ("nonsense", f"sqlite:///{tmp_path}/nothing.db"):
        monkeypatch.setenv("AGENTCORE_STUDIO_DATABASE_URL", url)
        assert audit_check.main([]) == 2
    assert not (tmp_path / "nothing.db").exists()


def test_with_a_lost_key_a_new_trail_begins_and_the_old_one_is_kept(
    written: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    key_file(written.directory).unlink()
    assert audit_check.main([]) == 1
    assert "FOUND (key)" in capsys.readouterr().out
    assert audit_check.main(["--begin-anew"]) == 0
    renewed = open_workspace()
    [first] = audit.list_audit(renewed)
    kept = written.directory / first.before["file"]
    assert (first.action, first.before["rows"]) == ("AuditTrailBegun", ROWS)
    assert hashlib.sha256(kept.read_bytes()).hexdigest() == first.before["sha256"]
    assert kept.read_text().count('"audit":') == ROWS
    assert "before 3" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    append(renewed, 1)
    found = verify(renewed)
    assert found.intact
    assert any("anchors of other trails" in note for note in found.notes)
    renewed.close()


def test_rows_of_before_the_chain_are_brought_into_it(tmp_path: Path, workspace: Workspace) -> None:
    """The schema of before, with rows in it, opened by this version."""
    from services.workspace.migrations import MIGRATIONS, m001_audit_and_copies, m002_golden_queries

    assert MIGRATIONS[:2] == (m001_audit_and_copies, m002_golden_queries)
    metadata = sa.MetaData()
    metadata.reflect(workspace.engine)
    metadata.drop_all(workspace.engine)
    old: list[dict[str, Any]] = [
        {
            "at": "2026-01-01T00:00:00.000000+00:00",
            "who": "ann",
            "action": "DeleteEvent",
            "result": "started",
        },
        {
            "at": "2026-01-01T00:00:01.000000+00:00",
            "who": "ann",
            "action": "DeleteEvent",
            "result": "failed: no",
        },
    ]
    with workspace.engine.begin() as connection:
        for migration in MIGRATIONS[:2]:
            migration.migrate(connection)
        connection.exec_driver_sql("CREATE TABLE schema_versions (version INTEGER PRIMARY KEY)")
        connection.exec_driver_sql("INSERT INTO schema_versions VALUES (1), (2)")
        table = sa.Table("audit", sa.MetaData(), autoload_with=connection)
        for number, row in enumerate(old):
            texts = {"resource": f"embedded M/{number}", "before": '{"a": 1}', "after": None}
            connection.execute(table.insert().values(audit_id=10 * (number + 1), **row, **texts))
    upgraded = open_workspace()
    rows = audit.list_audit(upgraded)
    assert [(row.audit_id, row.resource, row.before, row.result) for row in rows] == [
        (2, "embedded M/1", {"a": 1}, "failed: no"),
        (1, "embedded M/0", {"a": 1}, "started"),
    ]
    append(upgraded, 3)
    found = verify(upgraded)
    assert (found.findings, found.rows) == ((), 3)
    assert audit.erase_documents(upgraded, lambda text: text == {"a": 1}) == 2
    assert verify(upgraded).intact
    upgraded.close()


def test_an_anchor_that_is_just_being_written_is_waited_for(written: Workspace) -> None:
    """Read in between, it would look as if somebody had damaged it."""
    path = anchor_path(written)
    whole, found = path.read_bytes(), []

    def read() -> None:
        chain_id = path.name.removeprefix("audit-anchor-").removesuffix(".jsonl")
        found.append(audit_anchor.read(written.directory, written.audit_key, chain_id))

    with path.open("r+b") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        writer.write(b"{" * len(whole))
        writer.flush()
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        reader.join(0.5)  # time enough to read what is torn, if it did not wait
        writer.seek(0)
        writer.write(whole)
    reader.join(60)
    [anchor] = found
    assert anchor is not None and anchor.after.count == ROWS
