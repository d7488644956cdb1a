"""InvokeAgent's answer as bytes on the wire, whole or broken, for a server that misbehaves."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from services.aws_local.wire.event_stream import encode, event_frame
from tests.services.fault_server import Behaviour, Handler


def chunk(text: str) -> bytes:
    return event_frame("chunk", {"bytes": base64.b64encode(text.encode()).decode()})


def trace(phase: str, event: Any) -> bytes:
    return event_frame("trace", {"eventTime": "2026-11-21T09:00:00Z", "trace": {phase: event}})


def control(invocation_id: str, *inputs: dict[str, Any]) -> bytes:
    return event_frame("returnControl", {"invocationId": invocation_id, "invocationInputs": list(inputs)})


def error(name: str, message: str) -> bytes:
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return encode(headers, f'{{"message": "{message}"}}'.encode())


def streams(frames: Sequence[bytes], *, ends: bool = True) -> Behaviour:
    """The frames, one per HTTP chunk; `ends` False: the connection goes before the last one."""

    def behaviour(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/vnd.amazon.eventstream")
        handler.send_header("x-amzn-bedrock-agent-content-type", "application/json")
        handler.send_header("x-amz-bedrock-agent-session-id", "s-1")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for frame in frames:
            handler.wfile.write(f"{len(frame):x}\r\n".encode() + frame + b"\r\n")
            handler.wfile.flush()
        if ends:
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.close_connection = True

    return behaviour


def holds(frames: Sequence[bytes]) -> Behaviour:
    """The frames, and then nothing until the server is closed."""

    def behaviour(handler: Handler) -> None:
        streams(frames, ends=False)(handler)
        handler.server.released.wait(60)

    return behaviour
