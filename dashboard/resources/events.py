"""Actors, sessions and events, read and changed."""

from collections.abc import Sequence

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import clients, clients_of, drop_refused, forgetter, workspace
from dashboard.resources import ahead
from dashboard.resources.keeping import CONTENTS, FRESH_SECONDS, LIST_LIMIT, Row, changing, of_contents
from services import deletions
from services.listing import Listing
from services.records.filters import MetadataFilter
from services.short_term import event_filters, forking
from services.short_term import events as event_service
from services.short_term.events import ConversationFile, MessageDraft, Written


def read_actors(asked: Source, memory_id: str, limit: int) -> Listing[Row]:
    """The actors of a memory, not kept."""
    return event_service.list_actors(clients_of(asked), memory_id, limit=limit)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner="Reading the actors…")
def _actors(asked: Source, memory_id: str, limit: int) -> Listing[Row]:
    return ahead.take(read_actors, asked, memory_id, limit)


def actors(memory_id: str, limit: int = LIST_LIMIT) -> Listing[Row]:
    """The actors of a memory."""
    return of_contents(_actors, memory_id, limit)


def read_sessions(asked: Source, memory_id: str, actor_id: str, limit: int) -> Listing[Row]:
    """The sessions of an actor, not kept."""
    return event_service.list_sessions(clients_of(asked), memory_id, actor_id, limit=limit)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner="Reading the sessions…")
def _sessions(asked: Source, memory_id: str, actor_id: str, limit: int) -> Listing[Row]:
    return ahead.take(read_sessions, asked, memory_id, actor_id, limit)


def sessions(memory_id: str, actor_id: str, limit: int = LIST_LIMIT) -> Listing[Row]:
    """The sessions of an actor, newest first."""
    return of_contents(_sessions, memory_id, actor_id, limit)


def read_events(asked: Source, memory_id: str, actor_id: str, session_id: str, limit: int) -> Listing[Row]:
    """The events of a session without any filter, not kept."""
    return event_service.list_events(clients_of(asked), memory_id, actor_id, session_id, limit=limit)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=128, show_spinner="Reading the conversation…")
def _events(
    asked: Source, memory_id: str, actor_id: str, session_id: str, *, limit: int, metadata_filters: list[Row]
) -> Listing[Row]:
    if not metadata_filters:
        return ahead.take(read_events, asked, memory_id, actor_id, session_id, limit)
    return event_service.list_events(
        clients_of(asked), memory_id, actor_id, session_id, limit=limit, metadata_filters=metadata_filters
    )


def events(
    memory_id: str,
    actor_id: str,
    session_id: str,
    limit: int = LIST_LIMIT,
    filters: Sequence[MetadataFilter] = (),
) -> Listing[Row]:
    """The events of a session with their payloads, newest first; only those that every filter lets through.

    InvalidValue for filters that AWS would refuse.
    """
    wanted = event_filters.to_api(filters)
    return of_contents(_events, memory_id, actor_id, session_id, limit=limit, metadata_filters=wanted)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _event(asked: Source, memory_id: str, actor_id: str, session_id: str, event_id: str) -> Row:
    return event_service.get_event(clients_of(asked), memory_id, actor_id, session_id, event_id)


def event(memory_id: str, actor_id: str, session_id: str, event_id: str) -> Row:
    """One event as GetEvent returns it, also when it is older than the newest that `events` reads."""
    return of_contents(_event, memory_id, actor_id, session_id, event_id)


def write_conversation(
    memory_id: str,
    actor_id: str,
    session_id: str,
    conversation: ConversationFile,
    earlier: Written | None = None,
) -> Written:
    """Writes a conversation's events, or those left after `earlier`; a fault on the way is in the result."""
    with changing((CONTENTS, memory_id)):
        written = event_service.write_conversation(
            clients(), memory_id, actor_id, session_id, conversation, earlier=earlier
        )
    drop_refused(written.fault)
    return written


def delete_event(memory_id: str, actor_id: str, session_id: str, event_id: str) -> str:
    """Saves a copy and deletes the event; returns the copy's id."""
    with changing((CONTENTS, memory_id)):
        return deletions.delete_event(clients(), workspace(), memory_id, actor_id, session_id, event_id)


def restore_event(copy_id: str) -> Row:
    """Writes a deleted event again from its saved copy, under a new event id."""
    with changing((CONTENTS,)):
        return deletions.restore_event(clients(), workspace(), copy_id)


def fork(root: Row, name: str, messages: Sequence[MessageDraft]) -> Row:
    """Writes the first event of a new branch that follows on the event `root`; CreateEvent's `event`."""
    with changing((CONTENTS, root["memoryId"])):
        return forking.fork(clients(), workspace(), root, name, messages)


def forget_events(memory_id: str | None = None) -> None:
    """After something wrote events to a memory (None: to any of the live connection): forgets them and all
    that is extracted from them."""
    forgetter(CONTENTS, *([memory_id] if memory_id else []))()
