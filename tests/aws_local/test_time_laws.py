"""What days do to events, sessions, records and tokens (in process, on a clock of the test's own)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.aws_local import clock
from services.aws_local.backend import Backend, Settings
from services.aws_local.errors import ResourceNotFoundException, ValidationException
from services.aws_local.memory import upkeep
from services.aws_local.storage.store import rows
from tests.aws_local.agentcore import START, facts, fresh_name, record, until
from tests.aws_local.in_process import InProcess

WHERE = {"actorId": "alice", "sessionId": "s"}
HAS_EVENTS = {"filter": {"eventFilter": "HAS_EVENTS"}}


class Calendar:
    """The clock of the endpoint's data, moved on by hand."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def time_ns(self) -> int:
        return time.time_ns() + self._ahead // timedelta(microseconds=1) * 1000

    def pass_days(self, days: float) -> None:
        self._ahead += timedelta(days=days)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """Every module of the endpoint that asks for the time asks this."""
    calendar = Calendar()
    monkeypatch.setattr(clock, "time", calendar)
    return calendar


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    """Not started: each test does itself what the background thread would do at a time of its own."""
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=0.05, transition_seconds=0))
    yield opened
    opened.close()


def tidy(backend: Backend) -> None:
    assert not upkeep.erase_expired(backend.store, backend.search)


def sessions(aws: InProcess, memory_id: str, **params: Any) -> list[str]:
    found = aws("ListSessions", memoryId=memory_id, actorId="alice", **params)["sessionSummaries"]
    return [each["sessionId"] for each in found]


def events(aws: InProcess, memory_id: str) -> list[str]:
    return [each["eventId"] for each in aws("ListEvents", memoryId=memory_id, **WHERE)["events"]]


@pytest.mark.parametrize("tidied", [True, False])
def test_an_event_lives_as_long_as_was_said_when_it_came(
    backend: Backend, calendar: Calendar, tidied: bool
) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()  # 30 days
    early = aws.say(memory_id, "early", "s", START)
    calendar.pass_days(1)
    aws("UpdateMemory", memoryId=memory_id, eventExpiryDuration=7)
    late = aws.say(memory_id, "late", "s", START + timedelta(seconds=1))
    assert events(aws, memory_id) == [late, early]
    for days, expected in ((6.99, [late, early]), (0.02, [early]), (21.9, [early]), (0.1, [])):
        calendar.pass_days(days)
        if tidied:
            tidy(backend)
        assert events(aws, memory_id) == expected
    assert sessions(aws, memory_id) == ["s"]
    assert sessions(aws, memory_id, **HAS_EVENTS) == []
    calendar.pass_days(1)
    assert sessions(aws, memory_id) == []
    assert aws("ListActors", memoryId=memory_id)["actorSummaries"] == []


def test_every_event_is_erased_soon_after_it_expires_and_none_before(
    backend: Backend, calendar: Calendar
) -> None:
    """Whenever it was said to be, and however long its memory kept events when it came."""
    aws, pick = InProcess(backend), random.Random(7)
    memory_id = aws.memory()
    expiry: dict[str, datetime] = {}

    def left() -> set[str]:
        return {each["event_id"] for each in backend.read(lambda db: rows(db, "SELECT event_id FROM events"))}

    for _ in range(60):
        days = pick.choice((3, 4, 30))
        aws("UpdateMemory", memoryId=memory_id, eventExpiryDuration=days)
        moment = pick.choice((calendar.now(), START + timedelta(minutes=pick.randrange(3000))))
        event_id = aws.say(memory_id, "hello", pick.choice("ab"), moment)
        expiry[event_id] = calendar.now() + timedelta(days=days)
        if pick.random() < 0.2:
            gone = pick.choice(sorted(left()))
            for session in "ab":
                with suppress(ResourceNotFoundException):
                    where = {"memoryId": memory_id, "actorId": "alice", "sessionId": session}
                    aws("DeleteEvent", **where, eventId=gone)
            del expiry[gone]
        calendar.pass_days(pick.choice((0, 0.02, 0.3, 1)))
        tidy(backend)
        now, soon = calendar.now(), timedelta(hours=1, minutes=1)
        assert {each for each, until_then in expiry.items() if until_then > now} <= left()
        assert left() <= {each for each, until_then in expiry.items() if until_then > now - soon}
        expiry = {each: until_then for each, until_then in expiry.items() if each in left()}
    calendar.pass_days(31)
    tidy(backend)
    assert left() == set()


def test_a_session_outlives_its_last_event_by_a_day_even_if_another_would_have_lasted_longer(
    backend: Backend, calendar: Calendar
) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    aws("UpdateMemory", memoryId=memory_id, eventExpiryDuration=7)
    aws.say(memory_id, "short", "s")
    aws("UpdateMemory", memoryId=memory_id, eventExpiryDuration=30)
    lasting = aws.say(memory_id, "lasting", "s")
    aws("DeleteEvent", memoryId=memory_id, **WHERE, eventId=lasting)
    calendar.pass_days(7.05)  # erased once the hour of its expiry is over
    tidy(backend)
    assert sessions(aws, memory_id) == ["s"]
    assert sessions(aws, memory_id, **HAS_EVENTS) == []
    calendar.pass_days(1)
    assert sessions(aws, memory_id) == []


@pytest.mark.parametrize("tidied", [True, False])
def test_a_session_that_vanished_begins_anew(backend: Backend, calendar: Calendar, tidied: bool) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    root = aws.say(memory_id, "root", "s", START)
    where = {"memoryId": memory_id, **WHERE}
    branch = {"name": "b", "rootEventId": root}
    made = aws("CreateEvent", **where, eventTimestamp=START, payload=[], branch=branch)
    for event_id in (root, made["event"]["eventId"]):
        aws("DeleteEvent", **where, eventId=event_id)
    calendar.pass_days(1.01)
    if tidied:
        tidy(backend)
    later = START + timedelta(days=400)
    again = aws("CreateEvent", **where, eventTimestamp=later, payload=[], branch={"name": "b"})["event"]
    assert again["branch"] == {"name": "b"}
    (session,) = aws("ListSessions", memoryId=memory_id, actorId="alice")["sessionSummaries"]
    assert session["createdAt"] == later.timestamp()


def expiry(aws: InProcess, memory_id: str, record_id: str) -> datetime | None:
    found = aws("GetMemoryRecord", memoryId=memory_id, memoryRecordId=record_id)["memoryRecord"]
    return datetime.fromtimestamp(found["expiresAt"], UTC) if "expiresAt" in found else None


def about(moment: datetime | None, expected: datetime) -> bool:
    """The same but for the time that the test takes."""
    return moment is not None and abs(moment - expected) < timedelta(hours=1)


def write(aws: InProcess, memory_id: str, days: int | None, **fields: Any) -> str:
    specification = {"recordExpirySpecification": {"recordExpiryDurationDays": days}} if days else {}
    records = [record("a", "The user has a dog.", **fields)]
    made = aws("BatchCreateMemoryRecords", memoryId=memory_id, records=records, **specification)
    return str(made["successfulRecords"][0]["memoryRecordId"])


def test_a_records_expiry_is_armed_again_replaced_or_removed(backend: Backend, calendar: Calendar) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory(facts(recordExpirySpecification={"recordExpiryDurationDays": 90}))
    strategy = aws("GetMemory", memoryId=memory_id)["memory"]["strategies"][0]["strategyId"]
    limited = write(aws, memory_id, 31)
    unlimited = write(aws, memory_id, None, memoryStrategyId=strategy)  # the strategy's expiry is not for it

    def update(record_id: str, **specification: Any) -> datetime | None:
        params = {"recordExpirySpecification": specification} if specification else {}
        changed = [{"memoryRecordId": record_id, "timestamp": START}]
        aws("BatchUpdateMemoryRecords", memoryId=memory_id, records=changed, **params)
        return expiry(aws, memory_id, record_id)

    assert about(expiry(aws, memory_id, limited), calendar.now() + timedelta(days=31))
    calendar.pass_days(10)
    assert about(expiry(aws, memory_id, limited), calendar.now() + timedelta(days=21))
    assert about(update(limited), calendar.now() + timedelta(days=31))
    assert about(update(limited, recordExpiryDurationDays=60), calendar.now() + timedelta(days=60))
    calendar.pass_days(10)
    assert about(update(limited), calendar.now() + timedelta(days=60))
    assert update(limited, action="REMOVE") is None
    assert update(limited) is None
    assert update(unlimited) is None
    assert update(unlimited, action="REMOVE") is None
    assert about(update(unlimited, recordExpiryDurationDays=31), calendar.now() + timedelta(days=31))
    calendar.pass_days(31.1)
    with pytest.raises(ResourceNotFoundException):
        expiry(aws, memory_id, unlimited)
    assert len(aws.texts(memory_id)) == 1
    assert len(aws.search(memory_id, "dog")) == 1


def test_a_rewritten_record_keeps_the_expiry_that_a_client_gave_it(
    backend: Backend, calendar: Calendar
) -> None:
    backend.start()
    aws = InProcess(backend)
    memory_id = aws.memory(facts(recordExpirySpecification={"recordExpiryDurationDays": 90}))
    aws.say(memory_id, "My email is old@example.com.", "one")
    listing = {"memoryId": memory_id, "namespacePath": "/"}
    (found,) = until(lambda: aws("ListMemoryRecords", **listing)["memoryRecordSummaries"])
    record_id = found["memoryRecordId"]
    assert about(expiry(aws, memory_id, record_id), calendar.now() + timedelta(days=90))
    item = {"memoryRecordId": record_id, "timestamp": START}
    for specification, days in (({"recordExpiryDurationDays": 40}, 40), ({"action": "REMOVE"}, None)):
        change = {"records": [item], "recordExpirySpecification": specification}
        aws("BatchUpdateMemoryRecords", memoryId=memory_id, **change)
        calendar.pass_days(5)
        address = f"in-{days}-days@example.com"
        aws.say(memory_id, f"My email is {address}.", f"session-{days}")
        until(lambda address=address: address in str(aws.texts(memory_id)))
        after = expiry(aws, memory_id, record_id)
        assert after is None if days is None else about(after, calendar.now() + timedelta(days=days))


def test_a_page_token_is_good_for_a_day(backend: Backend, calendar: Calendar) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    for place in range(3):
        aws.say(memory_id, "hello", "s", START + timedelta(seconds=place))
    where = {"memoryId": memory_id, **WHERE, "maxResults": 1}
    token = aws("ListEvents", **where)["nextToken"]
    calendar.pass_days(0.9)
    assert len(aws("ListEvents", **where, nextToken=token)["events"]) == 1
    calendar.pass_days(0.2)
    with pytest.raises(ValidationException):
        aws("ListEvents", **where, nextToken=token)


def test_a_client_token_is_remembered_for_a_day_but_not_two(backend: Backend, calendar: Calendar) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    event = {"memoryId": memory_id, **WHERE, "eventTimestamp": START, "payload": [], "clientToken": "once"}
    first = aws("CreateEvent", **event)["event"]["eventId"]
    calendar.pass_days(0.9)
    tidy(backend)
    assert aws("CreateEvent", **event)["event"]["eventId"] == first
    calendar.pass_days(1.2)
    tidy(backend)
    assert aws("CreateEvent", **event)["event"]["eventId"] != first
    assert len(events(aws, memory_id)) == 2


@pytest.mark.parametrize("session", [{"sessionId": "s"}, {}])
def test_a_client_token_is_answered_even_when_its_session_is_gone(
    backend: Backend, calendar: Calendar, session: dict[str, str]
) -> None:
    aws = InProcess(backend)
    event = {"memoryId": aws.memory(), "actorId": "alice", **session, "eventTimestamp": START, "payload": []}
    midnight = (calendar.now() + timedelta(days=1)).replace(hour=0, minute=0, second=30)
    calendar.pass_days((midnight - calendar.now()) / timedelta(days=1))
    first = aws("CreateEvent", **event, clientToken="once")["event"]
    assert aws("CreateEvent", **event, clientToken="once")["event"] == first
    where = {name: first[name] for name in ("memoryId", "actorId", "sessionId", "eventId")}
    aws("DeleteEvent", **where)
    calendar.pass_days(1.01)
    tidy(backend)
    assert backend.read(lambda db: rows(db, "SELECT * FROM sessions")) == []
    assert aws("CreateEvent", **event, clientToken="once")["event"] == first


def test_a_client_token_outlives_a_clock_that_is_set_back_over_midnight(
    backend: Backend, calendar: Calendar
) -> None:
    aws = InProcess(backend)
    memory_id = aws.memory()
    event = {"memoryId": memory_id, **WHERE, "eventTimestamp": START, "payload": [], "clientToken": "once"}
    midnight = (calendar.now() + timedelta(days=1)).replace(hour=0, minute=0, second=30)
    calendar.pass_days((midnight - calendar.now()) / timedelta(days=1))
    first = aws("CreateEvent", **event)["event"]["eventId"]
    calendar.pass_days(-0.1)
    assert aws("CreateEvent", **event)["event"]["eventId"] == first


def test_a_memory_that_takes_a_day_to_go_is_out_of_reach_at_once(tmp_path: Path, calendar: Calendar) -> None:
    backend = Backend.open(tmp_path / "slow", Settings(transition_seconds=60.0))
    aws, name = InProcess(backend), fresh_name()
    settings = {"name": name, "eventExpiryDuration": 30}
    memory_id = aws("CreateMemory", **settings)["memory"]["id"]
    calendar.pass_days(1)
    aws.say(memory_id, "hello", "s")
    assert aws("DeleteMemory", memoryId=memory_id)["status"] == "DELETING"
    assert aws("GetMemory", memoryId=memory_id)["memory"]["status"] == "DELETING"
    with pytest.raises(ResourceNotFoundException):
        aws("ListActors", memoryId=memory_id)
    with pytest.raises(ValidationException, match="already exists"):
        aws("CreateMemory", **settings)
    calendar.pass_days(1)
    again = aws("CreateMemory", **settings)["memory"]["id"]  # nobody tidied up in between
    with pytest.raises(ResourceNotFoundException):
        aws("GetMemory", memoryId=memory_id)
    tidy(backend)
    assert [each["id"] for each in aws("ListMemories")["memories"]] == [again]
    backend.close()
