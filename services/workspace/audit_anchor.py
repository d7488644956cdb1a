"""The anchor: a small file outside the database that says where the audit trail ends.

A hash chain alone does not show that its last rows were cut off. So before rows are committed, the anchor is
made to say where the chain ends without them and where it will end with them; the database must agree with
one of the two. Once they are committed it says the latter alone, which need not be on disk at once: after a
power failure both are good again. Rows name the anchor they were written under: computers that share a
database have one each.

The file has two places of fixed size that are written in turn, so that a write torn by a power failure leaves
the one before it. Whoever writes holds the lock that adding rows takes; who confirms does so after it.
"""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from services.workspace import audit_chain
from services.workspace.audit_chain import Point
from services.workspace.audit_key import sync_directory

_PLACE_BYTES = 768


@dataclass(frozen=True)
class Anchor:
    """`begun` is where this anchor's own part of the chain begins; it ends at `before` or at `after`."""

    anchor_id: str
    chain_id: str
    begun: Point
    before: Point
    after: Point
    turn: int = 0

    @classmethod
    def at(cls, chain_id: str, point: Point) -> Anchor:
        """A new anchor for rows behind a point."""
        return cls(str(uuid.uuid4()), chain_id, point, point, point)

    def moved(self, before: Point, after: Point) -> Anchor:
        """The anchor while rows are added that move the chain's end from `before` to `after`."""
        return replace(self, before=before, after=after, turn=self.turn + 1)

    def confirmed(self) -> Anchor:
        """The anchor once the rows are committed."""
        return replace(self, before=self.after)


class DamagedAnchor(Exception):
    """The anchor's file is there, but nothing in it was written with this key."""


def anchor_file(directory: Path, chain_id: str) -> Path:
    """Where the anchor of a database's audit trail is."""
    return directory / f"audit-anchor-{chain_id}.jsonl"


def anchors_of_others(directory: Path, chain_id: str) -> list[str]:
    """The names of the anchors of other databases' trails."""
    own = anchor_file(directory, chain_id)
    return sorted(path.name for path in directory.glob(anchor_file(directory, "*").name) if path != own)


def read(directory: Path, key: bytes, chain_id: str) -> Anchor | None:
    """The anchor as it was written last; None when there is no file. DamagedAnchor when it is not ours."""
    path = anchor_file(directory, chain_id)
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)  # a place that is just being written would look torn
            content = file.read()
    except FileNotFoundError:
        return None
    places = (content[:_PLACE_BYTES], content[_PLACE_BYTES:])
    found = [anchor for place in places if (anchor := _parsed(key, chain_id, place)) is not None]
    if not found:
        raise DamagedAnchor(str(path))
    return max(found, key=lambda anchor: anchor.turn)


def write(directory: Path, key: bytes, anchor: Anchor) -> None:
    """Put the anchor on disk; it is there when this returns. OSError when it cannot be."""
    path = anchor_file(directory, anchor.chain_id)
    is_new = not path.exists()
    with _locked(path) as descriptor:
        os.pwrite(descriptor, _place(key, anchor), _offset(anchor))
        os.fsync(descriptor)
    if is_new:
        sync_directory(directory)


def confirm(directory: Path, key: bytes, anchor: Anchor) -> None:
    """Say that what the anchor announced was committed, unless its place was written anew meanwhile."""
    with _locked(anchor_file(directory, anchor.chain_id)) as descriptor:
        now = _parsed(key, anchor.chain_id, os.pread(descriptor, _PLACE_BYTES, _offset(anchor)))
        if now == anchor:
            os.pwrite(descriptor, _place(key, anchor.confirmed()), _offset(anchor))


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The open file, for this process's thread alone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _offset(anchor: Anchor) -> int:
    return _PLACE_BYTES * (anchor.turn % 2)


def _place(key: bytes, anchor: Anchor) -> bytes:
    text = json.dumps(asdict(anchor), separators=(",", ":"))
    line = json.dumps({"anchor": text, "seal": audit_chain.seal_of_file(key, text)}, separators=(",", ":"))
    return f"{line:<{_PLACE_BYTES - 1}}\n".encode("ascii")


def _parsed(key: bytes, chain_id: str, place: bytes) -> Anchor | None:
    """The anchor in one of the file's places, or None for one that is empty, torn, forged or another's."""
    try:
        outer = json.loads(place)
        text, seal = str(outer["anchor"]), str(outer["seal"])
        if not audit_chain.same(seal, audit_chain.seal_of_file(key, text)):
            return None
        fields: dict[str, Any] = json.loads(text)
    except (ValueError, KeyError, TypeError):
        return None
    if fields["chain_id"] != chain_id:
        return None
    fields |= {name: Point(**fields[name]) for name in ("begun", "before", "after")}
    return Anchor(**fields)
