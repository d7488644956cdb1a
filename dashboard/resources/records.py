"""Memory records, their namespaces, and retrieval."""

from collections.abc import Sequence

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import clients_of
from dashboard.resources.events import actors
from dashboard.resources.keeping import FRESH_SECONDS, LARGE_FRESH_SECONDS, LIST_LIMIT, Row, of_contents
from services.faults import CALL_ERRORS, Fault, explain
from services.listing import Listing
from services.memory import namespace_health, namespace_tree, namespaces
from services.memory.namespace_health import Usage
from services.memory.namespaces import KnownNamespace
from services.records import filters as record_filters
from services.records import memory_records as record_service
from services.records import provenance
from services.records.filters import MetadataFilter
from services.records.provenance import LikelyRecords, Sources
from services.retrieval import retrieval as retrieval_service
from services.retrieval.retrieval import Retrieval

_Namespaces = tuple[list[KnownNamespace], str | None]
"""The known ones, and what of them could not be read to the end, as a sentence."""


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=32, show_spinner="Reading the records…")
def _memory_records(
    asked: Source,
    memory_id: str,
    path: str,
    strategy_id: str | None,
    *,
    limit: int,
    metadata_filters: Sequence[Row],
) -> Listing[Row]:
    """Up to 100,000 of them, which take half a second to copy: kept as they are, and not to be changed."""
    return record_service.list_memory_records(
        clients_of(asked),
        memory_id,
        namespace_path=path,
        strategy_id=strategy_id,
        metadata_filters=metadata_filters,
        limit=limit,
    )


def memory_records(
    memory_id: str,
    namespace_path: str = "/",
    strategy_id: str | None = None,
    limit: int = LIST_LIMIT,
    metadata_filters: Sequence[Row] = (),
) -> Listing[Row]:
    """The memory records below a namespace path, newest first."""
    return of_contents(
        _memory_records,
        memory_id,
        namespace_path,
        strategy_id,
        limit=limit,
        metadata_filters=metadata_filters,
    )


def stored_records(
    memory: Row,
    path: str,
    strategy_id: str | None,
    limit: int,
    filters: Sequence[MetadataFilter],
    *,
    actor_id: str | None = None,
) -> Listing[Row]:
    """The records below a path as a page lists them; `/` is the whole memory, namespaces without a leading
    slash included. `actor_id`: only those whose namespace names that actor. InvalidValue for filters that AWS
    would refuse."""
    wanted = tuple(record_filters.to_api(filters, record_filters.filterable_keys(memory)))
    roots = _roots(memory, path) if actor_id is None else _roots_of_actor(memory, path, actor_id)
    listings = [memory_records(memory["id"], root, strategy_id, limit, wanted) for root in roots]
    rows = [row for listing in listings for row in listing.rows]
    if actor_id is not None:
        rows = [row for row in rows if namespace_tree.origin_of(memory, row).get("actorId") == actor_id]
    if len(listings) > 1:
        rows.sort(key=lambda row: row["createdAt"], reverse=True)
    return Listing(rows[:limit], _complete(*listings) and len(rows) <= limit, limit)


def _roots(memory: Row, path: str) -> list[str]:
    if path == "/" and not namespaces.all_below_slash(memory):
        return namespaces.root_paths(memory, actors(memory["id"]).rows)
    return [path]


def _roots_of_actor(memory: Row, path: str, actor_id: str) -> list[str]:
    """The paths that hold the actor's records, as far as they are below `path` (`/` is everything)."""
    paths = namespaces.actor_paths(memory, actor_id)
    if path == "/":
        return paths
    at_or_above = any(path.startswith(each) for each in paths)
    return [path] if at_or_above else [each for each in paths if each.startswith(path)]


def namespace_usage(memory: Row) -> Usage:
    """Where the records of a memory are, held against its templates; judged by the newest LIST_LIMIT."""
    listing = stored_records(memory, "/", None, LIST_LIMIT, ())
    return namespace_health.usage(memory, listing.rows, complete=listing.complete)


def known_namespaces(memory: Row, limit: int = LIST_LIMIT) -> list[KnownNamespace]:
    """The namespaces of a memory: where its records are (at most `limit` are read), and where its templates
    would put more. Whether these are all, and counted, `namespaces_note` tells.

    They are read again after a write here, after Refresh and after 30 seconds; where they are too many to be
    read to the end, after 5 minutes: to choose one of them asks for its records alone.
    """
    return of_contents(_namespaces, memory["id"], str(memory.get("updatedAt")), limit, memory)[0]


@st.cache_resource(ttl=LARGE_FRESH_SECONDS, max_entries=16, show_spinner=False)
def _many_namespaces(asked: Source, memory_id: str, updated_at: str, limit: int) -> list[_Namespaces]:
    """What was read of more than can be read to the end; filled by `_namespaces`."""
    return []


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def _namespaces(asked: Source, memory_id: str, updated_at: str, limit: int, _memory: Row) -> _Namespaces:
    """Thousands of them, made from lists that take long to copy: kept as they are, and not to be changed."""
    many = _many_namespaces(asked, memory_id, updated_at, limit)
    if not many:
        found = _read_namespaces(_memory, limit)
        if found[1] is None:
            return found
        many.append(found)
    return many[0]


def _read_namespaces(memory: Row, limit: int) -> _Namespaces:
    everyone, listings = _namespace_sources(memory, limit)
    roots_known = everyone.complete or namespaces.all_below_slash(memory)
    counted = roots_known and _complete(*listings)
    known = namespaces.known_namespaces(
        memory,
        records=[record for listing in listings for record in listing.rows],
        actors=everyone.rows,
        records_complete=counted,
    )
    return known, _cut_short(everyone, listings, limit, counted=counted)


def namespaces_to_browse(
    memory: Row, limit: int = LIST_LIMIT
) -> tuple[list[KnownNamespace], str | None, Fault | None]:
    """The known namespaces with their note. Where records may not be listed: those that templates and actors
    name; where actors may not be: those that have records; where neither may be: none. Then with the first
    fault that kept the rest away."""
    try:
        return known_namespaces(memory, limit), namespaces_note(memory, limit), None
    except CALL_ERRORS as error:
        fault = explain(error)
    try:
        if fault.operation == "ListActors":
            return _with_records(memory), "Shown are the namespaces that hold records.", fault
        known = namespaces.known_namespaces(memory, actors=actors(memory["id"]).rows)
        return known, "Shown are the namespaces that the strategies' templates name; not counted.", fault
    except CALL_ERRORS as error:
        return [], f"Namespaces are not known: {explain(error).operation} failed too.", fault


def _with_records(memory: Row) -> list[KnownNamespace]:
    """The namespaces that hold records below `/`, with no call about actors."""
    listing = memory_records(memory["id"], "/")
    return namespaces.known_namespaces(
        memory,
        records=listing.rows,
        records_complete=listing.complete and namespaces.all_below_slash(memory),
    )


def namespaces_note(memory: Row, limit: int = LIST_LIMIT) -> str | None:
    """What `known_namespaces` could not read to the end, as a sentence; None when it read everything."""
    return of_contents(_namespaces, memory["id"], str(memory.get("updatedAt")), limit, memory)[1]


def _cut_short(
    everyone: Listing[Row], listings: list[Listing[Row]], limit: int, *, counted: bool
) -> str | None:
    unread = [] if everyone.complete else [f"{LIST_LIMIT:,} actors"]
    unread += [] if _complete(*listings) else [f"{limit:,} records"]
    if not unread:
        return None
    what = "without records may be missing here." if counted else "may be missing here, and none is counted."
    return f"This memory has more than {' and '.join(unread)}; not all were read, so namespaces {what}"


def _namespace_sources(memory: Row, limit: int) -> tuple[Listing[Row], list[Listing[Row]]]:
    """The actors, and the records at every root of the namespaces."""
    everyone = actors(memory["id"])
    return everyone, [
        memory_records(memory["id"], root, limit=limit)
        for root in namespaces.root_paths(memory, everyone.rows)
    ]


def _complete(*listings: Listing[Row]) -> bool:
    return all(listing.complete for listing in listings)


@st.cache_data(ttl=FRESH_SECONDS, max_entries=256, show_spinner=False)
def _memory_record(asked: Source, memory_id: str, record_id: str) -> Row:
    return record_service.get_memory_record(clients_of(asked), memory_id, record_id)


def memory_record(memory_id: str, record_id: str) -> Row:
    """One memory record as GetMemoryRecord returns it."""
    return of_contents(_memory_record, memory_id, record_id)


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
    return of_contents(
        _retrieval,
        memory_id,
        query=query,
        namespace=namespace,
        namespace_path=namespace_path,
        strategy_id=strategy_id,
        top_k=top_k,
    )


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner="Looking for where it was said…")
def _likely_sources(asked: Source, memory_id: str, _memory: Row, _record: Row, record_id: str) -> Sources:
    return provenance.likely_sources(clients_of(asked), _memory, _record)


def likely_sources(memory: Row, record: Row) -> Sources:
    """The messages that a record was probably made from: a guess, the API tells none."""
    return of_contents(_likely_sources, memory["id"], memory, record, record["memoryRecordId"])


@st.cache_data(ttl=FRESH_SECONDS, max_entries=64, show_spinner="Looking for records of this event…")
def _likely_records(asked: Source, memory_id: str, event_id: str, _memory: Row, _event: Row) -> LikelyRecords:
    return provenance.likely_records(clients_of(asked), _memory, _event)


def likely_records(memory: Row, event: Row) -> LikelyRecords:
    """The records that an event was probably made into: a guess, the API tells none."""
    name = f"{event['actorId']}/{event['sessionId']}/{event['eventId']}"
    return of_contents(_likely_records, memory["id"], name, memory, event)


def neighbours(memory_id: str, record: Row, top_k: int = 10) -> Retrieval:
    """The records nearest in meaning to one, in its own namespace; itself among them."""
    return retrieval(
        memory_id,
        query=record["content"]["text"][: retrieval_service.MAX_QUERY],
        namespace=record["namespaces"][0],
        top_k=top_k,
    )
