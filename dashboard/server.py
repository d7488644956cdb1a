"""The dashboard as an ASGI application: `streamlit run dashboard/server.py`.

Streamlit alone sends no Content-Security-Policy and checks Host and Origin headers on some routes only.
Memory text comes from strangers, so the policy below is the net under `dashboard.text`: even if a text were
rendered as Markdown somewhere, the browser would fetch nothing from another host and run no script of it.
"""

import base64
import hashlib
import importlib
import logging
import re
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from streamlit import config as streamlit_config

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)


SERVED_FROM_THE_ROOT = "window.__streamlit = { BACKEND_BASE_URL: window.location.origin }"
"""Else Streamlit's page at /records asks /records/_stcore/health first: two errors in the console."""
OUR_SCRIPT = f"{SERVED_FROM_THE_ROOT};\n{Path(__file__).with_name('history.js').read_text(encoding='utf-8')}"


def inline_script_hashes() -> list[str]:
    """CSP hashes of the inline scripts: those in Streamlit's index.html (of this version), and ours."""
    index = Path(st.__file__).parent / "static" / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", index.read_text(encoding="utf-8"), re.DOTALL)
    scripts.append(OUR_SCRIPT)
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def content_security_policy() -> str:
    """The strictest policy under which every native Streamlit chart and table still draws."""
    scripts = " ".join(["'self'", "'wasm-unsafe-eval'", *inline_script_hashes()])
    return (
        f"default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; frame-src 'self' blob: data:; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    )


class SecurityHeaders:
    """Adds the policy, nosniff and no-referrer to every HTTP answer."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class WithOurScript:
    """Puts our script before Streamlit's into each page of HTML."""

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        body = b""

        async def send_changed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                if Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                    start = message
                    return
            elif start is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                body = body.replace(b"<script", f"<script>{OUR_SCRIPT}</script><script".encode(), 1)
                MutableHeaders(scope=start)["content-length"] = str(len(body))
                await send(start)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await self.app(_uncompressed(scope), receive, send_changed)


def _uncompressed(scope: Scope) -> Scope:
    """The request, for a page, without the wish for a compressed answer; files of other kinds keep it."""
    if "." in scope["path"]:
        return scope
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": kept}


class OwnPagesOnly:
    """Refuses, on every route, what a browser sends for a page that is not ours.

    A host name that we do not serve is DNS rebinding; a foreign Origin is another site's page, or one of
    another port of this machine, opening our WebSocket. Streamlit would ask the internet for this machine's
    address before it refuses such an Origin.
    """

    def __init__(self, app: AsgiApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = foreign(scope) if scope["type"] in ("http", "websocket") else None
        if problem:
            await PlainTextResponse(problem, status_code=403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def foreign(scope: Scope) -> str | None:
    """Why a request is refused, or None: its Host is one of `server.allowedHosts` and its Origin, if any,
    that very host and port."""
    headers = Headers(scope=scope)
    host = headers.get("host", "").lower()
    if re.sub(r":\d+$", "", host) not in (streamlit_config.get_option("server.allowedHosts") or ()):
        return "This dashboard does not serve that host name."
    if "origin" in headers and urlsplit(headers["origin"].lower()).netloc != host:
        return "This dashboard does not serve pages of another origin."
    return None


def log_script_error(error: Exception) -> bool:
    """The last boundary: a page, fragment or callback raised something that `faults.shown()` did not see."""
    from dashboard import faults  # noqa: PLC0415 - needs the script's own sys.path and a running session

    logger.error("uncaught error in the dashboard", exc_info=error)
    faults.show(error)
    return True


@asynccontextmanager
async def running(_app: st.App) -> AsyncIterator[None]:
    """While the server runs, a thread of it works in the background."""
    stopped = threading.Event()
    threading.Thread(target=_in_background, args=(stopped,), name="background", daemon=True).start()
    yield
    stopped.set()


def _in_background(stopped: threading.Event) -> None:
    """Imports what the first visitor would otherwise wait for (pandas, boto3, the agent's framework), then
    makes second checks of erasures as they become due."""
    _import_everything()
    from dashboard import second_checks  # noqa: PLC0415 - an import that takes its time, like those above

    second_checks.make(stopped)


def _import_everything() -> None:
    for name in ("pandas", "pyarrow", "plotly.graph_objects", "dashboard.resources", "dashboard.chat_rooms"):
        importlib.import_module(name)


app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=running,
    middleware=[Middleware(OwnPagesOnly), Middleware(SecurityHeaders), Middleware(WithOurScript)],
    on_script_error=log_script_error,
)
