"""What the tests of erasures do again and again: say something, write records, look, carry out to the end."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.clients import Clients
from services.erasure import erasures
from services.erasure.scan import Found, SubjectScan
from services.erasure.subject import Subject
from services.records import memory_records
from services.short_term import events
from services.short_term.events import MessageDraft
from services.workspace.erasures import Erasure
from services.workspace.store import Workspace
from services.workspace.tables import erasures as table
from tests.services.conftest import eventually

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
US = Subject(("user-1",))


def say(clients: Clients, memory_id: str, actor: str, text: str, session: str = "s1") -> str:
    event = events.create_event(clients, memory_id, actor, session, [MessageDraft("USER", text)])
    return str(event["eventId"])


def write(clients: Clients, memory_id: str, namespace: str, text: str, **fields: Any) -> str:
    """A record; its id."""
    return write_all(clients, memory_id, [(namespace, text)], **fields)[0]


def write_all(clients: Clients, memory_id: str, texts: list[tuple[str, str]], **fields: Any) -> list[str]:
    """Records of (namespace, text), in one call; their ids."""
    records = [
        {"requestIdentifier": f"r{number}", "namespaces": [namespace], "content": {"text": text}}
        | {"timestamp": START}
        | fields
        for number, (namespace, text) in enumerate(texts)
    ]
    answer = clients.data.batch_create_memory_records(memoryId=memory_id, records=records)
    assert answer["failedRecords"] == []
    ids = {each["requestIdentifier"]: each["memoryRecordId"] for each in answer["successfulRecords"]}
    return [ids[each["requestIdentifier"]] for each in records]


def texts(clients: Clients, memory_id: str, path: str = "/") -> list[str]:
    found = memory_records.list_memory_records(clients, memory_id, namespace_path=path).rows
    return sorted(row["content"]["text"] for row in found)


def events_of(clients: Clients, memory_id: str, actor: str) -> int:
    sessions = events.list_sessions(clients, memory_id, actor).rows
    places = [(memory_id, actor, row["sessionId"]) for row in sessions]
    return sum(len(events.list_events(clients, *place).rows) for place in places)


def preview(clients: Clients, subject: Subject, *memory_ids: str, agents: bool = False) -> Found:
    """What the page would show."""
    scan = SubjectScan(clients, clients.pace, subject, memory_ids, agents)
    found = scan.look(120, lambda now: now.ended)
    assert found.complete, found.fault
    return found


def closed(clients: Clients, workspace: Workspace, erasure_id: str) -> Erasure:
    """The erasure after as many goes as a late extraction may take."""
    return eventually(
        lambda: erasures.carry_out(clients, workspace, erasure_id), lambda found: found.state == "closed"
    )


def long_ago(workspace: Workspace) -> None:
    """Whoever carries erasures out has shown no sign of life for long."""
    with workspace.transaction() as connection:
        connection.execute(table.update().values(alive_at=START.isoformat(timespec="microseconds")))


def files_with(folder: Path, *words: str) -> list[tuple[str, str]]:
    """(file, word) for each word that a file holds."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        (path.name, word) for path in files for word in words if word.encode() in path.read_bytes().lower()
    ]
