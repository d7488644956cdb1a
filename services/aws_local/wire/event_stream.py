"""Answers as a stream of events: the `application/vnd.amazon.eventstream` framing.

A frame is: total length, length of the headers (4 bytes each, big endian), CRC-32 of these 8 bytes,
headers, payload, CRC-32 of everything before it. A header is: length of its name (1 byte), name, type
(7 = string), length of the value (2 bytes), value. The layout is AWS's, see "Event stream encoding" in the
Amazon Transcribe developer guide; what reads it is `botocore.eventstream`.
"""

from __future__ import annotations

import binascii
import logging
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import StructureShape

from services.aws_local.errors import InternalServerException, ServiceError
from services.aws_local.wire.json_writing import to_json
from services.aws_local.wire.rest_json import dump_json

log = logging.getLogger(__name__)

_STRING = 7


def frames(shape: StructureShape, events: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """One frame per event `{"eventName": {…}}` of the event stream `shape`.

    A ServiceError from the iterator ends the stream with an exception frame; so does any other exception,
    as an internal error: the HTTP status has long been sent.
    """
    try:
        for event in events:
            ((name, value),) = event.items()
            yield event_frame(name, to_json(shape.members[name], value))
    except ServiceError as error:
        yield exception_frame(shape, error)
    except Exception as error:
        log.error("Event stream %s broke off: %s", shape.name, type(error).__name__)
        yield exception_frame(shape, InternalServerException("The endpoint failed inside the stream"))


def event_frame(name: str, payload: Any) -> bytes:
    """An event with its JSON payload."""
    return _frame(":event-type", name, "event", payload)


def exception_frame(shape: StructureShape, error: ServiceError) -> bytes:
    """An error inside the stream, as the member of the stream's model that bears the error's name."""
    names = {member.name: name for name, member in shape.members.items()}
    name = names.get(error.code, "internalServerException")
    return _frame(":exception-type", name, "exception", {"message": error.message})


def _frame(type_header: str, name: str, message_type: str, payload: Any) -> bytes:
    return encode(
        {type_header: name, ":content-type": "application/json", ":message-type": message_type},
        dump_json(payload),
    )


def encode(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One frame of the encoding."""
    head = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack("!II", 16 + len(head) + len(payload), len(head))
    body = prelude + struct.pack("!I", binascii.crc32(prelude)) + head + payload
    return body + struct.pack("!I", binascii.crc32(body))


def _header(name: str, value: str) -> bytes:
    encoded_name, encoded = name.encode("utf-8"), value.encode("utf-8")
    return struct.pack(
        f"!B{len(encoded_name)}sBH{len(encoded)}s",
        len(encoded_name),
        encoded_name,
        _STRING,
        len(encoded),
        encoded,
    )
