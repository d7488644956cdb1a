"""The test agent: whoever is chosen to answer, talking for one actor in one session.

Each exchange runs in a thread of its own and is stored as an event when it ends, however it ends: what the
user wrote is never lost because a model failed or a page was left.
"""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from strands.types.content import Messages

from services.agents.rooms import AgentRoom
from services.chat import storing
from services.chat.agent_choice import AgentChoice
from services.chat.answering import Answerer
from services.chat.bedrock_agent import BedrockAgent
from services.chat.memory_tool import MemoryTool
from services.chat.memory_tool_agent import MemoryToolAgent
from services.chat.messages import (
    Outcome,
    StoreMode,
    model_messages,
    turn_metadata,
    unanswered_messages,
)
from services.chat.models import ModelChoice
from services.chat.personas import Customer
from services.chat.places import Place
from services.chat.plain_agent import PlainAgent
from services.chat.runtime_agent import RuntimeAgent
from services.chat.session_manager_agent import SessionManagerAgent
from services.chat.strands_answers import BuiltModel, Mind
from services.chat.turns import (
    Conversation,
    EventStored,
    Keeping,
    Row,
    Turn,
    TurnDone,
    TurnEvent,
    TurnFailed,
)
from services.clients import Clients
from services.faults import explain
from services.people import carried
from services.short_term.conversation_file import MessageDraft


class AnswerRunning(Exception):
    """The agent is still answering; it takes one message at a time."""


@dataclass(frozen=True)
class Chosen:
    """Who answers, and how, as it was when a message was sent."""

    agent: AgentChoice
    model: ModelChoice
    store: StoreMode

    @property
    def label(self) -> str:
        """What it is called on screen; untrusted."""
        if not self.agent.runs_here:
            return self.agent.name
        managed = " · session manager" if self.agent.kind == "session_manager" else ""
        return f"{self.model.label}{managed}"


class ChatAgent:
    """A conversation that can be continued: `earlier` are its messages so far, (role, text), oldest first.

    `places` is what is read of memory. `choice`, `model`, `store` and `agent_room` (where an agent of Bedrock
    Agents is talked to) may be changed between two turns, and so may `keeping`, which is about what this page
    stores. `on_stored` hears of every event that was written, on the worker's thread.
    """

    def __init__(
        self,
        clients: Clients,
        conversation: Conversation,
        places: Sequence[Place],
        *,
        model: ModelChoice | None = None,
        store: StoreMode = "turns",
        choice: AgentChoice | None = None,
        earlier: Sequence[tuple[str, str]] = (),
        on_stored: Callable[[EventStored], None] = lambda stored: None,
    ) -> None:
        self.clients = clients
        self.conversation = conversation
        self.model = model or ModelChoice()
        self.store: StoreMode = store
        self.keeping: Keeping = "extracted"
        self.choice = choice or AgentChoice()
        self.agent_room: AgentRoom | None = None
        self.on_stored = on_stored
        self.turns: list[Turn] = []
        self.waiting: list[str] = []
        self._places = tuple(places)
        self._tool: MemoryTool | None = None
        self._messages: Messages = model_messages(earlier)
        self._built = BuiltModel()
        self._answerers: dict[str, Answerer] = {}
        self._lock = threading.Lock()
        self._storing = threading.Lock()

    @property
    def chosen(self) -> Chosen:
        """Who answers the next message."""
        return Chosen(self.choice, self.model, self.store)

    def choose(self, chosen: Chosen) -> None:
        """Who answers from the next message on."""
        self.choice, self.model, self.store = chosen.agent, chosen.model, chosen.store

    @property
    def label(self) -> str:
        """What whoever answers the next message is called on screen; untrusted."""
        return self.chosen.label

    def _memory_tool(self) -> MemoryTool:
        if self._tool is None:
            self._tool = MemoryTool(
                self.clients.session,
                memory_id=self.conversation.memory_id,
                actor_id=self.conversation.actor_id,
                session_id=self.conversation.session_id,
                places=self._places,
                branch=self.conversation.branch,
            )
        self._tool.places = self._places
        return self._tool

    def use(self, clients: Clients) -> None:
        """Goes on with other clients, say with renewed credentials, from the next message on."""
        self.clients = clients
        self._tool = None
        self._built = BuiltModel()

    def _answerer(self) -> Answerer:
        """The agent that answers one message; nothing is sent yet."""
        agent, clients, conversation = self.choice, self.clients, self.conversation
        if agent.kind == "runtime":
            return RuntimeAgent(clients, conversation, agent, self.store, self._observed, self._owned)
        if agent.kind == "bedrock_agent":
            return BedrockAgent(self.agent_room)
        customer = Customer(clients.connection.key, conversation.memory_id, conversation.actor_id)
        mind = Mind(self.model, self._built, agent.persona, customer)
        if agent.kind == "session_manager":
            return SessionManagerAgent(mind, clients, conversation, self._places, self._observed)
        return MemoryToolAgent(mind, self._memory_tool, self.store, self._observed)

    def without_memory(self) -> Answerer:
        """Whoever answers the next message, but without memory, for a question whose answer is not stored.

        The memory of an agent on AgentCore Runtime can't be switched off from here: it is asked as by
        somebody whom it has never met.
        """
        if self.choice.kind == "runtime":
            nobody = f"without-memory-{secrets.token_hex(8)}"
            stranger = Conversation(self.conversation.memory_id, nobody, nobody)
            return RuntimeAgent(self.clients, stranger, self.choice, "turns", self._observed)
        if self.choice.kind == "bedrock_agent":
            return BedrockAgent(self.agent_room and self.agent_room.without_memory())
        return PlainAgent(self.model)

    def start_turn(self, text: str) -> Turn:
        """Sends a message and returns at once. Raises AnswerRunning while the last one is being answered."""
        with self._lock:
            if self.running is not None:
                raise AnswerRunning("The agent is still answering; stop it or wait.")
            return self._start(text)

    def send(self, text: str) -> None:
        """Sends a message, or keeps it in `waiting` until the running answer has ended."""
        with self._lock:
            if self.running is None:
                self._start(text)
            else:
                self.waiting.append(text)

    def _start(self, text: str) -> Turn:
        turn = Turn(text, self.label, self.keeping)
        self.turns.append(turn)
        self._answerers[turn.token] = self._answerer()
        threading.Thread(target=carried(self._work), args=(turn,), name="chat-turn", daemon=True).start()
        return turn

    def _end(self, turn: Turn, outcome: Outcome) -> None:
        """The end of a turn, and the beginning of the next if a message is waiting."""
        with self._lock:
            turn.append(TurnDone(stopped=outcome == "stopped"))
            if self.waiting:
                self._start(self.waiting.pop(0))

    @property
    def running(self) -> Turn | None:
        """The turn that is being answered, if any."""
        return self.turns[-1] if self.turns and self.turns[-1].done is None else None

    def read_from(self, places: Sequence[Place]) -> None:
        """Changes where memory is read: a strategy was added."""
        self._places = tuple(places)

    def forget(self, gone: Collection[Turn], spoken: Iterable[tuple[str, str]]) -> bool:
        """Drops turns and takes `spoken`, (role, text) oldest first, for the conversation so far.

        Nothing happens while an answer is on its way, which builds on the conversation as it was: False.
        """
        with self._lock:
            if self.running is not None:
                return False
            self.turns = [turn for turn in self.turns if turn not in gone]
            self._answerers = {turn.token: self._answerers[turn.token] for turn in self.turns}
            self._messages = model_messages(spoken)
            return True

    def cancel(self) -> None:
        """Stops the running answer, if any."""
        if (turn := self.running) is not None:
            turn.cancel()

    def store_again(self, turn: Turn) -> None:
        """Tries again to store a finished turn that could not be stored."""
        with self._storing:
            if turn.done is not None and turn.unstored:
                failed = any(failure.what == "answer" for failure in turn.failures)
                self._store(turn, "stopped" if turn.done.stopped else "failed" if failed else "answered")

    def _work(self, turn: Turn) -> None:
        """The worker thread; it may outlive the turn, waiting for a silent server's last read."""
        try:
            asyncio.run(self._exchange(turn))
        finally:
            if turn.done is None:  # a defect of ours: it is logged, and the page must not wait for ever
                self._end(turn, "failed")

    async def _exchange(self, turn: Turn) -> None:
        answerer = self._answerers[turn.token]
        answering = asyncio.ensure_future(answerer.answer(turn, self._messages))
        turn.on_cancel(_canceller(answering))
        outcome: Outcome = "answered"
        try:
            self._messages = await answering
        except asyncio.CancelledError:
            outcome = "stopped"
        except Exception as error:  # whatever a model server does is shown, not raised
            outcome = "failed"
            turn.append(TurnFailed(answerer.explain(error)))
        finally:
            turn.on_cancel(None)
        if outcome != "answered":
            self._messages += unanswered_messages(turn, outcome)
        self._store(turn, outcome)
        self._end(turn, outcome)
        if storing.may_pass(turn):
            storing.keep_trying(turn, self.store_again)

    def _owned(self) -> set[str]:
        """The ids of the events as which turns of this chat are stored."""
        return {event_id for turn in self.turns for event_id in turn.event_ids}

    def _observed(self, turn: Turn, event: TurnEvent) -> None:
        turn.append(event)
        if isinstance(event, EventStored) and not event.keeps_state:
            self.on_stored(event)

    def _store(self, turn: Turn, outcome: Outcome) -> None:
        """Writes what the agent left to be stored as one event; a failure is in the turn, where `store_again`
        finds it.

        The request is the same each time, client token included, so that a repeat writes nothing twice.
        """
        if turn.keeping == "nothing":
            return
        try:
            while turn.unsettled:
                self._create_event(turn, turn.unsettled[0])
                del turn.unsettled[0]
            if messages := self._answerers[turn.token].left_to_store(turn):
                self._create_event(turn, self._request(turn, messages, outcome))
        except Exception as error:  # shown, and kept to be stored again
            turn.append(TurnFailed(explain(error), "storage"))

    def _create_event(self, turn: Turn, request: Row) -> None:
        started = time.monotonic()
        answer = self.clients.data.create_event(**request)
        extracted = request.get("extractionMode") != "SKIP"
        self._observed(turn, EventStored.by(answer, time.monotonic() - started, extracted=extracted))

    def _request(self, turn: Turn, messages: Sequence[MessageDraft], outcome: Outcome) -> Row:
        """CreateEvent's, for what is left to be stored of a turn."""
        branch = self.conversation.branch
        return {
            "memoryId": self.conversation.memory_id,
            "actorId": self.conversation.actor_id,
            "sessionId": self.conversation.session_id,
            "eventTimestamp": _moment(turn),
            "payload": [message.payload() for message in messages],
            "metadata": turn_metadata(turn, outcome),
            "clientToken": turn.token,
            **({"branch": branch.argument()} if branch else {}),
            **storing.kept_as(turn.keeping),
        }


def _moment(turn: Turn) -> datetime:
    """When what is stored of a turn was said: after what is stored already, on the service's own clock."""
    stored = [each.event["eventTimestamp"] for each in turn.stored]
    if not stored:
        return datetime.fromtimestamp(turn.started_at, UTC)
    latest: datetime = max(stored)
    return latest + timedelta(milliseconds=1)


def _canceller(answering: asyncio.Future[Messages]) -> Callable[[], None]:
    """Something that cancels the answer from any thread."""
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        loop.call_soon_threadsafe(answering.cancel)

    return cancel
