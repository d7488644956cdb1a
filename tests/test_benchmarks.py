"""What the benchmarks stand on: names of calls, ratios, and a proxy that changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.recording_proxy import Exchange, recording
from benchmarks.servers import client
from benchmarks.table import Comparison, comparisons
from tests.conftest import Endpoint


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/memories/", "ListMemories"),
        ("GET", "/memories/Mine-0123456789/details", "GetMemory"),
        ("POST", "/memories/Mine-0123456789/events", "CreateEvent"),
        ("POST", "/memories/Mine-0123456789/actor/team%2Falice/sessions/s", "ListEvents"),
        ("POST", "/memories/Mine-0123456789/retrieve", "RetrieveMemoryRecords"),
        ("GET", "/healthz", None),
    ],
)
def test_calls_are_named_after_their_operation(method: str, path: str, operation: str | None) -> None:
    assert Exchange(method, path, 200, "application/json", b"{}").operation == operation


def test_the_proxy_passes_calls_on_and_counts_them(endpoint: Endpoint, control: Any) -> None:
    with recording(endpoint.url) as (url, kept):
        through = client("bedrock-agentcore-control", url)
        memory_id = through.create_memory(name="ThroughTheProxy", eventExpiryDuration=30)["memory"]["id"]
        with pytest.raises(through.exceptions.ResourceNotFoundException):
            through.get_memory(memoryId="Unknown-0123456789")
        assert kept.take_operations() == ["CreateMemory", "GetMemory"]
        assert kept.take_operations() == []
        through.close()
    assert control.get_memory(memoryId=memory_id)["memory"]["name"] == "ThroughTheProxy"
    control.delete_memory(memoryId=memory_id)


def test_a_figure_stands_beside_its_floor(capsys: pytest.CaptureFixture[str]) -> None:
    comparisons(
        "Pages", [Comparison("ours", [30.0, 10.0, 20.0], [8.0], 2.0), Comparison("bare", [8.0], [8.0])]
    )
    ours, bare = capsys.readouterr().out.splitlines()[-2:]
    assert ours.split() == ["ours", "20.0", "30.0", "8.0", "2.50", "target", "<=", "2:", "MISSED"]
    assert bare.split() == ["bare", "8.0", "8.0", "8.0", "1.00"]
