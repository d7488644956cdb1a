"""Every page with the read-only switch on, everything on it clicked: nothing that writes may arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dashboard import navigation
from services.authorization import is_read
from services.workspace import audit
from services.workspace.store import open_workspace
from tests.conftest import Endpoint
from tests.pages.conftest import OpenPage, Store
from tests.services.counting_proxy import CountingProxy

MOST_CLICKS = 4


@pytest.fixture
def proxy(
    endpoint: Endpoint, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> Iterator[CountingProxy]:
    counting = CountingProxy(endpoint.url)
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", counting.url)
    monkeypatch.setenv("AGENTCORE_STUDIO_READ_ONLY", "1")
    yield counting
    counting.close()


@pytest.mark.parametrize("page", [info.name for info in navigation.PAGES])
def test_no_click_on_any_page_writes(
    page: str, open_page: OpenPage, store: Store, data: Any, proxy: CountingProxy
) -> None:
    place = {"memory": store.memory_id, "actor": store.actor_id, "session": store.session_id}
    listed = data.list_events(memoryId=store.memory_id, actorId=store.actor_id, sessionId=store.session_id)
    place |= {"event": listed["events"][0]["eventId"], "record": store.record_ids[0]}
    app = open_page(page, **place)
    assert not app.exception
    clicked: set[str] = set()
    while len(clicked) < MOST_CLICKS:
        button = next((each for each in app.button if not each.disabled and each.key not in clicked), None)
        if button is None:
            break
        clicked.add(str(button.key))
        button.click().run()
    for box in app.chat_input:
        if not box.disabled:
            box.set_value("I prefer tea.").run()
    assert {name for name in proxy.operations if not is_read(name)} <= {"GET /healthz"}
    trail = open_workspace()
    rows = audit.list_audit(trail)
    trail.close()
    assert rows == []
