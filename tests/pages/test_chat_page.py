"""The Chat page: talking, watching, continuing, and everything that can go wrong."""

import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import resources
from dashboard.components import chat_comparison
from services.chat import history as chat_history
from services.chat import room as chat_room
from services.chat.messages import LONGEST_MESSAGE
from services.chat.personas import ASSISTANT
from services.chat.without_memory import AnswerWithoutMemory
from services.listing import Listing
from tests.pages.conftest import OpenPage, Store, make_memory, words
from tests.services.scripted_model import ScriptedModel, fails, hangs_after, says, scripted_model

PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    return make_memory(control, "PagesChat")


@pytest.fixture
def actor() -> str:
    return f"actor-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def until(app: AppTest, holds: Callable[[AppTest], bool]) -> AppTest:
    """Draws again, as the page's timers do in a browser, until something is to be seen."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(app):
        assert time.monotonic() < deadline, words(app)
        assert not app.exception
        app.run()
    return app


def is_answered(app: AppTest) -> bool:
    """Whether every message is there with its text, none is being answered, and an event is stored."""
    answering = any(button.key == "chat-stop" for button in app.button)
    return (
        not answering and all(message.text for message in app.chat_message) and "Event stored" in words(app)
    )


def say(app: AppTest, text: str) -> AppTest:
    """Sends a message and waits until it is answered, and its event is stored."""
    before = words(app).count("Event stored")

    def is_over(app: AppTest) -> bool:
        return is_answered(app) and words(app).count("Event stored") > before

    app.chat_input[0].set_value(text).run()
    return until(app, is_over)


def talk_to(app: AppTest, model: ScriptedModel, *acts: Any) -> AppTest:
    """Chooses the scripted server as the model."""
    model.acts = list(acts)
    app.selectbox(key="chat-model-kind").set_value("openai_compatible").run()
    app.text_input(key="chat-openai-url").set_value(model.url).run()
    return app.text_input(key="chat-openai_compatible-model").set_value("scripted").run()


def test_an_empty_conversation_says_how_to_begin(open_page: OpenPage, memory_id: str, actor: str) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    assert not app.exception
    labels = [button.label for button in app.button]
    assert all(sentence in labels for sentence in ASSISTANT.suggestions)
    assert "No language model: built-in rules" in words(app)
    assert "Extractor: rules" in words(app).replace("\\", "")
    assert f"/facts/{actor}/" in words(app)


def test_a_message_is_answered_and_becomes_records(open_page: OpenPage, memory_id: str, actor: str) -> None:
    app = say(open_page("chat", memory=memory_id, actor=actor), "I live in Irvine.")
    assert [message.name for message in app.chat_message] == ["user", "assistant"]
    until(app, lambda app: "The user lives in Irvine" in words(app))
    assert "after the event" in words(app)


def test_the_last_question_of_the_guide_is_answered_from_memory(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    say(app, ASSISTANT.suggestions[1])
    until(app, lambda app: "after the event" in words(app))
    say(app, ASSISTANT.suggestions[4])
    until(app, lambda app: "cited 1" in words(app))
    assert "Italian" in app.chat_message[-1].text[0].value
    assert "[1]" in app.chat_message[-1].text[0].value
    assert "mem-" not in app.chat_message[-1].text[0].value
    assert "Retrieved" in words(app)


def test_sentences_of_the_guide_that_were_sent_are_not_offered_again(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    app.button(key="chat-suggestion-0").click().run()
    until(app, is_answered)
    offered = [button.label for button in app.button if button.label in ASSISTANT.suggestions]
    assert offered == list(ASSISTANT.suggestions[1:])
    say(app, "Something else about me: I have a dog.")
    assert not [button.label for button in app.button if button.label in ASSISTANT.suggestions]


def test_a_new_session_keeps_the_actor_and_what_is_known(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = say(open_page("chat", memory=memory_id, actor=actor, session="first"), "I live in Irvine.")
    until(app, lambda app: "after the event" in words(app))
    app.button(key="chat-new-session").click().run()
    assert app.selectbox(key="chat-actor").value == actor
    assert app.selectbox(key="chat-session").value != "first"
    assert "already" in words(app)
    say(app, "Where do I live?")
    assert "Irvine" in app.chat_message[-1].text[0].value


def test_the_same_question_is_answered_without_memory_beside(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = say(open_page("chat", memory=memory_id, actor=actor), "I live in Irvine.")
    until(app, lambda app: "new" in words(app))
    app.button(key="chat-new-session").click().run()
    say(app, "Where do I live?")
    app.button(key="chat-compare-0").click().run()
    until(app, lambda app: "The same agent without memory" in words(app))
    assert "You did not tell me in this conversation" in words(app)
    assert "another answer altogether" in words(app)


def test_a_stored_session_is_continued(open_page: OpenPage, store: Store) -> None:
    app = open_page("chat", memory=store.memory_id, actor=store.actor_id, session=store.session_id)
    assert "I'm having trouble with my order #12345" in words(app)
    assert "Stored before this page was opened" in words(app)
    assert not [button.label for button in app.button if button.label in ASSISTANT.suggestions]


def test_each_exchange_of_a_stored_event_can_be_asked_without_memory(
    open_page: OpenPage, memory_id: str, actor: str, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []

    def asking(question: str, before: list[Any], *agent: Any) -> AnswerWithoutMemory:
        heard.append(len(before))
        return AnswerWithoutMemory(question, before, *agent)

    monkeypatch.setattr(chat_comparison, "AnswerWithoutMemory", asking)
    said = [
        ("USER", "What now?"),
        ("ASSISTANT", "Nice."),
        ("USER", "What now?"),
        ("ASSISTANT", "Noted."),
    ]
    data.create_event(
        memoryId=memory_id,
        actorId=actor,
        sessionId="two-exchanges",
        eventTimestamp=datetime.now(UTC),
        payload=[{"conversational": {"role": role, "content": {"text": words}}} for role, words in said],
    )
    app = open_page("chat", memory=memory_id, actor=actor, session="two-exchanges")
    assert not app.exception
    assert [message.text[0].value for message in app.chat_message] == [words for _, words in said]
    first, _ = [button for button in app.button if str(button.key).startswith("chat-compare-")]
    first.click().run()
    until(app, lambda app: "Whoever is chosen now, without memory" in words(app))
    [other] = [button for button in app.button if str(button.key).startswith("chat-compare-")]
    other.click().run()
    assert heard == [0, 2], "each with what was said before it, though the questions are the same"


def test_a_models_error_is_shown_and_the_message_kept(
    open_page: OpenPage, memory_id: str, actor: str, model: ScriptedModel
) -> None:
    app = talk_to(open_page("chat", memory=memory_id, actor=actor), model, fails(500, "out of memory"))
    say(app, "I live in Irvine.")
    assert "The model server failed" in words(app)
    assert "I live in Irvine." in words(app)
    model.acts = [says("Better now")]
    app.button(key="chat-send-again-0").click().run()
    until(app, lambda app: "Better now" in words(app))


def test_a_running_answer_can_be_stopped(
    open_page: OpenPage, memory_id: str, actor: str, model: ScriptedModel
) -> None:
    app = talk_to(open_page("chat", memory=memory_id, actor=actor), model, hangs_after("The beginning"))
    app.chat_input[0].set_value("Tell me a story").run()
    until(app, lambda app: "The beginning" in words(app))
    app.button(key="chat-stop").click().run()
    until(app, lambda app: "Stopped by you" in words(app))
    assert "The beginning" in words(app)


def test_the_model_can_be_tested(
    open_page: OpenPage, memory_id: str, actor: str, model: ScriptedModel
) -> None:
    app = talk_to(open_page("chat", memory=memory_id, actor=actor), model, says("ready"))
    app.button(key="chat-probe").click().run()
    assert "It answered in" in words(app)
    model.acts = [fails(401, "no key")]
    app.button(key="chat-probe").click().run()
    assert "wants another API key" in words(app)


def test_text_of_users_models_and_records_is_never_markdown(
    open_page: OpenPage, memory_id: str, actor: str, model: ScriptedModel, data: Any
) -> None:
    bait = "I like ![bait](http://bait.example/pixel.png) and <b>bold</b> https://bait.example"
    app = talk_to(open_page("chat", memory=memory_id, actor=actor), model, says(bait))
    say(app, bait)
    hostile_record(data, memory_id, f"/facts/{actor}/", bait)
    until(app, lambda app: "after the event" in words(app))
    texts = [str(element.value) for element in (*app.markdown, *app.caption)]
    texts += [button.label for button in app.button]
    assert any("bait" in text for text in texts), "the record is to be seen"
    assert not [text for text in texts if "![" in text or "<b>" in text or "https://bait" in text]


def hostile_record(data: Any, memory_id: str, namespace: str, text: str) -> None:
    """A record as anyone with access to the memory can write it."""
    record = {"namespaces": [namespace], "content": {"text": text}, "timestamp": datetime.now(UTC)}
    answer = data.batch_create_memory_records(
        memoryId=memory_id, records=[{**record, "requestIdentifier": "hostile"}]
    )
    assert answer["successfulRecords"]


def test_a_memory_without_strategies_says_that_nothing_is_extracted(
    open_page: OpenPage, control: Any, actor: str
) -> None:
    memory = control.create_memory(name=f"Short{uuid.uuid4().hex[:6]}", eventExpiryDuration=30)["memory"]
    control.get_waiter("memory_created").wait(memoryId=memory["id"], WaiterConfig={"Delay": 1})
    app = open_page("chat", memory=memory["id"], actor=actor)
    assert "no long-term strategy" in words(app)
    say(app, "I live in Irvine.")
    assert "No strategy reads it" in words(app)


def test_without_any_memory_one_click_makes_one_to_chat_with(open_page: OpenPage, endpoint: Any) -> None:
    app = open_page("chat", connection=f"custom:{endpoint.url}@eu-north-1")
    assert "no memory yet" in words(app)
    app.button(key="chat-create-memory").click().run()
    assert not app.exception
    say(app, "I live in Irvine.")


def test_an_id_that_aws_would_refuse_says_why(open_page: OpenPage, memory_id: str) -> None:
    app = open_page("chat", memory=memory_id, actor="not allowed!")
    assert not app.exception
    assert "The actor's id has characters" in words(app).replace("\\", "")


def test_a_role_that_may_not_write_can_talk_and_sees_that_nothing_is_stored(
    open_page: OpenPage, memory_id: str, actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    app.chat_input[0].set_value("I live in Irvine.").run()
    until(app, lambda app: "Your role does not allow this" in words(app))
    monkeypatch.delenv("AGENTCORE_STUDIO_READ_ONLY")
    app.button(key="chat-store-again-0").click().run()
    until(app, is_answered)


def test_an_endpoint_that_is_not_there(open_page: OpenPage) -> None:
    app = open_page("chat", connection="custom:http://127.0.0.1:9@us-west-2")
    assert not app.exception
    assert "The endpoint does not answer" in words(app)


def test_other_pages_hear_of_an_actor_and_a_session_once_an_event_is_stored(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    store_event(data, memory_id, actor, "first", "Hello")
    app = open_page("chat", memory=memory_id)
    assert app.selectbox(key="chat-actor").value == "guest"
    assert {"actor", "session"}.isdisjoint(app.query_params)
    assert not links(app, "Open on Events")
    app.query_params.clear()
    app.switch_page("../pages/events.py").run()
    assert not app.warning
    assert "has no session" not in words(app)

    app = open_page("chat", memory=memory_id, actor=actor)
    session_id = app.selectbox(key="chat-session").value
    say(app, "I live in Irvine.")
    until(app, lambda app: app.query_params.get("session") == session_id)
    assert app.query_params["actor"] == actor
    assert {"chat_actor", "chat_session"}.isdisjoint(app.query_params)
    assert links(app, "Open on Events")


def test_a_link_to_a_session_that_is_not_stored_yet_opens_the_same(
    open_page: OpenPage, memory_id: str
) -> None:
    first = open_page("chat", memory=memory_id)
    assert str(first.selectbox(key="chat-session").value).startswith("chat-")
    again = open_page("chat", **first.query_params)
    for key in ("chat-actor", "chat-session"):
        assert again.selectbox(key=key).value == first.selectbox(key=key).value
    assert again.query_params == first.query_params


def test_a_new_session_is_still_there_after_a_look_at_another_page(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    store_event(data, memory_id, actor, "first", "Hello")
    store_event(data, memory_id, actor, "second", "Hello again")
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    app.button(key="chat-new-session").click().run()
    new = app.selectbox(key="chat-session").value
    visit(app, "events")
    assert app.query_params["session"] == "first"
    visit(app, "chat")
    assert app.selectbox(key="chat-session").value == new


def test_a_session_chosen_elsewhere_is_continued(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    store_event(data, memory_id, actor, "first", "Hello")
    store_event(data, memory_id, actor, "second", "Hello again")
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    app.button(key="chat-new-session").click().run()
    app.query_params.clear()
    app.query_params.update({"memory": memory_id, "actor": actor, "session": "second"})
    app.switch_page("../pages/events.py").run()
    visit(app, "chat")
    assert app.selectbox(key="chat-session").value == "second"
    assert "Hello again" in words(app)


def test_an_actor_and_a_stored_session_can_be_chosen(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    store_event(data, memory_id, actor, "first", "Hello")
    app = open_page("chat", memory=memory_id)
    app.selectbox(key="chat-actor").set_value(actor).run()
    assert app.query_params["actor"] == actor
    app.selectbox(key="chat-session").set_value("first").run()
    assert "chat_session" not in app.query_params
    assert app.query_params["session"] == "first"
    assert "Hello" in words(app)


def test_two_visitors_do_not_share_a_new_session(open_page: OpenPage, memory_id: str) -> None:
    opened = [open_page("chat", memory=memory_id).selectbox(key="chat-session").value for _ in range(3)]
    assert len(set(opened)) == 3


def test_a_message_that_is_too_long_is_kept_to_be_shortened(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    long = "I live in Irvine. " * 6_000
    app.chat_input[0].set_value(long).run()
    assert "108,000 characters" in words(app)
    assert "Shorten it by 8,000" in words(app)
    assert app.text_area[0].value == long
    assert app.chat_input[0].disabled
    app.button(key="chat-send-shortened").click().run()
    assert app.text_area[0].value == long, "still too long"
    visit(app, "memories")
    visit(app, "chat")
    assert app.text_area[0].value == long, "another page was looked at"
    app.text_area[0].set_value(long[:LONGEST_MESSAGE]).run()
    assert "it can be sent" in words(app)
    app.button(key="chat-send-shortened").click().run()
    until(app, is_answered)
    assert not app.text_area


def test_lists_that_stopped_say_so(
    open_page: OpenPage, memory_id: str, data: Any, actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, said in enumerate(("I live in Irvine.", "My dog is called Rex."), start=1):
        store_event(data, memory_id, actor, "first", said)
        wait_for_records(data, memory_id, f"/facts/{actor}/", number)
    some = Listing([{"actorId": actor, "sessionId": "first"}], complete=False, limit=1)
    monkeypatch.setattr(resources, "actors", lambda *_: some)
    monkeypatch.setattr(resources, "sessions", lambda *_: some)
    monkeypatch.setattr(chat_room, "WATCHED_RECORDS", 1)
    monkeypatch.setattr(chat_history, "EARLIER_EVENTS", 1)
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    assert "The list stopped at 1 actor" in words(app)
    assert "The list stopped at 1 session" in words(app)
    assert "They hold at least" in words(app)
    assert "a change or deletion among the others is not seen" in words(app)
    assert "events of this session were read" in words(app)
    assert [message.text[0].value for message in app.chat_message] == ["My dog is called Rex."]


def test_an_earlier_answer_still_links_what_it_cites(open_page: OpenPage, memory_id: str, actor: str) -> None:
    app = say(open_page("chat", memory=memory_id, actor=actor, session="first"), "I live in Irvine.")
    until(app, lambda app: "after the event" in words(app))
    say(app, "Where do I live?")
    assert links(app, "[1")
    again = open_page("chat", memory=memory_id, actor=actor, session="first")
    assert links(again, "Cited: The user lives in Irvine")


def test_what_is_deleted_elsewhere_goes_from_the_conversation(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    store_event(data, memory_id, actor, "first", "Said before")
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    say(app, "Said here")
    say(app, "This stays")
    for event in data.list_events(memoryId=memory_id, actorId=actor, sessionId="first")["events"]:
        if "stays" not in str(event["payload"]):
            data.delete_event(memoryId=memory_id, actorId=actor, sessionId="first", eventId=event["eventId"])
    until(app, lambda app: app.chat_message[0].text[0].value == "This stays")
    assert "Said" not in words(app)


def test_a_conversation_left_with_an_unstored_turn_can_be_returned_to(
    open_page: OpenPage, memory_id: str, actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    app.chat_input[0].set_value("I live in Irvine.").run()
    until(app, lambda app: "Your role does not allow this" in words(app))
    app.button(key="chat-new-session").click().run()
    assert "could not be stored, and will be lost" in words(app)
    app.button(key="chat-left-open-0").click().run()
    monkeypatch.delenv("AGENTCORE_STUDIO_READ_ONLY")
    app.button(key="chat-store-again-0").click().run()
    until(app, is_answered)
    assert app.query_params["actor"] == actor


def test_an_endpoint_with_nothing_pending_is_believed(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = say(open_page("chat", memory=memory_id, actor=actor), "Hello!")
    until(app, lambda app: "The endpoint reports nothing pending." in words(app))
    assert "extracting" not in words(app)


def store_event(data: Any, memory_id: str, actor: str, session: str, said: str) -> str:
    """Stores what a user said as an event; its id."""
    answer = data.create_event(
        memoryId=memory_id,
        actorId=actor,
        sessionId=session,
        eventTimestamp=datetime.now(UTC),
        payload=[{"conversational": {"role": "USER", "content": {"text": said}}}],
    )
    return str(answer["event"]["eventId"])


def wait_for_records(data: Any, memory_id: str, namespace: str, at_least: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(listed := records_of(data, memory_id, namespace)) < at_least:
        assert time.monotonic() < deadline, listed
        time.sleep(0.05)


def records_of(data: Any, memory_id: str, namespace: str) -> list[Any]:
    answer = data.list_memory_records(memoryId=memory_id, namespace=namespace)
    return list(answer["memoryRecordSummaries"])


def links(app: AppTest, words: str) -> list[str]:
    """The labels of links that contain some words, without their escaping."""
    labels = [str(link.proto.label).replace("\\", "") for link in app.get("page_link")]
    return [label for label in labels if words in label]


def visit(app: AppTest, page: str) -> AppTest:
    """Chooses a page in the menu, which empties the address bar."""
    app.query_params.clear()
    return app.switch_page(f"../pages/{page}.py").run()
