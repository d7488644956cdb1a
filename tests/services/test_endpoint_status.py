"""What an endpoint says of itself: read with care, since the URL is the user's."""

from __future__ import annotations

import pytest

from services.endpoint_status import MAX_BYTES, EndpointStatus, endpoint_status
from tests.conftest import Endpoint, free_port
from tests.services.fault_server import (
    Behaviour,
    FaultServer,
    Handler,
    answers,
    garbage,
    reset,
    truncated,
)


def redirects(handler: Handler) -> None:
    """To a page that would answer."""
    handler.send(302, b"", Location=f"{handler.server.url}/elsewhere")


def speaks_no_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    handler.close_connection = True


def test_the_embedded_endpoint_names_its_extractor(endpoint: Endpoint) -> None:
    status = endpoint_status(endpoint.url)
    assert status is not None
    assert status.extractor
    assert status.pending_extractions is not None


def test_only_what_has_the_right_type_is_believed(faulty: FaultServer) -> None:
    faulty.plays(answers({"extractor": 5, "embedder": "words", "pendingExtractions": "2"}))
    assert endpoint_status(f"{faulty.url}/") == EndpointStatus(None, "words", None)
    assert faulty.requests[0][1] == "/healthz"


def test_what_is_switched_on_there_is_told(faulty: FaultServer) -> None:
    faults = [{"rule": "throttle on *", "spent": False}, {"rule": "drop on GetMemory", "spent": True}, 7]
    document = {"reason": "The disk is full.", "switches": {"faults": faults, "quotas": "strict"}}
    faulty.plays(answers(document), answers({"switches": {"faults": "none", "quotas": "off"}}))
    status = endpoint_status(faulty.url)
    assert status is not None
    assert (status.trouble, status.switches) == ("The disk is full.", ("throttle on *", "strict quotas"))
    assert endpoint_status(faulty.url) == EndpointStatus(None, None, None)


@pytest.mark.parametrize(
    "behaviour",
    [
        garbage(b"<html>hello</html>"),
        garbage(b"[]"),
        garbage(b"\xff\xfe{}"),
        garbage(b"[" * 60_000),
        garbage(b'{"extractor": "' + b"a" * MAX_BYTES + b'"}'),
        garbage(b"{}", 404),
        redirects,
        truncated,
        reset,
        speaks_no_http,
    ],
)
def test_anything_else_is_no_status(behaviour: Behaviour, faulty: FaultServer) -> None:
    faulty.plays(behaviour, answers({"extractor": "of another page"}))
    assert endpoint_status(faulty.url) is None
    assert len(faulty.requests) == 1


@pytest.mark.parametrize("url", ["file:///etc", "ftp://127.0.0.1", "http://169.254.169.254", "http://a..b"])
def test_a_url_that_must_not_be_called_is_not(url: str) -> None:
    assert endpoint_status(url) is None


def test_nobody_listens() -> None:
    assert endpoint_status(f"http://127.0.0.1:{free_port()}") is None
