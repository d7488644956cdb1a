"""What was deleted over the API is soon in none of the endpoint's files, while it goes on running."""

from __future__ import annotations

import string
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.aws_local.agentcore import (
    START,
    everything,
    facts,
    new_memory,
    record,
    say,
    strategy_ids,
    texts_of,
    until,
    write_records,
)
from tests.conftest import Endpoint, quick_endpoint

_RANDOM = Random(8)


def marker() -> str:
    """A word that nothing else contains, and that stemming leaves alone."""
    return "zq" + "".join(_RANDOM.choices(string.ascii_lowercase, k=12)) + "q"


@pytest.fixture(scope="module")
def own(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint whose files hold what these tests wrote and nothing else."""
    yield from quick_endpoint(tmp_path_factory.mktemp("erased") / "data")


def found_in(directory: Path, words: list[str]) -> list[str]:
    """The words that any file below the directory holds, in any case."""
    content = b"".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()).lower()
    return [word for word in words if word.encode() in content]


def delete_events(data: Any, memory_id: str, actor: str) -> None:
    sessions = everything(data.list_sessions, "sessionSummaries", memoryId=memory_id, actorId=actor)
    for session in sessions:
        place = {"memoryId": memory_id, "actorId": actor, "sessionId": session["sessionId"]}
        for event in everything(data.list_events, "events", maxResults=100, **place):
            data.delete_event(**place, eventId=event["eventId"])


def test_no_byte_of_what_was_deleted_is_left_while_the_endpoint_runs(own: Endpoint) -> None:
    control, data = own.client("bedrock-agentcore-control"), own.client("bedrock-agentcore")
    memory_id = new_memory(control, facts(), {"summaryMemoryStrategy": {"name": "sums"}})
    strategy = strategy_ids(control, memory_id)["facts"]
    said = [marker() for _ in range(40)]
    written = [marker() for _ in range(100)]
    neighbours = [marker() for _ in range(20)]
    for place, word in enumerate(said):
        text = f"I like {word} a lot. My friend {word} lives in Oslo. I like {word} a lot. " + "pad " * 200
        say(data, memory_id, text, actor="user-1", session=f"s{place % 3}", seconds=place)
    for place, word in enumerate(neighbours):
        say(data, memory_id, f"I live in {word}.", actor="user-10", session="s0", seconds=place)
        write_records(data, memory_id, record("n", f"The user knows {word}.", "/facts/user-10/"))
    for start in range(0, len(written), 50):
        items = [
            record(
                f"r{n}", f"The user met {word}. " + "pad " * 50, "/facts/user-1/", memoryStrategyId=strategy
            )
            for n, word in enumerate(written[start : start + 50])
        ]
        write_records(data, memory_id, *items)

    def of_actor(actor: str) -> list[dict[str, Any]]:
        path = {"memoryId": memory_id, "namespacePath": f"/facts/{actor}/", "maxResults": 100}
        return everything(data.list_memory_records, "memoryRecordSummaries", **path)

    until(lambda: any(said[-1] in text for text in texts_of(of_actor("user-1"))))
    assert found_in(own.data_dir, [*said, *written, *neighbours]) == [*said, *written, *neighbours]

    delete_events(data, memory_id, "user-1")

    def erase_records() -> bool:
        """Erase what there is, until nothing is extracted any more."""
        path = {"memoryId": memory_id, "namespacePath": "/", "maxResults": 100}
        every = everything(data.list_memory_records, "memoryRecordSummaries", **path)
        mine = [each for each in every if "user-1" in each["namespaces"][0].split("/")]
        for start in range(0, len(mine), 100):
            ids = [{"memoryRecordId": each["memoryRecordId"]} for each in mine[start : start + 100]]
            data.batch_delete_memory_records(memoryId=memory_id, records=ids)
        return not mine

    until(erase_records)
    until(lambda: found_in(own.data_dir, [*said, *written]) == [])
    assert found_in(own.data_dir, neighbours) == neighbours
    assert len(of_actor("user-10")) >= len(neighbours)


def test_the_text_before_a_change_is_left_nowhere(own: Endpoint) -> None:
    control, data = own.client("bedrock-agentcore-control"), own.client("bedrock-agentcore")
    memory_id = new_memory(control)
    before, after = marker(), marker()
    (record_id,) = write_records(data, memory_id, record("a", f"The user met {before}."))
    change = {"memoryRecordId": record_id, "timestamp": START, "content": {"text": f"The user met {after}."}}
    data.batch_update_memory_records(memoryId=memory_id, records=[change])
    until(lambda: found_in(own.data_dir, [before]) == [])
    assert found_in(own.data_dir, [after]) == [after]
