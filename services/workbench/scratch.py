"""Scratch memories: made to replay a session in, named and tagged so, listed, and removed without a copy.

One is noted before CreateMemory is sent. Should the process die before it is removed, it is found again by
that note, or by the beginning of its name and its tag; only a memory with the tag is ever removed here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.errors import InvalidValue
from services.faults import CALL_ERRORS, explain
from services.memory import changes as memory_changes
from services.memory.drafts import MemoryDraft
from services.memory.memories import delete_memory, get_memory, list_memories, list_tags
from services.memory.namespaces import StrategyKindName
from services.memory.strategy_drafts import Instructions, StrategyDraft
from services.memory.strategy_kinds import StepName
from services.workspace import scratch_memories
from services.workspace.scratch_memories import ScratchNote
from services.workspace.store import Workspace

Row = dict[str, Any]
PREFIX = "WorkbenchScratch_"
TAG, TAG_VALUE = "agentcore-memory-studio:made-for", "prompt-workbench"
LETTERS = ("A", "B")
_NAME = "Side{letter}"
_BY_ACTOR = "/{side}/{{actorId}}/"
_BY_SESSION = "/{side}/{{actorId}}/{{sessionId}}/"
_LISTED_WITHIN = timedelta(minutes=10)
"""After so long a note of a memory that AWS does not list is of one that is gone, or was never created."""


@dataclass(frozen=True)
class Side:
    """One of the strategies that are compared: AWS's own instructions, or for some steps one's own."""

    label: str
    instructions: Mapping[StepName, Instructions] = field(default_factory=dict)

    def draft(self, letter: str, kind: StrategyKindName) -> StrategyDraft:
        """The strategy as it is created in a scratch memory."""
        template = _BY_SESSION if kind in {"summary", "episodic"} else _BY_ACTOR
        side = template.format(side=letter.lower())
        return StrategyDraft(
            kind=kind,
            name=_NAME.format(letter=letter),
            namespace_template=side,
            instructions=self.instructions,
        )


def in_words(sentence: str, sides: Sequence[Side]) -> str:
    """What is said of a scratch memory's strategies, by the names that people know the sides by."""
    for letter, side in zip(LETTERS, sides, strict=False):
        sentence = sentence.replace(_NAME.format(letter=letter), f"{letter} ({side.label})")
    return sentence


@dataclass(frozen=True)
class Scratch:
    """A scratch memory that exists. `note` is None where this dashboard's database knows nothing of it."""

    memory_id: str
    status: str
    created_at: datetime
    note: ScratchNote | None


def strategies_by_side(memory: Row) -> dict[str, Row]:
    """The strategies of a scratch memory by the letters of their sides."""
    names = {_NAME.format(letter=letter): letter for letter in LETTERS}
    return {
        names[strategy["name"]]: strategy
        for strategy in memory.get("strategies", [])
        if strategy["name"] in names
    }


def draft(
    kind: StrategyKindName, sides: Sequence[Side], role_arn: str | None, event_expiry_days: int
) -> MemoryDraft:
    """The scratch memory with a strategy for each side, under a new name."""
    return MemoryDraft(
        name=f"{PREFIX}{uuid.uuid4().hex[:12]}",
        event_expiry_days=event_expiry_days,
        description="A session is replayed in it to compare strategies. It can be deleted at any time.",
        execution_role_arn=role_arn,
        strategies=tuple(side.draft(letter, kind) for letter, side in zip(LETTERS, sides, strict=False)),
        tags={TAG: TAG_VALUE},
    )


def create(clients: Clients, workspace: Workspace, memory: MemoryDraft, about: Mapping[str, Any]) -> Row:
    """CreateMemory's `memory`, in status CREATING, noted before and after. InvalidDraft, NotAuthorized."""
    authorize(current_role(), "CreateMemory")
    scratch_memories.add(workspace, clients.connection.key, clients.actor, memory.name, about)
    created = memory_changes.create(clients, workspace, memory)
    scratch_memories.created(workspace, memory.name, created["id"])
    return created


def existing(clients: Clients, workspace: Workspace) -> list[Scratch]:
    """The scratch memories of the connection, newest first; notes of those that are gone are taken away."""
    notes = {note.name: note for note in scratch_memories.list_notes(workspace, clients.connection.key)}
    listing = list_memories(clients, limit=None)
    found = [
        Scratch(row["id"], row.get("status", ""), row["createdAt"], notes.get(_name_of(row["id"])))
        for row in listing.rows
        if _name_of(row["id"]) in notes or _is_tagged(clients, row)
    ]
    here = {_name_of(scratch.memory_id) for scratch in found}
    for name, note in notes.items():
        if name not in here and datetime.now(UTC) - note.at > _LISTED_WITHIN:
            scratch_memories.forget(workspace, name)
    return sorted(found, key=lambda scratch: scratch.created_at, reverse=True)


def _name_of(memory_id: str) -> str:
    """A memory's id is its name, a hyphen and ten characters."""
    return memory_id.rpartition("-")[0]


def _is_tagged(clients: Clients, row: Row) -> bool:
    if not row["id"].startswith(PREFIX):
        return False
    try:
        return list_tags(clients, row["arn"]).get(TAG) == TAG_VALUE
    except CALL_ERRORS as error:
        if explain(error).kind != "not_found":  # gone since it was listed
            raise
        return False


def remove(clients: Clients, workspace: Workspace, memory_id: str) -> None:
    """Delete a scratch memory with all that was replayed in it; no copy is kept.

    InvalidValue for a memory without the tag, whatever its name; NotAuthorized.
    """
    authorize(current_role(), "DeleteMemory")
    memory = get_memory(clients, memory_id)
    if list_tags(clients, memory["arn"]).get(TAG) != TAG_VALUE:
        raise InvalidValue(f"{memory_id} does not have the tag of a scratch memory. It was not deleted.")
    with audited(clients, workspace, "DeleteMemory", memory_id, before={"scratch": memory["name"]}):
        delete_memory(clients, memory_id)
    scratch_memories.forget(workspace, memory["name"])
