"""What a test of a model finds out: words, pieces, tool calls, and every way in which servers fail."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.chat import probing
from services.chat.model_faults import explain_model_error
from services.chat.models import ModelChoice
from services.chat.probing import Probe, list_models, probe
from services.errors import InvalidEndpoint, InvalidValue
from tests.services.scripted_model import (
    ScriptedModel,
    calls,
    fails,
    hangs_after,
    says,
    scripted_model,
    talks_garbage,
)

SECRET = "sk-never-shown"
CALLS_AS_TOLD = calls(("get_order_status", json.dumps({"order_id": "12345"})))


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def tried(model: ScriptedModel, *acts: Any, timeout: float = 20.0) -> Probe:
    model.acts = list(acts)
    return probe(choice(model, timeout=timeout))


def choice(model: ScriptedModel, timeout: float = 20.0) -> ModelChoice:
    return ModelChoice(
        "openai_compatible", "scripted", base_url=model.url, api_key=SECRET, timeout_seconds=timeout
    )


def test_the_built_in_rules_answer_and_call_tools(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)
    found = probe(ModelChoice())
    assert found.ok
    assert found.tools is not None
    assert found.tools.can == "yes"


def test_a_model_that_streams_and_calls_tools(model: ScriptedModel) -> None:
    found = tried(model, says("rea", "dy"), CALLS_AS_TOLD)
    assert (found.ok, found.detail, found.streams) == (True, "ready", True)
    assert found.tools is not None
    assert found.tools.can == "yes"
    assert 0 <= found.first <= found.seconds
    assert "tools" not in model.requests[0], "the first question is asked without tools"
    assert [tool["function"]["name"] for tool in model.requests[1]["tools"]] == ["get_order_status"]


def test_one_piece_does_not_show_whether_a_model_streams(model: ScriptedModel) -> None:
    assert tried(model, says("ready")).streams is None


@pytest.mark.parametrize(
    "act",
    [
        calls(("get_order_status", {"order_id": "12345"})),
        calls(("get_order_status", json.dumps({"order_id": 12345}))),
        calls(("get_order_status", json.dumps({"order_id": "12345"})), ids=False, finish="stop"),
    ],
    ids=["as an object", "with a number", "without an id, finished with stop"],
)
def test_calls_as_other_servers_make_them_count(model: ScriptedModel, act: Any) -> None:
    found = tried(model, says("ready"), act).tools
    assert found is not None
    assert found.can == "yes"


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (says("The order is on its way."), "answered in words instead"),
        (calls(("another_tool", "{}")), "does not exist: another_tool"),
        (calls(("get_order_status", "{broken")), "other values than it was told"),
        (fails(400, "registry.ollama.ai/library/gemma:2b does not support tools"), "cannot call tools"),
        (fails(500, "tools param requires --jinja flag"), "cannot call tools"),
        (fails(400, '"auto" tool choice requires --enable-auto-tool-choice'), "cannot call tools"),
        (fails(422, "extra fields not permitted: tools"), "failed"),
    ],
)
def test_models_that_cannot_call_tools(model: ScriptedModel, act: Any, told: str) -> None:
    found = tried(model, says("ready"), act)
    assert found.ok, "it can be talked to all the same"
    assert found.tools is not None
    assert found.tools.can != "yes"
    assert told in found.tools.told


@pytest.mark.parametrize(
    ("act", "title", "patience"),
    [
        (fails(404, "model not found"), "The model server does not know this model", 60),
        (fails(401, "bad key"), "The model server wants another API key", 60),
        (fails(500, f"out of memory, key {SECRET}"), "The model server failed", 60),
        (talks_garbage, "The model server's answer could not be read", 60),
        (says(), "The model gave an empty answer", 60),
        (hangs_after(), "The model server took too long", 2),
    ],
)
def test_each_failure_is_a_sentence(model: ScriptedModel, act: Any, title: str, patience: float) -> None:
    found = tried(model, act, timeout=patience)
    assert not found.ok
    assert found.detail == title
    assert found.fault is not None
    assert SECRET not in found.fault.detail
    assert found.tools is None, "a model that does not answer is not asked for more"


def test_a_server_that_disappears_between_the_questions(model: ScriptedModel) -> None:
    def vanishes(handler: Any, body: Any) -> None:
        handler.close_connection = True
        handler.connection.close()

    found = tried(model, says("ready"), vanishes)
    assert found.ok
    assert found.tools is not None
    assert found.tools.can == "unknown"
    assert found.tools.fault is not None


def test_a_model_that_never_ends_is_given_up(model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def goes_on(handler: Any, body: Any) -> None:
        handler.begin_stream()
        while not handler.script.released.wait(0.2):
            handler.send({"content": "and on "})

    monkeypatch.setattr(probing, "PROBE_TIMEOUT_SECONDS", 3.0)
    found = tried(model, goes_on)
    assert found.fault is not None
    assert found.fault.kind == "timeout"


def test_a_server_that_is_not_there() -> None:
    nowhere = ModelChoice("openai_compatible", "m", base_url="http://127.0.0.1:9/v1")
    assert probe(nowhere).detail == "The model server does not answer"


def test_the_models_of_a_server(model: ScriptedModel) -> None:
    model.models = ["qwen3:8b", "Llama3.1", "qwen3:8b"]
    assert list_models(choice(model)) == ["Llama3.1", "qwen3:8b"]


def test_what_has_no_list_of_models_says_so(model: ScriptedModel) -> None:
    elsewhere = ModelChoice("openai_compatible", "", base_url=model.url.replace("/v1", "/v2"))
    with pytest.raises(Exception, match="404") as refused:
        list_models(elsewhere)
    assert explain_model_error(refused.value, "m").kind == "not_found"
    with pytest.raises(InvalidValue):
        list_models(ModelChoice())
    with pytest.raises(InvalidEndpoint):
        list_models(ModelChoice("openai_compatible", "", base_url="http://169.254.169.254/v1"))


def test_no_redirect_to_an_address_that_was_not_checked_is_followed(model: ScriptedModel) -> None:
    with scripted_model() as other:
        other.acts, other.models = [says("ready")], ["from-elsewhere"]
        model.moved_to = other.url
        assert not tried(model, says("ready")).ok
        assert other.requests == []
        with pytest.raises(Exception, match="307"):
            list_models(choice(model))
