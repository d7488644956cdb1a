"""Personas on the Chat page: chosen, talked to, their tools to be seen; and models tried out before."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.chat.personas import PERSONAS
from tests.pages.conftest import OpenPage, make_memory, words
from tests.pages.test_chat_page import say, talk_to
from tests.services.scripted_model import ScriptedModel, calls, fails, says, scripted_model

ORDER = json.dumps({"order_id": "12345"})


@pytest.fixture(scope="module")
def memory_id(control: Any) -> str:
    return make_memory(control, "PagesPersonas")


@pytest.fixture
def actor() -> str:
    return f"actor-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


@pytest.fixture
def support(open_page: OpenPage, memory_id: str, actor: str) -> AppTest:
    app = open_page("chat", memory=memory_id, actor=actor, session="orders")
    return app.selectbox(key="chat-persona").set_value("support").run()


def test_a_persona_says_that_its_data_is_made_up_and_what_to_say(support: AppTest) -> None:
    assert not support.exception
    assert "Customer support" in words(support)
    assert "made-up data" in words(support)
    labels = [button.label for button in support.button]
    assert all(sentence in labels for sentence in PERSONAS["support"].suggestions)


def test_the_plain_assistant_has_no_such_notice(open_page: OpenPage, memory_id: str, actor: str) -> None:
    assert "made-up" not in words(open_page("chat", memory=memory_id, actor=actor))


def test_a_tool_call_is_one_line_that_opens_to_what_was_given_and_told(support: AppTest) -> None:
    say(support, "Where is my order 12345?")
    assert not support.exception
    [line] = [each for each in support.expander if "Get order status" in each.label]
    assert "12345" in line.label
    opened = " ".join([*(each.value for each in line.text), *(each.value for each in line.code)])
    assert "ceramic coffee grinder" in opened
    assert '"order_id"' in opened


def test_tools_of_a_stored_session_are_shown_apart(
    support: AppTest, open_page: OpenPage, memory_id: str, actor: str
) -> None:
    say(support, "Where is my order 12345?")
    again = open_page("chat", memory=memory_id, actor=actor, session="orders")
    [line] = [each for each in again.expander if "order" in each.label and "status" in each.label]
    assert "ceramic coffee grinder" in line.text[0].value


def test_a_model_that_loops_on_tools_is_stopped_and_the_page_says_so(
    support: AppTest, model: ScriptedModel
) -> None:
    talk_to(support, model, calls(("get_order_status", ORDER)))
    say(support, "Where is it?")
    assert "Stopped after 8 tool calls" in words(support)
    assert "The model kept calling tools" in words(support)


def test_a_failed_call_and_hostile_words_are_shown_as_they_are(
    support: AppTest, model: ScriptedModel
) -> None:
    bait = "![bait](http://bait.example/pixel.png) <b>bold</b>"
    talk_to(support, model, calls(("get_order_status", json.dumps({"order_id": bait}))), says("Sorry"))
    say(support, "Where is it?")
    assert not support.exception
    [line] = [each for each in support.expander if "Get order status" in each.label]
    assert "failed after" in line.label
    assert "![bait](" not in line.label
    assert bait in line.text[0].value


def test_the_test_of_a_model_says_whether_it_can_call_tools(support: AppTest, model: ScriptedModel) -> None:
    called = calls(("get_order_status", ORDER))
    talk_to(support, model, says("rea", "dy"), called)
    support.button(key="chat-probe").click().run()
    assert "It streams" in words(support)
    assert "It can call tools" in words(support)
    model.acts = [says("ready"), fails(400, "gemma does not support tools")]
    support.button(key="chat-probe").click().run()
    assert "It cannot call tools" in words(support)
    assert "cannot look into memory by itself" in words(support)
    model.acts = [says("ready"), says("I would look it up.")]
    support.button(key="chat-probe").click().run()
    assert "It does not call tools" in words(support)


def test_a_model_is_chosen_from_those_of_the_server(support: AppTest, model: ScriptedModel) -> None:
    talk_to(support, model, says("Hello"))
    model.models = ["llama3.1", "qwen3:8b"]
    support.button(key="chat-list-models").click().run()
    assert support.selectbox(key="chat-server-model").options == ["llama3.1", "qwen3:8b"]
    support.selectbox(key="chat-server-model").set_value("qwen3:8b").run()
    assert support.text_input(key="chat-openai_compatible-model").value == "qwen3:8b"


def test_a_server_without_a_list_is_explained_and_typing_goes_on(
    support: AppTest, model: ScriptedModel
) -> None:
    talk_to(support, model, says("Hello"))
    support.text_input(key="chat-openai-url").set_value(model.url.replace("/v1", "/v2")).run()
    support.button(key="chat-list-models").click().run()
    assert not support.exception
    assert "does not know this model" in words(support)
    assert support.text_input(key="chat-openai_compatible-model").value == "scripted"
