"""A server that does nothing: it answers recorded bytes, on the same HTTP stack as the endpoint.

`python -m benchmarks.constant_server PORT ANSWERS`, where ANSWERS is a JSON file that maps "METHOD /path" to
[status, content type, body]. What a boto3 call to it costs is the floor under every call to the endpoint.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn


def application(answers: dict[str, list[Any]]) -> Any:
    """The ASGI application; what it has no answer for, such as a health check, gets an empty object."""
    prepared = {key: (status, kind.encode(), body.encode()) for key, (status, kind, body) in answers.items()}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        key = f"{scope['method']} {scope['raw_path'].decode()}"
        status, kind, body = prepared.get(key, (200, b"application/json", b"{}"))
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

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
