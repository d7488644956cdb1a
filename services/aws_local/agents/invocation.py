"""One turn of a conversation with an agent: from the prompt to the answer, as the events of InvokeAgent.

Events are made while the client reads them, so traces and answers arrive as they come about. What was said is
kept when the turn ends, also when it ends badly or the client has left: an action that was carried out
must not be forgotten.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local.agents import action_calls, prompts, sessions
from services.aws_local.agents.action_calls import Caller, GivenBack, Use, tool_result
from services.aws_local.agents.action_groups import Function
from services.aws_local.agents.agents import Snapshot
from services.aws_local.agents.brain import Citation, Prompt, Reply
from services.aws_local.agents.sessions import Message, Session
from services.aws_local.agents.traces import Event, Stopwatch, Tracer
from services.aws_local.errors import DependencyFailedException, ServiceError
from services.aws_local.failures import where
from services.aws_local.storage.store import Row
from services.aws_local.storage.transactions import Outcome

log = logging.getLogger(__name__)

MOST_STEPS = 10
_PIECE = 50  # characters; reference: applyGuardrailInterval, default 50


@dataclass(frozen=True)
class Asked:
    """What the request asks for, besides the conversation itself."""

    text: str
    memory_id: str | None
    prompt_attributes: dict[str, str]
    enable_trace: bool
    piece: int | None
    """How many characters a chunk of a streamed answer has at least; None: one chunk."""


class Turn:
    """One turn. `events` may be iterated once."""

    def __init__(
        self,
        caller: Caller,
        session: Session,
        asked: Asked,
        *,
        snapshot: Snapshot,
        functions: dict[str, Function],
        remembered: list[Row],
        tracer: Tracer,
    ) -> None:
        self._caller = caller
        self._brain = caller.backend.brain
        self._session = session
        self._functions = functions
        self._asked = asked
        self._tracer = tracer
        self._own_model = str(snapshot["agent"].get("foundationModel", ""))
        self._system = prompts.system_prompt(snapshot, remembered, asked.prompt_attributes)
        self._attributes = dict(session.attributes)
        self._prompt_attributes = dict(asked.prompt_attributes)
        self._said: list[Message] = []
        self._pending: dict[str, Any] | None = None
        self._asks_user = _may_ask(snapshot)
        self._runs_lambda = caller.backend.settings.run_lambda_code

    def events(self, results: list[GivenBack] | None = None) -> Iterator[Event]:
        """The events, the last one a chunk or returnControl; ServiceError where the turn fails.

        `results` continues a turn that returned control, instead of what the user said.
        """
        step = 0
        try:
            if results is None:
                self._say("user", [*self._unanswered(), {"text": self._asked.text}])
            else:
                yield from self._continue(results)
            for step in range(MOST_STEPS):
                reply = yield from self._think(step)
                if not reply.tool_uses:
                    yield from self._answer(reply)
                    return
                if (yield from self._act(step, reply)):
                    return
            raise DependencyFailedException(f"The agent gave no answer within {MOST_STEPS} steps.")
        except ServiceError as error:
            yield from self._traced(self._tracer.failure(step, error.message))
            raise
        finally:
            self._keep(waiting=not isinstance(sys.exception(), GeneratorExit))

    def _keep(self, *, waiting: bool = True) -> None:
        """Store what was said, once. Without `waiting` it is stored in time: garbage collection may end an
        abandoned turn, at any moment in any thread, also in one that the store waits for.
        """
        if self._said:
            session_no, memory_id = self._session.session_no, self._asked.memory_id
            said, pending, attributes = self._said, self._pending, self._attributes
            self._said = []

            def add(db: apsw.Connection) -> None:
                sessions.add_turn(db, session_no, memory_id, said, pending=pending, attributes=attributes)

            if waiting:
                self._kept([(self._caller.backend.write(add), None)])
            else:
                self._caller.backend.store.submit([add], self._kept)

    def _kept(self, outcomes: list[Outcome]) -> None:
        for _, error in outcomes:
            if error is not None:
                log.error("What an abandoned turn said was not stored: %s", where(error))
        self._caller.backend.summarising.wake()  # its session may be the next to end by itself

    def _say(self, role: str, content: list[dict[str, Any]]) -> None:
        self._said.append({"role": role, "content": content})

    def _unanswered(self) -> list[dict[str, Any]]:
        """Results for calls that a broken or given-up turn left open: models want one for each."""
        last = self._session.messages[-1:]
        uses = [block["toolUse"] for each in last for block in each["content"] if "toolUse" in block]
        return [_no_result(use["toolUseId"]) for use in uses]

    def _messages(self) -> list[Message]:
        """The conversation, neighbours of the same role joined."""
        joined: list[Message] = []
        for message in (*self._session.messages, *self._said):
            if joined and joined[-1]["role"] == message["role"]:
                content = [*joined[-1]["content"], *message["content"]]
                joined[-1] = {"role": message["role"], "content": content}
            else:
                joined.append(message)
        return joined

    def _traced(self, event: Event) -> Iterator[Event]:
        if self._asked.enable_trace:
            yield event

    def _think(self, step: int) -> Generator[Event, None, Reply]:
        """One prompt, with its trace; returns the reply."""
        messages = self._messages()
        model_id = self._brain.model_id(self._own_model)
        text = prompts.as_traced(self._system, messages)
        yield from self._traced(self._tracer.model_input(step, text, model_id))
        watch = Stopwatch()
        tools = [each.tool_spec(name) for name, each in self._functions.items()]
        reply = self._brain.reply(Prompt(self._system, messages, tools, self._own_model))
        took = watch.span()
        yield from self._traced(self._tracer.model_output(step, reply, took))
        if reply.rationale:
            yield from self._traced(self._tracer.rationale(step, reply.rationale))
        if not reply.tool_uses:
            asks = reply.asks and self._asks_user
            yield from self._traced(self._tracer.final(step, reply.text, took, asks=asks))
        return reply

    def _answer(self, reply: Reply) -> Iterator[Event]:
        self._said.append(reply.message())
        pieces = list(_pieces(reply.text, self._asked.piece))
        for number, (start, piece) in enumerate(pieces, 1):
            if number == len(pieces):  # who has read the last event finds the session as it says
                self._keep()
            cited = [each for each in reply.citations if start <= each.start < start + len(piece)]
            attribution = {"attribution": {"citations": list(map(_citation, cited))}} if cited else {}
            yield {"chunk": {"bytes": piece.encode("utf-8")} | attribution}

    def _act(self, step: int, reply: Reply) -> Generator[Event, None, bool]:
        """Carry out what the model wants; returns True when control goes to the client instead."""
        self._said.append(reply.message())
        done: list[dict[str, Any]] = []
        returned: list[Use] = []
        for each in reply.tool_uses:
            function = self._functions.get(each["name"])
            if function is None:
                told = f"There is no function {each['name']}."
                yield from self._traced(self._tracer.reprompt(step, told))
                done.append(tool_result(each["toolUseId"], told, failed=True))
                continue
            use = Use(each["toolUseId"], function, each["input"])
            is_run_here = action_calls.is_run_here(function, runs_lambda=self._runs_lambda)
            if function.needs_confirmation or not is_run_here:
                returned.append(use)
            else:
                try:
                    done.append((yield from self._call(step, use)))
                except ServiceError:
                    self._broken_off(done, [wanted["toolUseId"] for wanted in reply.tool_uses])
                    raise
        if not returned:
            self._say("user", done)
            return False
        payload = action_calls.returned_control(
            returned, self._caller.agent.agent_id, runs_lambda=self._runs_lambda
        )
        self._pending = action_calls.pending(payload, returned, done)
        for use in returned:
            called = use.traced("RETURN_CONTROL", payload["invocationId"])
            yield from self._traced(self._tracer.invocation(step, called))
        self._keep()
        yield {"returnControl": payload}
        return True

    def _call(self, step: int, use: Use) -> Generator[Event, None, dict[str, Any]]:
        """One Lambda function, with its trace; returns the block that tells the model its result."""
        yield from self._traced(self._tracer.invocation(step, use.traced("LAMBDA")))
        watch = Stopwatch()
        returned = action_calls.call_lambda(self._caller, use, self._attributes, self._prompt_attributes)
        if returned.session_attributes is not None:
            self._attributes = returned.session_attributes
        if returned.prompt_attributes is not None:
            self._prompt_attributes = returned.prompt_attributes
        yield from self._traced(self._tracer.action_output(step, returned.text, watch.span()))
        return tool_result(use.tool_use_id, returned.text)

    def _broken_off(self, done: list[dict[str, Any]], use_ids: list[str]) -> None:
        """A function fails the turn: tell the model of those that ran before it, so that none runs twice."""
        if done:
            told = {block["toolResult"]["toolUseId"] for block in done}
            open_ids = (use_id for use_id in use_ids if use_id not in told)
            self._say("user", [*done, *map(_no_result, open_ids)])

    def _wait_again(self) -> None:
        """Nothing came of the client's results yet: it may give them once more."""
        session_no, pending = self._session.session_no, self._session.pending
        self._caller.backend.write(lambda db: sessions.wait_again(db, session_no, pending))

    def _continue(self, results: list[GivenBack]) -> Iterator[Event]:
        """What the client gave back, as the model is told it."""
        content = list((self._session.pending or {}).get("done", []))
        carried_out = False
        for each in results:
            if each.is_confirmed:
                try:
                    content.append((yield from self._call(0, each.use)))
                except ServiceError:
                    if carried_out:
                        self._broken_off(content, [given.use.tool_use_id for given in results])
                    else:
                        self._wait_again()
                    raise
                carried_out = True
            else:
                yield from self._traced(self._tracer.action_output(0, each.text, None))
                content.append(tool_result(each.use.tool_use_id, each.text, failed=each.failed))
        self._say("user", content)


def _no_result(use_id: str) -> dict[str, Any]:
    return tool_result(use_id, action_calls.NO_RESULT, failed=True)


def _may_ask(snapshot: Snapshot) -> bool:
    """Whether the agent has the built-in action that asks the user for missing values."""
    return any(
        group["settings"].get("parentActionGroupSignature") == "AMAZON.UserInput"
        and group["settings"].get("actionGroupState", "ENABLED") == "ENABLED"
        for group in snapshot["actionGroups"]
    )


def _pieces(text: str, least: int | None) -> Iterator[tuple[int, str]]:
    """The text in pieces of at least so many characters that end where a word ends, with their starts."""
    if least is None:
        yield 0, text
        return
    start, length = 0, 0
    for word in re.finditer(r"\S*\s*", text):
        length += len(word[0])
        if length >= least:
            yield start, text[start : start + length]
            start, length = start + length, 0
    if length or not start:
        yield start, text[start:]


def _citation(cited: Citation) -> dict[str, Any]:
    """A memory is no knowledge base, so its session is cited as a custom document."""
    part = {"text": cited.excerpt, "span": {"start": cited.start, "end": cited.end}}
    reference = {
        "content": {"text": cited.excerpt},
        "location": {
            "type": "CUSTOM",
            "customDocumentLocation": {"id": f"memory/session/{cited.session_id}"},
        },
    }
    return {"generatedResponsePart": {"textResponsePart": part}, "retrievedReferences": [reference]}
