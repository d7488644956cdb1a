"""Opaque `nextToken`s: a position in one query's results, readable by this endpoint only.

A token carries when it was made, where the next page starts, and a message authentication code over these
and the query it belongs to (operation, account, region, every parameter but `nextToken` and the page's size).
A token of another query, another store, a day ago, or with a single character changed is a
ValidationException. Tokens survive a restart: the key lives in the database.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from services.aws_local.call import Call
from services.aws_local.clock import DAY_MS, now_ms
from services.aws_local.errors import ValidationException

_PAGING = frozenset({"nextToken", "maxResults", "maxItems"})
_MAC_SIZE = 16
_VALID_MS = DAY_MS  # how long AWS takes a token is not documented


@dataclass(frozen=True)
class Query:
    """One query, whoever asks for whichever page of it."""

    key: bytes
    asked: tuple[Any, ...]

    @classmethod
    def of(cls, call: Call, params: dict[str, Any]) -> Query:
        asked = {name: value for name, value in params.items() if name not in _PAGING}
        if "memoryId" in asked:  # the same memory by its id and by its ARN
            asked["memoryId"] = asked["memoryId"].rpartition("/")[2]
        return cls(call.backend.token_key, (call.operation, call.scope.account_id, call.scope.region, asked))

    def token(self, position: list[Any]) -> str:
        """The token of the page that starts after `position` (numbers and strings)."""
        body = json.dumps([now_ms(), position], separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(body) + body).decode().rstrip("=")

    def position(self, token: str | None) -> list[Any] | None:
        """The position in `token`, None without one; ValidationException when it is too old or not this
        query's.
        """
        if token is None:
            return None
        content = _decoded(token)
        mac, body = content[:_MAC_SIZE], content[_MAC_SIZE:]
        if not hmac.compare_digest(mac, self._mac(body)):
            raise _invalid()
        made_ms, position = json.loads(body)
        if now_ms() - made_ms > _VALID_MS:
            raise ValidationException("Invalid nextToken: it is older than a day.")
        return list(position)

    def _mac(self, body: bytes) -> bytes:
        fingerprint = json.dumps(self.asked, sort_keys=True, default=str).encode()
        message = len(body).to_bytes(8, "big") + body + fingerprint
        return hmac.new(self.key, message, hashlib.sha256).digest()[:_MAC_SIZE]


def _decoded(token: str) -> bytes:
    """The bytes of a token in its one spelling (base64 has several for the same bytes)."""
    padded = token + "=" * (-len(token) % 4)
    try:
        content = base64.urlsafe_b64decode(padded.encode("ascii"))
    except (binascii.Error, ValueError):
        raise _invalid() from None
    if base64.urlsafe_b64encode(content).decode().rstrip("=") != token:
        raise _invalid()
    return content


def _invalid() -> ValidationException:
    return ValidationException("Invalid nextToken: it does not belong to this query.")


def page(query: Query, found: list[Any], limit: int, position: Any) -> tuple[list[Any], str | None]:
    """The first `limit` of `found` and the token of the next page.

    `found` was read with one more than `limit`, to know whether there is a next page;
    `position(last)` is the position of a page's last row.
    """
    if len(found) <= limit:
        return found, None
    shown = found[:limit]
    return shown, query.token(position(shown[-1]))
