"""Tokens belong to their query; a walk over pages skips and repeats nothing, whoever writes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from tests.aws_local.agentcore import START, new_memory, record, refused, say, walk, write_records
from tests.conftest import REGION, Endpoint

COUNT = 23
DOOMED = 6  # of the events and records that stand when a walk begins: deleted while it goes on
WRITERS = 3
MOST_WRITES = 300  # of each writer, if a walk should take very long
KIND = {"kind": {"stringValue": "standing"}}


@pytest.fixture(scope="module")
def memory_id(control: Any, data: Any) -> str:
    """A memory with COUNT of everything that can be listed."""
    memory_id = new_memory(control, indexedKeys=[{"key": "kind", "type": "STRING"}])
    for place in range(COUNT):
        say(data, memory_id, f"event {place}", seconds=place, session="walked", metadata=KIND)
        say(data, memory_id, "hello", seconds=place, session=f"session-{place}", actor="walked")
        say(data, memory_id, "hello", actor=f"actor-{place}")
    facts = [record(str(place), f"walked fact {place}", metadata=KIND) for place in range(COUNT)]
    write_records(data, memory_id, *facts)
    return memory_id


Listing = tuple[str, str, dict[str, Any]]
STANDING = {"left": {"metadataKey": "kind"}, "operator": "EQUALS_TO"} | {
    "right": {"metadataValue": KIND["kind"]}
}
EVENTS: Listing = ("list_events", "events", {"actorId": "alice", "sessionId": "walked"})
SESSIONS: Listing = ("list_sessions", "sessionSummaries", {"actorId": "walked"})
ACTORS: Listing = ("list_actors", "actorSummaries", {})
RECORDS: Listing = ("list_memory_records", "memoryRecordSummaries", {"namespacePath": "/facts"})
SEARCH: Listing = (
    "retrieve_memory_records",
    "memoryRecordSummaries",
    {"namespacePath": "/facts", "searchCriteria": {"searchQuery": "walked", "topK": 100}},
)
LISTINGS = [EVENTS, SESSIONS, ACTORS, RECORDS, SEARCH]
FILTERED: list[Listing] = [
    (*EVENTS[:2], EVENTS[2] | {"filter": {"eventMetadata": [STANDING], "branch": {"name": "main"}}}),
    (*SESSIONS[:2], SESSIONS[2] | {"filter": {"eventFilter": "HAS_EVENTS"}}),
    (*RECORDS[:2], {"namespace": "/facts/alice/", "metadataFilters": [STANDING]}),
]
IDENTITIES = {
    "events": "eventId",
    "sessionSummaries": "sessionId",
    "actorSummaries": "actorId",
    "memoryRecordSummaries": "memoryRecordId",
    "memories": "id",
}


def identities(member: str, found: list[dict[str, Any]]) -> list[str]:
    return [each[IDENTITIES[member]] for each in found]


def everything_of(call: Callable[..., Any], member: str, size: int, **params: Any) -> list[str]:
    """The identities that a walk in pages of `size` meets, in order; each page but the last is full."""
    pages = list(walk(call, member, **params, maxResults=size))
    assert all(len(page) == size for page in pages[:-1])
    assert len(pages[-1]) <= size
    return [each for page in pages for each in identities(member, page)]


def doomed(data: Any, memory_id: str) -> tuple[list[str], list[str]]:
    """Events and records that stand among the others and are to be deleted."""
    events = [
        say(data, memory_id, "doomed", seconds=place * 4, session="walked", metadata=KIND)["eventId"]
        for place in range(DOOMED)
    ]
    facts = [record(str(place), f"walked and doomed {place}", metadata=KIND) for place in range(DOOMED)]
    return events, write_records(data, memory_id, *facts)


def churn(data: Any, memory_id: str, stop: threading.Event, writer: int, standing: list[str]) -> None:
    """Write, change and erase things of every kind around those that are walked over."""
    random = Random(writer)
    for place in range(MOST_WRITES):
        if stop.is_set():
            return
        seconds, name = random.randrange(-10, 40), f"{writer}-{place}"
        event = say(data, memory_id, "noise", seconds=seconds, session="walked", metadata=KIND)
        say(data, memory_id, "noise", seconds=seconds, session=f"noise-{name}", actor="walked")
        say(data, memory_id, "noise", actor=f"{random.choice('abz')}-noise-{name}")
        (noise,) = write_records(data, memory_id, record("n", f"walked noise {name}", metadata=KIND))
        changed = [
            {"memoryRecordId": random.choice(standing), "timestamp": START, "metadata": KIND},
            {"memoryRecordId": noise, "timestamp": START, "namespaces": ["/facts/bob/"]},
        ]
        data.batch_update_memory_records(memoryId=memory_id, records=changed)
        data.delete_memory_record(memoryId=memory_id, memoryRecordId=noise)
        where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "walked"}
        data.delete_event(**where, eventId=event["eventId"])


def erase(data: Any, memory_id: str, events: list[str], records: list[str]) -> None:
    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": "walked"}
    for event_id, record_id in zip(events, records, strict=True):
        data.delete_event(**where, eventId=event_id)
        data.delete_memory_record(memoryId=memory_id, memoryRecordId=record_id)


@contextmanager
def meanwhile(*tasks: Callable[[], None]) -> Iterator[None]:
    """Run the tasks in threads of their own; what one of them raises is raised here."""
    failures: list[Exception] = []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()
    assert not failures


@contextmanager
def churning(endpoint: Endpoint, memory_id: str, events: list[str], records: list[str]) -> Iterator[None]:
    """Writers at work until the block ends; the events and records named are deleted meanwhile."""
    stop, data = threading.Event(), endpoint.client("bedrock-agentcore")
    found = data.list_memory_records(memoryId=memory_id, **FILTERED[2][2], maxResults=100)
    standing = [each for each in identities(RECORDS[1], found[RECORDS[1]]) if each not in records]
    writers = [
        lambda writer=writer: churn(data, memory_id, stop, writer, standing) for writer in range(WRITERS)
    ]
    with meanwhile(*writers, lambda: erase(data, memory_id, events, records)):
        try:
            yield
        finally:
            stop.set()
    data.close()


@pytest.mark.parametrize("listing", LISTINGS + FILTERED, ids=lambda listing: listing[0])
def test_a_walk_skips_and_repeats_nothing_while_others_write(
    endpoint: Endpoint, data: Any, memory_id: str, listing: Listing
) -> None:
    operation, member, params = listing
    call: Callable[..., Any] = getattr(data, operation)
    events, records = doomed(data, memory_id)
    standing = set(everything_of(call, member, 100, memoryId=memory_id, **params))
    staying = standing - {*events, *records}
    assert len(staying) >= COUNT
    with churning(endpoint, memory_id, events, records):
        for size in (1, 4, 7):
            seen = everything_of(call, member, size, memoryId=memory_id, **params)
            assert len(seen) == len(set(seen))
            assert staying <= set(seen)


def test_memories_are_walked_over_while_others_come_and_go(endpoint: Endpoint) -> None:
    control = boto3.Session().client(
        "bedrock-agentcore-control",
        region_name=REGION,
        endpoint_url=endpoint.url,
        aws_access_key_id="110022003300",  # an account of its own: no other test's memories
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
    )
    standing, going = ({new_memory(control) for _ in range(count)} for count in (12, 4))
    stop = threading.Event()

    def come_and_go() -> None:
        for memory_id in going:
            control.delete_memory(memoryId=memory_id)
        for _ in range(MOST_WRITES):
            if stop.is_set():
                return
            control.delete_memory(memoryId=new_memory(control))

    with meanwhile(come_and_go):
        try:
            for size in (1, 4, 7):
                seen = everything_of(control.list_memories, "memories", size)
                assert len(seen) == len(set(seen))
                assert standing <= set(seen)
        finally:
            stop.set()
    assert not going & set(everything_of(control.list_memories, "memories", 5))
    control.close()


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
