"""No room, then room again, while clients write and read."""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.durability.cycles import drain, until
from tests.durability.load import SENTENCES, STRATEGIES, Journal, Worker
from tests.durability.machine import Client, Machine, Refused, UnpluggedMachine
from tests.durability.verdict import Look, Verdict, examine, expected_of

WAYS = ("write", "sync")
_WORKERS = 4
_FAILURES = 20


@dataclass
class FullOutcome:
    """What happened while there was no room, and what was there afterwards."""

    way: str
    failures: int = 0
    misbehaviour: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)


class Filling:
    """One store whose disk becomes full, and is given room again."""

    def __init__(self, machine: Machine, outcome: FullOutcome) -> None:
        self._machine = machine
        self._outcome = outcome
        machine.start()
        self._client = Client(machine.port)
        body = {"name": "Full", "eventExpiryDuration": 365, "memoryStrategies": STRATEGIES}
        made = self._client.ask("POST", "/memories/create", body)["memory"]
        self._memory_id, self._arn = made["id"], made["arn"]
        calm = Worker(machine.port, self._memory_id, "calm", "calm")
        until(lambda: {*calm.journal.said.values()} == {*SENTENCES})
        calm.finish()
        drain(self._client)
        look = Look(self._client, self._memory_id)
        look.check(calm.journal)
        self._expected = expected_of(look, _kept(calm.journal))
        self._workers = [self._worker(f"w{number}") for number in range(_WORKERS)]
        until(lambda: all(worker.journal.writes >= 10 for worker in self._workers))

    def _worker(self, actor: str) -> Worker:
        return Worker(self._machine.port, self._memory_id, actor, actor)

    def while_full(self) -> None:
        """Writes are refused in words, of every kind; reads go on; the process stays."""
        until(lambda: sum(len(worker.failures) for worker in self._workers) >= _FAILURES)
        self._expect_refusal("ServiceException", "POST", "/memories/create", {"name": "More"} | _EXPIRY)
        tags = f"/tags/{self._arn.replace(':', '%3A').replace('/', '%2F')}"
        self._expect_refusal("InternalServerException", "POST", tags, {"tags": {"key": "x" * 200}})
        look = Look(self._client, self._memory_id)
        assert look.extracted("/facts/", "calm"), "Records cannot be read"
        self._client.ask("GET", f"/memories/{self._memory_id}/details")
        query = {"namespacePath": "/", "searchCriteria": {"searchQuery": "Where does the user live?"}}
        found = self._client.ask("POST", f"/memories/{self._memory_id}/retrieve", query)
        assert found["memoryRecordSummaries"], "Nothing is found"
        assert self._machine.runs()

    def _expect_refusal(self, code: str, method: str, path: str, body: dict[str, Any]) -> None:
        """The error is `code`, unless the write still found room in what the files have already."""
        try:
            self._client.ask(method, path, body)
        except Refused as error:
            self._note(error, code)

    def _note(self, error: Refused, code: str) -> None:
        self._outcome.failures += 1
        if (error.status, error.code) != (500, code) or "The disk is full" not in error.message:
            self._outcome.misbehaviour.append(str(error))

    def with_room(self) -> None:
        """Writes work again, what waited is extracted, and everything is there; also after a crash."""
        before = [worker.journal.writes for worker in self._workers]
        until(lambda: all(w.journal.writes > b for w, b in zip(self._workers, before, strict=True)))
        for worker in self._workers:
            worker.finish()
            for failure in worker.failures:
                self._note(failure, "ServiceException")
        drain(self._client)
        self._check()
        self._client.close()
        self._machine.crash()
        self._outcome.verdict.damaged += examine(self._machine.left)
        self._machine.start()
        self._client = Client(self._machine.port)
        self._check()
        self._client.close()
        self._machine.stop()

    def _check(self) -> None:
        look = Look(self._client, self._memory_id)
        for worker in self._workers:
            self._outcome.verdict.add(look.check(worker.journal))
            self._outcome.verdict.add(look.check_extracted(worker.journal, self._expected))


_EXPIRY = {"eventExpiryDuration": 30, "clientToken": "0" * 36}


def _kept(journal: Journal) -> Journal:
    """Only the events that were not deleted: what they gave is what each sentence gives."""
    said = {mark: sentence for mark, sentence in journal.said.items() if 1 in journal.events[mark]}
    return Journal(journal.actor, said=said)


def filled(folder: Path, way: str) -> FullOutcome:
    """A disk that is full in one of WAYS."""
    machine = UnpluggedMachine(folder, random.Random(way))
    outcome = FullOutcome(way)
    try:
        filling = Filling(machine, outcome)
        machine.full.write_text(way)
        filling.while_full()
        machine.full.unlink()
        filling.with_room()
        _start_without_room(machine, outcome, way)
    finally:
        if machine.runs():
            machine.crash()
    return outcome


def _start_without_room(machine: UnpluggedMachine, outcome: FullOutcome, way: str) -> None:
    """It starts and serves, or says in one line why not."""
    machine.full.write_text(way)
    before = len(machine.log())
    process = machine.spawn()
    until(lambda: bool(machine.said()) or not process.is_alive())
    machine.crash()
    if machine.said():
        return
    said = machine.log()[before:]
    if "disk is full" not in said or "Traceback" in said:
        outcome.misbehaviour.append(said)


def filled_tmpfs(folder: Path) -> FullOutcome | None:
    """The same on a small file system of its own, where this machine lets us mount one."""
    machine = Machine(folder)
    machine.data_dir.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "none", machine.data_dir], capture_output=True, check=False
    )
    if mounted.returncode:
        return None
    outcome = FullOutcome("tmpfs of 6 MB")
    ballast = machine.data_dir / "ballast"
    try:
        filling = Filling(machine, outcome)
        _fill(ballast)
        filling.while_full()
        ballast.unlink()
        filling.with_room()
    finally:
        if machine.runs():
            machine.crash()
        subprocess.run(["umount", machine.data_dir], check=True)
    return outcome


def _fill(ballast: Path) -> None:
    """Write until nothing fits; how much is free before says little, since the endpoint goes on writing."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
