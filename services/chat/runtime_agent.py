"""An agent on Amazon Bedrock AgentCore Runtime, talked with by InvokeAgentRuntime."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError
from strands.types.content import Messages
from urllib3.exceptions import HTTPError, ReadTimeoutError

from services.chat import runtime_answers
from services.chat.agent_choice import AgentChoice, check_agent_choice, filled_payload
from services.chat.answering import exchanged, read_in_thread
from services.chat.messages import StoreMode, turn_messages
from services.chat.model_faults import EmptyAnswer
from services.chat.runtime_answers import AgentReported
from services.chat.turns import AgentStep, Conversation, EventStored, TextDelta, Turn, TurnFailed
from services.clients import Clients
from services.errors import IncompleteAnswer
from services.faults import CALL_ERRORS, Fault, explain
from services.listing import Listing, collect, pages
from services.short_term.conversation_file import MessageDraft
from services.short_term.events import list_events
from services.short_term.transcripts import turns as pieces

Row = dict[str, Any]

# runtimeSessionId takes 33 to 256 characters (service model), a session of memory has 1 to 100.
_DIGEST = 32
PIECE_BYTES = 8_192
# Whether the agent has stored the exchange is looked up at its end, and once more for one that does it late.
NEWEST_EVENTS = 20
LATE_SECONDS = 1.0
_CLOCKS_DIFFER_SECONDS = 60.0


def list_runtimes(clients: Clients, limit: int | None = 200) -> Listing[Row]:
    """ListAgentRuntimes' summaries (agentRuntimeArn, agentRuntimeName, status), in the service's order."""
    found = pages(clients.control, "list_agent_runtimes", limit, {})
    return collect(found, "agentRuntimes", limit)


def runtime_session_id(conversation: Conversation) -> str:
    """The agent's session for a conversation: always the same, and no other's of any memory, nor another
    branch's."""
    place = [conversation.memory_id, conversation.actor_id, conversation.session_id]
    if conversation.branch is not None:
        place.append(conversation.branch.name)
    digest = hashlib.sha256("\0".join(place).encode()).hexdigest()[:_DIGEST]
    return f"{conversation.session_id}-{digest}"


@dataclass(frozen=True)
class RuntimeAgent:
    """`store`: whether this page stores the turns, or the agent does so itself, into the same session.
    `owned` are the ids of the events that this chat's turns have already.
    """

    clients: Clients
    conversation: Conversation
    choice: AgentChoice
    store: StoreMode
    observed: Callable[[Turn, EventStored], None]
    owned: Callable[[], Collection[str]] = tuple

    async def answer(self, turn: Turn, earlier: Messages) -> Messages:
        """See Answerer. The agent keeps its session's history itself, so `earlier` is not sent."""
        check_agent_choice(self.choice)
        again_after = LATE_SECONDS
        try:
            async for event in read_in_thread(lambda: self._events(turn)):
                turn.append(event)
            if not turn.answer.strip():
                raise EmptyAnswer("The answer has no text.")
        except asyncio.CancelledError:
            again_after = 0.0  # who stops an answer does not want to wait
            raise
        finally:
            if self.store == "agent":
                await self._look_what_it_stored(turn, again_after)
        return exchanged(turn, earlier)

    def _events(self, turn: Turn) -> Iterator[TextDelta | AgentStep]:
        """The answer as it comes, read until its end."""
        place = self.conversation
        values = {"prompt": turn.text, "actor_id": place.actor_id, "session_id": place.session_id}
        answer = self.clients.streaming("bedrock-agentcore").invoke_agent_runtime(
            agentRuntimeArn=self.choice.runtime_arn,
            qualifier=self.choice.qualifier,
            runtimeSessionId=runtime_session_id(place),
            contentType="application/json",
            accept="text/event-stream, application/json",
            payload=filled_payload(self.choice.payload, values),
        )
        body = answer["response"]
        try:
            yield from runtime_answers.events(answer.get("contentType", ""), _as_it_comes(body))
        finally:
            body.close()

    async def _look_what_it_stored(self, turn: Turn, again_after: float) -> None:
        """Finds the events that the agent wrote of this exchange, however it ended. A look that fails is told
        beside the answer, which it does not change."""
        try:
            found = await asyncio.to_thread(self._found_stored, turn)
            if not found and again_after:
                await asyncio.sleep(again_after)
                await asyncio.to_thread(self._found_stored, turn)
        except CALL_ERRORS as error:
            turn.append(TurnFailed(explain(error), "retrieval"))

    def _found_stored(self, turn: Turn) -> bool:
        place = self.conversation
        listed = list_events(
            self.clients, place.memory_id, place.actor_id, place.session_id, limit=NEWEST_EVENTS
        )
        said = {turn.text.strip(), turn.answer.strip()} - {""}
        owned = self.owned()
        earliest = turn.started_at - _CLOCKS_DIFFER_SECONDS
        own = [
            event
            for event in reversed(listed.rows)
            if event["eventId"] not in owned
            and event["eventTimestamp"].timestamp() >= earliest
            and any(piece.text.strip() in said for piece in pieces([event]))
        ]
        for event in own:
            self.observed(turn, EventStored(event, turn.seconds))
        return bool(own)

    def left_to_store(self, turn: Turn) -> list[MessageDraft]:
        """See Answerer."""
        return turn_messages(turn) if self.store == "turns" else []

    def explain(self, error: BaseException) -> Fault:
        """See Answerer."""
        if isinstance(error, AgentReported):
            return _fault(
                "The agent reported an error",
                "It was reached, and answered that it failed. What it said is in the details.",
                "Look at the agent's log (on AWS: in CloudWatch), correct it, and send again.",
                str(error),
            )
        if isinstance(error, EmptyAnswer):
            return _fault(
                "The agent gave an empty answer",
                "It ended without a word that could be found in what it sent.",
                "Check that it reads the payload as it is sent (Who answers → Payload), and send again.",
                str(error),
            )
        fault = explain(error)
        if (
            isinstance(error, ClientError)
            and error.response.get("Error", {}).get("Code") == "RuntimeClientError"
        ):
            return replace(
                fault,
                title="The agent on AgentCore Runtime failed",
                meaning="AgentCore Runtime was reached; the agent could not be started, or answered with an "
                "error.",
                next_step="Look at the agent's log (on AWS: in CloudWatch), correct it, and send again.",
            )
        return fault


def _fault(title: str, meaning: str, next_step: str, detail: str) -> Fault:
    return Fault("service", "InvokeAgentRuntime", None, title, meaning, next_step, detail, None)


def _as_it_comes(body: Any) -> Iterator[bytes]:
    """The bytes of boto3's streaming body as soon as they are there: its own iterators wait until a piece is
    full. Raises TimeoutError and IncompleteAnswer."""
    try:
        while chunk := body._raw_stream.read1(PIECE_BYTES):
            yield chunk
    except ReadTimeoutError as error:
        raise TimeoutError(str(error)) from error
    except HTTPError as error:
        raise IncompleteAnswer("InvokeAgentRuntime", [f"the rest of the answer ({error})"]) from error
