"""Connections: keys that survive a link, and endpoint URLs that must never be called."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.connection import (
    Connection,
    InvalidConnection,
    InvalidEndpoint,
    check_endpoint_address,
    check_endpoint_url,
    embedded_connection,
    parse_connection,
    profile_names,
    regions,
)
from services.constraints import service_model

FORBIDDEN_HOSTS = [
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xFE.0xA9.0xFE",
    "0251.0376.0251.0376",
    "169.254.43518",
    "169.16689662",
    "169.254.169.254.",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::169.254.169.254]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "0.0.0.0",  # noqa: S104 - to be refused
    "0",
    "0.1.2.3",
    "[::]",
    "224.0.0.1",
    "255.255.255.255",
    "metadata.google.internal",
    "METADATA.google.internal",
    "instance-data",
]


@pytest.mark.parametrize("host", FORBIDDEN_HOSTS)
def test_addresses_that_serve_credentials_or_no_host_are_refused(host: str) -> None:
    with pytest.raises(InvalidEndpoint):
        check_endpoint_url(f"http://{host}:8080")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8765",
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "http://",
        "http://:8765",
        "http://user:password@127.0.0.1",
        "http://127.0.0.1@169.254.169.254",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:8765\\@evil.example",
        "http://127.0.0.1:8765/?a=b",
        "http://127.0.0.1:8765/#a",
        "http://127.0.0.1:8765/\nHost: evil",
        "http://[fe80::1%25eth0]/",
        "http://①⑥⑨.254.169.254/",
        "http://169。254。169。254/",
        "http://%31%36%39.254.169.254/",
    ],
)
def test_what_is_no_plain_http_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidEndpoint):
        check_endpoint_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8765",
        "http://localhost:8765/",
        "http://[::1]:8765",
        "https://10.0.0.5",
        "http://endpoint:8765/prefix",
        "https://agentcore.example.com",
    ],
)
def test_loopback_private_and_named_hosts_are_fine(url: str) -> None:
    check_endpoint_url(url)


def spellings(address: ipaddress.IPv4Address) -> list[str]:
    """The ways in which an IPv4 address can be written."""
    number = int(address)
    octets = address.packed
    return [
        str(address),
        str(number),
        hex(number),
        ".".join(hex(octet) for octet in octets),
        ".".join(f"0{octet:o}" for octet in octets),
        f"{octets[0]}.{octets[1]}.{number & 0xFFFF}",
        f"{octets[0]}.{number & 0xFFFFFF}",
        f"[::ffff:{address}]",
        f"[64:ff9b::{octets[0]:02x}{octets[1]:02x}:{octets[2]:02x}{octets[3]:02x}]",
    ]


@given(st.integers(0, 0xFFFF), st.integers(0, 8))
def test_no_spelling_of_a_link_local_address_passes(low: int, spelling: int) -> None:
    address = ipaddress.IPv4Address((169 << 24) + (254 << 16) + low)
    with pytest.raises(InvalidEndpoint):
        check_endpoint_url(f"http://{spellings(address)[spelling]}/")


@given(st.text())
def test_any_text_is_accepted_or_refused_with_a_sentence(text: str) -> None:
    try:
        check_endpoint_url(text)
    except InvalidEndpoint as refusal:
        assert str(refusal).endswith((".", ").", "8765."))


def test_a_name_that_resolves_to_metadata_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    check_endpoint_url("http://innocent.example")
    with pytest.raises(InvalidEndpoint):
        check_endpoint_address("http://innocent.example")


@pytest.mark.parametrize(
    "connection",
    [
        embedded_connection(),
        embedded_connection("eu-west-1"),
        Connection("profile", "us-east-1", profile="default"),
        Connection("profile", "us-gov-west-1", profile="team@work: eu"),
        Connection("profile", "eu-central-1"),
        Connection("custom", "us-west-2", endpoint_url="http://127.0.0.1:9000"),
        Connection("custom", "us-west-2", endpoint_url="https://[::1]:9000/prefix"),
    ],
)
def test_a_key_leads_back_to_its_connection(connection: Connection) -> None:
    assert parse_connection(connection.key) == connection
    assert "\n" not in connection.key
    assert connection.label


@pytest.mark.parametrize(
    "key",
    [
        "",
        "nonsense",
        "profile:",
        "profile:a",
        "profile:a@",
        "profile:a@nowhere",
        "other:a@us-east-1",
        "custom",
        "embedded@nowhere",
        "embedded@",
        "embedded:@us-east-1",
        "@us-east-1",
    ],
)
def test_a_key_that_names_no_connection_says_what_is_expected(key: str) -> None:
    with pytest.raises(InvalidConnection, match="profile:NAME@REGION"):
        parse_connection(key)


def test_a_link_cannot_smuggle_in_an_endpoint() -> None:
    with pytest.raises(InvalidEndpoint):
        parse_connection("custom:http://169.254.169.254@us-east-1")


def test_the_embedded_endpoint_moves_with_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTCORE_STUDIO_ENDPOINT", raising=False)
    assert embedded_connection().endpoint_url == "http://127.0.0.1:8765"
    monkeypatch.setenv("AGENTCORE_STUDIO_ENDPOINT", "http://127.0.0.1:1")
    assert embedded_connection().endpoint_url == "http://127.0.0.1:1"
    assert embedded_connection().key == "embedded"
    assert parse_connection("embedded@us-west-2").key == "embedded"
    assert parse_connection("embedded@eu-west-1").endpoint_url == "http://127.0.0.1:1"


def test_profiles_come_from_the_users_files() -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[profile b]\nregion = us-east-1\n[profile a]\n", "utf-8")
    try:
        assert profile_names() == ["a", "b"]
    finally:
        Path(os.environ["AWS_CONFIG_FILE"]).unlink()


def test_regions_are_known() -> None:
    assert {"us-east-1", "us-west-2", "eu-central-1"} <= set(regions())


def test_what_botocore_knows_needs_no_usable_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of the embedded endpoint are drawn where AWS_PROFILE names a profile that is gone."""
    monkeypatch.setenv("AWS_PROFILE", "gone")
    regions.cache_clear()
    service_model.cache_clear()
    assert "us-west-2" in regions()
    assert service_model("bedrock-agentcore").operation_model("CreateEvent").name == "CreateEvent"
