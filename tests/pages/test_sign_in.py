"""Who is at the screen: signing in, roles by person, and what is refused to whom."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from services.workspace import audit
from services.workspace.store import open_workspace
from tests.pages.conftest import ROOT, RUN_SECONDS, OpenPage, Store, words

AUTH = {
    "redirect_uri": "http://127.0.0.1:8501/oauth2callback",
    "cookie_secret": "x" * 32,
    "client_id": "studio",
}
ROLES = {"admin": ["Ann@example.com"], "curator": ["kim@example.com"]}


def open_as(
    open_page: OpenPage, email: str | None, *, page: str = "memories", roles: Any = None, **claims: Any
) -> AppTest:
    """The dashboard in a deployment with sign-in, before somebody who is signed in, or before nobody."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=RUN_SECONDS)
    app.secrets = {"auth": AUTH, "roles": ROLES if roles is None else roles}
    app.user = {"is_logged_in": email is not None} | claims
    if email is not None:
        app.user |= {"email": email, "iat": claims.get("iat", int(time.time()))}
    app.switch_page(f"../pages/{page}.py")
    return app.run()


def is_asked_to_sign_in(app: AppTest) -> bool:
    assert not app.exception
    return any(button.key.startswith("sign-in") for button in app.button) and "Memories" not in words(app)


def test_nobody_sees_anything_before_they_sign_in(open_page: OpenPage, store: Store) -> None:
    assert is_asked_to_sign_in(open_as(open_page, None))
    app = open_as(open_page, "kim@example.com")
    assert not is_asked_to_sign_in(app)
    assert "kim@example.com" in words(app)


def test_a_cookie_that_is_too_old_signs_nobody_in(open_page: OpenPage) -> None:
    day_ago = int(time.time()) - 86_400
    assert is_asked_to_sign_in(open_as(open_page, "ann@example.com", iat=day_ago))
    longer = ROLES | {"hours": 48}
    assert not is_asked_to_sign_in(open_as(open_page, "ann@example.com", iat=day_ago, roles=longer))


def test_settings_with_a_mistake_let_nobody_in(open_page: OpenPage) -> None:
    for roles in ({"admin": "ann@example.com"}, {"owner": []}, {"hours": "x"}, {"default": "root"}):
        app = open_as(open_page, "ann@example.com", roles=roles)
        assert not app.exception
        assert "secrets.toml" in words(app) or "root" in words(app)
        assert "What memory resources exist" not in words(app)


def test_a_file_that_cannot_be_read_lets_nobody_in(
    open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n")
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(broken)])
    try:
        app = open_page("memories")
    finally:
        config.set_option("secrets.files", before)
    assert "cannot be read" in words(app)
    assert "What memory resources exist" not in words(app)


@pytest.mark.parametrize(
    ("email", "badge"),
    [
        ("ann@example.com", "Admin"),
        ("ANN@EXAMPLE.COM", "Admin"),
        ("kim@example.com", "Curator"),
        ("x@y.z", "Viewer"),
    ],
)
def test_the_role_is_the_persons(open_page: OpenPage, email: str, badge: str) -> None:
    app = open_as(open_page, email, page="access")
    assert not app.exception
    assert any(badge in element.value for element in app.markdown), [each.value for each in app.markdown]


def test_nothing_of_a_role_comes_from_the_address_bar(open_page: OpenPage) -> None:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=RUN_SECONDS)
    app.secrets = {"auth": AUTH, "roles": ROLES}
    app.user = {"is_logged_in": False}
    for name in ("email", "role", "user", "is_logged_in"):
        app.query_params[name] = "ann@example.com"
    assert is_asked_to_sign_in(app.run())


def test_the_trail_names_who_signed_in(open_page: OpenPage, store: Store, data: Any) -> None:
    """From the screen through a callback, in the person's own session."""
    place = {"memoryId": store.memory_id, "actorId": "signs-in", "sessionId": "s1"}
    said = [{"conversational": {"role": "OTHER", "content": {"text": "Hm."}}}]
    event_id = data.create_event(**place, eventTimestamp=datetime.now(UTC), payload=said)["event"]["eventId"]
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=RUN_SECONDS)
    app.secrets = {"auth": AUTH, "roles": ROLES}
    app.user = {"is_logged_in": True, "email": "kim@example.com", "iat": int(time.time())}
    place = {"memory": store.memory_id, "actor": "signs-in", "session": "s1", "event": event_id}
    for name, value in (place | {"event_view": "delete"}).items():
        app.query_params[name] = value
    app.switch_page("../pages/events.py").run()
    app.text_input(key=f"delete-{event_id}-typed").set_value("delete").run()
    app.button(key=f"delete-{event_id}-confirmed").click().run()
    assert not app.exception
    trail = open_workspace()
    try:
        rows = audit.list_audit(trail)
    finally:
        trail.close()
    assert [(row.who, row.action, row.result) for row in rows] == [
        ("kim@example.com", "DeleteEvent", "succeeded"),
        ("kim@example.com", "DeleteEvent", "started"),
    ]
