"""Demos before the real endpoint: played, recorded, replayed, reported, and taken back."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.chat.messages import MEMORY_TOOL
from services.chat.models import ModelChoice
from services.chat.room import ChatRoom
from services.chat.turns import Conversation, TextDelta, ToolAnswered, ToolCalled, Turn, TurnDone
from services.clients import Clients, open_clients
from services.connection import embedded_connection
from services.demos import DEMOS, Ask, Demo, NewSession, Say, clearing, demo
from services.demos.moments import (
    Answered,
    Caption,
    Compared,
    Failed,
    Moment,
    NothingFound,
    RecordWritten,
    Retrieved,
    Said,
    SessionBegun,
    ShownRecord,
    Stored,
    ToolUsed,
    of_turn,
)
from services.demos.performance import Performance
from services.demos.recording import Recording, read_recording
from services.demos.replay import Replay
from services.demos.report import final_records, report
from services.errors import InvalidValue
from services.workspace.store import open_workspace
from tests.conftest import Endpoint

PATIENCE_SECONDS = 120
HOSTILE = '<script>alert(1)</script> ![x](https://evil.example/?q=1) "quoted" & more'

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)  # no lone surrogates: no characters
times = st.floats(min_value=0, max_value=4e9, allow_nan=False)
seconds = st.floats(min_value=0, max_value=600, allow_nan=False)
shown = st.builds(
    ShownRecord, texts, texts, texts, st.none() | st.floats(min_value=0, max_value=1), st.booleans()
)
moments: st.SearchStrategy[Moment] = st.one_of(
    st.builds(Caption, times, texts),
    st.builds(SessionBegun, times, texts),
    st.builds(Said, times, texts),
    st.builds(Retrieved, times, texts, st.lists(shown, max_size=3).map(tuple), seconds),
    st.builds(ToolUsed, times, texts, texts, st.none() | seconds, st.booleans()),
    st.builds(Answered, times, texts, texts, seconds, st.booleans()),
    st.builds(Compared, times, texts, texts, st.none() | texts),
    st.builds(Stored, times, texts, seconds),
    st.builds(
        RecordWritten,
        times,
        st.sampled_from(["added", "changed", "removed"]),
        shown,
        st.none() | texts,
        st.none() | seconds,
    ),
    st.builds(NothingFound, times, st.none() | texts),
    st.builds(Failed, times, texts, texts),
)
recordings = st.builds(Recording, texts, texts, texts, st.lists(moments, max_size=12).map(tuple))


@dataclass(frozen=True)
class Theatre:
    """Where demos play in the tests."""

    clients: Clients
    memory_id: str

    def open_room(self, actor_id: str, session_id: str) -> ChatRoom:
        return ChatRoom.open(self.clients, Conversation(self.memory_id, actor_id, session_id))

    def put_on(self, story: Demo) -> Performance:
        return Performance(story, self.open_room, ModelChoice())


@pytest.fixture(scope="module")
def theatre(endpoint: Endpoint, control: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    strategies = [
        {"semanticMemoryStrategy": {"name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]}},
        {
            "userPreferenceMemoryStrategy": {
                "name": "Preferences",
                "namespaceTemplates": ["/preferences/{actorId}/"],
            }
        },
    ]
    name = f"Demo{time.monotonic_ns()}"
    made = control.create_memory(name=name, eventExpiryDuration=30, memoryStrategies=strategies)
    url = f"sqlite:///{tmp_path_factory.mktemp('demos')}/workspace.db"
    with pytest.MonkeyPatch.context() as patch, closing(open_workspace(url)) as workspace:
        patch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)
        clients = open_clients(embedded_connection(), trail=lambda: workspace)
        yield Theatre(clients, made["memory"]["id"])


@pytest.fixture(scope="module")
def told(theatre: Theatre) -> dict[str, list[Moment]]:
    """Every demo, played to its end; all at once, since most of it is waiting."""
    performances = [theatre.put_on(story) for story in DEMOS]
    play(*performances)
    return {each.demo.name: each.moments() for each in performances}


def play(*performances: Performance) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(each.finished for each in performances):
        assert time.monotonic() < deadline, [each.moments() for each in performances]
        for performance in performances:
            performance.look()
            performance.step()
        time.sleep(0.05)


def events_of(theatre: Theatre, actor_id: str) -> int:
    data, place = theatre.clients.data, {"memoryId": theatre.memory_id, "actorId": actor_id}
    sessions = data.list_sessions(**place)["sessionSummaries"]
    listed = [data.list_events(**place, sessionId=row["sessionId"])["events"] for row in sessions]
    return sum(map(len, listed))


def of_kind(kind: type[Any], told: list[Moment]) -> list[Any]:
    return [moment for moment in told if isinstance(moment, kind)]


def test_a_changed_preference_is_changed_in_memory_and_known_in_a_new_session(
    told: dict[str, list[Moment]],
) -> None:
    story = demo("preferences")
    assert story
    moments = told[story.name]
    assert [moment.text for moment in of_kind(Caption, moments)] == [scene.caption for scene in story.scenes]
    assert len({moment.session_id for moment in of_kind(SessionBegun, moments)}) == 3
    changed = [each for each in of_kind(RecordWritten, moments) if each.kind == "changed"]
    assert any("Irvine" in (each.before or "") and "Portland" in each.record.text for each in changed)
    asked = next(each for each in of_kind(Said, moments) if each.text == "Where do I live?")
    after = moments[moments.index(asked) :]
    answer, without = of_kind(Answered, after)[0], of_kind(Compared, after)[0]
    assert "Portland" in answer.text
    assert "mem-" not in answer.text
    assert without.text
    assert "Portland" not in without.text
    assert any(record.cited for record in of_kind(Retrieved, after)[0].records)


@pytest.mark.parametrize("story", DEMOS, ids=lambda story: story.name)
def test_each_question_is_answered_from_memory_and_not_without(
    story: Demo, told: dict[str, list[Moment]]
) -> None:
    moments = told[story.name]
    assert of_kind(Failed, moments) == []
    compared = of_kind(Compared, moments)
    assert len(compared) == sum(isinstance(scene, Ask) for scene in story.scenes) > 0
    for each in compared:
        asked = next(moment for moment in of_kind(Said, moments) if moment.text == each.question)
        answer = of_kind(Answered, moments[moments.index(asked) :])[0]
        assert answer.text.startswith("I remember")
        assert "remember:" not in each.text


def test_what_leaves_nothing_behind_is_said_to(told: dict[str, list[Moment]]) -> None:
    moments = told["support"]
    thanks = next(each for each in of_kind(Said, moments) if each.text == "Thanks a lot!")
    after = moments[moments.index(thanks) :]
    nothing, written = of_kind(NothingFound, after), of_kind(RecordWritten, after)
    assert nothing
    assert not written or after.index(nothing[0]) < after.index(written[0])


def test_a_scene_under_way_is_stopped_before_it_is_taken_back(theatre: Theatre) -> None:
    story = Demo("under-way", "One", "", "demo-way", (Say("", "I live in Tromso."),))
    performance = theatre.put_on(story)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not performance.position:
        assert time.monotonic() < deadline
        performance.look()
        performance.step()
    assert performance.settle(PATIENCE_SECONDS)
    assert clearing.clear(theatre.clients, theatre.memory_id, performance.actor_id) >= 1
    assert events_of(theatre, performance.actor_id) == 0


def test_a_play_is_taken_back_and_nothing_else(theatre: Theatre) -> None:
    story = Demo(
        "one", "One", "", "demo-one", (Say("", "I live in Lisbon."), NewSession(""), Say("", "Hello!"))
    )
    first, second = theatre.put_on(story), theatre.put_on(story)
    assert first.actor_id != second.actor_id
    play(first, second)
    assert clearing.clear(theatre.clients, theatre.memory_id, first.actor_id) >= 3
    assert events_of(theatre, first.actor_id) == 0
    assert events_of(theatre, second.actor_id) == 2
    listed = theatre.clients.data.list_memory_records(
        memoryId=theatre.memory_id, namespacePath="/", maxResults=100
    )["memoryRecordSummaries"]
    namespaces = [row["namespaces"][0] for row in listed]
    assert any(second.actor_id in namespace for namespace in namespaces)
    assert not any(first.actor_id in namespace for namespace in namespaces)
    assert clearing.clear(theatre.clients, theatre.memory_id, first.actor_id) == 0


RECORD = ShownRecord("mem-1", "The user lives in Oslo.", "Facts", 0.5, cited=True)
ONE_OF_EACH = Recording(
    "title",
    "memory",
    "actor",
    (
        Caption(1.0, "look"),
        SessionBegun(1.0, "first"),
        Said(1.0, "hello"),
        Retrieved(1.0, "who", (RECORD,), 0.1),
        Answered(2.0, "you", "rules", 1.0),
        Compared(2.0, "who", "nobody", None),
        Stored(3.0, "0001#a", 0.1),
        RecordWritten(4.0, "changed", RECORD, "before", 1.5),
        NothingFound(4.0, None),
        Failed(5.0, "Throttled", "too fast"),
    ),
)


@example(ONE_OF_EACH)
@given(recordings)
def test_a_recording_comes_back_as_it_was(recording: Recording) -> None:
    assert read_recording(recording.to_json().encode()) == recording


@given(recordings)
def test_a_replay_shows_everything_in_order_once(recording: Recording) -> None:
    replay = Replay(recording)
    seen = 0
    while not replay.finished:
        replay.step()
        now = replay.moments()
        assert len(now) > seen
        seen = len(now)
    assert replay.moments() == list(recording.moments)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no recording"),
        (b'{"format": "agentcore-memory-studio/recording", "version": 2}', "version"),
        (b'{"format": "agentcore-memory-studio/recording", "version": 1, "moments": {}}', "moments"),
    ],
)
def test_other_files_are_refused(file: bytes, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        read_recording(file)


@pytest.mark.parametrize(
    "damage",
    [
        {"is": "Recording"},
        {"at": "soon"},
        {"at": True},
        {"at": 1e300},
        {"at": 5e11},
        {"at": -1.0},
        {"text": "\ud800"},
        {"text": None},
        {"more": 1},
    ],
)
def test_a_damaged_moment_is_refused(damage: dict[str, Any]) -> None:
    document = json.loads(Recording("t", "m", "a", (Said(1.0, "hello"),)).to_json())
    document["moments"][0] |= damage
    with pytest.raises(InvalidValue):
        read_recording(json.dumps(document).encode())


@given(recordings)
def test_a_report_runs_nothing_and_fetches_nothing(recording: Recording) -> None:
    hostile = Recording(HOSTILE, HOSTILE, HOSTILE, (*recording.moments, Said(1.0, HOSTILE)))
    page = report(hostile)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)") == 5  # title twice, actor, memory, what was said


def test_a_report_tells_which_tools_were_used_and_what_they_gave() -> None:
    turn = Turn("Where is my order?", "a model")
    for event in (
        ToolCalled(MEMORY_TOOL, {"action": "retrieve", "query": "orders"}, "1"),
        ToolAnswered("1", "nothing", 0.1),
        ToolCalled("lookup_order", {"order_id": "12<b>"}, "2"),
        ToolAnswered("2", "Sent on Monday.", 0.5),
        ToolCalled("refund", {}, "3"),
        ToolAnswered("3", "No such order.", 0.5, failed=True),
        TextDelta("It was sent on Monday."),
        TurnDone(),
    ):
        turn.append(event)
    told = tuple(of_turn(turn, []))
    assert [(each.called, each.failed) for each in told if isinstance(each, ToolUsed)] == [
        ("lookup_order(order_id='12<b>')", False),
        ("refund()", True),
    ]
    page = report(Recording("Title", "memory", "actor", told))
    assert "lookup_order(order_id=&#x27;12&lt;b&gt;&#x27;)" in page
    assert page.index("Sent on Monday.") < page.index("It was sent on Monday.")
    assert "Tool failed" in page and "No such order." in page


def test_the_report_ends_with_what_memory_knows() -> None:
    old, new = ShownRecord("1", "lives in Irvine", "Facts"), ShownRecord("1", "lives in Portland", "Facts")
    other, gone = ShownRecord("2", "likes <b>tea</b>", "Facts"), ShownRecord("3", "forgotten", "Facts")
    told: list[Moment] = [
        RecordWritten(1.0, "added", old, None, 1.0),
        RecordWritten(2.0, "added", other, None, 1.0),
        RecordWritten(3.0, "added", gone, None, 1.0),
        RecordWritten(4.0, "changed", new, old.text, 1.0),
        RecordWritten(5.0, "removed", gone, None, 1.0),
    ]
    assert final_records(told) == [new, other]
    page = report(Recording("Title", "memory", "actor", tuple(told)))
    end = page.partition("What memory knows now")[2]
    assert "lives in Portland" in end
    assert "likes &lt;b&gt;tea&lt;/b&gt;" in end
    assert "forgotten" not in end
    assert "lives in <del>Irvine</del> <ins>Portland</ins>" in page
