"""What `/healthz` says when all is well and when extraction is stuck, and what of it reaches the log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from services.aws_local.backend import Backend, Settings
from services.aws_local.long_term import extraction_queue, pipeline
from tests.aws_local.agentcore import until

SECRET = "the-secret-that-somebody-said"


@pytest.fixture
def backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Backend]:
    """An endpoint at work that nothing but what the test does wakes up."""
    monkeypatch.setattr(pipeline, "_UPKEEP_SECONDS", 3600.0)
    opened = Backend.open(tmp_path / "data", Settings(extraction_delay=0.05, transition_seconds=7))
    opened.start()
    yield opened
    opened.close()


def health_with(backend: Backend, error: Exception, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The health once extraction has met an error at every look into its queue."""

    def due(*_: Any, **__: Any) -> Any:
        raise error

    patch.setattr(extraction_queue, "due", due)
    backend.pipeline.wake()
    until(lambda: backend.health()["status"] == "degraded")
    return backend.health()


def test_a_healthy_endpoint_names_its_switches(backend: Backend) -> None:
    health = backend.health()

    assert health["status"] == "ok"
    assert "reason" not in health
    switches = health["switches"]
    assert (switches["faults"], switches["quotas"]) == ([], "off")
    assert (switches["transitionSeconds"], switches["extractionDelaySeconds"]) == (7, 0.05)


def test_a_full_disk_is_the_reason_until_it_is_over(backend: Backend) -> None:
    with pytest.MonkeyPatch.context() as patch:
        health = health_with(backend, apsw.FullError("database or disk is full"), patch)
        assert "Extraction is paused" in health["reason"]
        assert "disk is full" in health["reason"]

    until(lambda: backend.health()["status"] == "ok")
    assert "reason" not in backend.health()


def test_an_error_that_may_quote_somebody_is_named_only(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), pytest.MonkeyPatch.context() as patch:
        health = health_with(backend, ValueError(SECRET), patch)

    assert "ValueError" in health["reason"]
    assert "Extraction is paused" in caplog.text
    assert "in due" in caplog.text  # where it happened
    assert SECRET not in caplog.text + health["reason"]
