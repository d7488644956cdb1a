"""`--namespace-prefix-match`: `namespace` of List and Retrieve as it was before it became an exact match."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.aws_local.backend import Backend, Settings
from tests.aws_local.agentcore import record, texts_of
from tests.aws_local.in_process import InProcess


@pytest.mark.parametrize(
    ("prefix_match", "found"),
    [(False, {"/facts/alice/": 1, "/facts": 0, "/": 0}), (True, {"/facts/alice/": 2, "/facts": 3, "/": 4})],
)
def test_a_namespace_selects_itself_or_all_below_it(
    tmp_path: Path, prefix_match: bool, found: dict[str, int]
) -> None:
    settings = Settings(extraction_delay=60, namespace_prefix_match=prefix_match)
    backend = Backend.open(tmp_path / "data", settings)
    aws = InProcess(backend)
    memory_id = aws.memory()
    places = ("/facts/alice/", "/facts/alice/work/", "/facts/bob/", "/notes/")
    records = [record(f"r{number}", "Likes tea.", place) for number, place in enumerate(places)]
    aws("BatchCreateMemoryRecords", memoryId=memory_id, records=records)
    for namespace, count in found.items():
        where = {"memoryId": memory_id, "namespace": namespace}
        listed = aws("ListMemoryRecords", **where)["memoryRecordSummaries"]
        query = {"searchQuery": "Likes tea."}
        retrieved = aws("RetrieveMemoryRecords", **where, searchCriteria=query)["memoryRecordSummaries"]
        assert len(texts_of(listed)) == len(texts_of(retrieved)) == count
    page = aws("ListMemoryRecords", memoryId=memory_id, namespacePath="/", maxResults=3)
    assert len(page["memoryRecordSummaries"]) == 3
    backend.close()
