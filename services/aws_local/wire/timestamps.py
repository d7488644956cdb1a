"""Timestamps on the wire: epoch numbers, ISO 8601 or the HTTP date, as the model says for each place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from botocore.model import Shape

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DEFAULT_FORMATS = {"querystring": "iso8601", "uri": "iso8601", "header": "rfc822"}


def timestamp_format(shape: Shape) -> str:
    """`unixtimestamp`, `iso8601` or `rfc822`: the model says, or the place defaults to it."""
    default = _DEFAULT_FORMATS.get(shape.serialization.get("location", ""), "unixtimestamp")
    return str(shape.serialization.get("timestampFormat", default)).lower()


def from_epoch(seconds: float) -> datetime:
    """Seconds since 1970 as an aware UTC datetime. OverflowError outside of the years 1 to 9999."""
    return EPOCH + timedelta(seconds=seconds)


def from_text(form: str, text: str) -> datetime:
    """A timestamp that was sent as text, in UTC. Raises ValueError or OverflowError when it is none."""
    if form == "unixtimestamp":
        return from_epoch(float(text))
    moment = parsedate_to_datetime(text) if form == "rfc822" else datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def to_wire(shape: Shape, value: datetime | float, form: str | None = None) -> float | str:
    """A timestamp for an answer, from a datetime or epoch seconds, to the millisecond as AWS stores it.

    `form` is the one of the protocol, where that is not REST-JSON.
    """
    form = form or timestamp_format(shape)
    if form == "unixtimestamp":
        seconds = (value - EPOCH) / timedelta(seconds=1) if isinstance(value, datetime) else value
        return round(seconds, 3)
    moment = value if isinstance(value, datetime) else from_epoch(value)
    if form == "rfc822":
        return format_datetime(moment.astimezone(UTC), usegmt=True)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
