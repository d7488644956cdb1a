"""Every read that a page makes, cached; every write, followed by forgetting what it may have changed.

Answers are kept for a short time per connection, so that a rerun (a click, a changed filter) repeats no AWS
call. `refresh()` forgets everything of a connection: the button in the sidebar. The cache holds plain data;
clients live in `cache_resource`, one set per connection (`dashboard.live`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import (
    calling,
    clients,
    clients_of,
    connection,
    connection_health,
    drop_refused,
    extractor_label,
    forgetter,
    live_endpoint_status,
    refresh,
    source,
    workspace,
)
from services import (
    deletions,
    namespaces,
    sample_data,
)
from services import (
    events as event_service,
)
from services import (
    memories as memory_service,
)
from services import (
    memory_records as record_service,
)
from services import (
    retrieval as retrieval_service,
)
from services.events import ConversationFile, Written
from services.faults import Fault
from services.listing import Listing
from services.memory_deletion import MemoryDeletion
from services.namespaces import KnownNamespace
from services.retrieval import Retrieval
from services.sample_data.audited import remove_audited
from services.workspace import copies

__all__ = [
    "clients",
    "connection",
    "connection_health",
    "extractor_label",
    "live_endpoint_status",
    "refresh",
    "workspace",
]

P = ParamSpec("P")
T = TypeVar("T")
Row = dict[str, Any]
FRESH_SECONDS = 30
LIST_LIMIT = 1_000

# What is forgotten together: the memory resources of a connection, and the contents of one memory.
_MEMORIES = "memories"
_CONTENTS = "contents"


# Reads


def _of_contents(
    read: Callable[Concatenate[Source, str, P], T], memory_id: str, *args: P.args, **kwargs: P.kwargs
) -> T:
    """A cached read of what is in a memory."""
    with calling():
        return read(source(_CONTENTS, memory_id), memory_id, *args, **kwargs)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=32, show_spinner=False)
def _memory_summaries(asked: Source) -> Listing[Row]:
    return memory_service.list_memories(clients_of(asked), limit=LIST_LIMIT)


def memory_summaries() -> Listing[Row]:
    """All memories of the connection as ListMemories returns them (without names)."""
    with calling():
        return _memory_summaries(source(_MEMORIES))


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
        known = _details_read(source(_MEMORIES))
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


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _memory(asked: Source, memory_id: str) -> Row:
    return memory_service.get_memory(clients_of(asked), memory_id)


def memory(memory_id: str) -> Row:
    """One memory as GetMemory returns it."""
    with calling():
        return _memory(source(_MEMORIES), memory_id)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner="Reading the actors…")
def _actors(asked: Source, memory_id: str, limit: int) -> Listing[Row]:
    return event_service.list_actors(clients_of(asked), memory_id, limit=limit)


def actors(memory_id: str, limit: int = LIST_LIMIT) -> Listing[Row]:
    """The actors of a memory."""
    return _of_contents(_actors, memory_id, limit)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner="Reading the sessions…")
def _sessions(asked: Source, memory_id: str, actor_id: str, limit: int) -> Listing[Row]:
    return event_service.list_sessions(clients_of(asked), memory_id, actor_id, limit=limit)


def sessions(memory_id: str, actor_id: str, limit: int = LIST_LIMIT) -> Listing[Row]:
    """The sessions of an actor, newest first."""
    return _of_contents(_sessions, memory_id, actor_id, limit)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=128, show_spinner="Reading the conversation…")
def _events(asked: Source, memory_id: str, actor_id: str, session_id: str, limit: int) -> Listing[Row]:
    return event_service.list_events(clients_of(asked), memory_id, actor_id, session_id, limit=limit)


def events(memory_id: str, actor_id: str, session_id: str, limit: int = LIST_LIMIT) -> Listing[Row]:
    """The events of a session with their payloads, newest first."""
    return _of_contents(_events, memory_id, actor_id, session_id, limit)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _event(asked: Source, memory_id: str, actor_id: str, session_id: str, event_id: str) -> Row:
    return event_service.get_event(clients_of(asked), memory_id, actor_id, session_id, event_id)


def event(memory_id: str, actor_id: str, session_id: str, event_id: str) -> Row:
    """One event as GetEvent returns it, also when it is older than the newest that `events` reads."""
    return _of_contents(_event, memory_id, actor_id, session_id, event_id)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner="Reading the records…")
def _memory_records(
    asked: Source, memory_id: str, path: str, strategy_id: str | None, limit: int
) -> Listing[Row]:
    return record_service.list_memory_records(
        clients_of(asked), memory_id, namespace_path=path, strategy_id=strategy_id, limit=limit
    )


def memory_records(
    memory_id: str, namespace_path: str = "/", strategy_id: str | None = None, limit: int = LIST_LIMIT
) -> Listing[Row]:
    """The memory records below a namespace path, newest first."""
    return _of_contents(_memory_records, memory_id, namespace_path, strategy_id, limit)


def known_namespaces(memory: Row) -> list[KnownNamespace]:
    """The namespaces of a memory: where its records are, and where its templates would put more.

    Whether these are all, and counted, `namespaces_note` tells.
    """
    if not memory.get("strategies"):
        return []
    everyone, listings = _namespace_sources(memory)
    return namespaces.known_namespaces(
        memory,
        records=[record for listing in listings for record in listing.rows],
        actors=everyone.rows,
        records_complete=_complete(everyone, *listings),
    )


def namespaces_note(memory: Row) -> str | None:
    """What `known_namespaces` could not read to the end, as a sentence; None when it read everything."""
    if not memory.get("strategies"):
        return None
    everyone, listings = _namespace_sources(memory)
    unread = [] if everyone.complete else ["actors"]
    unread += [] if _complete(*listings) else ["records"]
    if not unread:
        return None
    return (
        f"This memory has more than {LIST_LIMIT:,} {' and '.join(unread)}; not all were read, so namespaces "
        "may be missing here and their records are not counted."
    )


def _namespace_sources(memory: Row) -> tuple[Listing[Row], list[Listing[Row]]]:
    """The actors, and the records at every root of the namespaces."""
    everyone = actors(memory["id"])
    return everyone, [
        memory_records(memory["id"], root) for root in namespaces.root_paths(memory, everyone.rows)
    ]


def _complete(*listings: Listing[Row]) -> bool:
    return all(listing.complete for listing in listings)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _memory_record(asked: Source, memory_id: str, record_id: str) -> Row:
    return record_service.get_memory_record(clients_of(asked), memory_id, record_id)


def memory_record(memory_id: str, record_id: str) -> Row:
    """One memory record as GetMemoryRecord returns it."""
    return _of_contents(_memory_record, memory_id, record_id)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=128, show_spinner="Searching…")
def _retrieval(
    asked: Source,
    memory_id: str,
    *,
    query: str,
    namespace: str | None,
    namespace_path: str | None,
    strategy_id: str | None,
    top_k: int,
) -> Retrieval:
    return retrieval_service.retrieve(
        clients_of(asked),
        memory_id,
        query=query,
        namespace=namespace,
        namespace_path=namespace_path,
        strategy_id=strategy_id,
        top_k=top_k,
    )


def retrieval(
    memory_id: str,
    *,
    query: str,
    namespace: str | None = None,
    namespace_path: str | None = None,
    strategy_id: str | None = None,
    top_k: int = 10,
) -> Retrieval:
    """RetrieveMemoryRecords: the records nearest in meaning to `query`, best first."""
    return _of_contents(
        _retrieval,
        memory_id,
        query=query,
        namespace=namespace,
        namespace_path=namespace_path,
        strategy_id=strategy_id,
        top_k=top_k,
    )


# Writes. Each forgets what it may have changed, however it ended: AWS may have carried out what timed out.


@contextmanager
def _changing(*places: tuple[str, ...]) -> Iterator[None]:
    """Around a write to `places`: `(_MEMORIES,)`, `(_CONTENTS, memory_id)`, `()` for the whole connection."""
    try:
        with calling():
            yield
    finally:
        for place in places:
            forgetter(*place)()


def create_memory(draft: memory_service.MemoryDraft) -> Row:
    """CreateMemory; returns the memory, usually still CREATING."""
    with _changing((_MEMORIES,)):
        return memory_service.create_memory(clients(), draft)


def add_strategy(memory_id: str, draft: memory_service.StrategyDraft) -> Row:
    """UpdateMemory with one more strategy; only events stored after it is ACTIVE are extracted."""
    with _changing((_MEMORIES,)):
        return memory_service.add_strategy(clients(), memory_id, draft)


def start_deleting_memory(memory_id: str) -> MemoryDeletion:
    """Begins to save a copy of a memory, then deletes it, and writes both down; goes on by itself."""
    forgets = [forgetter(_MEMORIES), forgetter(_CONTENTS, memory_id)]
    deletion = MemoryDeletion(
        clients(), workspace(), memory_id, on_end=lambda: [forget() for forget in forgets]
    )
    deletion.start()
    return deletion


def write_conversation(
    memory_id: str,
    actor_id: str,
    session_id: str,
    conversation: ConversationFile,
    earlier: Written | None = None,
) -> Written:
    """Writes a conversation's events, or those left after `earlier`; a fault on the way is in the result."""
    with _changing((_CONTENTS, memory_id)):
        written = event_service.write_conversation(
            clients(), memory_id, actor_id, session_id, conversation, earlier=earlier
        )
    drop_refused(written.fault)
    return written


def delete_event(memory_id: str, actor_id: str, session_id: str, event_id: str) -> str:
    """Saves a copy and deletes the event; returns the copy's id."""
    with _changing((_CONTENTS, memory_id)):
        return deletions.delete_event(clients(), workspace(), memory_id, actor_id, session_id, event_id)


def restore_event(copy_id: str) -> Row:
    """Writes a deleted event again from its saved copy, under a new event id."""
    with _changing((_CONTENTS,)):
        return deletions.restore_event(clients(), workspace(), copy_id)


def load_sample_data(progress: Callable[[int, int, str], None]) -> str:
    """Writes the sample data through the API; returns what was written, in words."""
    with _changing(()):
        live = clients()
        report = sample_data.load(live.control, live.data, progress)
    return f"The sample data is loaded: {report}"


def remove_sample_data(
    progress: Callable[[int, int, str], None], also: sample_data.Additions | None = None
) -> str:
    """Deletes the memories that the sample data made; returns what was removed. `also`: what they hold of
    other origin and may go too; raises sample_data.HoldsAdditions when they hold anything but that."""
    with _changing(()):
        report = remove_audited(clients(), workspace(), progress, also=also)
    return f"The sample data is removed: {report}"


def forget_memories() -> None:
    """After something changed memory resources of the live connection, or to see whether it did."""
    forgetter(_MEMORIES)()


def forget_events(memory_id: str | None = None) -> None:
    """After something wrote events to a memory (None: to any of the live connection): forgets them and all
    that is extracted from them."""
    forgetter(_CONTENTS, *([memory_id] if memory_id else []))()


# Saved copies: our own database, not cached.


def saved_copies(limit: int) -> list[copies.Copy]:
    """The newest copies of what was deleted here, on any connection; whole ones only."""
    return [copy for copy in copies.list_copies(workspace(), limit=limit) if copy.complete]


def copy_json(copy_id: str) -> Callable[[], str]:
    """What makes a copy's JSON document, for a download: it may be large, and is read when that is asked."""
    live = workspace()
    return lambda: copies.whole_json(live, copy_id)
