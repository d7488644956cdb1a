"""Frames of an event stream, as botocore's own decoder reads them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.eventstream import EventStream, EventStreamBuffer
from botocore.exceptions import EventStreamError
from botocore.model import StructureShape
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from services.aws_local.errors import ThrottlingException
from services.aws_local.wire.event_stream import encode, frames
from services.aws_local.wire.service_models import operation_model
from tests.aws_local.wire import values

SHAPE: StructureShape = operation_model("bedrock-runtime", "ConverseStream").output_shape.members["stream"]  # type: ignore[union-attr,assignment]
EVENTS = [name for name in SHAPE.members if not name.endswith("Exception")]


class Wire:
    """What botocore's EventStream reads from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def stream(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Nothing to close."""


def received(events: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What boto3 makes of the frames."""
    parser = create_parser("rest-json")._event_stream_parser
    return iter(EventStream(Wire(frames(SHAPE, events)), SHAPE, parser, "ConverseStream"))


@given(
    events=st.lists(
        st.sampled_from(EVENTS).flatmap(
            lambda name: values(SHAPE.members[name]).map(lambda event: {name: event})
        ),
        max_size=4,
    )
)
def test_botocore_reads_the_events_that_were_written(events: list[dict[str, Any]]) -> None:
    assert list(received(iter(events))) == events


@given(
    st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=40), max_size=3),
    st.binary(max_size=200),
)
def test_headers_and_payload_survive_with_their_checksums(headers: dict[str, str], payload: bytes) -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(encode(headers, payload))

    (message,) = list(buffer)

    assert (message.headers, message.payload) == (headers, payload)


def test_a_modelled_error_ends_the_stream_under_its_name() -> None:
    def events() -> Iterator[dict[str, Any]]:
        yield {"messageStart": {"role": "assistant"}}
        raise ThrottlingException("slow down")

    stream = received(events())

    assert next(stream) == {"messageStart": {"role": "assistant"}}
    with pytest.raises(EventStreamError, match=r"throttlingException.*slow down"):
        next(stream)


def test_any_other_error_is_an_internal_one_and_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    def events() -> Iterator[dict[str, Any]]:
        yield {"messageStart": {"role": "assistant"}}
        raise KeyError("the user's secret")

    with caplog.at_level(logging.ERROR), pytest.raises(EventStreamError, match="internalServerException"):
        list(received(events()))

    assert "KeyError" in caplog.text
    assert "secret" not in caplog.text
