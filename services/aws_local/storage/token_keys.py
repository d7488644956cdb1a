"""What client tokens are kept as."""

from __future__ import annotations

import hashlib

_BYTES = 16


def key_of(operation: str, token: str) -> bytes:
    """A digest of an operation's token: each write that brings one stores it, so it has to be short."""
    return hashlib.blake2b(f"{operation}:{token}".encode(), digest_size=_BYTES).digest()
