"""What exists at the endpoint: the ids that requests name, so that they are about something real."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

from botocore.model import OperationModel

ACTORS = ["alice", "team/bob", "crm:contact:1", "Zoe_9"]
SESSIONS = ["session-1", "s2", "S_3"]
NAMESPACES = [
    "/facts/alice/",
    "/facts/alice",
    "/facts",
    "/",
    "/notes/team/bob/",
    "/summaries/alice/session-1/",
]
BRANCHES = ["main", "fork", "fork-2"]
KEYS = ["priority", "score", "labels", "project", "x-amz-agentcore-memory-createdAt"]
MEMORIES_KEPT = 6
AGENT_SERVICES = ("bedrock-agent", "bedrock-agent-runtime")
IDS_KEPT = 60
TOKENS_KEPT = 40


class World:
    """Ids by the member that names them; what an answer brings is added, what is gone is removed.

    `waiting` are memories beyond `MEMORIES_KEPT`, to be deleted so that a long run does not drown in them.
    """

    def __init__(self) -> None:
        self.ids: dict[str, list[str]] = defaultdict(list)
        self.ids |= {
            "actorId": ACTORS, "sessionId": SESSIONS, "namespace": NAMESPACES, "namespacePath": NAMESPACES,
            "branch": BRANCHES, "metadataKey": KEYS,
        }  # fmt: skip
        self.events: list[dict[str, str]] = []
        self.records: list[dict[str, str]] = []
        self.aliases: list[dict[str, str]] = []
        self.groups: list[dict[str, str]] = []
        self.versions: list[dict[str, str]] = []
        self.pages: list[tuple[OperationModel, dict[str, Any]]] = []
        self.writes: list[tuple[OperationModel, dict[str, Any]]] = []
        self.waiting: list[str] = []

    def pick(self, random: Random, name: str) -> str | None:
        """An id for a member of this name, or None when nothing of the kind exists."""
        known = self.ids.get(_KINDS.get(name, name))
        return random.choice(known) if known else None

    def about(self, random: Random, operation: OperationModel) -> dict[str, str]:
        """The ids of one thing that an operation may be about: an event with its memory and session, …"""
        if operation.service_model.service_name in AGENT_SERVICES:
            return self._about_agent(random, operation)
        memory = {"memoryId": self._memory(random, operation)}
        if operation.name.endswith("Event") and self.events:
            return memory | random.choice(self.events)
        if "MemoryRecord" in operation.name and self.records:
            return memory | random.choice(self.records)
        return memory

    def _about_agent(self, random: Random, operation: OperationModel) -> dict[str, str]:
        """The first agent is never deleted; the ids of another belong together too."""
        first, *others = self.ids["agentId"] or ["GONEAGENT1"]
        agent = {"agentId": random.choice(others) if others and random.random() < 0.2 else first}
        where = {"agentAliasId": "TSTALIASID", "memoryId": "fuzz-anna", "sessionId": "session-1"}
        if operation.name == "DeleteAgent":
            return {"agentId": random.choice(others or ["GONEAGENT1"])}
        if "Resource" in operation.name:
            return {"resourceArn": random.choice(self.ids["agentArn"])}
        by_word = {"Alias": self.aliases, "ActionGroup": self.groups, "Version": self.versions}
        for word, known in by_word.items():
            if word in operation.name and known:
                deleted = known[1:] if operation.name.startswith("Delete") else known  # the first one stays
                return where | (random.choice(deleted) if deleted else {"agentId": first})
        version = "1" if "AgentVersion" in operation.name else "DRAFT"
        return where | agent | {"agentVersion": version}

    def _memory(self, random: Random, operation: OperationModel) -> str:
        """Mostly the first memory, where most of the data is; that one is never deleted."""
        first, *others = self.ids["memoryId"]
        if operation.name == "DeleteMemory" or (others and random.random() < 0.3):
            return random.choice(others or ["Gone-a1B2c3D4e5"])
        return first

    def learn(self, operation: OperationModel, params: dict[str, Any], answer: Any) -> None:
        """Keep what a successful answer names, and forget what it deleted."""
        if operation.name.startswith(("Delete", "BatchDelete")):
            for name in ("eventId", "memoryRecordId", "memoryId"):
                self._forget(name, _found(answer, name))
            if operation.name == "DeleteAgent":
                self._forget("agentId", [params["agentId"]])
            return
        if operation.service_model.service_name in AGENT_SERVICES:
            self._learn_agent(operation, params, answer)
        if isinstance(answer, dict) and "memory" in answer:
            self._learn_memory(answer["memory"])
        for name in ("eventId", "memoryRecordId", "jobID"):
            self._keep(name, _found(answer, name))
        if operation.name == "CreateEvent":
            names = ("memoryId", "actorId", "sessionId", "eventId")
            self._add(self.events, {name: answer["event"][name] for name in names})
        if operation.name in {"BatchCreateMemoryRecords", "ListMemoryRecords"}:
            for identifier in _found(answer, "memoryRecordId")[:5]:
                self._add(self.records, {"memoryId": params["memoryId"], "memoryRecordId": identifier})
        if isinstance(answer, dict) and answer.get("nextToken"):
            self._remember(self.pages, operation, params | {"nextToken": answer["nextToken"]})
        if "clientToken" in params:
            self._remember(self.writes, operation, params)

    def _learn_agent(self, operation: OperationModel, params: dict[str, Any], answer: Any) -> None:
        for name in ("agentId", "agentArn"):
            self._keep(name, _found(answer.get("agent"), name))
        alias, group = answer.get("agentAlias"), answer.get("agentActionGroup")
        if operation.name == "CreateAgentAlias":
            self._add(self.aliases, {name: alias[name] for name in ("agentId", "agentAliasId")})
            version = alias["routingConfiguration"][0]["agentVersion"]
            self._add(self.versions, {"agentId": alias["agentId"], "agentVersion": version})
        if operation.name == "CreateAgentActionGroup":
            names = ("agentId", "agentVersion", "actionGroupId")
            self._add(self.groups, {name: group[name] for name in names})

    def _learn_memory(self, memory: dict[str, Any]) -> None:
        self._keep("memoryId", [memory["id"]])
        self._keep("memoryArn", [memory["arn"]])
        self.ids["strategyId"] = [
            *[each["strategyId"] for each in memory.get("strategies", [])],
            *self.ids["strategyId"][:IDS_KEPT],
        ]
        while len(self.ids["memoryId"]) > MEMORIES_KEPT:
            self.waiting.append(self.ids["memoryId"].pop(1))  # the first stays: most of the data is in it

    def _keep(self, name: str, found: list[str]) -> None:
        known = self.ids[name]
        known += [identifier for identifier in found if identifier not in known]
        del known[:-IDS_KEPT]

    def _forget(self, name: str, gone: list[str]) -> None:
        self.ids[name] = [identifier for identifier in self.ids[name] if identifier not in gone]
        for known in (self.events, self.records, self.aliases, self.groups, self.versions):
            known[:] = [each for each in known if each.get(name) not in gone]
        if name == "memoryId":
            self.ids["memoryArn"] = [arn for arn in self.ids["memoryArn"] if not arn.endswith(tuple(gone))]

    @staticmethod
    def _add(where: list[dict[str, str]], ids: dict[str, str]) -> None:
        where.append(ids)
        del where[:-IDS_KEPT]

    @staticmethod
    def _remember(
        where: list[tuple[OperationModel, dict[str, Any]]], operation: OperationModel, params: dict[str, Any]
    ) -> None:
        where.append((operation, params))
        del where[:-TOKENS_KEPT]

    def anonymous(self, text: str) -> str:
        """The text with the ids of this run replaced by `<memoryId>` and the like, for a later replay."""
        for kind in _MADE:
            for identifier in sorted(self.ids[kind], key=len, reverse=True):
                text = text.replace(identifier, f"<{kind}>").replace(_encoded(identifier), f"<{kind}>")
        return text

    def named(self, text: str) -> str:
        """The reverse: ids of this run in the places that `anonymous` left."""
        for kind in _MADE:
            if self.ids[kind]:
                text = text.replace(f"<{kind}>", self.ids[kind][0])
        return text


_MADE = ("agentArn", "agentId", "memoryArn", "memoryId", "strategyId", "eventId", "memoryRecordId", "jobID")
_KINDS = {
    "resourceArn": "memoryArn", "memoryStrategyId": "strategyId", "rootEventId": "eventId", "jobId": "jobID",
}  # fmt: skip


def _encoded(identifier: str) -> str:
    return identifier.replace(":", "%3A").replace("/", "%2F").replace("#", "%23")


def _found(answer: Any, name: str) -> list[str]:
    """All texts under `name` in a document."""
    if isinstance(answer, list):
        return [found for each in answer for found in _found(each, name)]
    if not isinstance(answer, dict):
        return []
    here = [answer[name]] if isinstance(answer.get(name), str) else []
    return here + [found for each in answer.values() for found in _found(each, name)]
