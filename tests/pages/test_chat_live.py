"""The Chat page's live panel, its branches, and what it says of models and endpoints that misbehave."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.components.chat_branches import NO_ROOT
from services.chat import room as chat_room
from services.chat import storing
from tests.pages.conftest import OpenPage, make_memory, words
from tests.pages.test_chat_page import is_answered, say, store_event, talk_to, until
from tests.services.record_examples import faults
from tests.services.scripted_model import (
    Act,
    ScriptedModel,
    breaks_off_after,
    calls,
    calls_tool,
    fails,
    hangs_after,
    says,
    scripted_model,
    talks_garbage,
)


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    return make_memory(control, "PagesChatLive")


@pytest.fixture
def actor() -> str:
    return f"actor-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def conversation(app: AppTest) -> list[str]:
    """What the messages say, in their order."""
    return [message.text[0].value for message in app.chat_message]


def buttons(app: AppTest, label: str) -> list[Any]:
    """The buttons of that label below messages, in their order."""
    return [
        button
        for button in app.button
        if button.label == label and (button.key or "").startswith("chat-branch-")
    ]


def stored(data: Any, memory_id: str, actor: str, session: str) -> list[tuple[str, str]]:
    """(branch, what the user said) of every event, oldest first."""
    found = data.list_events(memoryId=memory_id, actorId=actor, sessionId=session, maxResults=100)["events"]
    return [
        (event["branch"]["name"], event["payload"][0]["conversational"]["content"]["text"])
        for event in reversed(found)
    ]


def test_a_branch_goes_on_after_what_the_agent_said_and_both_can_be_read(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    say(app, "I live in Irvine.")
    say(app, "I love tea.")
    buttons(app, "Branch")[0].click().run()
    app.text_input(key=field(app, "name")).set_value("coffee").run()
    app.text_area(key=field(app, "message")).set_value("I love coffee.").run()
    app.button(key="chat-branch-make").click().run()
    until(app, is_answered)
    assert conversation(app)[::2] == ["I live in Irvine.", "I love coffee."]
    assert stored(data, memory_id, actor, "first") == [
        ("main", "I live in Irvine."),
        ("main", "I love tea."),
        ("coffee", "I love coffee."),
    ]
    until(app, lambda app: app.query_params.get("branch") == "coffee")
    until(app, lambda app: "The user loves coffee" in words(app))
    app.selectbox(key="chat-branch").set_value("main").run()
    assert conversation(app)[::2] == ["I live in Irvine.", "I love tea."]
    assert "branch" not in app.query_params


def test_what_was_said_is_said_differently_on_a_branch_before_it(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    for said in ("I live in Irvine.", "I love tea.", "I have a dog."):
        store_event(data, memory_id, actor, "first", said)
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    first, _, third = buttons(app, "Reword")
    assert first.disabled
    assert first.help == NO_ROOT
    third.click().run()
    assert app.text_area(key=field(app, "message")).value == "I have a dog."
    app.text_area(key=field(app, "message")).set_value("I have a cat.").run()
    app.button(key="chat-branch-make").click().run()
    until(app, is_answered)
    assert [said for said in conversation(app) if said.startswith("I ")] == [
        "I live in Irvine.",
        "I love tea.",
        "I have a cat.",
    ]


def test_the_agent_knows_of_its_own_branch_only(
    open_page: OpenPage, memory_id: str, data: Any, actor: str, model: ScriptedModel
) -> None:
    root = store_event(data, memory_id, actor, "first", "The word is apple.")
    store_event(data, memory_id, actor, "first", "The word is banana.")
    app = open_page("chat", memory=memory_id, actor=actor, session="first", chat_branch="b", chat_root=root)
    talk_to(app, model, says("Apple."))
    say(app, "What is the word?")
    told = str(model.requests[-1]["messages"])
    assert "apple" in told
    assert "banana" not in told
    assert "What the model was given" in [expander.label.split(" · ")[0] for expander in app.expander]


def test_a_branch_that_is_not_there_says_so(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    store_event(data, memory_id, actor, "first", "Hello")
    app = open_page("chat", memory=memory_id, actor=actor, session="first", branch="nowhere")
    assert not app.exception
    assert "The session has no branch “nowhere”" in words(app).replace("\\", "")


def field(app: AppTest, name: str) -> str:
    """The key of a field of the form for a branch."""
    fields = (*app.text_input, *app.text_area)
    return next(str(each.key) for each in fields if str(each.key).endswith(f"-{name}"))


def test_what_carries_over_is_shown_before_the_first_message(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = say(open_page("chat", memory=memory_id, actor=actor, session="first"), "I live in Irvine.")
    until(app, lambda app: "The user lives in Irvine" in words(app))
    app.button(key="chat-new-session").click().run()
    assert "Carries over: 1 record" in words(app)
    assert "Irvine" in str([link.proto.label for link in app.get("page_link")])


def test_a_session_that_is_opened_again_tells_what_can_be_known_of_its_turns(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = say(open_page("chat", memory=memory_id, actor=actor, session="first"), "I live in Irvine.")
    until(app, lambda app: "after the event" in words(app))
    say(app, "Where do I live?")
    again = open_page("chat", memory=memory_id, actor=actor, session="first")
    assert "Stored before this page was opened" in words(again)
    assert "is not kept: not known any more" in words(again)
    told = [element.value.replace("\\", "") for element in again.markdown]
    assert told.index("**Where do I live?**") < told.index("**I live in Irvine.**"), "the newest comes first"
    assert words(again).count("Event stored") == 2
    assert "confidence" in words(again), "of the record, which nothing but a guess ties to what was said"
    [asked] = [button for button in again.button if button.label == "Without memory?"][-1:]
    asked.click().run()
    until(again, lambda app: "Whoever is chosen now, without memory" in words(app))


def test_a_message_that_is_kept_to_be_shortened_outlives_one_that_is_sent_meanwhile(
    open_page: OpenPage, memory_id: str, actor: str
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    long = "I live in Irvine. " * 6_000
    app.chat_input[0].set_value(long).run()
    app.button(key="chat-suggestion-0").click().run()
    until(app, is_answered)
    assert app.text_area[0].value == long
    app.button(key="chat-discard").click().run()
    assert not app.text_area


def test_the_panel_guesses_why_nothing_was_extracted(open_page: OpenPage, memory_id: str, actor: str) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    for said, why in (
        ("Good morning!", "it is a greeting or thanks"),
        ("What is the capital of France?", "a question says little about the user"),
        ("The weather is fine.", "nothing in it is about the user"),
    ):
        say(app, said)
        until(app, lambda app: "extracting" not in words(app))
        assert why in words(app)


def test_what_tools_returned_is_said_not_to_be_read(
    open_page: OpenPage, memory_id: str, actor: str, model: ScriptedModel
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor)
    app.selectbox(key="chat-persona").set_value("support").run()
    talk_to(app, model, calls(("list_orders", "{}")), says("You have one order."))
    say(app, "Which orders do I have?")
    assert "are not read from its 1 tool result, by their role" in words(app)


def test_a_turn_can_be_kept_from_extraction_or_not_be_kept(
    open_page: OpenPage, memory_id: str, data: Any, actor: str
) -> None:
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    app.selectbox(key="chat-keeping").set_value("unextracted").run()
    assert "stored but not extracted" in words(app)
    say(app, "I live in Irvine.")
    assert "it was stored with extractionMode SKIP" in words(app)
    app.selectbox(key="chat-keeping").set_value("nothing").run()
    app.chat_input[0].set_value("I love tea.").run()
    until(app, lambda app: "Not stored, so nothing can be extracted" in words(app))
    assert stored(data, memory_id, actor, "first") == [("main", "I live in Irvine.")]


def test_a_strategy_that_came_later_is_too_new_for_what_was_said(
    open_page: OpenPage, control: Any, actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_room, "MEMORY_AGE_SECONDS", 0.0)
    memory_id = make_memory(control, f"Later{uuid.uuid4().hex[:6]}")
    app = say(open_page("chat", memory=memory_id, actor=actor), "I live in Irvine.")
    added = {"summaryMemoryStrategy": {"name": "Late", "namespaceTemplates": ["/s/{actorId}/{sessionId}/"]}}
    control.update_memory(memoryId=memory_id, memoryStrategies={"addMemoryStrategies": [added]})
    say(app, "I love tea.")
    until(app, lambda app: "too new, it was not ACTIVE yet" in words(app).replace("\\", ""))


@pytest.mark.parametrize("role", ["viewer", "curator"])
def test_who_may_not_write_events_is_told_before_typing_and_stores_nothing(
    *,
    open_page: OpenPage,
    memory_id: str,
    data: Any,
    actor: str,
    role: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", role)
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    assert "nothing that you say is stored" in words(app)
    app.chat_input[0].set_value("I live in Irvine.").run()
    until(app, lambda app: "Not stored, so nothing can be extracted" in words(app))
    assert "does not allow this" not in words(app)
    assert stored(data, memory_id, actor, "first") == []


def then(*acts: Act) -> tuple[Act, ...]:
    return acts


MISBEHAVIOUR: tuple[tuple[str, Act, str], ...] = (
    ("fails", fails(500, "out of memory"), "The model server failed"),
    ("wants a key", fails(401, "no key"), "wants another API key"),
    ("lacks the model", fails(404, "no such model"), "does not know this model"),
    ("slows down", fails(429, "slow down"), "asks to slow down"),
    ("talks garbage", talks_garbage, "could not be read"),
    ("disappears", breaks_off_after("The begin"), "answer broke off"),
    ("says nothing", hangs_after(), "took too long"),
    ("falls silent", hangs_after("The begin"), "took too long"),
    ("loops on tools", calls_tool(action="retrieve", query="everything"), "tool calls"),
)


def test_what_a_model_server_does_is_told_and_what_was_said_is_stored(
    open_page: OpenPage, memory_id: str, data: Any, actor: str, model: ScriptedModel
) -> None:
    app = talk_to(open_page("chat", memory=memory_id, actor=actor, session="first"), model, says("Hello"))
    app.number_input(key="chat-patience").set_value(1).run()
    for number, (name, act, seen) in enumerate(MISBEHAVIOUR):
        model.acts = [act]
        say(app, f"This one {name}.")
        assert seen in ending(app, number), name
    events = data.list_events(memoryId=memory_id, actorId=actor, sessionId="first")["events"]
    assert [event["payload"][0]["conversational"]["content"]["text"] for event in reversed(events)] == [
        f"This one {name}." for name, _, _ in MISBEHAVIOUR
    ]
    assert all(event["metadata"]["outcome"] == {"stringValue": "failed"} for event in events)
    model.acts = [says("Better now")]
    app.button(key=f"chat-send-again-{len(MISBEHAVIOUR) - 1}").click().run()
    until(app, lambda app: "Better now" in words(app))


def ending(app: AppTest, number: int) -> str:
    """Everything that the agent's message of an exchange shows."""
    message = app.chat_message[2 * number + 1]
    return "\n".join(
        str(each.value) for kind in ("text", "error", "caption") for each in getattr(message, kind)
    )


def test_stop_ends_a_model_that_says_nothing_at_all(
    open_page: OpenPage, memory_id: str, actor: str, model: ScriptedModel
) -> None:
    app = talk_to(open_page("chat", memory=memory_id, actor=actor), model, hangs_after())
    app.chat_input[0].set_value("I live in Irvine.").run()
    until(app, lambda app: any(button.key == "chat-stop" for button in app.button))
    app.button(key="chat-stop").click().run()
    until(app, lambda app: "Stopped by you" in words(app))
    assert not model.released.is_set(), "the server is silent still"


def test_a_turn_that_an_outage_kept_from_being_stored_is_stored_by_itself_and_once(
    *,
    open_page: OpenPage,
    memory_id: str,
    data: Any,
    actor: str,
    endpoint: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(storing, "FIRST_PAUSES", (0.2, 0.2, 0.2))
    monkeypatch.setattr(storing, "LATER_PAUSE", 0.2)
    app = open_page("chat", memory=memory_id, actor=actor, session="first")
    # Stored, but the answer gets lost each time: only the client token keeps it from being stored again.
    with faults(endpoint, "drop-answer on CreateEvent first 4"):
        app.chat_input[0].set_value("I live in Irvine.").run()
        until(app, lambda app: "Not stored yet" in words(app))
        assert "I live in Irvine." in conversation(app)
        until(app, lambda app: "Event stored" in words(app) and "Not stored yet" not in words(app))
    assert stored(data, memory_id, actor, "first") == [("main", "I live in Irvine.")]
