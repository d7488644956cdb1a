"""Snippets: code that runs, and in which no value can become code."""

from __future__ import annotations

import ast
import contextlib
import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clients import Clients
from services.connection import Connection
from services.short_term import events
from services.short_term.events import MessageDraft
from services.snippets import boto3_call

PROFILE = Connection("profile", "eu-central-1", profile="team")


def run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "snippet", "exec"), names)  # noqa: S102 - running it is the test
    names["client"].close()
    return names


def test_the_code_makes_the_same_call(live: Clients, memory: dict[str, Any]) -> None:
    moment = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    params = {
        "memoryId": memory["id"],
        "actorId": "ann",
        "sessionId": "s1",
        "eventTimestamp": moment,
        "payload": [
            MessageDraft("USER", "She said \"hi\"\n'{}' \u202e").payload(),
            {"blob": {"a": [1, None]}},
        ],
    }
    names = run(boto3_call(live.connection, "bedrock-agentcore", "CreateEvent", params))
    [event] = events.list_events(live, memory["id"], "ann", "s1").rows
    assert names["response"]["event"]["eventId"] == event["eventId"]
    assert event["eventTimestamp"] == moment
    assert event["payload"] == params["payload"]
    listed = run(boto3_call(live.connection, "bedrock-agentcore-control", "ListMemories", {}))
    assert listed["response"]["memories"]


def test_a_profile_is_named_and_nothing_secret_is_shown() -> None:
    code = boto3_call(PROFILE, "bedrock-agentcore", "ListActors", {"memoryId": "M"})
    assert 'profile_name="team"' in code
    assert 'region_name="eu-central-1"' in code
    assert "access_key" not in code
    assert "endpoint_url" not in code
    default = boto3_call(Connection("profile", "eu-central-1"), "bedrock-agentcore", "ListActors", {})
    assert "profile_name" not in default


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(["memoryId", "payload", "filter"]), LITERALS))
def test_values_stay_values(params: dict[str, Any]) -> None:
    tree = ast.parse(boto3_call(PROFILE, "bedrock-agentcore", "ListActors", params))
    [call] = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and "list_actors" in ast.dump(node.func)
    ]
    assert {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords} == params
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assert set(names) <= {"boto3", "session", "client", "response", "print"}


@given(st.text())
def test_what_cannot_be_seen_is_escaped(text: str) -> None:
    code = boto3_call(PROFILE, "bedrock-agentcore", "ListActors", {"memoryId": text})
    assert all(character.isprintable() or character == "\n" for character in code)


def test_times_and_odd_numbers_can_be_evaluated() -> None:
    params = {"at": datetime(2026, 3, 1, tzinfo=UTC), "number": float("nan")}
    code = boto3_call(PROFILE, "bedrock-agentcore", "ListActors", params)
    assert code.startswith("import datetime\n")
    assert "datetime.datetime(2026, 3, 1, 0, 0, 0, 0, tzinfo=datetime.timezone.utc)" in code
    assert 'float("nan")' in code


def test_a_value_without_a_literal_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no literal"):
        boto3_call(PROFILE, "bedrock-agentcore", "ListActors", {"memoryId": object()})
