"""Requests as bytes on a connection, and answers as they come back."""

from __future__ import annotations

import http.client
import json
import re
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import quote

from botocore.model import OperationModel

from tests.fuzz.model import Number

SECONDS = 10.0  # on a machine with nothing else to do, an answer that takes longer is a hang
REGION = "eu-fuzz-1"


def signed(signing_name: str) -> str:
    """The Authorization header of a request for a service."""
    return f"AWS4-HMAC-SHA256 Credential=111122223333/20260301/{REGION}/{signing_name}/aws4_request"


SIGNED = signed("bedrock-agentcore")
_NUMBER = re.compile(r'"@number:([^"@]*)@"')


@dataclass(frozen=True)
class Request:
    """One HTTP request. `head` replaces the request line and headers where these themselves are broken."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    chunked: bool = False
    head: bytes = b""

    def encoded(self) -> bytes:
        """The bytes to send."""
        if self.head:
            return self.head + self.body
        headers = {"Host": "127.0.0.1", "Authorization": SIGNED} | self.headers
        if self.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif self.body or self.method in {"POST", "PUT"}:
            headers["Content-Length"] = str(len(self.body))
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers.items())]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        return head + (_chunks(self.body) if self.chunked else self.body)

    def text(self) -> str:
        """One line from which `of_text` makes the request again."""
        told = asdict(self) | {"body": self.body.decode("latin-1"), "head": self.head.decode("latin-1")}
        return json.dumps({name: value for name, value in told.items() if value})

    @classmethod
    def of_text(cls, text: str) -> Request:
        told = json.loads(text)
        return cls(**told | {name: told.get(name, "").encode("latin-1") for name in ("body", "head")})


def _chunks(body: bytes) -> bytes:
    size = max(1, len(body) // 3)
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def request_for(operation: OperationModel, params: dict[str, Any]) -> Request:
    """The request of an operation; the parameters are JSON values, right or wrong."""
    shape = operation.input_shape
    members = shape.members if shape else {}
    path, _, fixed = operation.http["requestUri"].partition("?")
    query = [fixed] if fixed else []
    body = {}
    for name, value in params.items():
        serialization = members[name].serialization if name in members else {}
        location, sent_as = serialization.get("location"), serialization.get("name", name)
        if location == "uri":
            path = path.replace("{%s}" % sent_as, quote(value, safe=""))  # noqa: UP031
        elif location == "querystring":
            values = value if isinstance(value, list) else [value]
            query += [f"{quote(sent_as)}={quote(_in_query(each), safe='')}" for each in values]
        elif location is None:
            body[name] = value
        else:
            raise NotImplementedError(f"{name} of {operation.name} goes into the {location}")
    has_body = any("location" not in member.serialization for member in members.values())
    target = path + (f"?{'&'.join(query)}" if query else "")
    headers = {"Content-Type": "application/json"} if has_body else {}
    headers["Authorization"] = signed(operation.service_model.signing_name)
    return Request(operation.http["method"], target, headers, as_json(body) if has_body else b"")


def _in_query(value: Any) -> str:
    """A value as a query writes it: numbers and truth as in JSON."""
    return value if isinstance(value, str) else as_json(value).decode()


def as_json(value: Any) -> bytes:
    """JSON in UTF-8; a `Number` as it is written, even where that is no JSON."""
    text = json.dumps(value, ensure_ascii=False, default=lambda number: f"@number:{_written(number)}@")
    return _NUMBER.sub(r"\1", text).encode("utf-8")


def _written(number: Any) -> str:
    if not isinstance(number, Number):
        raise TypeError(f"{type(number).__name__} is no JSON value")
    return number.text


@dataclass(frozen=True)
class Answer:
    """What came back; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        return self.headers.get("x-amzn-errortype", "")


class NoAnswer(Exception):
    """The connection ended, or stayed silent, where an answer was due."""


class Connection:
    """One keep-alive connection, opened again when the server closed it."""

    def __init__(self, port: int, seconds: float = SECONDS) -> None:
        self._port = port
        self._seconds = seconds
        self._socket: socket.socket | None = None

    def ask(self, request: Request) -> Answer:
        """The answer. NoAnswer after so many seconds of silence or when the server hangs up instead."""
        try:
            return self._ask(self._open(), request)
        except TimeoutError:
            self.close()
            raise NoAnswer(f"no answer within {self._seconds} s") from None
        except (http.client.HTTPException, OSError) as error:
            self.close()
            raise NoAnswer(f"{type(error).__name__}: {error}") from None

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), self._seconds)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _ask(self, connected: socket.socket, request: Request) -> Answer:
        # Refused before all of it was sent: the answer may be there all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            connected.sendall(request.encoded())
        response = http.client.HTTPResponse(connected, method=request.method)
        response.begin()
        body = response.read()
        if response.will_close:
            self.close()
        return Answer(response.status, {name.lower(): text for name, text in response.getheaders()}, body)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def broken(request: Request, **changes: Any) -> Request:
    """The request with something of it replaced."""
    return replace(request, **changes)
