"""No page asks more of AWS than its row in the README says: on the sample data, at first and for a choice."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from json import load
from pathlib import Path
from typing import Any

import boto3
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import live, resources, state
from dashboard.navigation import PAGES
from services import heartbeat, sample_data
from services.clients import Clients, open_clients
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
REGION = "ap-southeast-2"  # where no other test looks
EXTRACTION_SECONDS = 240.0
KEPT_SECONDS = 25.0
"""Answers are kept a little longer; on a machine that takes longer for three runs they are asked again."""
COUNTING = "counting"
"""What the cell of a page says that counts in the background, as many calls as there is to count."""
_CELL = re.compile(rf"^(\d+)(?:, then (\d+))?( \+ {COUNTING})?$")


@dataclass(frozen=True)
class Promise:
    """A README row: the calls of a first view, the most for a choice, and whether the page counts besides."""

    first: int
    choice: int
    counts: bool


def promised(title: str) -> Promise:
    """What the README's table says of the page; fails for a row that says nothing."""
    table = README.partition("## Pages")[2].partition("\n## ")[0]
    cells = {row[0]: row[-1] for line in table.splitlines() if (row := line.strip("| ").split(" | "))}
    assert title in cells, f"The Pages table has no row “{title}”"
    found = _CELL.match(cells[title].strip())
    assert found, f"The last cell of the row “{title}” says no calls, as “4” or “4, then 2”: {cells[title]!r}"
    return Promise(int(found[1]), int(found[2] or 0), bool(found[3]))


@pytest.fixture(scope="module")
def sample(endpoint: Endpoint) -> dict[str, str]:
    """The sample data in a region of its own, all extracted; a place in it."""
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
    control, data = (
        session.client(name, endpoint_url=endpoint.url)
        for name in ("bedrock-agentcore-control", "bedrock-agentcore")
    )
    report = sample_data.load(control, data, lambda done, total, what: None)
    deadline = time.monotonic() + EXTRACTION_SECONDS
    while _pending(endpoint):
        assert time.monotonic() < deadline, "the sample data is not extracted yet"
        time.sleep(0.2)
    memory_id = next(found for found in report.memory_ids if "Support" in found)
    sessions = data.list_sessions(memoryId=memory_id, actorId="user-84")["sessionSummaries"]
    records = data.list_memory_records(memoryId=memory_id, namespacePath="/")["memoryRecordSummaries"]
    return {
        "connection": f"custom:{endpoint.url}@{REGION}",
        "memory": memory_id,
        "other memory": next(found for found in report.memory_ids if found != memory_id),
        "session": sessions[0]["sessionId"],
        "other session": sessions[1]["sessionId"],
        "record": records[0]["memoryRecordId"],
    }


def _pending(endpoint: Endpoint) -> int:
    with urllib.request.urlopen(f"{endpoint.url}/healthz", timeout=30) as answer:
        return int(load(answer)["pendingExtractions"])


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Clients]]:
    """All clients that the dashboard opens. Its heart beats once, however slow this machine is."""
    monkeypatch.setattr(heartbeat, "FRESH_SECONDS", 3600.0)
    monkeypatch.setattr(heartbeat, "HEARD_SECONDS", 3600.0)
    made: list[Clients] = []

    def noted(*arguments: Any, **more: Any) -> Clients:
        made.append(open_clients(*arguments, **more))
        return made[-1]

    monkeypatch.setattr(live, "open_clients", noted)
    yield made


def asked(opened: list[Clients], promise: Promise) -> list[str]:
    """The operations called so far, without those of the count where the row says that there is one."""
    calls = [call for clients in opened for call in clients.calls]
    return [call.operation for call in calls if not (promise.counts and call.background)]


def looked_over(app: AppTest, place: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page of reviews once its scan has ended, in the background: another record may be first then."""
    deadline = time.monotonic() + EXTRACTION_SECONDS
    with monkeypatch.context() as here:
        here.setattr(state, "get", place.get)
        while not resources.record_scan({"id": place["memory"]}, 1.0).ended:
            assert time.monotonic() < deadline, "the memory is not looked over yet"
            time.sleep(0.05)
    return app.run()


def choices(page: str, sample: dict[str, str]) -> dict[str, str]:
    """What a click on the page would change in the address bar."""
    return {
        "memories": {"memory": sample["other memory"]},
        "events": {"session": sample["other session"]},
        "records": {"record": sample["record"]},
        "retrieval": {"query": "How does this customer like to be contacted?"},
        "chat": {"session": sample["other session"]},
    }.get(page, {})


@pytest.mark.parametrize("page", [page.name for page in PAGES])
def test_a_page_asks_no_more_than_its_row_says(
    page: str,
    sample: dict[str, str],
    open_page: OpenPage,
    opened: list[Clients],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    [info] = [each for each in PAGES if each.name == page]
    promise = promised(info.title)
    place = {name: sample[name] for name in ("connection", "memory")}
    if page in ("events", "chat"):
        place |= {"actor": "user-84", "session": sample["session"]}
    begun = time.monotonic()
    app = open_page(page, **place)
    assert not app.exception
    if page == "review":
        app = looked_over(app, place, monkeypatch)
    first = asked(opened, promise)
    assert len(first) <= promise.first, f"first view: {first}"
    app.run()
    again = asked(opened, promise)[len(first) :]
    if time.monotonic() - begun < KEPT_SECONDS:
        allowed = promise.choice if page == "chat" else 0  # it looks for what others wrote
        assert len(again) <= allowed, f"nothing had changed: {again}"
    before = len(asked(opened, promise))
    app.query_params.update(choices(page, sample))
    app.run()
    chosen = asked(opened, promise)[before:]
    if time.monotonic() - begun < KEPT_SECONDS:
        assert len(chosen) <= promise.choice, f"for a choice: {chosen}"
