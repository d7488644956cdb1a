"""Where the dashboard's AWS calls go: the embedded endpoint, a profile of the user's, or a custom URL.

A `Connection` is plain data and has a one-line key, so that it can stand in a link. Real credentials belong
to the kind `profile` only; `services.clients` sees to it that nothing else ever gets them.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from dataclasses import dataclass
from functools import cache
from typing import Literal
from urllib.parse import SplitResult, urlsplit

import botocore.session
from botocore.loaders import create_loader
from botocore.regions import EndpointResolver

from services.errors import InvalidConnection, InvalidEndpoint

__all__ = [
    "Connection",
    "InvalidConnection",
    "InvalidEndpoint",
    "check_endpoint_address",
    "check_endpoint_url",
    "embedded_connection",
    "is_loopback",
    "parse_connection",
    "profile_names",
    "regions",
]

EMBEDDED_ENDPOINT = "http://127.0.0.1:8765"
EMBEDDED_REGION = "us-west-2"

# botocore knows no region list for these services (their endpoints come from rules), so this one is ours:
# the row "AgentCore Memory" of "Supported AWS Regions" in the AgentCore developer guide, autumn 2026.
_KNOWN_REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "sa-east-1",
    "us-gov-west-1",
)

_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}")
# Letters, digits and punctuation of a URL; no blanks, controls, backslashes, or non-ASCII look-alikes.
_URL_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/\[\]@%!$&'()*+,;=?#]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Addresses outside the link-local ranges where clouds serve instance metadata and credentials.
_METADATA_ADDRESSES = frozenset(
    ipaddress.ip_address(text)
    for text in ("fd00:ec2::254", "fd00:ec2::23", "100.100.100.200", "168.63.129.16")
)
_METADATA_NAMES = frozenset(
    {"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"}
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Connection:
    """One place that answers the AgentCore Memory API.

    `profile` None (kind `profile`) means AWS's default credential chain; `endpoint_url` is set for the kinds
    `embedded` and `custom` only.
    """

    kind: Literal["embedded", "profile", "custom"]
    region: str
    profile: str | None = None
    endpoint_url: str | None = None

    @property
    def key(self) -> str:
        """One line for a link: `embedded` (in us-west-2), `embedded@eu-west-1`, `profile:NAME@us-east-1`,
        `custom:http://host:port@us-west-2`."""
        if self.kind == "embedded":
            return "embedded" if self.region == EMBEDDED_REGION else f"embedded@{self.region}"
        return f"{self.kind}:{self.profile or self.endpoint_url or ''}@{self.region}"

    @property
    def reaches(self) -> str:
        """What is reached, in one line: connections that reach the same share its quotas. Of two profiles it
        is not known whether they are of one account."""
        return f"{self.endpoint_url or f'profile {self.profile}'} {self.region}"

    @property
    def label(self) -> str:
        """What the connection is called on screen."""
        if self.kind == "embedded":
            return f"Embedded endpoint · {self.region}"
        if self.kind == "custom":
            return f"{self.endpoint_url} · {self.region}"
        return f"AWS profile {self.profile or '(default credentials)'} · {self.region}"


def embedded_connection(region: str = EMBEDDED_REGION) -> Connection:
    """The endpoint that `make run` starts; AGENTCORE_STUDIO_ENDPOINT moves it. It keeps regions apart."""
    url = os.environ.get("AGENTCORE_STUDIO_ENDPOINT") or EMBEDDED_ENDPOINT
    return Connection("embedded", region, endpoint_url=url)


def parse_connection(key: str) -> Connection:
    """The connection of a key. Raises InvalidConnection or InvalidEndpoint (both ValueError) on nonsense."""
    if key == "embedded":
        return embedded_connection()
    start, _, region = key.rpartition("@")
    kind, _, target = start.partition(":")
    if start not in {"embedded", f"profile:{target}", f"custom:{target}"} or not _REGION.fullmatch(region):
        raise InvalidConnection(
            "This link names no connection: expected embedded, embedded@REGION, profile:NAME@REGION or "
            "custom:URL@REGION (such as profile:default@us-east-1). Choose a connection in the sidebar."
        )
    if kind == "embedded":
        return embedded_connection(region)
    if kind == "profile":
        return Connection("profile", region, profile=_profile(target))
    check_endpoint_url(target)
    return Connection("custom", region, endpoint_url=target)


def _profile(name: str) -> str | None:
    if not name.isprintable() or len(name) > 128:
        raise InvalidConnection(
            "The profile's name in this link cannot be one. Choose a profile in the sidebar."
        )
    return name or None


def profile_names() -> list[str]:
    """The profiles in the user's AWS configuration, sorted; raises botocore's ConfigParseError."""
    return sorted(botocore.session.Session().available_profiles)


@cache
def regions() -> list[str]:
    """The regions where AgentCore Memory exists: botocore's endpoint data, else the documented list."""
    resolver = EndpointResolver(create_loader().load_data("endpoints"))
    return sorted(resolver.get_available_endpoints("bedrock-agentcore")) or list(_KNOWN_REGIONS)


def check_endpoint_url(url: str) -> None:
    """Refuse a custom endpoint URL that must not be called; looks at the text only, no name is resolved.

    Raises InvalidEndpoint for anything but plain http(s) with a host, and for hosts that are link-local,
    cloud metadata, unspecified, multicast or broadcast addresses in any spelling (decimal, hexadecimal,
    octal, shortened, IPv4 inside IPv6). Loopback and private addresses are fine.
    """
    if len(url) > 2048 or not _URL_CHARACTERS.fullmatch(url):
        raise InvalidEndpoint("The endpoint URL is empty, too long, or has characters that no URL has.")
    parts = _split(url)
    if parts.scheme not in {"http", "https"}:
        raise InvalidEndpoint("The endpoint URL must start with http:// or https://.")
    if "@" in parts.netloc:
        raise InvalidEndpoint("The endpoint URL must not hold a user name or password.")
    if parts.query or parts.fragment or url.endswith(("?", "#")):
        raise InvalidEndpoint("The endpoint URL must not have a query (?…) or fragment (#…).")
    _check_host(parts)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a property that raises for ports outside 0..65535
    except ValueError as error:
        raise InvalidEndpoint(f"The endpoint URL cannot be read: {error}.") from error
    return parts


def _check_host(parts: SplitResult) -> None:
    host = (parts.hostname or "").rstrip(".")
    if not host or "%" in host or host.startswith("."):
        raise InvalidEndpoint("The endpoint URL names no host, such as http://127.0.0.1:8765.")
    if host in _METADATA_NAMES:
        raise InvalidEndpoint(f"The host {host} serves cloud metadata and is never called.")
    address = _address(host)
    if address is not None:
        _check_address(address)


def _address(host: str) -> Address | None:
    """The address that a literal host means to the operating system, or None for a name.

    `inet_aton` reads every historic IPv4 spelling (2852039166, 0xa9fea9fe, 0251.0376.0251.0376,
    169.254.43518) just as the system's own name resolution does.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _embedded_ipv4(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one (mapped, compatible, 6to4, NAT64), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    compatible = int(address) >> 32 == 0 and int(address) > 1
    if compatible or address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _check_address(address: Address) -> None:
    inner = _embedded_ipv4(address)
    refused = (
        inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner in _METADATA_ADDRESSES
    )
    if refused or inner == ipaddress.IPv4Address("255.255.255.255") or _is_this_network(inner):
        raise InvalidEndpoint(
            f"The address {address} is link-local, cloud metadata, or no single host, and is never called. "
            "Use the endpoint's own address, such as http://127.0.0.1:8765."
        )


def _is_this_network(address: Address) -> bool:
    """0.0.0.0/8, which Linux connects to the machine itself."""
    return isinstance(address, ipaddress.IPv4Address) and address in ipaddress.ip_network("0.0.0.0/8")


def check_endpoint_address(url: str) -> None:
    """Refuse a URL whose host resolves to an address that must not be called; an unknown name passes.

    Called when a connection is opened: resolving may take seconds, and a name that cannot be resolved is for
    the call itself to report as unreachable. Raises InvalidEndpoint.
    """
    check_endpoint_url(url)
    parts = urlsplit(url)
    try:
        answers = socket.getaddrinfo(parts.hostname, parts.port or 443, proto=socket.IPPROTO_TCP)
    except OSError:
        return
    for *_, target in answers:
        _check_address(ipaddress.ip_address(str(target[0]).partition("%")[0]))


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)
