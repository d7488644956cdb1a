"""Which of the dashboard's calls this connection may make, tried out, and the policies that it needs.

Only reads are tried. Each is asked for as little as possible; an answer of any other kind than a denial shows
that the call is allowed (an unknown actor has an empty list, an unknown record is not found).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from services.agents.operations import AGENT_ADMINISTERS, AGENT_CURATES, AGENT_READS, SUPPORTING
from services.authorization import Role
from services.clients import Clients
from services.faults import CALL_ERRORS, Fault, explain, iam_action

Verdict = Literal["allowed", "denied", "unknown"]

_NO_ONE = "access-check"
_NO_EVENT = "0000000000000000000#00000000"
_NO_RECORD = "mem-00000000-0000-4000-8000-000000000000"
_SHOWS_ACCESS = frozenset({"not_found", "invalid", "conflict", "quota"})
"""Faults that come after AWS has authorised a call."""

READS: tuple[str, ...] = (
    "ListMemories",
    "GetMemory",
    "ListTagsForResource",
    "ListActors",
    "ListSessions",
    "ListEvents",
    "GetEvent",
    "ListMemoryRecords",
    "GetMemoryRecord",
    "RetrieveMemoryRecords",
    "ListMemoryExtractionJobs",
)
CURATES: tuple[str, ...] = (
    "BatchCreateMemoryRecords",
    "BatchUpdateMemoryRecords",
    "DeleteMemoryRecord",
    "DeleteEvent",
    "StartMemoryExtractionJob",
)
ADMINISTERS: tuple[str, ...] = (
    "CreateMemory",
    "UpdateMemory",
    "DeleteMemory",
    "CreateEvent",
    "BatchDeleteMemoryRecords",
    "TagResource",
    "UntagResource",
)
# A memory that does not exist yet has no ARN to name.
_ON_EVERYTHING = frozenset({"ListMemories", "CreateMemory"})


@dataclass(frozen=True)
class Access:
    """One call tried: whether it is allowed, and what AWS said where it is not or where that is unclear."""

    operation: str
    iam_action: str
    verdict: Verdict
    fault: Fault | None


def check_reads(clients: Clients, memory_id: str | None) -> list[Access]:
    """Tries every read of the dashboard; those about a memory are unknown while none is named."""
    return [_tried(operation, _call(clients, operation, memory_id)) for operation in READS]


def _tried(operation: str, call: Callable[[], Any] | None) -> Access:
    action = iam_action(operation)
    if call is None:
        return Access(operation, action, "unknown", None)
    try:
        call()
    except CALL_ERRORS as error:
        fault = explain(error)
        if fault.operation not in (operation, None):  # what it needs first failed: it was not tried
            return Access(operation, action, "unknown", fault)
        if fault.kind == "denied":
            return Access(operation, action, "denied", fault)
        return Access(operation, action, "allowed" if fault.kind in _SHOWS_ACCESS else "unknown", fault)
    return Access(operation, action, "allowed", None)


def _call(clients: Clients, operation: str, memory_id: str | None) -> Callable[[], Any] | None:
    """The smallest call of an operation; None without a memory to ask about."""
    control, data = clients.control, clients.data
    if operation == "ListMemories":
        return lambda: control.list_memories(maxResults=1)
    if memory_id is None:
        return None
    if operation == "GetMemory":
        return lambda: control.get_memory(memoryId=memory_id)
    if operation == "ListTagsForResource":
        return lambda: control.list_tags_for_resource(
            resourceArn=control.get_memory(memoryId=memory_id)["memory"]["arn"]
        )
    of_memory = {"memoryId": memory_id}
    of_actor = of_memory | {"actorId": _NO_ONE}
    of_session = of_actor | {"sessionId": _NO_ONE}
    path = of_memory | {"namespacePath": "/"}
    calls: dict[str, Callable[[], Any]] = {
        "ListActors": lambda: data.list_actors(**of_memory, maxResults=1),
        "ListSessions": lambda: data.list_sessions(**of_actor, maxResults=1),
        "ListEvents": lambda: data.list_events(**of_session, maxResults=1),
        "GetEvent": lambda: data.get_event(**of_session, eventId=_NO_EVENT),
        "ListMemoryRecords": lambda: data.list_memory_records(**path, maxResults=1),
        "GetMemoryRecord": lambda: data.get_memory_record(**of_memory, memoryRecordId=_NO_RECORD),
        "RetrieveMemoryRecords": lambda: data.retrieve_memory_records(
            **path, searchCriteria={"searchQuery": "access", "topK": 1}
        ),
        "ListMemoryExtractionJobs": lambda: data.list_memory_extraction_jobs(**of_memory, maxResults=1),
    }
    return calls[operation]


def policy(role: Role, memory_arns: list[str] | None = None) -> str:
    """The least IAM policy for a role, as JSON to paste; for all memories unless some are named.

    Curators get no BatchDeleteMemoryRecords: it has no condition key for namespaces (service authorization
    reference), so whoever may call it may delete any record of the memory.
    """
    wanted = list(READS)
    if role in ("curator", "admin"):
        wanted += CURATES
    if role == "admin":
        wanted += ADMINISTERS
    on_memories = [iam_action(name) for name in wanted if name not in _ON_EVERYTHING]
    on_everything = [iam_action(name) for name in wanted if name in _ON_EVERYTHING]
    arns = memory_arns or ["arn:aws:bedrock-agentcore:*:*:memory/*"]
    statements: list[dict[str, Any]] = [
        {"Sid": "Account", "Effect": "Allow", "Action": on_everything, "Resource": "*"},
        {"Sid": "Memories", "Effect": "Allow", "Action": on_memories, "Resource": arns},
    ]
    statements += _agent_statements(role)
    statements += _runtime_statements(role)
    if role == "admin":
        statements.append(
            {
                "Sid": "MemoryExecutionRole",
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": "arn:aws:iam::*:role/YOUR-MEMORY-EXECUTION-ROLE",
                "Condition": {"StringEquals": {"iam:PassedToService": "bedrock-agentcore.amazonaws.com"}},
            }
        )
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2)


def _agent_statements(role: Role) -> list[dict[str, Any]]:
    """What the pages about Bedrock Agents need; whoever creates agents there also makes and removes roles.

    A curator may delete agents' memory, although one session's only is what the dashboard lets them: AWS has
    one action for both.
    """
    wanted = [*AGENT_READS, *(AGENT_CURATES if role != "viewer" else ())]
    if role == "admin":
        wanted += [*AGENT_ADMINISTERS, *SUPPORTING]
    actions = [iam_action(name) for name in wanted]
    found: list[dict[str, Any]] = [
        {"Sid": "BedrockAgents", "Effect": "Allow", "Action": actions, "Resource": "*"}
    ]
    if role == "admin":
        services = ["bedrock.amazonaws.com", "lambda.amazonaws.com"]
        found.append(
            {
                "Sid": "AgentRoles",
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": "arn:aws:iam::*:role/*",
                "Condition": {"StringEquals": {"iam:PassedToService": services}},
            }
        )
    return found


def _runtime_statements(role: Role) -> list[dict[str, Any]]:
    """What Chat needs to talk with agents on AgentCore Runtime. Listing them names no resource; an invocation
    names the agent and its endpoint, whose ARN is below the agent's (service authorization reference)."""
    lists: dict[str, Any] = {
        "Sid": "ListRuntimes",
        "Effect": "Allow",
        "Action": [iam_action("ListAgentRuntimes")],
        "Resource": "*",
    }
    invokes: dict[str, Any] = {
        "Sid": "InvokeRuntimes",
        "Effect": "Allow",
        "Action": [iam_action("InvokeAgentRuntime")],
        "Resource": "arn:aws:bedrock-agentcore:*:*:runtime/*",
    }
    return [lists, invokes] if role == "admin" else [lists]
