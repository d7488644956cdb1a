"""A link restores every state of its page: each key of the address bar is kept, and seen in what is drawn."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import navigation
from dashboard.components import actors as actors_component
from dashboard.state import Key
from services.records import filters as record_filters
from services.records.filters import MetadataFilter
from services.retrieval import inquiries
from services.retrieval.inquiries import Inquiry
from services.workspace import prompt_drafts
from services.workspace.prompt_drafts import Bench, Prompts
from services.workspace.store import open_workspace
from tests.pages.conftest import OpenPage, Store, make_memory, words

START = datetime(2026, 11, 1, 9, tzinfo=UTC)
CHANNEL = record_filters.dumps([MetadataFilter("channel", "EQUALS_TO", "web")])
RECORD_TYPE = "x-amz-agentcore-memory-recordType"
BASE_RECORDS = record_filters.dumps([MetadataFilter(RECORD_TYPE, "EQUALS_TO", "BASE")])
Place = dict[str, str]


def opened(open_page: OpenPage, page: str, link: Place, also: Collection[Key] = ()) -> AppTest:
    """The page of a link that has every key of it, but for those that go only without another (`also`)."""
    assert {Key(name) for name in link} | set(also) == set(navigation.info(page).keys), "a key has no test"
    app = open_page(page, **link)
    assert not app.exception
    assert not app.error
    kept = {name: app.query_params.get(name) for name in link}
    assert kept == link
    return app


@pytest.fixture(scope="module")
def conversation(control: Any, data: Any) -> Place:
    """A branched session with metadata, of one of two actors, beside another session."""
    memory_id = make_memory(control, "DeepLinked")

    def say(session: str, text: str, minute: int, actor: str = "ann", **more: Any) -> str:
        event = data.create_event(
            memoryId=memory_id,
            actorId=actor,
            sessionId=session,
            eventTimestamp=START + timedelta(minutes=minute),
            payload=[{"conversational": {"role": "USER", "content": {"text": text}}}],
            **more,
        )["event"]
        return str(event["eventId"])

    say("other", "Hello", 0)
    say("trip", "Hello", 0, actor="bob")
    web = {"metadata": {"channel": {"stringValue": "web"}}}
    root = say("trip", "To Lisbon, please.", 1, **web)
    say("trip", "Window or aisle?", 2)
    event = say("trip", "An aisle seat.", 3, branch={"name": "aisle", "rootEventId": root}, **web)
    say("trip", "A window seat.", 4, branch={"name": "window", "rootEventId": root}, **web)
    return {"memory": memory_id, "actor": "ann", "session": "trip", "event": event}


def test_memories(open_page: OpenPage, store: Store, conversation: Place) -> None:
    link = {"memory": store.memory_id, "tab": "Compare", "compare": conversation["memory"]}
    app = opened(open_page, "memories", link)
    assert any(title.value == "PagesSupport" for title in app.subheader)
    assert app.selectbox(key="compare-choice").value == conversation["memory"]


def test_events(open_page: OpenPage, conversation: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors_component, "FEW", 1)  # so that two actors are many, and can be searched
    link = conversation | {
        "find_actor": "an",
        "find_session": "tri",
        "since": "2026-10-31",
        "until": "2026-11-02",
        "order": "oldest",
        "sessions_read": "10000",
        "event_filters": CHANNEL,
        "events_read": "10000",
        "speaker": "user",
        "turns": "newest",
        "branch": "aisle",
        "compare_branch": "window",
        "event_view": "fork",
        "search": "aisle",
        "search_in": "memory",
    }
    app = opened(open_page, "events", link)
    fields = {str(field.key): field.value for field in app.text_input}
    assert (fields["find-actor"], fields["sessions-find"], fields["search-words"]) == ("an", "tri", "aisle")
    assert [day.value.isoformat() for day in app.date_input] == ["2026-10-31", "2026-11-02"]
    assert app.selectbox(key="compare_branch-choice").value == "window"
    assert app.selectbox(key="speaker-choice").value == "user"
    assert app.toggle(key="newest-first").value
    chosen = {str(group.key): group.value for group in app.segmented_control}
    assert chosen["sessions-order"] == "oldest"
    assert chosen["search-where"] == "memory"
    assert chosen[f"event-view-{link['event']}"] == "fork"
    assert any("channel equals to web" in button.label.replace("\\", "") for button in app.button)
    assert "1 of 2 sessions, oldest first" in words(app)


def test_records(open_page: OpenPage, store: Store, control: Any) -> None:
    strategies = control.get_memory(memoryId=store.memory_id)["memory"]["strategies"]
    wanted = next(row["strategyId"] for row in strategies if row["name"] == "Preferences")
    link = {
        "memory": store.memory_id,
        "path": "/preferences/",
        "strategy": wanted,
        "filters": BASE_RECORDS,
        "of_actor": "User84",
        "dated": "stored",
        "from": "2026-11-01",
        "to": "2126-11-01",
        "find": "email",
        "limit": "10000",
        "timeline": "open",
        "record": store.record_ids[0],
        "record_tab": "As the API returns it",
    }
    app = opened(open_page, "records", link)
    assert app.text_input(key="find-text").value == "email"
    assert app.selectbox(key="strategy-choice").value == wanted
    assert app.selectbox(key="read-at-most").value == 10_000
    assert app.selectbox(key="of_actor-choice").value == "User84"
    assert [str(each.value) for each in app.date_input] == ["2026-11-01", "2126-11-01"]
    assert app.segmented_control(key="dated").value == "stored"
    assert app.toggle(key="records-timeline-open").value
    assert any("equals to BASE" in button.label for button in app.button)
    assert any(f'"memoryRecordId": "{store.record_ids[0]}"' in block.value for block in app.code)


@pytest.mark.parametrize("view", ["records", "compare", "agent", "code", "golden"])
def test_retrieval(view: str, open_page: OpenPage, store: Store, control: Any) -> None:
    strategies = control.get_memory(memoryId=store.memory_id)["memory"]["strategies"]
    baseline = inquiries.dumps(Inquiry("damaged", "path", ("/",), (), 5, 0.0, ()))
    link = {
        "memory": store.memory_id,
        "scope": "exact",
        "namespace": "/facts/User84/,/preferences/User84/",
        "strategies": ",".join(row["strategyId"] for row in strategies),
        "query": "How to contact?",
        "top_k": "7",
        "min_score": "0.1",
        "filters": BASE_RECORDS,
        "view": view,
        "format": "plain" if view == "agent" else "sdk",
        "baseline": baseline,
        "golden": "gone",
        "record": store.record_ids[0],
    }
    # One strategy is named by Key.STRATEGY, several by Key.STRATEGIES.
    app = opened(open_page, "retrieval", link, {Key.STRATEGY})
    assert app.text_input(key="query-text").value == "How to contact?"
    assert app.selectbox(key="scope-choice").value == "exact"
    chosen = {str(field.key): field.value for field in app.multiselect}
    assert chosen["namespace-choice"] == ["/facts/User84/", "/preferences/User84/"]
    assert set(chosen["strategies-choice"]) == {row["strategyId"] for row in strategies}
    assert app.number_input(key="top-k").value == 7
    assert app.slider(key="min-score").value == 0.1
    assert store.record_ids[0] in [block.value for block in app.code]
    forms = {str(group.key): group.value for group in app.segmented_control}
    if view == "code":
        assert forms["code-language"] == "sdk"
    elif view == "agent":
        assert forms["context-format"] == "plain"
    elif view == "compare":
        assert "unpin-back" in {str(button.key) for button in app.button}


def test_one_strategy_of_retrieval(open_page: OpenPage, store: Store, control: Any) -> None:
    wanted = control.get_memory(memoryId=store.memory_id)["memory"]["strategies"][0]["strategyId"]
    app = open_page("retrieval", memory=store.memory_id, strategy=wanted)
    assert app.query_params["strategy"] == wanted
    assert {str(field.key): field.value for field in app.multiselect}["strategies-choice"] == [wanted]


def test_chat(open_page: OpenPage, conversation: Place) -> None:
    place = {name: conversation[name] for name in ("memory", "actor", "session")}
    link = place | {"branch": "aisle", "chat_agent": "session_manager", "persona": "support"}
    app = opened(open_page, "chat", link, also={Key.RUNTIME, Key.AGENT, Key.ALIAS})
    assert app.selectbox(key="chat-actor").value == "ann"
    assert app.selectbox(key="chat-session").value == "trip"
    assert app.selectbox(key="chat-agent-kind").value == "session_manager"
    assert app.selectbox(key="chat-persona").value == "support"
    assert "An aisle seat." in words(app)


def test_chat_with_an_agent_on_agentcore_runtime(open_page: OpenPage, conversation: Place) -> None:
    """It need not be listed. A link to an agent of Bedrock Agents is in test_chat_agents."""
    place = {name: conversation[name] for name in ("memory", "actor", "session")}
    arn = "arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/my_agent-a1B2c3D4e5"
    link = place | {"chat_agent": "runtime", "runtime": arn}
    app = opened(open_page, "chat", link, also={Key.BRANCH, Key.PERSONA, Key.AGENT, Key.ALIAS})
    assert app.selectbox(key="chat-runtime").value == arn
    assert "my_agent · AgentCore Runtime" in words(app).replace("\\", "")


def test_workbench(open_page: OpenPage, conversation: Place, control: Any) -> None:
    memory = control.get_memory(memoryId=conversation["memory"])["memory"]
    facts = next(row["strategyId"] for row in memory["strategies"] if row["name"] == "Facts")
    kept = open_workspace()
    bench = Bench("embedded", memory["id"], "semantic")
    draft_id = prompt_drafts.save(kept, bench, "ann", "Short", Prompts({"extraction": "Only cities."}))
    kept.close()
    place = {name: conversation[name] for name in ("memory", "actor", "session")}
    link = place | {
        "kind": "semantic",
        "beside": facts,
        "first_event": conversation["event"],
        "last_event": conversation["event"],
        "bench": "Drafts",
        "draft": draft_id,
        "scratch": "WorkbenchScratch_0123-0123456789",
    }
    app = opened(open_page, "workbench", link)
    assert [each.label for each in app.button if each.key == f"load-{draft_id}"] == ["Loaded"]
    app = open_page("workbench", **{**link, "bench": "Dry run"})
    assert app.text_area(key=f"bench-{memory['id']}-semantic-extraction").value == "Only cities."
    assert any("1 of" in each.label and "event" in each.label for each in app.expander)
    assert any(each.label.startswith("1 message will be read") for each in app.expander)


def test_access(open_page: OpenPage, store: Store) -> None:
    app = opened(open_page, "access", {"memory": store.memory_id})
    assert app.text_input(key="memory-to-try").value == store.memory_id


def test_a_region_of_the_embedded_endpoint(open_page: OpenPage) -> None:
    app = open_page("memories", connection="embedded@eu-south-1")
    assert "There is no memory in this account and region yet" in words(app)
    assert app.query_params["connection"] == "embedded@eu-south-1"
    assert "Embedded endpoint · eu-south-1" in [line.value for line in app.sidebar.text]
    app.button(key="connect-embedded").click().run()
    assert app.query_params["connection"] == "embedded@eu-south-1"
    app.selectbox(key="connection-region").set_value("us-west-2").run()
    app.button(key="connect-embedded").click().run()
    assert app.query_params["connection"] == "embedded"
