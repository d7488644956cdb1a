"""Which memories of an account are ours: known by a tag, so that nothing of the user's is ever touched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from services.errors import InvalidValue
from services.sample_data.domains import DOMAINS

VERSION_TAG = "studio:sample-data"
"""Every sample memory carries it; the value is the version of the content."""
ANCHOR_TAG = "studio:sample-data-anchor"
"""The moment that the sessions lead up to, in ISO format: an interrupted load goes on with the same one."""
LOADED_TAG = "studio:sample-data-loaded"
"""Set to `yes` once everything has been written into the memory."""

POLL_SECONDS = 0.25


class SampleDataError(InvalidValue):
    """The sample data can't be loaded or removed; the message says why and what to do."""


@dataclass(frozen=True)
class SampleMemory:
    """A sample memory that exists, as its tags describe it."""

    memory_id: str
    arn: str
    name: str
    version: str
    anchor: datetime | None
    loaded: bool


def sample_memories(control: Any) -> list[SampleMemory]:
    """The sample memories that exist. Only memories whose id begins with a sample name are asked for tags."""
    found = (_sample_memory(control, summary) for summary in iter_memories(control))
    return [memory for memory in found if memory is not None]


def iter_memories(control: Any) -> Iterator[dict[str, Any]]:
    """Every memory summary that ListMemories gives, but those already being deleted."""
    for page in control.get_paginator("list_memories").paginate():
        yield from (summary for summary in page["memories"] if summary.get("status") != "DELETING")


def _sample_memory(control: Any, summary: dict[str, Any]) -> SampleMemory | None:
    name = summary["id"].rpartition("-")[0]
    if name not in {domain.memory.name for domain in DOMAINS}:
        return None
    tags = control.list_tags_for_resource(resourceArn=summary["arn"]).get("tags", {})
    if VERSION_TAG not in tags:
        return None
    anchor = datetime.fromisoformat(tags[ANCHOR_TAG]) if ANCHOR_TAG in tags else None
    return SampleMemory(
        summary["id"], summary["arn"], name, tags[VERSION_TAG], anchor, tags.get(LOADED_TAG) == "yes"
    )


def wait_until(done: Callable[[], bool], seconds: float, what: str) -> None:
    """Polls `done`; raises SampleDataError, naming `what`, when it isn't true within `seconds`."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise SampleDataError(
                f"{what} took longer than {seconds:.0f} s. Run the same command again later."
            )
        time.sleep(POLL_SECONDS)


def error_code(error: ClientError) -> str:
    """AWS's name for the error, such as ResourceNotFoundException."""
    return str(error.response.get("Error", {}).get("Code", ""))
