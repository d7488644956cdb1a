"""A server that streams recorded frames and does nothing else, on the same HTTP stack as the endpoint.

`python -m benchmarks.frame_server PORT FRAMES`, where FRAMES is a JSON file that maps "METHOD /path" to a
list of frames in base64. Each frame is one chunk of the answer, sent as soon as the one before it. What boto3
takes to read that is the floor under every event stream of the endpoint.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import uvicorn

_STREAM = (b"content-type", b"application/vnd.amazon.eventstream")


def application(streams: dict[str, list[str]]) -> Any:
    """The ASGI application; what it has no frames for, such as a health check, gets an empty object."""
    prepared = {key: list(map(base64.b64decode, frames)) for key, frames in streams.items()}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        frames = prepared.get(f"{scope['method']} {scope['raw_path'].decode()}")
        if frames is None:
            headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"{}"})
            return
        told = [(b"x-amzn-bedrock-agent-content-type", b"application/json")]
        told += [(b"x-amz-bedrock-agent-session-id", b"benchmark")]
        await send({"type": "http.response.start", "status": 200, "headers": [_STREAM, *told]})
        for frame in frames:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


if __name__ == "__main__":
    uvicorn.run(
        application(json.loads(Path(sys.argv[2]).read_text("utf-8"))),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="warning",
    )
