"""The address bar: what a link opens, what the menu keeps, and what a stale link says."""

from typing import Any

import pytest
from streamlit.runtime.state.query_params import QueryParams

from tests.pages.conftest import OpenPage, Store, make_memory, words

AT = 1_790_000_000


def say(data: Any, memory_id: str, actor: str, session: str, text: str, **more: Any) -> str:
    event = data.create_event(
        memoryId=memory_id,
        actorId=actor,
        sessionId=session,
        eventTimestamp=AT,
        payload=[{"conversational": {"role": "USER", "content": {"text": text}}}],
        **more,
    )["event"]
    return str(event["eventId"])


def test_the_menu_keeps_memory_actor_and_session(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, "PlaceKept")
    say(data, memory_id, "alice", "s1", "One")
    say(data, memory_id, "bob", "s2", "Two")
    app = open_page("events", memory=memory_id, actor="bob", session="s2")
    app.query_params.clear()
    app.switch_page("../pages/retrieval.py").run()
    assert app.query_params["memory"] == memory_id
    app.query_params.clear()
    app.switch_page("../pages/events.py").run()
    assert (app.query_params["actor"], app.query_params["session"]) == ("bob", "s2")


def test_another_memory_forgets_the_actor_on_every_page(open_page: OpenPage, control: Any, data: Any) -> None:
    first, second = make_memory(control, "PlaceFirst"), make_memory(control, "PlaceSecond")
    say(data, first, "alice", "s1", "One")
    say(data, second, "bob", "s2", "Two")
    app = open_page("events", memory=first, actor="alice", session="s1")
    app.query_params.clear()
    app.query_params["memory"] = second
    app.switch_page("../pages/memories.py").run()
    app.query_params.clear()
    app.switch_page("../pages/events.py").run()
    assert app.query_params["actor"] == "bob"
    assert not app.warning


def test_the_same_session_names_of_two_actors_are_not_confused(
    open_page: OpenPage, control: Any, data: Any
) -> None:
    memory_id = make_memory(control, "PlaceTwins")
    for actor in ("alice", "bob"):
        say(data, memory_id, actor, "s1", f"{actor} in s1")
        say(data, memory_id, actor, "s2", f"{actor} in s2")
    app = open_page("events", memory=memory_id, actor="alice", session="s1")
    app.selectbox(key="actor-choice").set_value("bob").run()
    shown = words(app)
    assert f"bob in {app.query_params['session']}" in shown
    assert "alice in" not in shown


def test_a_stale_session_link_says_one_thing(open_page: OpenPage, store: Store) -> None:
    app = open_page("events", memory=store.memory_id, actor=store.actor_id, session="nowhere")
    assert "There is no session nowhere" in words(app)
    assert "has no session" not in words(app)


def test_branches_are_marked_and_the_main_line_stays(open_page: OpenPage, control: Any, data: Any) -> None:
    memory_id = make_memory(control, "PlaceBranches")
    root = say(data, memory_id, "alice", "s1", "On the main line")
    for name in ("cheaper", "faster"):
        branch = {"name": name, "rootEventId": root}
        say(data, memory_id, "alice", "s1", f"On {name}", branch=branch)
    shown = words(open_page("events", memory=memory_id, actor="alice", session="s1"))
    for line in ("On the main line", "On cheaper", "On faster"):
        assert line in shown
    assert "violet-badge" in shown


def test_a_linked_namespace_is_asked_not_replaced(open_page: OpenPage, store: Store) -> None:
    app = open_page(
        "retrieval", memory=store.memory_id, scope="exact", namespace="/facts/zed/", query="damaged"
    )
    assert app.query_params["namespace"] == "/facts/zed/"
    assert "No record or template is known in this namespace" in words(app)
    assert "No record matched there" in words(app)


def test_a_malformed_namespace_is_explained(open_page: OpenPage, store: Store) -> None:
    app = open_page(
        "retrieval", memory=store.memory_id, scope="exact", namespace="/facts/{x}?/", query="damaged"
    )
    assert app.error
    assert "namespace" in words(app).lower()


def test_a_stale_strategy_is_said_and_nothing_is_asked(open_page: OpenPage, store: Store) -> None:
    app = open_page("retrieval", memory=store.memory_id, strategy="Gone-a1B2c3D4e5", query="damaged")
    assert "names the strategy" in words(app)
    assert not app.metric


@pytest.mark.parametrize("top_k", ["²", "0", "101", "many", "-3"])
def test_an_impossible_top_k_becomes_the_default(open_page: OpenPage, store: Store, top_k: str) -> None:
    app = open_page("retrieval", memory=store.memory_id, top_k=top_k, query="damaged")
    assert not app.error
    assert app.number_input(key="top-k").value == 10


def test_a_link_to_a_missing_memory_leaves_create_working(open_page: OpenPage, store: Store) -> None:
    app = open_page(memory="Gone-a1B2c3D4e5")
    assert app.error
    app.button(key="open-create").click().run()
    assert app.text_input(key="create-name")


@pytest.mark.parametrize(
    "connection",
    ["nonsense", "profile:gone@us-east-1", "custom:http://169.254.169.254@us-west-2", "custom:ftp://x@y"],
)
def test_an_unusable_connection_explains_itself_and_offers_a_way_out(
    open_page: OpenPage, connection: str
) -> None:
    app = open_page(connection=connection)
    assert app.error
    keys = {button.key for button in app.button}
    assert keys & {"connection-refresh", "connect-fallback"}


def test_no_credentials_is_not_an_empty_account(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    app = open_page(connection="profile:@us-east-1")
    assert "redential" in words(app)
    assert "There is no memory in this account" not in words(app)


def test_a_choice_is_told_to_the_browser_at_once(
    open_page: OpenPage, control: Any, data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_memory(control, "PlaceToldOne"), make_memory(control, "PlaceToldTwo")
    event = say(data, first, "alice", "s1", "One")
    say(data, second, "bob", "s2", "Two")
    app = open_page("events", memory=first, actor="alice", session="s1", event=event, speaker="user")
    told: list[set[str]] = []
    tell = QueryParams._send_query_param_msg

    def telling(params: QueryParams) -> None:
        tell(params)
        told.append({*params.values()})

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", telling)
    app.selectbox(key="memory-choice").set_value(second).run()
    assert (app.query_params["actor"], app.query_params["session"]) == ("bob", "s2")
    assert len(told) <= 3, "the choice, and the two lists that show their first"
    assert not any({"alice", "s1", event, "user"} & each for each in told)
