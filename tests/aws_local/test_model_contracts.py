"""The service's output contracts: what is taken from a model's answer, and what is refused."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from services.aws_local.extractors import contracts, prompts
from services.aws_local.extractors.contracts import ContractBroken
from services.aws_local.extractors.model_server import ChatCompletions, Converse
from services.aws_local.long_term import extraction_options
from services.aws_local.long_term.extraction_options import UnusableOption

FACT = {"fact": "The user lives in Lisbon."}
TAGS = dict.fromkeys(contracts.EPISODE_TAGS, "text") | {"assessment": "No - it failed"}
LESSON = dict.fromkeys(contracts.REFLECTION_TAGS, "text") | {"operator": "add", "confidence": "0.75"}


def elements(document: dict[str, str]) -> str:
    return "".join(f"<{name}>{text}</{name}>" for name, text in document.items())


def lesson(**changed: str) -> str:
    return f"<reflections><reflection>{elements(LESSON | changed)}</reflection></reflections>"


@pytest.mark.parametrize(
    "answer",
    ["", "null", "{}", "[1]", '["a"]', "[{}]", '[{"fact": ""}]', "[" * 100_000, r'[{"fact": "\ud83d"}]'],
)
def test_facts_that_are_none_are_refused(answer: str) -> None:
    with pytest.raises(ContractBroken):
        contracts.memories(answer, contracts.fact)


def test_a_code_fence_is_taken_off_and_further_members_are_dropped() -> None:
    answer = f"```json\n{json.dumps([FACT | {'confidence': 1}])}\n```"
    assert contracts.memories(answer, contracts.fact) == [FACT]
    assert contracts.memories("[]", contracts.fact) == []


def test_thoughts_before_an_answer_are_taken_off() -> None:
    assert contracts.without_thoughts("<think>[1]\n</think>\n[]").strip() == "[]"
    assert contracts.without_thoughts("[]<think>x</think>") == "[]<think>x</think>"


@pytest.mark.parametrize("categories", [None, "food", [1]])
def test_preferences_need_a_list_of_categories(categories: object) -> None:
    with pytest.raises(ContractBroken, match="categories"):
        contracts.preference({"context": "c", "preference": "p", "categories": categories})


@pytest.mark.parametrize(
    "entry",
    [
        {"memory": FACT, "operation": "DeleteMemory"},
        {"memory": FACT},
        {"operation": "AddMemory"},
        {"memory": FACT, "operation": "UpdateMemory", "update_id": "M9", "updated_memory": FACT},
        {"memory": FACT, "operation": "UpdateMemory", "update_id": "M1"},
    ],
)
def test_decisions_that_cannot_be_carried_out_are_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ContractBroken):
        contracts.decisions(json.dumps([entry]), contracts.fact, {"M1"})


def test_a_summary_may_have_no_new_topic_but_not_a_broken_one() -> None:
    whole = "<global_summary>All &amp; more</global_summary>"
    assert contracts.summary(f"{whole}<delta_detailed_summary></delta_detailed_summary>").topics == ()
    found = contracts.summary(
        f"{whole}<delta_detailed_summary><topic name='A'>x</topic></delta_detailed_summary>"
    )
    assert (found.text, found.topics) == ("All & more", (("A", "x"),))
    for answer in ("", whole, f"{whole}<delta_detailed_summary>text</delta_detailed_summary>"):
        with pytest.raises(ContractBroken):
            contracts.summary(answer)


def test_every_turn_of_an_episode_is_told() -> None:
    turn = f"<summary_turn>{elements(dict.fromkeys(contracts.TURN_TAGS, 'text'))}</summary_turn>"
    assert len(contracts.episode_turns(turn * 2, 2)) == 2
    for answer, count in ((turn, 2), (turn * 2, 1), ("<summary_turn></summary_turn>", 1)):
        with pytest.raises(ContractBroken):
            contracts.episode_turns(answer, count)


def test_an_assessment_is_yes_or_no() -> None:
    assert contracts.episode(elements(TAGS))["assessment"] == "No"
    with pytest.raises(ContractBroken):
        contracts.episode(elements(TAGS | {"assessment": "Perhaps"}))


def test_reflections_are_added_or_update_a_known_one() -> None:
    assert contracts.reflections("<reflections></reflections>", set()) == []
    (added,) = contracts.reflections(lesson(), set())
    assert (added["operator"], added["confidence"]) == ("add", "0.8")
    (updated,) = contracts.reflections(lesson(operator="update", id="R1"), {"R1"})
    assert updated["id"] == "R1"
    wrong: list[dict[str, str]] = [
        {"operator": "update", "id": "R2"},
        {"operator": "replace"},
        {"confidence": "high"},
        {"confidence": "0"},
    ]
    for changed in wrong:
        with pytest.raises(ContractBroken):
            contracts.reflections(lesson(**changed), {"R1"})


@pytest.mark.parametrize(("strategy_type", "step"), list(prompts.INSTRUCTIONS))
def test_own_instructions_replace_ours_and_never_the_form(strategy_type: str, step: str) -> None:
    ours, theirs = (prompts.system_prompt(strategy_type, step, given) for given in (None, "Be brief."))
    assert theirs.startswith("Be brief.\n")
    assert prompts.INSTRUCTIONS[strategy_type, step] not in theirs
    assert ours.endswith(prompts.SCHEMAS[strategy_type, step])
    assert theirs.endswith(prompts.SCHEMAS[strategy_type, step])


def options(*given: str) -> extraction_options.ExtractionOptions:
    parser = argparse.ArgumentParser()
    extraction_options.add(parser)
    return extraction_options.read(parser.parse_args(list(given)))


def test_start_options_name_a_server_and_a_place(tmp_path: Path) -> None:
    assert options() == extraction_options.ExtractionOptions(None, None, None)
    chat = options("--model-url", "http://127.0.0.1:1/v1", "--model-id", "m", "--model-key-env", "KEY")
    assert chat.model_server == ChatCompletions("http://127.0.0.1:1/v1", "KEY")
    assert chat.model_id == "m"
    bedrock = options("--model-bedrock", "us-west-2", "--model-url", "http://127.0.0.1:1").model_server
    assert isinstance(bedrock, Converse)
    assert bedrock.place == "http://127.0.0.1:1"
    place = options("--self-managed-to", str(tmp_path / "out")).self_managed_to
    assert place is not None
    assert place.place == str(tmp_path / "out")


@pytest.mark.parametrize(
    "given",
    [
        ["--model-id", "m"],
        ["--model-key-env", "KEY"],
        ["--model-url", "ftp://x/"],
        ["--model-url", "http://127.0.0.1:1/v1", "--model-timeout", "0"],
        ["--self-managed-to", "http://example.com/"],
    ],
)
def test_options_that_cannot_be_carried_out_are_refused(given: list[str]) -> None:
    with pytest.raises(UnusableOption):
        options(*given)
