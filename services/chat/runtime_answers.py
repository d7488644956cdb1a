"""What an agent on AgentCore Runtime answers, as events of the turn: text as it comes, steps, errors.

An agent may answer with anything. Read here are a JSON document, plain text, and server-sent events whose
`data` is a text, a JSON text or a JSON object: what the AgentCore SDK's app sends for what an entry point
returns or yields, a Strands agent's stream among it (`stream_async`, in which the same words come several
times, in different events).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

from services import bounded_json
from services.chat.characters import whole
from services.chat.turns import AgentStep, TextDelta

# Where the words are in a JSON object, in this order, and inside one another ({"result": {"content": …}}).
_PIECES = ("data", "delta", "chunk", "token", "text", "content")
_WHOLE = ("result", "response", "answer", "output", "output_text", "completion", "message", "generated_text")
_MANY_LEVELS = 6


class AgentReported(Exception):
    """The agent answered with an error of its own."""


def events(content_type: str, chunks: Iterable[bytes]) -> Iterator[TextDelta | AgentStep]:
    """The events of an answer with this content type. Raises AgentReported."""
    for event in _events(content_type, chunks):
        if isinstance(event, TextDelta):
            yield TextDelta(whole(event.text))
        else:
            yield AgentStep(event.title, whole(event.text))


def _events(content_type: str, chunks: Iterable[bytes]) -> Iterator[TextDelta | AgentStep]:
    kind = content_type.partition(";")[0].strip().lower()
    texts = _decoded(chunks)
    if kind == "text/event-stream":
        yield from _Stream().read(_messages(texts))
    elif kind.endswith("json"):
        yield from _document("".join(texts))
    else:
        yield from map(TextDelta, filter(None, texts))


def _decoded(chunks: Iterable[bytes]) -> Iterator[str]:
    """The chunks as text; a character that two of them share comes with the second."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for chunk in chunks:
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)


def _messages(texts: Iterable[str]) -> Iterator[str]:
    """The `data` of server-sent events (WHATWG, "Server-sent events"); what has no data is passed over."""
    data: list[str] = []
    for line in _lines(texts):
        if line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def _lines(texts: Iterable[str]) -> Iterator[str]:
    rest = ""
    for text in texts:
        *whole, rest = (rest + text).replace("\r\n", "\n").split("\n")
        yield from whole
    if rest:
        yield rest


def _document(body: str) -> Iterator[TextDelta]:
    """A whole JSON document."""
    try:
        value = bounded_json.read(body)
    except ValueError:
        yield TextDelta(body)  # said to be JSON, and is not: shown as it is
        return
    _raise_error(value)
    text = _words(value, (*_WHOLE, *_PIECES))
    yield TextDelta(json.dumps(value, ensure_ascii=False, indent=2) if text is None else text)


class _Stream:
    """The messages of a stream. Of several kinds of events with the same words the first kind counts."""

    def __init__(self) -> None:
        self._kind: str | None = None
        self._whole: str | None = None

    def read(self, messages: Iterable[str]) -> Iterator[TextDelta | AgentStep]:
        for message in messages:
            if message.strip() != "[DONE]":
                yield from self._event(message)
        if self._kind is None and self._whole:
            yield TextDelta(self._whole)

    def _event(self, message: str) -> Iterator[TextDelta | AgentStep]:
        try:
            value = bounded_json.read(message)
        except ValueError:
            yield from self._piece("plain", message)
            return
        if isinstance(value, dict):
            yield from self._object(value)
        elif isinstance(value, str):
            yield from self._piece("text", value)
        elif value is not None:
            yield from self._piece("text", json.dumps(value, ensure_ascii=False))

    def _object(self, value: dict[str, Any]) -> Iterator[TextDelta | AgentStep]:
        _raise_error(value)
        model = value.get("event")
        if isinstance(model, dict):  # Bedrock's own event, passed on by Strands
            yield from self._model_event(model)
            return
        piece = _words(value, _PIECES)
        if piece is not None:
            yield from self._piece("piece", piece)
            return
        self._whole = _words(value, _WHOLE) or self._whole

    def _model_event(self, event: dict[str, Any]) -> Iterator[TextDelta | AgentStep]:
        tool = _inside(event, "contentBlockStart", "start", "toolUse", "name")
        if isinstance(tool, str):
            yield AgentStep("Called a tool", tool)
        text = _inside(event, "contentBlockDelta", "delta", "text")
        if isinstance(text, str):
            yield from self._piece("model", text)

    def _piece(self, kind: str, text: str) -> Iterator[TextDelta]:
        self._kind = self._kind or kind
        if kind == self._kind and text:
            yield TextDelta(text)


def _words(value: Any, names: tuple[str, ...], levels: int = _MANY_LEVELS) -> str | None:
    """The words in a JSON value, found under the first of the names that holds any; None for none."""
    if isinstance(value, str):
        return value
    if levels == 0:
        return None
    if isinstance(value, list):
        parts = [_words(each, (*_PIECES, *_WHOLE), levels - 1) for each in value]
        return "".join(part for part in parts if part) or None
    if isinstance(value, dict):
        inner = (*_WHOLE, *_PIECES)
        found = (_words(value[name], inner, levels - 1) for name in names if name in value)
        return next((each for each in found if each is not None), None)
    return None


def _inside(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _raise_error(value: Any) -> None:
    """An answer that is an error: `{"error": …}`, as the SDK's app sends it for an exception."""
    if isinstance(value, dict) and value.get("error"):
        error = value["error"]
        words = error if isinstance(error, str) else json.dumps(error, ensure_ascii=False)
        raise AgentReported(whole(words))
