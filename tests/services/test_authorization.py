"""Roles: what each may call, and that nothing is sent for the rest."""

from __future__ import annotations

import botocore.session
import pytest

from services.agents.operations import DELETE_ONE_SUMMARY
from services.authorization import (
    RESTORE_OWN_EVENT,
    NotAuthorized,
    Role,
    acting,
    authorize,
    current_role,
    is_read,
)
from services.clients import Clients
from services.errors import InvalidValue
from tests.services.fault_server import FaultServer, answers

MEMORY = "Memory-0123456789"
CURATOR_WRITES = {
    "BatchCreateMemoryRecords",
    "BatchDeleteMemoryRecords",
    "BatchUpdateMemoryRecords",
    "DeleteEvent",
    "DeleteMemoryRecord",
    "StartMemoryExtractionJob",
}
ADMIN_WRITES = {
    "CreateEvent",
    "CreateMemory",
    "DeleteMemory",
    "InvokeAgentRuntime",
    "TagResource",
    "UntagResource",
    "UpdateMemory",
}


AGENT_WRITES = {
    "CreateAgent",
    "CreateAgentActionGroup",
    "CreateAgentAlias",
    "DeleteAgent",
    "DeleteAgentActionGroup",
    "DeleteAgentAlias",
    "DeleteAgentMemory",
    "DeleteAgentVersion",
    "InvokeAgent",
    "PrepareAgent",
    "UpdateAgent",
    "UpdateAgentActionGroup",
    # IAM's; operations of AgentCore's policy engine have the same names, and are not called here.
    "CreatePolicy",
    "DeletePolicy",
}


def operations() -> list[str]:
    session = botocore.session.Session()
    services = ("bedrock-agentcore", "bedrock-agentcore-control", "bedrock-agent", "bedrock-agent-runtime")
    return [name for service in services for name in session.get_service_model(service).operation_names]


def allowed(role: Role) -> set[str]:
    """The writes of AWS's models that a role may call."""

    def passes(operation: str) -> bool:
        try:
            authorize(role, operation)
        except NotAuthorized:
            return False
        return True

    return {name for name in operations() if passes(name) and not is_read(name)}


def test_a_role_may_write_what_is_listed_for_it_and_nothing_else() -> None:
    assert allowed("viewer") == set()
    assert allowed("curator") == CURATOR_WRITES
    assert allowed("admin") == CURATOR_WRITES | ADMIN_WRITES | AGENT_WRITES


def test_a_curator_deletes_the_memory_of_one_session_only() -> None:
    with acting("curator", DELETE_ONE_SUMMARY):
        authorize("curator", "DeleteAgentMemory")
    with pytest.raises(NotAuthorized):
        authorize("curator", "DeleteAgentMemory")


def test_an_action_lets_its_own_operations_through_while_it_lasts() -> None:
    with acting("curator", RESTORE_OWN_EVENT):
        assert allowed("curator") == CURATOR_WRITES | {"CreateEvent"}
    assert allowed("curator") == CURATOR_WRITES


def test_an_action_is_refused_like_an_operation() -> None:
    for action in (RESTORE_OWN_EVENT, "CreateEvent", "Anything"):
        with pytest.raises(NotAuthorized), acting("viewer", action):
            pytest.fail("not reached")
    with pytest.raises(NotAuthorized), acting("curator", "CreateEvent"):
        pytest.fail("not reached")


@pytest.mark.parametrize("role", ["viewer", "curator", "admin"])
def test_everyone_may_read_and_chat(role: Role) -> None:
    for operation in ("ListMemories", "GetMemory", "RetrieveMemoryRecords", "Converse", "ConverseStream"):
        authorize(role, operation)


@pytest.mark.parametrize("operation", ["InventSomething", "", "deleteMemory", "PutListing", "Converse2"])
def test_an_unknown_operation_is_a_write_that_nobody_may_do(operation: str) -> None:
    with pytest.raises(NotAuthorized):
        authorize("admin", operation)


def test_the_role_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTCORE_STUDIO_ROLE", raising=False)
    monkeypatch.delenv("AGENTCORE_STUDIO_READ_ONLY", raising=False)
    assert current_role() == "admin"
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "curator")
    assert current_role() == "curator"
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    assert current_role() == "viewer"
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "0")
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "root")
    with pytest.raises(InvalidValue, match="viewer, curator or admin"):
        current_role()


def test_a_viewers_write_is_never_sent(
    faulty: FaultServer, faulty_clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty.plays(answers({"memories": []}))
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    with pytest.raises(NotAuthorized):
        faulty_clients.control.delete_memory(memoryId=MEMORY)
    sdk_client = faulty_clients.session.client("bedrock-agentcore")
    with pytest.raises(NotAuthorized):
        sdk_client.delete_event(memoryId=MEMORY, actorId="a", sessionId="s", eventId="0#a")
    assert faulty.requests == []
    assert faulty_clients.calls[-1].error_code == "NotAuthorized"
    faulty_clients.control.list_memories()
    assert len(faulty.requests) == 1
