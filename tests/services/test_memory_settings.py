"""A memory's settings as named values, its metadata schemas as rows, and where two of either differ."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.memory import metadata_schema
from services.memory.settings import differences, settings
from services.memory.strategy_details import kind_of, own_part, steps
from services.text_changes import changed_lines
from tests.services.memory_examples import (
    MODEL,
    PROFILE,
    PROMPT,
    TOPIC,
    custom_draft,
    episodes_draft,
    facts_draft,
    pipeline_draft,
)

words = st.text("abc xyz", min_size=1, max_size=12).map(str.strip).filter(bool)
numbers = st.none() | st.integers(-5, 5).map(float)


def inferred(kind: str, limits: dict[str, Any]) -> dict[str, Any]:
    config: dict[str, Any] = {"definition": "What it is"}
    if limits:
        name = {"STRING": "string", "STRINGLIST": "stringList", "NUMBER": "number"}[kind]
        config["validation"] = {f"{name}Validation": limits}
    return {
        "key": "k",
        "type": kind,
        "extractionType": "LLM_INFERRED",
        "extractionConfig": {"llmExtractionConfig": config},
    }


entries = st.one_of(
    st.just({"key": "k", "type": "STRING", "extractionType": "STRICTLY_CONSISTENT"}),
    st.lists(words, max_size=3).map(lambda some: inferred("STRING", {"allowedValues": some} if some else {})),
    st.tuples(st.lists(words, max_size=3), st.none() | st.integers(1, 5)).map(
        lambda pair: inferred(
            "STRINGLIST",
            ({"allowedValues": pair[0]} if pair[0] else {}) | ({"maxItems": pair[1]} if pair[1] else {}),
        )
    ),
    st.tuples(numbers, numbers).map(
        lambda pair: inferred(
            "NUMBER",
            {
                name: value
                for name, value in zip(("minValue", "maxValue"), pair, strict=True)
                if value is not None
            },
        )
    ),
)


@given(st.lists(entries, max_size=4))
def test_a_schema_survives_the_table(schema: list[dict[str, Any]]) -> None:
    assert metadata_schema.from_rows(metadata_schema.to_rows(schema)) == schema


def test_a_schema_in_which_defaults_are_left_out_means_the_same() -> None:
    short = [{"key": "k", "extractionConfig": {"llmExtractionConfig": {"definition": "What it is"}}}]
    assert metadata_schema.same(short, [inferred("STRING", {})])
    assert not metadata_schema.same(short, [inferred("NUMBER", {})])


def test_empty_cells_and_rows_without_a_key_are_left_out() -> None:
    rows = [
        {"key": "  ", "definition": "nobody"},
        {"key": "k", "type": None, "from": None, "definition": " D ", "most": float("nan"), "allowed": " , "},
    ]
    [entry] = metadata_schema.from_rows(rows)
    assert entry == inferred("STRING", {}) | {
        "extractionConfig": {"llmExtractionConfig": {"definition": "D"}}
    }


@pytest.mark.parametrize(
    ("schema", "indexed", "words"),
    [
        ([inferred("STRING", {})] * 2, {}, "there twice"),
        ([{"key": "k", "extractionType": "STRICTLY_CONSISTENT"}], {}, "an indexed key"),
        ([{"key": "k", "extractionType": "STRICTLY_CONSISTENT"}], {"k": "NUMBER"}, "an indexed key"),
        (
            [{"key": f"k{n}", "extractionType": "STRICTLY_CONSISTENT"} for n in range(4)],
            {f"k{n}": "STRING" for n in range(4)},
            "At most 3",
        ),
    ],
)
def test_schemas_that_aws_refuses(schema: list[dict[str, Any]], indexed: dict[str, str], words: str) -> None:
    assert any(words in problem for problem in metadata_schema.problems(schema, indexed))


def test_a_good_schema_has_no_problems() -> None:
    copied = {"key": "c", "extractionType": "STRICTLY_CONSISTENT"}
    assert metadata_schema.problems([copied, inferred("STRING", {})], {"c": "STRING"}) == []


def test_own_instructions_are_found_where_they_lie() -> None:
    own = custom_draft().shown()
    assert kind_of(own) == "semantic"
    assert [(step.name, step.prompt, step.model_id) for step in steps(own)] == [
        ("extraction", PROMPT, PROFILE),
        ("consolidation", "Merge.", MODEL),
    ]
    assert own_part(own, "reflection") == {}


def test_built_in_steps_are_described() -> None:
    found = steps(episodes_draft().shown())
    assert [step.name for step in found] == ["extraction", "consolidation", "reflection"]
    assert all(step.prompt is None and step.model_id is None and step.about for step in found)


def test_an_unknown_type_is_not_guessed() -> None:
    assert kind_of({"type": "BRAND_NEW"}) is None
    assert steps({"type": "BRAND_NEW"}) == []


def test_every_setting_has_a_name() -> None:
    memory = {
        "eventExpiryDuration": 90,
        "strategies": [draft.shown() for draft in (facts_draft(), custom_draft(), pipeline_draft())],
        "namespaceKeys": [{"key": "desk", "validation": {"regexPattern": "[a-z]+"}}, {"key": "any"}],
    }
    found = settings(memory, {"team": "a"})
    assert found["Memory", "Events kept"] == "90 days"
    assert found["Memory", "Tag team"] == "a"
    assert found["Memory", "Namespace key desk"] == "fits [a-z]+"
    assert found["Memory", "Namespace key any"] == "any value"
    assert found["Strategy Facts", "Extraction instructions"] == "built in"
    assert found["Strategy OwnFacts", "Extraction instructions"] == PROMPT
    assert found["Strategy Pipeline", "Handed over after"] == "6 messages or 30 idle seconds"
    assert found["Strategy Pipeline", "Told on SNS topic"] == TOPIC


def test_differences_name_both_sides_and_keep_the_order() -> None:
    before = {("Memory", "a"): "1", ("Memory", "b"): "2", ("S", "x"): "3"}
    after = {("Memory", "a"): "1", ("Memory", "c"): "4", ("S", "x"): "5"}
    found = [(each.section, each.name, each.before, each.after) for each in differences(before, after)]
    assert found == [
        ("Memory", "a", "1", "1"),
        ("Memory", "b", "2", None),
        ("Memory", "c", None, "4"),
        ("S", "x", "3", "5"),
    ]
    assert [each.differs for each in differences(before, after)] == [False, True, True, True]


def test_lines_that_differ_are_shown_with_their_neighbours() -> None:
    before = "\n".join(f"line {number}" for number in range(9))
    shown = changed_lines(before, before.replace("line 4", "new"))
    assert "-line 4\n+new" in shown
    assert " line 2" in shown
    assert "line 1" not in shown
