"""Delivers hand-overs of self-managed strategies: to a directory, or to a webhook of this machine.

In a directory the payload is `BUCKET/KEY`, as the S3 location in the notification says, and the notification
`notifications/TOPIC/NUMBER-JOB.json`. A webhook gets the notification as SNS sends it, with one more member,
`payload`: the S3 object. Names depend on the job alone, files appear whole, and a hand-over is taken off
after it arrived: a crash in between delivers the same job once more, under the same names.
"""

from __future__ import annotations

import http.client
import json
import logging
import os
import re
import threading
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from services.aws_local.failures import where
from services.aws_local.long_term import self_managed
from services.aws_local.loopback import LOOPBACK_NAMES
from services.aws_local.storage.store import Row, Store
from services.aws_local.storage.store_errors import StoreClosed

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2
_AFTER_ERROR_SECONDS = 1.0
_POST_SECONDS = 5.0
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


class UnusablePlace(ValueError):
    """`--self-managed-to` names no place to deliver to; the message says why."""


class Refused(Exception):
    """The webhook did not accept a notification; the message has its status."""


class Place(Protocol):
    """Somewhere that hand-overs are delivered to."""

    place: str

    def deliver(self, handover: Row, payload: dict[str, Any]) -> None:
        """Deliver one; OSError, http.client.HTTPException or Refused where that fails."""


def place_of(given: str) -> Place:
    """What `--self-managed-to` names; UnusablePlace, saying why, where it names nothing usable."""
    if "://" not in given:
        return Directory(given)
    try:
        url = urlsplit(given)
        usable = url.scheme == "http" and url.hostname in LOOPBACK_NAMES and url.port != 0
    except ValueError:  # a port that is no number, half an IPv6 address
        usable = False
    if not usable or url.username or url.password:
        raise UnusablePlace(
            "--self-managed-to takes a directory, or an http URL of this machine: conversations are handed "
            f"over, and do not leave it. It is {given}."
        )
    return Webhook(given, url)


def location_of(handover: Row) -> tuple[str, str]:
    """Bucket and key of a hand-over's payload. The key is ours: AWS documents none."""
    bucket = self_managed.invocation(handover)["payloadDeliveryBucketName"]
    key = f"{handover['memory_id']}/{handover['strategy_id']}/{handover['job_id']}.json"
    return bucket, key


class Directory:
    """Files, readable by their owner only."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._directory = Path(place)
        try:
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UnusablePlace(f"--self-managed-to {place} cannot be used: {error.strerror}.") from None

    def deliver(self, handover: Row, payload: dict[str, Any]) -> None:
        """The payload first: whoever reads the notification finds it."""
        bucket, key = location_of(handover)
        _write(self._directory / _plain(bucket) / key, payload)
        notification = self_managed.notification(handover, f"s3://{bucket}/{key}")
        topic = notification["TopicArn"].rpartition(":")[2]
        name = f"{handover['handover_no']:012d}-{handover['job_id']}.json"  # their order is the triggers'
        _write(self._directory / "notifications" / _plain(topic) / name, notification)


def _plain(name: str) -> str:
    """A name that a client chose as one that cannot lead anywhere else."""
    return name if _PLAIN_NAME.fullmatch(name) else re.sub(r"[^A-Za-z0-9_-]", "_", name)[:200] or "_"


def _write(path: Path, document: dict[str, Any]) -> None:
    """Make the file appear whole and synced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_suffix(".unfinished")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(document, ensure_ascii=False).encode())
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


class Webhook:
    """One POST for each hand-over; any status but 2xx is a failure, redirects are not followed."""

    def __init__(self, place: str, url: SplitResult) -> None:
        self.place = place
        self._url = url

    def deliver(self, handover: Row, payload: dict[str, Any]) -> None:
        """The notification with its payload; the same MessageId when it is delivered again."""
        bucket, key = location_of(handover)
        notification = self_managed.notification(handover, f"s3://{bucket}/{key}")
        body = json.dumps(notification | {"payload": payload}).encode()
        headers = {"Content-Type": "application/json", "x-amz-sns-message-type": "Notification"}
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        host, port = self._url.hostname or "", self._url.port
        with closing(http.client.HTTPConnection(host, port, timeout=_POST_SECONDS)) as connection:
            connection.request("POST", target, body, headers)
            answer = connection.getresponse()
            answer.read()
        if not 200 <= answer.status < 300:
            raise Refused(f"HTTP status {answer.status}")


class HandoverDelivery:
    """The thread. `start` it once, `close` it before the store."""

    def __init__(self, store: Store, to: Place) -> None:
        self.place = to.place
        self._store = store
        self._to = to
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="handover-delivery", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop after the hand-over in hand; what has not arrived stays in the database."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        in_trouble = False
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self._deliver_what_is_due()
                in_trouble = False
            except StoreClosed:
                return
            except Exception as error:  # the disk is full, say: hand-overs stay noted, and the thread lives
                if not in_trouble:  # once: a full disk may stay full for hours
                    seconds = _AFTER_ERROR_SECONDS
                    log.error("Hand-overs are paused, and tried again every %s s: %s", seconds, where(error))
                in_trouble = True
                self._stop.wait(_AFTER_ERROR_SECONDS)

    def _deliver_what_is_due(self) -> None:
        if self._store.read(self_managed.has_idle):
            self._store.write(self_managed.fire_idle)
        for handover in self._store.read(self_managed.due):
            if self._stop.is_set():
                return
            self._deliver(handover)

    def _deliver(self, handover: Row) -> None:
        payload = self._store.read(lambda db: self_managed.payload_of(db, handover))
        try:
            if payload is not None:
                self._to.deliver(handover, payload)
        except (OSError, http.client.HTTPException, Refused) as error:
            told = (handover["strategy_id"], type(error).__name__)
            log.warning("A hand-over of %s did not arrive (%s)", *told)
            self._store.write(lambda db: self_managed.failed(db, handover))
            return
        self._store.write(lambda db: self_managed.arrived(db, handover["job_id"]))
