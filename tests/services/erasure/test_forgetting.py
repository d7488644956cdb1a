"""Taking one person out of the dashboard's own database, whichever it is; neighbours stay."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.erasure.subject import Subject
from services.errors import InvalidValue
from services.retrieval.inquiries import Inquiry
from services.workspace import (
    copies,
    erasures,
    forgetting,
    golden,
    mentions,
    prompt_drafts,
    record_versions,
)
from services.workspace.golden import Expectation, Home
from services.workspace.prompt_drafts import Bench, Prompts
from services.workspace.record_versions import NewAct
from services.workspace.store import Workspace
from services.workspace.traces import Traces, text_digest

CONNECTION = "custom:http://127.0.0.1:1@us-west-2"
MEMORY = "Memory-0123456789"
FACTS: dict[str, Any] = {
    "id": MEMORY,
    "strategies": [{"strategyId": "facts-1", "namespaceTemplates": ["/facts/{actorId}/"]}],
}


def traces(*record_ids: str, **more: Any) -> Traces:
    return Traces(Subject(("user-1",)), CONNECTION, (MEMORY,), frozenset(record_ids), **more)


def event(actor: str) -> dict[str, Any]:
    return {"actorId": actor, "sessionId": "s", "payload": [{"blob": f"said by {actor}"}]}


def record(record_id: str, namespace: str, strategy: str = "facts-1") -> dict[str, Any]:
    return {
        "memoryRecordId": record_id,
        "namespaces": [namespace],
        "memoryStrategyId": strategy,
        "content": {"text": f"text of {record_id}"},
    }


def memory_copy(workspace: Workspace, connection: str = CONNECTION) -> str:
    copy_id = copies.start(workspace, "memory", MEMORY)
    rows = [
        record("mem-1", "/facts/user-1/"),
        record("mem-2", "/facts/user-10/"),
        record("mem-3", "/facts/user-1/home/"),  # by its strategy, that of the actor user-1/home
        record("mem-4", "/old/user-1/", "gone-1"),
        record("mem-5", "/team/"),
    ]
    copies.append(workspace, copy_id, 0, {"connection": connection, "memory": FACTS})
    copies.append(workspace, copy_id, 1, {"events": [event("user-1"), event("user-10")]})
    copies.append(workspace, copy_id, 2, {"records": rows})
    copies.finish(workspace, copy_id)
    return copy_id


def test_a_copied_memory_loses_the_persons_rows_only(workspace: Workspace) -> None:
    here, elsewhere = memory_copy(workspace), memory_copy(workspace, "embedded")
    of_user = copies.save(
        workspace, "event", f"{MEMORY}/user-1/s/e", {"connection": CONNECTION, "event": event("user-1")}
    )
    of_other = copies.save(
        workspace, "event", f"{MEMORY}/user-10/s/e", {"connection": CONNECTION, "event": event("user-10")}
    )
    found = forgetting.forget(workspace, traces("mem-5"))
    assert (found["copies"], found["copiedRows"]) == (1, 4)
    parts = list(copies.iter_parts(workspace, here))
    assert parts[1] == {"events": [event("user-10")]}
    assert [row["memoryRecordId"] for row in parts[2]["records"]] == ["mem-2", "mem-3"]
    assert len(list(copies.iter_parts(workspace, elsewhere))[2]["records"]) == 5
    assert {copy.copy_id for copy in copies.list_copies(workspace, "event")} == {of_other} != {of_user}
    assert set(forgetting.forget(workspace, traces("mem-5")).values()) == {0}


def test_copies_of_session_summaries_go_with_what_agents_remember(workspace: Workspace) -> None:
    def summaries(memory_id: str, connection: str = CONNECTION) -> str:
        document = {"connection": connection, "summaries": [{"summaryText": "x"}]}
        return copies.save(workspace, "agent-summaries", f"AGENT12345/TSTALIASID/{memory_id}", document)

    theirs, elsewhere, neighbours = summaries("user-1"), summaries("user-1", "embedded"), summaries("user-10")
    assert forgetting.forget(workspace, traces())["copies"] == 0
    assert forgetting.forget(workspace, traces(agents=True))["copies"] == 1
    left = {copy.copy_id for copy in copies.list_copies(workspace, "agent-summaries")}
    assert left == {elsewhere, neighbours} != {theirs}


def test_a_title_of_old_that_names_the_person_names_nobody_any_more(workspace: Workspace) -> None:
    for memory_id in ("user-1", "user-10"):
        title = f"Copy of the summaries of {memory_id}"
        record_versions.plan(workspace, NewAct("ann", CONNECTION, MEMORY, "create", title), [])
    forgetting.forget(workspace, traces())
    titles = {act.title for act in record_versions.list_acts(workspace, CONNECTION)}
    assert titles == {"Copy of the summaries of (erased)", "Copy of the summaries of user-10"}


def test_only_chosen_memories_are_cleaned_unless_all_were_chosen(workspace: Workspace) -> None:
    copy_id = copies.start(workspace, "memory", "Other-0123456789")
    copies.append(workspace, copy_id, 0, {"connection": CONNECTION, "memory": FACTS})
    copies.append(workspace, copy_id, 1, {"events": [event("user-1")]})
    copies.finish(workspace, copy_id)
    assert forgetting.forget(workspace, traces())["copiedRows"] == 0
    assert forgetting.forget(workspace, traces(everywhere=True))["copiedRows"] == 1


def test_a_template_that_reads_like_the_id_does_not_cost_the_whole_copy(workspace: Workspace) -> None:
    strategy = {"strategyId": "s-1", "namespaceTemplates": ["/user-1/{actorId}/"]}
    memory = {"id": MEMORY, "strategies": [strategy | {"namespaces": ["/user-1/{actorId}/"]}]}
    copy_id = copies.start(workspace, "memory", MEMORY)
    copies.append(workspace, copy_id, 0, {"connection": CONNECTION, "memory": memory})
    copies.append(workspace, copy_id, 1, {"events": [event("user-1"), event("ann")]})
    copies.finish(workspace, copy_id)
    assert not traces().concerns({"request": memory})
    found = forgetting.forget(workspace, traces())
    assert (found["copies"], found["copiedRows"]) == (0, 1)
    assert list(copies.iter_parts(workspace, copy_id))[1] == {"events": [event("ann")]}


def test_an_actor_that_is_there_keeps_what_no_strategy_claims() -> None:
    theirs = record("mem-1", "/facts/user-1/home/", "none")
    assert traces(memories={MEMORY: FACTS}, actors={MEMORY: ["user-1"]}).concerns(theirs, FACTS)
    neighbours = {MEMORY: ["user-1", "user-1/home"]}
    assert not traces(memories={MEMORY: FACTS}, actors=neighbours).concerns(theirs, FACTS)
    assert not traces(actors=neighbours).concerns(theirs | {"memoryStrategyId": "facts-1"}, FACTS)


def test_a_text_without_an_id_is_known_by_its_digest() -> None:
    document = {"request": {"records": [{"content": {"text": "Ask user-1."}, "namespaces": ["/team/"]}]}}
    known = frozenset({text_digest("/team/", "Ask user-1.")})
    assert traces(digests=known).concerns(document)
    assert not traces().concerns(document)
    assert not traces(digests=frozenset({text_digest("/other/", "Ask user-1.")})).concerns(document)


@pytest.mark.parametrize(
    ("document", "theirs"),
    [
        ("embedded Memory-0123456789/user-1/s/e", True),
        ("embedded Memory-0123456789/user-10/s/e", False),
        ({"event": {"actorId": "user-1"}}, True),
        ({"event": {"actorId": "user-10"}}, False),
        ({"after": {"records": [{"memoryRecordId": "mem-1", "content": {"text": "x"}}]}}, True),
        ({"succeeded": ["mem-1"]}, False),  # an id alone says nothing about anybody
        (None, False),
        ([1, 2.5, True], False),
    ],
)
def test_what_concerns_a_person(document: Any, theirs: bool) -> None:
    assert traces("mem-1").concerns(document) is theirs


def test_an_erasure_is_carried_out_by_one_at_a_time(workspace: Workspace) -> None:
    erasure_id = erasures.add(workspace, "tester", CONNECTION, {"subject": "user-1"})
    worker = erasures.take(workspace, erasure_id)
    with pytest.raises(InvalidValue, match="at the moment"):
        erasures.take(workspace, erasure_id)
    erasures.note(workspace, erasure_id, worker, {"phase": "checking"})
    now = datetime.now(UTC)
    erasures.leave(workspace, erasure_id, worker, "waiting", {"phase": ""}, now)
    found = erasures.get(workspace, erasure_id)
    assert (found.state, found.due_at, found.is_due, found.is_alive) == ("waiting", now, True, False)
    with pytest.raises(erasures.NotOurs):
        erasures.note(workspace, erasure_id, worker, {})
    again = erasures.take(workspace, erasure_id)
    erasures.close(workspace, erasure_id, again, {"hash": "x"})
    (done,) = erasures.list_erasures(workspace, CONNECTION)
    assert (done.state, done.plan, done.progress, done.certificate) == ("closed", {}, {}, {"hash": "x"})
    with pytest.raises(InvalidValue, match="closed"):
        erasures.take(workspace, erasure_id)
    assert erasures.list_erasures(workspace, "embedded") == []


def test_what_only_a_person_can_decide_is_listed_also_where_an_id_is_a_path_segment(
    workspace: Workspace,
) -> None:
    bench = Bench(CONNECTION, MEMORY, "semantic")
    prompts = Prompts({"extraction": "Leave /facts/user-1/ alone."})
    draft_ids = [
        prompt_drafts.save(workspace, bench, "ann", "user-1", Prompts({"extraction": "Nothing else."})),
        prompt_drafts.save(workspace, bench, "ann", "Paths", prompts),
    ]
    prompt_drafts.save(workspace, bench, "ann", "user-10", Prompts({"extraction": "Nothing else."}))
    prompt_drafts.keep_typed(workspace, bench, "ann", prompts)
    home, asked = Home(CONNECTION, MEMORY), Inquiry("Where?", "exact", ("/facts/",))
    expected = Expectation("It is in /facts/user-1/.", "mem-9")
    query_id = golden.add_query(workspace, home, "ann", asked, [expected])
    ticked = frozenset(each.key for each in mentions.find(workspace, traces()))
    typed = prompt_drafts.typed(workspace, bench, "ann")
    assert typed is not None
    drafts = {f"prompt draft:{each}" for each in [*draft_ids, typed.draft_id]}
    assert ticked == {f"golden query:{query_id}"} | drafts
    prompt_drafts.keep_typed(workspace, bench, "ann", Prompts({"extraction": "Gone on, /facts/user-1/"}))
    forgetting.forget(workspace, traces(mentions=ticked))
    assert [each.name for each in prompt_drafts.list_drafts(workspace, bench)] == ["user-10"]
    assert prompt_drafts.typed(workspace, bench, "ann") is None
    assert golden.list_queries(workspace, home) == []
