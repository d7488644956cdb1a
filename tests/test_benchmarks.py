"""What the benchmarks stand on: names of calls, ratios, and a proxy that changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.filled_store import BUSY_ACTOR, LONG_ACTOR, LONG_SESSION, filled_store
from benchmarks.people_store import people_store
from benchmarks.quiet import quietest
from benchmarks.recording_proxy import Exchange, recording
from benchmarks.servers import client, endpoint_on
from benchmarks.table import Comparison, Figure, comparisons, figures
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


def test_a_rate_is_to_reach_its_target_and_a_size_not_to_exceed_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures(
        "Rates", [Figure("fast", 50.0, 10.0, "/s", 2.0), Figure("large", 50.0, 10.0, "MB", 2.0, at_most=True)]
    )
    fast, large = capsys.readouterr().out.splitlines()[-2:]
    assert fast.split() == ["fast", "50.0", "10.0", "/s", "5.00", "target", ">=", "2:", "met"]
    assert large.split() == ["large", "50.0", "10.0", "MB", "5.00", "target", "<=", "2:", "MISSED"]


def test_the_quietest_rounds_are_a_quarter_of_them() -> None:
    numbers = iter(range(8))
    kept = quietest(8, lambda: next(numbers), [])
    assert len(kept) == 2
    assert set(kept) < set(range(8))


def test_a_filled_store_is_built_once_and_holds_what_it_says(tmp_path: Path) -> None:
    built = filled_store(40, 12, tmp_path)
    assert filled_store(40, 12, tmp_path) == built
    assert (built.events, built.records) == (40, 12)
    with endpoint_on(built.data_dir) as (url, _):
        data = client("bedrock-agentcore", url)
        where = {"memoryId": built.memory_id}
        sessions = data.list_sessions(**where, actorId=BUSY_ACTOR)["sessionSummaries"]
        long = data.list_events(**where, actorId=LONG_ACTOR, sessionId=LONG_SESSION, maxResults=100)["events"]
        below = data.list_memory_records(**where, namespacePath="/team3")["memoryRecordSummaries"]
        assert (len(sessions), len(long), len(below)) == (1, 20, 1)
        data.close()


def test_a_store_of_many_people_is_built_once_and_holds_what_it_says(tmp_path: Path) -> None:
    built = people_store(0.001, tmp_path)
    assert people_store(0.001, tmp_path) == built
    with endpoint_on(built.data_dir) as (url, _):
        data = client("bedrock-agentcore", url)
        where = {"memoryId": built.memory_id, "maxResults": 100}
        actors = data.list_actors(**where)["actorSummaries"]
        records = data.list_memory_records(**where, namespacePath="/")["memoryRecordSummaries"]
        session = {"actorId": built.actor_id, "sessionId": built.session_id}
        events = data.list_events(**where, **session)["events"]
        assert (len(actors), len(records)) == (10, 100)
        assert {record["namespaces"][0].split("/")[1] for record in records} == {
            "facts",
            "preferences",
            "summaries",
        }
        assert events
        data.close()
