"""Nothing that changes AWS gets past the audit trail: what a proxy counts is what the trail says."""

from __future__ import annotations

import threading
import uuid
import warnings
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from services import deletions
from services.auditing import audited
from services.authorization import is_read
from services.chat.room import ChatRoom
from services.chat.turns import Conversation
from services.clients import Clients, open_clients
from services.connection import Connection
from services.errors import IncompleteAnswer, NotAudited, WorkspaceUnavailable
from services.memory import changes as memory_changes
from services.memory.changes import MemoryChange
from services.memory.memories import MemoryDraft, get_memory
from services.people import Person, acting_as, carried
from services.short_term import events, forking
from services.short_term.conversation_file import MessageDraft
from services.workspace import audit
from services.workspace.audit_verification import verify
from services.workspace.store import Workspace
from tests.conftest import REGION, Endpoint, free_port
from tests.services.conftest import eventually
from tests.services.counting_proxy import CountingProxy
from tests.services.fault_server import FaultServer, answers, garbage, refuses

WHEN = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def proxy(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingProxy]:
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)  # the Chat's model is asked there
    counting = CountingProxy(endpoint.url)
    yield counting
    counting.close()


@pytest.fixture
def counted(proxy: CountingProxy, workspace: Workspace) -> Clients:
    """Clients behind the proxy, whose trail is the test's own workspace."""
    return open_clients(Connection("custom", REGION, endpoint_url=proxy.url), trail=lambda: workspace)


def sent_writes(proxy: CountingProxy) -> Counter[str]:
    return Counter({name: count for name, count in proxy.operations.items() if not is_read(name)})


def written_down(workspace: Workspace) -> Counter[str]:
    """The acts in the trail by operation; each has to have begun once and ended once."""
    rows = audit.list_audit(workspace, limit=10_000)
    by_act: dict[str, list[str]] = {}
    for row in reversed(rows):
        by_act.setdefault(row.act, []).append(row.result)
    assert all(len(results) == 2 and results[0] == "started" != results[1] for results in by_act.values())
    return Counter(row.action for row in rows if row.result == "started")


def sdk_client(clients: Clients) -> Any:
    """The AgentCore SDK's own client, on the session of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, about the SDK
        from bedrock_agentcore.memory import MemoryClient

    return MemoryClient(region_name=REGION, boto3_session=clients.session)


def active(clients: Clients, memory_id: str) -> dict[str, Any]:
    return eventually(lambda: get_memory(clients, memory_id), lambda memory: memory["status"] == "ACTIVE")


def test_what_a_proxy_counts_is_what_the_trail_says(
    proxy: CountingProxy, counted: Clients, workspace: Workspace
) -> None:
    """Every way of writing that there is: services, bare clients, the SDK, Strands' agent in a thread."""
    draft = MemoryDraft(f"Audited{uuid.uuid4().hex[:8]}")
    memory_id = memory_changes.create(counted, workspace, draft)["id"]
    memory = active(counted, memory_id)
    memory_changes.send(
        counted, workspace, MemoryChange(memory, memory | {"description": "New."}, tags_after={"team": "a"})
    )
    active(counted, memory_id)
    place = (memory_id, "ann", "s1")
    root = events.create_event(counted, *place, [MessageDraft("USER", "Hello")])
    branch = forking.fork(counted, workspace, root, "side", [MessageDraft("USER", "Else")])
    copy_id = deletions.delete_event(counted, workspace, *place, branch["eventId"])
    deletions.restore_event(counted, workspace, copy_id)
    made = counted.data.batch_create_memory_records(
        memoryId=memory_id,
        records=[
            {
                "requestIdentifier": "1",
                "content": {"text": "Ann likes tea."},
                "namespaces": ["/facts/ann/"],
                "timestamp": WHEN,
            }
        ],
    )["successfulRecords"][0]["memoryRecordId"]
    counted.data.batch_update_memory_records(
        memoryId=memory_id,
        records=[{"memoryRecordId": made, "content": {"text": "Ann likes coffee."}, "timestamp": WHEN}],
    )
    counted.data.delete_memory_record(memoryId=memory_id, memoryRecordId=made)
    counted.data.batch_delete_memory_records(memoryId=memory_id, records=[{"memoryRecordId": made}])
    sdk = sdk_client(counted)
    sdk.create_event(memory_id, "bob", "s2", [("Hello", "USER")])
    room = ChatRoom.open(counted, Conversation(memory_id, "carl", "s3"))
    turn = room.agent.start_turn("I prefer tea.")
    eventually(lambda: turn.done, bool)
    assert turn.stored
    with pytest.raises(ClientError):
        counted.data.delete_event(
            memoryId=memory_id, actorId="a", sessionId="none", eventId="0000000000001#aa"
        )
    deletions.delete_memory(counted, workspace, memory_id)
    sent = sent_writes(proxy)
    assert written_down(workspace) == sent
    assert sent.keys() >= {
        "CreateMemory", "UpdateMemory", "TagResource", "CreateEvent", "DeleteEvent", "DeleteMemory",
        "BatchCreateMemoryRecords", "BatchUpdateMemoryRecords", "BatchDeleteMemoryRecords",
        "DeleteMemoryRecord",
    }  # fmt: skip
    assert sent["CreateEvent"] >= 5
    assert verify(workspace).intact
    whole = " ".join(str(row) for row in audit.list_audit(workspace, limit=10_000))
    assert "I prefer tea" not in whole  # what people say stays where it is


def test_a_call_of_its_own_says_what_was_asked_and_answered(
    counted: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    answer = counted.data.create_event(
        memoryId=memory["id"],
        actorId="ann",
        sessionId="s1",
        eventTimestamp=WHEN,
        payload=[{"blob": {"secret": "no"}}],
    )
    ended, started = audit.list_audit(workspace)
    assert started.resource == ended.resource == f"{memory['id']}/ann/s1"
    assert started.connection == counted.connection.key
    assert started.before["request"]["sessionId"] == "s1"
    assert ended.after["event"]["eventId"] == answer["event"]["eventId"]
    assert "payload" not in str((started, ended))
    assert (started.result, ended.result) == ("started", "succeeded")


def test_records_that_failed_in_a_batch_are_a_failure(
    counted: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    gone = [{"memoryRecordId": f"mem-{uuid.uuid4()}"}]
    counted.data.batch_delete_memory_records(memoryId=memory["id"], records=gone)
    with audited(counted, workspace, "BatchDeleteMemoryRecords", memory["id"], before=gone):
        counted.data.batch_delete_memory_records(memoryId=memory["id"], records=gone)
    results = [row.result for row in audit.list_audit(workspace)]
    assert results == ["failed for 1 of 1 records", "started"] * 2


def test_an_open_entry_is_for_one_call_of_its_operation(
    counted: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    place = (memory["id"], "ann", "s1")
    with audited(counted, workspace, "CreateEvent", "entry", before=None):
        for text in ("one", "two"):
            events.create_event(counted, *place, [MessageDraft("USER", text)])
        counted.control.update_memory(memoryId=memory["id"], description="x")
    rows = [(row.action, row.resource == "entry") for row in reversed(audit.list_audit(workspace))]
    assert rows == [
        ("CreateEvent", True),
        *[("CreateEvent", False)] * 2,
        *[("UpdateMemory", False)] * 2,
        ("CreateEvent", True),
    ]


def test_the_rows_of_a_thread_name_who_started_it(
    counted: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    def write() -> None:
        events.create_event(counted, memory["id"], "ann", "s1", [MessageDraft("USER", "Hello")])

    with acting_as(Person("kim@example.com", "admin", signed_in=True)):
        thread = threading.Thread(target=carried(write))
        thread.start()
    thread.join()
    write()
    whos = [row.who for row in audit.list_audit(workspace)]
    assert whos[2:] == ["kim@example.com"] * 2
    assert "kim@example.com" not in whos[:2]


def test_parameters_that_are_refused_are_no_act(
    counted: Clients, workspace: Workspace, proxy: CountingProxy
) -> None:
    with pytest.raises(ParamValidationError):
        counted.control.delete_memory()
    assert audit.list_audit(workspace) == []
    assert not proxy.operations


def test_without_a_readable_answer_the_outcome_is_unknown(faulty: FaultServer, workspace: Workspace) -> None:
    broken = refuses("InternalServerException", 500)
    faulty.plays(garbage(b"<html>"), refuses("AccessDeniedException", 403), broken)
    here = Connection("custom", REGION, endpoint_url=faulty.url)
    clients = open_clients(here, actor="tester", trail=lambda: workspace)
    with pytest.raises(IncompleteAnswer):
        clients.control.delete_memory(memoryId="Memory-0123456789")
    with pytest.raises(ClientError):
        clients.control.delete_memory(memoryId="Memory-0123456789")
    with pytest.raises(ClientError):
        clients.control.delete_memory(memoryId="Memory-0123456789")
    nowhere = Connection("custom", REGION, endpoint_url=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(EndpointConnectionError):
        open_clients(nowhere, trail=lambda: workspace).control.delete_memory(memoryId="Memory-0123456789")
    results = [row.result.split(":")[0] for row in reversed(audit.list_audit(workspace))]
    assert results[::2] == ["started"] * 4
    assert results[1::2] == [
        "unknown (incomplete)",
        "failed (denied)",
        "unknown (service)",
        "failed (unreachable)",
    ]


def test_over_clients_without_a_trail_nothing_is_changed(faulty: FaultServer) -> None:
    faulty.plays(answers({"memories": []}))
    bare = open_clients(Connection("custom", REGION, endpoint_url=faulty.url))
    with pytest.raises(NotAudited):
        bare.control.delete_memory(memoryId="Memory-0123456789")
    assert faulty.requests == []
    assert bare.calls[-1].error_code == "NotAudited"
    bare.control.list_memories()
    assert len(faulty.requests) == 1


def test_what_cannot_be_written_down_is_not_sent(
    proxy: CountingProxy, counted: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    workspace.directory.joinpath("audit.key").unlink(missing_ok=True)
    for path in workspace.directory.glob("audit-anchor-*"):
        path.unlink()
        path.mkdir()
    with pytest.raises(WorkspaceUnavailable):
        counted.control.update_memory(memoryId=memory["id"], description="x")
    assert not proxy.operations
