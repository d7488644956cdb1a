"""Sends the cases, judges the answers, counts."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from botocore.model import OperationModel

from services.aws_local.wire.service_models import operation_model
from tests.fuzz import judge, world
from tests.fuzz.damage import Expect
from tests.fuzz.requests import Case, Cases
from tests.fuzz.wire import SECONDS, Answer, Connection, NoAnswer, Request, request_for

_CONTROL, _DATA = "bedrock-agentcore-control", "bedrock-agentcore"
_AGENTS = "bedrock-agent"
_WHEN = 1_772_375_782.346
_READY_SECONDS = 60.0
_LONGEST_LINE = 4_000


@dataclass(frozen=True)
class Finding:
    """An answer, or none, that should not be; `request` is the line that `--replay` takes."""

    operation: str
    kind: str
    text: str
    request: str

    def __str__(self) -> str:
        return f"{self.operation}, {self.kind}: {self.text}\n  --replay '{self.request[:_LONGEST_LINE]}'"


@dataclass
class Tally:
    """Counts of one operation."""

    answers: Counter[int] = field(default_factory=Counter)
    findings: int = 0
    slowest: float = 0.0


class Campaign:
    """One run against the endpoint on a port of this machine."""

    def __init__(
        self,
        port: int,
        seed: int,
        operations: list[OperationModel] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self.connection = Connection(port, seconds)
        self.world = world.World()
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.kinds: dict[str, Counter[str]] = defaultdict(Counter)
        self.findings: list[Finding] = []
        self._cases = Cases(Random(seed), self.world, operations)

    def run(self, requests: int) -> None:
        """Send that many requests, besides those that make the memories they are about."""
        furnish(self)
        for _ in range(requests):
            self.send(self._cases.next())
            self._clean()
        self.connection.close()

    def send(self, case: Case) -> Answer | None:
        """One case: its answer, judged and counted; None when none came."""
        started = time.monotonic()
        try:
            answer = self.connection.ask(case.request)
        except NoAnswer as silence:
            if case.expect is not Expect.NO_HTTP or "no answer" in str(silence):
                self._note(case, str(silence))
            return None
        tally = self.tallies[case.operation.name if case.is_implemented else "(not implemented)"]
        tally.slowest = max(tally.slowest, time.monotonic() - started)
        tally.answers[answer.status] += 1
        self._count(case, answer)
        for text in self._judged(case, answer):
            self._note(case, text)
        if answer.status < 300 and case.expect is Expect.AS_THE_MODEL:
            self.world.learn(case.operation, case.params, judge.json_of(answer) or {})
        return answer

    @staticmethod
    def _judged(case: Case, answer: Answer) -> Iterator[str]:
        if not case.is_implemented:
            return judge.not_implemented(case.operation, answer)
        return judge.findings(case.operation, answer, case.wrong, case.expect)

    def _count(self, case: Case, answer: Answer) -> None:
        judged = {True: "invalid", False: "valid"}[bool(case.wrong) or case.expect is Expect.REFUSED]
        outcome = "accepted" if answer.status < 400 else "refused"
        self.kinds[case.kind][f"{judged} {outcome}"] += 1

    def _note(self, case: Case, text: str) -> None:
        self.tallies[case.operation.name].findings += 1
        request = self.world.anonymous(case.request.text())
        self.findings.append(Finding(case.operation.name, case.kind, text, request))

    def _clean(self) -> None:
        """Delete the memories that are too many."""
        delete = operation_model(_CONTROL, "DeleteMemory")
        while self.world.waiting:
            self.connection.ask(request_for(delete, {"memoryId": self.world.waiting.pop()}))

    def call(self, service: str, operation: str, **params: Any) -> Any:
        """One call that has to succeed; its document."""
        model = operation_model(service, operation)
        answer = self.connection.ask(request_for(model, params))
        if answer.status >= 400:
            raise RuntimeError(f"{operation}: {answer.status} {answer.body[:300]!r}")
        document = judge.json_of(answer)
        self.world.learn(model, params, document)
        return document


def furnish(campaign: Campaign) -> None:
    """Memories with every kind of strategy, events and records: what requests can be about."""
    strategies = [
        {"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": ["/facts/{actorId}/"]}},
        {"userPreferenceMemoryStrategy": {"name": "preferences"}},
        {"summaryMemoryStrategy": {"name": "summaries"}},
        {"episodicMemoryStrategy": {"name": "episodes"}},
    ]
    keys = [
        {"key": "priority", "type": "STRING"},
        {"key": "score", "type": "NUMBER"},
        {"key": "labels", "type": "STRINGLIST"},
    ]
    for name in ("Fuzz", "Fuzz_plain"):
        given = {"memoryStrategies": strategies, "indexedKeys": keys} if name == "Fuzz" else {}
        campaign.call(
            _CONTROL, "CreateMemory", name=name, eventExpiryDuration=30, clientToken=name * 9, **given
        )
    memory_id = campaign.world.ids["memoryId"][0]
    _wait_until_active(campaign, memory_id)
    for actor in world.ACTORS:
        for session in world.SESSIONS:
            turn = {"conversational": {"role": "USER", "content": {"text": f"I am {actor} and I like tea."}}}
            where = {"memoryId": memory_id, "actorId": actor, "sessionId": session}
            campaign.call(
                _DATA, "CreateEvent", **where, eventTimestamp=_WHEN, payload=[turn, {"blob": {"a": [1]}}]
            )
    records = [
        {
            "requestIdentifier": str(number),
            "namespaces": [namespace],
            "content": {"text": "I like tea."},
            "timestamp": _WHEN,
            "metadata": {"priority": {"stringValue": "high"}, "score": {"numberValue": number}},
        }
        for number, namespace in enumerate(world.NAMESPACES * 4)
    ]
    campaign.call(_DATA, "BatchCreateMemoryRecords", memoryId=memory_id, records=records)
    furnish_agents(campaign)


def furnish_agents(campaign: Campaign) -> None:
    """An agent with a function, prepared, with an alias and a session."""
    agent = {
        "agentName": "fuzz",
        "instruction": "You are an agent that is made from a service model.",
        "foundationModel": "anthropic.claude-3-sonnet-20240229-v1:0",
        "agentResourceRoleArn": "arn:aws:iam::123456789012:role/agent",
        "memoryConfiguration": {"enabledMemoryTypes": ["SESSION_SUMMARY"]},
    }
    agent_id = campaign.call(_AGENTS, "CreateAgent", **agent)["agent"]["agentId"]
    tea = {"name": "order_tea", "parameters": {"kind": {"type": "string", "required": True}}}
    campaign.call(
        _AGENTS,
        "CreateAgentActionGroup",
        agentId=agent_id,
        agentVersion="DRAFT",
        actionGroupName="tea",
        functionSchema={"functions": [tea]},
    )
    campaign.call(_AGENTS, "PrepareAgent", agentId=agent_id)
    campaign.call(_AGENTS, "CreateAgentAlias", agentId=agent_id, agentAliasName="live")


def _wait_until_active(campaign: Campaign, memory_id: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while campaign.call(_CONTROL, "GetMemory", memoryId=memory_id)["memory"]["status"] != "ACTIVE":
        if time.monotonic() > deadline:
            raise RuntimeError("the memory did not become ACTIVE")
        time.sleep(0.05)


def replay(campaign: Campaign, text: str) -> Answer:
    """Send a finding's request again, about things that exist now."""
    furnish(campaign)
    return campaign.connection.ask(Request.of_text(campaign.world.named(text)))


def resident_mb(pid: int) -> float:
    """How much memory a process holds, in MB."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
