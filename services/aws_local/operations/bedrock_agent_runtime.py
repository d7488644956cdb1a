"""Bedrock Agents at run time: conversations, and the memory that is made from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import apsw

from services.aws_local.agents import action_calls, action_groups, agents, aliases, sessions, summaries
from services.aws_local.agents.action_calls import Caller, GivenBack
from services.aws_local.agents.action_groups import Function
from services.aws_local.agents.agents import Agent, Snapshot
from services.aws_local.agents.aliases import Alias
from services.aws_local.agents.invocation import Asked, Turn
from services.aws_local.agents.sessions import Place, Session
from services.aws_local.agents.traces import Tracer
from services.aws_local.call import Call
from services.aws_local.errors import ValidationException
from services.aws_local.storage.pagination import Query, page
from services.aws_local.storage.store import Row

SERVICE = "bedrock-agent-runtime"

END_OF_SESSION = "Session is terminated as 'endSession' flag is set in request."
_NOT_SERVED = ("files", "knowledgeBaseConfigurations")
_DEFAULT_INTERVAL = 50
_DEFAULT_PAGE = 100


@dataclass(frozen=True)
class _Target:
    """Who is talked to: an agent by way of an alias, as the snapshot behind it is."""

    agent: Agent
    alias: Alias
    snapshot: Snapshot

    @property
    def memory(self) -> dict[str, Any] | None:
        """The memory configuration; None: no memory."""
        found: dict[str, Any] | None = self.snapshot["agent"].get("memoryConfiguration")
        return found


def invoke_agent(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """One turn, as a stream of events. What is wrong with the request is told before the stream."""
    target = call.backend.read(lambda connection: _target(connection, call, params))
    _check(target, params)
    ends = bool(params.get("endSession"))
    completion = _ended(call, target, params) if ends else _turn(call, target, params)
    return {
        "completion": completion,
        "contentType": "application/json",
        "sessionId": params["sessionId"],
        "memoryId": params.get("memoryId"),
    }


def _target(connection: apsw.Connection, call: Call, params: dict[str, Any]) -> _Target:
    agent, alias = _addressed(connection, call, params)
    snapshot = aliases.snapshot_behind(connection, agent, alias)
    if snapshot is None:
        raise ValidationException(
            f"Agent {agent.agent_id} is not prepared: call PrepareAgent before you invoke {alias.alias_id}."
        )
    if alias.settings.get("aliasInvocationState") == "REJECT_INVOCATIONS":
        raise ValidationException(f"Alias {alias.alias_id} rejects invocations (aliasInvocationState).")
    return _Target(agent, alias, snapshot)


def _addressed(connection: apsw.Connection, call: Call, params: dict[str, Any]) -> tuple[Agent, Alias]:
    agent = agents.find(connection, call.scope, params["agentId"])
    return agent, aliases.find(connection, agent, params["agentAliasId"])


def _check(target: _Target, params: dict[str, Any]) -> None:
    state = params.get("sessionState", {})
    unknown = [name for name in _NOT_SERVED if state.get(name)]
    if unknown:
        raise ValidationException(
            f"sessionState.{unknown[0]} is not served by the embedded endpoint. Connect to AWS to use it."
        )
    if params.get("memoryId") and target.memory is None:
        raise ValidationException(
            f"memoryId cannot be used: memory is not enabled for agent {target.agent.agent_id} behind alias "
            f"{target.alias.alias_id}. (UpdateAgent without memoryConfiguration disables it.)"
        )
    has_results = "returnControlInvocationResults" in state
    if not (params.get("inputText") or params.get("endSession") or has_results):
        raise ValidationException("inputText must not be empty.")


def _place(target: _Target, params: dict[str, Any]) -> Place:
    return Place(target.agent.agent_no, target.alias.alias_id, params["sessionId"])


def _ended(call: Call, target: _Target, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The end of a session: nothing is answered but that."""
    call.backend.write(lambda connection: sessions.end(connection, _place(target, params)))
    call.backend.summarising.wake()
    return iter([{"chunk": {"bytes": END_OF_SESSION.encode()}}])


def _turn(call: Call, target: _Target, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The session is opened, and what the client sent is judged, before the stream begins."""
    state = params.get("sessionState", {})
    functions = action_groups.functions(target.snapshot)

    def begin(connection: apsw.Connection) -> tuple[Session, list[GivenBack] | None, list[Row]]:
        session, results = _opened(connection, call, target, params, functions)
        return session, results, _remembered(connection, target, params.get("memoryId"))

    session, results, remembered = call.backend.write(begin)
    asked = Asked(
        params.get("inputText", "") if results is None else "",
        params.get("memoryId"),
        state.get("promptSessionAttributes", {}),
        bool(params.get("enableTrace")),
        _piece(params.get("streamingConfigurations", {})),
    )
    caller = Caller(call.backend, target.agent, target.alias, params["sessionId"], asked.text)
    tracer = Tracer(target.agent, target.alias, params["sessionId"], call.request_id)
    turn = Turn(
        caller,
        session,
        asked,
        snapshot=target.snapshot,
        functions=functions,
        remembered=remembered,
        tracer=tracer,
    )
    return turn.events(results)


def _opened(
    connection: apsw.Connection,
    call: Call,
    target: _Target,
    params: dict[str, Any],
    functions: dict[str, Function],
) -> tuple[Session, list[GivenBack] | None]:
    """The session, old or new, with the attributes of this request, and what the client gives back."""
    state = params.get("sessionState", {})
    session = sessions.open_session(connection, _place(target, params))
    results = None
    if "returnControlInvocationResults" in state:
        kept = session.pending if session else None
        runs_lambda = call.backend.settings.run_lambda_code
        results = action_calls.given_back(kept, state, functions, runs_lambda=runs_lambda)
    if session is None:
        days = target.memory["storageDays"] if target.memory else None
        idle = call.backend.settings.idle_seconds
        idle_ms = agents.idle_ms(target.snapshot["agent"]) if idle is None else round(idle * 1000)
        history = state.get("conversationHistory", {}).get("messages", [])
        session = sessions.begin(connection, _place(target, params), idle_ms, days, history)
    attributes = session.attributes | state.get("sessionAttributes", {})
    sessions.touch(connection, session.session_no, attributes)
    messages, pending = session.messages, session.pending
    return Session(session.session_no, session.started_ms, attributes, pending, messages), results


def _remembered(connection: apsw.Connection, target: _Target, memory_id: str | None) -> list[Row]:
    """The summaries that go into the prompt, newest first."""
    if memory_id is None or target.memory is None:
        return []
    most = target.memory["sessionSummaryConfiguration"]["maxRecentSessions"]
    where = (target.agent.agent_no, target.alias.alias_id, memory_id)
    return summaries.newest_first(connection, *where, before=None, limit=most)


def _piece(streaming: dict[str, Any]) -> int | None:
    if not streaming.get("streamFinalResponse"):
        return None
    return int(streaming.get("applyGuardrailInterval", _DEFAULT_INTERVAL))


def get_agent_memory(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """The summaries of a memory id, newest first; none while a session is open or waits to be summarised."""
    query = Query.of(call, params)
    before = query.position(params.get("nextToken"))
    limit = params.get("maxItems", _DEFAULT_PAGE)

    def read(connection: apsw.Connection) -> list[Row]:
        agent, alias = _with_memory(connection, call, params)
        where = (agent.agent_no, alias.alias_id, params["memoryId"])
        return summaries.newest_first(connection, *where, before=before, limit=limit + 1)

    found = call.backend.read(read)
    listed, token = page(query, found, limit, lambda last: [last["started_ms"], last["summary_no"]])
    return {"memoryContents": list(map(summaries.shown, listed)), "nextToken": token}


def _with_memory(connection: apsw.Connection, call: Call, params: dict[str, Any]) -> tuple[Agent, Alias]:
    """The agent and alias; ValidationException when memory is not enabled behind it.

    Guide: "You cannot access memory sessions after you disable memory."
    """
    agent, alias = _addressed(connection, call, params)
    snapshot = aliases.snapshot_behind(connection, agent, alias)
    settings = agent.settings if snapshot is None else snapshot["agent"]
    if "memoryConfiguration" not in settings:
        raise ValidationException(
            f"Memory is not enabled for agent {agent.agent_id} behind alias {alias.alias_id}. Its sessions "
            "cannot be accessed."
        )
    return agent, alias


def delete_agent_memory(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Erase the summaries of a memory id, a session, or the whole alias, and those still to come."""

    def delete(connection: apsw.Connection) -> None:
        agent, alias = _with_memory(connection, call, params)
        where = (agent.agent_no, alias.alias_id, params.get("memoryId"), params.get("sessionId"))
        summaries.delete(connection, *where)
        sessions.cancel(connection, *where)

    call.backend.write(delete)
    return {}
