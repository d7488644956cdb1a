"""The address book of memory ids as people write it; chats add to it under their own authorisation."""

from __future__ import annotations

from collections.abc import Iterable

from services.authorization import KEEP_ADDRESS_BOOK, authorize, current_role
from services.workspace import agent_memories
from services.workspace.agent_memories import Home, Source
from services.workspace.store import Workspace


def add(workspace: Workspace, where: Home, who: str, memory_ids: Iterable[str], source: Source) -> int:
    """Write memory ids into the book; how many are new. Raises NotAuthorized."""
    authorize(current_role(), KEEP_ADDRESS_BOOK)
    return agent_memories.add(workspace, where, who, memory_ids, source)


def remove(workspace: Workspace, where: Home, memory_id: str) -> None:
    """Take a memory id out of the book; at AWS nothing happens. Raises NotAuthorized."""
    authorize(current_role(), KEEP_ADDRESS_BOOK)
    agent_memories.remove(workspace, where, memory_id)
