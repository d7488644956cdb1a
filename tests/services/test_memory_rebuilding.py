"""A deleted memory made again from its copy: the same configuration, events, records; new ids."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from services import deletions
from services.clients import Clients, open_clients
from services.connection import Connection
from services.errors import Cancelled, CopyNotFound, InvalidValue
from services.memory import memories
from services.memory import rebuilding as memory_rebuilding
from services.memory.settings import settings
from services.records import memory_records
from services.short_term import events
from services.short_term.events import MessageDraft
from services.workspace import audit, copies
from services.workspace.store import Workspace
from tests.conftest import Endpoint
from tests.services.conftest import eventually

SQLITE_IS_ENOUGH = True  # what differs between databases is tested in test_workspace.py

ROLE = "arn:aws:iam::123456789012:role/memory"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OWN = {"appendToPrompt": "Only about boats.", "modelId": "anthropic.claude"}
SCHEMA = {
    "metadataSchema": [
        {
            "key": "mood",
            "type": "STRING",
            "extractionType": "LLM_INFERRED",
            "extractionConfig": {"llmExtractionConfig": {"definition": "How they feel"}},
        }
    ]
}
STRATEGIES: list[dict[str, Any]] = [
    {
        "semanticMemoryStrategy": {
            "name": "Facts",
            "description": "What is so",
            "namespaceTemplates": ["/facts/{memoryStrategyId}/{actorId}/"],
            "memoryRecordSchema": SCHEMA,
            "recordExpirySpecification": {"recordExpiryDurationDays": 60},
        }
    },
    {"summaryMemoryStrategy": {"name": "Sums", "namespaceTemplates": ["/sums/{actorId}/{sessionId}/"]}},
    {
        "episodicMemoryStrategy": {
            "name": "Episodes",
            "namespaceTemplates": ["/e/{actorId}/{sessionId}/"],
            "reflectionConfiguration": {"namespaceTemplates": ["/e/{actorId}/"]},
        }
    },
    {
        "customMemoryStrategy": {
            "name": "Own",
            "namespaceTemplates": ["/own/{actorId}/"],
            "configuration": {"userPreferenceOverride": {"extraction": OWN, "consolidation": OWN}},
        }
    },
    {
        "customMemoryStrategy": {
            "name": "OwnEpisodes",
            "namespaceTemplates": ["/oe/{actorId}/{sessionId}/"],
            "configuration": {
                "episodicOverride": {
                    "extraction": OWN,
                    "consolidation": OWN,
                    "reflection": OWN | {"namespaceTemplates": ["/oe/{actorId}/"]},
                }
            },
        }
    },
    {
        "customMemoryStrategy": {
            "name": "Ours",
            "namespaceTemplates": ["/ours/{actorId}/"],
            "configuration": {
                "selfManagedConfiguration": {
                    "triggerConditions": [{"messageBasedTrigger": {"messageCount": 5}}],
                    "invocationConfiguration": {
                        "topicArn": "arn:aws:sns:us-west-2:123456789012:topic",
                        "payloadDeliveryBucketName": "bucket",
                    },
                    "historicalContextWindowSize": 4,
                }
            },
        }
    },
]


@pytest.fixture
def deleted(live: Clients, workspace: Workspace) -> tuple[dict[str, Any], str]:
    """A memory with everything in it that was deleted: GetMemory's dict of before, and the copy's id."""
    name = f"Rebuilt{uuid.uuid4().hex[:10]}"
    created = live.control.create_memory(
        name=name,
        eventExpiryDuration=33,
        description="All kinds",
        memoryExecutionRoleArn=ROLE,
        memoryStrategies=STRATEGIES,
        indexedKeys=[{"key": "mood", "type": "STRING"}],
        tags={"team": "boats"},
    )["memory"]
    memory = eventually(
        lambda: memories.get_memory(live, created["id"]), lambda found: found["status"] == "ACTIVE"
    )
    place = (memory["id"], "ann", "s1")
    first = events.create_event(live, *place, [MessageDraft("OTHER", "first")], timestamp=NOW)
    root = {"name": "else", "rootEventId": first["eventId"]}
    events.create_event(live, *place, [MessageDraft("OTHER", "second")], metadata={"mood": "calm"})
    events.create_event(live, *place, [MessageDraft("OTHER", "forked")], branch=root)
    events.create_event(live, memory["id"], "bob", "s2", [MessageDraft("OTHER", "other")])
    strategy = memory["strategies"][0]["strategyId"]
    record = {
        "requestIdentifier": "a",
        "namespaces": [f"/facts/{strategy}/ann/"],
        "content": {"text": "Ann sails."},
        "timestamp": NOW,
        "memoryStrategyId": strategy,
    }
    live.data.batch_create_memory_records(memoryId=memory["id"], records=[record])
    copy_id = deletions.delete_memory(live, workspace, memory["id"])
    return memory, copy_id


def said(clients: Clients, memory_id: str, actor: str, session: str) -> list[tuple[Any, ...]]:
    """(text, time, metadata, branch name) of a session's events, oldest first."""
    return [
        (
            row["payload"][0]["conversational"]["content"]["text"],
            row["eventTimestamp"],
            row.get("metadata"),
            (row.get("branch") or {}).get("name", "main"),
        )
        for row in reversed(events.list_events(clients, memory_id, actor, session).rows)
    ]


def own_settings(memory: dict[str, Any]) -> dict[tuple[str, str], str]:
    """A memory's settings without what is AWS's to choose."""
    ids = {strategy["strategyId"]: strategy["name"] for strategy in memory["strategies"]}
    return {
        (section, name): value
        for (section, name), value in settings(memory).items()
        if value not in ids and value not in (memory["id"], memory["arn"])
    }


def test_a_memory_comes_back_with_everything(
    live: Clients, workspace: Workspace, deleted: tuple[dict[str, Any], str]
) -> None:
    before, copy_id = deleted
    made = memory_rebuilding.rebuild(live, workspace, copy_id, before["name"])
    after = memories.get_memory(live, made.memory_id)
    assert made.memory_id != before["id"]
    assert own_settings(after) == own_settings(before)
    assert memories.list_tags(live, after["arn"]) == {"team": "boats"}
    assert (made.events, made.events_there, made.failed) == (4, 0, [])
    conversation = said(live, made.memory_id, "ann", "s1")
    assert [each[0] for each in conversation] == ["first", "second", "forked"]
    assert conversation[0][1] == NOW
    assert conversation[1][2] == {"mood": {"stringValue": "calm"}}
    forked = events.list_events(live, made.memory_id, "ann", "s1").rows[0]
    first = events.list_events(live, made.memory_id, "ann", "s1").rows[-1]
    assert forked["branch"] == {"name": "else", "rootEventId": first["eventId"]}
    (record,) = memory_records.list_memory_records(live, made.memory_id, namespace_path="/").rows
    strategy = made.strategies[before["strategies"][0]["strategyId"]]
    assert record["content"] == {"text": "Ann sails."}
    assert (record["namespaces"], record["memoryStrategyId"]) == ([f"/facts/{strategy}/ann/"], strategy)
    assert record["timestamp"] == NOW
    copy = copies.get(workspace, copy_id)
    assert copy.restored_as == made.memory_id and copy.restored_at is not None
    assert "CreateMemory" in {row.action for row in audit.list_audit(workspace)}
    with pytest.raises(InvalidValue, match="made again already"):
        memory_rebuilding.rebuild(live, workspace, copy_id, before["name"])


def test_a_rebuild_that_was_cut_off_goes_on_without_doubles(
    live: Clients, workspace: Workspace, deleted: tuple[dict[str, Any], str]
) -> None:
    before, copy_id = deleted
    name = "Cut" + before["name"]
    with pytest.raises(Cancelled):
        memory_rebuilding.rebuild(live, workspace, copy_id, name, lambda _done, _what: False)
    begun = copies.get(workspace, copy_id)
    assert begun.restored_as is not None and begun.restored_at is None
    made = memory_rebuilding.rebuild(live, workspace, copy_id, name)
    assert made.memory_id == begun.restored_as
    assert made.events + made.events_there == 4 and made.events_there > 0
    assert len(said(live, made.memory_id, "ann", "s1")) == 3
    assert len(said(live, made.memory_id, "bob", "s2")) == 1


def test_what_cannot_be_rebuilt_is_said_before_anything_is_made(
    live: Clients, workspace: Workspace, deleted: tuple[dict[str, Any], str], endpoint: Endpoint
) -> None:
    _, copy_id = deleted
    with pytest.raises(InvalidValue, match="name"):
        memory_rebuilding.rebuild(live, workspace, copy_id, "no blanks")
    with pytest.raises(CopyNotFound):
        memory_rebuilding.rebuild(live, workspace, str(uuid.uuid4()), "Name")
    elsewhere = open_clients(Connection("custom", "eu-west-1", endpoint_url=endpoint.url), actor="t")
    with pytest.raises(InvalidValue, match="another connection"):
        memory_rebuilding.rebuild(elsewhere, workspace, copy_id, "Name")
    of_event = copies.save(workspace, "event", "M/a/s/e", {"connection": live.connection.key})
    with pytest.raises(InvalidValue, match="no copy of a memory"):
        memory_rebuilding.rebuild(live, workspace, of_event, "Name")
    unfinished = copies.start(workspace, "memory", "M")
    copies.append(workspace, unfinished, 0, {"connection": live.connection.key, "memory": {}})
    with pytest.raises(InvalidValue, match="never finished"):
        memory_rebuilding.rebuild(live, workspace, unfinished, "Name")
