"""Which models the test agent can talk with, and that none stands in for another."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.chat.models import OLLAMA_URL, ModelChoice, check_model_choice
from services.chat.probing import probe
from services.errors import InvalidEndpoint, InvalidValue
from tests.services.scripted_model import ScriptedModel, scripted_model

SECRET = "sk-never-shown"


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def scripted(model: ScriptedModel, *acts: Any) -> ModelChoice:
    model.acts = list(acts)
    return ModelChoice("openai_compatible", "scripted", base_url=model.url, api_key=SECRET)


def test_bedrock_is_never_the_embedded_endpoint(endpoint: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The endpoint would answer for any model id; its words must not pass for the model's."""
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    found = probe(ModelChoice("bedrock", "anthropic.claude-sonnet-4", region="us-west-2"))
    assert not found.ok
    assert found.fault is not None
    assert found.fault.kind == "credentials"


@pytest.mark.parametrize(
    ("choice", "error"),
    [
        (ModelChoice("bedrock", " "), InvalidValue),
        (ModelChoice("openai_compatible", "m", base_url=None), InvalidEndpoint),
        (ModelChoice("openai_compatible", "m", base_url="file:///etc/passwd"), InvalidEndpoint),
        (ModelChoice("openai_compatible", "m", base_url="http://169.254.169.254/v1"), InvalidEndpoint),
    ],
)
def test_choices_that_can_be_no_model(choice: ModelChoice, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_model_choice(choice)


def test_the_key_of_a_model_server_is_in_no_text() -> None:
    choice = ModelChoice("openai_compatible", "m", base_url=OLLAMA_URL, api_key=SECRET)
    assert SECRET not in f"{choice!r} {choice.label}"


def test_the_rules_say_that_they_are_no_language_model() -> None:
    assert ModelChoice().label == "No language model: built-in rules"
