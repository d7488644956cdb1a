"""Metadata filters of events: what AWS takes it takes, what it would refuse is said before."""

from __future__ import annotations

from typing import Any

import pytest

from services.clients import Clients
from services.errors import InvalidValue
from services.records.filters import MetadataFilter
from services.short_term import event_filters, events
from tests.services.conversations import say

PLACE = ("ann", "trip")


def tags(**values: str) -> dict[str, Any]:
    return {"metadata": {key: {"stringValue": value} for key, value in values.items()}}


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([MetadataFilter("channel", "EQUALS_TO", "web")], {"one", "two"}),
        ([MetadataFilter("channel", "EXISTS")], {"one", "two", "three"}),
        ([MetadataFilter("channel", "NOT_EXISTS")], {"four"}),
        ([MetadataFilter("channel", "EQUALS_TO", "web"), MetadataFilter("kind", "EXISTS")], {"two"}),
        ([MetadataFilter("channel", "EQUALS_TO", "fax")], set()),
        ([], {"one", "two", "three", "four"}),
    ],
)
def test_the_service_filters(
    live: Clients, memory: dict[str, Any], conditions: list[MetadataFilter], expected: set[str]
) -> None:
    say(live, memory["id"], PLACE, "one", 1, **tags(channel="web"))
    say(live, memory["id"], PLACE, "two", 2, **tags(channel="web", kind="question"))
    say(live, memory["id"], PLACE, "three", 3, **tags(channel="phone"))
    say(live, memory["id"], PLACE, "four", 4)
    wanted = event_filters.to_api(conditions)
    rows = events.list_events(live, memory["id"], *PLACE, metadata_filters=wanted).rows
    assert {row["payload"][0]["conversational"]["content"]["text"] for row in rows} == expected


@pytest.mark.parametrize(
    "condition",
    [
        MetadataFilter("channel", "BEFORE", "x"),
        MetadataFilter("", "EXISTS"),
        MetadataFilter("a" * 129, "EXISTS"),
        MetadataFilter("chännel", "EXISTS"),
        MetadataFilter("channel", "EQUALS_TO", "x" * 257),
        MetadataFilter("channel", "EQUALS_TO", "a;b"),
    ],
)
def test_what_aws_would_refuse_is_said(condition: MetadataFilter) -> None:
    with pytest.raises(InvalidValue):
        event_filters.to_api([condition])


def test_six_filters_are_too_many() -> None:
    five = [MetadataFilter(f"key{number}", "EXISTS") for number in range(5)]
    assert len(event_filters.to_api(five)) == 5
    with pytest.raises(InvalidValue):
        event_filters.to_api([*five, MetadataFilter("more", "EXISTS")])


def test_the_keys_of_events_are_suggested() -> None:
    rows = [tags(b="1", a="2"), tags(a="3"), {}]
    assert event_filters.keys_of(rows) == ["a", "b"]
