"""Requests whose parameters may be right, but which are broken, or odd, as JSON, as a path or as HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from random import Random

from tests.fuzz.wire import Request


class Expect(Enum):
    """What may come of a request."""

    AS_THE_MODEL = "what the model says of its parameters"
    REFUSED = "a client error"
    ANYTHING = "an answer or a client error"
    NO_OPERATION = "a client error, or none: the path may be another operation's"
    TOO_LARGE = "413, or 414 for a path and 431 for headers"
    NO_HTTP = "a client error, or a closed connection"


Damage = Callable[[Random, Request], tuple[str, Request, Expect]]

_NO_JSON = [
    *[b"{", b"}", b"null", b"[]", b'"text"', b"1", b"NaN", b'{"a":NaN}', b'{"a":1}}', b"{}{}"],
    *[b"{'a':1}", b'{"a":1,}', b"<html></html>", b"a=b&c=d", b"\x00", b" ", b"// {}", b"\x1f\x8b\x08"],
    *[b'{"a":"\\ud800"}', b'{"a":"\xff"}', b'{"\\udfff":1}', b"\xef\xbb\xbf{}", "{}".encode("utf-16")],
    *[b'{"a":"\x01"}', b'{"a":01}', b'{"a":+1}', b'{"a":0x1}'],
    *[b"[" * 100_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000, b'{"a":' + b"9" * 5_000 + b"}"],
]  # fmt: skip
_NO_SEGMENT = [
    "%zz",
    "%",
    "%2",
    "%ff",
    "%c3%28",
    "%ed%a0%80",
    "%00",
    "..",
    ".",
    "%2e%2e",
    "%2F",
    "",
    "x" * 9_000,
    "{memoryId}",
]
_NO_QUERY = [
    "%ff",
    "%zz=%zz",
    "=",
    "&&&",
    "a=b&a=c",
    "view=%00",
    "maxResults=1;",
    "namespace=%c3%28",
    "clientToken=" + "x" * 501,
]
_NO_HTTP = [
    b"GET /healthz\r\n\r\n", b"POST /memories/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /memories/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /memories/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"\r\n\r\n\r\n\x00\r\n\r\n", b"GET  /  HTTP/9.9\r\n\r\n",
    b"GET /memories/ HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n",
    b"G\xc3\xa9T / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
]  # fmt: skip


def damaged(random: Random, request: Request) -> tuple[str, Request, Expect]:
    """A word for the damage, the request, and what may come of it."""
    return random.choice(_WITH_BODY if request.body else _WITHOUT_BODY)(random, request)


def _no_json(random: Random, request: Request) -> tuple[str, Request, Expect]:
    return "no JSON object", replace(request, body=random.choice(_NO_JSON)), Expect.REFUSED


def _cut(random: Random, request: Request) -> tuple[str, Request, Expect]:
    """Cut anywhere but at the start: an empty body means no members."""
    end = random.randrange(1, len(request.body)) if len(request.body) > 1 else 1
    return "cut JSON", replace(request, body=request.body[:end]), Expect.REFUSED


def _no_utf_8(random: Random, request: Request) -> tuple[str, Request, Expect]:
    place = random.randrange(len(request.body))
    body = request.body[:place] + b"\xc3\x28\xff" + request.body[place:]
    return "no UTF-8", replace(request, body=body), Expect.REFUSED


def _empty(random: Random, request: Request) -> tuple[str, Request, Expect]:
    return "empty body", replace(request, body=b""), Expect.ANYTHING


def _repeated_member(random: Random, request: Request) -> tuple[str, Request, Expect]:
    return "member twice", replace(request, body=b'{"maxResults":1,' + request.body[1:]), Expect.ANYTHING


def _content_type(random: Random, request: Request) -> tuple[str, Request, Expect]:
    """The service reads JSON whatever the header says (clients send x-amz-json-1.1, or none)."""
    kind = random.choice(
        ["text/plain", "application/x-amz-json-1.1", "application/xml", "", "\xff", "a" * 2_000]
    )
    headers = request.headers | {"Content-Type": kind}
    return "content type", replace(request, headers=headers), Expect.AS_THE_MODEL


def _chunked(random: Random, request: Request) -> tuple[str, Request, Expect]:
    return "chunked", replace(request, chunked=True), Expect.AS_THE_MODEL


def _strange_headers(random: Random, request: Request) -> tuple[str, Request, Expect]:
    strange = {
        "Expect": "",
        "Accept": "text/html",
        "Authorization": "Bearer x",
        "X-Amz-Target": "\xff",
        "Cookie": "a=b",
    }
    name = random.choice(sorted(strange))
    expect = Expect.ANYTHING if name == "Authorization" else Expect.AS_THE_MODEL
    return "headers", replace(request, headers=request.headers | {name: strange[name]}), expect


def _method(random: Random, request: Request) -> tuple[str, Request, Expect]:
    method = random.choice(["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
    expect = Expect.AS_THE_MODEL if method == request.method else Expect.NO_OPERATION
    return "method", replace(request, method=method), expect


def _path(random: Random, request: Request) -> tuple[str, Request, Expect]:
    path, question, query = request.target.partition("?")
    segments = path.split("/")
    place = random.randrange(1, len(segments))
    junk = random.choice(_NO_SEGMENT)
    change = random.choice(["put", "put", "insert", "drop"])
    segments[place : place + (change != "insert")] = [junk] if change != "drop" else []
    return "path", replace(request, target="/".join(segments) + question + query or "/"), Expect.NO_OPERATION


def _query(random: Random, request: Request) -> tuple[str, Request, Expect]:
    path, _, query = request.target.partition("?")
    junk = random.choice([*_NO_QUERY, f"{query}&{query}", query.replace("%", "%25"), query.upper()])
    return "query", replace(request, target=f"{path}?{query}&{junk}"), Expect.ANYTHING


def _unknown_query(random: Random, request: Request) -> tuple[str, Request, Expect]:
    joined = "&" if "?" in request.target else "?"
    return (
        "unknown parameter",
        replace(request, target=f"{request.target}{joined}unknown=1"),
        Expect.AS_THE_MODEL,
    )


def _too_large(random: Random, request: Request) -> tuple[str, Request, Expect]:
    return "13 MB", replace(request, body=b'{"a":"' + b"x" * 13_000_000 + b'"}'), Expect.TOO_LARGE


def _no_http(random: Random, request: Request) -> tuple[str, Request, Expect]:
    return "no HTTP", Request("GET", "/", head=random.choice(_NO_HTTP)), Expect.NO_HTTP


def _body_where_none_belongs(random: Random, request: Request) -> tuple[str, Request, Expect]:
    return "surplus body", replace(request, body=random.choice(_NO_JSON)), Expect.ANYTHING


_ANYWHERE: list[Damage] = [_strange_headers, _method, _path, _path, _query, _unknown_query, _no_http]
_WITH_BODY: list[Damage] = [
    *[_no_json, _no_json, _cut, _no_utf_8, _empty, _repeated_member, _content_type, _chunked, *_ANYWHERE],
]
_WITHOUT_BODY: list[Damage] = [_body_where_none_belongs, *_ANYWHERE]


def too_large(random: Random, request: Request) -> tuple[str, Request, Expect]:
    """A body beyond what the endpoint takes; apart from the others since each costs 13 MB."""
    return _too_large(random, request)
