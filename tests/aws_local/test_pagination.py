"""Tokens belong to their query; a walk over pages skips and repeats nothing, whoever writes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aws_local.agentcore import START, new_memory, record, refused, say, walk, write_records
from tests.conftest import Endpoint

COUNT = 23


@pytest.fixture(scope="module")
def memory_id(control: Any, data: Any) -> str:
    """A memory with COUNT of everything that can be listed."""
    memory_id = new_memory(control)
    for place in range(COUNT):
        say(data, memory_id, f"event {place}", seconds=place, session="walked")
        say(data, memory_id, "hello", seconds=place, session=f"session-{place}", actor="walked")
        say(data, memory_id, "hello", actor=f"actor-{place}")
    write_records(data, memory_id, *(record(str(place), f"walked fact {place}") for place in range(COUNT)))
    return memory_id


Listing = tuple[str, str, dict[str, Any]]
EVENTS: Listing = ("list_events", "events", {"actorId": "alice", "sessionId": "walked"})
SESSIONS: Listing = ("list_sessions", "sessionSummaries", {"actorId": "walked"})
ACTORS: Listing = ("list_actors", "actorSummaries", {})
RECORDS: Listing = ("list_memory_records", "memoryRecordSummaries", {"namespacePath": "/facts"})
SEARCH: Listing = (
    "retrieve_memory_records",
    "memoryRecordSummaries",
    {"namespacePath": "/facts", "searchCriteria": {"searchQuery": "walked", "topK": COUNT}},
)
LISTINGS = [EVENTS, SESSIONS, ACTORS, RECORDS, SEARCH]
IDENTITIES = {
    "events": "eventId",
    "sessionSummaries": "sessionId",
    "actorSummaries": "actorId",
    "memoryRecordSummaries": "memoryRecordId",
}


def identities(member: str, found: list[dict[str, Any]]) -> list[str]:
    return [each[IDENTITIES[member]] for each in found]


def churn(data: Any, memory_id: str, stop: threading.Event) -> None:
    """Write and erase things of every kind around those that are walked over."""
    place = 0
    while not stop.is_set():
        place += 1
        event = say(data, memory_id, "noise", seconds=place % 40 - 10, session="walked")
        say(data, memory_id, "noise", seconds=place % 40 - 10, session=f"noise-{place}", actor="walked")
        say(data, memory_id, "noise", actor=f"b-noise-{place}")
        (noise,) = write_records(data, memory_id, record("n", f"walked noise {place}"))
        data.delete_memory_record(memoryId=memory_id, memoryRecordId=noise)
        where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "walked"}
        data.delete_event(**where, eventId=event["eventId"])


@contextmanager
def churning(endpoint: Endpoint, memory_id: str) -> Iterator[None]:
    stop = threading.Event()
    client = endpoint.client("bedrock-agentcore")
    writer = threading.Thread(target=churn, args=(client, memory_id, stop))
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()
        client.close()


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing[0])
def test_a_walk_skips_and_repeats_nothing_while_others_write(
    endpoint: Endpoint, data: Any, memory_id: str, listing: Listing
) -> None:
    operation, member, params = listing
    call: Callable[..., Any] = getattr(data, operation)
    standing = {
        each for page in walk(call, member, memoryId=memory_id, **params) for each in identities(member, page)
    }
    assert len(standing) >= COUNT
    with churning(endpoint, memory_id):
        for size in (1, 4, 7):
            pages = list(walk(call, member, memoryId=memory_id, **params, maxResults=size))
            seen = [each for page in pages for each in identities(member, page)]
            assert all(len(page) <= size for page in pages)
            assert len(seen) == len(set(seen))
            if operation != "retrieve_memory_records":  # there noise competes for the topK places
                assert standing <= set(seen)


def first_token(data: Any, memory_id: str, listing: Listing) -> str:
    operation, _, params = listing
    token: str = getattr(data, operation)(memoryId=memory_id, **params, maxResults=1)["nextToken"]
    return token


def test_a_token_is_refused_by_every_other_query(control: Any, data: Any, memory_id: str) -> None:
    tokens = [first_token(data, memory_id, listing) for listing in LISTINGS]
    for place, (operation, _, params) in enumerate(LISTINGS):
        call = getattr(data, operation)
        for token in tokens[:place] + tokens[place + 1 :]:
            refused("ValidationException", call, memoryId=memory_id, **params, nextToken=token)
        call(memoryId=memory_id, **params, nextToken=tokens[place], maxResults=50)
    other = {"actorId": "alice", "sessionId": "elsewhere"}
    refused("ValidationException", data.list_events, memoryId=memory_id, **other, nextToken=tokens[0])
    twin = new_memory(control)
    refused("ValidationException", data.list_events, memoryId=twin, **EVENTS[2], nextToken=tokens[0])
    refused("ValidationException", control.list_memories, nextToken=tokens[0])


@given(junk=st.text(max_size=60))
def test_garbage_is_no_token(data: Any, memory_id: str, junk: str) -> None:
    params = {"memoryId": memory_id} | EVENTS[2]
    refused("ValidationException", data.list_events, **params, nextToken=junk)


@given(place=st.integers(0, 200), letter=st.sampled_from("AZaz09-_="))
def test_a_token_with_one_changed_character_is_refused(
    data: Any, memory_id: str, place: int, letter: str
) -> None:
    token = first_token(data, memory_id, EVENTS)
    place %= len(token)
    altered = token[:place] + letter + token[place + 1 :]
    if altered != token:
        params = {"memoryId": memory_id} | EVENTS[2]
        refused("ValidationException", data.list_events, **params, nextToken=altered)


def test_page_sizes_may_change_between_pages(data: Any, memory_id: str) -> None:
    params = {"memoryId": memory_id} | EVENTS[2] | {"includePayloads": False}
    first = data.list_events(**params, maxResults=3)
    second = data.list_events(**params, maxResults=100, nextToken=first["nextToken"])
    stamps = [event["eventTimestamp"] for event in first["events"] + second["events"]]
    assert stamps == [START + timedelta(seconds=place) for place in range(COUNT)][::-1]
    assert "nextToken" not in second
