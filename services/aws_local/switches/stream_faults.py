"""What goes wrong inside an event stream: the frames before the fault come as they are, then it strikes.

It strikes before the second event, or before the only one: what came until then can be shown, the end is
missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from botocore.model import StructureShape

from services.aws_local.errors import ServiceError
from services.aws_local.switches.fault_rules import Rule
from services.aws_local.wire.event_stream import event_frame, exception_frame

_PIECE = 7  # bytes: no frame, and no part of one, ends with such a piece as a rule
# Two members of a union, in an event of each stream that is served.
_TWO_MEMBERS: dict[str, Any] = {
    "trace": {"trace": {"preProcessingTrace": {}, "postProcessingTrace": {}}},
    "contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "one", "toolUse": {"input": "two"}}},
}


def before(frames: Iterator[bytes]) -> Iterator[bytes]:
    """The frames before the fault."""
    first, second = next(frames, b""), next(frames, b"")
    return iter([first] if second else [])


def spoilt(rule: Rule, shape: StructureShape, frames: Iterator[bytes]) -> Iterator[bytes]:
    """The frames with the fault of the rule; `shape` is the stream's."""
    if rule.kind == "stream-split":
        yield from _split(frames)
        return
    first, second = next(frames, b""), next(frames, b"")
    if second:
        yield first
    struck = second or first
    match rule.kind:
        case "stream-cut":
            yield struck[: len(struck) // 2]
        case "stream-error":
            yield _error(rule, shape)
        case "stream-corrupt":
            yield struck[:-5] + bytes([struck[-5] ^ 0xFF]) + struck[-4:]
        case "stream-unknown":
            yield event_frame("somethingNew", {"unknown": True})
            yield from chain([struck], frames)
        case "stream-two-members":
            name = next(name for name in _TWO_MEMBERS if name in shape.members)
            yield event_frame(name, _TWO_MEMBERS[name])
            yield from chain([struck], frames)
        case _:
            raise ValueError(f"{rule.kind} is no fault of a stream's frames")


def _error(rule: Rule, shape: StructureShape) -> bytes:
    kind = type(shape.members[rule.error].name, (ServiceError,), {})
    error: ServiceError = kind("The request failed inside the stream. Try again later.")
    return exception_frame(shape, error)


def _split(frames: Iterator[bytes]) -> Iterator[bytes]:
    for frame in frames:
        for start in range(0, len(frame), _PIECE):
            yield frame[start : start + _PIECE]
