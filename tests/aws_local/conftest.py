"""An endpoint whose switches tests may use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.aws_local.switches import local
from tests.conftest import Endpoint


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
