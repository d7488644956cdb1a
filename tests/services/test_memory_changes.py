"""Changing a memory: what is shown, what is sent, and what happens when somebody else was faster."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError

from services.authorization import NotAuthorized
from services.clients import Clients
from services.errors import ChangedMeanwhile, InvalidDraft
from services.memory import changes as memory_changes
from services.memory import memories
from services.memory.changes import MemoryChange
from services.memory.self_managed import SelfManaged, configuration, hand_over
from services.memory.settings import differences, settings
from services.memory.strategy_details import own_part, schema_of, template_of, with_own_part, with_template
from services.memory.strategy_drafts import StrategyDraft
from services.workspace import audit
from services.workspace.store import Workspace
from tests.services.conftest import eventually
from tests.services.memory_examples import (
    MODEL,
    PROMPT,
    ROLE,
    STREAM,
    custom_draft,
    episodes_draft,
    everything,
    facts_draft,
    pipeline_draft,
)

Row = dict[str, Any]
SCHEMA = [{"key": "channel", "type": "STRING", "extractionType": "STRICTLY_CONSISTENT"}]


@pytest.fixture
def full(live: Clients, workspace: Workspace) -> Row:
    """A memory with a strategy of every sort, ACTIVE."""
    draft = everything(f"Test{uuid.uuid4().hex[:12]}")
    return settled(live, memory_changes.create(live, workspace, draft)["id"])


def settled(live: Clients, memory_id: str) -> Row:
    return eventually(lambda: memories.get_memory(live, memory_id), lambda found: found["status"] == "ACTIVE")


def strategy(memory: Row, name: str) -> Row:
    return next(row for row in memory["strategies"] if row["name"] == name)


def changed(memory: Row, name: str, change: Callable[[Row], Row]) -> Row:
    """The memory with one strategy changed."""
    rows = [change(deepcopy(row)) if row["name"] == name else row for row in memory["strategies"]]
    return memory | {"strategies": rows}


def audited(workspace: Workspace) -> list[tuple[str, str]]:
    return [(row.action, row.result) for row in reversed(audit.list_audit(workspace))]


def test_what_was_not_changed_is_not_sent(full: Row) -> None:
    change = MemoryChange(full, deepcopy(full), {"a": "b"}, {"a": "b"})
    assert change.request() == {}
    assert change.differences() == []
    assert change.problems() == []


def test_settings_of_the_memory_itself(live: Clients, workspace: Workspace, full: Row) -> None:
    content = {"type": "MEMORY_RECORDS", "level": "METADATA_ONLY"}
    stream = {"resources": [{"kinesis": {"dataStreamArn": STREAM, "contentConfigurations": [content]}}]}
    after = full | {
        "description": "New words.",
        "eventExpiryDuration": 30,
        "memoryExecutionRoleArn": f"{ROLE}-2",
        "indexedKeys": [*full["indexedKeys"], {"key": "nights", "type": "NUMBER"}],
        "namespaceKeys": [{"key": "tenant", "validation": {"allowedValues": ["a", "b"]}}],
        "streamDeliveryResources": stream,
    }
    change = MemoryChange(full, after)
    assert change.request()["addIndexedKeys"] == [{"key": "nights", "type": "NUMBER"}]
    assert {(each.name, each.before, each.after) for each in change.differences()} == {
        ("Description", "All of it.", "New words."),
        ("Events kept", "90 days", "30 days"),
        ("Execution role", ROLE, f"{ROLE}-2"),
        ("Indexed key nights", None, "NUMBER"),
        ("Namespace key tenant", None, "one of a, b"),
        ("Stream", None, STREAM),
        ("Stream content", None, "METADATA_ONLY"),
    }
    memory_changes.send(live, workspace, change)
    found = settled(live, full["id"])
    for name in (
        "description",
        "eventExpiryDuration",
        "memoryExecutionRoleArn",
        "namespaceKeys",
        "indexedKeys",
    ):
        assert found[name] == after[name]
    assert found["streamDeliveryResources"] == stream
    off = {
        name: value
        for name, value in found.items()
        if name not in {"streamDeliveryResources", "namespaceKeys"}
    }
    memory_changes.send(live, workspace, MemoryChange(found, off))
    found = settled(live, full["id"])
    assert not found.get("streamDeliveryResources", {}).get("resources")
    assert not found.get("namespaceKeys")


def test_strategies_are_modified_added_and_deleted_at_once(
    live: Clients, workspace: Workspace, full: Row
) -> None:
    after = changed(
        full, "Facts", lambda row: with_template(row, "/new/{actorId}/") | {"recordExpiryDurationDays": 40}
    )
    after = changed(after, "Facts", lambda row: row | {"memoryRecordSchema": {"metadataSchema": SCHEMA}})
    after = changed(
        after,
        "OwnFacts",
        lambda row: with_own_part(
            row, "extraction", own_part(row, "extraction") | {"appendToPrompt": "Other.", "modelId": MODEL}
        ),
    )
    after = changed(
        after,
        "Episodes",
        lambda row: with_own_part(
            row, "reflection", with_template(own_part(row, "reflection"), "/episodes/")
        ),
    )
    after = after | {"strategies": [row for row in after["strategies"] if row["name"] != "Pipeline"]}
    summaries = StrategyDraft("summary", "Sums", "/sums/{actorId}/{sessionId}/")
    change = MemoryChange(full, after, added=(summaries,))
    assert change.problems() == []
    assert {each.section for each in change.differences()} == {
        "Strategy Facts",
        "Strategy OwnFacts",
        "Strategy Episodes",
        "Strategy Pipeline",
        "Strategy Sums",
    }
    memory_changes.send(live, workspace, change)
    found = eventually(
        lambda: settled(live, full["id"]),
        lambda now: "Pipeline" not in [row["name"] for row in now["strategies"]],
    )
    facts = strategy(found, "Facts")
    assert (template_of(facts), facts["recordExpiryDurationDays"]) == ("/new/{actorId}/", 40)
    assert schema_of(facts) == SCHEMA
    assert own_part(strategy(found, "OwnFacts"), "extraction") == {
        "appendToPrompt": "Other.",
        "modelId": MODEL,
    }
    assert own_part(strategy(found, "OwnFacts"), "consolidation")["appendToPrompt"] == "Merge."
    assert template_of(own_part(strategy(found, "Episodes"), "reflection")) == "/episodes/"
    assert template_of(strategy(found, "Sums")) == "/sums/{actorId}/{sessionId}/"


def test_an_expiry_is_taken_away_and_a_hand_over_changed(
    live: Clients, workspace: Workspace, full: Row
) -> None:
    kept = changed(full, "Facts", lambda row: row | {"recordExpiryDurationDays": 40})
    memory_changes.send(live, workspace, MemoryChange(full, kept))
    found = settled(live, full["id"])
    wanted = SelfManaged(0, 500, 0, hand_over(strategy(full, "Pipeline")).topic_arn, "other-bucket", 0)  # type: ignore[union-attr]
    after = changed(
        found, "Facts", lambda row: {name: row[name] for name in row if name != "recordExpiryDurationDays"}
    )
    after = changed(
        after,
        "Pipeline",
        lambda row: (
            row
            | {"configuration": row["configuration"] | {"selfManagedConfiguration": configuration(wanted)}}
        ),
    )
    memory_changes.send(live, workspace, MemoryChange(found, after))
    found = settled(live, full["id"])
    assert "recordExpiryDurationDays" not in strategy(found, "Facts")
    assert hand_over(strategy(found, "Pipeline")) == wanted


def test_a_created_memory_is_what_its_draft_says(full: Row, live: Clients) -> None:
    own = strategy(full, "OwnFacts")
    assert own["configuration"]["type"] == "SEMANTIC_OVERRIDE"
    assert own_part(own, "extraction")["appendToPrompt"] == PROMPT
    assert template_of(own_part(strategy(full, "Episodes"), "reflection")) == "/episodes/{actorId}/"
    assert hand_over(strategy(full, "Pipeline")) == pipeline_draft().hand_over
    assert full["indexedKeys"] == [{"key": "channel", "type": "STRING"}]
    assert memories.list_tags(live, full["arn"]) == {"team": "a", "stage": "test"}


def test_tags_are_set_changed_and_removed(live: Clients, workspace: Workspace, full: Row) -> None:
    before = memories.list_tags(live, full["arn"])
    change = MemoryChange(full, full, before, {"team": "b", "new": ""})
    assert change.tag_changes() == ({"team": "b", "new": ""}, ["stage"])
    memory_changes.send(live, workspace, change)
    assert memories.list_tags(live, full["arn"]) == {"team": "b", "new": ""}
    assert [row for row in audited(workspace) if row[0] != "CreateMemory"] == [
        ("TagResource", "started"),
        ("TagResource", "succeeded"),
        ("UntagResource", "started"),
        ("UntagResource", "succeeded"),
    ]


def test_every_write_is_written_down_with_its_old_values(
    live: Clients, workspace: Workspace, full: Row
) -> None:
    memory_changes.send(live, workspace, MemoryChange(full, full | {"description": "Else."}))
    last, first, created, _ = audit.list_audit(workspace)
    assert (created.action, created.result) == ("CreateMemory", "succeeded")
    assert created.after["memoryId"] == full["id"]
    assert (first.action, first.result, last.result) == ("UpdateMemory", "started", "succeeded")
    assert full["id"] in last.resource
    assert first.before == {"Memory: Description": "All of it."}
    assert last.after["request"] == {"description": "Else."}


def test_a_refused_change_is_written_down_as_failed(live: Clients, workspace: Workspace, full: Row) -> None:
    taken = facts_draft(name="OnlyAtAws", namespace_template="/x/{actorId}/")
    other = MemoryChange(full, full, added=(taken,))
    memory_changes.send(live, workspace, other)
    now = settled(live, full["id"])
    hidden = now | {"strategies": [row for row in now["strategies"] if row["name"] != "OnlyAtAws"]}
    with pytest.raises(ClientError):  # the change was made from a copy that lacks the strategy
        memory_changes.send(live, workspace, MemoryChange(hidden, hidden, added=(taken,)))
    assert audited(workspace)[-1][1].startswith("failed (invalid)")


def test_a_memory_that_somebody_else_changed_is_not_overwritten(
    live: Clients, workspace: Workspace, full: Row
) -> None:
    live.control.update_memory(memoryId=full["id"], description="Theirs.")
    calls = live.call_count()
    with pytest.raises(ChangedMeanwhile) as caught:
        memory_changes.send(live, workspace, MemoryChange(full, full | {"eventExpiryDuration": 7}))
    assert caught.value.memory["description"] == "Theirs."
    assert live.call_count() == calls + 1, "only the reading"
    assert memories.get_memory(live, full["id"])["eventExpiryDuration"] == 90
    assert "UpdateMemory" not in [action for action, _ in audited(workspace)]


def test_tags_that_somebody_else_changed_are_not_overwritten(
    live: Clients, workspace: Workspace, full: Row
) -> None:
    before = memories.list_tags(live, full["arn"])
    live.control.tag_resource(resourceArn=full["arn"], tags={"team": "theirs"})
    with pytest.raises(ChangedMeanwhile) as caught:
        memory_changes.send(live, workspace, MemoryChange(full, full, before, before | {"team": "ours"}))
    assert caught.value.tags["team"] == "theirs"
    assert memories.list_tags(live, full["arn"])["team"] == "theirs"


@pytest.mark.parametrize("role", ["viewer", "curator"])
def test_only_an_admin_may_change_memories(
    role: str, live: Clients, workspace: Workspace, full: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", role)
    calls = live.call_count()
    with pytest.raises(NotAuthorized):
        memory_changes.send(live, workspace, MemoryChange(full, full | {"description": "Else."}))
    with pytest.raises(NotAuthorized):
        memory_changes.send(live, workspace, MemoryChange(full, full, {}, {"a": "b"}))
    with pytest.raises(NotAuthorized):
        memory_changes.create(live, workspace, everything("Never"))
    assert live.call_count() == calls


def without(memory: Row, *names: str) -> Row:
    return {name: value for name, value in memory.items() if name not in names}


PROBLEMS: list[tuple[str, Callable[[Row], Row], tuple[StrategyDraft, ...], str]] = [
    ("description", lambda m: without(m, "description"), (), "take the description away"),
    ("role", lambda m: without(m, "memoryExecutionRoleArn"), (), "take the execution role away"),
    ("expiry", lambda m: m | {"eventExpiryDuration": 2}, (), "between 3 and 3650"),
    ("role form", lambda m: m | {"memoryExecutionRoleArn": "role"}, (), "execution role's ARN"),
    ("key twice", lambda m: m | {"indexedKeys": m["indexedKeys"] * 2}, (), "channel is there twice"),
    (
        "keys",
        lambda m: m | {"indexedKeys": [{"key": f"k{n}", "type": "STRING"} for n in range(11)]},
        (),
        "at most 10 indexed keys",
    ),
    ("namespace key", lambda m: m | {"namespaceKeys": [{"key": "actorId"}]}, (), "A key has characters"),
    (
        "template",
        lambda m: changed(m, "Facts", lambda row: with_template(row, "/a/{tenant}/")),
        (),
        "Facts: {tenant} is unknown",
    ),
    (
        "reflections elsewhere",
        lambda m: changed(
            m,
            "Episodes",
            lambda row: with_own_part(row, "reflection", with_template({}, "/other/{actorId}/")),
        ),
        (),
        "must be a beginning",
    ),
    (
        "expiry of records",
        lambda m: changed(m, "Facts", lambda row: row | {"recordExpiryDurationDays": 30}),
        (),
        "at least 31",
    ),
    (
        "instructions",
        lambda m: changed(
            m,
            "OwnFacts",
            lambda row: with_own_part(row, "extraction", {"appendToPrompt": "", "modelId": MODEL}),
        ),
        (),
        "needs both instructions and a model",
    ),
    ("name twice", lambda m: m, (facts_draft(),), "same name"),
    ("too many", lambda m: m, tuple(facts_draft(name=f"More{n}") for n in range(3)), "at most 6"),
    ("new one", lambda m: m, (facts_draft(name="a b"),), "a b: The strategy's name"),
]


@pytest.mark.parametrize("case", [row[1:] for row in PROBLEMS], ids=[row[0] for row in PROBLEMS])
def test_what_aws_would_refuse_is_never_sent(
    case: tuple[Callable[[Row], Row], tuple[StrategyDraft, ...], str],
    live: Clients,
    workspace: Workspace,
    full: Row,
) -> None:
    change, added, words = case
    wanted = MemoryChange(full, change(full), added=added)
    assert any(words in problem for problem in wanted.problems()), wanted.problems()
    calls = live.call_count()
    with pytest.raises(InvalidDraft):
        memory_changes.send(live, workspace, wanted)
    assert live.call_count() == calls


def test_a_custom_strategy_needs_a_role(live: Clients, memory: Row) -> None:
    change = MemoryChange(memory, memory, added=(custom_draft(),))
    assert change.problems() == ["A custom strategy needs the memory's execution role."]
    assert (
        MemoryChange(memory, memory | {"memoryExecutionRoleArn": ROLE}, added=(custom_draft(),)).problems()
        == []
    )


def test_bad_tags_are_refused(full: Row) -> None:
    assert any("tag key" in problem for problem in MemoryChange(full, full, {}, {"": "x"}).problems())


@pytest.mark.parametrize("draft", [facts_draft(), custom_draft(), episodes_draft(), pipeline_draft()])
def test_a_draft_is_shown_as_it_will_be(draft: StrategyDraft, full: Row) -> None:
    """What the preview says of a new strategy is what GetMemory says of it afterwards."""
    empty = full | {"strategies": []}
    real = settings(full | {"strategies": [strategy(full, draft.name)]})
    expected = [each for each in differences(settings(empty), real) if each.differs]
    assert expected
    assert MemoryChange(empty, empty, added=(draft,)).differences() == expected


def test_a_new_strategy_with_a_taken_name_is_no_change_of_the_other(full: Row) -> None:
    draft = facts_draft(namespace_template="/other/{actorId}/")
    change = MemoryChange(full, full, added=(draft,))
    assert {each.before for each in change.differences()} == {None}
    assert {each.section for each in change.differences()} == {"Strategy Facts (another)"}


def test_a_problem_is_said_once(full: Row) -> None:
    draft = facts_draft(name="Other", description="x" * 4097)
    assert len(MemoryChange(full, full, added=(draft,)).problems()) == 1
