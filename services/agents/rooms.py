"""One open conversation with an agent: what was said in it, and how the next thing is said.

The session's history and attributes are kept by AWS until the session ends; here only what was said through
this dashboard is known (there is no call that reads a session back).
"""

from __future__ import annotations

import logging
import secrets
import threading
from dataclasses import replace
from typing import Any

from botocore.eventstream import ParserError
from urllib3.exceptions import HTTPError

from services.agents.turns import AgentPlace, AgentTurn, Asked
from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.errors import IncompleteAnswer, InvalidValue
from services.faults import CALL_ERRORS, explain
from services.people import carried
from services.workspace import agent_memories
from services.workspace.agent_memories import Home, Source
from services.workspace.store import Workspace

log = logging.getLogger(__name__)

Row = dict[str, Any]
END_TEXT = "end"
"""What the notebook says as it ends a session; the agent does not answer it."""


class AgentRoom:
    """A session with an agent, under a memory id or none. Safe to use from several threads.

    `idle_seconds` is the agent's idleSessionTTLInSeconds: how long the session stays open.
    """

    def __init__(
        self,
        clients: Clients,
        workspace: Workspace,
        place: AgentPlace,
        idle_seconds: int,
        source: Source = "chat",
    ) -> None:
        self.place = place
        self.turns: list[AgentTurn] = []
        self.idle_seconds = idle_seconds
        self._clients = clients
        self._workspace = workspace
        self._source: Source = source
        self._lock = threading.Lock()

    def use(self, clients: Clients) -> None:
        """Goes on with other clients of the same connection."""
        self._clients = clients

    def without_memory(self) -> AgentRoom:
        """The same agent in another session, under no memory id."""
        session_id = f"without-memory-{secrets.token_hex(8)}"
        place = replace(self.place, session_id=session_id, memory_id=None)
        return AgentRoom(self._clients, self._workspace, place, self.idle_seconds, self._source)

    @property
    def home(self) -> Home:
        """Where this session's memory id lives."""
        return Home(self._clients.connection.key, self.place.agent_id, self.place.alias_id)

    @property
    def running(self) -> AgentTurn | None:
        """The exchange that is under way."""
        return next((turn for turn in self.turns if not turn.done), None)

    @property
    def ended(self) -> bool:
        """Whether the session was ended here, and nothing was said after that."""
        last = self.turns[-1] if self.turns else None
        return last is not None and last.asked.kind == "end" and last.done and last.fault is None

    @property
    def waiting_for(self) -> AgentTurn | None:
        """The exchange in which the agent asked its caller to do something that was not answered yet.

        An answer that failed on its way can be given again; if the agent waits no more, it says so then.
        """
        for turn in reversed(self.turns):
            if turn.done and turn.control is not None:
                return turn
            if turn.asked.kind != "results" or turn.fault is None:
                return None
        return None

    def ask(self, asked: Asked) -> AgentTurn:
        """Sends something; the exchange, whose stream is read in a thread of its own.

        InvalidValue while another exchange is under way, or for text that AWS would refuse; NotAuthorized.
        """
        authorize(current_role(), "InvokeAgent")
        if not asked.results and not asked.text.strip():
            raise InvalidValue("There is nothing to send.")
        with self._lock:
            if self.running is not None:
                raise InvalidValue("The agent is still answering. Wait for it, or stop it.")
            turn = AgentTurn(asked)
            self.turns.append(turn)
        threading.Thread(target=carried(self._run), args=(turn,), name="invoke-agent", daemon=True).start()
        return turn

    def answer_control(self, results: list[Row], asked: Asked) -> AgentTurn:
        """Gives the agent the results of what it asked its caller to do."""
        waiting = self.waiting_for
        if waiting is None or waiting.control is None:
            raise InvalidValue("The agent does not wait for results.")
        return self.ask(
            replace(
                asked,
                kind="results",
                text="",
                invocation_id=waiting.control.invocation_id,
                results=tuple(results),
            )
        )

    def end(self) -> AgentTurn:
        """Ends the session: with a memory id its summary is made from now on, in the background."""
        return self.ask(Asked(END_TEXT, kind="end", trace=False, stream=False))

    def _run(self, turn: AgentTurn) -> None:
        resource = f"{self.place.agent_id}/{self.place.alias_id}/{self.place.session_id}"
        try:
            before = {"memoryId": self.place.memory_id, "endSession": turn.asked.kind == "end"}
            with audited(self._clients, self._workspace, "InvokeAgent", resource, before=before):
                self._read(turn)
        except CALL_ERRORS as error:
            turn.end(explain(error))
        except Exception as error:  # whoever looks at the exchange has to be told
            log.exception("An exchange with an agent ended early")
            turn.end(explain(error))
        else:
            turn.end()

    def _read(self, turn: AgentTurn) -> None:
        client = self._clients.streaming("bedrock-agent-runtime")
        answer = client.invoke_agent(**turn.asked.request(self.place))
        self._note(turn)
        stream = answer["completion"]
        try:
            for event in stream:
                turn.take(event)
                if turn.stopped:
                    return
        except (HTTPError, ParserError) as error:
            raise IncompleteAnswer("InvokeAgent", [f"the rest of the stream ({error})"]) from error
        finally:
            stream.close()
        if turn.missing:
            raise IncompleteAnswer("InvokeAgent", [turn.missing])

    def _note(self, turn: AgentTurn) -> None:
        """Writes the memory id and the session into the address book: AWS lists neither."""
        memory_id = self.place.memory_id
        if memory_id is None:
            return
        agent_memories.add(self._workspace, self.home, self._clients.actor, [memory_id], self._source)
        session_id = self.place.session_id
        if turn.asked.kind == "end":
            agent_memories.session_ended(self._workspace, self.home, session_id)
        else:
            agent_memories.turn_taken(self._workspace, self.home, session_id, memory_id, self.idle_seconds)


def function_result(
    given: Row, body: str, *, failed: bool = False, reprompt: bool = False, confirmed: bool | None = None
) -> Row:
    """One of returnControlInvocationResults, for one of a return of control's invocationInputs.

    `confirmed` answers a question whether to go ahead; then there may be no body. API results are
    `application/json`, with the status that fits.
    """
    state: Row = {"responseState": "FAILURE"} if failed else {"responseState": "REPROMPT"} if reprompt else {}
    if confirmed is not None:
        state["confirmationState"] = "CONFIRM" if confirmed else "DENY"
    function = given.get("functionInvocationInput")
    if function:
        result = {name: function[name] for name in ("actionGroup", "function", "agentId") if name in function}
        text = {"responseBody": {"TEXT": {"body": body}}} if body else {}
        return {"functionResult": result | text | state}
    api = given.get("apiInvocationInput") or {}
    members = ("actionGroup", "apiPath", "httpMethod", "agentId")
    result = {name: api[name] for name in members if name in api}
    answered = (
        {"responseBody": {"application/json": {"body": body}}, "httpStatusCode": 500 if failed else 200}
        if body
        else {}
    )
    return {"apiResult": result | answered | state}
