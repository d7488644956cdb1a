"""Metadata schemas of strategies: what may be declared, and what extraction fills them with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from services.aws_local.long_term.inferred_metadata import infer
from tests.aws_local.agentcore import facts, fresh_name, new_memory, refused, say, strategy_ids, until

INDEXED = [
    {"key": "team", "type": "STRING"},
    {"key": "a", "type": "STRING"},
    {"key": "b", "type": "STRING"},
    {"key": "c", "type": "STRING"},
    {"key": "cost", "type": "NUMBER"},
]
RECORD_TYPE = {"x-amz-agentcore-memory-recordType": {"stringValue": "BASE"}}


def strict(key: str = "team", **fields: Any) -> dict[str, Any]:
    return {"key": key, "type": "STRING", "extractionType": "STRICTLY_CONSISTENT"} | fields


def inferred(
    key: str = "priority", kind: str = "STRING", instruction: str | None = None, **validation: Any
) -> dict[str, Any]:
    config: dict[str, Any] = {"definition": f"The {key}."}
    if instruction is not None:
        config["llmExtractionInstruction"] = instruction
    if validation:
        names = {"STRING": "stringValidation", "STRINGLIST": "stringListValidation"}
        config["validation"] = {names.get(kind, "numberValidation"): validation}
    return {"key": key, "type": kind, "extractionConfig": {"llmExtractionConfig": config}}


def schema(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"memoryRecordSchema": {"metadataSchema": list(entries)}}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([strict("unknown")], "must be an indexed STRING"),
        ([strict("cost")], "must be an indexed STRING"),
        ([strict(type="NUMBER")], "must be an indexed STRING"),
        ([strict(extractionConfig=inferred()["extractionConfig"])], "without extractionConfig"),
        ([strict(key) for key in ("team", "a", "b", "c")], "at most 3"),
        ([inferred(), inferred()], "more than once"),
        ([{"key": "priority", "type": "STRING"}], "requires extractionConfig"),
        ([inferred(kind="NUMBER", minValue=2.0, maxValue=1.0)], "minValue"),
        ([inferred(kind="STRINGLIST", maxItems=2) | {"type": "STRING"}], "must match its type"),
    ],
)
def test_a_schema_that_cannot_be_filled_is_refused(
    control: Any, entries: list[dict[str, Any]], message: str
) -> None:
    params = {"name": fresh_name(), "eventExpiryDuration": 30, "indexedKeys": INDEXED}
    strategies = [facts(**schema(*entries))]
    assert message in refused(
        "ValidationException", control.create_memory, **params, memoryStrategies=strategies
    )
    reflection = {"namespaceTemplates": ["/e/"]} | schema(*entries)
    episodes = {
        "episodicMemoryStrategy": {
            "name": "e",
            "namespaceTemplates": ["/e/"],
            "reflectionConfiguration": reflection,
        }
    }
    assert message in refused(
        "ValidationException", control.create_memory, **params, memoryStrategies=[episodes]
    )


def test_summaries_take_inferred_keys_and_no_strict_ones(control: Any) -> None:
    memory_id = new_memory(control, indexedKeys=INDEXED)
    wrong = {"summaryMemoryStrategy": {"name": "sums"} | schema(strict())}
    text = refused(
        "ValidationException",
        control.update_memory,
        memoryId=memory_id,
        memoryStrategies={"addMemoryStrategies": [wrong]},
    )
    assert "STRICTLY_CONSISTENT" in text
    right = {"summaryMemoryStrategy": {"name": "sums"} | schema(inferred())}
    control.update_memory(memoryId=memory_id, memoryStrategies={"addMemoryStrategies": [right]})
    (shown,) = control.get_memory(memoryId=memory_id)["memory"]["strategies"]
    assert shown["memoryRecordSchema"] == {"metadataSchema": [inferred()]}


LEVELS = ["critical", "high", "very high", "low"]


@pytest.mark.parametrize(
    ("entry", "events", "texts", "expected"),
    [
        # the events' own metadata
        (inferred(), ["low", "critical"], [], {"stringValue": "critical"}),
        (inferred(instruction="LATEST_VALUE"), ["low", "critical"], [], {"stringValue": "critical"}),
        (inferred(instruction="Keep the highest."), ["low", "critical"], [], None),
        (inferred(instruction="Keep the highest."), ["low", "low"], [], {"stringValue": "low"}),
        (inferred(allowedValues=LEVELS), ["HIGH "], [], {"stringValue": "high"}),
        (inferred(allowedValues=LEVELS), ["urgent"], [], None),
        (inferred("tags", "STRINGLIST"), ["a", "b", "a"], [], {"stringListValue": ["a", "b"]}),
        (inferred("tags", "STRINGLIST", maxItems=1), ["a", "b"], [], {"stringListValue": ["a"]}),
        (inferred("tags", "STRINGLIST"), ["x" * 65], [], None),
        (inferred("cost", "NUMBER"), ["12.5"], [], {"numberValue": 12.5}),
        (inferred("cost", "NUMBER"), ["a lot"], [], None),
        (inferred("cost", "NUMBER", maxValue=10.0), ["12.5"], [], None),
        (inferred("cost", "NUMBER"), ["nan"], [], None),
        # what the text names
        (inferred(allowedValues=LEVELS), [], ["This is Critical."], {"stringValue": "critical"}),
        (inferred(allowedValues=LEVELS), ["low"], ["This is critical."], {"stringValue": "low"}),
        (inferred(allowedValues=LEVELS), [], ["It was low.", "Now high!"], {"stringValue": "high"}),
        (inferred(instruction="Weigh it.", allowedValues=LEVELS), [], ["It was low, now high."], None),
        (inferred(allowedValues=LEVELS), [], ["It is very high."], {"stringValue": "very high"}),
        (inferred(allowedValues=LEVELS), [], ["A highly critical-path task, yellow."], None),
        (inferred(allowedValues=LEVELS), [], ["It isn't critical."], None),
        (inferred(allowedValues=LEVELS), [], ["It is not so high."], None),
        (inferred(), [], ["This is critical."], None),
        (
            inferred("tags", "STRINGLIST", allowedValues=["red", "blue", "green"]),
            ["Blue"],
            ["Red and blue, no green."],
            {"stringListValue": ["blue", "red"]},
        ),
        (inferred("partySize", "NUMBER"), [], ["A party size of 4."], {"numberValue": 4.0}),
        (inferred("order_total", "NUMBER"), [], ["Order total: $1,250.75!"], {"numberValue": 1250.75}),
        (inferred("party_size", "NUMBER"), [], ["We are 4, at 7 o'clock."], None),
        (inferred("order_total", "NUMBER"), [], ["The order total is 20% off."], None),
        (inferred("order total", "NUMBER", minValue=0.0), [], ["Order total -5"], None),
    ],
)
def test_values_are_found_and_never_thought_up(
    entry: dict[str, Any], events: list[str], texts: list[str], expected: dict[str, Any] | None
) -> None:
    given = [{entry["key"]: {"stringValue": value}, "other": {"stringValue": "x"}} for value in events]
    assert infer([entry], given, texts) == ({} if expected is None else {entry["key"]: expected})


@pytest.fixture(scope="module")
def support(control: Any) -> Iterator[str]:
    """A memory whose facts carry a team (strict), and priority, channel and party size (inferred)."""
    entries = (
        strict(),
        inferred(instruction="LATEST_VALUE", allowedValues=LEVELS),
        inferred("channel", allowedValues=["email", "phone"]),
        inferred("party_size", "NUMBER"),
    )
    indexed = [*INDEXED, {"key": "priority", "type": "STRING"}]
    yield new_memory(control, facts(**schema(*entries)), indexedKeys=indexed)


def metadata_of(data: Any, memory_id: str, actor: str, wanted: str) -> dict[str, Any]:
    """The metadata, without the system's own, of the one record of an actor that contains a text."""

    def found() -> list[dict[str, Any]]:
        listed = data.list_memory_records(memoryId=memory_id, namespace=f"/facts/{actor}/")
        return [each for each in listed["memoryRecordSummaries"] if wanted in each["content"]["text"]]

    (record,) = until(found)
    metadata: dict[str, Any] = record["metadata"]
    assert metadata.items() >= RECORD_TYPE.items()
    return {key: value for key, value in metadata.items() if key not in RECORD_TYPE}


def strings(**values: str) -> dict[str, Any]:
    return {key: {"stringValue": value} for key, value in values.items()}


def test_extracted_records_carry_what_events_and_text_say(data: Any, support: str) -> None:
    given = strings(team="billing", priority="low", ticket="TKT-1")
    say(data, support, "My name is Alice Winter. You can reach me by email.", metadata=given)
    found = metadata_of(data, support, "alice", "Alice Winter")
    assert {key: found[key] for key in ("team", "priority")} == strings(team="billing", priority="low")
    assert found.keys() <= {"team", "priority", "channel"}  # ticket is in no schema
    filters = [
        {
            "left": {"metadataKey": "priority"},
            "operator": "EQUALS_TO",
            "right": {"metadataValue": {"stringValue": "low"}},
        }
    ]
    listed = data.list_memory_records(
        memoryId=support, namespace="/facts/alice/", metadataFilters=filters, maxResults=100
    )
    texts = [each["content"]["text"] for each in listed["memoryRecordSummaries"]]
    assert any("Alice Winter" in text for text in texts)


def test_a_consolidated_record_is_filled_anew(data: Any, control: Any, support: str) -> None:
    where = {"actor": "bob", "metadata": strings(priority="low")}
    say(data, support, "My email address is bob@old.example.", session="one", **where)
    assert metadata_of(data, support, "bob", "bob@old.example") == strings(priority="low", channel="email")
    where["metadata"] = strings(priority="critical")
    say(data, support, "My email address is bob@new.example now.", session="two", **where)
    found = metadata_of(data, support, "bob", "bob@new.example")
    assert found == strings(priority="critical", channel="email")
    assert strategy_ids(control, support).keys() == {"facts"}


def test_a_group_without_a_strict_value_is_a_group_of_its_own(data: Any, support: str) -> None:
    """Records of one group never merge with those of another, the one without values included."""
    say(
        data,
        support,
        "My email address is carol@billing.example.",
        actor="carol",
        session="one",
        metadata=strings(team="billing"),
    )
    assert metadata_of(data, support, "carol", "carol@billing.example")["team"] == {"stringValue": "billing"}
    say(data, support, "My email address is carol@home.example.", actor="carol", session="two")
    assert "team" not in metadata_of(data, support, "carol", "carol@home.example")
    assert metadata_of(data, support, "carol", "carol@billing.example")["team"] == {"stringValue": "billing"}
