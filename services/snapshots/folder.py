"""The folder of snapshots: files that appear whole or not at all, and what a kill has left of others.

A snapshot is its contents and a small description. The contents are written first and deleted first: contents
without a description are whole and are taken up again, a description without contents is of a snapshot that
was being deleted. A file that is still being written is a draft, locked by who writes it.
"""

from __future__ import annotations

import fcntl
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.workspace.audit_key import sync_directory
from services.workspace.store import Workspace

PACKED = ".jsonl.gz"
DESCRIPTION = ".json"
_FOLDER = "snapshots"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def folder(workspace: Workspace) -> Path:
    """Where the files are; made when it is not there."""
    found = workspace.directory / _FOLDER
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def is_id(text: str) -> bool:
    """Whether a text has the form of a snapshot's id."""
    return _ID.fullmatch(text) is not None


@contextmanager
def appearing(path: Path) -> Iterator[IO[bytes]]:
    """A file that only its owner can read, in place once it is whole and on disk."""
    draft, descriptor = _locked_draft(path)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


def _locked_draft(path: Path) -> tuple[Path, int]:
    """A new draft, and it open and locked: nobody takes it for left over as long as it is open."""
    while True:
        draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return draft, descriptor
        os.close(descriptor)  # taken for left over before it was locked


def sweep(workspace: Workspace) -> int:
    """Remove drafts that nobody writes any more and descriptions without contents; how many there were."""
    gone = 0
    here = folder(workspace)
    for draft in here.glob(f".*{PACKED}-*"):
        gone += _remove_draft(draft)
    for draft in here.glob(f".*{DESCRIPTION}-*"):
        gone += _remove_draft(draft)
    for description in here.glob(f"*{DESCRIPTION}"):
        if is_id(description.stem) and not contents_of(description).exists():
            description.unlink(missing_ok=True)
            gone += 1
    if gone:
        sync_directory(here)
    return gone


def _remove_draft(draft: Path) -> bool:
    """Whether nobody was writing it."""
    try:
        descriptor = os.open(draft, os.O_RDONLY)
    except FileNotFoundError:  # it is in place by now
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        draft.unlink(missing_ok=True)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)


def without_description(workspace: Workspace) -> list[str]:
    """The ids of snapshots whose process was killed before it could describe them."""
    found = [path.name.removesuffix(PACKED) for path in folder(workspace).glob(f"[!.]*{PACKED}")]
    return sorted(
        each for each in found if is_id(each) and not (folder(workspace) / f"{each}{DESCRIPTION}").exists()
    )


def contents_of(description: Path) -> Path:
    """The file that a description is of."""
    return description.with_name(description.stem + PACKED)
