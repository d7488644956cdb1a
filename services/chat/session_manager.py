"""The AgentCore SDK's session manager for Strands, watched.

It is `AgentCoreMemorySessionManager` with four differences. It reports the events that it stores, what it
retrieves and the text that it puts before the user's message, and a retrieval that fails, which the SDK only
logs. Its events go to the conversation's branch. A message is stored once: an answer
that is stopped waits for the event that is being written, and a request of which nobody knows whether it was
carried out is kept, to be repeated as it was. And it restores no messages: the SDK reads only what it
wrote itself, while a conversation of this page may hold messages of other agents too, so whoever makes the
agent gives it the conversation so far.
"""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, cast

import boto3
from bedrock_agentcore.memory.integrations.strands.config import AgentCoreMemoryConfig, RetrievalConfig
from bedrock_agentcore.memory.integrations.strands.session_manager import AgentCoreMemorySessionManager
from strands.hooks import AfterInvocationEvent, HookRegistry, MessageAddedEvent
from strands.hooks.events import AgentInitializedEvent
from strands.types.session import SessionMessage

from services.chat.memory_tool import LONGEST_QUERY, RECORDS_PER_RETRIEVAL
from services.chat.places import Place
from services.chat.storing import leaves_open
from services.chat.turns import (
    AgentStep,
    ContextInjected,
    Conversation,
    EventStored,
    MemoriesRetrieved,
    Row,
    TurnFailed,
)
from services.clients import Clients
from services.faults import explain
from services.short_term.transcripts import keeps_state

LEAST_SCORE = 0.2
"""Records that score lower are not given to the model; the SDK's own default."""

Reported = EventStored | MemoriesRetrieved | ContextInjected | AgentStep | TurnFailed


class SessionManager(AgentCoreMemorySessionManager):
    """The session manager for one answer. `report` hears what it did, on the thread that did it.

    `places` are the namespace paths that it retrieves from. `unsettled` gets the requests for messages that
    failed but may have been carried out. Making one calls ListEvents, and CreateEvent in a
    session that is new to it; it raises what these raise.
    """

    def __init__(
        self,
        clients: Clients,
        conversation: Conversation,
        places: Sequence[Place],
        report: Callable[[Reported], None],
        unsettled: list[Row],
    ) -> None:
        self._report = report
        self._data = _WatchedData(clients.data, conversation, report, unsettled)
        super().__init__(
            AgentCoreMemoryConfig(
                memory_id=conversation.memory_id,
                actor_id=conversation.actor_id,
                session_id=conversation.session_id,
                retrieval_config={
                    place.path: RetrievalConfig(top_k=RECORDS_PER_RETRIEVAL, relevance_score=LEAST_SCORE)
                    for place in places
                },
            ),
            boto_session=cast(boto3.Session, _Session(clients, self._data)),
        )

    def register_hooks(self, registry: HookRegistry, **_: Any) -> None:
        """The SDK's hooks, its calls in threads: an answer can be stopped while AWS is slow.

        (The SDK's own `async_mode` does the same, with a warning for every agent.)
        """

        async def added(event: MessageAddedEvent) -> None:
            await _to_its_end(self.append_message, event.message, event.agent)
            await asyncio.to_thread(self.sync_agent, event.agent)
            await asyncio.to_thread(self.retrieve_customer_context, event)

        async def ended(event: AfterInvocationEvent) -> None:
            await asyncio.to_thread(self.sync_agent, event.agent)

        registry.add_callback(AgentInitializedEvent, lambda event: self.initialize(event.agent))
        registry.add_callback(MessageAddedEvent, added)
        registry.add_callback(AfterInvocationEvent, ended)

    def list_messages(self, *_: Any, **__: Any) -> list[SessionMessage]:
        """None: see the module."""
        return []

    def retrieve_customer_context(self, event: MessageAddedEvent) -> None:
        """As the SDK does it; what was found and injected is reported."""
        message = event.agent.messages[-1]
        before = len(message["content"])
        started = time.monotonic()
        super().retrieve_customer_context(event)
        found = self._data.taken()
        if found is None:
            return
        query, records = found
        given = [record for record in records if record.get("score", 0.0) >= LEAST_SCORE]
        self._report(MemoriesRetrieved(query, tuple(given), time.monotonic() - started))
        if weak := len(records) - len(given):
            what = "record that scores" if weak == 1 else "records that score"
            self._report(AgentStep(f"Left out {weak} {what} less than {LEAST_SCORE}"))
        if len(message["content"]) > before:
            self._report(ContextInjected(message["content"][0]["text"]))


async def _to_its_end(call: Callable[..., None], *args: object) -> None:
    """A call in a thread, which cannot be stopped: an answer that is stopped meanwhile ends after the
    call, so that it is known what was stored."""
    running = asyncio.ensure_future(asyncio.to_thread(call, *args))
    stopped: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait([running])
        except asyncio.CancelledError as error:
            stopped = error
    if stopped is not None:
        running.exception()  # seen: what could not be stored is left over, and stored by others
        raise stopped
    running.result()


class _Session:
    """What the SDK takes for a boto3 session: it asks for four clients, and making one takes a while."""

    def __init__(self, clients: Clients, data: _WatchedData) -> None:
        self.region_name = clients.session.region_name
        self._clients = {"bedrock-agentcore": data, "bedrock-agentcore-control": clients.control}

    def client(self, service_name: str, **_: Any) -> Any:
        return self._clients[service_name]


class _WatchedData:
    """The client of the data plane, for a session manager: what goes through it is noted."""

    def __init__(
        self,
        client: Any,
        conversation: Conversation,
        report: Callable[[Reported], None],
        unsettled: list[Row],
    ) -> None:
        self._client = client
        self._branch = conversation.branch
        self._report = report
        self._unsettled = unsettled
        self._query: str | None = None
        self._records: list[Row] = []
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def create_event(self, **params: Any) -> Row:
        """CreateEvent, on the branch, with a token that a repeat can name."""
        started = time.monotonic()
        branch = {"branch": self._branch.argument()} if self._branch else {}
        request = {"clientToken": str(uuid.uuid4()), **params, **branch}
        try:
            answer: Row = self._client.create_event(**request)
        except Exception as error:
            if not keeps_state(request) and leaves_open(error):
                self._unsettled.append(request)
            raise
        self._report(EventStored.by(answer, time.monotonic() - started))
        return answer

    def retrieve_memory_records(self, **params: Any) -> Row:
        """RetrieveMemoryRecords, one for each namespace, in threads of the SDK."""
        criteria = params["searchCriteria"]
        query = criteria["searchQuery"][:LONGEST_QUERY]
        try:
            answer: Row = self._client.retrieve_memory_records(
                **params | {"searchCriteria": criteria | {"searchQuery": query}}
            )
        except Exception as error:  # told, since the SDK only logs it and goes on without these records
            self._report(TurnFailed(explain(error), "retrieval"))
            raise
        with self._lock:
            self._query = query
            self._records += answer["memoryRecordSummaries"]
        return answer

    def taken(self) -> tuple[str, list[Row]] | None:
        """What was retrieved since this was last asked, best first, with the query; None for nothing."""
        with self._lock:
            query, records = self._query, self._records
            self._query, self._records = None, []
        if query is None:
            return None
        return query, sorted(records, key=lambda record: float(record.get("score", 0.0)), reverse=True)
