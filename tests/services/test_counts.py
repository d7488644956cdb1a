"""A count outlives its process: it is kept, goes on where it was, and one process counts for all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from botocore.exceptions import ClientError

from services.clients import Clients, open_clients
from services.connection import Connection
from services.inventory import document, ledger
from services.inventory.counting import Inventory
from services.inventory.document import Progress
from services.inventory.ledger import Ledger, NotOurs
from services.inventory.snapshot import Count, MemoryInventory, SessionSeen, Snapshot
from services.pacing import Pace
from services.workspace import counts
from services.workspace.store import Workspace
from services.workspace.tables import counts as table
from tests.conftest import Endpoint
from tests.services.conftest import eventually, new_memory

UNHURRIED = Pace(share=1e6)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACTORS = ("ann", "bob", "eve")
HERE = "custom:here"


@pytest.fixture(autouse=True)
def _save_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "SAVE_SECONDS", 0.0)


@pytest.fixture
def three_actors(endpoint: Endpoint, trail: Workspace) -> Iterator[Clients]:
    """The clients of a region with one memory: three actors with a session of two events each."""
    here = Connection("custom", "ap-northeast-2", endpoint_url=endpoint.url)
    clients = open_clients(here, actor="tester", trail=lambda: trail)
    memory_id = new_memory(clients)["id"]
    for actor_id in ACTORS:
        for _ in range(2):
            clients.data.create_event(
                memoryId=memory_id,
                actorId=actor_id,
                sessionId=f"of-{actor_id}",
                eventTimestamp=NOW,
                payload=[{"conversational": {"role": "USER", "content": {"text": "Hello."}}}],
            )
    yield clients
    clients.control.delete_memory(memoryId=memory_id)


def ended(counting: Inventory) -> Snapshot:
    return eventually(counting.look, lambda now: now.as_of is not None)


def numbers(now: Snapshot) -> dict[str, tuple[int, bool]]:
    return {
        thing: (now.total(thing).number, now.total(thing).complete)
        for thing in ("actors", "sessions", "events", "records")
    }


WHOLE = {"actors": (3, True), "sessions": (3, True), "events": (6, True), "records": (0, True)}


class _Killed(Ledger):
    """Its process is killed behind the conversations of the first actor."""

    def save(self, progress: Progress, *, at_once: bool = False) -> None:
        super().save(progress, at_once=at_once)
        if progress.counted_to:
            raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_count_that_was_killed_goes_on_where_it_was(three_actors: Clients, workspace: Workspace) -> None:
    first = _Killed(workspace, HERE)
    assert first.claim()
    killed = Inventory(three_actors, UNHURRIED, ledger=first)
    killed.look()
    eventually(lambda: first.kept()[0], lambda kept: bool(kept and kept.counted_to))
    first.release()  # what ALIVE_SECONDS without a sign of life do
    second = Ledger(workspace, HERE)
    begun, whole, elsewhere = second.kept()
    assert begun is not None
    assert list(begun.counted_to.values()) == ["ann"]
    assert (numbers(begun.snapshot)["events"], whole, elsewhere) == ((2, False), None, False)
    made = three_actors.call_count()
    assert second.claim()
    now = ended(Inventory(three_actors, UNHURRIED, ledger=second, begun=begun))
    assert numbers(now) == WHOLE
    assert now.started == begun.snapshot.started
    assert len({seen.session_id for seen in now.sessions}) == len(now.sessions) == 3
    asked = [call for call in three_actors.calls[-(three_actors.call_count() - made) :] if call.background]
    assert {call.params["actorId"] for call in asked if call.operation == "ListSessions"} == {"bob", "eve"}
    kept, whole, elsewhere = Ledger(workspace, HERE).kept()
    assert kept is not None
    assert whole == kept.snapshot
    assert (numbers(whole), elsewhere) == (WHOLE, False)


def test_one_process_counts(workspace: Workspace) -> None:
    first, second = Ledger(workspace, HERE), Ledger(workspace, HERE)
    assert first.claim()
    assert first.claim()
    assert not second.claim()
    assert second.kept()[2]
    assert not first.kept()[2]
    assert Ledger(workspace, "custom:elsewhere").claim()
    first.release()
    assert second.claim()


def test_a_process_that_gave_no_sign_of_life_is_replaced_and_told(workspace: Workspace) -> None:
    first, second = Ledger(workspace, HERE), Ledger(workspace, HERE)
    assert first.claim()
    first.save(Progress(snapshot()))
    long_ago = datetime.now(UTC) - timedelta(seconds=counts.ALIVE_SECONDS + 1)
    with workspace.transaction() as connection:
        connection.execute(sa.update(table).values(alive_at=long_ago.isoformat(timespec="microseconds")))
    assert second.claim()
    with pytest.raises(NotOurs):
        first.beat()
    with pytest.raises(NotOurs):
        first.save(Progress(snapshot()))
    second.beat()


def test_a_count_ends_when_another_process_has_taken_over(
    three_actors: Clients, workspace: Workspace
) -> None:
    counting = Inventory(three_actors, UNHURRIED, ledger=Ledger(workspace, HERE))  # which claimed nothing
    counting.look()
    eventually(lambda: counting.is_lost, bool)
    assert counting.look().as_of is None


def snapshot(*sessions: SessionSeen, as_of: datetime | None = None) -> Snapshot:
    memory = {
        "id": "M",
        "name": "M",
        "status": "ACTIVE",
        "eventExpiryDuration": 30,
        "strategies": [{"strategyId": "S", "name": "Facts", "status": "FAILED"}],
    }
    held = MemoryInventory("M", memory, counts={"events": Count(7, complete=True), "records": Count(3)})
    return Snapshot((held, MemoryInventory("N")), True, sessions, NOW - timedelta(hours=1), as_of)


def test_what_is_kept_is_what_was_counted() -> None:
    seen = SessionSeen("M", "ann", "one", NOW - timedelta(microseconds=1))
    progress = Progress(snapshot(seen, as_of=NOW), {"M": "ann"})
    assert document.load(document.dump(progress)) == progress


def test_of_a_memory_only_what_is_shown_is_kept() -> None:
    memory: dict[str, Any] = {"id": "M", "name": "M", "description": "about Ann", "createdAt": NOW}
    held = Snapshot((MemoryInventory("M", memory),), True, (), NOW, None)
    assert document.dump(Progress(held))["memories"][0]["memory"] == {
        "id": "M",
        "name": "M",
        "strategies": [],
    }


def test_an_erasure_takes_a_persons_sessions_out(workspace: Workspace) -> None:
    mine = Ledger(workspace, HERE)
    assert mine.claim()
    seen = [SessionSeen("M", actor_id, "one", NOW) for actor_id in ("ann", "bob")]
    mine.save(Progress(snapshot(*seen, as_of=NOW)))
    assert counts.forget(workspace, HERE, {"ann"}) == 1
    progress, whole, _ = mine.kept()
    assert whole is not None
    assert progress is not None
    assert [session.actor_id for session in (*whole.sessions, *progress.snapshot.sessions)] == ["bob", "bob"]
    assert whole.total("events") == snapshot(as_of=NOW).total("events")
    assert counts.forget(workspace, "custom:elsewhere", {"ann"}) == 0


def test_an_erasure_ends_a_count_under_way(workspace: Workspace) -> None:
    """It may stand behind the person, and would keep the id."""
    mine = Ledger(workspace, HERE)
    assert mine.claim()
    mine.save(Progress(snapshot(), {"M": "ann"}))
    counts.forget(workspace, HERE, {"ann"})
    assert mine.kept()[0] is None
    with pytest.raises(NotOurs):
        mine.beat()


def test_events_that_may_not_be_listed_leave_the_sessions_counted(three_actors: Clients) -> None:
    def refuse(**_: Any) -> None:
        refusal = {"Error": {"Code": "AccessDeniedException", "Message": "No."}}
        raise ClientError(refusal, "ListEvents")  # type: ignore[arg-type]

    where = "before-parameter-build.bedrock-agentcore.ListEvents"
    three_actors.data.meta.events.register_first(where, refuse)
    counting = Inventory(three_actors, UNHURRIED)
    now = ended(counting)
    assert numbers(now)["sessions"] == (3, True)
    events = now.total("events")
    assert (events.number, events.complete) == (0, False)
    assert events.fault is not None
    assert events.fault.kind == "denied"
    three_actors.data.meta.events.unregister(where, refuse)
    again = ended(Inventory(three_actors, UNHURRIED, begun=counting.progress))
    assert numbers(again) == WHOLE
