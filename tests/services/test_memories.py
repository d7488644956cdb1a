"""Memory resources: drafts checked by AWS's own rules, created, extended and deleted for real."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.clients import Clients
from services.faults import Fault, explain
from services.memory import memories
from services.memory.memories import (
    STRATEGY_KINDS,
    InvalidDraft,
    MemoryDraft,
    StrategyDraft,
    StrategyKindName,
)
from services.memory.strategy_drafts import reflection_template
from tests.services.conftest import eventually, new_memory
from tests.services.fault_server import FaultServer, answers

MEMORY = "Memory-0123456789"


def draft_of(kind: StrategyKindName, **changes: Any) -> StrategyDraft:
    known = STRATEGY_KINDS[kind]
    fields: dict[str, Any] = {"name": known.default_name, "namespace_template": known.default_template}
    return StrategyDraft(kind, **(fields | changes))


@pytest.mark.parametrize("kind", STRATEGY_KINDS)
def test_the_defaults_of_every_kind_are_accepted(kind: StrategyKindName) -> None:
    assert draft_of(kind).problems() == []
    assert STRATEGY_KINDS[kind].label
    assert STRATEGY_KINDS[kind].description.endswith(".")


def test_a_memory_with_every_extracting_strategy_becomes_active(live: Clients) -> None:
    kinds: list[StrategyKindName] = ["semantic", "user_preference", "summary"]
    drafts = [draft_of(kind, description="What for.") for kind in kinds]
    memory = new_memory(live, *drafts)
    assert [strategy["type"] for strategy in memory["strategies"]] == [STRATEGY_KINDS[k].type for k in kinds]
    assert [strategy["namespaceTemplates"] for strategy in memory["strategies"]] == [
        [draft.namespace_template] for draft in drafts
    ]


def test_a_short_term_memory_with_everything_else(live: Clients) -> None:
    name = f"Test{uuid.uuid4().hex[:12]}"
    draft = MemoryDraft(
        name,
        event_expiry_days=30,
        description="For a test.",
        execution_role_arn="arn:aws:iam::123456789012:role/memory",
        tags={"team": "a", "empty": ""},
    )
    assert draft.problems() == []
    created = memories.create_memory(live, draft)
    assert created["name"] == name
    assert created["eventExpiryDuration"] == 30
    assert created["description"] == "For a test."
    tags = live.control.list_tags_for_resource(resourceArn=created["arn"])["tags"]
    assert tags == {"team": "a", "empty": ""}


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (MemoryDraft(""), "name is empty"),
        (MemoryDraft("1abc"), "at most 48"),
        (MemoryDraft("a-b"), "does not allow"),
        (MemoryDraft("a" * 49), "does not allow"),
        (MemoryDraft("abc\n"), "does not allow"),
        (MemoryDraft("abc", event_expiry_days=2), "between 3 and 3650"),
        (MemoryDraft("abc", description="x" * 4097), "at most 4,096"),
        (MemoryDraft("abc", encryption_key_arn="key"), "encryption key"),
        (MemoryDraft("abc", execution_role_arn="role"), "execution role"),
        (MemoryDraft("abc", tags={"": "v"}), "tag key"),
        (MemoryDraft("abc", tags={str(n): "v" for n in range(51)}), "at most 50"),
        (MemoryDraft("abc", strategies=(draft_of("semantic", name="a b"),)), "a b: The strategy's name"),
        (MemoryDraft("abc", strategies=(draft_of("semantic"), draft_of("semantic"))), "same name"),
        (
            MemoryDraft("abc", strategies=tuple(draft_of("semantic", name=f"s{n}") for n in range(7))),
            "at most 6",
        ),
        (
            MemoryDraft("abc", strategies=(draft_of("summary", namespace_template="/a/{actorId}/"),)),
            "{sessionId}",
        ),
        (MemoryDraft("abc", strategies=(draft_of("semantic", description="x" * 4097),)), "at most 4,096"),
    ],
)
def test_a_draft_that_aws_would_refuse_is_never_sent(draft: MemoryDraft, words: str, live: Clients) -> None:
    before = live.call_count()
    assert any(words in problem for problem in draft.problems()), draft.problems()
    with pytest.raises(InvalidDraft):
        memories.create_memory(live, draft)
    assert live.call_count() == before


def test_an_episodic_strategy_says_where_reflections_go() -> None:
    request = draft_of("episodic").request()["episodicMemoryStrategy"]
    [reflections] = request["reflectionConfiguration"]["namespaceTemplates"]
    assert reflections == reflection_template(STRATEGY_KINDS["episodic"].default_template)


@pytest.mark.parametrize(
    ("template", "reflections"),
    [
        ("/s/{actorId}/sessions/{sessionId}/", "/s/{actorId}/"),
        ("/s/{actorId}/{sessionId}", "/s/{actorId}/"),
        ("/s/{actorId}/", "/s/{actorId}/"),
        ("{sessionId}", "{sessionId}"),
    ],
)
def test_reflections_share_the_prefix_of_episodes(template: str, reflections: str) -> None:
    assert reflection_template(template) == reflections


def test_the_list_is_whole_or_says_so(live: Clients, memory: dict[str, Any]) -> None:
    other = new_memory(live)
    everything = memories.list_memories(live, limit=None)
    assert everything.complete
    assert {memory["id"], other["id"]} <= {row["id"] for row in everything.rows}
    first = memories.list_memories(live, limit=1)
    assert (len(first.rows), first.complete, first.limit) == (1, False, 1)
    exact = memories.list_memories(live, limit=len(everything.rows))
    assert exact.complete


def test_one_memory_that_cannot_be_read_does_not_hide_the_others(
    live: Clients, memory: dict[str, Any]
) -> None:
    missing = "Missing-0123456789"
    found = memories.memory_details(live, [missing, memory["id"]])
    assert list(found) == [missing, memory["id"]]
    fault, details = found.values()
    assert isinstance(fault, Fault)
    assert fault.kind == "not_found"
    assert isinstance(details, dict)
    assert details["name"] == memory["name"]


def test_details_of_nothing() -> None:
    assert memories.memory_details(None, []) == {}  # type: ignore[arg-type]  # nothing is called


def test_a_taken_name_is_explained(live: Clients, memory: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        memories.create_memory(live, MemoryDraft(memory["name"]))
    assert explain(caught.value).title == "This name is taken"


def test_a_deleted_memory_is_gone(live: Clients, memory: dict[str, Any]) -> None:
    assert memories.delete_memory(live, memory["id"]) == "DELETING"

    def kind() -> str:
        found = memories.memory_details(live, [memory["id"]])[memory["id"]]
        return found.kind if isinstance(found, Fault) else found["status"]

    eventually(kind, lambda value: value == "not_found")


def test_pages_follow_tokens_even_over_an_empty_page(faulty: FaultServer, faulty_clients: Clients) -> None:
    row = {
        "arn": "arn:aws:bedrock-agentcore:us-west-2:123456789012:memory/M",
        "id": "M",
        "status": "ACTIVE",
        "createdAt": 1,
        "updatedAt": 1,
    }
    faulty.plays(
        answers({"memories": [], "nextToken": "a"}),
        answers({"memories": [row], "nextToken": "b"}),
        answers({"memories": [row]}),
    )
    listing = memories.list_memories(faulty_clients, limit=None)
    assert (len(listing.rows), listing.complete) == (2, True)
