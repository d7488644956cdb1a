"""The pages about Bedrock Agents: agents, chat, session summaries, and the notebook tour."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.agents import drafts as agent_drafts
from services.agents.drafts import ActionGroupDraft, AgentDraft
from services.agents.rooms import AgentRoom
from services.agents.turns import AgentPlace, Asked
from services.clients import Clients, open_clients
from services.connection import embedded_connection
from services.notebook import functions as notebook_functions
from services.notebook.tour import BOOK
from services.workspace.store import Workspace, open_workspace
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage, words
from tests.pages.test_writing import forwards
from tests.services.fault_server import Behaviour, FaultServer, refuses

PATIENCE_SECONDS = 90.0
HOSTILE = "![x](http://x/y.png) **bold** $x$ :red[x]"


@pytest.fixture
def workspace(open_page: OpenPage) -> Workspace:
    """The dashboard's own database in this test."""
    return open_workspace()


@pytest.fixture
def clients(open_page: OpenPage, workspace: Workspace) -> Clients:
    return open_clients(embedded_connection(), trail=lambda: workspace)


@pytest.fixture
def agent_id(clients: Clients, workspace: Workspace) -> str:
    """An agent with memory and actions, prepared."""
    functions = ActionGroupDraft("Bookings", json.dumps(notebook_functions.FUNCTIONS))
    draft = AgentDraft(
        f"pages-{uuid.uuid4().hex[:8]}",
        "You are a travel agency agent that helps customers making travel reservations.",
        description=HOSTILE,
        action_group=functions,
    )
    return agent_drafts.create(clients, workspace, draft)


def until(app: AppTest, done: Callable[[AppTest], Any]) -> AppTest:
    """Runs the page until something is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done(app.run()):
        assert time.monotonic() < deadline, words(app)
        time.sleep(0.05)
    assert not app.exception
    return app


def buttons(app: AppTest, prefix: str) -> list[Any]:
    return [button for button in app.button if str(button.key).startswith(prefix) and not button.disabled]


def said(clients: Clients, workspace: Workspace, agent_id: str, memory_id: str, session_id: str) -> None:
    """A session that has ended."""
    room = AgentRoom(clients, workspace, AgentPlace(agent_id, "TSTALIASID", session_id, memory_id), 1800)
    assert room.ask(Asked(f"Hi, my name is Anna. {HOSTILE}")).wait(PATIENCE_SECONDS)
    assert room.end().wait(PATIENCE_SECONDS)


def test_agents_are_listed_with_their_memory_and_functions(open_page: OpenPage, agent_id: str) -> None:
    app = open_page("agents", agent=agent_id)
    assert not app.exception
    assert agent_id in set(app.dataframe[0].value["agentId"])
    shown = words(app)
    assert "kept for 30 days" in shown
    assert HOSTILE in [text.value for text in app.text]
    groups = open_page("agents", agent=agent_id, agent_tab="Action groups")
    assert "book_trip" in set(groups.dataframe[1].value["Function"])


def test_a_link_to_an_agent_that_is_gone_is_told(open_page: OpenPage, agent_id: str) -> None:
    app = open_page("agent_chat", agent="AAAAAAAAAA")
    assert not app.exception
    assert "AAAAAAAAAA" in words(app)
    assert "not in this account" in words(app)


def test_an_agent_is_created_in_the_form(open_page: OpenPage) -> None:
    app = open_page("agents")
    app.button(key="open-create-agent").click().run()
    name = f"made{uuid.uuid4().hex[:8]}"
    app.text_input(key="agent-name").set_value("not a name").run()
    assert app.button(key="create-agent").disabled
    app.text_input(key="agent-name").set_value(name).run()
    app.text_area(key="agent-instruction").set_value("You answer questions about trips, briefly.").run()
    app.number_input(key="agent-days").set_value(7).run()
    app.button(key="create-agent").click().run()
    assert not app.exception
    assert name in [heading.value for heading in app.subheader]
    assert "kept for 7 days" in words(app)


def test_an_edit_shows_what_changes_and_keeps_the_memory(open_page: OpenPage, agent_id: str) -> None:
    app = open_page("agents", agent=agent_id)
    app.button(key="open-edit-agent").click().run()
    assert app.button(key="send-agent-change").disabled
    app.text_input(key="edit-agent-0-description").set_value("Plain.").run()
    assert "What will change" in words(app)
    app.button(key="send-agent-change").click().run()
    assert not app.exception
    shown = words(app)
    assert "kept for 30 days" in shown
    assert "The draft differs from what you are testing" in shown
    app.button(key="prepare-agent").click().run()
    assert "The draft differs from what you are testing" not in words(app)


def test_switching_memory_off_takes_the_agents_name(open_page: OpenPage, agent_id: str) -> None:
    app = open_page("agents", agent=agent_id)
    app.button(key="open-edit-agent").click().run()
    app.toggle(key="edit-agent-0-memory").set_value(False).run()
    assert "can no longer be read" in words(app)
    assert app.button(key="send-agent-change-confirmed").disabled


def test_deleting_an_agent_lists_what_goes_and_takes_its_name(
    open_page: OpenPage, clients: Clients, agent_id: str
) -> None:
    app = open_page("agents", agent=agent_id)
    app.button(key="open-delete-agent").click().run()
    shown = words(app)
    assert "IAM role" in shown
    assert app.button(key="delete-agent-confirmed").disabled
    name = clients.client("bedrock-agent").get_agent(agentId=agent_id)["agent"]["agentName"]
    app.text_input(key="delete-agent-typed").set_value(name).run()
    app.button(key="delete-agent-confirmed").click().run()
    assert not app.exception
    assert "was deleted" in words(app)
    assert agent_id not in str([frame.value for frame in app.dataframe])


def test_the_chat_answers_and_hands_actions_to_the_person(open_page: OpenPage, agent_id: str) -> None:
    app = open_page("agent_chat", agent=agent_id, memory_id="anna", agent_session="talk-1")
    app.chat_input(key="agent-input").set_value(BOOK).run()
    until(app, lambda app: buttons(app, "control-send"))
    assert "book_trip(origin=Boston" in words(app)
    buttons(app, "control-send")[0].click().run()
    until(app, lambda app: "Successfully booked trip" in words(app))
    until(app, lambda app: buttons(app, "agent-end"))
    app.button(key="agent-end").click().run()
    until(app, lambda app: "its summary is being made" in words(app))
    assert app.query_params["memory_id"] in ("anna", ["anna"])


def test_summaries_are_read_searched_and_deleted_by_name(
    open_page: OpenPage, clients: Clients, workspace: Workspace, agent_id: str
) -> None:
    said(clients, workspace, agent_id, "anna", "first")
    app = open_page("session_summaries", agent=agent_id)

    deadline = time.monotonic() + PATIENCE_SECONDS
    while not app.dataframe or list(app.dataframe[0].value["state"]) != ["stored"]:
        assert time.monotonic() < deadline, words(app)
        app = open_page("session_summaries", agent=agent_id, alias="TSTALIASID", memory_id="anna")
    assert "user goals" in words(app)
    assert any("![x](http://x/y.png)" in text.value for text in app.text)
    app.text_input(key="summary-words").set_value("nowhere").run()
    assert "No session fits" in words(app)
    app.text_input(key="summary-words").set_value("ANNA").run()
    assert list(app.dataframe[0].value["sessionId"]) == ["first"]
    app.text_input(key="summary-words").set_value("").run()
    assert app.button(key="delete-memory-id-confirmed").disabled
    app.text_input(key="delete-memory-id-typed").set_value("anna").run()
    app.button(key="delete-memory-id-confirmed").click().run()
    assert not app.exception
    assert "The summaries of anna were deleted" in words(app)
    assert list(app.dataframe[0].value["state"]) == ["deleted"]


def test_memory_ids_are_written_into_the_address_book(open_page: OpenPage, agent_id: str) -> None:
    app = open_page("session_summaries", agent=agent_id)
    assert "No memory id is known" in words(app)
    app.session_state["address-book"] = True
    app.run()
    app.text_area(key="address-typed").set_value("anna\nnot an id\nbob.b").run()
    app.button(key="address-add").click().run()
    assert not app.exception
    assert "2 new memory ids" in words(app)
    assert set(app.selectbox(key="agent-memory-choice").options) == {"anna", "bob.b"}


def test_the_tour_builds_the_agent_and_removes_everything(open_page: OpenPage, clients: Clients) -> None:
    app = open_page("notebook_tour")
    app.button(key="tour-begin").click().run()
    app.button(key="tour-build").click().run()
    assert not app.exception
    assert "10. Anna books a trip" in words(app)
    buttons(app, "tour-run-book")[0].click().run()
    until(app, lambda app: buttons(app, "control-send"))
    assert "Successfully booked" in str(app.text_area[0].value)
    for name, told in (("memory", "memoryId is None"), ("trace", "json.dumps fails")):
        app.session_state[f"tour-fault-{name}"] = True
        app.run()
        app.button(key=f"tour-fault-{name}-try").click().run()
        assert told in words(app).replace("\\", "")
    buttons(app, "remove-tour-")[0].click().run()
    buttons(app, "remove-now-")[0].click().run()
    assert not app.exception
    assert "Nothing is left" in words(app)


def refusing(endpoint: Endpoint, operation_path: str, behaviour: Behaviour) -> FaultServer:
    """A server that hands requests on to the endpoint, but for one path."""
    server = FaultServer()
    hand_on = forwards(endpoint)

    def choose(handler: Any) -> None:
        (behaviour if operation_path in handler.path else hand_on)(handler)

    server.plays(choose)
    return server


def test_an_endpoint_without_agents_says_so(
    open_page: OpenPage, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = refusing(endpoint, "/agents/", refuses("NotImplementedException", 501, "not here"))
    try:
        monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", server.url)
        for name in ("agents", "agent_chat", "session_summaries"):
            app = open_page(name)
            assert not app.exception
            assert "does not serve this part of Bedrock Agents" in words(app).replace("\\", "")
    finally:
        server.close()
