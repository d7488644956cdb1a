"""The data layer attacked: every write operation of AWS's models, in each role, past all pages."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ParamValidationError

from services import authorization, deletions
from services.agents import address_book
from services.authorization import KEEP_SNAPSHOTS, NotAuthorized, Role, is_read
from services.clients import Clients, open_clients
from services.connection import Connection
from services.errors import InvalidValue
from services.memory import changes as memory_changes
from services.memory.changes import MemoryChange
from services.memory.memories import MemoryDraft
from services.people import Person, acting_as, carried, deployment_role, present, signed_in
from services.retrieval import golden_queries
from services.review import reviews
from services.short_term import events, forking
from services.short_term.conversation_file import MessageDraft
from services.snapshots import snapshots
from services.tasks import Task
from services.workspace import audit
from services.workspace.agent_memories import Home
from services.workspace.store import Workspace
from tests.conftest import REGION
from tests.services.fault_server import FaultServer, answers
from tests.services.test_authorization import ADMIN_WRITES, CURATOR_WRITES

SERVICES = ("bedrock-agentcore", "bedrock-agentcore-control", "bedrock-agent", "bedrock-agent-runtime")
MEMORIES = ("Memory-0123456789", "Other-0123456789")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ADDRESSES = Home("embedded", "AGENT12345", "TSTALIASID")
ALLOWED: dict[Role, set[str]] = {
    "viewer": set(),
    "curator": CURATOR_WRITES,
    "admin": CURATOR_WRITES | ADMIN_WRITES,
}


@pytest.fixture
def attacked(faulty: FaultServer, workspace: Workspace) -> Clients:
    """Clients of a server that would do everything it is asked."""
    faulty.plays(answers({}))
    return open_clients(Connection("custom", REGION, endpoint_url=faulty.url), trail=lambda: workspace)


def writes(service: str) -> list[str]:
    model = botocore.session.Session().get_service_model(service)
    return [name for name in model.operation_names if not is_read(name)]


def call(clients: Clients, service: str, operation: str, memory_id: str) -> str:
    """How a call ended that lacks everything but the memory: refused, or let through to be checked."""
    members = clients.client(service).meta.service_model.operation_model(operation).input_shape.members
    params = {"memoryId": memory_id} if "memoryId" in members else {}
    try:
        getattr(clients.client(service), xform_name(operation))(**params)
    except NotAuthorized:
        return "refused"
    except ParamValidationError:
        return "let through"
    except Exception:  # it was sent, and the server's answer is no answer
        return "sent"
    return "sent"


@pytest.mark.parametrize("role", ["viewer", "curator", "admin"])
def test_every_write_operation_in_each_role(
    role: Role, attacked: Clients, faulty: FaultServer, workspace: Workspace
) -> None:
    passed: set[str] = set()
    tried = 0
    with acting_as(Person("somebody", role)):
        for service in SERVICES:
            for operation in writes(service):
                for memory_id in MEMORIES:
                    tried += 1
                    if call(attacked, service, operation, memory_id) != "refused":
                        passed.add(operation)
    assert tried > 300
    if role == "admin":  # and what Bedrock Agents adds
        assert passed - authorization.WRITES_OF_ADMINS == ALLOWED[role]
    else:
        assert passed == ALLOWED[role]
    if role == "viewer":
        assert faulty.requests == []
        assert audit.list_audit(workspace) == []


def acts(memory: dict[str, Any]) -> list[Callable[[Clients, Workspace], Any]]:
    """The services' own ways to write."""
    place = (memory["id"], "ann", "s1")
    message = [MessageDraft("USER", "Hello")]
    root = {"memoryId": memory["id"], "actorId": "ann", "sessionId": "s1", "eventId": "0000000000001#aa"}
    change = MemoryChange(memory, memory | {"description": "x"})
    return [
        lambda clients, _: events.create_event(clients, *place, message),
        lambda clients, _: events.delete_event(clients, *place, root["eventId"]),
        lambda clients, workspace: forking.fork(clients, workspace, root, "side", message),
        lambda clients, workspace: deletions.delete_event(clients, workspace, *place, root["eventId"]),
        lambda clients, workspace: deletions.delete_memory(clients, workspace, memory["id"]),
        lambda clients, workspace: memory_changes.create(clients, workspace, MemoryDraft("Mine")),
        lambda clients, workspace: memory_changes.send(clients, workspace, change),
        lambda clients, _: clients.session.client("bedrock-agentcore").delete_memory_record(
            memoryId=memory["id"], memoryRecordId=f"mem-{uuid.uuid4()}"
        ),
        lambda _, workspace: golden_queries.delete(workspace, "any"),
        lambda _, workspace: reviews.delete_filter(workspace, "any"),
        lambda _, workspace: snapshots.delete(workspace, "any"),
        lambda _, workspace: address_book.add(workspace, ADDRESSES, "vi", ["anna"], "hand"),
        lambda _, workspace: address_book.remove(workspace, ADDRESSES, "anna"),
        lambda *_: Task("of somebody else", lambda _: None, action=KEEP_SNAPSHOTS).stop(),
    ]


@pytest.mark.parametrize("number", range(14))
def test_a_viewer_gets_past_no_service(
    number: int, live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    writing = live.call_count()
    with acting_as(Person("vi", "viewer")), pytest.raises(NotAuthorized):
        acts(memory)[number](live, workspace)
    assert audit.list_audit(workspace) == []
    calls = live.calls[-(live.call_count() - writing) :] if live.call_count() > writing else []
    assert all(call.error_code == "NotAuthorized" for call in calls if not is_read(call.operation))


def test_the_read_only_switch_is_above_every_role(monkeypatch: pytest.MonkeyPatch) -> None:
    with acting_as(Person("ann", "admin", signed_in=True)):
        assert present().role == "admin"
        monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
        assert present() == Person("ann", "viewer", signed_in=True)


def test_a_thread_has_the_role_of_who_started_it() -> None:
    roles: list[tuple[str, str]] = []

    def note() -> None:
        roles.append((present().name, present().role))

    with acting_as(Person("kim", "curator")):
        threads = [threading.Thread(target=carried(note)), threading.Thread(target=note)]
    for thread in threads:
        thread.start()
        thread.join()
    assert roles[0] == ("kim", "curator")
    assert roles[1][1] == deployment_role()


CLAIMS = {
    "email": "Ann@example.com",
    "sub": "1",
    "groups": ["staff", "memory-admins"],
    "iat": NOW.timestamp(),
}


@pytest.mark.parametrize(
    ("roles", "claims", "role"),
    [
        ({}, {}, "viewer"),
        ({"default": "curator"}, {}, "curator"),
        ({"admin": ["ann@example.com"]}, {}, "admin"),
        ({"curator": ["ann@example.com"], "admin": ["ANN@EXAMPLE.COM "]}, {}, "admin"),
        ({"admin": ["ann@example.com"]}, {"email_verified": False}, "viewer"),
        ({"admin": ["ann@example.com"]}, {"email_verified": "false"}, "viewer"),
        ({"admin": ["ann@example.com"]}, {"email": "x+ann@example.com"}, "viewer"),
        ({"admin": ["ann@example.com"]}, {"email": None}, "viewer"),
        ({"claim": "groups", "admin": ["memory-admins"]}, {}, "admin"),
        ({"claim": "groups", "admin": ["Memory-Admins"]}, {}, "viewer"),
        ({"claim": "groups", "admin": ["admins"]}, {}, "viewer"),
        ({"claim": "nothing", "admin": ["None"]}, {}, "viewer"),
        ({"default": "admin", "viewer": ["ann@example.com"]}, {}, "admin"),
    ],
)
def test_the_map_gives_the_role(roles: dict[str, Any], claims: dict[str, Any], role: Role) -> None:
    person = signed_in(CLAIMS | claims, roles, NOW)
    assert person is not None
    assert (person.role, person.signed_in) == (role, True)


@pytest.mark.parametrize("verified", [False, "false"])
def test_nobody_acts_under_an_address_that_was_not_verified(verified: Any) -> None:
    person = signed_in(CLAIMS | {"email_verified": verified, "preferred_username": "kim"}, {}, NOW)
    assert person is not None
    assert person.name == "kim"


def test_whoever_signed_in_too_long_ago_is_nobody() -> None:
    assert signed_in(CLAIMS, {}, NOW.replace(hour=23)) is not None
    assert signed_in(CLAIMS, {"hours": 8}, NOW.replace(hour=21)) is None
    assert signed_in({**CLAIMS, "iat": None}, {}, NOW) is None


@pytest.mark.parametrize(
    "roles", [{"admin": "ann"}, {"owner": []}, {"default": "root"}, {"hours": 0}, {"hours": "8"}]
)
def test_a_map_with_a_mistake_is_refused(roles: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        signed_in(CLAIMS, roles, NOW)
