"""After an erasure nothing in the dashboard's data says who it was or what they said, in both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from services import deletions
from services.clients import Clients, open_clients
from services.erasure import erasures, notes
from services.erasure import plan as erasure_plan
from services.erasure.plan import Plan
from services.erasure.scan import SubjectScan
from services.erasure.subject import Subject
from services.inventory.document import Progress
from services.inventory.ledger import Ledger
from services.inventory.snapshot import SessionSeen, Snapshot
from services.memory.memories import StrategyDraft
from services.records.batches import RecordDraft, RecordUpdate, create_records, delete_records, update_records
from services.records.history import plan_undo
from services.records.runs import carry_out
from services.retrieval.inquiries import Inquiry
from services.short_term import events
from services.short_term.events import MessageDraft
from services.snapshots import snapshots
from services.workspace import (
    agent_memories,
    agent_tours,
    copies,
    golden,
    prompt_drafts,
    record_lineages,
    reviews,
    scratch_memories,
)
from services.workspace.golden import Expectation, GoldenResult, Home
from services.workspace.prompt_drafts import Bench, Prompts
from services.workspace.reviews import Decided, Verdict
from services.workspace.store import Workspace
from services.workspace.tables import metadata
from tests.conftest import ROOT
from tests.services.conftest import eventually, new_memory
from tests.services.record_examples import last_act

PERSON, WORD, SAID = "zq-person-7", "Quillzora", "zqmandolinist"
TRACES = (PERSON, WORD.lower(), SAID)
"""What must not be found afterwards: the id, a name, and a word that only this person has said."""
BY_ID_ONLY = {
    # ids, times, kinds and states, chosen here or by AWS
    *("act", "act_id", "alias_id", "alive_at", "anchor", "at", "agent_id", "chain_id", "copy_id", "draft_id"),
    *("due_at", "ended_at", "erasure_id", "filter_id", "golden_query_id", "lineage", "made_for", "part"),
    *("record_id", "removed_at", "resource_id", "restored_at", "run_id", "session_id", "tour_id", "worker"),
    *("started_at", "last_at", "summary_seen_at", "summary_expires_at", "deleted_at", "undoes_act"),
    *("undone_in", "until", "action", "kind", "state", "source", "result", "rejecting", "error_code"),
    # digests and salts
    *("expected", "fingerprint", "key_fingerprint", "parts", "salt", "seal"),
    # who works with the dashboard, and where
    *("who", "assignee", "connection"),
}
"""Text columns, whatever their table, in which nothing of a person is ever written."""
NOBODYS = {
    "agent_resources.name",  # what was created in AWS for an agent, for its removal
    "agent_resources.params",
    "copies.restored_as",
    "golden_results.ranks",
    "golden_results.fault",  # why a question was not answered; goes with the question
    "record_acts.title",  # says what was done, never to what
    "record_versions.error_message",  # AWS's own words; emptied with the version
    "reviews.reason",  # one of a list
    "scratch_memories.name",  # made up here
    "erasures.progress",  # counts and digests; emptied with the plan
    "erasures.certificate",  # names nobody: test_erasures.py
}


@pytest.fixture
def acting(live: Clients, workspace: Workspace) -> Clients:
    """Clients whose every change is written down in this workspace."""
    return open_clients(live.connection, actor="tester", trail=lambda: workspace)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, "0")


def text_columns() -> set[str]:
    """Every column that may hold text and is not named by a rule for all tables, as `table.column`."""
    return {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.String)
        and column.name not in BY_ID_ONLY
        and not (column.name == "memory_id" and table.name not in ("agent_memories", "agent_sessions"))
    }


def columns_with_traces(workspace: Workspace) -> dict[str, set[str]]:
    """The columns, whatever they are for, in which a trace stands."""
    found: dict[str, set[str]] = {}
    with workspace.transaction() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(sa.select(table)).mappings():
                for name, value in row.items():
                    hits = {each for each in TRACES if each in str(value).lower()}
                    if hits:
                        found.setdefault(f"{table.name}.{name}", set()).update(hits)
    return found


def files_with_traces(workspace: Workspace) -> list[tuple[str, str]]:
    """(file, trace) for all files of the data directory: the database, its log, free pages and all."""
    files = [path for path in sorted(workspace.directory.rglob("*")) if path.is_file()]
    texts = {path.name: path.read_bytes().lower() for path in files}
    for each in snapshots.list_snapshots(workspace):
        texts[f"{each.snapshot_id} unpacked"] = snapshots.plain_file(workspace, each.snapshot_id).lower()
    return [(name, trace) for name, text in texts.items() for trace in TRACES if trace.encode() in text]


def say(clients: Clients, memory_id: str, actor: str, text: str) -> str:
    return str(events.create_event(clients, memory_id, actor, "s1", [MessageDraft("USER", text)])["eventId"])


def commented(workspace: Workspace, home: Home, record_id: str, comment: str) -> None:
    """Decided about twice, each time with the comment."""
    sequence = 0
    for state in ("skipped", "approved"):
        verdict = Verdict(state, comment=comment)  # type: ignore[arg-type]  # one of the states
        outcome = reviews.decide(workspace, home, "ann", [Decided(record_id, "f", sequence, verdict)])
        sequence = outcome.saved[0].sequence


def lived(acting: Clients, workspace: Workspace, memory: dict[str, Any]) -> Home:
    """Uses everything that the dashboard has, for the person and for a neighbour."""
    memory_id, key = str(memory["id"]), acting.connection.key
    home = Home(key, memory_id)
    theirs, others = f"/facts/{PERSON}/", "/facts/neighbour/"
    for actor in (PERSON, "neighbour"):
        event_id = say(acting, memory_id, actor, f"I am a {SAID}." if actor == PERSON else "I am a cook.")
        say(acting, memory_id, actor, "Good morning.")
        deletions.delete_event(acting, workspace, memory_id, actor, "s1", event_id)

    made = create_records(
        acting,
        workspace,
        memory_id,
        [
            RecordDraft(f"Is a {SAID}.", (theirs,)),
            RecordDraft(f"Was a {SAID}.", (theirs,)),
            RecordDraft(f"Will be a {SAID}.", (theirs,)),
            RecordDraft("Likes tea.", (others,)),
            RecordDraft("Likes coffee.", (others,)),
        ],
    )
    is_, was, will, tea, coffee = (str(each.record_id) for each in made)
    update_records(acting, workspace, memory_id, [RecordUpdate(is_, text=f"Is an edited {SAID}.")])
    acting.data.batch_update_memory_records(  # past all pages: the hooks write the request down
        memoryId=memory_id,
        records=[{"memoryRecordId": is_, "timestamp": datetime.now(UTC), "content": {"text": f"{SAID}!"}}],
    )
    commented(workspace, home, is_, f"A {SAID}, really?")
    commented(workspace, home, was, f"No {SAID} any more")
    commented(workspace, home, will, "Who knows")
    commented(workspace, home, tea, f"Told us by {WORD}")
    commented(workspace, home, coffee, "Who does not?")
    delete_records(acting, workspace, memory_id, [was])  # in the trash
    delete_records(acting, workspace, memory_id, [will])
    undoing = plan_undo(acting, workspace, last_act(workspace, acting))  # back, with another id
    assert carry_out(acting, workspace, undoing) is None
    delete_records(acting, workspace, memory_id, [coffee])

    golden.add_query(workspace, home, "ann", Inquiry("what?", "exact", (theirs,)), [Expectation("it")])
    golden.add_query(workspace, home, "ann", Inquiry("who?"), [Expectation(f"Was a {SAID}.", was)])
    golden.add_query(workspace, home, "ann", Inquiry(f"Where is {WORD}?"), [Expectation(f"{WORD} is home")])
    kept = golden.add_query(workspace, home, "ann", Inquiry("Who likes tea?"), [Expectation("tea", tea)])
    golden.add_run(workspace, home, "ann", [GoldenResult(kept, (1,))])

    reviews.save_filter(workspace, home, "ann", "theirs", {"actor": PERSON})
    reviews.save_filter(workspace, home, "ann", f"for {WORD}", {"below": "/"})
    reviews.save_filter(workspace, home, "ann", "all", {"below": "/"})
    bench = Bench(key, memory_id, "semantic")
    prompt_drafts.save(workspace, bench, "ann", f"about {WORD}", Prompts({"extraction": f"Find {WORD}."}))
    about = {"memoryId": memory_id, "actorId": PERSON, "sessionId": "s1", "kind": "semantic"}
    scratch_memories.add(workspace, key, "ann", "Scratch1", about)

    agent = agent_memories.Home(key, "AGENT12345", "TSTALIASID")
    agent_memories.add(workspace, agent, "ann", [PERSON], "chat")
    agent_memories.turn_taken(workspace, agent, "session-1", PERSON, 600)
    document = {"connection": key, "summaries": [{"summaryText": f"A {SAID}."}]}
    copies.save(workspace, "agent-summaries", f"AGENT12345/TSTALIASID/{PERSON}", document)
    tour = agent_tours.begin(workspace, key, "ann")
    tour.values["memory_id"], tour.told["wait"] = PERSON, f"A summary of the {SAID}."
    agent_tours.save(workspace, tour)
    snapshots.save(acting, workspace, memory_id, with_events=True, note=f"before {WORD} left")

    ledger = Ledger(workspace, key)
    assert ledger.claim()
    seen = SessionSeen(memory_id, PERSON, "s1", datetime.now(UTC))
    whole = Snapshot((), True, (seen,), seen.created_at, seen.created_at)
    ledger.save(Progress(whole))
    ledger.save(Progress(replace(whole, as_of=None), {memory_id: PERSON}), at_once=True)
    return home


def preview(acting: Clients, workspace: Workspace, memory_id: str) -> Plan:
    """What somebody chooses who ticks everything."""
    subject = Subject((PERSON,), (WORD,))
    scan = SubjectScan(acting, acting.pace, subject, [memory_id])
    found = scan.look(120, lambda now: now.ended)
    assert found.complete, found.fault
    mentions = notes.find(workspace, acting.connection.key, subject, found.scans, everywhere=False)
    assert {each.kind for each in mentions} == {
        "golden query",
        "saved filter",
        "prompt draft",
        "review comment",
        "snapshot note",
    }
    return Plan(subject, (memory_id,), agents=True, mentions=tuple(each.key for each in mentions))


def test_every_text_of_the_database_is_free_of_the_person_afterwards(
    acting: Clients, workspace: Workspace
) -> None:
    memory = new_memory(acting, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))
    memory_id = str(memory["id"])
    home = lived(acting, workspace, memory)
    plan = preview(acting, workspace, memory_id)
    erasure_id = erasures.begin(acting, workspace, plan)
    before = columns_with_traces(workspace)
    assert text_columns() - NOBODYS - before.keys() == set(), "every text is tried, or said to be nobody's"
    assert before.keys() & NOBODYS == set()
    done = eventually(
        lambda: erasures.carry_out(acting, workspace, erasure_id), lambda found: found.state == "closed"
    )

    assert columns_with_traces(workspace) == {}
    assert files_with_traces(workspace) == []
    assert done.certificate is not None
    removed = done.certificate["dashboard"]["removed"]
    assert (removed["goldenQueries"], removed["savedFilters"], removed["mentions"]) == (2, 1, 4)
    assert (removed["notebookTours"], removed["scratchNotes"], removed["snapshotNotes"]) == (1, 1, 1)

    assert [each.inquiry.query for each in golden.list_queries(workspace, home)] == ["Who likes tea?"]
    assert [each.name for each in reviews.filters(workspace, home)] == ["all"]
    left = {each.record_id: each.verdict for each in reviews.since(workspace, home, 0)}
    assert sorted(str(each.comment) for each in left.values()) == ["None", "Who does not?"]
    assert {each.state for each in left.values()} == {"approved"}
    trash = record_lineages.deleted(workspace, home.connection_key, memory_id, limit=10)
    assert [(each.version.before or {})["content"]["text"] for each in trash] == ["Likes coffee."]
    assert [each.resource.split("/")[1] for each in copies.list_copies(workspace, "event")] == ["neighbour"]


def test_a_comment_about_a_record_of_which_nothing_is_known_any_more_goes(
    acting: Clients, workspace: Workspace
) -> None:
    memory_id = str(new_memory(acting, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))["id"])
    home = Home(acting.connection.key, memory_id)
    texts = {
        name: RecordDraft(name, (f"/facts/{PERSON}/",)) for name in ("trash emptied", "deleted elsewhere")
    }
    made = create_records(acting, workspace, memory_id, [*texts.values(), RecordDraft("Here.", ("/team/",))])
    emptied, elsewhere, here = (str(each.record_id) for each in made)
    for record_id in (emptied, elsewhere, here):
        commented(workspace, home, record_id, f"Is a {SAID}?")
    delete_records(acting, workspace, memory_id, [emptied])
    record_lineages.forget(workspace, [emptied, elsewhere])
    acting.data.delete_memory_record(memoryId=memory_id, memoryRecordId=elsewhere)
    erasure_id = erasures.begin(acting, workspace, Plan(Subject((PERSON,)), (memory_id,)))
    erasures.carry_out(acting, workspace, erasure_id)
    comments = {each.record_id: each.verdict.comment for each in reviews.since(workspace, home, 0)}
    assert comments == {emptied: None, elsewhere: None, here: f"Is a {SAID}?"}
    with workspace.transaction() as connection:
        table = metadata.tables["review_decisions"]
        query = sa.select(table.c.record_id, table.c.after)
        decided = {(row.record_id, json.loads(row.after)["comment"]) for row in connection.execute(query)}
    assert decided == set(comments.items())


def test_every_table_is_written_about() -> None:
    """docs/people-and-audit.md says of each what an erasure does to it."""
    text = (ROOT / "docs" / "people-and-audit.md").read_text("utf-8")
    section = text.partition("## What an erasure does to the dashboard's own data")[2].partition("\n## ")[0]
    assert [name for name in metadata.tables if f"`{name}`" not in section] == []
