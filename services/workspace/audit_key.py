"""The secret that seals the audit trail: from the environment, or a file that only its owner can read.

Whoever knows it can forge the trail. So it is not in the database, and with AGENTCORE_STUDIO_AUDIT_KEY not on
the dashboard's disk either.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from services.errors import InvalidWorkspace

KEY_VARIABLE = "AGENTCORE_STUDIO_AUDIT_KEY"
FEWEST_CHARACTERS = 32
_FILE = "audit.key"


def load_key(directory: Path) -> bytes:
    """32 bytes made from the variable, else from the file `audit.key`, which is made when there is none.

    Raises InvalidWorkspace for a key of fewer than 32 characters or a file that cannot be read or made.
    """
    text = os.environ.get(KEY_VARIABLE, "").strip()
    if text:
        return _digested(text, KEY_VARIABLE)
    path = key_file(directory)
    try:
        if not path.exists():
            _make(path)
        return _digested(path.read_text("ascii").strip(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidWorkspace(f"The audit trail's key {path} cannot be used: {error}") from error


def key_file(directory: Path) -> Path:
    """Where the key is when the environment names none."""
    return directory / _FILE


def readable_by_others(directory: Path) -> bool:
    """Whether the key is in a file that other users of this computer may read or change."""
    path = key_file(directory)
    return not os.environ.get(KEY_VARIABLE) and path.exists() and bool(path.stat().st_mode & 0o077)


def _digested(text: str, source: str) -> bytes:
    if len(text) < FEWEST_CHARACTERS:
        raise InvalidWorkspace(
            f"The audit trail's key ({source}) is shorter than {FEWEST_CHARACTERS} characters. "
            "Give it a longer one, for example what `openssl rand -hex 32` prints."
        )
    return hashlib.sha256(text.encode()).digest()


def _make(path: Path) -> None:
    """A new key, whole or not at all: of several processes that start at once, one makes it."""
    draft = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key is the one
    finally:
        draft.unlink()
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make a new file's name survive a power failure."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
