"""Labelled conversations through the real endpoint, by boto3: events in, what was extracted out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from benchmarks.servers import CannotMeasure, client, pending_extractions
from evaluation.labels import Conversation, Turn
from evaluation.scoring import Remembered

EXTRACTION_SECONDS = 600.0
BATCH = 100  # records of one BatchCreateMemoryRecords, the service's limit
KNOWN = "/known/"  # facts and preferences of everybody
SUMMARIES = "/summaries/"
STRATEGIES = [
    {"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": [f"{KNOWN}{{actorId}}/facts/"]}},
    {
        "userPreferenceMemoryStrategy": {
            "name": "preferences",
            "namespaceTemplates": [f"{KNOWN}{{actorId}}/preferences/"],
        }
    },
    {
        "summaryMemoryStrategy": {
            "name": "summaries",
            "namespaceTemplates": [f"{SUMMARIES}{{actorId}}/{{sessionId}}/"],
        }
    },
]


@dataclass(frozen=True)
class Served:
    """An endpoint, by its two clients."""

    url: str
    control: Any
    data: Any

    @classmethod
    def at(cls, url: str) -> Served:
        return cls(url, client("bedrock-agentcore-control", url), client("bedrock-agentcore", url))

    def new_memory(self, name: str, strategies: Sequence[dict[str, Any]] = ()) -> str:
        """The id of a new memory."""
        settings = {"memoryStrategies": list(strategies)} if strategies else {}
        answer = self.control.create_memory(name=name, eventExpiryDuration=365, **settings)
        return str(answer["memory"]["id"])

    def texts(self, memory_id: str, path: str) -> tuple[str, ...]:
        """The texts of all records below a path, oldest first."""
        pages = self.data.get_paginator("list_memory_records").paginate(
            memoryId=memory_id, namespacePath=path
        )
        found = [each["content"]["text"] for page in pages for each in page["memoryRecordSummaries"]]
        return tuple(reversed(found))

    def write(self, memory_id: str, namespace: str, texts: Sequence[str], at: datetime) -> dict[str, int]:
        """Writes texts as records; the place of each text by its new record's id."""
        places = {}
        for start in range(0, len(texts), BATCH):
            records = [
                {
                    "requestIdentifier": str(start + offset),
                    "namespaces": [namespace],
                    "content": {"text": text},
                    "timestamp": at,
                }
                for offset, text in enumerate(texts[start : start + BATCH])
            ]
            answer = self.data.batch_create_memory_records(memoryId=memory_id, records=records)
            if answer["failedRecords"]:
                raise CannotMeasure(f"A record was refused: {answer['failedRecords'][0]}")
            for made in answer["successfulRecords"]:
                places[made["memoryRecordId"]] = int(made["requestIdentifier"])
        return places

    def retrieve(self, memory_id: str, query: str, limit: int, **where: str) -> list[dict[str, Any]]:
        """The records that the product ranks best, best first."""
        criteria = {"searchQuery": query, "topK": limit}
        answer = self.data.retrieve_memory_records(
            memoryId=memory_id, searchCriteria=criteria, maxResults=limit, **where
        )
        return list(answer["memoryRecordSummaries"])

    def settle(self) -> None:
        """Waits until everything is extracted and embedded; raises CannotMeasure when that never happens."""
        deadline = time.monotonic() + EXTRACTION_SECONDS
        while pending_extractions(self.url):
            if time.monotonic() > deadline:
                raise CannotMeasure(f"Extraction is not finished after {EXTRACTION_SECONDS:.0f} s.")
            time.sleep(0.1)


def remember(served: Served, memory_id: str, conversations: Sequence[Conversation]) -> dict[str, Remembered]:
    """Tells conversations to a memory, all first sessions, then all second ones; what it made, by name."""
    for number in range(max(len(each.sessions) for each in conversations)):
        for conversation in conversations:
            for event in events_of(conversation, number):
                served.data.create_event(memoryId=memory_id, **event)
        served.settle()
    return {each.name: _remembered(served, memory_id, each.actor) for each in conversations}


def _remembered(served: Served, memory_id: str, actor: str) -> Remembered:
    return Remembered(
        facts=served.texts(memory_id, f"{KNOWN}{actor}/facts/"),
        preferences=served.texts(memory_id, f"{KNOWN}{actor}/preferences/"),
        summaries=served.texts(memory_id, f"{SUMMARIES}{actor}/"),
    )


def events_of(conversation: Conversation, number: int) -> Iterator[dict[str, Any]]:
    """What CreateEvent is given for one session of a conversation, in order; nothing when it has fewer."""
    for turn in conversation.sessions[number] if number < len(conversation.sessions) else ():
        yield {
            "actorId": conversation.actor,
            "sessionId": f"{conversation.name}-session-{number + 1}-of-the-labelled-set",
            "eventTimestamp": turn.at,
            "payload": [_strands(turn) if conversation.strands else _plain(turn.role, turn.text)],
        }


def _plain(role: str, text: str) -> dict[str, Any]:
    return {"conversational": {"role": role, "content": {"text": text}}}


def _strands(turn: Turn) -> dict[str, Any]:
    """A turn as Strands' session manager stores it: tools' results are in messages of the role user."""
    role = "assistant" if turn.role == "ASSISTANT" else "user"
    result = {"toolUseId": "tool-1", "status": "success", "content": [{"text": turn.text}]}
    block = {"toolResult": result} if turn.role == "TOOL" else {"text": turn.text}
    document = {"message": {"role": role, "content": [block]}, "message_id": 0}
    return _plain(turn.role, json.dumps(document, ensure_ascii=False))
