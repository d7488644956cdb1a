"""The endpoints of the endpoint's own tests: they leave hundreds of memories, which no page should list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.aws_local.switches import local
from tests.aws_local.travel import Clients
from tests.conftest import Endpoint, closed_client, quick_endpoint


@pytest.fixture(scope="session")
def endpoint(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """One endpoint for all these tests; they make memories of their own in it."""
    yield from quick_endpoint(tmp_path_factory.mktemp("endpoint") / "data")


@pytest.fixture(scope="session")
def control(endpoint: Endpoint) -> Iterator[Any]:
    """A boto3 client of the control plane."""
    yield from closed_client(endpoint, "bedrock-agentcore-control")


@pytest.fixture(scope="session")
def data(endpoint: Endpoint) -> Iterator[Any]:
    """A boto3 client of the data plane."""
    yield from closed_client(endpoint, "bedrock-agentcore")


@pytest.fixture(scope="session")
def runtime(endpoint: Endpoint) -> Iterator[Any]:
    """A boto3 client of Bedrock Runtime."""
    yield from closed_client(endpoint, "bedrock-runtime")


@pytest.fixture(scope="session")
def agents_endpoint(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """An endpoint that runs Lambda code, and makes nobody wait for a summary."""
    options = ("--run-lambda-code", "--summary-delay", "0", "--extraction-delay", "3600")
    running = Endpoint(tmp_path_factory.mktemp("agents") / "data", *options)
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture(scope="session")
def travel(agents_endpoint: Endpoint) -> Iterator[Clients]:
    """Clients of that endpoint."""
    clients = Clients.of(agents_endpoint)
    yield clients
    clients.close()


@pytest.fixture(scope="session")
def _switchable(_isolated_aws: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    running = Endpoint(tmp_path_factory.mktemp("switches") / "data", "--extraction-delay", "3600")
    running.start()
    yield running
    assert running.stop() == 0, running.log.read_text("utf-8")


@pytest.fixture
def switched(_switchable: Endpoint) -> Iterator[Endpoint]:
    """An endpoint of these tests' own, with every switch off before and after."""
    yield _switchable
    for switch in ("faults", "quotas"):
        local(_switchable, "DELETE", f"/_local/{switch}")
