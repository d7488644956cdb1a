"""The memory tool of the test agent: Strands' AgentCoreMemoryToolProvider, watched.

It is the tool of the AWS guide with four differences. It reads every place that the memory's strategies
write for the actor, not one namespace only. It reports what it retrieved and stored, and stores on the
conversation's branch. It keeps no more of a turn than the user wants kept. And it does not delete: what a
memory says could otherwise talk a model into deleting others.
"""

import copy
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config
from strands_tools.agent_core_memory import AgentCoreMemoryToolProvider

from services import concurrently
from services.chat import storing
from services.chat.places import Place
from services.chat.turns import BranchPoint, EventStored, Keeping, MemoriesRetrieved, Row

# RetrieveMemoryRecords takes a searchQuery of 1 to 10,000 characters.
LONGEST_QUERY = 10_000
RECORDS_PER_RETRIEVAL = 10
USER_AGENT = "agentcore-memory-studio"

Observer = Callable[[MemoriesRetrieved | EventStored], None]


class MemoryTool(AgentCoreMemoryToolProvider):
    """The tool `agent_core_memory` for one actor and session; each answer uses its own (`for_answer`)."""

    def __init__(
        self,
        session: boto3.Session,
        *,
        memory_id: str,
        actor_id: str,
        session_id: str,
        places: Sequence[Place],
        branch: BranchPoint | None = None,
    ) -> None:
        super().__init__(
            memory_id=memory_id,
            actor_id=actor_id,
            session_id=session_id,
            namespace=places[0].path if places else "/",  # the provider wants one; `places` is what is read
            region=session.region_name,
            boto_session=session,
            boto_client_config=Config(user_agent_extra=USER_AGENT),
        )
        self.places = tuple(places)
        self.branch = branch
        self.observe: Observer = lambda event: None
        self.keeping: Keeping = "extracted"

    def for_answer(self, keeping: Keeping, observe: Observer) -> "MemoryTool":
        """This tool for one answer. `keeping` is what may be kept of it; `observe` hears on the tool's thread
        what was done, also when that ends after the answer was stopped. The client is shared: making one
        takes its time."""
        tool = copy.copy(self)
        tool.keeping = keeping
        tool.observe = observe
        return tool

    def retrieve_memory_records(
        self,
        memory_id: str,
        namespace: str,
        search_query: str,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Row:
        """The best records of all places together; `namespace` and `next_token` have no meaning here."""
        started = time.monotonic()
        query = search_query[:LONGEST_QUERY]
        answers = concurrently.each(lambda place: self._retrieve(memory_id, place, query), self.places)
        found = [record for records in answers for record in records]
        found.sort(key=lambda record: record.get("score", 0.0), reverse=True)
        best = found[: max_results or RECORDS_PER_RETRIEVAL]
        self.observe(
            MemoriesRetrieved(
                query=query,
                records=tuple(best),
                seconds=time.monotonic() - started,
            )
        )
        return {"memoryRecordSummaries": best}

    def _retrieve(self, memory_id: str, place: Place, query: str) -> list[Row]:
        answer = self.bedrock_agent_core_client.retrieve_memory_records(
            memoryId=memory_id,
            searchCriteria={"searchQuery": query, "topK": RECORDS_PER_RETRIEVAL},
            **place.arguments(),
        )
        records: list[Row] = answer["memoryRecordSummaries"]
        return records

    def list_memory_records(
        self, memory_id: str, namespace: str, max_results: int | None = None, next_token: str | None = None
    ) -> Row:
        """The newest records of each place; `namespace` and `next_token` have no meaning here."""
        limit = max_results or RECORDS_PER_RETRIEVAL
        answers = concurrently.each(
            lambda place: self.bedrock_agent_core_client.list_memory_records(
                memoryId=memory_id, maxResults=limit, **place.arguments()
            ),
            self.places,
        )
        found = [record for answer in answers for record in answer["memoryRecordSummaries"]]
        return {"memoryRecordSummaries": found[:limit]}

    def create_event(
        self,
        memory_id: str,
        actor_id: str,
        session_id: str,
        content: str,
        event_timestamp: datetime | None = None,
    ) -> dict[str, Any]:
        """What the agent decided to record: an event with one ASSISTANT message, as the provider does.

        Refused where nothing of the turn may be kept; the text reaches the model as the tool's result.
        """
        if self.keeping == "nothing":
            raise PermissionError("The user does not want anything of this message to be recorded.")
        started = time.monotonic()
        answer: Row = self.bedrock_agent_core_client.create_event(
            memoryId=memory_id,
            actorId=actor_id,
            sessionId=session_id,
            eventTimestamp=event_timestamp or datetime.now(UTC),
            payload=[{"conversational": {"content": {"text": content}, "role": "ASSISTANT"}}],
            **({"branch": self.branch.argument()} if self.branch else {}),
            **storing.kept_as(self.keeping),
        )
        extracted = self.keeping == "extracted"
        self.observe(EventStored.by(answer, time.monotonic() - started, extracted=extracted))
        return answer

    def delete_memory_record(self, memory_id: str, memory_record_id: str) -> Row:
        """Refused; the text reaches the model as the tool's result."""
        raise PermissionError(
            "The test agent does not delete memories. Records can be deleted on their own page."
        )
