"""From turns to the payloads of events, in the shapes in which agents really store conversations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.sample_data.casting import Shape
from services.sample_data.script import Turn

AGENT_ID = "default"

_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)", re.DOTALL)


@dataclass(frozen=True)
class TimedTurn:
    """A turn with the moment when it was sent."""

    turn: Turn
    at: datetime


@dataclass(frozen=True)
class Draft:
    """An event before it has an identity: when, what, on which branch, and metadata of its own."""

    at: datetime
    payload: list[dict[str, Any]]
    branch: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


def drafts(shape: Shape, turns: Sequence[TimedTurn], session_id: str) -> list[Draft]:
    """The events of one session, oldest first."""
    cut: dict[Shape, Callable[[Sequence[TimedTurn], str], list[Draft]]] = {
        "message": _one_per_message,
        "exchange": _one_per_exchange,
        "conversation": _one_for_all,
        "strands": _strands,
    }
    return cut[shape](turns, session_id)


def payload_item(turn: Turn) -> dict[str, Any]:
    """One payload member: `{"blob": …}`, `{"json": {"content": …}}` or `{"conversational": …}`."""
    if turn.kind == "BLOB":
        return {"blob": json.loads(turn.text)}
    if turn.kind == "JSON":
        return {"json": {"content": json.loads(turn.text)}}
    return _conversational(turn.text, turn.kind)


def _conversational(text: str, role: str) -> dict[str, Any]:
    return {"conversational": {"content": {"text": text}, "role": role}}


def _one_per_message(turns: Sequence[TimedTurn], session_id: str) -> list[Draft]:
    return [_event([timed]) for timed in turns]


def _one_for_all(turns: Sequence[TimedTurn], session_id: str) -> list[Draft]:
    return [_event(turns)]


def _one_per_exchange(turns: Sequence[TimedTurn], session_id: str) -> list[Draft]:
    exchanges: list[list[TimedTurn]] = []
    for timed in turns:
        if timed.turn.kind == "USER" or not exchanges or exchanges[-1][0].turn.branch != timed.turn.branch:
            exchanges.append([])
        exchanges[-1].append(timed)
    return [_event(exchange) for exchange in exchanges]


def _event(turns: Sequence[TimedTurn]) -> Draft:
    """An event stored when its last turn was there."""
    return Draft(turns[-1].at, [payload_item(timed.turn) for timed in turns], turns[-1].turn.branch)


def _strands(turns: Sequence[TimedTurn], session_id: str) -> list[Draft]:
    """As bedrock-agentcore's AgentCoreMemorySessionManager (1.25) writes a session: its state, the agent's
    state, then a conversational event per message whose text is the Strands message as JSON."""
    opened = turns[0].at
    state = {"session_id": session_id, "session_type": "AGENT", "created_at": opened.isoformat()}
    events = [
        Draft(opened, [{"blob": json.dumps(state)}], metadata={"stateType": "SESSION"}),
        Draft(
            opened, [{"blob": _agent_state(opened, 0)}], metadata={"stateType": "AGENT", "agentId": AGENT_ID}
        ),
    ]
    for timed in turns:
        for role, content in _strands_messages(timed.turn, len(events)):
            text = json.dumps(_session_message(role, content, len(events) - 2, timed.at), ensure_ascii=False)
            events.append(Draft(timed.at, [_conversational(text, role.upper())], timed.turn.branch))
    closed = turns[-1].at
    events.append(
        Draft(
            closed,
            [{"blob": _agent_state(closed, len(events) - 2)}],
            metadata={"stateType": "AGENT", "agentId": AGENT_ID},
        )
    )
    return events


def _agent_state(at: datetime, messages: int) -> str:
    manager = {"__name__": "SlidingWindowConversationManager", "removed_message_count": 0}
    state = {"messages_seen": messages}
    return json.dumps(
        {
            "agent_id": AGENT_ID,
            "state": state,
            "conversation_manager_state": manager,
            "updated_at": at.isoformat(),
        }
    )


def _session_message(role: str, content: list[dict[str, Any]], number: int, at: datetime) -> dict[str, Any]:
    return {
        "message": {"role": role, "content": content},
        "message_id": number,
        "redact_message": None,
        "created_at": at.isoformat(),
        "updated_at": at.isoformat(),
    }


def _strands_messages(turn: Turn, number: int) -> list[tuple[str, list[dict[str, Any]]]]:
    """A tool turn is two Strands messages: the assistant's toolUse and the user's toolResult."""
    if turn.kind != "TOOL":
        return [(turn.kind.lower(), [{"text": turn.text}])]
    call, _, result = turn.text.partition(" -> ")
    match = _CALL.fullmatch(call)
    name, arguments = (match["name"], match["arguments"]) if match else ("tool", call)
    use_id = f"tooluse_{number:04d}"
    use = {"toolUseId": use_id, "name": name, "input": {"arguments": arguments}}
    answer = {"toolUseId": use_id, "status": "success", "content": [{"text": result or "ok"}]}
    return [("assistant", [{"toolUse": use}]), ("user", [{"toolResult": answer}])]
