"""What the AgentCore Memory tests say again and again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

_numbers = count(1)
START = datetime(2026, 3, 1, 14, 36, 22, 346_000, tzinfo=UTC)
ROLE_ARN = "arn:aws:iam::123456789012:role/memory"


def fresh_name(prefix: str = "Memory") -> str:
    """A memory name that no other test of this run uses."""
    return f"{prefix}_{next(_numbers)}"


def new_memory(control: Any, *strategies: dict[str, Any], **settings: Any) -> str:
    """The id of a new memory."""
    params = {"name": fresh_name(), "eventExpiryDuration": 30} | settings
    if strategies:
        params["memoryStrategies"] = list(strategies)
    identifier: str = control.create_memory(**params)["memory"]["id"]
    return identifier


def facts(template: str = "/facts/{actorId}/", **settings: Any) -> dict[str, Any]:
    """A semantic strategy."""
    return {"semanticMemoryStrategy": {"name": "facts", "namespaceTemplates": [template]} | settings}


def strategy_ids(control: Any, memory_id: str) -> dict[str, str]:
    """Name -> id of a memory's strategies."""
    found = control.get_memory(memoryId=memory_id)["memory"]["strategies"]
    return {strategy["name"]: strategy["strategyId"] for strategy in found}


def say(
    data: Any,
    memory_id: str,
    *texts: str,
    actor: str = "alice",
    session: str = "session-1",
    seconds: float = 0,
    **params: Any,
) -> dict[str, Any]:
    """Store an event: the first text is the user's, the second the assistant's, and so on."""
    roles = ("USER", "ASSISTANT")
    payload = [
        {"conversational": {"role": roles[place % 2], "content": {"text": text}}}
        for place, text in enumerate(texts)
    ]
    where = {"memoryId": memory_id, "actorId": actor, "sessionId": session}
    when = {"eventTimestamp": START + timedelta(seconds=seconds)}
    event: dict[str, Any] = data.create_event(**(where | when | {"payload": payload} | params))["event"]
    return event


def record(identifier: str, text: str, namespace: str = "/facts/alice/", **fields: Any) -> dict[str, Any]:
    """One element of BatchCreateMemoryRecords."""
    return {
        "requestIdentifier": identifier,
        "namespaces": [namespace],
        "content": {"text": text},
        "timestamp": START,
    } | fields


def write_records(data: Any, memory_id: str, *given: dict[str, Any], **params: Any) -> list[str]:
    """The ids of new records; fails when one is refused."""
    answer = data.batch_create_memory_records(memoryId=memory_id, records=list(given), **params)
    assert not answer["failedRecords"]
    return [each["memoryRecordId"] for each in answer["successfulRecords"]]


def texts_of(summaries: list[dict[str, Any]]) -> list[str]:
    return [summary["content"]["text"] for summary in summaries]


def refused(code: str, operation: Callable[..., Any], **params: Any) -> str:
    """The message with which a call is refused; fails unless the error is `code`."""
    with pytest.raises(ClientError) as caught:
        operation(**params)
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    return str(error["Message"])


def walk(operation: Callable[..., Any], member: str, **params: Any) -> Iterator[list[Any]]:
    """The pages of a List operation."""
    token: dict[str, str] = {}
    while True:
        answer = operation(**params, **token)
        yield answer[member]
        if "nextToken" not in answer:
            return
        token = {"nextToken": answer["nextToken"]}


def everything(operation: Callable[..., Any], member: str, **params: Any) -> list[Any]:
    """All pages of a List operation, joined."""
    return [each for page in walk(operation, member, **params) for each in page]


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first true value of `condition`; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return value
