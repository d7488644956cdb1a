"""Prompts that people try out in the workbench: every version that was saved, and what was typed last.

A version is never changed; saving under the same name makes the next one. What somebody has typed and not
saved is kept too, one working copy for each person, memory and kind of strategy.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.errors import InvalidValue
from services.workspace.store import Workspace, now_text, to_json
from services.workspace.tables import prompt_drafts

MAX_NAME = 80
MAX_PROMPT = 30_000
"""Characters of an appendToPrompt (service model)."""


@dataclass(frozen=True)
class Bench:
    """What drafts belong to: a memory of a connection, and a kind of strategy (`semantic`)."""

    connection_key: str
    memory_id: str
    kind: str


@dataclass(frozen=True)
class Prompts:
    """The instructions of a strategy's steps (`extraction`, `consolidation`), and the model they are for."""

    steps: Mapping[str, str] = field(default_factory=dict)
    model_id: str = ""


@dataclass(frozen=True)
class PromptDraft:
    """One saved version; `version` counts from 1 within the name. A working copy has no name, and 0."""

    draft_id: str
    at: datetime
    who: str
    name: str | None
    version: int
    prompts: Prompts

    @property
    def title(self) -> str:
        """How it is called on screen."""
        return f"{self.name}, version {self.version}" if self.name else "What was typed last"


def save(workspace: Workspace, bench: Bench, who: str, name: str, prompts: Prompts) -> str:
    """Keep prompts under a name, as its next version; the draft's id. InvalidValue for a name or prompt that
    is empty or too long."""
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidValue(f"Give the draft a name of at most {MAX_NAME} characters that can be printed.")
    if not any(prompts.steps.values()):
        raise InvalidValue("There is no prompt to save yet.")
    _check(prompts)
    with workspace.transaction() as connection:
        return _insert(connection, bench, who, name, prompts)


def keep_typed(workspace: Workspace, bench: Bench, who: str, prompts: Prompts) -> None:
    """Keep what somebody has typed, in the place of what they had typed before and under its id: it may have
    been chosen by that, to be removed."""
    _check(prompts)
    kept = {"at": now_text(), "document": _document(prompts)}
    with workspace.transaction() as connection:
        there = connection.execute(prompt_drafts.update().where(_typed_by(bench, who)).values(kept))
        if not there.rowcount:
            _insert(connection, bench, who, None, prompts)


def typed(workspace: Workspace, bench: Bench, who: str) -> PromptDraft | None:
    """What somebody had typed last; None for nothing."""
    query = sa.select(prompt_drafts).where(_typed_by(bench, who)).order_by(prompt_drafts.c.at.desc())
    with workspace.transaction() as connection:
        row = connection.execute(query).mappings().first()
    return _draft(row, 0) if row else None


def list_drafts(workspace: Workspace, bench: Bench) -> list[PromptDraft]:
    """The saved versions of everybody, newest first."""
    query = (
        sa.select(prompt_drafts)
        .where(_of(bench), prompt_drafts.c.name.is_not(None))
        .order_by(prompt_drafts.c.at, prompt_drafts.c.draft_id)
    )
    with workspace.transaction() as connection:
        rows = connection.execute(query).mappings().all()
    counts: dict[str, int] = {}
    found = []
    for row in rows:
        counts[row["name"]] = counts.get(row["name"], 0) + 1
        found.append(_draft(row, counts[row["name"]]))
    return found[::-1]


def delete(workspace: Workspace, bench: Bench, name: str) -> None:
    """Remove all versions of a name; nothing happens when there is none."""
    with workspace.transaction() as connection:
        connection.execute(prompt_drafts.delete().where(_of(bench), prompt_drafts.c.name == name))


def _check(prompts: Prompts) -> None:
    for step, prompt in prompts.steps.items():
        if len(prompt) > MAX_PROMPT:
            raise InvalidValue(
                f"The {step} prompt has {len(prompt):,} characters; AWS takes {MAX_PROMPT:,} at most."
            )


def _of(bench: Bench) -> sa.ColumnElement[bool]:
    columns = prompt_drafts.c
    return sa.and_(
        columns.connection == bench.connection_key,
        columns.memory_id == bench.memory_id,
        columns.kind == bench.kind,
    )


def _typed_by(bench: Bench, who: str) -> sa.ColumnElement[bool]:
    return sa.and_(_of(bench), prompt_drafts.c.name.is_(None), prompt_drafts.c.who == who)


def _insert(connection: sa.Connection, bench: Bench, who: str, name: str | None, prompts: Prompts) -> str:
    draft_id = str(uuid.uuid4())
    row = {
        "draft_id": draft_id,
        "at": now_text(),
        "who": who,
        "connection": bench.connection_key,
        "memory_id": bench.memory_id,
        "kind": bench.kind,
        "name": name,
        "document": _document(prompts),
    }
    connection.execute(prompt_drafts.insert().values(row))
    return draft_id


def _document(prompts: Prompts) -> str:
    return to_json({"steps": dict(prompts.steps), "modelId": prompts.model_id})


def _draft(row: sa.RowMapping, version: int) -> PromptDraft:
    document: dict[str, Any] = json.loads(row["document"])
    return PromptDraft(
        draft_id=row["draft_id"],
        at=datetime.fromisoformat(row["at"]),
        who=row["who"],
        name=row["name"],
        version=version,
        prompts=Prompts(document["steps"], document["modelId"]),
    )
