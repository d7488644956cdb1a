"""How a row of the audit trail is sealed: HMAC-SHA256 over the row and the seal of the row before it.

A row's texts (resource, documents, an error's detail) are kept apart from it. The row holds a keyed, salted
digest of each, so that a text can be erased, with its salt, while row and chain stay valid, and nobody, with
the key or without, can try guesses against what is left.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PARTS = ("resource", "before", "after", "detail")
"""The texts of a row that are kept apart, in this order in its digest."""

_SEALED = ("audit_id", "at", "who", "act", "action", "connection", "result", "anchor", "parts")


@dataclass(frozen=True)
class Point:
    """A place in the chain: the number of its last row, and that row's seal."""

    count: int
    head: str


def fingerprint(key: bytes, chain_id: str) -> str:
    """What tells one key from another without telling the key."""
    return _mac(key, "key", chain_id)


def start(key: bytes, chain_id: str) -> Point:
    """The place before the first row."""
    return Point(0, _mac(key, "start", chain_id))


def sealed(key: bytes, previous: str, row: Mapping[str, Any]) -> str:
    """The seal of a row that follows on the row with the seal `previous`."""
    return _mac(key, "row", json.dumps([previous, *(row[name] for name in _SEALED)], default=str))


def new_salt() -> str:
    """What makes a text's digest one that cannot be guessed."""
    return secrets.token_hex(16)


def digest(key: bytes, salt: str, document: str) -> str:
    """The digest of a text kept apart (JSON)."""
    return _mac(key, f"document {salt}", document)


def parts_text(digests: Mapping[str, str]) -> str:
    """Digests by part as the row keeps them, in one way only."""
    return json.dumps({part: digests[part] for part in PARTS if part in digests}, separators=(",", ":"))


def seal_of_file(key: bytes, content: str) -> str:
    """The seal of a file's content: anchors and exports."""
    return _mac(key, "file", content)


def same(one: str, other: str) -> bool:
    """Whether two seals are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _mac(key: bytes, purpose: str, content: str) -> str:
    return hmac.new(key, f"{purpose}\n{content}".encode(), hashlib.sha256).hexdigest()
