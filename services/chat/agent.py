"""The test agent: a Strands agent with AgentCore's memory tool, talking for one actor in one session.

Each exchange runs in a thread of its own and is stored as an event when it ends, however it ends: what the
user wrote is never lost because a model failed or a page was left.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime

from strands import Agent, ModelRetryStrategy
from strands.agent.agent_result import AgentResult
from strands.hooks import BeforeToolCallEvent, HookProvider, HookRegistry
from strands.models.model import Model
from strands.types.content import Messages

from services.chat.memory_tool import MemoryTool
from services.chat.messages import (
    Outcome,
    StoreMode,
    model_messages,
    system_prompt,
    turn_messages,
    turn_metadata,
    unanswered_messages,
)
from services.chat.model_faults import EmptyAnswer, ToolCallLimitReached, explain_model_error
from services.chat.models import ModelChoice, build_model
from services.chat.places import Place
from services.chat.turns import (
    Conversation,
    EventStored,
    MemoriesRetrieved,
    TextDelta,
    ToolCalled,
    Turn,
    TurnDone,
    TurnFailed,
)
from services.clients import Clients
from services.faults import explain
from services.people import carried

TOOL_CALLS_PER_TURN = 8


class AnswerRunning(Exception):
    """The agent is still answering; it takes one message at a time."""


class ChatAgent:
    """A conversation that can be continued: `earlier` are its messages so far, (role, text), oldest first.

    `places` is what the memory tool reads. `model` and `store` may be changed between two turns. `on_stored`
    hears of every event that was written, on the worker's thread.
    """

    def __init__(
        self,
        clients: Clients,
        conversation: Conversation,
        places: Sequence[Place],
        *,
        model: ModelChoice | None = None,
        store: StoreMode = "turns",
        earlier: Sequence[tuple[str, str]] = (),
        on_stored: Callable[[EventStored], None] = lambda stored: None,
    ) -> None:
        self.clients = clients
        self.conversation = conversation
        self.model = model or ModelChoice()
        self.store: StoreMode = store
        self.on_stored = on_stored
        self.turns: list[Turn] = []
        self.waiting: list[str] = []
        self._tool = self._memory_tool(places)
        self._messages: Messages = model_messages(earlier)
        self._built: tuple[ModelChoice, Model] | None = None
        self._lock = threading.Lock()

    def _memory_tool(self, places: Sequence[Place]) -> MemoryTool:
        return MemoryTool(
            self.clients.session,
            memory_id=self.conversation.memory_id,
            actor_id=self.conversation.actor_id,
            session_id=self.conversation.session_id,
            places=places,
            observe=lambda event: None,
        )

    def use(self, clients: Clients) -> None:
        """Goes on with other clients, say with renewed credentials, from the next message on."""
        self.clients = clients
        self._tool = self._memory_tool(self._tool.places)
        self._built = None

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
        turn = Turn(text, self.model.label)
        self.turns.append(turn)
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
        """Changes where the memory tool reads: a strategy was added."""
        self._tool.places = tuple(places)

    def forget(self, gone: Collection[Turn], spoken: Iterable[tuple[str, str]]) -> bool:
        """Drops turns and takes `spoken`, (role, text) oldest first, for the conversation so far.

        Nothing happens while an answer is on its way, which builds on the conversation as it was: False.
        """
        with self._lock:
            if self.running is not None:
                return False
            self.turns = [turn for turn in self.turns if turn not in gone]
            self._messages = model_messages(spoken)
            return True

    def cancel(self) -> None:
        """Stops the running answer, if any."""
        if (turn := self.running) is not None:
            turn.cancel()

    def store_again(self, turn: Turn) -> None:
        """Tries again to store a finished turn that could not be stored."""
        if turn.done is not None and turn.unstored:
            failed = any(failure.what == "answer" for failure in turn.failures)
            self._store(turn, "stopped" if turn.done.stopped else "failed" if failed else "answered")

    def _work(self, turn: Turn) -> None:
        """The worker thread; it may outlive the turn, waiting for a silent server's last read."""
        try:
            asyncio.run(self._exchange(turn, self.model, self.store))
        finally:
            if turn.done is None:  # a defect of ours: it is logged, and the page must not wait for ever
                self._end(turn, "failed")

    async def _exchange(self, turn: Turn, choice: ModelChoice, store: StoreMode) -> None:
        answering = asyncio.ensure_future(self._answer(turn, choice, store))
        turn.on_cancel(_canceller(answering))
        outcome: Outcome = "answered"
        try:
            self._messages = await answering
        except asyncio.CancelledError:
            outcome = "stopped"
        except Exception as error:  # whatever a model server does is shown, not raised
            outcome = "failed"
            turn.append(TurnFailed(explain_model_error(error, choice.label, choice.api_key)))
        finally:
            turn.on_cancel(None)
        if outcome != "answered":
            self._messages += unanswered_messages(turn, outcome)
        if store == "turns":
            self._store(turn, outcome)
        self._end(turn, outcome)

    async def _answer(self, turn: Turn, choice: ModelChoice, store: StoreMode) -> Messages:
        """Streams one answer into the turn; returns the conversation that the next answer builds on."""
        agent = self._strands_agent(turn, choice, store)
        result: AgentResult | None = None
        async for event in agent.stream_async(turn.text, limits={"turns": TOOL_CALLS_PER_TURN + 1}):
            if "data" in event:
                turn.append(TextDelta(_spaced(turn, event["data"])))
            result = event.get("result", result)
        if result is not None and result.stop_reason.startswith("limit_"):
            raise ToolCallLimitReached(f"{TOOL_CALLS_PER_TURN} tool calls were made for this answer.")
        if not turn.answer.strip():
            raise EmptyAnswer("The answer has no text.")
        return agent.messages

    def _strands_agent(self, turn: Turn, choice: ModelChoice, store: StoreMode) -> Agent:
        """A fresh agent for one answer, so that one that failed leaves no half message behind."""
        tool = self._tool
        tool.observe = lambda event: self._observed(turn, event)
        return Agent(
            model=self._model(choice),
            messages=list(self._messages),
            tools=[*tool.tools],
            system_prompt=system_prompt(store),
            callback_handler=None,
            hooks=[ToolWatch(turn)],
            retry_strategy=ModelRetryStrategy(max_attempts=3, initial_delay=1, max_delay=4),
        )

    def _model(self, choice: ModelChoice) -> Model:
        built = self._built
        if built is None or built[0] != choice:
            built = self._built = (choice, build_model(choice))
        return built[1]

    def _observed(self, turn: Turn, event: MemoriesRetrieved | EventStored) -> None:
        turn.append(event)
        if isinstance(event, EventStored):
            self.on_stored(event)

    def _store(self, turn: Turn, outcome: Outcome) -> None:
        """Writes the turn as one event; a failure is in the turn, where `store_again` finds it.

        The request is the same each time, client token included, so that a repeat writes nothing twice.
        """
        started = time.monotonic()
        try:
            answer = self.clients.data.create_event(
                memoryId=self.conversation.memory_id,
                actorId=self.conversation.actor_id,
                sessionId=self.conversation.session_id,
                eventTimestamp=datetime.fromtimestamp(turn.started_at, UTC),
                payload=[message.payload() for message in turn_messages(turn)],
                metadata=turn_metadata(turn, outcome),
                clientToken=turn.token,
            )
        except Exception as error:  # shown, and kept to be stored again
            turn.append(TurnFailed(explain(error), "storage"))
            return
        self._observed(turn, EventStored.by(answer, time.monotonic() - started))


class ToolWatch(HookProvider):
    """Reports each tool call to the turn and refuses those above the limit."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def register_hooks(self, registry: HookRegistry, **_: object) -> None:
        registry.add_callback(BeforeToolCallEvent, self.before_tool_call)

    def before_tool_call(self, event: BeforeToolCallEvent[Agent]) -> None:
        made = sum(isinstance(earlier, ToolCalled) for earlier in self.turn.events())
        if made >= TOOL_CALLS_PER_TURN:
            event.cancel_tool = f"No more than {TOOL_CALLS_PER_TURN} tool calls are made for one answer."
            return
        self.turn.append(ToolCalled(event.tool_use["name"], dict(event.tool_use["input"])))


def _canceller(answering: asyncio.Future[Messages]) -> Callable[[], None]:
    """Something that cancels the answer from any thread."""
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        loop.call_soon_threadsafe(answering.cancel)

    return cancel


def _spaced(turn: Turn, text: str) -> str:
    """The next piece of the answer, as a new paragraph when a tool call came between."""
    last = turn.events()[-1:]
    return f"\n\n{text}" if turn.answer and last and not isinstance(last[0], TextDelta) else text
