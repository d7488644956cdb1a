"""What counts of an HTTP request, and whose requests are served."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs

from services.aws_local.errors import AccessDeniedException, ValidationException
from services.aws_local.loopback import LOOPBACK_NAMES


@dataclass(slots=True)  # to make a frozen one takes four times as long, and there is one for each request
class HttpRequest:
    """A request without its body. (Starlette's own objects cost more time than all of GetEvent.)

    Header names are lower case; of a header that was sent several times `headers` has the last value.
    """

    method: str
    raw_path: str
    query_string: bytes
    headers: Mapping[str, str]
    hosts: list[str]

    @classmethod
    def of(
        cls, method: str, raw_path: bytes, query: bytes, headers: Iterable[tuple[bytes, bytes]]
    ) -> HttpRequest:
        """From what was received: header names in lower case. UnicodeDecodeError for a path beyond ASCII."""
        texts = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        hosts = [value for name, value in texts if name == "host"]
        return cls(method, raw_path.decode("ascii"), query, dict(texts), hosts)

    def query(self) -> dict[str, list[str]]:
        """The query's parameters. ValidationException when it cannot be read."""
        if not self.query_string:
            return {}
        try:
            return parse_qs(self.query_string.decode("ascii"), keep_blank_values=True, errors="strict")
        except ValueError:
            raise ValidationException(
                "The query is not percent-encoded UTF-8", reason="CannotParse"
            ) from None


@dataclass(frozen=True)
class HostRule:
    """Which `Host` headers are served. A web page can point its own name at this address (DNS rebinding),
    but it cannot make the browser name another host, so anything that is not listed is refused.
    """

    names: frozenset[str] = LOOPBACK_NAMES
    any_ip_address: bool = False

    @classmethod
    def of(cls, bound_host: str, further: frozenset[str] = frozenset()) -> HostRule:
        """The rule for a bound address; on all interfaces every literal IP address is a name of ours."""
        wildcard = bound_host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        return cls(LOOPBACK_NAMES | {bound_host.lower()} | further, any_ip_address=wildcard)

    def allows(self, host_headers: list[str]) -> bool:
        """Whether the request names exactly one host, with or without port, and an allowed one."""
        if len(host_headers) != 1:
            return False
        name = _without_port(host_headers[0].strip().lower())
        return name in self.names or (self.any_ip_address and _is_ip_address(name))

    def refuse_foreign(self, request: HttpRequest) -> None:
        """Keep web pages out: no AWS client sends an Origin, and none asks for a foreign host."""
        if "origin" in request.headers:
            raise AccessDeniedException("Requests from web pages (with an Origin header) are not served")
        if not self.allows(request.hosts):
            raise AccessDeniedException(
                "This Host is not served. Use localhost or 127.0.0.1, or start with --allowed-host"
            )


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_ip_address(name: str) -> bool:
    with suppress(ValueError):
        ipaddress.ip_address(name)
        return True
    return False
