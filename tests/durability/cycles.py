"""Load, end, look, start, ask: again and again. The endpoint is killed, or loses its power."""

from __future__ import annotations

import random
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.durability.load import SENTENCES, STRATEGIES, Journal, Request, Worker, repeat
from tests.durability.machine import Client, Machine, UnpluggedMachine
from tests.durability.verdict import Look, Made, Verdict, examine, expected_of, extractions

WORKERS = 6
_WAIT_SECONDS = 600.0


@dataclass
class Outcome:
    """One row of the table."""

    name: str
    cycles: int = 0
    writes: int = 0
    deletes: int = 0
    repeated: int = 0
    extracted: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    recoveries: list[float] = field(default_factory=list)

    def recovery(self, share: float) -> float:
        """A percentile of the seconds from the start of the process to its first answer."""
        ordered = sorted(self.recoveries)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class Run:
    """One store that lives through many ends."""

    def __init__(self, name: str, machine: Machine, seed: int) -> None:
        self.outcome = Outcome(name)
        self.machine = machine
        self._name = f"{name}-{seed}"
        self._chance = random.Random(self._name)
        self._journals: list[Journal] = []
        self._expected: dict[str, Made] = {}
        self._calm: dict[tuple[str, str], int] = {}
        self._memory_id = ""

    def begin(self) -> None:
        """Start on nothing, make the memory, and see what undisturbed extraction gives."""
        self.machine.start()
        self.machine.recoveries.clear()  # the first start recovers nothing
        client = Client(self.machine.port)
        answer = client.ask(
            "POST",
            "/memories/create",
            {
                "name": "Durable",
                "eventExpiryDuration": 365,
                "memoryStrategies": STRATEGIES,
                "clientToken": str(uuid.UUID(int=self._chance.getrandbits(128))),
            },
        )
        self._memory_id = answer["memory"]["id"]
        calm = Journal("calm")
        for number, sentence in enumerate(SENTENCES):
            request = self._say(f"calm-{number}", sentence)
            calm.said[request.marks[0]] = sentence
            calm.sent(request)
            calm.answered(request, client.ask(request.method, request.path, request.body))
        drain(client)
        self._expected = expected_of(Look(client, self._memory_id), calm)
        client.close()
        self._journals.append(calm)

    def _say(self, mark: str, sentence: str) -> Request:
        body = {
            "actorId": "calm",
            "sessionId": mark,
            "eventTimestamp": 1772375782,
            "payload": [{"conversational": {"role": "USER", "content": {"text": sentence}}}],
            "metadata": {"mark": {"stringValue": mark}},
            "clientToken": str(uuid.UUID(int=self._chance.getrandbits(128))),
        }
        return Request("CreateEvent", "POST", f"/memories/{self._memory_id}/events", body, (mark,))

    def cycle(self) -> None:
        """Load, a crash under it, a look at the files, a start, repeated requests, the count."""
        number = self.outcome.cycles
        workers = [
            Worker(self.machine.port, self._memory_id, f"c{number}-w{each}", f"{self._name}-{number}-{each}")
            for each in range(WORKERS)
        ]
        until(lambda: _busy(workers))
        time.sleep(self._chance.uniform(0, 0.6))
        if isinstance(self.machine, UnpluggedMachine):
            self.machine.torn = number % 2 == 1
        self.machine.crash()
        for worker in workers:
            worker.wait()
        if number % 8 == 7:  # and once more, somewhere between its start and its first answer
            self.machine.spawn()
            time.sleep(self._chance.uniform(0.2, 2))
            self.machine.crash()
        self.outcome.verdict.damaged += examine(self.machine.left)
        self.machine.start()
        journals = [worker.journal for worker in workers]
        client = Client(self.machine.port)
        self.outcome.repeated += repeat(client, journals, self._chance)
        look = Look(client, self._memory_id)
        for journal in [*journals, *self._chance.sample(self._journals, min(2, len(self._journals)))]:
            self.outcome.verdict.add(look.check(journal))
        client.close()
        self._journals += journals
        self.outcome.cycles += 1

    def finish(self) -> Outcome:
        """Wait until everything is extracted, count everything again, stop, look at the files."""
        outcome = self.outcome
        client = Client(self.machine.port)
        drain(client)
        look = Look(client, self._memory_id)
        for journal in self._journals:
            outcome.verdict.add(look.check(journal))
            outcome.verdict.add(look.check_extracted(journal, self._expected))
            outcome.writes += journal.writes
            outcome.deletes += journal.deletes
            outcome.extracted += len(journal.said)
        client.close()
        if self.machine.stop() != 0:
            outcome.verdict.damaged.append(f"It did not stop in order:\n{self.machine.log()}")
        outcome.verdict.damaged += examine(self.machine.data_dir)
        outcome.verdict.extracted_wrongly += self._extracted_twice()
        outcome.recoveries = self.machine.recoveries
        return outcome

    def _extracted_twice(self) -> list[str]:
        """Sessions whose one event was not decided about as often as in the undisturbed run."""
        noted = extractions(self.machine.data_dir)
        calm = self._journals[0]
        kinds = {kind for _, kind in noted}
        wanted = {
            (sentence, kind): noted.get((mark, kind), 0)
            for mark, sentence in calm.said.items()
            for kind in kinds
        }
        wrong = []
        for journal in self._journals:
            for mark, sentence in journal.said.items():
                there = 1 in journal.events[mark]
                for kind in kinds:
                    count = noted.get((mark, kind), 0)
                    if count != wanted[sentence, kind] and (there or count):
                        wrong.append(f"{mark}, {kind}: {count} decisions")
        return wrong


def _busy(workers: list[Worker]) -> bool:
    """They write, or cannot: the memory itself may be lost."""
    return sum(worker.journal.writes for worker in workers) >= WORKERS or any(
        worker.failures for worker in workers
    )


def drain(client: Client) -> None:
    """Wait until nothing is left to be extracted."""
    until(lambda: not client.ask("GET", "/healthz")["pendingExtractions"])


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for ever."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def killed(folder: Path, cycles: int, seed: int, told: Callable[[Outcome], None] = lambda _: None) -> Outcome:
    """kill -9 at random moments."""
    return _all(Run("kill -9", Machine(folder), seed), cycles, told)


def unplugged(
    folder: Path,
    cycles: int,
    seed: int,
    told: Callable[[Outcome], None] = lambda _: None,
    synchronous: str = "FULL",
) -> Outcome:
    """Power failures; every second one leaves torn parts of what was not synced."""
    machine = UnpluggedMachine(folder, random.Random(seed), synchronous)
    name = "power failure" if synchronous == "FULL" else f"power failure, synchronous={synchronous}"
    return _all(Run(name, machine, seed), cycles, told)


def _all(run: Run, cycles: int, told: Callable[[Outcome], None]) -> Outcome:
    try:
        run.begin()
        for _ in range(cycles):
            run.cycle()
            told(run.outcome)
        return run.finish()
    finally:
        if run.machine.runs():
            run.machine.crash()


def median_start(folder: Path, times: int) -> float:
    """The floor of recovery: seconds from the start of the process to its first answer, on no data."""
    machines = [Machine(folder / f"empty-{number}") for number in range(times)]
    for machine in machines:
        machine.start()
        machine.stop()
    return statistics.median(machine.recoveries[0] for machine in machines)
