"""Answers of models read strictly: what AWS's contracts allow passes, everything else is refused."""

from __future__ import annotations

import json

import pytest

from services.workbench import contracts
from services.workbench.contracts import ContractBroken, Decision

FACTS = '[{"fact": " The user lives in Graz. "}]'


@pytest.mark.parametrize(
    "answer",
    [
        FACTS,
        f"```json\n{FACTS}\n```",
        f"```\n{FACTS}```",
        f"<think>Graz is a town.</think>\n{FACTS}",
        f"<thinking>[1]</thinking>```json\n{FACTS}\n```\n",
    ],
)
def test_thoughts_and_a_fence_are_taken_off(answer: str) -> None:
    found = contracts.memories(contracts.bare(answer), contracts.fact)
    assert found == [{"fact": "The user lives in Graz."}]


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "The user lives in Graz.",
        f"Here it is: {FACTS}",
        '{"fact": "one object"}',
        '["a text"]',
        '[{"Fact": "another name"}]',
        '[{"fact": ""}]',
        '[{"fact": 7}]',
        FACTS[:-1],
        "[" * 100_000,
    ],
)
def test_anything_else_is_no_list_of_facts(answer: str) -> None:
    with pytest.raises(ContractBroken):
        contracts.memories(contracts.bare(answer), contracts.fact)


def test_half_a_character_is_refused_whether_written_or_spelled() -> None:
    for answer in ('[{"fact": "\ud83d"}]', '[{"fact": "\\ud83d"}]'):
        with pytest.raises(ContractBroken, match="surrogate"):
            contracts.memories(contracts.bare(answer), contracts.fact)


def test_errors_never_quote_what_was_said() -> None:
    with pytest.raises(ContractBroken) as refused:
        contracts.memories('[{"secret": "Anna lives in Graz"}]', contracts.fact)
    assert "Anna" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_preference_has_all_its_members() -> None:
    whole = {"context": "said so", "preference": "an aisle seat", "categories": ["travel"]}
    assert contracts.preference(whole | {"more": 1}) == whole
    for name in whole:
        with pytest.raises(ContractBroken):
            contracts.preference({other: value for other, value in whole.items() if other != name})
    with pytest.raises(ContractBroken):
        contracts.preference(whole | {"categories": "travel"})


def test_decisions_name_known_operations_and_records() -> None:
    new, merged = {"fact": "new"}, {"fact": "old and new"}
    answer = json.dumps(
        [
            {"memory": new, "operation": "AddMemory"},
            {"memory": new, "operation": "SkipMemory"},
            {"memory": new, "operation": "UpdateMemory", "update_id": "M1", "updated_memory": merged},
        ]
    )
    assert contracts.decisions(answer, contracts.fact, {"M1"}) == [
        Decision(new, "AddMemory"),
        Decision(new, "SkipMemory"),
        Decision(new, "UpdateMemory", "M1", merged),
    ]
    for entry in (
        {"memory": new, "operation": "DeleteMemory"},
        {"memory": new, "operation": ["AddMemory"]},
        {"operation": "AddMemory"},
        {"memory": new, "operation": "UpdateMemory", "update_id": "M2", "updated_memory": merged},
        {"memory": new, "operation": "UpdateMemory", "update_id": "M1"},
    ):
        with pytest.raises(ContractBroken):
            contracts.decisions(json.dumps([entry]), contracts.fact, {"M1"})


def test_a_summary_has_both_parts() -> None:
    found = contracts.summary(
        "<existing_global_summary_word_count>3</existing_global_summary_word_count>"
        "<global_summary>A refund &amp; a return.</global_summary>"
        '<delta_detailed_summary><topic name="Refund &lt;1&gt;"> It failed. </topic></delta_detailed_summary>'
    )
    assert found.text == "A refund & a return."
    assert found.topics == (("Refund <1>", "It failed."),)
    for answer in (
        "<global_summary>only</global_summary>",
        "<global_summary></global_summary><delta_detailed_summary></delta_detailed_summary>",
        "<global_summary>x</global_summary><delta_detailed_summary>no topic</delta_detailed_summary>",
    ):
        with pytest.raises(ContractBroken):
            contracts.summary(answer)


def test_episodes_have_every_tag_and_every_turn() -> None:
    turn = "".join(f"<{tag}>Yes</{tag}>" for tag in contracts.TURN_TAGS)
    one = f"<summary><summary_turn>{turn}</summary_turn></summary>"
    assert contracts.episode_turns(one, 1) == [dict.fromkeys(contracts.TURN_TAGS, "Yes")]
    with pytest.raises(ContractBroken):
        contracts.episode_turns(one, 2)
    with pytest.raises(ContractBroken):
        contracts.episode_turns(one.replace("<thought>Yes</thought>", ""), 1)
    whole = "".join(f"<{tag}>No: it failed</{tag}>" for tag in contracts.EPISODE_TAGS)
    assert contracts.episode(whole)["assessment"] == "No"
    with pytest.raises(ContractBroken):
        contracts.episode(whole.replace("<assessment>No: it failed", "<assessment>Perhaps"))
