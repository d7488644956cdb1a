"""The operations without the wire, for tests that reach behind it (time, failures, files)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.aws_local.backend import Backend
from services.aws_local.call import Call, Scope, Write
from services.aws_local.operations import handlers
from tests.aws_local.agentcore import START, fresh_name, texts_of


class InProcess:
    """The operations without the wire, on a backend of the test's own."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        for service in ("bedrock-agentcore", "bedrock-agentcore-control"):
            handler = handlers().get((service, operation))
            if handler:
                call = Call(self._backend, Scope(), service, operation, "request")
                handled = handler(call, params)
                return handled.carry_out(self._backend) if isinstance(handled, Write) else handled
        raise LookupError(operation)

    def memory(self, *strategies: dict[str, Any]) -> str:
        made = self(
            "CreateMemory", name=fresh_name(), eventExpiryDuration=30, memoryStrategies=list(strategies)
        )
        identifier: str = made["memory"]["id"]
        return identifier

    def say(self, memory_id: str, text: str, session: str, moment: datetime = START) -> str:
        payload = [{"conversational": {"role": "USER", "content": {"text": text}}}]
        where = {"memoryId": memory_id, "actorId": "alice", "sessionId": session}
        made = self("CreateEvent", **where, eventTimestamp=moment, payload=payload)
        identifier: str = made["event"]["eventId"]
        return identifier

    def texts(self, memory_id: str) -> list[str]:
        answer = self("ListMemoryRecords", memoryId=memory_id, namespacePath="/", maxResults=100)
        return texts_of(answer["memoryRecordSummaries"])

    def jobs(self, memory_id: str, **params: Any) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = self("ListMemoryExtractionJobs", memoryId=memory_id, **params)["jobs"]
        return jobs

    def search(self, memory_id: str, query: str) -> list[str]:
        where = {"memoryId": memory_id, "namespacePath": "/"}
        answer = self("RetrieveMemoryRecords", **where, searchCriteria={"searchQuery": query})
        return texts_of(answer["memoryRecordSummaries"])


def let_events_expire(connection: Any) -> None:
    """All events expired long ago."""
    connection.execute("UPDATE events SET expires_ms = 1")
    connection.execute("UPDATE event_expiry SET expires_hour = 0")


def two_memories(connection: Any) -> None:
    """Writes the rows of memories 1 and 2, for tests of what stands below the operations."""
    for number in (1, 2):
        sql = "INSERT INTO memories VALUES (?, 'a', 'r', ?, ?, 0, 0, 'CREATING', 0, '{}', '{}', '{}')"
        connection.execute(sql, (number, f"m{number}", f"n{number}"))
