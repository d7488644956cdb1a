"""The answer without memory: from this conversation only, and a failing model is shown as failing."""

from collections.abc import Iterator

import pytest

from services.chat.models import ModelChoice
from services.chat.plain_agent import PlainAgent
from services.chat.without_memory import AnswerWithoutMemory, PlainAnswer
from services.text_changes import are_alike
from tests.conftest import Endpoint
from tests.services.scripted_model import Act, ScriptedModel, fails, says, scripted_model

PATIENCE_SECONDS = 60


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with scripted_model() as script:
        yield script


def scripted(model: ScriptedModel, *acts: Act) -> ModelChoice:
    model.acts[:] = acts
    return ModelChoice("openai_compatible", "m", base_url=model.url)


def answered(question: str, spoken: list[tuple[str, str]], choice: ModelChoice) -> PlainAnswer:
    answer = AnswerWithoutMemory(question, spoken, PlainAgent(choice)).wait(PATIENCE_SECONDS)
    assert answer is not None
    return answer


def test_only_this_conversation_is_known(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", endpoint.url)
    empty = answered("Where do I live?", [], ModelChoice())
    assert "no memory" in empty.text
    assert empty.fault is None
    told = [("USER", "I live in Oslo."), ("ASSISTANT", "Noted.")]
    assert "Oslo" in answered("Where do I live?", told, ModelChoice()).text


def test_the_model_is_given_no_tool(model: ScriptedModel) -> None:
    choice = scripted(model, says("I do not know."))
    assert answered("Where do I live?", [("USER", "Hello")], choice).text == "I do not know."
    request = model.requests[-1]
    assert not request.get("tools")
    assert "Hello" in str(request["messages"])


def test_a_model_that_fails_is_a_fault_and_no_answer(model: ScriptedModel) -> None:
    answer = answered("Where do I live?", [], scripted(model, fails(400, "no such option")))
    assert answer.fault is not None
    assert "model server" in answer.fault.title
    assert answer.text == ""


@pytest.mark.parametrize(
    ("before", "after", "alike"),
    [
        ("I would book a seat for you.", "I would book a window seat for you.", True),
        ("I do not know that.", "You live in Oslo.", False),
        ("", "", True),
        ("same", "same", True),
    ],
)
def test_differences_are_marked_where_that_helps(before: str, after: str, alike: bool) -> None:
    assert are_alike(before, after) is alike
