"""Requests and answers for the tests of the wire: generated from the service models, sent without a port."""

from __future__ import annotations

import asyncio
import json
import re
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import create_request_object, prepare_request_dict
from botocore.model import (
    DenormalizedStructureBuilder,
    ListShape,
    MapShape,
    OperationModel,
    Shape,
    StructureShape,
)
from botocore.serialize import create_serializer
from hypothesis import strategies as st

from services.aws_local.wire.service_models import operation_model

ADDRESS = "http://127.0.0.1:8765"
MEMORY_OPERATIONS = {
    "bedrock-agentcore-control": [
        "CreateMemory", "GetMemory", "ListMemories", "UpdateMemory", "DeleteMemory",
        "TagResource", "UntagResource", "ListTagsForResource",
    ],
    "bedrock-agentcore": [
        "CreateEvent", "GetEvent", "ListEvents", "DeleteEvent", "ListActors", "ListSessions",
        "RetrieveMemoryRecords", "ListMemoryRecords", "GetMemoryRecord", "DeleteMemoryRecord",
        "BatchCreateMemoryRecords", "BatchUpdateMemoryRecords", "BatchDeleteMemoryRecords",
        "ListMemoryExtractionJobs", "StartMemoryExtractionJob",
    ],
    "bedrock-runtime": ["Converse"],
}  # fmt: skip
OPERATIONS = [
    operation_model(service, name) for service, names in MEMORY_OPERATIONS.items() for name in names
]

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_HEADER_TEXT = st.text(string.ascii_letters + string.digits + "-_/;=", min_size=1, max_size=12)
_DOCUMENTS = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda inner: (
        st.lists(inner | st.none(), max_size=3) | st.dictionaries(_TEXT, inner | st.none(), max_size=3)
    ),
    max_leaves=6,
)
MEMORY_ID = "Generated_memory-a1B2c3D4e5"
MEMORY_ARN = f"arn:aws:bedrock-agentcore:us-west-2:000000000000:memory/{MEMORY_ID}"
# Texts that keep most patterns; the first that keeps a shape's rules is a valid value of it.
_VALID_TEXTS = [
    "alice",
    MEMORY_ID,
    "mem-6f1c2a3b-0000-4000-8000-123456789abc",
    MEMORY_ARN,
    "0000001772375782346#c5e4dee5",
    "/users/{actorId}/",
    "s3://bucket/key",
    "000000000000",
    "1",
]


def values(shape: Shape, *, valid: bool = False) -> st.SearchStrategy[Any]:
    """Values of a shape; with `valid` they keep its patterns and lengths too."""
    if isinstance(shape, StructureShape):
        return _structures(shape, valid=valid)
    if isinstance(shape, ListShape):
        least = shape.metadata.get("min", 0) if valid else int("location" in shape.serialization)
        most = max(least, min(2, shape.metadata.get("max", 2)))
        return st.lists(values(shape.member, valid=valid), min_size=least, max_size=most)
    if isinstance(shape, MapShape):
        least = shape.metadata.get("min", 0) if valid else 0
        keys = values(shape.key, valid=valid)
        return st.dictionaries(keys, values(shape.value, valid=valid), min_size=least, max_size=max(least, 2))
    return _SCALARS[shape.type_name](shape, valid)


def _structures(shape: StructureShape, *, valid: bool) -> st.SearchStrategy[Any]:
    if shape.is_document_type:
        return _DOCUMENTS
    members = {name: values(member, valid=valid) for name, member in shape.members.items()}
    if shape.is_tagged_union:
        return st.one_of([value.map(lambda v, name=name: {name: v}) for name, value in members.items()])
    required = {name: members.pop(name) for name in shape.required_members}
    return st.fixed_dictionaries(required, optional=members)


def _strings(shape: Shape, valid: bool) -> st.SearchStrategy[str]:
    if shape.metadata.get("enum"):
        return st.sampled_from(shape.metadata["enum"])
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 10_000)
    if valid and "pattern" in shape.metadata:
        keeps = re.compile(shape.metadata["pattern"]).fullmatch
        return st.sampled_from([text for text in _VALID_TEXTS if least <= len(text) <= most and keeps(text)])
    match shape.serialization.get("location"):
        case "header":
            return _HEADER_TEXT
        case "uri":  # client libraries remove the path segments . and ..
            return _TEXT.filter(lambda text: text not in {"", ".", ".."})
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=max(least, 12))


def _integers(shape: Shape, valid: bool) -> st.SearchStrategy[int]:
    least = shape.metadata.get("min", 0) if valid else -(2**31)
    return st.integers(least, shape.metadata.get("max", 2**31 - 1) if valid else 2**31 - 1)


_MILLISECONDS = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
_SCALARS: dict[str, Callable[[Shape, bool], st.SearchStrategy[Any]]] = {
    "string": _strings,
    "integer": _integers,
    "long": _integers,
    "float": lambda shape, valid: st.floats(0, 1),
    "double": lambda shape, valid: st.floats(allow_nan=False, allow_infinity=False),
    "boolean": lambda shape, valid: st.booleans(),
    "blob": lambda shape, valid: st.binary(min_size=shape.metadata.get("min", 0), max_size=20),
    "timestamp": lambda shape, valid: _MILLISECONDS,
}


class _ReadByTwo(dict[str, Shape]):
    """Members that a second thread comes to use when the first has read one of them."""

    def __init__(self, members: dict[str, Shape], second: Callable[[], None]) -> None:
        super().__init__(members)
        self._second: Callable[[], None] | None = second

    def items(self) -> Any:
        for item in super().items():
            yield item
            if self._second is not None:
                thread = threading.Thread(target=self._second)
                self._second = None
                thread.start()
                thread.join()


def shape_used_by_two(use: Callable[[StructureShape], Any]) -> tuple[StructureShape, list[Any]]:
    """A structure of two strings that nobody has used. While the first reads its members another thread uses
    it too: what comes of that, an exception too, is the one element of the list then.
    """
    described = {name: {"type": "string"} for name in ("first", "second")}
    shape = DenormalizedStructureBuilder().with_members(described).build_model()
    seen: list[Any] = []

    def second() -> None:
        try:
            seen.append(use(shape))
        except Exception as error:
            seen.append(error)

    shape.members = _ReadByTwo(shape.members, second)
    return shape, seen


@dataclass(frozen=True)
class Sent:
    """A request as it stands on the wire."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def sent(operation: OperationModel, params: dict[str, Any]) -> Sent:
    """What botocore sends for a call, unsigned."""
    serialized = create_serializer("rest-json", include_validation=False).serialize_to_request(
        params, operation
    )
    prepare_request_dict(serialized, ADDRESS)
    request = create_request_object(serialized).prepare()
    url = urlsplit(request.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    body = request.body.encode() if isinstance(request.body, str) else bytes(request.body or b"")
    return Sent(request.method, url.path, url.query, headers, body)


@dataclass(frozen=True)
class Received:
    """The answer to a request. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return self.headers["x-amzn-errortype"]


def call(
    app: Any,
    method: str,
    path: str,
    body: bytes = b"",
    *,
    query: str = "",
    headers: list[tuple[str, str]] | None = None,
) -> Received:
    """One request to an ASGI application, without a port. The Host is the loopback's unless given."""
    given = headers or []
    if "host" not in {name for name, _ in given}:
        given = [("host", "127.0.0.1:8765"), *given]
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given],
    }
    return asyncio.run(_call(app, scope, body))


async def _call(app: Any, scope: dict[str, Any], body: bytes) -> Received:
    pieces: list[bytes] = []
    start: dict[str, Any] = {}
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()  # the client stays connected
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            pieces.append(message.get("body", b""))

    await app(scope, receive, send)
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Received(start["status"], headers, b"".join(pieces))
