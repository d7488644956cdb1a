"""One call of one operation: what a handler is given besides the parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import apsw

    from services.aws_local.backend import Backend

DEFAULT_ACCOUNT_ID = "000000000000"
DEFAULT_REGION = "us-east-1"

# The credential scope of a SigV4 Authorization header: Credential=KEY/DATE/REGION/SERVICE/aws4_request
_CREDENTIAL = re.compile(
    r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[a-z0-9-]{1,40})/(?P<service>[a-z0-9-]*)"
)
_ACCOUNT_ID = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Scope:
    """Whose resources a call sees: every memory belongs to one account and one region."""

    account_id: str = DEFAULT_ACCOUNT_ID
    region: str = DEFAULT_REGION

    @classmethod
    def of(cls, authorization: str | None) -> Scope:
        """The scope named in a SigV4 `Authorization` header; the defaults where it names none.

        Signatures are not verified: any credentials are accepted, even none. An access key id of
        twelve digits is taken as the account id, so tests can work in separate accounts.
        """
        credential = _CREDENTIAL.search(authorization or "")
        if credential is None:
            return cls()
        key, region = credential["key"], credential["region"]
        return _scope(key, region)


@lru_cache(maxsize=256)
def _scope(access_key_id: str, region: str) -> Scope:
    is_account = _ACCOUNT_ID.fullmatch(access_key_id)
    return Scope(access_key_id if is_account else DEFAULT_ACCOUNT_ID, region)


def signing_name(authorization: str | None) -> str | None:
    """The service that a SigV4 `Authorization` header was made for, as signatures name it (`bedrock` is
    several APIs); None without one.
    """
    credential = _CREDENTIAL.search(authorization or "")
    return credential["service"] if credential else None


@dataclass(frozen=True)
class Call:
    """One request, after routing and validation.

    `service` is botocore's service name (`bedrock-agentcore-control`), `operation` the model's
    operation name (`CreateMemory`), `request_id` what the client gets as `x-amzn-RequestId`.
    """

    backend: Backend
    scope: Scope
    service: str
    operation: str
    request_id: str


@dataclass(frozen=True)
class Write:
    """What a handler returns when nothing is left but one transaction: whoever calls the handler may then
    commit it together with others, and needs no thread that waits for the disk.

    The result of `task` is the modelled result; `committed` is to be called once it is durable.
    """

    task: Callable[[apsw.Connection], dict[str, Any]]
    committed: Callable[[], None]

    def carry_out(self, backend: Backend) -> dict[str, Any]:
        """The modelled result, waiting for the commit."""
        result = backend.write(self.task)
        self.committed()
        return result


Handler = Callable[[Call, dict[str, Any]], "dict[str, Any] | Write"]
"""Answers one operation: validated camelCase parameters in, the modelled result out."""
