"""What the tests of record changes share: clients that never wait for a quota, records, faults on demand."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from services.clients import Clients, open_clients
from services.connection import Connection
from services.pacing import Pace
from services.records.batches import RecordDraft, results
from services.records.history import plan_undo
from services.records.memory_records import list_memory_records
from services.records.runs import carry_out
from services.workspace import record_versions
from services.workspace.store import Workspace
from tests.conftest import REGION, Endpoint

Row = dict[str, Any]
SAID = datetime(2026, 3, 1, 14, 36, 22, 346000, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "![x](https://example.invalid/a.png) [a](javascript:alert(1)) $$x$$ :red[y]",
    '=HYPERLINK("http://example.invalid")\t+1\r\n-2\r@SUM(A1)',
    "abc\u202edef\u2066ghi\u200b\ufeff",
    "bell\x07 escape\x1b[31m delete\x7f backspace\b form\f null\x00",
    "😀" * 8_000 + "é" * 8_000,
]


def unhurried(endpoint: Endpoint, workspace: Workspace, actor: str = "tester") -> Clients:
    """Clients of the real endpoint that never wait for a quota."""
    place = Connection("custom", REGION, endpoint_url=endpoint.url)
    return open_clients(place, actor=actor, pace=Pace(1_000.0), trail=lambda: workspace)


def drafts(count: int, **more: Any) -> list[RecordDraft]:
    return [RecordDraft(f"Fact number {n}.", ("/facts/a/",), timestamp=SAID, **more) for n in range(count)]


def listed(live: Clients, memory_id: str) -> dict[str, str]:
    """The texts of all records below `/`, by id."""
    rows = list_memory_records(live, memory_id, namespace_path="/", limit=None).rows
    return {row["memoryRecordId"]: row["content"]["text"] for row in rows}


def last_act(workspace: Workspace, live: Clients) -> str:
    return record_versions.list_acts(workspace, live.connection.key)[0].act_id


def undo(live: Clients, workspace: Workspace, act_id: str) -> str:
    """Takes an act back, whole; the id of the act that does."""
    undoing = plan_undo(live, workspace, act_id)
    assert carry_out(live, workspace, undoing) is None
    wrong = [each for each in results(workspace, undoing) if not each.ok]
    assert wrong == []
    return undoing


@contextmanager
def faults(endpoint: Endpoint, *rules: str) -> Iterator[None]:
    """The endpoint misbehaves as told within the block."""

    def put(wanted: tuple[str, ...]) -> None:
        body = json.dumps({"faults": list(wanted)}).encode()
        request = urllib.request.Request(f"{endpoint.url}/_local/faults", body, method="PUT")
        urllib.request.urlopen(request, timeout=30).close()

    put(rules)
    try:
        yield
    finally:
        put(())
