"""Copying session summaries of Bedrock Agents into an AgentCore Memory: memoryId becomes actorId.

AWS's migration guide maps the ids and says nothing of what is stored already. Here each topic of a summary
becomes a memory record in a namespace of the actor, or each summary an event from which the memory's
strategies extract. Two memory ids never become one actor: one that AgentCore does not take as it is gets a
short digest of itself behind it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services.agents.session_summaries import SessionRow, topics
from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.constraints import DATA, constraint
from services.errors import InvalidValue
from services.records.batches import create_records
from services.records.drafts import RecordDraft
from services.workspace.store import Workspace

Row = dict[str, Any]
Way = Literal["records", "events"]
DEFAULT_NAMESPACE = "/agents/{actorId}/{sessionId}/"
LONGEST_RECORD = 16_000
LONGEST_MESSAGE = 100_000
LONGEST_ID = 100
"""A session id has at most 100 characters (service model), an actor id 255."""
_DIGEST_LENGTH = 8
_ORIGIN_KEYS = ("agentId", "agentAliasId", "memoryId", "sessionId")


@dataclass(frozen=True)
class Transfer:
    """What is copied where. `namespace` (for records) may hold `{actorId}` and `{sessionId}`."""

    agent_id: str
    alias_id: str
    agent_memory_id: str
    target_memory_id: str
    way: Way
    namespace: str = DEFAULT_NAMESPACE

    @property
    def actor_id(self) -> str:
        return actor_id(self.agent_memory_id)

    def namespace_of(self, session_id: str) -> str:
        """The namespace with its placeholders filled in."""
        named = self.namespace.replace("{actorId}", self.actor_id)
        return named.replace("{sessionId}", session_id_of(session_id))

    def drafts(self, rows: Iterable[SessionRow]) -> list[RecordDraft]:
        """One record per topic, longer ones in parts."""
        return [
            RecordDraft(
                f"{topic.name}: {part}",
                (self.namespace_of(row.session_id),),
                metadata=self._origin(row),
                timestamp=row.started,
            )
            for row in rows
            for topic in topics(row.summary or "")
            for part in _parts(topic.text, LONGEST_RECORD - len(topic.name) - 2)
        ]

    def event(self, row: SessionRow) -> Row:
        """CreateEvent's parameters for one summary; its text without markup."""
        said = "\n\n".join(f"{topic.name}: {topic.text}" for topic in topics(row.summary or ""))
        return {
            "memoryId": self.target_memory_id,
            "actorId": self.actor_id,
            "sessionId": session_id_of(row.session_id),
            "eventTimestamp": row.started or datetime.now(UTC),
            "payload": [
                {"conversational": {"role": "OTHER", "content": {"text": part}}}
                for part in _parts(said, LONGEST_MESSAGE)
            ],
            "metadata": self._origin(row),
        }

    def problems(self, rows: Sequence[SessionRow]) -> list[str]:
        """What AWS would refuse, as sentences."""
        if self.way == "events":
            return []
        found = [problem for draft in self.drafts(rows[:1]) for problem in draft.problems()]
        return list(dict.fromkeys(found))

    def _origin(self, row: SessionRow) -> dict[str, Row]:
        """Where it is from, as metadata."""
        values = (self.agent_id, self.alias_id, self.agent_memory_id, row.session_id)
        return {key: {"stringValue": value} for key, value in zip(_ORIGIN_KEYS, values, strict=True)}


@dataclass(frozen=True)
class Transferred:
    """How many records or events were written, and why others were not."""

    written: int
    failed: tuple[str, ...]


def actor_id(memory_id: str) -> str:
    """The memory id as AgentCore takes it for an actor. It takes no dot: `jane.doe` becomes `jane-doe-` and
    eight characters of its digest, so that it does not meet `jane-doe`."""
    return _fitting(memory_id, "actorId")


def session_id_of(session_id: str) -> str:
    """The session id as AgentCore takes it, which has neither dots nor colons; as `actor_id` otherwise."""
    return _fitting(session_id, "sessionId")


def _fitting(name: str, member: str) -> str:
    rules = constraint(DATA, "CreateEvent", member)
    if rules.fits_pattern(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_LENGTH]
    kept = re.sub(r"[^0-9a-zA-Z_-]", "-", name)[: LONGEST_ID - len(digest) - 2]
    whole = f"{kept}-{digest}"
    return whole if rules.fits_pattern(whole) else f"x{whole}"


def transfer(
    clients: Clients,
    workspace: Workspace,
    plan: Transfer,
    rows: Sequence[SessionRow],
    progress: Callable[[int, int], bool | None] | None = None,
) -> Transferred:
    """Copies summaries; those of Bedrock Agents stay. InvalidValue for nothing to copy; NotAuthorized."""
    stored = [row for row in rows if topics(row.summary or "")]
    problems = plan.problems(stored) if stored else ["There is no summary to copy."]
    if problems:
        raise InvalidValue(" ".join(problems))
    if plan.way == "events":
        return _as_events(clients, workspace, plan, stored)
    results = create_records(
        clients,
        workspace,
        plan.target_memory_id,
        plan.drafts(stored),
        title="Copy of session summaries",
        progress=progress,
    )
    failed = [each.error_message or each.error_code or "unknown" for each in results if not each.ok]
    return Transferred(sum(each.ok for each in results), tuple(dict.fromkeys(failed)))


def _as_events(
    clients: Clients, workspace: Workspace, plan: Transfer, rows: Sequence[SessionRow]
) -> Transferred:
    authorize(current_role(), "CreateEvent")
    for row in sorted(rows, key=lambda each: each.started or datetime.min.replace(tzinfo=UTC)):
        event = plan.event(row)
        resource = "/".join((plan.target_memory_id, plan.actor_id, event["sessionId"]))
        with audited(clients, workspace, "CreateEvent", resource, before=None) as after:
            after["eventId"] = clients.data.create_event(**event)["event"]["eventId"]
    return Transferred(len(rows), ())


def _parts(text: str, longest: int) -> list[str]:
    return [text[start : start + longest] for start in range(0, len(text), longest)]
