"""The heartbeat: one question for all who look, nobody kept waiting, a late answer still counted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest
from botocore.exceptions import ClientError

from services import heartbeat
from services.clients import Clients, Health
from services.faults import explain
from services.heartbeat import Heartbeat, Retries, repeated
from tests.services.conftest import eventually
from tests.services.fault_server import FaultServer, answers, refuses

WELL = Health(True, 0.01, "123456789012", None, ({"id": "Memory-0123456789"},))
DENIED = Health(
    True,
    0.01,
    None,
    explain(ClientError({"Error": {"Code": "AccessDeniedException"}}, "ListMemories")),
)


class Endpoint:
    """Answers each question when the test says so."""

    def __init__(self) -> None:
        self.asked = 0
        self._answers: SimpleQueue[Health] = SimpleQueue()

    def __call__(self) -> Health:
        self.asked += 1
        return self._answers.get(timeout=60)

    def answer(self, health: Health) -> None:
        self._answers.put(health)


class Clock:
    """`time.monotonic` as the heartbeat sees it; only the tests move it."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(heartbeat, "time", clock)
    return clock


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    asked = Endpoint()
    yield asked
    for _ in range(100):  # lets the threads of questions that nobody answered end, also one just begun
        asked.answer(WELL)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look returns at once."""
    monkeypatch.setattr(heartbeat, "PATIENCE_SECONDS", 0.0)


def test_a_doubted_answer_is_not_believed(clock: Clock, endpoint: Endpoint) -> None:
    beat = Heartbeat(endpoint)
    endpoint.answer(WELL)
    assert beat.look() == WELL
    clock.now += heartbeat.AGAIN_SECONDS / 2
    beat.doubt()  # by all who met the same fault just now
    assert beat.look() == WELL
    assert endpoint.asked == 1
    clock.now += heartbeat.AGAIN_SECONDS
    beat.doubt()
    endpoint.answer(DENIED)
    assert beat.look() == DENIED
    assert endpoint.asked == 2


def test_an_answer_is_believed_for_a_while(clock: Clock, endpoint: Endpoint) -> None:
    beat = Heartbeat(endpoint)
    endpoint.answer(WELL)
    assert beat.look() == WELL
    clock.now += heartbeat.FRESH_SECONDS - 1
    assert beat.look() == WELL
    assert endpoint.asked == 1
    clock.now += 2
    endpoint.answer(DENIED)
    assert beat.look() == DENIED
    assert endpoint.asked == 2


def test_all_who_look_at_once_ask_once(endpoint: Endpoint) -> None:
    beat = Heartbeat(endpoint)
    seen: list[Health] = []
    looking = [threading.Thread(target=lambda: seen.append(beat.look())) for _ in range(8)]
    for thread in looking:
        thread.start()
    endpoint.answer(WELL)
    for thread in looking:
        thread.join(60)
    assert seen == [WELL] * 8
    assert endpoint.asked == 1


def test_a_question_that_fails_in_an_unknown_way_is_told() -> None:
    def broken() -> Health:
        raise AttributeError("an answer that nobody thought of")

    fault = Heartbeat(broken).look().fault
    assert fault is not None
    assert fault.kind == "unexpected"


@pytest.mark.usefixtures("impatient")
def test_silence_is_told_and_a_late_answer_counts(clock: Clock, endpoint: Endpoint) -> None:
    beat = Heartbeat(endpoint)
    fault = beat.look().fault
    assert fault is not None
    assert fault.kind == "timeout"
    assert not beat.look().reachable
    assert endpoint.asked == 1, "not asked again before its time"
    endpoint.answer(WELL)
    assert eventually(beat.look, lambda health: health.fault is None) == WELL


@pytest.mark.usefixtures("impatient")
def test_another_calls_answer_shows_that_the_connection_lives(clock: Clock, endpoint: Endpoint) -> None:
    """The question itself may wait for its turn below the quotas."""
    heard: list[tuple[float, float]] = [(clock.now, 0.2)]
    beat = Heartbeat(endpoint, lambda: heard[-1])
    assert beat.look().fault is not None, "that answer is older than the question"
    clock.now += heartbeat.FRESH_SECONDS + 1
    heard.append((clock.now + 1, 0.3))
    health = beat.look()
    assert health.fault is None
    assert health.seconds == 0.3


@pytest.mark.usefixtures("impatient")
def test_while_a_fault_lasts_it_asks_every_few_seconds(clock: Clock, endpoint: Endpoint) -> None:
    beat = Heartbeat(endpoint)
    for _ in range(5):
        beat.look()
    assert endpoint.asked == 1
    clock.now += heartbeat.AGAIN_SECONDS
    beat.look()
    eventually(lambda: endpoint.asked, lambda asked: asked == 2)


@pytest.mark.usefixtures("impatient")
def test_an_earlier_question_does_not_overrule_a_later_one(clock: Clock) -> None:
    waiting: list[Callable[[Health], None]] = []

    def ask() -> Health:
        answered: SimpleQueue[Health] = SimpleQueue()
        waiting.append(answered.put)
        return answered.get(timeout=60)

    beat = Heartbeat(ask)
    beat.look()
    eventually(lambda: len(waiting), lambda asked: asked == 1)
    clock.now += heartbeat.AGAIN_SECONDS
    beat.look()
    eventually(lambda: len(waiting), lambda asked: asked == 2)
    waiting[1](WELL)
    eventually(beat.look, lambda health: health.fault is None)
    waiting[0](DENIED)
    for thread in threading.enumerate():
        if thread.name == "heartbeat":
            thread.join(60)
    assert beat.look() == WELL


def test_a_slow_connection_is_given_more_time(clock: Clock, endpoint: Endpoint) -> None:
    """The second look waits for half more than the first answer took."""
    beat = Heartbeat(endpoint)
    slow = Health(True, 40.0, None, None)
    endpoint.answer(slow)
    assert beat.look() == slow
    clock.now += heartbeat.FRESH_SECONDS
    answering = threading.Timer(heartbeat.PATIENCE_SECONDS + 0.5, endpoint.answer, [WELL])
    answering.start()
    assert beat.look() == WELL


def test_memories_are_told_when_they_were_just_asked_for(clock: Clock, endpoint: Endpoint) -> None:
    beat = Heartbeat(endpoint)
    assert beat.memories(since=0.0) is None
    endpoint.answer(WELL)
    beat.look()
    assert beat.memories(since=clock.now - 1) == WELL.memories
    assert beat.memories(since=clock.now) is None, "something was forgotten since"
    clock.now += heartbeat.HEARD_SECONDS
    assert beat.memories(since=0.0) is None


class TestRepeated:
    def test_a_read_that_failed_is_repeated_once(self, faulty: FaultServer, faulty_clients: Clients) -> None:
        faulty.plays(refuses("AccessDeniedException", 403))
        with pytest.raises(ClientError):
            faulty_clients.data.list_actors(memoryId="Memory-0123456789")
        faulty.plays(refuses("ThrottledException", 429))
        now = repeated(faulty_clients, "ListActors")
        assert now is not None
        assert now.kind == "throttled"
        assert len(faulty.requests) == 1
        faulty.plays(answers({"actorSummaries": []}))
        assert repeated(faulty_clients, "ListActors") is None

    def test_all_who_wait_try_once(self, faulty: FaultServer, faulty_clients: Clients, clock: Clock) -> None:
        faulty.plays(refuses("AccessDeniedException", 403))
        with pytest.raises(ClientError):
            faulty_clients.data.list_actors(memoryId="Memory-0123456789")
        faulty.requests.clear()
        retries = Retries()
        tries = [retries.again(faulty_clients, "ListActors") for _ in range(3)]
        assert [just_tried for _, just_tried in tries] == [True, False, False]
        assert {fault.kind for fault, _ in tries if fault} == {"denied"}
        assert len(faulty.requests) == 1
        clock.now += heartbeat.AGAIN_SECONDS
        faulty.plays(answers({"actorSummaries": []}))
        assert retries.again(faulty_clients, "ListActors") == (None, True)

    def test_what_never_failed_passes(self, faulty_clients: Clients) -> None:
        assert repeated(faulty_clients, "ListActors") is None

    def test_a_write_is_never_repeated(self, faulty_clients: Clients) -> None:
        with pytest.raises(ValueError, match="no read"):
            repeated(faulty_clients, "DeleteMemory")
