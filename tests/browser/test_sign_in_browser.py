"""Signing in with an OpenID Connect provider, from the button to the role, in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENCE_MILLISECONDS, running_dashboard, settled
from tests.browser.oidc_provider import CLIENT_ID, OidcProvider

pytestmark = pytest.mark.browser


@pytest.fixture
def provider() -> Iterator[OidcProvider]:
    running = OidcProvider()
    yield running
    running.close()


def test_signing_in_gives_the_persons_role_and_signing_out_takes_it(
    endpoint: Any,
    chromium: Browser,
    provider: OidcProvider,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f"""
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{"s" * 40}"
client_id = "{CLIENT_ID}"
client_secret = "not-a-secret"
server_metadata_url = "{provider.url}/.well-known/openid-configuration"

[roles]
curator = ["kim@example.com"]
""")
    monkeypatch.setenv("STREAMLIT_SECRETS_FILES", str(secrets))
    provider.claims = {"sub": "1", "email": "kim@example.com", "email_verified": True}
    with running_dashboard(endpoint.url, tmp_path) as url:
        page = chromium.new_context().new_page()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.goto(f"{url}/access?role=admin")
        settled(page)
        expect(page.get_by_text("Audit trail")).to_have_count(0)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("kim@example.com")).to_be_visible()
        expect(page.get_by_text("Curator", exact=True).first).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.get_by_text("kim@example.com")).to_have_count(0)
        page.context.close()
