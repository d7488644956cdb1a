"""Calls stay below the quotas, whoever makes them; where nothing but failures comes back, they are few."""

from __future__ import annotations

import itertools
import json
import threading
import time
from bisect import insort
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api_quotas import CALLS_PER_SECOND, QUOTAS_VARIABLE, account_quotas
from services.clients import Clients, open_clients, pace_of
from services.connection import Connection, embedded_connection
from services.errors import HeldBack, InvalidValue
from services.faults import CALL_ERRORS, explain
from services.pacing import (
    ENDPOINT_SHARE_VARIABLE,
    FAILURES_TO_HOLD,
    HELD_SECONDS,
    SECOND,
    SHARE_VARIABLE,
    Pace,
    configured_pace,
    quota_share,
)
from tests.conftest import REGION
from tests.services.fault_server import FaultServer, Handler, answers, refuses

MEMORY = "Memory-0123456789"
ONE, OTHER = (MEMORY, "ann", "one"), (MEMORY, "ann", "two")
THROTTLED = refuses("ThrottledException", 429, "Rate exceeded")
FAILURE = RuntimeError("503")


class Clock:
    """A time that only tests move."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def most_in_a_second(turns: list[float]) -> int:
    """The largest number of turns in any stretch of a second."""
    return max(sum(0 <= other - turn < 1.0 for other in turns) for turn in turns)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Pace:
    """A quarter of the default quotas."""
    return Pace(0.25, clock=clock)


@given(
    gaps=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.3, 2.0]), min_size=1, max_size=80),
    operation=st.sampled_from(["ListMemories", "ListMemoryRecords", "ListSessions", "DeleteMemory"]),
)
def test_no_second_has_more_than_a_quarter(gaps: list[float], operation: str) -> None:
    clock = Clock()
    pace = Pace(0.25, clock=clock)
    turns = []
    for gap in gaps:
        clock.now += gap
        turns.append(clock.now + pace.turn(operation).seconds)
    assert most_in_a_second(turns) <= max(1, CALLS_PER_SECOND.get(operation, 20) / 4)


@given(
    sessions=st.lists(st.tuples(st.sampled_from(["one", "two"]), st.booleans()), min_size=1, max_size=40),
    operation=st.sampled_from(["CreateEvent", "ListEvents", "DeleteEvent"]),
)
def test_no_session_has_more_than_a_quarter_of_its_own_quota(
    sessions: list[tuple[str, bool]], operation: str
) -> None:
    pace = Pace(0.25, clock=Clock())
    turns: dict[str, list[float]] = {}
    for name, waits_elsewhere in sessions:
        if waits_elsewhere:
            pace.turn(operation, (MEMORY, "bob", "other"))
        turns.setdefault(name, []).append(pace.turn(operation, (MEMORY, "ann", name)).seconds)
    quota = CALLS_PER_SECOND[f"{operation} of a session"]
    assert max(map(most_in_a_second, turns.values())) <= max(1, quota / 4)


@given(
    late=st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.4, 1.0, 3.0]), min_size=1, max_size=40),
    operation=st.sampled_from(["ListMemories", "ListMemoryRecords", "ListSessions"]),
)
def test_what_is_late_does_not_crowd_the_next_second(late: list[float], operation: str) -> None:
    """Each call comes to be sent so many seconds after its turn; what counts is when it is sent."""
    clock = Clock()
    pace = Pace(0.25, clock=clock)
    turns = [pace.turn(operation) for _ in late]
    ready = sorted((100.0 + turns[number].seconds + by, number) for number, by in enumerate(late))
    sent = []
    while ready:
        clock.now, number = ready.pop(0)
        wait = pace.go(turns[number])
        if wait:
            insort(ready, (clock.now + wait, number))
        else:
            sent.append(clock.now)
    assert len(sent) == len(late)
    assert most_in_a_second(sent) <= max(1, CALLS_PER_SECOND.get(operation, 20) / 4)


def test_a_page_waits_for_nothing_below_the_share(pace: Pace) -> None:
    assert [pace.turn("ListMemoryRecords").seconds for _ in range(8)] == [0.0] * 7 + [pytest.approx(SECOND)]


def test_operations_and_sessions_do_not_wait_for_each_other(pace: Pace) -> None:
    assert [pace.turn("ListEvents", ONE).seconds for _ in range(6)] == [0.0] * 5 + [pytest.approx(SECOND)]
    assert pace.turn("ListEvents", OTHER).seconds == 0.0
    assert pace.turn("ListActors").seconds == 0.0


def test_a_conversation_has_half_the_quota_of_other_events(pace: Pace) -> None:
    said = [pace.turn("CreateEvent", ONE, conversation=True).seconds for _ in range(3)]
    assert said == pytest.approx([0, SECOND, 2 * SECOND])
    assert [pace.turn("CreateEvent", OTHER).seconds for _ in range(3)] == pytest.approx([0, 0, SECOND])


def test_reading_in_the_background_leaves_room_for_pages(pace: Pace, clock: Clock) -> None:
    """For ten seconds somebody reads as fast as the background may; a page's call waits for none of it."""
    for _ in range(40):
        clock.now += pace.seconds_until("ListSessions")
        pace.turn("ListSessions")
    assert pace.turn("ListSessions").seconds == 0.0


class TestInTheBackground:
    def test_calls_of_one_operation_keep_their_distance(self, pace: Pace) -> None:
        waits = [pace.seconds_until("ListSessions") for _ in range(3)]
        assert waits == pytest.approx([0, 1 / 3.5, 2 / 3.5])  # 20 a second, a quarter of it, 70 % of that

    def test_operations_have_quotas_of_their_own(self, pace: Pace) -> None:
        assert [pace.seconds_until(name) for name in ("ListEvents", "ListActors")] == [0, 0]
        assert pace.seconds_until("ListEvents") == pytest.approx(1 / 35)

    def test_time_that_passes_is_not_waited_for(self, pace: Pace, clock: Clock) -> None:
        pace.seconds_until("ListActors")
        clock.now += 60
        assert pace.seconds_until("ListActors") == 0


class TestShare:
    @pytest.mark.parametrize("text", ["0", "-1", "1.5", "much", "nan"])
    def test_one_that_is_none_is_refused(self, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
        monkeypatch.setenv(SHARE_VARIABLE, text)
        with pytest.raises(InvalidValue, match=SHARE_VARIABLE):
            quota_share()

    @pytest.mark.parametrize("text", ["0", "1001", "much"])
    def test_one_of_endpoints_that_is_none_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        monkeypatch.setenv(ENDPOINT_SHARE_VARIABLE, text)
        with pytest.raises(InvalidValue, match=ENDPOINT_SHARE_VARIABLE):
            quota_share(of_account=False)
        assert quota_share() == 0.25

    def test_endpoints_have_the_general_one_or_their_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        embedded, profile = embedded_connection(), Connection("profile", REGION)
        monkeypatch.setenv(SHARE_VARIABLE, "0.1")
        assert (pace_of(embedded).share, pace_of(profile).share) == (0.1, 0.1)
        monkeypatch.setenv(ENDPOINT_SHARE_VARIABLE, "50")
        assert (pace_of(embedded).share, pace_of(profile).share) == (50, 0.1)

    def test_it_is_a_quarter_unless_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(SHARE_VARIABLE, raising=False)
        assert quota_share() == 0.25
        monkeypatch.setenv(SHARE_VARIABLE, "0.1")
        assert quota_share() == 0.1


def test_a_share_of_everything_is_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHARE_VARIABLE, "1")
    assert quota_share() == 1.0
    whole = Pace(1.0, clock=Clock())
    assert [whole.turn("ListMemories").seconds for _ in range(6)] == [0.0] * 5 + [pytest.approx(SECOND)]


class TestQuotasOfAnAccount:
    def test_what_was_raised_counts_for_what_it_names(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "quotas.json"
        file.write_text(json.dumps({"ListMemories": 40, "others": 200}), "utf-8")
        monkeypatch.setenv(QUOTAS_VARIABLE, str(file))
        assert account_quotas() == {**CALLS_PER_SECOND, "ListMemories": 40, "others": 200}
        raised = configured_pace()
        assert [raised.turn("ListMemories").seconds for _ in range(10)] == [0.0] * 10

    @pytest.mark.parametrize(
        "text", ["", "[]", "{", '{"ListMemory": 3}', '{"others": 0}', '{"others": "3"}', '{"others": true}']
    )
    def test_a_file_that_says_nothing_sensible_is_refused(
        self, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = tmp_path / "quotas.json"
        file.write_text(text, "utf-8")
        monkeypatch.setenv(QUOTAS_VARIABLE, str(file))
        with pytest.raises(InvalidValue, match=QUOTAS_VARIABLE):
            account_quotas()

    def test_a_file_that_is_missing_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(QUOTAS_VARIABLE, str(tmp_path / "none.json"))
        with pytest.raises(InvalidValue, match=r"none\.json"):
            account_quotas()


class TestHeldBack:
    def fail(self, pace: Pace, operation: str = "ListEvents", times: int = FAILURES_TO_HOLD) -> None:
        for _ in range(times):
            pace.turn(operation)
            pace.ended(operation, FAILURE)

    def test_after_failures_in_a_row_one_call_goes_out_every_two_seconds(
        self, pace: Pace, clock: Clock
    ) -> None:
        self.fail(pace)
        assert pace.turn("ListEvents").seconds == pytest.approx(HELD_SECONDS)
        with pytest.raises(HeldBack, match="ListEvents was not sent"):
            pace.turn("ListEvents")
        clock.now += HELD_SECONDS
        pace.ended("ListEvents", FAILURE)
        assert pace.turn("ListEvents").seconds == pytest.approx(HELD_SECONDS)

    def test_failures_of_several_operations_hold_all_back(self, pace: Pace) -> None:
        for number in range(FAILURES_TO_HOLD):
            self.fail(pace, f"Get{number}", times=1)
        assert pace.turn("ListActors").seconds == pytest.approx(HELD_SECONDS)

    def test_an_answer_ends_it(self, pace: Pace) -> None:
        self.fail(pace)
        pace.ended("ListEvents")
        assert pace.turn("ListEvents").seconds == 0.0

    def test_an_answer_to_another_call_ends_it_for_all_but_the_failing_one(self, pace: Pace) -> None:
        self.fail(pace)
        pace.ended("GetMemory")
        assert pace.turn("ListActors").seconds == 0.0
        assert pace.holds_back("ListEvents")

    def test_some_failures_among_answers_hold_nothing_back(self, pace: Pace, clock: Clock) -> None:
        for number in range(30):
            clock.now += 1
            assert pace.turn("ListEvents").seconds == 0.0
            pace.ended("ListEvents", None if number % 3 == 0 else FAILURE)

    def test_a_call_that_was_not_sent_is_explained_by_the_failure(self, pace: Pace) -> None:
        fault = explain(HeldBack("ListActors", TimeoutError("late")))
        assert (fault.kind, fault.operation) == ("timeout", "ListActors")
        assert "not sent" in fault.meaning


@pytest.fixture
def paced(faulty: FaultServer) -> Clients:
    """Clients that keep to a quarter of the default quotas, of a server on this machine."""
    return open_clients(Connection("custom", REGION, endpoint_url=faulty.url), "tester", Pace(0.25))


def at_once(call: Callable[[], object], times: int, threads: int = 24) -> float:
    """Makes calls from many threads; how many seconds they took together."""
    started = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(call) for _ in range(times)]:
            try:
                done.result()
            except CALL_ERRORS:
                continue  # what was sent is counted
    return time.monotonic() - started


def test_a_storm_of_viewers_keeps_below_the_quota(faulty: FaultServer, paced: Clients) -> None:
    """Every client of the connection is behind the same pace; a server on this machine is no exception. Every
    third call is held up between its turn and its sending, as by a slow credential process."""
    arrived: list[float] = []
    empty = answers({"memoryRecordSummaries": []})

    def note(handler: Handler) -> None:
        arrived.append(time.monotonic())
        empty(handler)

    faulty.plays(note)
    signed = itertools.count()
    another = paced.session.client("bedrock-agentcore")
    clients = [paced.data, another]
    for client in clients:
        client.meta.events.register("before-sign", lambda **_: time.sleep(0.7 * (next(signed) % 3 == 0)))
    params = {"memoryId": MEMORY, "namespacePath": "/"}
    seconds = at_once(lambda: clients[threading.get_ident() % 2].list_memory_records(**params), times=36)
    assert len(arrived) == 36
    assert seconds > 5 * SECOND  # 7 a second: the last one goes out in the sixth
    # Arrivals may be delayed by a busy machine; so what counts here is a longer time than a second.
    assert max(sum(0 <= other - first < 3.0 for other in arrived) for first in arrived) <= 4 * 7
    assert sum(call.waited > 0 for call in paced.calls) >= 36 - 7
    assert all(call.seconds < call.waited + seconds for call in paced.calls)


def test_a_call_that_waits_says_so(faulty: FaultServer, paced: Clients) -> None:
    faulty.plays(answers({"memories": []}))
    begun = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        calls = [pool.submit(paced.control.list_memories) for _ in range(3)]
        held = []
        while not all(call.done() for call in calls):
            held.append((paced.waiting(begun), paced.held_now()))
            time.sleep(0.02)
    told = [waiting for waiting, (number, failed) in held if waiting and number and not failed]
    assert any(waiting.held and not waiting.after_failures for waiting in told)
    assert paced.waiting(begun) is None
    assert paced.held_now() == (0, 0)


def test_a_call_that_waits_because_others_failed_says_that(faulty: FaultServer, paced: Clients) -> None:
    faulty.plays(answers({"memories": []}))
    for _ in range(FAILURES_TO_HOLD):
        paced.pace.ended("ListMemories", FAILURE)
    begun = time.monotonic()
    paced.pace.turn("ListMemories")  # another's, which has not ended
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(paced.control.list_memories)
        held = []
        while not call.done():
            held.append((paced.waiting(begun), paced.held_now()))
            time.sleep(0.02)
    assert any(waiting and waiting.after_failures and number == (0, 1) for waiting, number in held)
    assert paced.held_now() == (0, 0)


def test_a_call_that_is_tried_again_says_why(faulty: FaultServer, paced: Clients) -> None:
    faulty.plays(THROTTLED, answers({"memories": []}))
    seen = []
    paced.control.meta.events.register("before-sign", lambda **_: seen.append(paced.waiting(0.0)))
    paced.control.list_memories()
    assert [waiting and waiting.operation for waiting in seen] == ["ListMemories"] * 2
    first, second = (waiting.failure for waiting in seen if waiting)
    assert first is None
    assert second and explain(second).kind == "throttled"
    assert paced.waiting(0.0) is None


def test_a_storm_of_refusals_is_answered_with_few_calls(faulty: FaultServer, paced: Clients) -> None:
    """Ten threads keep asking: less than a call a second goes out, and nobody waits long for a refusal."""
    faulty.plays(THROTTLED)
    until = time.monotonic() + 4

    def keep_asking() -> None:
        while time.monotonic() < until:
            with pytest.raises(CALL_ERRORS):
                paced.data.list_sessions(memoryId=MEMORY, actorId="ann")
            time.sleep(0.05)

    seconds = at_once(keep_asking, times=10, threads=10)
    first = 10 + FAILURES_TO_HOLD  # each thread's first turn was given before the first refusals came
    assert len(faulty.requests) <= first + seconds / HELD_SECONDS + 1
    assert {explain_kind(call.error_code) for call in paced.calls} == {"refused"}
    faulty.plays(answers({"sessionSummaries": []}))
    paced.data.list_sessions(memoryId=MEMORY, actorId="ann")
    paced.data.list_sessions(memoryId=MEMORY, actorId="ann")


def explain_kind(code: str | None) -> str:
    return "refused" if code in ("ThrottledException", "HeldBack") else str(code)
