"""The episodic strategy by rules: where episodes end, what records say, what several teach."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.extraction.episodes import extract_episodes, finished
from services.aws_local.extraction.outcomes import closes
from services.aws_local.long_term import pipeline
from services.aws_local.storage.store import Store, row
from tests.aws_local.agentcore import START, everything, new_memory, say, strategy_ids, until
from tests.aws_local.conversation import ASSISTANT, ORDER_SUPPORT, TOOL, TRIP, USER, event, messages
from tests.aws_local.in_process import InProcess

EPISODE = {"situation", "intent", "assessment", "justification", "reflection", "turns"}
TURN = {"situation", "intent", "action", "thought", "assessmentAssistant", "assessmentUser"}
TYPE_KEY = "x-amz-agentcore-memory-recordType"


def episodic(
    episodes: str = "/episodes/{actorId}/{sessionId}/", reflections: str = "/episodes/{actorId}/"
) -> dict[str, Any]:
    given = {"namespaceTemplates": [reflections]}
    return {
        "episodicMemoryStrategy": {
            "name": "episodes",
            "namespaceTemplates": [episodes],
            "reflectionConfiguration": given,
        }
    }


def reset(session: str, said: str = "Can you reset my password?") -> dict[str, Any]:
    """A conversation with a tool, an outcome and an end, as the parameters of CreateEvent."""
    turns = [
        (said, USER),
        ("reset_password(user='alice')", TOOL),
        ("Your password was reset successfully.", ASSISTANT),
        ("That worked, thanks!", USER),
    ]
    return {"actorId": "alice", "sessionId": session, "payload": event(*turns)["payload"]}


def records(data: Any, memory_id: str, kind: str) -> list[dict[str, Any]]:
    """The records of one type, oldest first."""
    found = everything(
        data.list_memory_records, "memoryRecordSummaries", memoryId=memory_id, namespacePath="/"
    )
    return [each for each in reversed(found) if each["metadata"][TYPE_KEY]["stringValue"] == kind]


def document(record: dict[str, Any]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(record["content"]["text"])
    return loaded


def test_an_episode_and_a_reflection_have_the_services_form(control: Any, data: Any) -> None:
    memory_id = new_memory(control, episodic())
    data.create_event(memoryId=memory_id, eventTimestamp=START, **reset("one"))
    (record,) = until(lambda: records(data, memory_id, "BASE"))
    episode = document(record)
    assert episode.keys() == EPISODE
    assert episode["assessment"] == "Yes"
    assert "That worked" in episode["justification"]
    (turn,) = episode["turns"]
    assert turn.keys() == TURN
    assert "reset_password(user='alice')" in turn["action"]
    assert "reset successfully" in turn["action"]
    assert record["namespaces"] == ["/episodes/alice/one/"]
    assert records(data, memory_id, "REFLECTION") == []

    again = reset("two", "Please reset my password.")
    data.create_event(memoryId=memory_id, eventTimestamp=START, **again)
    (reflection,) = until(lambda: records(data, memory_id, "REFLECTION"))
    learned = document(reflection)
    assert learned.keys() == {"title", "use_cases", "hints", "confidence"}
    assert isinstance(learned["confidence"], str)
    assert 0.1 <= float(learned["confidence"]) <= 1.0
    assert "2 of 2 episodes" in learned["hints"]
    assert "reset_password" in learned["hints"]
    assert reflection["namespaces"] == ["/episodes/alice/"]

    data.create_event(memoryId=memory_id, eventTimestamp=START, **reset("three"))
    until(lambda: "3 of 3" in str(records(data, memory_id, "REFLECTION")))
    (updated,) = records(data, memory_id, "REFLECTION")
    assert updated["memoryRecordId"] == reflection["memoryRecordId"]
    assert len(records(data, memory_id, "BASE")) == 3


def test_another_intent_makes_no_reflection(control: Any, data: Any) -> None:
    memory_id = new_memory(control, episodic())
    for session, said in (("one", "Book a flight to Boston."), ("two", "Cancel my flight to Boston.")):
        data.create_event(memoryId=memory_id, eventTimestamp=START, **reset(session, said))
    until(lambda: len(records(data, memory_id, "BASE")) == 2)
    assert records(data, memory_id, "REFLECTION") == []


def test_actors_learn_from_each_other_only_where_the_namespace_says_so(control: Any, data: Any) -> None:
    apart = new_memory(control, episodic())
    together = new_memory(control, episodic("/all/{memoryStrategyId}/{actorId}/", "/all/{memoryStrategyId}/"))
    for memory_id in (apart, together):
        for actor in ("alice", "bob"):
            given = reset("one") | {"actorId": actor}
            data.create_event(memoryId=memory_id, eventTimestamp=START, **given)
    strategy_id = strategy_ids(control, together)["episodes"]
    (shared,) = until(lambda: records(data, together, "REFLECTION"))
    assert shared["namespaces"] == [f"/all/{strategy_id}/"]
    until(lambda: len(records(data, apart, "BASE")) == 2)
    assert records(data, apart, "REFLECTION") == []


def test_episodes_are_found_by_their_intent(control: Any, data: Any) -> None:
    memory_id = new_memory(control, episodic())
    data.create_event(memoryId=memory_id, eventTimestamp=START, **reset("one"))
    booking = reset("two", "Book a table for two at an Italian restaurant.")
    data.create_event(memoryId=memory_id, eventTimestamp=START, **booking)
    until(lambda: len(records(data, memory_id, "BASE")) == 2)
    where = {"memoryId": memory_id, "namespacePath": "/"}
    answer = data.retrieve_memory_records(
        **where, searchCriteria={"searchQuery": "reserve a restaurant table"}
    )
    first, second = answer["memoryRecordSummaries"]
    assert "Italian" in document(first)["intent"]
    assert first["score"] > 0.35 > second["score"]


def test_an_unfinished_episode_waits_and_goes_on(tmp_path: Path) -> None:
    backend = Backend(Store.open(tmp_path / "data"), Settings(extraction_delay=0.05), embedder=None)
    aws = InProcess(backend)
    memory_id = aws.memory(episodic())
    aws.say(memory_id, "Can you reset my password?", "one")
    aws.say(memory_id, "It still does not work.", "one")
    backend.start()
    until(lambda: aws.texts(memory_id))  # nothing followed: it is over without an end
    (content,) = aws.texts(memory_id)
    assert json.loads(content)["assessment"] == "No"
    assert len(json.loads(content)["turns"]) == 2
    backend.close()


def test_a_closing_word_ends_an_episode_before_the_quiet_time_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "EPISODE_QUIET", 100_000)  # times the delay: an hour and more
    backend = Backend(Store.open(tmp_path / "data"), Settings(extraction_delay=0.05), embedder=None)
    aws = InProcess(backend)
    memory_id = aws.memory(episodic())
    backend.start()
    aws.say(memory_id, "Can you reset my password?", "one")

    def put_off() -> bool:
        sql = "SELECT not_before_ms FROM extraction_queue"
        return backend.read(lambda connection: row(connection, sql)) != {"not_before_ms": 0}

    until(put_off)
    assert aws.texts(memory_id) == []
    aws.say(memory_id, "Thanks, that's all!", "one")
    until(lambda: aws.texts(memory_id))
    assert backend.pipeline.pending() == 0
    backend.close()


@pytest.mark.parametrize(
    ("text", "over"),
    [
        ("Thanks!", True),
        ("That worked, thank you so much!", True),
        ("Great. That's all for today. Bye!", True),
        ("Never mind.", True),
        ("no, that is everything", True),
        ("awesome, merged it. thanks a lot!", True),
        ("Good to know, bye", True),
        ("Book it. Thanks!", False),
        ("My order arrived damaged. Thanks.", False),
        ("Thanks. Can you also book a hotel?", False),
        ("Thanks for the tip, now please change the date of my flight to Monday", False),
        ("Ok", False),
        ("Yes, please do that.", False),
        ("My order arrived.", False),
        ("", False),
    ],
)
def test_what_ends_an_episode(text: str, over: bool) -> None:
    assert closes(text) is over


def test_a_session_is_cut_where_the_user_closes_a_matter() -> None:
    first, second = finished(messages(*TRIP), quiet=True)[0]
    assert [message.text for message in first.messages][-1] == "end"
    assert second.messages[0].text.startswith("I need to stay an extra day")


def test_what_goes_on_waits_with_its_whole_event() -> None:
    closed = messages(("Reset my password.", USER), ("Thanks, bye!", USER), event_id="one")
    both = messages(("Thanks!", USER), ("Now book a flight.", USER), event_id="two")
    ended, unfinished = finished(closed, quiet=False)
    assert (len(ended), unfinished) == (1, frozenset())
    ended, unfinished = finished([*closed, *both], quiet=False)
    assert unfinished == {"one", "two"}  # the thanks in "two" belong to what began in "one"
    assert ended == []


def test_an_episode_that_was_left_open_has_no_success() -> None:
    (record,) = extract_episodes(finished(messages(*ORDER_SUPPORT), quiet=True)[0])
    episode = json.loads(record.content)
    assert episode["assessment"] == "No"
    assert [turn["assessmentAssistant"][:3] for turn in episode["turns"]] == ["No.", "No.", "Yes", "No."]
    assert "lookup_order, update_customer_email" in episode["reflection"]


def test_plans_and_questions_are_no_success_and_secrets_are_left_out() -> None:
    turns = [
        ("Please fix my account. My password is hunter2-Xk9, it was reset last week.", USER),
        ("login(user='a', password='hunter2-Xk9!')", TOOL),
        ("Your account will be restored on Monday. Shall I mark it as resolved?", ASSISTANT),
    ]
    (record,) = extract_episodes(finished(messages(*turns), quiet=True)[0])
    assert json.loads(record.content)["assessment"] == "No"
    assert "hunter2" not in record.content


def test_what_only_goes_along_is_no_turn_of_its_own() -> None:
    turns = [
        ("Hi!", USER),
        ("Hello!", ASSISTANT),
        ("Please fix the build.", USER),
        ("It fails because a package is missing. Shall I add it?", ASSISTANT),
        ("yes please", USER),
        ("add_package(name='x')", TOOL),
        ("I added it, and all checks passed.", ASSISTANT),
        ("awesome, merged it. thanks a lot!", USER),
        ("You're welcome!", ASSISTANT),
    ]
    (record,) = extract_episodes(finished(messages(*turns), quiet=False)[0])
    (turn,) = json.loads(record.content)["turns"]
    assert "fix the build" in turn["intent"]
    assert "add_package" in turn["action"]
    assert "checks passed" in turn["action"]
    assert turn["assessmentAssistant"].startswith("Yes")
    assert turn["assessmentUser"].startswith("Yes")


def test_a_greeting_alone_is_no_episode() -> None:
    greeting = messages(("How can I help?", ASSISTANT), ("Thanks, bye!", USER))
    assert extract_episodes(finished(greeting, quiet=True)[0]) == []


def test_a_very_long_episode_still_fits_into_a_record() -> None:
    turns = [
        turn
        for number in range(60)
        for turn in ((f"Fix step {number} {'x ' * 150}", USER), ("Done.", ASSISTANT))
    ]
    (record,) = extract_episodes(finished(messages(*turns), quiet=True)[0])
    assert len(record.content) <= 16_000
    assert "step 0 " in json.loads(record.content)["turns"][0]["situation"]
    assert "step 59 " in json.loads(record.content)["turns"][-1]["situation"]


def test_strategies_do_not_see_each_others_episodes(control: Any, data: Any) -> None:
    other = episodic("/episodes/{actorId}/{sessionId}/")
    other["episodicMemoryStrategy"]["name"] = "others"
    memory_id = new_memory(control, episodic(), other)
    data.create_event(memoryId=memory_id, eventTimestamp=START, **reset("one"))
    until(lambda: len(records(data, memory_id, "BASE")) == 2)
    say(data, memory_id, "I live in Lisbon.", "Noted.", "Thanks, bye!", session="other")
    until(lambda: len(records(data, memory_id, "BASE")) == 4)
    assert records(data, memory_id, "REFLECTION") == []
