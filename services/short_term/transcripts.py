"""Events as a conversation: one turn per thing said, called, returned or stored, oldest first.

Agents built with Strands store each message as JSON inside the conversational text
(`{"message": {"role", "content": […]}, "message_id": …}`, observed in recorded traffic); such envelopes are
opened so that the words are shown, and `wrapped` says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from services import bounded_json

TurnKind = Literal["text", "tool_use", "tool_result", "blob", "json"]

_MAX_TRIED_JSON = 2_000_000
"""Texts longer than this (characters) are shown as they are instead of being parsed."""


@dataclass(frozen=True)
class Turn:
    """One readable piece of an event.

    `index` counts payload elements within the event; a wrapped element may give several turns. `role` is
    AWS's (USER, ASSISTANT, TOOL, OTHER), None for blobs and json documents. `timestamp` is in UTC. `text` is
    untrusted. `branch` is None on the main line. `metadata` is the event's, `raw` the payload element.
    """

    event_id: str
    index: int
    timestamp: datetime
    role: str | None
    kind: TurnKind
    text: str
    wrapped: bool
    branch: str | None
    metadata: dict[str, Any]
    raw: dict[str, Any]


@dataclass(frozen=True)
class _Piece:
    role: str | None
    kind: TurnKind
    text: str
    wrapped: bool = False


def keeps_state(event: dict[str, Any]) -> bool:
    """Whether an event is no part of a conversation but the state of Strands' session manager: it writes its
    session and its agent as blobs, with the metadata `stateType` (read in the AgentCore SDK)."""
    return "stateType" in event.get("metadata", {})


def turns(events: Iterable[dict[str, Any]]) -> list[Turn]:
    """The turns of events as ListEvents returns them (newest first, ties included), oldest first.

    Events without payload (includePayloads false) and with an empty one have no turns.
    """
    oldest_first = list(events)[::-1]
    oldest_first.sort(key=lambda event: event["eventTimestamp"])  # stable: ties keep their order
    return [turn for event in oldest_first for turn in _turns_of(event)]


def _turns_of(event: dict[str, Any]) -> Iterator[Turn]:
    branch = event.get("branch", {}).get("name", "main")
    for index, element in enumerate(event.get("payload", [])):
        for piece in _pieces(element):
            yield Turn(
                event_id=event["eventId"],
                index=index,
                timestamp=event["eventTimestamp"].astimezone(UTC),
                role=piece.role,
                kind=piece.kind,
                text=piece.text,
                wrapped=piece.wrapped,
                branch=None if branch == "main" else branch,
                metadata=event.get("metadata", {}),
                raw=element,
            )


def _pieces(element: dict[str, Any]) -> list[_Piece]:
    if "conversational" in element:
        return _conversational(element["conversational"])
    if "json" in element:
        return [_Piece(None, "json", decoded_text(element["json"].get("content")))]
    return _blob(element.get("blob"))


def _conversational(message: dict[str, Any]) -> list[_Piece]:
    role, text = message.get("role"), message.get("content", {}).get("text", "")
    blocks = _envelope_blocks(text)
    if not blocks:
        return [_Piece(role, "text", text)]
    return [_block_piece(role, block) for block in blocks]


def _envelope_blocks(text: str) -> list[Any] | None:
    """The content blocks of a Strands envelope; None when the text is not one."""
    document = _json_of(text) if text.lstrip().startswith("{") else None
    message = document.get("message") if isinstance(document, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, list) else None


def _block_piece(role: str | None, block: Any) -> _Piece:
    if isinstance(block, dict) and isinstance(block.get("text"), str):
        return _Piece(role, "text", block["text"], wrapped=True)
    if isinstance(block, dict) and isinstance(block.get("toolUse"), dict):
        use = block["toolUse"]
        return _Piece(
            role, "tool_use", f"{use.get('name', '')}({decoded_text(use.get('input'))})", wrapped=True
        )
    if isinstance(block, dict) and isinstance(block.get("toolResult"), dict):
        return _Piece("TOOL", "tool_result", _tool_result(block["toolResult"]), wrapped=True)
    return _Piece(role, "json", decoded_text(block), wrapped=True)


def _tool_result(result: dict[str, Any]) -> str:
    """The texts of a tool's result, other content as JSON."""
    content = result.get("content")
    if not isinstance(content, list):
        return decoded_text(content)
    parts = [part.get("text", part.get("json", part)) if isinstance(part, dict) else part for part in content]
    return "\n".join(decoded_text(part) for part in parts)


def _blob(blob: Any) -> list[_Piece]:
    """A blob decoded; Strands stores a message over 100,000 characters as a blob of `[text, role]`."""
    document = _json_of(blob) if isinstance(blob, str) else blob
    is_message = (
        isinstance(document, list) and len(document) == 2 and all(isinstance(p, str) for p in document)
    )
    if is_message and document[1].upper() in {"USER", "ASSISTANT", "TOOL", "OTHER"}:
        text, role = document
        return _conversational({"role": role.upper(), "content": {"text": text}})
    return [_Piece(None, "blob", decoded_text(blob))]


def decoded_text(value: Any) -> str:
    """A JSON document for reading: text as it is, JSON inside a text opened, the rest indented."""
    if isinstance(value, str):
        inner = _json_of(value)
        return value if not isinstance(inner, (dict, list)) else decoded_text(inner)
    if bounded_json.nested_deeper(value):
        return "(nested too deeply to show)"
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def _json_of(text: str) -> Any:
    """The JSON value of a text, None when it is none (or too large to try)."""
    if len(text) > _MAX_TRIED_JSON:
        return None
    try:
        return bounded_json.read(text)
    except ValueError:
        return None
