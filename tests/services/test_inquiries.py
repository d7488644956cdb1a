"""Inquiries: which calls a question makes, and that a link brings it back."""

from __future__ import annotations

from typing import Any

import pytest

from services.errors import InvalidValue
from services.records.filters import MetadataFilter
from services.retrieval import inquiries
from services.retrieval.inquiries import Inquiry, Place, call_params

MEMORY: dict[str, Any] = {"id": "Memory-0123456789"}
AFTER = MetadataFilter("x-amz-agentcore-memory-createdAt", "AFTER", "2026-01-01")


def test_every_namespace_is_asked_with_every_strategy_once() -> None:
    inquiry = Inquiry("q", "exact", ("/a/", "/b/", "/a/"), ("S1", "S2"))
    assert inquiry.places() == [
        Place("exact", "/a/", "S1"),
        Place("exact", "/a/", "S2"),
        Place("exact", "/b/", "S1"),
        Place("exact", "/b/", "S2"),
    ]
    assert Inquiry("q").places() == [Place("path", "/", None)]


def test_the_parameters_are_those_of_the_call() -> None:
    [exact] = call_params(MEMORY, Inquiry("q", "exact", ("/a/",), ("S1",), 3, 0.5, (AFTER,)))
    criteria = exact["searchCriteria"]
    assert (exact["memoryId"], exact["namespace"]) == (MEMORY["id"], "/a/")
    assert "namespacePath" not in exact
    assert (criteria["searchQuery"], criteria["topK"], criteria["memoryStrategyId"]) == ("q", 3, "S1")
    assert criteria["metadataFilters"][0]["operator"] == "AFTER"
    [path] = call_params(MEMORY, Inquiry("q"))
    assert path == {
        "memoryId": MEMORY["id"],
        "namespacePath": "/",
        "searchCriteria": {"searchQuery": "q", "topK": 10},
    }


@pytest.mark.parametrize(
    ("inquiry", "words"),
    [
        (Inquiry("q", namespaces=()), "at least one namespace"),
        (Inquiry("q", namespaces=tuple(f"/{n}/" for n in range(4)), strategy_ids=("A", "B")), "8 places"),
        (Inquiry("q", namespaces=("/a b",)), "does not allow"),
        (Inquiry(" "), "query is empty"),
        (Inquiry("q", top_k=101), "between 1 and 100"),
        (Inquiry("q", filters=(MetadataFilter("colour", "EXISTS"),)), "no indexed key"),
    ],
)
def test_what_aws_would_refuse_is_refused(inquiry: Inquiry, words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        call_params(MEMORY, inquiry)


@pytest.mark.parametrize(
    "inquiry",
    [
        Inquiry('Where is "it"?\n\u202e,', "exact", ("/a/", "/b/"), ("S1", "S2"), 7, 0.25, (AFTER,)),
        Inquiry("q"),
    ],
)
def test_a_link_brings_the_question_back(inquiry: Inquiry) -> None:
    assert inquiries.loads(inquiries.dumps(inquiry)) == inquiry


GOOD = inquiries.dumps(Inquiry("q"))


@pytest.mark.parametrize(
    "link",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        "[" * 100_000,
        GOOD.replace('"path"', '"everywhere"'),
        GOOD.replace('"path"', "[]"),
        GOOD.replace('"topK":10', '"topK":true'),
        GOOD.replace('"minScore":0.0', '"minScore":7'),
        GOOD.replace('"minScore":0.0', '"minScore":NaN'),
        GOOD.replace('"query":"q"', '"query":1'),
        GOOD.replace('"namespaces":["/"]', '"namespaces":"/"'),
        GOOD.replace('"filters":"[]"', '"filters":"x"'),
    ],
)
def test_a_broken_link_is_said(link: str) -> None:
    assert link != GOOD
    with pytest.raises(InvalidValue, match="cannot be read"):
        inquiries.loads(link)
