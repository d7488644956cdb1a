"""Erasing one person: all of theirs and nothing of anybody else's, whatever happens in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services import deletions
from services.agents import memory as agent_memory
from services.authorization import NotAuthorized
from services.clients import Clients, open_clients
from services.connection import Connection
from services.erasure import certificates as erasure_certificates
from services.erasure import erasures
from services.erasure import plan as erasure_plan
from services.erasure.plan import Plan
from services.erasure.scan import SubjectScan
from services.erasure.subject import Subject
from services.errors import InvalidValue
from services.memory.memories import StrategyDraft
from services.records import memory_records
from services.records.batches import RecordDraft, create_records, delete_records
from services.retrieval.golden_queries import home
from services.retrieval.inquiries import Inquiry
from services.short_term import events
from services.short_term.events import MessageDraft
from services.snapshots import snapshots
from services.workspace import agent_memories, audit, copies, golden
from services.workspace import erasures as kept
from services.workspace.golden import Expectation
from services.workspace.store import Workspace, open_workspace
from services.workspace.tables import erasures as table
from services.workspace.tables import record_versions as versions_table
from tests.aws_local.switches import local
from tests.conftest import REGION, ROOT, Endpoint, quick_endpoint
from tests.services.agents import book_a_trip, new_agent
from tests.services.conftest import eventually, new_memory

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
US = Subject(("user-1",))


@pytest.fixture(scope="module")
def own(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint whose files hold what these tests wrote and nothing else."""
    yield from quick_endpoint(tmp_path_factory.mktemp("erasures") / "data")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """An empty workspace in a SQLite file: these tests look into the file."""
    opened = open_workspace()
    assert opened.directory.is_relative_to(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def fast(own: Endpoint, workspace: Workspace) -> Clients:
    """Clients of the endpoint of its own."""
    connection = Connection("custom", REGION, endpoint_url=own.url)
    return open_clients(connection, actor="tester", trail=lambda: workspace)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second check may be made at once."""
    monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, "0")


def say(clients: Clients, memory_id: str, actor: str, text: str, session: str = "s1") -> str:
    event = events.create_event(clients, memory_id, actor, session, [MessageDraft("USER", text)])
    return str(event["eventId"])


def write(clients: Clients, memory_id: str, namespace: str, text: str, **fields: Any) -> str:
    record = {
        "requestIdentifier": "r",
        "namespaces": [namespace],
        "content": {"text": text},
        "timestamp": START,
    }
    answer = clients.data.batch_create_memory_records(memoryId=memory_id, records=[record | fields])
    return str(answer["successfulRecords"][0]["memoryRecordId"])


def texts(clients: Clients, memory_id: str, path: str = "/") -> list[str]:
    found = memory_records.list_memory_records(clients, memory_id, namespace_path=path).rows
    return sorted(row["content"]["text"] for row in found)


def events_of(clients: Clients, memory_id: str, actor: str) -> int:
    sessions = events.list_sessions(clients, memory_id, actor).rows
    places = [(memory_id, actor, row["sessionId"]) for row in sessions]
    return sum(len(events.list_events(clients, *place).rows) for place in places)


def preview(clients: Clients, subject: Subject, *memory_ids: str) -> Any:
    scan = SubjectScan(clients, clients.pace, subject, memory_ids)
    found = scan.look(120, lambda now: now.ended)
    assert found.complete, found.fault
    return found.scans


def closed(clients: Clients, workspace: Workspace, erasure_id: str) -> kept.Erasure:
    """The erasure after as many goes as a late extraction may take."""
    return eventually(
        lambda: erasures.carry_out(clients, workspace, erasure_id), lambda found: found.state == "closed"
    )


@pytest.fixture
def crowded(fast: Clients) -> str:
    """A memory with the person, neighbours whose ids look alike, and records beside any template."""
    memory_id = str(new_memory(fast, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))["id"])
    for actor in ("user-1", "user-10", "User-1", "my-user-1"):
        for session in ("s1", "s2"):
            say(fast, memory_id, actor, "Good morning.", session)
    for namespace in ("/facts/user-1/", "/old/user-1", "user-1/notes/", "/x/user-1/y/"):
        write(fast, memory_id, namespace, f"theirs in {namespace}")
    for namespace in ("/facts/user-10/", "/facts/User-1/", "/facts/my-user-1/", "/facts/user-1x/", "/team/"):
        write(fast, memory_id, namespace, f"not theirs in {namespace}")
    return memory_id


def test_the_preview_counts_what_is_there_and_guesses_the_rest(fast: Clients, crowded: str) -> None:
    about = write(fast, crowded, "/team/", "Ask user-1 about the roof.")
    by_key = write(fast, crowded, "/team/", "A roof.", metadata={"customer": {"stringValue": "user-1"}})
    (scan,) = preview(fast, US, crowded)
    assert scan.counts() == {"sessions": 2, "events": 2, "records": 4, "failedJobs": 0}
    guesses = {guess.record_id: guess.reason for guess in scan.guesses}
    assert guesses.keys() >= {about, by_key}
    assert ("text" in guesses[about], "customer" in guesses[by_key]) == (True, True)
    assert all("user-10" not in guess.namespace for guess in scan.guesses)
    assert scan.look_alikes == ("User-1",)
    assert events_of(fast, crowded, "user-1") == 2  # a preview changes nothing


def test_everything_of_one_person_goes_and_nothing_else(
    fast: Clients, crowded: str, workspace: Workspace
) -> None:
    ticked = write(fast, crowded, "/team/", "Ask user-1 about the roof.")
    write(fast, crowded, "/team/", "Thank user-1 for the roof.")
    before = texts(fast, crowded)
    plan = Plan(US, (crowded,), chosen={crowded: [ticked]}, before={crowded: {"events": 2}})
    erasure_id = erasures.begin(fast, workspace, plan)
    first = erasures.carry_out(fast, workspace, erasure_id)
    assert first.state == "waiting" and first.is_due
    assert first.progress["deleted"][crowded] == {"events": 2, "sessions": 2, "records": 5}
    done = closed(fast, workspace, erasure_id)
    assert done.certificate is not None and done.plan == {} and done.progress == {}
    gone = [text for text in before if text not in texts(fast, crowded) + texts(fast, crowded, "user-1/")]
    assert gone == [
        "Ask user-1 about the roof.",
        *sorted(
            f"theirs in {each}" for each in ("/facts/user-1/", "/old/user-1", "user-1/notes/", "/x/user-1/y/")
        ),
    ]
    assert events_of(fast, crowded, "user-1") == 0
    assert [events_of(fast, crowded, each) for each in ("user-10", "User-1", "my-user-1")] == [2, 2, 2]


def test_a_second_erasure_finds_nothing_and_is_certified_too(
    fast: Clients, crowded: str, workspace: Workspace
) -> None:
    for expected in (4, 0):
        erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
        certificate = closed(fast, workspace, erasure_id).certificate
        assert certificate is not None
        assert certificate["memories"][crowded]["deleted"].get("records", 0) == expected
    with pytest.raises(InvalidValue, match="closed"):
        erasures.carry_out(fast, workspace, erasure_id)


def test_a_late_record_keeps_the_erasure_open(fast: Clients, crowded: str, workspace: Workspace) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    assert erasures.carry_out(fast, workspace, erasure_id).state == "waiting"
    write(fast, crowded, "/facts/user-1/", "extracted late")
    assert erasures.carry_out(fast, workspace, erasure_id).state == "remains"
    assert erasures.carry_out(fast, workspace, erasure_id).state == "waiting"
    assert closed(fast, workspace, erasure_id).certificate
    assert "extracted late" not in texts(fast, crowded)


def test_the_second_check_waits_for_its_time(
    fast: Clients, crowded: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, "60")
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    first = erasures.carry_out(fast, workspace, erasure_id)
    assert first.state == "waiting" and not first.is_due
    again = erasures.carry_out(fast, workspace, erasure_id)
    assert (again.state, again.due_at) == ("waiting", first.due_at)
    for wrong in ("soon", "-1", "nan", "99999999"):
        monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, wrong)
        with pytest.raises(InvalidValue, match="minutes"):
            erasure_plan.recheck_after()


def test_a_stopped_erasure_says_so_and_goes_on(fast: Clients, crowded: str, workspace: Workspace) -> None:
    stopped = threading.Event()
    asked = iter(range(1_000))

    def after_a_while() -> bool:
        if next(asked) == 25:
            stopped.set()
        return stopped.is_set()

    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    assert erasures.carry_out(fast, workspace, erasure_id, after_a_while).state == "stopped"
    assert closed(fast, workspace, erasure_id).certificate


def test_a_fault_of_the_network_is_noted_and_the_erasure_goes_on(
    fast: Clients, crowded: str, workspace: Workspace, own: Endpoint
) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    own.kill()
    try:
        failed = erasures.carry_out(fast, workspace, erasure_id)
    finally:
        own.start()
    assert failed.state == "failed" and failed.progress["fault"]["kind"] == "unreachable"
    assert closed(fast, workspace, erasure_id).certificate


def test_an_erasure_waits_while_aws_asks_to_slow_down(
    fast: Clients, crowded: str, workspace: Workspace, own: Endpoint
) -> None:
    rules = ["throttle on DeleteEvent first 5", "throttle on ListMemoryRecords first 4"]
    local(own, "PUT", "/_local/faults", {"faults": rules})
    try:
        erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
        assert closed(fast, workspace, erasure_id).certificate
    finally:
        local(own, "DELETE", "/_local/faults")


KILLED = """
import os, sys
from services import erasures
from services.clients import open_clients
from services.connection import parse_connection
from services.workspace import erasures as kept
from services.workspace.store import open_workspace

real = kept.note
def until_some_are_gone(workspace, erasure_id, worker, progress):
    real(workspace, erasure_id, worker, progress)
    if progress["phase"] == sys.argv[3]:
        os.kill(os.getpid(), 9)
kept.note = until_some_are_gone
workspace = open_workspace()
clients = open_clients(parse_connection(sys.argv[1]), actor="killed", trail=lambda: workspace)
erasures.carry_out(clients, workspace, sys.argv[2])
"""


@pytest.mark.parametrize("phase", ["deleting events", "deleting records", "checking"])
def test_an_erasure_whose_process_is_killed_is_found_again_and_goes_on(
    fast: Clients, crowded: str, workspace: Workspace, phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    command = [sys.executable, "-c", KILLED, fast.connection.key, erasure_id, phase]
    ended = subprocess.run(command, cwd=ROOT, check=False, timeout=120, capture_output=True)
    assert ended.returncode == -9, ended.stderr.decode()
    found = kept.get(workspace, erasure_id)
    assert found.state == "running"
    if found.is_alive:  # a process that has just been killed and one that works look alike
        with pytest.raises(InvalidValue, match="carried out at the moment"):
            erasures.carry_out(fast, workspace, erasure_id)
    monkeypatch.setattr(kept, "ALIVE_SECONDS", 0.0)
    assert kept.get(workspace, erasure_id).is_cut_off
    monkeypatch.setattr(kept, "ALIVE_SECONDS", 60.0)
    with workspace.transaction() as connection:
        connection.execute(table.update().values(alive_at=START.isoformat(timespec="microseconds")))
    assert closed(fast, workspace, erasure_id).certificate
    assert events_of(fast, crowded, "user-1") == 0
    assert events_of(fast, crowded, "user-10") == 2


def test_only_one_process_carries_an_erasure_out(fast: Clients, crowded: str, workspace: Workspace) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    worker = kept.take(workspace, erasure_id)
    with pytest.raises(InvalidValue, match="carried out at the moment"):
        kept.take(workspace, erasure_id)
    with workspace.transaction() as connection:
        connection.execute(table.update().values(alive_at=START.isoformat(timespec="microseconds")))
    kept.take(workspace, erasure_id)
    with pytest.raises(kept.NotOurs):
        kept.note(workspace, erasure_id, worker, {})


def files_with(folder: Path, *words: str) -> list[tuple[str, str]]:
    """(file, word) for each word that a file holds."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        (path.name, word) for path in files for word in words if word.encode() in path.read_bytes().lower()
    ]


def version_texts(workspace: Workspace) -> list[str]:
    """What is kept of each change of a record."""
    query = sa.select(versions_table.c.before, versions_table.c.request)
    with workspace.transaction() as connection:
        return [str(row.before) + str(row.request) for row in connection.execute(query)]


def test_no_file_of_the_dashboard_or_the_endpoint_holds_a_byte_of_it(
    fast: Clients, workspace: Workspace, own: Endpoint
) -> None:
    ours, theirs = "zqxilophonistq", "zqbassoonistq"
    memory = new_memory(fast, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))
    memory_id, other = str(memory["id"]), str(new_memory(fast)["id"])
    event_ids = {}
    for actor, word in (("user-1", ours), ("user-10", theirs)):
        for place in (memory_id, other):
            event_ids[actor, place] = say(fast, place, actor, f"I am a {word}.")
            write(fast, place, f"/facts/{actor}/", f"The user is a {word}.")
    written = write(fast, memory_id, "/facts/user-1/", f"An edited {ours}.")
    ticked = write(fast, memory_id, "/team/", f"Somebody is a {ours}, says user-1.")
    for namespace, word in (("/facts/user-1/", ours), ("/facts/user-10/", theirs)):  # versions kept for undo
        draft = RecordDraft(f"Written here: {word}.", (namespace,))
        (made,) = create_records(fast, workspace, memory_id, [draft])
        delete_records(fast, workspace, memory_id, [str(made.record_id)])
    for actor in ("user-1", "user-10"):  # a copy of an event, and an audit row that names it
        deletions.delete_event(fast, workspace, memory_id, actor, "s1", event_ids[actor, memory_id])
    snapshot = snapshots.save(fast, workspace, memory_id, with_events=True)
    inquiry = Inquiry("what?", "exact", ("/facts/user-1/",))
    golden.add_query(workspace, home(fast, memory), "tester", inquiry, [Expectation(ours, written)])
    copy_id = deletions.delete_memory(fast, workspace, other)
    assert files_with(workspace.directory, ours)

    plan = Plan(US, (memory_id,), chosen={memory_id: [ticked]}, everywhere=True)
    erasure_id = erasures.begin(fast, workspace, plan)
    certificate = closed(fast, workspace, erasure_id).certificate
    assert certificate is not None
    assert [each for each in files_with(workspace.directory, ours) if not each[0].endswith(".gz")] == []
    assert ours not in snapshots.plain_file(workspace, snapshot.snapshot_id).decode()
    assert files_with(workspace.directory, "user-1/") == []
    eventually(lambda: files_with(own.data_dir, ours), lambda found: not found)

    assert theirs in snapshots.plain_file(workspace, snapshot.snapshot_id).decode()
    assert theirs in copies.whole_json(workspace, copy_id)
    assert [copy.resource.split("/")[1] for copy in copies.list_copies(workspace, "event")] == ["user-10"]
    assert golden.list_queries(workspace, home(fast, memory)) == []
    assert sum(theirs in text for text in version_texts(workspace)) == 2
    assert files_with(own.data_dir, theirs)
    assert certificate["dashboard"]["removed"]["goldenQueries"] == 1
    assert certificate["dashboard"]["logEmptied"] is True


def test_what_bedrock_agents_remember_goes_too(fast: Clients, crowded: str, workspace: Workspace) -> None:
    agent_id = new_agent(fast, workspace)
    anna, other = "anna-1", "anna-10"
    for memory_id in (anna, other):
        room = book_a_trip(fast, workspace, agent_id, memory_id, session_id=f"session-of-{memory_id}")
        eventually(
            lambda: agent_memory.list_summaries(fast, workspace, room.home, memory_id).rows,  # noqa: B023
            bool,
        )
    subject = Subject((anna,))
    found = SubjectScan(fast, fast.pace, subject, [crowded], agents=True).look(120, lambda now: now.ended)
    assert [(each.agent_id, each.memory_id, each.summaries) for each in found.agents] == [(agent_id, anna, 1)]
    plan = Plan(subject, (crowded,), everywhere=True, agents=True, agent_summaries=1)
    certificate = closed(fast, workspace, erasures.begin(fast, workspace, plan)).certificate
    assert certificate is not None
    assert certificate["bedrockAgents"] == {
        "asked": True,
        "summariesFoundBefore": 1,
        "summariesDeleted": 1,
    }
    assert agent_memory.list_summaries(fast, workspace, room.home, anna).rows == []
    assert len(agent_memory.list_summaries(fast, workspace, room.home, other).rows) == 1
    known = {each.memory_id for each in agent_memories.list_addresses(workspace, room.home)}
    assert anna not in known


def test_the_certificate_names_nobody_and_shows_every_change(
    fast: Clients, crowded: str, workspace: Workspace, tmp_path: Path
) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,), before={crowded: {"events": 2}}))
    certificate = closed(fast, workspace, erasure_id).certificate
    assert certificate is not None
    key = workspace.audit_key
    for file in (erasure_certificates.json_file(certificate), erasure_certificates.html_file(certificate)):
        assert b"user-1" not in file
        verdict = erasure_certificates.verify(file, key, "user-1")
        assert verdict.valid and verdict.about
        assert not erasure_certificates.verify(file, key, "user-10").valid
        assert not erasure_certificates.verify(file, b"another key", "user-1").made_here
    changed = json.loads(json.dumps(certificate))
    changed["memories"][crowded]["deleted"]["events"] = 999
    verdict = erasure_certificates.verify(erasure_certificates.json_file(changed), key)
    assert (verdict.unchanged, verdict.made_here) == (False, False)
    for nonsense in (b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b"<html></html>"):
        with pytest.raises(InvalidValue):
            erasure_certificates.verify(nonsense, key)
    path = tmp_path / "certificate.html"
    path.write_bytes(erasure_certificates.html_file(certificate))
    command = [sys.executable, "-m", "services.erasure.certificates", str(path), "--actor-id", "user-1"]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, env=dict(os.environ))
    assert (ended.returncode, ended.stderr) == (0, b"")
    path.write_bytes(erasure_certificates.html_file(changed))
    assert subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 1


def test_what_was_done_is_in_the_audit_trail_without_a_name(
    fast: Clients, crowded: str, workspace: Workspace
) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    closed(fast, workspace, erasure_id)
    rows = audit.list_audit(workspace)
    actions = {row.action for row in rows}
    assert actions >= {"DeleteEvent", "BatchDeleteMemoryRecords", "ErasePerson"}
    told = [json.dumps([row.resource, row.before, row.after]) for row in rows]
    assert not any('"user-1"' in each or "/user-1/" in each for each in told)
    assert any('"user-10"' in each for each in told)


@pytest.mark.parametrize("role", ["viewer", "curator"])
def test_only_an_admin_may(
    fast: Clients, crowded: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded,)))
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", role)
    with pytest.raises(NotAuthorized):
        erasures.begin(fast, workspace, Plan(US, (crowded,)))
    with pytest.raises(NotAuthorized):
        erasures.carry_out(fast, workspace, erasure_id)
    assert events_of(fast, crowded, "user-1") == 2


def test_a_memory_that_is_gone_holds_nothing(fast: Clients, crowded: str, workspace: Workspace) -> None:
    erasure_id = erasures.begin(fast, workspace, Plan(US, (crowded, "Gone-0123456789")))
    assert closed(fast, workspace, erasure_id).certificate
