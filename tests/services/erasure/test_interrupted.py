"""An erasure goes on after whatever comes in between, and is closed by no check that began too early."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from services import clients as service_clients
from services import pacing
from services.clients import Clients, open_clients
from services.erasure import erasures
from services.erasure import plan as erasure_plan
from services.erasure import second_checks as second_checks_module
from services.erasure.plan import Plan
from services.erasure.second_checks import SecondChecks
from services.errors import InvalidValue
from services.pacing import Pace
from services.workspace import erasures as kept
from services.workspace.store import Workspace
from tests.aws_local.switches import local
from tests.conftest import ROOT, Endpoint
from tests.services.erasure.examples import US, closed, events_of, long_ago, texts, write


def test_a_late_record_keeps_the_erasure_open(fast: Clients, crowded: str, sqlite: Workspace) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    assert erasures.carry_out(fast, sqlite, erasure_id).state == "waiting"
    write(fast, crowded, "/facts/user-1/", "extracted late")
    assert erasures.carry_out(fast, sqlite, erasure_id).state == "remains"
    assert erasures.carry_out(fast, sqlite, erasure_id).state == "waiting"
    assert closed(fast, sqlite, erasure_id).certificate
    assert "extracted late" not in texts(fast, crowded)


def test_the_second_check_waits_for_its_time(
    fast: Clients, crowded: str, sqlite: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, "60")
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    first = erasures.carry_out(fast, sqlite, erasure_id)
    assert first.state == "waiting" and not first.is_due
    again = erasures.carry_out(fast, sqlite, erasure_id)
    assert (again.state, again.due_at) == ("waiting", first.due_at)
    for wrong in ("soon", "-1", "nan", "99999999"):
        monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, wrong)
        with pytest.raises(InvalidValue, match="minutes"):
            erasure_plan.recheck_after()


def test_a_stopped_erasure_says_so_and_goes_on(fast: Clients, crowded: str, sqlite: Workspace) -> None:
    stopped = threading.Event()
    asked = iter(range(1_000))

    def after_a_while() -> bool:
        if next(asked) == 25:
            stopped.set()
        return stopped.is_set()

    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    assert erasures.carry_out(fast, sqlite, erasure_id, after_a_while).state == "stopped"
    assert closed(fast, sqlite, erasure_id).certificate


def test_a_fault_of_the_network_is_noted_and_the_erasure_goes_on(
    fast: Clients, crowded: str, sqlite: Workspace, own: Endpoint
) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    own.kill()
    try:
        failed = erasures.carry_out(fast, sqlite, erasure_id)
    finally:
        own.start()
    assert failed.state == "failed" and failed.progress["fault"]["kind"] == "unreachable"
    assert closed(fast, sqlite, erasure_id).certificate


def test_an_erasure_waits_while_aws_asks_to_slow_down(
    fast: Clients, crowded: str, sqlite: Workspace, own: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_clients, "ATTEMPTS", 1)  # else botocore tries again by itself
    monkeypatch.setattr(pacing, "HELD_SECONDS", 0.05)
    monkeypatch.setattr(erasures, "PATIENCE", (0.05,) * 5)
    impatient = open_clients(fast.connection, actor="tester", pace=Pace(1_000.0), trail=lambda: sqlite)
    rules = ["throttle on DeleteEvent first 5", "throttle on ListMemoryRecords first 4"]
    local(own, "PUT", "/_local/faults", {"faults": rules})
    try:
        erasure_id = erasures.begin(impatient, sqlite, Plan(US, (crowded,)))
        assert closed(impatient, sqlite, erasure_id).certificate
    finally:
        local(own, "DELETE", "/_local/faults")


@pytest.mark.parametrize("phase", ["deleting events", "deleting records", "checking"])
def test_an_erasure_whose_process_is_killed_is_found_again_and_goes_on(
    fast: Clients, crowded: str, sqlite: Workspace, phase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    script = "tests.services.erasure.killed_erasure"
    command = [sys.executable, "-m", script, fast.connection.key, erasure_id, phase]
    ended = subprocess.run(command, cwd=ROOT, check=False, timeout=120, capture_output=True)
    assert ended.returncode == -9, ended.stderr.decode()
    found = kept.get(sqlite, erasure_id)
    assert found.state == "running"
    if found.is_alive:  # a process that has just been killed and one that works look alike
        with pytest.raises(InvalidValue, match="carried out at the moment"):
            erasures.carry_out(fast, sqlite, erasure_id)
    monkeypatch.setattr(kept, "ALIVE_SECONDS", 0.0)
    assert kept.get(sqlite, erasure_id).is_cut_off
    monkeypatch.setattr(kept, "ALIVE_SECONDS", 60.0)
    long_ago(sqlite)
    certificate = closed(fast, sqlite, erasure_id).certificate
    assert certificate is not None and certificate["cutOff"]  # what was counted may have been lost
    assert events_of(fast, crowded, "user-1") == 0
    assert events_of(fast, crowded, "user-10") == 2


def test_only_one_process_carries_an_erasure_out(fast: Clients, crowded: str, sqlite: Workspace) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    worker = kept.take(sqlite, erasure_id)
    with pytest.raises(InvalidValue, match="carried out at the moment"):
        kept.take(sqlite, erasure_id)
    long_ago(sqlite)
    kept.take(sqlite, erasure_id)
    with pytest.raises(kept.NotOurs):
        kept.note(sqlite, erasure_id, worker, {})


def test_a_check_that_began_before_its_time_closes_nothing(
    fast: Clients, crowded: str, sqlite: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes: what was extracted while it was under way is not in it."""
    monkeypatch.setenv(erasure_plan.RECHECK_VARIABLE, "60")
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    first = erasures.carry_out(fast, sqlite, erasure_id)
    passed = timedelta()

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + passed

    def the_time_comes() -> bool:
        nonlocal passed
        passed = timedelta(hours=2)
        return False

    monkeypatch.setattr(kept, "datetime", Clock)
    again = erasures.carry_out(fast, sqlite, erasure_id, the_time_comes)
    assert (again.state, again.due_at, again.is_due) == ("waiting", first.due_at, True)
    assert erasures.carry_out(fast, sqlite, erasure_id).state == "closed"


def test_a_check_that_meets_a_fault_or_is_stopped_is_made_again(
    fast: Clients, crowded: str, sqlite: Workspace, own: Endpoint
) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    first = erasures.carry_out(fast, sqlite, erasure_id)
    local(own, "PUT", "/_local/faults", {"faults": ["deny on ListMemoryRecords"]})
    try:
        failed = erasures.carry_out(fast, sqlite, erasure_id)
    finally:
        local(own, "DELETE", "/_local/faults")
    assert (failed.state, failed.due_at) == ("waiting", first.due_at)
    assert failed.progress["fault"]["kind"] == "denied"
    stopped = erasures.carry_out(fast, sqlite, erasure_id, lambda: True)
    assert (stopped.state, stopped.due_at) == ("waiting", first.due_at)
    assert closed(fast, sqlite, erasure_id).certificate


def second_checks(fast: Clients, workspace: Workspace) -> SecondChecks:
    return SecondChecks(lambda: workspace, lambda _key: fast, threading.Event())


def test_a_second_check_makes_itself_once(fast: Clients, crowded: str, sqlite: Workspace) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    checks = second_checks(fast, sqlite)
    assert checks.look() == []  # it has not begun
    assert erasures.carry_out(fast, sqlite, erasure_id).wants_somebody
    [done] = checks.look()
    assert (done.erasure_id, done.state, done.wants_somebody) == (erasure_id, "closed", False)
    certificate = done.certificate or {}
    assert certificate["operator"] == "tester"
    assert certificate["secondCheck"]["by"] == "AgentCore Memory Studio, for tester"
    assert second_checks(fast, sqlite).look() == []


def test_of_several_processes_one_makes_the_check(fast: Clients, crowded: str, sqlite: Workspace) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    erasures.carry_out(fast, sqlite, erasure_id)
    worker = kept.take(sqlite, erasure_id)  # another process has begun
    assert second_checks(fast, sqlite).look() == []
    kept.leave(sqlite, erasure_id, worker, "waiting", {}, datetime.now(UTC) + timedelta(hours=1))
    assert second_checks(fast, sqlite).look() == []  # not due


def test_what_came_up_again_waits_for_somebody(fast: Clients, crowded: str, sqlite: Workspace) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    erasures.carry_out(fast, sqlite, erasure_id)
    write(fast, crowded, "/facts/user-1/", "extracted late")
    checks = second_checks(fast, sqlite)
    [found] = checks.look()
    assert (found.state, found.wants_somebody) == ("remains", True)
    assert checks.look() == []
    assert "extracted late" in texts(fast, crowded)  # nobody has confirmed that it goes


def test_no_check_makes_itself_elsewhere_or_where_nothing_may_be_changed(
    fast: Clients, crowded: str, sqlite: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    erasures.carry_out(fast, sqlite, erasure_id)
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    assert second_checks(fast, sqlite).look() == []
    monkeypatch.delenv("AGENTCORE_STUDIO_READ_ONLY")
    here = sqlite.directory / "installation.id"
    own_id = here.read_text("ascii")
    here.write_text("another computer that shares the database", "ascii")
    assert second_checks(fast, sqlite).look() == []
    here.write_text(own_id, "ascii")
    assert [each.state for each in second_checks(fast, sqlite).look()] == ["closed"]


def test_a_check_that_cannot_be_made_is_tried_again_later(
    fast: Clients, crowded: str, sqlite: Workspace
) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    erasures.carry_out(fast, sqlite, erasure_id)
    asked = []

    def no_clients(key: str) -> Clients:
        asked.append(key)
        raise InvalidValue("There is no such profile.")

    checks = SecondChecks(lambda: sqlite, no_clients, threading.Event())
    assert (checks.look(), checks.look()) == ([], [])
    assert asked == [fast.connection.key]
    assert kept.get(sqlite, erasure_id).is_due


def test_a_check_that_fails_in_a_way_that_nobody_foresaw_does_not_end_the_others(
    sqlite: Workspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(second_checks_module, "LOOK_SECONDS", 0.0)
    looks, stopped = [], threading.Event()

    def workspace() -> Workspace:
        looks.append(1)
        if len(looks) == 1:
            raise KeyError("what user-1 said")
        stopped.set()
        return sqlite

    SecondChecks(workspace, lambda _key: pytest.fail("nothing is due"), stopped).keep_looking()
    assert len(looks) == 2
    assert "KeyError" in caplog.text and "user-1" not in caplog.text
