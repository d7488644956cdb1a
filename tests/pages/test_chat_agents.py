"""Who answers on the Chat page: each kind of agent, chosen in the form or by a link."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from services.chat.agent_choice import AGENT_KINDS
from services.clients import Clients, open_clients
from services.connection import Connection
from services.workspace.store import Workspace
from tests.aws_local.switches import faults
from tests.conftest import REGION, Endpoint, free_port
from tests.pages.conftest import OpenPage, make_memory, words
from tests.runtime_app import RuntimeApp
from tests.services import agents as bedrock

PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def served(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint with an agent of AgentCore Runtime."""
    agent = RuntimeApp(free_port())
    agent.start()
    data = tmp_path_factory.mktemp("who-answers") / "data"
    options = ("--extraction-delay", "0.05", "--agent-runtime", f"support={agent.url}")
    running = Endpoint(data, *options)
    running.start()
    yield running
    agent.stop()
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture(scope="module")
def clients(served: Endpoint, trail: Workspace) -> Clients:
    return open_clients(Connection("custom", REGION, endpoint_url=served.url), trail=lambda: trail)


@pytest.fixture(scope="module")
def memory_id(clients: Clients) -> str:
    return make_memory(clients.control, "ChatAgents")


@pytest.fixture(scope="module")
def arn(clients: Clients) -> str:
    return str(clients.control.list_agent_runtimes()["agentRuntimes"][0]["agentRuntimeArn"])


@pytest.fixture
def chat(
    open_page: OpenPage, served: Endpoint, memory_id: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., AppTest]:
    """Opens the page for an actor of the test's own."""
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", served.url)
    actor = f"actor-{uuid.uuid4().hex[:8]}"
    return lambda **place: open_page("chat", memory=memory_id, **{"actor": actor, **place})


def readable(app: AppTest) -> str:
    """Everything readable, without the marks that keep Markdown out."""
    return "\n".join([words(app), *(each.label for each in app.expander)]).replace("\\", "")


def say(app: AppTest, text: str, *until: str) -> str:
    """Sends a message, and draws again until it is answered and all of this is to be read; everything
    readable then."""

    def is_over() -> bool:
        answering = any(button.key == "chat-stop" for button in app.button)
        return not answering and all(part in readable(app) for part in until)

    app.chat_input[0].set_value(text).run()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_over():
        assert time.monotonic() < deadline, words(app)
        assert not app.exception
        app.run()
    return readable(app)


def test_the_agent_is_in_the_address_bar(chat: Callable[..., AppTest]) -> None:
    app = chat()
    assert app.selectbox(key="chat-agent-kind").value == "memory_tool"
    assert "chat_agent" not in app.query_params
    app.selectbox(key="chat-agent-kind").set_value("session_manager").run()
    app.selectbox(key="chat-persona").set_value("support").run()
    assert app.query_params["chat_agent"] == "session_manager"
    assert app.query_params["persona"] == "support"
    again = chat(chat_agent="session_manager", persona="support")
    assert again.selectbox(key="chat-agent-kind").value == "session_manager"
    assert again.selectbox(key="chat-persona").value == "support"


@pytest.mark.parametrize("kind", [*AGENT_KINDS, "<b>nobody</b>"])
def test_every_kind_can_be_linked_to(chat: Callable[..., AppTest], kind: str) -> None:
    app = chat(chat_agent=kind)
    assert not app.exception
    assert app.selectbox(key="chat-agent-kind").value == (kind if kind in AGENT_KINDS else "memory_tool")


def test_the_session_manager_shows_what_it_stores_and_injects(chat: Callable[..., AppTest]) -> None:
    app = chat(chat_agent="session_manager")
    said = say(app, "I live in Irvine.", "new record", "Answered in")
    assert "built-in rules · session manager" in said
    assert "of the session manager's own" in said
    assert said.count("Event stored in") == 2, "one for each message"
    said = say(app, "Where do I live?", "Retrieved 1 record", "Put into the prompt from memory")
    assert "“The user lives in Irvine” [1]" in said, "what it quotes is numbered, though it was given no id"
    assert "<user_context>The user lives in Irvine.</user_context>" in [each.value for each in app.code]


def test_what_is_kept_is_not_asked_of_an_agent_that_stores_itself(chat: Callable[..., AppTest]) -> None:
    app = chat()
    app.selectbox(key="chat-keeping").set_value("nothing").run()
    assert "Nothing that is said is stored" in words(app)
    app.selectbox(key="chat-agent-kind").set_value("session_manager").run()
    assert "Nothing that is said is stored" not in words(app)
    assert "chat-keeping" not in {each.key for each in app.selectbox}


def test_an_agent_on_agentcore_runtime_is_chosen_and_talked_with(
    chat: Callable[..., AppTest], arn: str
) -> None:
    app = chat(chat_agent="runtime")
    assert app.chat_input[0].disabled
    assert words(app).count("Name the agent by its ARN") == 1
    app.selectbox(key="chat-runtime").set_value(arn).run()
    assert app.query_params["runtime"] == arn
    said = say(app, "strands you live in Irvine", "Event stored")
    assert "support · AgentCore Runtime" in said
    assert "you live in Irvine" in said
    assert "What the agent did" in said
    said = say(app, "fail", "The agent on AgentCore Runtime failed")
    assert any("the agent's own failure" in each.value for each in app.code)
    assert app.button(key="chat-send-again-1")


def test_an_agent_is_reached_where_agents_may_not_be_listed(
    chat: Callable[..., AppTest], served: Endpoint, arn: str
) -> None:
    faults(served, "deny on ListAgentRuntimes")
    try:
        app = chat(chat_agent="runtime", runtime=arn)
        assert "bedrock-agentcore:ListAgentRuntimes" in words(app).replace("\\", "")
        assert "you live in Irvine" in say(app, "words you live in Irvine", "Event stored")
    finally:
        faults(served)


def test_what_is_no_arn_is_refused_before_anything_is_sent(chat: Callable[..., AppTest]) -> None:
    app = chat(chat_agent="runtime", runtime="**nobody** <script>")
    assert app.chat_input[0].disabled
    assert "no ARN of an agent" in words(app)
    assert "**nobody**" not in "\n".join(str(each.value) for each in app.markdown)


def test_a_payload_without_a_place_for_the_question_is_refused(
    chat: Callable[..., AppTest], arn: str
) -> None:
    app = chat(chat_agent="runtime", runtime=arn)
    app.text_area(key="chat-runtime-payload").set_value('{"input": "nothing"}').run()
    assert app.chat_input[0].disabled
    assert "has no {prompt}" in words(app).replace("\\", "")


def test_an_agent_of_bedrock_agents_is_talked_with(
    chat: Callable[..., AppTest], clients: Clients, trail: Workspace
) -> None:
    agent_id = bedrock.new_agent(clients, trail)
    app = chat(chat_agent="bedrock_agent", agent=agent_id)
    said = say(app, "Hi, what can you do?", "Event stored")
    assert "Bedrock Agents" in said
    assert "What the agent did" in said
    assert "Orchestration:" in said
    trip = (
        "book a trip from Rome to Paris departing on July 11th 2027 and returning on July 22nd 2027 via AIR"
    )
    said = say(app, f"Please {trip}", "waits for the result")
    assert "Bookings.book_trip(" in said
    assert not app.chat_input[0].disabled
