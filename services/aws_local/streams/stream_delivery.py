"""Delivers stream events to where `--stream-to` says: a directory or a webhook.

One thread takes the events off the database, so that no write waits for it. The events of a memory are
delivered in order and at least once: what was delivered is taken off afterwards, so a crash in between
delivers it again. A failure holds up its own memory only, and is tried again with growing pauses.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import SplitResult, quote, urlsplit

from services.aws_local.failures import where
from services.aws_local.loopback import LOOPBACK_NAMES
from services.aws_local.storage.store import Row, Store
from services.aws_local.storage.store_errors import StoreClosed
from services.aws_local.streams import stream_events

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.1
_AT_ONCE = 100
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0
_AFTER_ERROR_SECONDS = 1.0
_POST_SECONDS = 5.0
_BLOCK = 65_536
_LONGEST_NAME = 200  # of a file, without its ending; file systems allow 255 bytes


class UnusableDestination(ValueError):
    """`--stream-to` names no place to deliver to; the message says why."""


class NotDelivered(Exception):
    """The webhook did not accept an event; the message has its status."""


class Destination(Protocol):
    """Somewhere that events are delivered to."""

    place: str

    def deliver(self, events: Sequence[Row]) -> Iterator[int]:
        """Deliver the events of one memory in order; yields `event_no` of each once it has arrived.

        Raises OSError, http.client.HTTPException or NotDelivered where that fails.
        """


def destination(place: str, allow_remote: bool = False) -> Destination:
    """What `--stream-to` names; UnusableDestination, saying why, where it names nothing usable."""
    if "://" not in place:
        return _directory(place)
    try:
        url = urlsplit(place)
        usable = url.scheme in {"http", "https"} and url.hostname and url.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        usable = False
    if not usable or url.username or url.password:
        raise UnusableDestination(f"--stream-to takes a directory or a plain http(s) URL, not {place}.")
    if url.hostname not in LOOPBACK_NAMES and not allow_remote:
        raise UnusableDestination(
            f"Refusing to stream to {url.hostname}: what people said would leave this machine. If that is "
            "what you want, say so with --stream-allow-remote."
        )
    return Webhook(place, url)


def _directory(place: str) -> Destination:
    try:
        Path(place).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UnusableDestination(f"--stream-to {place} cannot be used: {error.strerror}.") from None
    return Directory(place)


class Directory:
    """One file of JSON lines for each stream, `REGION.ACCOUNT.STREAM.jsonl`, synced before it counts."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._directory = Path(place)

    def deliver(self, events: Sequence[Row]) -> Iterator[int]:
        for arn, group in groupby(events, key=lambda event: str(event["stream_arn"])):
            of_stream = list(group)
            _append(self._directory / file_name(arn), [event["body"] for event in of_stream])
            yield from (event["event_no"] for event in of_stream)


def file_name(arn: str) -> str:
    """The file of a stream. An ARN may hold any characters; a file name that it leads to may not."""
    _, _, _, region, account, resource = arn.split(":", 5)
    name = quote(f"{region}.{account}.{resource.removeprefix('stream/')}", safe="")
    if len(name) > _LONGEST_NAME:
        name = f"{name[:_LONGEST_NAME]}.{hashlib.blake2b(arn.encode(), digest_size=8).hexdigest()}"
    return f"{name}.jsonl"


def _append(path: Path, lines: list[str]) -> None:
    """Add whole lines, durably. Half a line that a crash left behind goes first: it is delivered again."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        file.truncate(_end_of_lines(file))
        file.seek(0, os.SEEK_END)
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())


def _end_of_lines(file: BinaryIO) -> int:
    """The position after the last newline."""
    position = file.seek(0, os.SEEK_END)
    while position > 0:
        start = max(0, position - _BLOCK)
        file.seek(start)
        newline = file.read(position - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        position = start
    return 0


class Webhook:
    """One POST for each event; any status but 2xx is a failure, redirects are not followed."""

    def __init__(self, place: str, url: SplitResult) -> None:
        self.place = place
        self._url = url

    def deliver(self, events: Sequence[Row]) -> Iterator[int]:
        with closing(self._connection()) as connection:
            for event in events:
                self._post(connection, event)
                yield event["event_no"]

    def _connection(self) -> http.client.HTTPConnection:
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=_POST_SECONDS)

    def _post(self, connection: http.client.HTTPConnection, event: Row) -> None:
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        headers = {
            "Content-Type": "application/json",
            "X-Stream-Arn": quote(event["stream_arn"], safe=":/"),
            "X-Stream-Event": str(event["event_no"]),  # the same when an event is delivered again
        }
        connection.request("POST", target, event["body"].encode(), headers)
        answer = connection.getresponse()
        answer.read()
        if not 200 <= answer.status < 300:
            raise NotDelivered(f"HTTP status {answer.status}")


@dataclass(frozen=True)
class _Pause:
    """How long a memory's events wait after a failure."""

    seconds: float
    until: float  # on time.monotonic


class StreamDelivery:
    """The thread. `start` it once, `close` it before the store."""

    def __init__(self, store: Store, to: Destination) -> None:
        self._store = store
        self._to = to
        self._pauses: dict[int, _Pause] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="stream-delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop after the event in hand; what is not delivered stays in the database."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        delivered = in_trouble = False
        while not self._stop.wait(0 if delivered else _LOOK_SECONDS):
            try:
                delivered, in_trouble = self._deliver_what_waits(), False
            except StoreClosed:
                return
            except Exception as error:  # the disk is full, say: the events stay noted, the thread must live
                if not in_trouble:  # once: a full disk may stay full for hours
                    seconds = _AFTER_ERROR_SECONDS
                    log.error("Stream delivery is tried again every %s s: %s", seconds, where(error))
                delivered, in_trouble = False, True
                self._stop.wait(_AFTER_ERROR_SECONDS)

    def _deliver_what_waits(self) -> bool:
        """Some events of every memory that is not put off; whether any arrived."""
        now = time.monotonic()
        waiting = self._store.read(stream_events.waiting)
        due = [no for no in waiting if no not in self._pauses or self._pauses[no].until <= now]
        return sum(self._deliver(memory_no) for memory_no in due) > 0

    def _deliver(self, memory_no: int) -> bool:
        events = self._store.read(lambda db: stream_events.oldest(db, memory_no, _AT_ONCE))
        arrived: list[int] = []
        try:
            for number in self._to.deliver(events):
                arrived.append(number)
                if self._stop.is_set():
                    break
            self._pauses.pop(memory_no, None)
        except (OSError, http.client.HTTPException, NotDelivered) as error:
            self._put_off(memory_no, error)
        if arrived:
            self._store.write(lambda db: stream_events.remove(db, arrived))
        return bool(arrived)

    def _put_off(self, memory_no: int, error: Exception) -> None:
        last = self._pauses.get(memory_no)
        seconds = min(last.seconds * 2, _LONGEST_PAUSE_SECONDS) if last else _FIRST_PAUSE_SECONDS
        self._pauses[memory_no] = _Pause(seconds, time.monotonic() + seconds)
        log.warning("A stream event was not delivered (%s); again in %.1f s", error, seconds)
