"""What a model can do, found out by asking it: whether it answers, streams and calls tools, and how fast."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from strands.models.model import Model
from strands.types.content import Messages
from strands.types.streaming import StreamEvent
from strands.types.tools import ToolSpec

from services import bounded_json
from services.chat.model_faults import EmptyAnswer, explain_model_error
from services.chat.models import CONNECT_TIMEOUT_SECONDS, ModelChoice, build_model, check_model_choice
from services.connection import check_endpoint_address
from services.errors import InvalidValue
from services.faults import Fault

PROBE_TIMEOUT_SECONDS = 30.0
LIST_TIMEOUT_SECONDS = 10.0
MOST_LISTED = 500

_WORDS_WANTED = "Reply with the single word: ready"
_CALL_WANTED = "Look up the status of order 12345: call the tool get_order_status."
_ORDER = "12345"
_TOOL: ToolSpec = {
    "name": "get_order_status",
    "description": "Look up the status of an order.",
    "inputSchema": {
        "json": {
            "type": "object",
            "properties": {"order_id": {"type": "string", "description": "the number of the order"}},
            "required": ["order_id"],
        }
    },
}


@dataclass(frozen=True)
class Heard:
    """What came of one question: the words, the calls as (name, input), and when.

    `first` is after how many seconds the first piece came, `seconds` the whole; `pieces` how many there were.
    """

    words: str
    calls: tuple[tuple[str, Any], ...]
    pieces: int
    first: float
    seconds: float


Ability = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class ToolProbe:
    """Whether the model can call tools; `told` says how that showed, `fault` what went wrong meanwhile."""

    can: Ability
    told: str
    seconds: float
    fault: Fault | None = None


@dataclass(frozen=True)
class Probe:
    """What the questions showed. `detail` is the first answer, or what went wrong; `seconds` it took.

    `streams`: whether the words came in more than one piece (None: one word may come in one piece anyway).
    """

    ok: bool
    seconds: float
    detail: str
    fault: Fault | None = None
    first: float = 0.0
    streams: bool | None = None
    tools: ToolProbe | None = field(default=None)


def probe(choice: ModelChoice) -> Probe:
    """Asks the model for one word, and then to call a tool; at most 30 seconds each."""
    impatient = replace(choice, timeout_seconds=min(choice.timeout_seconds, PROBE_TIMEOUT_SECONDS))
    started = time.monotonic()
    try:
        heard = _ask(impatient, _WORDS_WANTED)
        if not heard.words.strip():
            raise EmptyAnswer("The answer has no text.")
    except Exception as error:  # whatever a model server does is shown, not raised
        fault = explain_model_error(error, choice.label, choice.api_key)
        return Probe(False, time.monotonic() - started, fault.title, fault)
    return Probe(
        True,
        heard.seconds,
        heard.words.strip(),
        first=heard.first,
        streams=True if heard.pieces > 1 else None,
        tools=_probe_tools(impatient),
    )


def _probe_tools(choice: ModelChoice) -> ToolProbe:
    started = time.monotonic()
    try:
        heard = _ask(choice, _CALL_WANTED, [_TOOL])
    except Exception as error:  # as above
        fault = explain_model_error(error, choice.label, choice.api_key)
        can: Ability = "no" if fault.kind == "invalid" else "unknown"
        return ToolProbe(can, fault.title, time.monotonic() - started, fault)
    return _verdict(heard)


def _verdict(heard: Heard) -> ToolProbe:
    if not heard.calls:
        told = "It was asked to call a tool, and answered in words instead."
        return ToolProbe("no", told, heard.seconds)
    name, given = heard.calls[0]
    if name != _TOOL["name"]:
        return ToolProbe("no", f"It called a tool that does not exist: {name}.", heard.seconds)
    if not isinstance(given, dict) or str(given.get("order_id", "")).strip() != _ORDER:
        return ToolProbe(
            "no", f"It called the tool with other values than it was told: {given}", heard.seconds
        )
    return ToolProbe("yes", "It called a tool as it was told to.", heard.seconds)


def _ask(choice: ModelChoice, question: str, tools: list[ToolSpec] | None = None) -> Heard:
    """One question, nothing before it; raises what the model raises, and TimeoutError."""
    return asyncio.run(asyncio.wait_for(_hear(build_model(choice), question, tools), PROBE_TIMEOUT_SECONDS))


async def _hear(model: Model, question: str, tools: list[ToolSpec] | None) -> Heard:
    messages: Messages = [{"role": "user", "content": [{"text": question}]}]
    return await _heard(model.stream(messages, tools))


async def _heard(events: AsyncIterable[StreamEvent]) -> Heard:
    started = time.monotonic()
    words: list[str] = []
    calls: list[tuple[str, list[str]]] = []
    first: float | None = None
    async for event in events:
        start = event.get("contentBlockStart", {}).get("start", {})
        delta = event.get("contentBlockDelta", {}).get("delta", {})
        if (use := start.get("toolUse")) is not None:
            calls.append((use["name"], []))
        if "toolUse" in delta and calls:
            calls[-1][1].append(delta["toolUse"]["input"])
        if delta.get("text"):
            words.append(delta["text"])
        if first is None and (words or calls):
            first = time.monotonic() - started
    seconds = time.monotonic() - started
    read = tuple((name, _read("".join(pieces))) for name, pieces in calls)
    return Heard("".join(words), read, len(words), seconds if first is None else first, seconds)


def _read(text: str) -> Any:
    try:
        return bounded_json.read(text) if text.strip() else {}
    except ValueError:
        return text


def list_models(choice: ModelChoice) -> list[str]:
    """The names of the models that an OpenAI-compatible server has (GET /models), at most 500, by name.

    Raises InvalidEndpoint for an address that may not be asked, and what the server's client raises.
    """
    if choice.kind != "openai_compatible":
        raise InvalidValue("Only an OpenAI-compatible server lists its models here.")
    check_model_choice(replace(choice, model_id=choice.model_id or "any"))
    check_endpoint_address(choice.base_url or "")
    import httpx  # noqa: PLC0415 - these two cost a second, and only this needs them
    import openai  # noqa: PLC0415

    timeout = httpx.Timeout(LIST_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
    with openai.OpenAI(
        base_url=choice.base_url,
        api_key=choice.api_key or "none",
        timeout=timeout,
        max_retries=0,
        http_client=openai.DefaultHttpxClient(follow_redirects=False),  # only the address itself was checked
    ) as client:
        found = client.models.list()
        return sorted({model.id for model in found.data if model.id}, key=str.lower)[:MOST_LISTED]
