"""Memory resources, read and changed."""

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import (
    calling,
    clients,
    clients_of,
    drop_refused,
    forgetter,
    heard_memories,
    source,
    workspace,
)
from dashboard.resources import ahead
from dashboard.resources.keeping import CONTENTS, FRESH_SECONDS, LIST_LIMIT, MEMORIES, Row, changing
from services.faults import Fault
from services.listing import Listing
from services.memory import changes as memory_changes
from services.memory import memories as memory_service
from services.memory.changes import MemoryChange
from services.memory.deletion import MemoryDeletion


@st.cache_data(ttl=FRESH_SECONDS, max_entries=32, show_spinner=False)
def _memory_summaries(asked: Source) -> Listing[Row]:
    heard = heard_memories(asked, MEMORIES)
    if heard is not None:
        return Listing(list(heard), complete=True, limit=LIST_LIMIT)
    return memory_service.list_memories(clients_of(asked), limit=LIST_LIMIT)


def memory_summaries() -> Listing[Row]:
    """All memories of the connection as ListMemories returns them (without names)."""
    with calling():
        return _memory_summaries(source(MEMORIES))


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=32, show_spinner=False)
def _details_read(asked: Source) -> dict[str, Row]:
    """What GetMemory answered lately, by memory id; filled by `memory_details`."""
    return {}


def memory_details(memory_ids: list[str]) -> dict[str, Row | Fault]:
    """GetMemory of each id; a memory that could not be read has its fault instead.

    The fault's `kind` says whether it was `denied`, `throttled` or what else. Faults are not kept: the next
    run asks again for those. The rows are shared, so they are not to be changed.
    """
    with calling():
        known = _details_read(source(MEMORIES))
        unread = [memory_id for memory_id in memory_ids if memory_id not in known]
        found = _read_details(unread) if unread else {}
    known.update({memory_id: row for memory_id, row in found.items() if not isinstance(row, Fault)})
    return {memory_id: found.get(memory_id) or known[memory_id] for memory_id in memory_ids}


def _read_details(memory_ids: list[str]) -> dict[str, Row | Fault]:
    with st.spinner("Reading the memories…"):
        found = memory_service.memory_details(clients(), memory_ids)
    for row in found.values():
        if isinstance(row, Fault):
            drop_refused(row)
    return found


def read_memory(asked: Source, memory_id: str) -> Row:
    """GetMemory, not kept."""
    return memory_service.get_memory(clients_of(asked), memory_id)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _memory(asked: Source, memory_id: str) -> Row:
    return ahead.take(read_memory, asked, memory_id)


def memory(memory_id: str) -> Row:
    """One memory as GetMemory returns it."""
    with calling():
        return _memory(source(MEMORIES), memory_id)


def memory_as_it_is(memory_id: str) -> Row:
    """One memory as GetMemory returns it now, to make a change from."""
    forget_memories()
    return memory(memory_id)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _tags(asked: Source, memory_arn: str) -> dict[str, str]:
    return memory_service.list_tags(clients_of(asked), memory_arn)


def memory_tags(memory_arn: str) -> dict[str, str]:
    """The tags of a memory."""
    with calling():
        return _tags(source(MEMORIES), memory_arn)


def create_memory(draft: memory_service.MemoryDraft) -> Row:
    """CreateMemory, written down in the audit trail; returns the memory, usually still CREATING."""
    with changing((MEMORIES,)):
        return memory_changes.create(clients(), workspace(), draft)


def change_memory(change: MemoryChange) -> Row:
    """UpdateMemory and tags, written down; ChangedMeanwhile when somebody else was faster."""
    with changing((MEMORIES,)):
        return memory_changes.send(clients(), workspace(), change)


def start_deleting_memory(memory_id: str) -> MemoryDeletion:
    """Begins to save a copy of a memory, then deletes it, and writes both down; goes on by itself."""
    forgets = [forgetter(MEMORIES), forgetter(CONTENTS, memory_id)]
    deletion = MemoryDeletion(
        clients(), workspace(), memory_id, on_end=lambda: [forget() for forget in forgets]
    )
    deletion.start()
    return deletion


def forget_memories() -> None:
    """After something changed memory resources of the live connection, or to see whether it did."""
    forgetter(MEMORIES)()
