"""The Events page: actors, sessions, transcripts, writing and deleting."""

from typing import Any

from tests.pages.conftest import OpenPage, Store, make_memory, words


def place(store: Store) -> dict[str, str]:
    return {"memory": store.memory_id, "actor": store.actor_id, "session": store.session_id}


def test_the_transcript_tells_user_assistant_and_tool_apart(open_page: OpenPage, store: Store) -> None:
    app = open_page("events", **place(store))
    assert not app.exception
    assert [message.name for message in app.chat_message] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert "I'm having trouble with my order #12345" in words(app)


def test_the_turns_of_one_speaker_are_shown_alone_and_newest_first(open_page: OpenPage, store: Store) -> None:
    place = {"memory": store.memory_id, "actor": store.actor_id, "session": store.session_id}
    app = open_page("events", **place)
    app.selectbox(key="speaker-choice").set_value("user").run()
    assert [message.name for message in app.chat_message] == ["user", "user"]
    assert "trouble with my order" in str(app.chat_message[0].text[0].value)
    app.toggle(key="newest-first").set_value(True).run()
    assert "trouble with my order" in str(app.chat_message[-1].text[0].value)
    assert (app.query_params["speaker"], app.query_params["turns"]) == ("user", "newest")
    app = open_page("events", **place, speaker="blob")
    assert not app.chat_message
    assert "Nothing here is theirs" in words(app)


def test_the_newest_session_opens_by_itself(open_page: OpenPage, store: Store, data: Any) -> None:
    app = open_page("events", memory=store.memory_id)
    assert app.query_params["session"] == store.session_id


def test_markup_in_a_message_is_shown_as_text(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, "PagesHostile")
    hostile = "![x](http://evil.example/q.png) <script>alert(1)</script>"
    data.create_event(
        memoryId=memory_id,
        actorId="mallory",
        sessionId="s1",
        eventTimestamp=1_790_000_000,
        payload=[{"conversational": {"role": "USER", "content": {"text": hostile}}}],
    )
    app = open_page("events", memory=memory_id)
    assert hostile in [element.value for element in app.text]
    assert not any("evil.example" in str(element.value) for element in app.markdown)


def test_a_session_that_does_not_exist_is_said_not_shown_empty(open_page: OpenPage, store: Store) -> None:
    app = open_page("events", memory=store.memory_id, actor=store.actor_id, session="nowhere")
    assert "There is no session" in words(app)


def test_an_empty_memory_explains_how_to_fill_it(open_page: OpenPage, control: Any) -> None:
    app = open_page("events", memory=make_memory(control, "PagesEmpty"))
    assert "Nobody has written to this memory yet" in words(app)


def test_deleting_an_event_can_be_undone(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, "PagesUndo")
    address = {"memoryId": memory_id, "actorId": "alice", "sessionId": "s1"}
    payload = [{"conversational": {"role": "USER", "content": {"text": "Keep me"}}}]
    event_id = data.create_event(**address, eventTimestamp=1_790_000_000, payload=payload)["event"]["eventId"]
    app = open_page(
        "events", memory=memory_id, actor="alice", session="s1", event=event_id, event_view="delete"
    )
    app.text_input(key=f"delete-{event_id}-typed").set_value("delete").run()
    app.button(key=f"delete-{event_id}-confirmed").click().run()
    assert data.list_events(**address)["events"] == []
    app.button(key="undo-delete-event").click().run()
    [restored] = data.list_events(**address)["events"]
    assert restored["payload"] == payload
    assert restored["eventId"] != event_id
