"""Hostile text in every field that an agent, its users or a link can fill: it must stay text.

The text reaches the pages through the API, as it would from a poisoned conversation. Nothing of it may make
the browser send a request, run a script, offer a way out of the dashboard, or change what is read.
"""

import base64
import json
import os
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, WebSocket, expect

from services.retrieval import inquiries
from services.retrieval.inquiries import Inquiry
from tests.browser.conftest import PATIENCE_MILLISECONDS, Dashboard, running_dashboard, settled
from tests.pages.conftest import wait_for_records

pytestmark = pytest.mark.browser

FOREIGN = "canary.example"
RIGHT_TO_LEFT = "\u202e"
PAYLOADS = {
    "Markdown image": f"![inline](https://{FOREIGN}/inline.png)",
    "Markdown image by reference": f"![named][image]\n\n[image]: https://{FOREIGN}/reference.png",
    "Markdown links": f"[a link](https://{FOREIGN}/link) <https://{FOREIGN}/auto> [no scheme](//{FOREIGN}/x)",
    "script addresses": "[press](javascript:alert(1)) [data](data:text/html,<script>alert(2)</script>)",
    "HTML elements": f'<img src="https://{FOREIGN}/img.png" onerror="alert(3)"><script>alert(4)</script>'
    f'<iframe src="https://{FOREIGN}/frame"></iframe><form action="https://{FOREIGN}/form"></form>',
    "HTML styles": f"<style>body {{ display: none; background: url(https://{FOREIGN}/style) }}</style>",
    "directives": ":red[painted] :material/skull: :blue-background[painted]",
    "LaTeX": rf"$\href{{https://{FOREIGN}/latex}}{{x}}$ $$\includegraphics{{https://{FOREIGN}/latex.png}}$$",
    "bare address": f"see https://{FOREIGN}/bare and http://{FOREIGN}",
    "bare host": f"see WWW.{FOREIGN.upper()} or www.{FOREIGN}/bare",
    "mail": f"write to someone@{FOREIGN} or mailto:someone@{FOREIGN}",
    "bidirectional controls": f"nothing {RIGHT_TO_LEFT}gnihton\u202c\u2066hidden\u2069",
}
EVERYTHING = "\n\n".join(f"{name}: {payload}" for name, payload in PAYLOADS.items())
# What the service lets metadata keys and values be: [a-zA-Z0-9\s._:/=+@-]
METADATA = {
    f"https://{FOREIGN}/key": {"stringValue": f"https://{FOREIGN}/value"},
    "host": {"stringValue": f"WWW.{FOREIGN.upper()} www.{FOREIGN}"},
    "mail": {"stringValue": f"someone@{FOREIGN} mailto:someone@{FOREIGN}"},
    "icon": {"stringValue": ":material/skull:"},
}
# Links, painted words, formulas, frames and controls that the text has brought into the page.
FINDINGS = """
() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const own = (e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("");
  const foreign = (address) => !address.startsWith(location.origin + "/");
  return [
    ...all("a[href], area[href]").map((a) => a.href).filter(foreign),
    ...all("form[action], iframe, object, embed, base").map((e) => e.outerHTML.slice(0, 200)),
    ...all("img, source, video, audio").map((e) => e.src)
      .filter((src) => src && foreign(src) && !src.startsWith("data:image/")),
    ...all("span, strong, em").filter((e) => own(e) === "painted").map((e) => e.outerHTML),
    ...all(".katex").map((e) => e.outerHTML.slice(0, 200)),
    ...all("[data-testid=stIconMaterial]").filter((e) => own(e) === "skull").map((e) => e.outerHTML),
    ...(/[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.body.innerText) ? ["bidirectional controls"] : []),
    ...(getComputedStyle(document.body).display === "none" ? ["a style"] : []),
  ];
}
"""
# What unsafe pages would have made of the text.
UNSAFE = f"""
<a href="https://{FOREIGN}/link">a link</a> <img src="https://{FOREIGN}/img.png" onerror="alert(3)">
<iframe src="https://{FOREIGN}/frame"></iframe> <form action="https://{FOREIGN}/form"></form>
<span>painted</span> <span class="katex">x</span> {RIGHT_TO_LEFT}
"""
# Opens every tooltip, and waits until they are drawn.
HOVER = """
() => {
  for (const target of document.querySelectorAll("[data-testid=stTooltipHoverTarget]"))
    for (const type of ["pointerover", "pointerenter", "mouseover", "mouseenter", "mousemove"])
      target.dispatchEvent(new MouseEvent(type, {bubbles: true}));
  return new Promise((resolve) => setTimeout(resolve, 400));
}
"""


@dataclass(frozen=True)
class Poisoned:
    """A memory full of hostile text, and where in it to look."""

    memory_id: str
    session_id: str
    event_ids: list[str]
    record_ids: list[str]

    def place(self, **more: str) -> dict[str, str]:
        return {"memory": self.memory_id, "actor": "attacker", "session": self.session_id} | more


@pytest.fixture(scope="module")
def poisoned(control: Any, data: Any) -> Iterator[Poisoned]:
    strategies = _create_memory(control)
    memory_id = strategies.pop("memory")
    event_ids = [
        data.create_event(
            memoryId=memory_id,
            actorId="attacker",
            sessionId="poisoned",
            eventTimestamp=1_793_000_000 + number,
            payload=payload,
            metadata=METADATA,
        )["event"]["eventId"]
        for number, payload in enumerate(_payloads())
    ]
    _write_records(data, memory_id, strategies)
    record_ids = wait_for_records(data, memory_id, at_least=4)
    yield Poisoned(memory_id, "poisoned", event_ids, record_ids)
    control.delete_memory(memoryId=memory_id)


def _create_memory(control: Any) -> dict[str, str]:
    """Strategy type -> id, and `memory` -> its id."""
    kinds = ("semanticMemoryStrategy", "userPreferenceMemoryStrategy", "summaryMemoryStrategy")
    created = control.create_memory(
        name="Poisoned",
        description=EVERYTHING[:4096],
        eventExpiryDuration=30,
        memoryStrategies=[
            {kind: {"name": f"Kind{number}", "description": EVERYTHING[:1000], "namespaceTemplates": [path]}}
            for number, (kind, path) in enumerate(
                zip(kinds, ("/a/{actorId}/", "/b/{actorId}/", "/c/{actorId}/{sessionId}/"), strict=True)
            )
        ],
    )["memory"]
    control.get_waiter("memory_created").wait(memoryId=created["id"], WaiterConfig={"Delay": 1})
    found = control.get_memory(memoryId=created["id"])["memory"]["strategies"]
    return {one["type"]: one["strategyId"] for one in found} | {"memory": created["id"]}


def _payloads() -> Iterator[list[dict[str, Any]]]:
    """Each class said by everybody; all of them as a framework's message, a tool's call, and state."""
    for role in ("USER", "ASSISTANT", "TOOL", "OTHER"):
        yield [{"conversational": {"role": role, "content": {"text": text}}} for text in PAYLOADS.values()]
    wrapped = {"message": {"role": "user", "content": [{"text": EVERYTHING}]}, "message_id": 0}
    call = {"toolUse": {"toolUseId": EVERYTHING, "name": EVERYTHING, "input": {EVERYTHING: EVERYTHING}}}
    for said in (wrapped, {"message": {"role": "assistant", "content": [call]}, "message_id": 1}):
        yield [{"conversational": {"role": "USER", "content": {"text": json.dumps(said)}}}]
    yield [{"blob": {EVERYTHING: [EVERYTHING]}}]
    yield [{"blob": EVERYTHING}]


def _write_records(data: Any, memory_id: str, strategies: dict[str, str]) -> None:
    preference = {"context": EVERYTHING, "preference": EVERYTHING, "categories": list(PAYLOADS.values())}
    texts = {
        "SEMANTIC": EVERYTHING,
        "USER_PREFERENCE": json.dumps(preference),
        "SUMMARIZATION": "".join(
            f'<topic name="{payload.replace(chr(34), "")}">{payload}</topic>' for payload in PAYLOADS.values()
        ),
    }
    records: list[dict[str, Any]] = [
        {
            "requestIdentifier": kind,
            "namespaces": ["/written/attacker/"],
            "content": {"text": text},
            "timestamp": 1_793_000_000,
            "memoryStrategyId": strategies[kind],
            "metadata": METADATA,
        }
        for kind, text in texts.items()
    ]
    without = {name: value for name, value in records[0].items() if name != "memoryStrategyId"}
    records.append(without | {"requestIdentifier": "none"})
    answer = data.batch_create_memory_records(memoryId=memory_id, records=records)
    assert answer["failedRecords"] == []


@dataclass
class Watched:
    """A page, and everything that it did which text must not make it do."""

    page: Page
    url: str
    leaks: list[str] = field(default_factory=list)

    def look(self, where: str) -> None:
        """Notes what is wrong with the page as it is now, its tooltips open."""
        self.page.evaluate(HOVER)
        self.leaks += [f"{where}: {finding}" for finding in self.page.evaluate(FINDINGS)]

    def go(self, path: str, /, **place: str) -> None:
        """Opens a link; what it names may be refused, so that there is no heading to wait for."""
        self.page.goto(f"{self.url}/{path}?{urlencode(place, quote_via=quote)}")
        idle = self.page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
        expect(idle).to_be_visible()
        expect(self.page.locator("[data-testid=stHeading], [data-testid=stAlert]").first).to_be_visible()

    def press(self, name: str | re.Pattern[str], role: Any = "button") -> None:
        self.page.get_by_role(role, name=name).first.click()
        settled(self.page)

    def on_request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != urlsplit(self.url).netloc:
            self.leaks.append(f"request: {request.url}")

    def on_socket(self, opened: WebSocket) -> None:
        if urlsplit(opened.url).netloc != urlsplit(self.url).netloc:
            self.leaks.append(f"WebSocket: {opened.url}")

    def on_dialog(self, dialog: Dialog) -> None:
        self.leaks.append(f"a script ran: {dialog.message}")
        dialog.dismiss()


@pytest.fixture(scope="module")
def dashboard(
    endpoint: Any, poisoned: Poisoned, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Dashboard]:
    """One that has not read the memories before there was a poisoned one."""
    with running_dashboard(endpoint.url, tmp_path_factory.mktemp("poisoned")) as url:
        yield Dashboard(url, chromium)


@pytest.fixture
def watched(dashboard: Dashboard, chromium: Browser) -> Iterator[Watched]:
    """A page without its Content-Security-Policy, which would hide what the text could do."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1400}, bypass_csp=True)
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = context.new_page()
    watched = Watched(page, dashboard.url)
    page.on("request", watched.on_request)
    page.on("websocket", watched.on_socket)
    page.on("dialog", watched.on_dialog)
    yield watched
    assert watched.page.context.pages == [page], "text opened another page"
    context.close()


def test_the_search_finds_what_it_looks_for(watched: Watched) -> None:
    """Without this, all tests below could pass because they see nothing."""
    watched.go("")
    watched.page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", UNSAFE)
    watched.look("unsafe")
    found = "\n".join(watched.leaks)
    for trace in (
        "/link",
        "/img.png",
        "/frame",
        "/form",
        "painted",
        "katex",
        "bidirectional",
        "a script ran",
    ):
        assert trace in found, found
    assert f"request: https://{FOREIGN}/img.png" in watched.leaks


class TestPages:
    def test_overview(self, watched: Watched, poisoned: Poisoned) -> None:
        watched.go("")
        expect(watched.page.get_by_role("heading", name="Latest sessions")).to_be_visible()
        watched.look("counting")
        assert watched.leaks == []

    def test_memories(self, watched: Watched, poisoned: Poisoned) -> None:
        watched.go("memories", memory=poisoned.memory_id)
        expect(watched.page.get_by_role("heading", name="Poisoned")).to_be_visible()
        watched.look("Strategies")
        for tab in ("Namespaces", "Records", "Configuration", "Compare", "As the API returns it"):
            watched.press(tab, "tab")
            watched.look(tab)
        for button in ("Edit", "Add strategy", "Delete"):
            watched.press(button)
            expect(watched.page.get_by_role("dialog")).to_be_visible()
            watched.look(button)
            watched.page.keyboard.press("Escape")
            settled(watched.page)
        assert watched.leaks == []

    def test_events(self, watched: Watched, poisoned: Poisoned) -> None:
        watched.go("events", **poisoned.place())
        expect(watched.page.get_by_text("![inline](").first).to_be_visible()
        watched.look("transcript")
        watched.go("events", **poisoned.place(search="inline", search_in="actor"))
        expect(watched.page.get_by_text("Everything was read.")).to_be_visible()
        watched.look("search")
        watched.go("events", **poisoned.place(event=poisoned.event_ids[0], event_view="records"))
        expect(watched.page.get_by_text("A guess")).to_be_visible()
        watched.look("likely records")
        assert watched.leaks == []

    def test_each_event(self, watched: Watched, poisoned: Poisoned) -> None:
        for event_id in poisoned.event_ids:
            watched.go("events", **poisoned.place(event=event_id))
            expect(watched.page.get_by_role("dialog")).to_be_visible()
            watched.look(f"event {event_id}")
        assert watched.leaks == []

    def test_records(self, watched: Watched, poisoned: Poisoned) -> None:
        watched.go("records", memory=poisoned.memory_id)
        watched.look("all records")
        for record_id in poisoned.record_ids[:2]:
            watched.go("records", memory=poisoned.memory_id, record=record_id)
            for tab in ("Likely sources", "Near in meaning", "As the API returns it", "Record"):
                watched.press(tab, "tab")
                watched.look(f"{tab} of {record_id}")
        assert watched.leaks == []

    def test_retrieval(self, watched: Watched, poisoned: Poisoned) -> None:
        watched.go("retrieval", memory=poisoned.memory_id)
        watched.look("namespaces")
        watched.go("retrieval", memory=poisoned.memory_id, query=EVERYTHING[:1000])
        expect(watched.page.get_by_text("#1", exact=True)).to_be_visible()
        watched.look("results")
        wanted = {"memory": poisoned.memory_id, "query": EVERYTHING[:1000]}
        other = inquiries.dumps(Inquiry(EVERYTHING[:900], namespaces=("/facts/<b>/",), strategy_ids=("<i>",)))
        for view in ("agent", "golden"):
            watched.go("retrieval", **wanted, view=view, namespace="/,/facts/")
            watched.look(view)
        watched.go("retrieval", **wanted, view="compare", baseline=other)
        watched.look("a hostile comparison")
        watched.go("retrieval", **wanted, namespace="/,/facts/")
        watched.look("side by side")
        assert watched.leaks == []

    def test_a_golden_query(self, watched: Watched, poisoned: Poisoned) -> None:
        watched.go("retrieval", memory=poisoned.memory_id, query=EVERYTHING[:1000], view="golden")
        watched.page.get_by_label("Phrases that some record must hold").fill(EVERYTHING[:900])
        watched.press("Save golden query")
        watched.press("Run 1 query")
        expect(watched.page.get_by_text("Last run by")).to_be_visible()
        watched.look("a golden query with its result")
        watched.press("Ask it now")
        expect(watched.page.get_by_text("#1", exact=True)).to_be_visible()
        assert watched.leaks == []

    def test_each_record(self, watched: Watched, poisoned: Poisoned) -> None:
        for record_id in poisoned.record_ids:
            watched.go("retrieval", memory=poisoned.memory_id, record=record_id)
            expect(watched.page.get_by_role("dialog")).to_be_visible()
            watched.look(f"record {record_id}")
        assert watched.leaks == []

    def test_chat(self, watched: Watched, poisoned: Poisoned) -> None:
        watched.go("chat", **poisoned.place())
        watched.look("earlier conversation")
        watched.go("chat", memory=poisoned.memory_id, actor="attacker", session="fresh")
        prompt = watched.page.get_by_test_id("stChatInputTextArea")
        texts = list(PAYLOADS.values())
        turns = [f"My name is {' and '.join(texts[start::3])}" for start in range(3)]
        for number, said in enumerate([*turns, "What do you know about me?"], start=1):
            prompt.fill(said)
            prompt.press("Enter")
            turn = watched.page.locator(f".st-key-chat-panel-turn-{number}")
            expect(turn).to_contain_text("Event stored")
            watched.look(f"turn {number}")
        assert watched.leaks == []

    @pytest.mark.parametrize(
        "key", ["connection", "memory", "actor", "session", "event", "record", "namespace", "path"]
    )
    def test_a_link_that_is_hostile_itself(self, watched: Watched, poisoned: Poisoned, key: str) -> None:
        for page in ("", "memories", "events", "records", "retrieval", "chat", "access"):
            watched.go(page, **poisoned.place(query="q") | {key: EVERYTHING[:900]})
            watched.look(f"{page} with a hostile {key}")
        assert watched.leaks == []


class TestServer:
    @pytest.mark.parametrize(
        "path", ["", "memories", "events", "records", "retrieval", "chat", "access", "no-such-page"]
    )
    def test_every_page_is_served_with_the_policy(self, dashboard: Dashboard, path: str) -> None:
        with urllib.request.urlopen(f"{dashboard.url}/{path}", timeout=60) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "'unsafe-eval'" not in policy
            assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"

    @pytest.mark.parametrize("host", [FOREIGN, f"127.0.0.1.{FOREIGN}", "192.168.0.1", "[::1]", ""])
    @pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/static/x.js"])
    def test_a_foreign_host_is_refused(self, dashboard: Dashboard, host: str, path: str) -> None:
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(
                urllib.request.Request(f"{dashboard.url}{path}", headers={"Host": host}), timeout=60
            )

    def test_a_web_socket_of_our_own_page_is_accepted(self, dashboard: Dashboard) -> None:
        own = urlsplit(dashboard.url).netloc
        assert web_socket_status(dashboard.url, Host=own, Origin=f"http://{own}") == 101

    def test_a_web_socket_to_a_foreign_host_is_refused(self, dashboard: Dashboard) -> None:
        port = urlsplit(dashboard.url).port
        rebound = f"{FOREIGN}:{port}"
        assert web_socket_status(dashboard.url, Host=rebound, Origin=f"http://{rebound}") == 403
        assert web_socket_status(dashboard.url, Host=rebound) == 403

    @pytest.mark.parametrize(
        "origin", [f"https://{FOREIGN}", "http://127.0.0.1:1", "null", "http://localhost"]
    )
    def test_a_web_socket_of_a_foreign_page_is_refused(self, dashboard: Dashboard, origin: str) -> None:
        own = urlsplit(dashboard.url).netloc
        assert web_socket_status(dashboard.url, Host=own, Origin=origin) == 403


def web_socket_status(url: str, **headers: str) -> int:
    """The HTTP status that a WebSocket handshake with the dashboard ends with; 101 is accepted."""
    address = urlsplit(url)
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        return int(connection.makefile("rb").readline().split()[1])
