"""Prompt drafts, for whoever may keep them: curators and admins. Reading them is for everybody."""

from __future__ import annotations

from services.authorization import KEEP_PROMPT_DRAFTS, authorize, current_role
from services.clients import Clients
from services.errors import NotAuthorized
from services.memory.namespaces import StrategyKindName
from services.workspace import prompt_drafts
from services.workspace.prompt_drafts import Bench, PromptDraft, Prompts
from services.workspace.store import Workspace

__all__ = [
    "Bench",
    "PromptDraft",
    "Prompts",
    "bench",
    "delete",
    "keep_typed",
    "list_drafts",
    "may_keep",
    "save",
    "typed",
]


def bench(clients: Clients, memory_id: str, kind: StrategyKindName) -> Bench:
    """Whose drafts they are: those for a kind of strategy of a memory at a connection."""
    return Bench(clients.connection.key, memory_id, kind)


def may_keep() -> bool:
    """Whether the role of this dashboard may keep drafts."""
    try:
        authorize(current_role(), KEEP_PROMPT_DRAFTS)
    except NotAuthorized:
        return False
    return True


def save(clients: Clients, workspace: Workspace, where: Bench, name: str, prompts: Prompts) -> str:
    """Keep prompts under a name, as its next version; its id. NotAuthorized, InvalidValue."""
    authorize(current_role(), KEEP_PROMPT_DRAFTS)
    return prompt_drafts.save(workspace, where, clients.actor, name, prompts)


def keep_typed(clients: Clients, workspace: Workspace, where: Bench, prompts: Prompts) -> None:
    """Keep what somebody has typed and not saved. NotAuthorized, InvalidValue."""
    authorize(current_role(), KEEP_PROMPT_DRAFTS)
    prompt_drafts.keep_typed(workspace, where, clients.actor, prompts)


def typed(clients: Clients, workspace: Workspace, where: Bench) -> PromptDraft | None:
    """What whoever acts has typed last, if it was kept."""
    return prompt_drafts.typed(workspace, where, clients.actor)


def list_drafts(workspace: Workspace, where: Bench) -> list[PromptDraft]:
    """Everybody's saved versions, newest first."""
    return prompt_drafts.list_drafts(workspace, where)


def delete(workspace: Workspace, where: Bench, name: str) -> None:
    """Remove a draft with all its versions. NotAuthorized."""
    authorize(current_role(), KEEP_PROMPT_DRAFTS)
    prompt_drafts.delete(workspace, where, name)
