"""The boto3 code for a call that the dashboard made, to copy into one's own program."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name

from services.clients import DUMMY_ACCESS_KEY, DUMMY_SECRET_KEY
from services.connection import Connection

_INDENT = "    "
_MAX_WIDTH = 88


def boto3_call(connection: Connection, service: str, operation: str, params: dict[str, Any]) -> str:
    """Runnable Python for one call, such as `boto3_call(c, "bedrock-agentcore", "ListActors", {…})`.

    Values are written as literals, so nothing in them can become code. Raises TypeError for a value that has
    no literal. Credentials of a profile are named, never shown; a local endpoint gets placeholder keys.
    """
    given = arguments(params)
    lines = ["import datetime", ""] if "datetime.datetime(" in given else []
    lines += ["import boto3", "", session(connection), _client(connection, service)]
    lines += [f"response = client.{xform_name(operation)}({given})", "print(response)", ""]
    return "\n".join(lines)


def arguments(values: dict[str, Any]) -> str:
    """Values as keyword arguments, one a line."""
    lines = [f"{_INDENT}{name}={literal(value, 1)},\n" for name, value in values.items()]
    return "\n" + "".join(lines) if lines else ""


def session(connection: Connection) -> str:
    """The line that makes a boto3 session; a profile is named, a local endpoint gets placeholder keys."""
    values: dict[str, Any] = {"region_name": connection.region}
    if connection.kind != "profile":
        values |= {"aws_access_key_id": DUMMY_ACCESS_KEY, "aws_secret_access_key": DUMMY_SECRET_KEY}
    elif connection.profile:
        values = {"profile_name": connection.profile} | values
    return f"session = boto3.Session({arguments(values)})"


def _client(connection: Connection, service: str) -> str:
    endpoint = f", endpoint_url={literal(connection.endpoint_url, 0)}" if connection.endpoint_url else ""
    return f"client = session.client({literal(service, 0)}{endpoint})"


def literal(value: Any, depth: int = 0) -> str:
    """A value as Python; `depth` is how far its lines are indented. TypeError for one without a literal."""
    if isinstance(value, datetime):
        return _datetime(value)
    if isinstance(value, float) and not math.isfinite(value):
        return f'float("{value}")'
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        inner = [f"{literal(key, depth)}: {literal(member, depth + 1)}" for key, member in value.items()]
        return _bracketed("{", inner, "}", depth)
    if isinstance(value, (list, tuple)):
        return _bracketed("[", [literal(member, depth + 1) for member in value], "]", depth)
    raise TypeError(f"{type(value).__name__} has no literal")


def _text(value: str) -> str:
    """A string literal; repr escapes what is not printable (controls, bidirectional marks)."""
    quoted = repr(value)
    plain = quoted.startswith("'") and '"' not in quoted
    return f'"{quoted[1:-1]}"' if plain else quoted


def _bracketed(opening: str, inner: list[str], closing: str, depth: int) -> str:
    line = f"{opening}{', '.join(inner)}{closing}"
    if len(line) + depth * len(_INDENT) <= _MAX_WIDTH and "\n" not in line:
        return line
    space = _INDENT * (depth + 1)
    lines = "".join(f"{space}{member},\n" for member in inner)
    return f"{opening}\n{lines}{_INDENT * depth}{closing}"


def _datetime(value: datetime) -> str:
    """A time in UTC; one without a zone is taken as the computer's, as boto3 does."""
    utc = value.astimezone(UTC)
    parts = [utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, utc.microsecond]
    return f"datetime.datetime({', '.join(map(str, parts))}, tzinfo=datetime.timezone.utc)"
