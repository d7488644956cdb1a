"""While the switch is on, no page has the personal data of events and records in it, in whatever element."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import masking
from dashboard.demo_plays import Play
from services.agents import drafts as agent_drafts
from services.agents.drafts import AgentDraft
from services.agents.rooms import AgentRoom
from services.agents.turns import AgentPlace, Asked
from services.clients import open_clients
from services.connection import embedded_connection
from services.demos.moments import Answered, Compared, RecordWritten, Retrieved, Said, ShownRecord
from services.demos.recording import Recording
from services.demos.replay import Replay
from services.retrieval import inquiries
from services.retrieval.inquiries import Inquiry
from services.review import reviews
from services.workspace import audit
from services.workspace.store import open_workspace
from tests.pages.conftest import OpenPage, make_memory, words
from tests.pages.test_erase_page import look

PATIENCE_SECONDS = 120
SAID_AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
TOLD = (
    "Write to anameyer7@example.com or call +351 912 345 678. "
    "The key is sk-proj-4fJq8ZtW2nLxR7vPbKcYd3mQ. I like green tea."
)
PARTS = ("anameyer7", "345 678", "4fJq8ZtW2nLxR7vPbKcYd3mQ")
"""Letters and digits, so that no way of escaping a text hides them from these tests."""
HIDDEN = "[email address]"


def everything(app: AppTest) -> str:
    """All that the browser is sent: every element, with what is in tables, labels and help."""
    drawn = [str(getattr(node, "proto", "")) for node in app._tree]
    return "\n".join([*drawn, *(table.value.to_csv() for table in app.dataframe)])


def leaked(app: AppTest) -> list[str]:
    assert not app.exception
    seen = everything(app)
    return [part for part in PARTS if part in seen]


def shown(app: AppTest, there: Callable[[AppTest], bool]) -> AppTest:
    """The page, drawn again until it shows that; nothing leaks on the way."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not there(app):
        assert time.monotonic() < deadline, words(app)
        assert leaked(app) == []
        app.run()
    return app


@dataclass(frozen=True)
class Held:
    """A memory that holds personal data: an event, and records of each kind."""

    memory_id: str
    event_id: str
    record_ids: list[str]

    @property
    def session(self) -> dict[str, str]:
        return {"memory": self.memory_id, "actor": "ana", "session": "s1"}


@pytest.fixture
def held(control: Any, data: Any, monkeypatch: pytest.MonkeyPatch) -> Held:
    monkeypatch.setenv(masking.SETTING, "1")
    memory_id = make_memory(control, f"Masked{uuid.uuid4().hex[:12]}")
    strategies = control.get_memory(memoryId=memory_id)["memory"]["strategies"]
    [facts] = [each["strategyId"] for each in strategies if each["name"] == "Facts"]
    payload = [
        {"conversational": {"role": "USER", "content": {"text": TOLD}}},
        {"conversational": {"role": "TOOL", "content": {"text": json.dumps({"found": TOLD})}}},
        {"blob": json.dumps({"note": TOLD})},
    ]
    event = data.create_event(
        memoryId=memory_id,
        actorId="ana",
        sessionId="s1",
        eventTimestamp=SAID_AT,
        payload=payload,
        extractionMode="SKIP",
    )["event"]
    texts = [
        TOLD,
        TOLD.replace("like", "love"),
        json.dumps({"preference": TOLD, "context": TOLD, "categories": ["tea"]}),
        f'<topic name="Contact">\n{TOLD}\n</topic>',
    ]
    records = [
        {
            "requestIdentifier": f"r{number}",
            "namespaces": ["/facts/ana/"],
            "content": {"text": text},
            "memoryStrategyId": facts,
            "timestamp": SAID_AT,
        }
        for number, text in enumerate(texts)
    ]
    made = data.batch_create_memory_records(memoryId=memory_id, records=records)["successfulRecords"]
    ids = {each["requestIdentifier"]: each["memoryRecordId"] for each in made}
    return Held(memory_id, event["eventId"], [ids[f"r{number}"] for number in range(len(texts))])


def test_events(open_page: OpenPage, held: Held) -> None:
    app = open_page("events", **held.session)
    assert HIDDEN in words(app)
    assert leaked(app) == []
    for view in ("raw", "records"):
        app = open_page("events", **held.session, event=held.event_id, event_view=view)
        assert HIDDEN in words(app)
        assert leaked(app) == []
    app = open_page("events", memory=held.memory_id, search="write to")
    shown(app, lambda page: any("[email" in table.value.to_csv() for table in page.dataframe))
    assert leaked(app) == []


def test_records(open_page: OpenPage, held: Held) -> None:
    for record_id in held.record_ids:
        app = open_page("records", memory=held.memory_id, record=record_id)
        assert HIDDEN in words(app)
        assert leaked(app) == []
    app = open_page("records", memory=held.memory_id, record=held.record_ids[0])
    for tab in ("Likely sources", "Near in meaning", "As the API returns it"):
        app.query_params["record_tab"] = tab
        assert HIDDEN in words(app.run())
        assert leaked(app) == []


def test_a_change_of_several_and_its_history(open_page: OpenPage, held: Held) -> None:
    app = open_page("records", memory=held.memory_id)
    app.toggle(key="bulk-mode").set_value(True).run()
    choice = next(each for each in app.segmented_control if each.label == "Which records")
    choice.set_value("All in the table").run()
    app.selectbox(key="bulk-kind").set_value("replace").run()
    app.text_input(key="bulk-find").set_value("tea").run()
    app.button(key="bulk-preview").click().run()
    assert "4 records will change" in words(app)
    assert leaked(app) == []
    app.button(key="bulk-start").click().run()
    shown(app, lambda page: "4 records changed." in words(page))
    act_id = next(str(each.key) for each in app.button if str(each.key).startswith("undo-"))[5:]
    app.session_state[f"results-{act_id}"] = True
    assert HIDDEN in everything(app.run())
    assert leaked(app) == []
    app = open_page("records", memory=held.memory_id, record=held.record_ids[0])
    app.query_params["record_tab"] = "History"
    assert HIDDEN in words(app.run()).replace("\\", "")
    assert leaked(app) == []
    app = open_page("audit")
    newest = app.dataframe[0].value.index[0]
    assert leaked(open_page("audit", entry=str(newest))) == []


def test_trash(open_page: OpenPage, held: Held) -> None:
    app = open_page("records", memory=held.memory_id, record=held.record_ids[0])
    app.button(key="delete-record").click().run()
    assert leaked(app) == []
    app.button(key="really-delete-record").click().run()
    app = open_page("trash", memory=held.memory_id)
    assert HIDDEN in str(app.dataframe[0].value["content"].iloc[0])
    assert leaked(app) == []
    app.session_state["trash-tabs"] = "Changes"
    assert leaked(app.run()) == []


def test_review(open_page: OpenPage, held: Held) -> None:
    app = open_page("review", memory=held.memory_id, reviewing=held.record_ids[0])
    shown(app, lambda page: any(each.key == "merge-near_duplicate" for each in page.button))
    assert HIDDEN in words(app)
    assert leaked(app) == []
    for tab in ("Likely sources", "Near in meaning", "As the API returns it"):
        app.session_state["review-tabs"] = tab
        assert HIDDEN in words(app.run())
        assert leaked(app) == []
    app.button(key="merge-near_duplicate").click().run()
    assert leaked(app) == []


def test_retrieval(open_page: OpenPage, held: Held) -> None:
    baseline = inquiries.dumps(Inquiry("green tea", "path", ("/",), (), 5, 0.0, ()))
    for view in ("records", "text", "code", "compare", "golden"):
        link = {"query": "How can I reach Ana?", "view": view, "baseline": baseline}
        app = open_page("retrieval", memory=held.memory_id, **link)
        assert leaked(app) == []
        if view == "compare":
            assert any(HIDDEN in table.value.to_csv() for table in app.dataframe)
    assert HIDDEN in words(open_page("retrieval", memory=held.memory_id, query="How can I reach Ana?"))
    app = open_page("retrieval", memory=held.memory_id, query="Ana", record=held.record_ids[0])
    assert leaked(app) == []


def test_chat(open_page: OpenPage, held: Held) -> None:
    app = open_page("chat", **held.session)
    assert HIDDEN in words(app)
    assert leaked(app) == []
    app.chat_input[0].set_value(TOLD).run()
    shown(app, lambda page: "Event stored" in words(page))
    assert leaked(app) == []


def test_demos(open_page: OpenPage, held: Held) -> None:
    record = ShownRecord("mem-1", TOLD, TOLD, 0.5, cited=True)
    moments = (
        Said(1.0, TOLD),
        Retrieved(1.0, TOLD, (record,), 0.1),
        Answered(2.0, TOLD, TOLD, 1.0),
        Compared(2.0, TOLD, f"plain {TOLD}"),
        RecordWritten(3.0, "changed", record, TOLD.replace("like", "hate"), 1.0),
    )
    app = open_page("demos")
    app.session_state["demo-play"] = Play(
        "A", "memory", "actor", Replay(Recording("A", "memory", "actor", moments))
    )
    app.run()
    app.button(key="demo-next").click().run()
    assert "email address" in words(app)
    assert leaked(app) == []


def test_snapshots(open_page: OpenPage, held: Held, data: Any) -> None:
    app = open_page("snapshots", memory=held.memory_id)
    next(each for each in app.button if each.label == "Save").click().run()
    shown(app, lambda page: any(each.label == "The same" for each in page.metric))
    data.delete_memory_record(memoryId=held.memory_id, memoryRecordId=held.record_ids[1])
    changed = {
        "memoryRecordId": held.record_ids[0],
        "timestamp": SAID_AT,
        "content": {"text": TOLD.replace("like", "hate")},
    }
    data.batch_update_memory_records(memoryId=held.memory_id, records=[changed])
    next(each for each in app.button if each.label == "Compare again").click().run()
    shown(app, lambda page: {each.label: str(each.value) for each in page.metric}.get("Gone since") == "1")
    assert HIDDEN in everything(app)
    assert leaked(app) == []


def test_erase(open_page: OpenPage, held: Held) -> None:
    app = open_page("erase")
    app.text_area(key="erase-words").set_value("green tea")
    look(app, held.memory_id, "somebody")
    shown(app, lambda page: any(each.label == "Perhaps theirs" for each in page.metric))
    assert HIDDEN in everything(app)
    assert leaked(app) == []


def test_session_summaries_and_agent_chat(open_page: OpenPage, held: Held) -> None:
    workspace = open_workspace()
    clients = open_clients(embedded_connection(), trail=lambda: workspace)
    agent_id = agent_drafts.create(
        clients, workspace, AgentDraft(f"masked-{uuid.uuid4().hex[:8]}", "You help customers to travel." * 2)
    )
    room = AgentRoom(clients, workspace, AgentPlace(agent_id, "TSTALIASID", "s1", "ana"), 1800)
    assert room.ask(Asked(TOLD)).wait(PATIENCE_SECONDS)
    assert room.end().wait(PATIENCE_SECONDS)
    app = open_page("session_summaries", agent=agent_id, alias="TSTALIASID", memory_id="ana")
    shown(app, lambda page: bool(page.dataframe) and len(page.dataframe[0].value) > 0)
    assert leaked(app) == []
    app = open_page("session_summaries", agent=agent_id, alias="TSTALIASID", memory_id="ana", summary="s1")
    assert leaked(app) == []
    app = open_page("agent_chat", agent=agent_id, memory_id="ana", agent_session="s2")
    app.chat_input(key="agent-input").set_value(TOLD).run()
    shown(app, lambda page: any(each.label == "Trace as JSON" for each in page.get("download_button")))
    assert leaked(app) == []


@pytest.mark.parametrize("page", ["overview", "memories", "access", "agents", "notebook_tour"])
def test_the_other_pages(open_page: OpenPage, held: Held, page: str) -> None:
    app = open_page(page, memory=held.memory_id)
    assert any(each.key == "mask-toggle" and each.value for each in app.toggle)
    assert leaked(app) == []


def test_showing_it_again_is_written_into_the_audit_trail(open_page: OpenPage, held: Held) -> None:
    app = open_page("events", **held.session)
    app.toggle(key="mask-toggle").set_value(False).run()
    assert set(leaked(app)) == set(PARTS)
    workspace = open_workspace()
    [entry] = [row for row in audit.list_audit(workspace) if row.action == reviews.REVEALED]
    assert held.memory_id in entry.resource
    workspace.close()
    app.switch_page("../pages/retrieval.py").run()
    assert not app.toggle(key="mask-toggle").value, "one switch for all pages"
