"""What an AWS-compatible endpoint that is not AWS says of itself at `GET /healthz`.

AWS answers no such path, so its absence means nothing; no read or write depends on it. It only supplies a
label: who extracts the memories there, so that rule-made records are never taken for a model's.

The URL is the user's: it is asked once, without following redirects to where it would not be let, and what
it answers is read only so far.
"""

import http.client
import urllib.request
from dataclasses import dataclass
from typing import Any

from services import bounded_json
from services.connection import check_endpoint_address, is_loopback

TIMEOUT_SECONDS = 2.0
MAX_BYTES = 64 * 1024


@dataclass(frozen=True)
class EndpointStatus:
    """The endpoint's own words. `trouble`: why it is degraded; `custom_models`: who carries out the
    instructions of custom strategies; `switches`: what makes calls fail there on purpose, told so that nobody
    looks for the cause elsewhere.
    """

    extractor: str | None
    embedder: str | None
    pending_extractions: int | None
    trouble: str | None = None
    custom_models: str | None = None
    switches: tuple[str, ...] = ()


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Takes a redirect for the failure that it is here: its target was not checked."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """None: urllib raises the answer as an HTTPError."""


def endpoint_status(endpoint_url: str) -> EndpointStatus | None:
    """Asks `endpoint_url`; None when it has no such page, does not answer in time, or must not be called."""
    try:
        document = bounded_json.read(_body(endpoint_url))
    except (http.client.HTTPException, OSError, ValueError):
        return None
    if not isinstance(document, dict):
        return None
    pending = document.get("pendingExtractions")
    return EndpointStatus(
        extractor=_text(document.get("extractor")),
        embedder=_text(document.get("embedder")),
        pending_extractions=pending if isinstance(pending, int) else None,
        trouble=_text(document.get("reason")),
        custom_models=_text(document.get("customModels")),
        switches=_switched_on(document.get("switches")),
    )


def _switched_on(switches: object) -> tuple[str, ...]:
    """Armed faults by their rules, and quotas that are enforced."""
    if not isinstance(switches, dict):
        return ()
    faults = switches.get("faults")
    rules = [fault for fault in faults if isinstance(fault, dict)] if isinstance(faults, list) else []
    armed = [str(fault.get("rule", "")) for fault in rules if not fault.get("spent")]
    return (*armed, *(["strict quotas"] if switches.get("quotas") == "strict" else []))


def _body(endpoint_url: str) -> bytes:
    """The page; raises InvalidEndpoint, ValueError for a body longer than MAX_BYTES, and urllib's errors."""
    check_endpoint_address(endpoint_url)  # http(s) only
    proxies: dict[str, str] | None = {} if is_loopback(endpoint_url) else None
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler(proxies))
    with opener.open(f"{endpoint_url.rstrip('/')}/healthz", timeout=TIMEOUT_SECONDS) as answer:
        body: bytes = answer.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ValueError(f"The status page is longer than {MAX_BYTES} bytes.")
    return body


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
