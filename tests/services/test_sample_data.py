"""The sample data: what it contains, that AWS would accept it, and how it is loaded and removed."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator
from strands.types.session import SessionMessage

from services.clients import open_clients
from services.connection import Connection
from services.errors import NotAuthorized
from services.faults import explain
from services.sample_data import (
    Additions,
    HoldsAdditions,
    LoadReport,
    SampleDataError,
    call_count,
    is_loaded,
    load,
    sample_memories,
)
from services.sample_data.__main__ import main
from services.sample_data.audited import remove_audited
from services.sample_data.plan import PlannedEvent, PlannedMemory, plan
from services.sample_data.removal import RemoveReport, delete_memories, removable
from services.sample_data.sample_memories import VERSION_TAG
from services.sample_data.script import BadScript, Turn, fill, parse
from services.sample_data.writing import event_request
from services.workspace.audit import list_audit
from services.workspace.store import Workspace, open_workspace
from tests.conftest import REGION, Endpoint, free_port
from tests.test_seed_guide import BLOCKS

ANCHOR = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def planned() -> tuple[PlannedMemory, ...]:
    return plan(ANCHOR)


@pytest.fixture(scope="module")
def store(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint of its own, for the sample data would get in the way of other tests' counts. It extracts
    nothing while these tests last, which makes loading quick.
    """
    running = Endpoint(
        tmp_path_factory.mktemp("sample") / "data", "--extraction-delay", "3600", "--transition-seconds", "0"
    )
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture
def clients(store: Endpoint) -> Iterator[tuple[Any, Any]]:
    """Clients of a store without any memory of an earlier test."""
    control, data = store.client("bedrock-agentcore-control"), store.client("bedrock-agentcore")
    yield control, data
    for memory in control.list_memories(maxResults=100)["memories"]:
        control.delete_memory(memoryId=memory["id"])
    deadline = time.monotonic() + 120
    while control.list_memories()["memories"]:
        assert time.monotonic() < deadline, "the memories were not deleted"
        time.sleep(0.02)
    control.close()
    data.close()


def events_of(planned: tuple[PlannedMemory, ...]) -> list[PlannedEvent]:
    return [event for memory in planned for session in memory.sessions for event in session.events]


def texts_of(event: PlannedEvent) -> list[tuple[str, str]]:
    """(text, role) of the conversational payloads, as the guide's SDK takes them."""
    spoken = [item["conversational"] for item in event.payload if "conversational" in item]
    return [(said["content"]["text"], said["role"]) for said in spoken]


def quiet(done: int, total: int, what: str) -> None:
    """Progress that nobody looks at."""


def remove(control: Any, data: Any, progress: Any, also: Additions | None = None) -> RemoveReport:
    """What `remove_audited` does between its two audit rows, with clients that are handed in."""
    memories = removable(control, data, progress, also)
    delete_memories(control, memories, progress)
    return RemoveReport(tuple(memory.memory_id for memory in memories), 0.0)


class TestScripts:
    def test_turns_go_on_over_lines(self) -> None:
        turns = parse("U: one\n  two\n  | three\nT: look(a='b')")
        assert turns == (Turn("USER", "one two\nthree"), Turn("TOOL", "look(a='b')"))

    def test_a_branch_ends_where_it_is_closed(self) -> None:
        turns = parse("U: a\n>> other\nA: b\n<<\nA: c")
        assert [turn.branch for turn in turns] == [None, "other", None]

    def test_slots_days_and_choices_are_filled(self) -> None:
        turn = Turn("USER", "<Hi|Hi>, {name}, on {day+2}, {date-1}, {iso+0}: {'a': 1}")
        filled = fill(turn, {"name": "Anna"}, ANCHOR.date(), random.Random(1))
        assert filled.text == "Hi, Anna, on Sunday, November 19, 2026-11-20: {'a': 1}"

    @pytest.mark.parametrize("script", ["hello", "X: hello", "  goes on with nothing"])
    def test_a_line_that_is_no_turn_is_refused(self, script: str) -> None:
        with pytest.raises(BadScript, match=re.escape(script)):
            parse(script)

    def test_an_unknown_slot_is_refused(self) -> None:
        with pytest.raises(BadScript, match=r"no slot \{pet\}"):
            fill(Turn("USER", "{pet}"), {"name": "Anna"}, ANCHOR.date(), random.Random(1))


class TestPlan:
    def test_the_same_anchor_gives_the_same_store(self, planned: tuple[PlannedMemory, ...]) -> None:
        assert plan(ANCHOR) == planned

    def test_another_seed_gives_another_store(self, planned: tuple[PlannedMemory, ...]) -> None:
        assert plan(ANCHOR, seed=1) != planned

    def test_ids_and_tokens_do_not_depend_on_the_anchor(self, planned: tuple[PlannedMemory, ...]) -> None:
        def identity(memories: tuple[PlannedMemory, ...]) -> list[Any]:
            sessions = [session for memory in memories for session in memory.sessions]
            tokens = [event.client_token for event in events_of(memories)]
            return [(session.actor_id, session.session_id) for session in sessions] + tokens

        assert identity(plan(ANCHOR + timedelta(days=40))) == identity(planned)

    def test_there_is_enough_to_look_at(self, planned: tuple[PlannedMemory, ...]) -> None:
        sessions = [session for memory in planned for session in memory.sessions]
        assert len({session.actor_id for session in sessions}) >= 25
        assert len({(session.actor_id, session.session_id) for session in sessions}) >= 80
        assert len(events_of(planned)) >= 900
        assert len(planned) >= 5
        assert sum(not memory.blueprint.strategies for memory in planned) == 1

    def test_every_domain_has_at_least_ten_scripts(self, planned: tuple[PlannedMemory, ...]) -> None:
        for memory in planned:
            if memory.blueprint.strategies:
                stories = {
                    session.session_id.rpartition("-")[0] or session.session_id for session in memory.sessions
                }
                assert len(stories) >= 10, memory.key

    def test_events_are_spread_over_the_five_weeks_before_the_anchor(
        self, planned: tuple[PlannedMemory, ...]
    ) -> None:
        times = [event.at for event in events_of(planned)]
        assert min(times) > ANCHOR - timedelta(weeks=5)
        assert ANCHOR - timedelta(hours=6) < max(times) < ANCHOR
        assert len({moment.date() for moment in times}) > 25

    def test_sessions_and_events_are_in_the_order_of_time(self, planned: tuple[PlannedMemory, ...]) -> None:
        for memory in planned:
            for actor in {session.actor_id for session in memory.sessions}:
                times = [
                    event.at
                    for session in memory.sessions
                    if session.actor_id == actor
                    for event in session.events
                ]
                assert times == sorted(set(times)), actor

    def test_the_events_are_of_many_kinds(self, planned: tuple[PlannedMemory, ...]) -> None:
        events = events_of(planned)
        kinds = Counter(kind for event in events for item in event.payload for kind in item)
        roles = Counter(role for event in events for _, role in texts_of(event))
        assert set(kinds) == {"conversational", "blob", "json"}
        assert {"USER", "ASSISTANT", "TOOL"} <= set(roles)
        assert any(len(event.payload) > 3 for event in events)
        assert any(event.metadata for event in events)
        assert len({event.branch for event in events if event.branch}) >= 3
        assert any("🎉" in text for event in events for text, _ in texts_of(event))
        assert any("東京" in text for event in events for text, _ in texts_of(event))
        assert max(len(text) for event in events for text, _ in texts_of(event)) > 2500

    def test_no_text_is_left_unfilled(self, planned: tuple[PlannedMemory, ...]) -> None:
        for event in events_of(planned):
            for text, _ in texts_of(event):
                assert not re.search(r"\{[a-z_]+([+-]\d+)?\}|<[^>]*\|", text), text

    def test_people_do_not_repeat_themselves(self, planned: tuple[PlannedMemory, ...]) -> None:
        """Long sentences that a whole crowd says word for word would give the scripts away."""
        said = Counter(
            text for event in events_of(planned) for text, role in texts_of(event) if role == "USER"
        )
        long = [(text, count) for text, count in said.items() if len(text) > 60]
        assert max(count for _, count in long) <= 3
        assert sum(count > 1 for _, count in long) < len(long) / 3

    def test_strands_messages_are_wrapped_as_the_session_manager_wraps_them(
        self, planned: tuple[PlannedMemory, ...]
    ) -> None:
        sessions = [session for memory in planned for session in memory.sessions]
        wrapped = [
            session for session in sessions if session.events[0].metadata.get("stateType") == "SESSION"
        ]
        contents = []
        for session in wrapped:
            spoken = [text for event in session.events for text, _ in texts_of(event)]
            messages = [SessionMessage.from_dict(json.loads(text)) for text in spoken]
            assert [message.message_id for message in messages] == list(range(len(messages)))
            contents += [part for message in messages for part in message.message["content"]]
        assert {kind for part in contents for kind in part} == {"text", "toolUse", "toolResult"}


class TestWordForWord:
    @pytest.mark.parametrize("block", ["03_create_event", "10_upload_conversation"])
    def test_support_order_and_airline_booking(self, planned: tuple[PlannedMemory, ...], block: str) -> None:
        conversation = guide_messages((BLOCKS / f"{block}.py").read_text("utf-8"))
        assert conversation in [texts_of(event) for event in events_of(planned)]

    def test_restaurant(self, planned: tuple[PlannedMemory, ...]) -> None:
        block = (BLOCKS / "08_agent.py").read_text("utf-8")
        session = next(
            session
            for memory in planned
            for session in memory.sessions
            if session.session_id == "TalkingAboutFood"
        )
        said = [text for event in session.events for text, role in texts_of(event) if role == "USER"]
        assert said == re.findall(r'^agent\("(.*)"\)$', block, re.MULTILINE)
        assert session.actor_id == "CaliforniaPerson"


def guide_messages(block: str) -> list[tuple[str, str]]:
    """The messages that a block of the guide gives to create_event."""

    class Client:
        def create_event(self, **request: Any) -> None:
            self.messages = request["messages"]

    client = Client()
    exec(block, {"client": client, "memory": {"id": "guide-0123456789"}})  # noqa: S102 - the guide's own code
    return client.messages


class TestModel:
    """AWS's own service model accepts every request."""

    def test_events(self, planned: tuple[PlannedMemory, ...]) -> None:
        model = operation("bedrock-agentcore", "CreateEvent")
        for memory in planned:
            for session in memory.sessions:
                for event in session.events:
                    root = "0000001772375782346#c5e4dee5" if event.root is not None else None
                    request = event_request(event, root) | {
                        "memoryId": "Sample-0123456789",
                        "actorId": session.actor_id,
                        "sessionId": session.session_id,
                    }
                    assert_valid(request, model)

    def test_every_branch_names_its_root_once(self, planned: tuple[PlannedMemory, ...]) -> None:
        for memory in planned:
            for session in memory.sessions:
                roots = [event.branch for event in session.events if event.root is not None]
                assert sorted(roots) == sorted({event.branch for event in session.events if event.branch})


def operation(service: str, name: str) -> OperationModel:
    return botocore.session.get_session().get_service_model(service).operation_model(name)


def assert_valid(request: dict[str, Any], model: OperationModel) -> None:
    """botocore's validator, which knows no patterns, and the patterns."""
    report = ParamValidator().validate(request, model.input_shape)
    assert not report.has_errors(), report.generate_report()
    assert not list(broken_patterns(request, model.input_shape))


def broken_patterns(value: Any, shape: Shape) -> Iterator[str]:
    if isinstance(value, str) and "pattern" in shape.metadata:
        if not re.fullmatch(shape.metadata["pattern"], value):
            yield f"{shape.name}: {value}"
    elif shape.type_name == "structure" and not shape.metadata.get("document"):
        for name, member in value.items():
            yield from broken_patterns(member, shape.members[name])  # type: ignore[attr-defined]
    elif shape.type_name == "list":
        for member in value:
            yield from broken_patterns(member, shape.member)  # type: ignore[attr-defined]
    elif shape.type_name == "map":
        for key, member in value.items():
            yield from broken_patterns(key, shape.key)  # type: ignore[attr-defined]
            yield from broken_patterns(member, shape.value)  # type: ignore[attr-defined]


class TestLoading:
    def test_what_was_planned_is_what_the_api_gives_back(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        steps: list[tuple[int, int]] = []
        report = load(control, data, lambda done, total, _: steps.append((done, total)), anchor=ANCHOR)
        assert steps[-1][0] == steps[-1][1] == report.events
        assert is_loaded(control)
        assert stored(control, data) == {
            (memory.blueprint.name, session.actor_id, session.session_id): len(session.events)
            for memory in plan(ANCHOR)
            for session in memory.sessions
        }

    def test_it_makes_as_many_writing_calls_as_it_says(self, clients: tuple[Any, Any]) -> None:
        made: list[str] = []
        for client in clients:
            client.meta.events.register("before-call", lambda model, **_: made.append(model.name))
        load(*clients, quiet)
        assert call_count() == sum(name.startswith(("Create", "BatchCreate", "Tag")) for name in made)

    def test_a_second_load_adds_nothing(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        first = load(control, data, quiet)
        before = stored(control, data)
        second = load(control, data, quiet)
        assert second.memory_ids == first.memory_ids
        assert second.events == second.records == 0
        assert second.anchor == first.anchor
        assert stored(control, data) == before

    def test_an_interrupted_load_is_finished_without_doubling(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        with pytest.raises(ConnectionAbortedError):
            load(control, Interrupted(data, after=300), quiet, anchor=ANCHOR)
        assert not is_loaded(control)
        assert 300 <= sum(stored(control, data).values()) < 900
        report = load(control, data, quiet)
        assert report.anchor == ANCHOR
        assert is_loaded(control)
        assert sum(stored(control, data).values()) == len(events_of(plan(ANCHOR)))

    def test_imported_profiles_are_labelled(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        report = load(control, data, quiet)
        support = next(memory for memory in report.memory_ids if "Support" in memory)
        [record, *_] = data.list_memory_records(memoryId=support, namespacePath="/imported/user-84/")[
            "memoryRecordSummaries"
        ]
        assert "Priya" in record["content"]["text"]
        assert record["metadata"]["origin"] == {"stringValue": "imported"}

    def test_a_branch_forks_from_the_event_before_it(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        report = load(control, data, quiet)
        memory_id = next(memory for memory in report.memory_ids if "Airline" in memory)
        events = [
            event
            for session in data.list_sessions(memoryId=memory_id, actorId="tenant-a/user-7", maxResults=100)[
                "sessionSummaries"
            ]
            for event in data.list_events(
                memoryId=memory_id,
                actorId="tenant-a/user-7",
                sessionId=session["sessionId"],
                maxResults=100,
            )["events"]
        ]
        branch = [event for event in events if event["branch"]["name"] == "last-connection"]
        root = next(event["branch"]["rootEventId"] for event in branch if "rootEventId" in event["branch"])
        [forked] = [event for event in events if event["eventId"] == root]
        assert "direct flight" in forked["payload"][0]["conversational"]["content"]["text"]


class Interrupted:
    """A data-plane client whose connection breaks after so many events."""

    def __init__(self, data: Any, after: int) -> None:
        self._data = data
        self._left = after

    def create_event(self, **request: Any) -> Any:
        self._left -= 1
        if self._left < 0:
            raise ConnectionAbortedError
        return self._data.create_event(**request)


def stored(control: Any, data: Any) -> dict[tuple[str, str, str], int]:
    """Events per (memory name, actor, session), as the API lists them."""
    counts = {}
    for memory in sample_memories(control):
        where = {"memoryId": memory.memory_id}
        for actor in everything(data, "list_actors", "actorSummaries", **where):
            who = where | {"actorId": actor["actorId"]}
            for session in everything(data, "list_sessions", "sessionSummaries", **who):
                key = (memory.name, actor["actorId"], session["sessionId"])
                events = everything(
                    data,
                    "list_events",
                    "events",
                    **who,
                    sessionId=session["sessionId"],
                    includePayloads=False,
                )
                counts[key] = len(events)
    return counts


def everything(data: Any, operation: str, member: str, **request: Any) -> list[dict[str, Any]]:
    pages = data.get_paginator(operation).paginate(**request, PaginationConfig={"PageSize": 100})
    return [summary for page in pages for summary in page[member]]


class TestRemoving:
    def test_only_the_sample_memories_go(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        kept = control.create_memory(name="SampleOfMine", eventExpiryDuration=30)["memory"]["id"]
        load(control, data, quiet)
        steps: list[tuple[int, int]] = []
        report = remove(control, data, lambda done, total, _: steps.append((done, total)))
        assert len(report.memory_ids) == 7
        assert steps[-1] == (7, 7)
        assert not is_loaded(control)
        assert [memory["id"] for memory in control.list_memories()["memories"]] == [kept]

    def test_an_untagged_memory_of_the_same_name_stays(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        mine = control.create_memory(name="SampleAirlineAgent", eventExpiryDuration=30)["memory"]["id"]
        with pytest.raises(SampleDataError, match="SampleAirlineAgent exists that is not sample data"):
            load(control, data, quiet)
        remove(control, data, quiet)
        assert [memory["id"] for memory in control.list_memories()["memories"]] == [mine]

    def test_removing_nothing_is_no_error(self, clients: tuple[Any, Any]) -> None:
        assert remove(*clients, quiet).memory_ids == ()

    @pytest.mark.parametrize(
        ("actor", "session"),
        [("mei-chen", None), ("mei-chen", "a-new-chat"), ("me", "a-new-chat")],
        ids=["in one of its sessions", "in a session of its actor", "as a new actor"],
    )
    def test_what_somebody_wrote_into_it_is_not_deleted_unasked(
        self, clients: tuple[Any, Any], actor: str, session: str | None
    ) -> None:
        control, data = clients
        memory_id = airline(load(control, data, quiet))
        existing = data.list_sessions(memoryId=memory_id, actorId="mei-chen")["sessionSummaries"]
        say(data, memory_id, actor, session or existing[0]["sessionId"])
        with pytest.raises(HoldsAdditions, match="2 events in 1 session in the sample memories") as refusal:
            remove(control, data, quiet)
        assert refusal.value.additions == Additions(events=2, sessions=1)
        assert is_loaded(control)
        remove(control, data, quiet, also=refusal.value.additions)
        assert sample_memories(control) == []

    def test_only_what_was_agreed_to_goes(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        memory_id = airline(load(control, data, quiet))
        say(data, memory_id, "me", "first")
        agreed = Additions(events=2, sessions=1)
        say(data, memory_id, "me", "second")
        with pytest.raises(HoldsAdditions, match="4 events in 2 sessions"):
            remove(control, data, quiet, also=agreed)
        assert is_loaded(control)

    def test_records_written_by_hand_are_counted(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        memory_id = airline(load(control, data, quiet))
        record = {
            "requestIdentifier": "mine",
            "namespaces": ["/mine/"],
            "content": {"text": "I wrote this."},
            "timestamp": ANCHOR,
        }
        assert data.batch_create_memory_records(memoryId=memory_id, records=[record])["failedRecords"] == []
        with pytest.raises(HoldsAdditions, match=r"^1 memory record in"):
            remove(control, data, quiet)

    def test_what_another_version_wrote_is_not_replaced_unasked(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        load(control, data, quiet)
        for memory in sample_memories(control):
            control.tag_resource(resourceArn=memory.arn, tags={VERSION_TAG: "0"})
        with pytest.raises(SampleDataError, match=r"another version is here\. Remove it first"):
            load(control, data, quiet)
        assert len(sample_memories(control)) == 7

    def test_errors_are_known_to_the_dashboard(self) -> None:
        assert explain(SampleDataError("Do this.")).kind == "invalid"
        assert explain(HoldsAdditions(Additions(1, 1, 1))).detail.startswith(
            "1 event in 1 session and 1 memory record in the sample memories are yours"
        )

    def test_it_can_be_loaded_again(self, clients: tuple[Any, Any]) -> None:
        control, data = clients
        load(control, data, quiet)
        remove(control, data, quiet)
        assert load(control, data, quiet).events == len(events_of(plan(ANCHOR)))


def airline(report: LoadReport) -> str:
    return next(memory_id for memory_id in report.memory_ids if "Airline" in memory_id)


def say(data: Any, memory_id: str, actor_id: str, session_id: str) -> None:
    """Two events of somebody who tries the sample data out."""
    for number in range(2):
        data.create_event(
            memoryId=memory_id,
            actorId=actor_id,
            sessionId=session_id,
            eventTimestamp=datetime.now(UTC) + timedelta(milliseconds=number),
            payload=[{"conversational": {"role": "USER", "content": {"text": "What about me?"}}}],
        )


class TestAudited:
    @pytest.fixture
    def workspace(self, tmp_path: Path) -> Iterator[Workspace]:
        opened = open_workspace(f"sqlite:///{tmp_path / 'workspace.db'}")
        yield opened
        opened.close()

    def test_a_removal_is_written_down(
        self, clients: tuple[Any, Any], store: Endpoint, workspace: Workspace
    ) -> None:
        report = load(*clients, quiet)
        here = Connection("custom", REGION, endpoint_url=store.url)
        live = open_clients(here, actor="me", trail=lambda: workspace)
        remove_audited(live, workspace, quiet)
        ended, *deletions, began = list_audit(workspace)
        assert (began.result, ended.result) == ("started", "succeeded")
        assert (began.who, began.action) == ("me", "RemoveSampleData")
        assert {row.action for row in deletions} == {"DeleteMemory"}
        gone = [row.resource for row in deletions if row.result == "succeeded"]
        assert sorted(gone) == sorted(report.memory_ids)
        assert sorted(began.before["memories"]) == sorted(report.memory_ids)

    def test_a_refused_removal_is_not(
        self, clients: tuple[Any, Any], store: Endpoint, workspace: Workspace
    ) -> None:
        say(clients[1], airline(load(*clients, quiet)), "me", "mine")
        live = open_clients(Connection("custom", REGION, endpoint_url=store.url), actor="me")
        with pytest.raises(HoldsAdditions):
            remove_audited(live, workspace, quiet)
        assert list_audit(workspace) == []

    def test_a_viewer_may_not(
        self, store: Endpoint, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
        live = open_clients(Connection("custom", REGION, endpoint_url=store.url))
        with pytest.raises(NotAuthorized):
            remove_audited(live, workspace, quiet)


class TestCommand:
    def test_load_status_remove(
        self, clients: tuple[Any, Any], store: Endpoint, capsys: pytest.CaptureFixture[str]
    ) -> None:
        where = ["--endpoint-url", store.url]
        assert main(["status", *where]) == 3
        assert main(["load", *where, "--if-empty"]) == 0
        assert "7 memories" in capsys.readouterr().out
        assert main(["load", *where]) == 0
        assert "there already" in capsys.readouterr().out
        assert main(["status", *where]) == 0
        assert main(["remove", *where]) == 0
        assert "removed: 7 memories" in capsys.readouterr().out
        with closing(open_workspace()) as workspace:
            actions = Counter(row.action for row in list_audit(workspace, limit=100_000))
        assert actions["CreateMemory"] >= 7
        assert actions["CreateEvent"] > 100
        assert actions["RemoveSampleData"] == 2, "begun, and ended"
        assert actions["DeleteMemory"] >= 7

    def test_it_takes_the_role_of_whoever_may_do_it_on_the_pages(
        self,
        clients: tuple[Any, Any],
        store: Endpoint,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
        assert main(["load", "--endpoint-url", store.url]) == 1
        assert "viewer" in capsys.readouterr().err
        assert sample_memories(clients[0]) == []

    def test_remove_needs_force_when_something_was_added(
        self, clients: tuple[Any, Any], store: Endpoint, capsys: pytest.CaptureFixture[str]
    ) -> None:
        say(clients[1], airline(load(*clients, quiet)), "me", "mine")
        where = ["--endpoint-url", store.url]
        assert main(["remove", *where]) == 1
        assert "2 events in 1 session in the sample memories are yours" in capsys.readouterr().err
        assert main(["remove", *where, "--force"]) == 0
        assert "2 events in 1 session of yours" in capsys.readouterr().out
        assert main(["status", *where]) == 3

    def test_if_empty_leaves_a_used_store_alone(
        self, clients: tuple[Any, Any], store: Endpoint, capsys: pytest.CaptureFixture[str]
    ) -> None:
        control, _ = clients
        control.create_memory(name="Mine", eventExpiryDuration=30)
        assert main(["load", "--endpoint-url", store.url, "--if-empty"]) == 0
        assert "no sample data was loaded" in capsys.readouterr().out
        assert sample_memories(control) == []

    def test_an_unreachable_endpoint_is_a_message(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["status", "--endpoint-url", f"http://127.0.0.1:{free_port()}"]) == 1
        assert "Could not connect" in capsys.readouterr().err


def test_the_plan_is_json(planned: tuple[PlannedMemory, ...]) -> None:
    """Blobs and json payloads are documents: nothing in them may need a conversion of its own."""
    for event in events_of(planned):
        assert json.loads(json.dumps(event.payload)) == event.payload
