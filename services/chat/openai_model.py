"""A model behind OpenAI's chat completions, as servers really speak them.

Strands' own model takes what OpenAI sends. Others differ where tools are called, and each difference would
break the answer or drop the call: arguments as an object instead of a text, or as a text in a text; no id,
the same id twice, or no name; `finish_reason` "stop" after a call. Arguments that are no object are given to
the tool under the name `arguments`, so that its refusal says to the model and to the reader what was sent.
And where a character comes in two halves, or one half of it only, whole ones are made of them.

Imports openai and httpx, which take a second: import this only where such a server is used.
"""

import json
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from typing import Any

import openai
from strands.models.openai import OpenAIModel
from strands.types.content import ContentBlockStartToolUse
from strands.types.streaming import ContentBlockDelta, StreamEvent

from services import bounded_json
from services.chat import characters
from services.chat.model_faults import AnswerBrokenOff

UNNAMED = "unnamed_tool"
# What OpenAIModel puts where a stream ended and the server had not said why; servers say "stop".
_UNTOLD = "end_turn"


class TolerantOpenAIModel(OpenAIModel):
    """OpenAIModel with tool calls as Strands expects them, and with no half answer taken for a whole one."""

    def format_request(self, *args: Any, **options: Any) -> dict[str, Any]:
        """See OpenAIModel. Where there are no tools none are sent: OpenAI refuses an empty list of them."""
        request: dict[str, Any] = super().format_request(*args, **options)
        return {name: value for name, value in request.items() if name != "tools" or value}

    def format_chunk(self, event: dict[str, Any], **options: Any) -> StreamEvent:
        """See OpenAIModel. Raises AnswerBrokenOff for a stream that just ends: the server is gone."""
        if event["chunk_type"] == "message_stop" and event["data"] == _UNTOLD:
            raise AnswerBrokenOff("The stream ended without a finish_reason.")
        return super().format_chunk(event, **options)

    def _resolve_client_args(self) -> dict[str, Any]:
        """See OpenAIModel. No redirect is followed: only the address itself was checked."""
        # A new one for each request, since OpenAIModel closes it with the request.
        client = openai.DefaultAsyncHttpxClient(follow_redirects=False)
        return {**super()._resolve_client_args(), "http_client": client}

    async def stream(self, *args: Any, **options: Any) -> AsyncGenerator[StreamEvent, None]:
        """See Model.stream."""
        arguments: list[Any] | None = None
        called: set[str] = set()
        async for event in _in_whole_characters(super().stream(*args, **options)):
            if "toolUse" in event.get("contentBlockStart", {}).get("start", {}):
                arguments = []
                yield _named(event, called)
            elif arguments is not None and "contentBlockDelta" in event:
                arguments.append(event["contentBlockDelta"]["delta"]["toolUse"]["input"])
            elif arguments is not None and "contentBlockStop" in event:
                given = characters.whole(json.dumps(_object(arguments), ensure_ascii=False))
                yield {"contentBlockDelta": {"delta": {"toolUse": {"input": given}}}}
                arguments = None
                yield event
            elif called and event.get("messageStop", {}).get("stopReason") == "end_turn":
                yield {"messageStop": {"stopReason": "tool_use"}}
            else:
                yield event


async def _in_whole_characters(events: AsyncIterable[StreamEvent]) -> AsyncGenerator[StreamEvent, None]:
    """The events with words, and a model's thoughts, in whole characters."""
    pieces, thinking = characters.Pieces(), False
    async for event in events:
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        if "text" in delta or "reasoningContent" in delta:
            thinking = "reasoningContent" in delta
            piece = delta["reasoningContent"]["text"] if thinking else delta["text"]
            if said := pieces.add(piece or ""):
                yield _said(said, thinking)
            continue
        if "contentBlockStop" in event and (said := pieces.rest()):
            yield _said(said, thinking)
        yield event


def _said(words: str, thinking: bool) -> StreamEvent:
    delta: ContentBlockDelta = {"reasoningContent": {"text": words}} if thinking else {"text": words}
    return {"contentBlockDelta": {"delta": delta}}


def _named(event: StreamEvent, called: set[str]) -> StreamEvent:
    """The start of a call with a name, and an id of its own to answer it by; `called` are those in use."""
    given: Mapping[str, Any] = event["contentBlockStart"]["start"]["toolUse"] or {}
    call_id = characters.whole(given.get("toolUseId") or "")
    if not call_id or call_id in called:
        call_id = f"call-{uuid.uuid4().hex}"
    called.add(call_id)
    use: ContentBlockStartToolUse = {
        "name": characters.whole(given.get("name") or UNNAMED),
        "toolUseId": call_id,
    }
    return {"contentBlockStart": {"start": {"toolUse": use}}}


def _object(pieces: list[Any]) -> dict[str, Any]:
    """The arguments that a call's pieces make."""
    if len(whole := [piece for piece in pieces if isinstance(piece, dict)]) == 1:
        return whole[0]
    text = "".join(piece if isinstance(piece, str) else json.dumps(piece) for piece in pieces)
    if not text.strip():
        return {}
    found: Any = text
    for _ in range(2):  # a text, or a text in a text
        try:
            found = bounded_json.read(found)
        except ValueError:
            break
        if isinstance(found, dict):
            return found
        if not isinstance(found, str):
            break
    return {"arguments": text}
