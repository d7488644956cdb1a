"""The Audit trail page: what was done, narrowed down, in full, and verified."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from services.workspace import audit
from services.workspace.audit_search import PAGE_SIZE
from services.workspace.store import Workspace, open_workspace
from tests.pages.conftest import OpenPage, words

HOSTILE = "![x](https://evil.example/?q=1) <b>bold</b> \u202eevil"


@pytest.fixture
def trail_here(open_page: OpenPage) -> Iterator[Workspace]:
    """The dashboard's own trail, with one act in it whose texts are hostile."""
    opened = open_workspace()
    for result, before, after in (
        ("started", {"text": HOSTILE}, None),
        ("succeeded", None, {"text": "Tea."}),
    ):
        audit.append(
            opened, "ann", "UpdateMemory", f"M/{HOSTILE}", before=before, after=after, result=result,
            connection="embedded", act="one",
        )  # fmt: skip
    audit.append(
        opened, "bob", "DeleteEvent", "M/2", before=None, after=None, result="failed (denied)", detail=HOSTILE
    )
    yield opened
    opened.close()


def table(app: AppTest) -> list[dict[str, object]]:
    return app.dataframe[0].value.to_dict("records") if app.dataframe else []


def test_an_empty_trail_says_so(open_page: OpenPage) -> None:
    app = open_page("audit")
    assert not app.exception
    assert "Nothing was changed through this dashboard yet" in words(app)


def test_what_was_done_is_listed_newest_first(open_page: OpenPage, trail_here: Workspace) -> None:
    app = open_page("audit")
    assert not app.exception
    rows = table(app)
    assert [(row["who"], row["action"], row["outcome"]) for row in rows] == [
        ("bob", "DeleteEvent", "failed"),
        ("ann", "UpdateMemory", "succeeded"),
    ]


def test_one_act_in_full(open_page: OpenPage, trail_here: Workspace) -> None:
    app = open_page("audit", entry="1")
    assert not app.exception
    shown = [block.value for block in app.code]
    assert any("Tea." in text and "evil.example" in text for text in shown)  # the difference
    assert not any("\u202e" in text for text in shown)
    assert "By ann, at embedded" in words(app)
    assert not any("evil.example" in element.value for element in app.markdown)
    failed = open_page("audit", entry="3")
    assert "failed (denied)" in words(failed)
    assert not open_page("audit", entry="99999999999999999999").exception


def test_the_address_bar_narrows_it_down(open_page: OpenPage, trail_here: Workspace) -> None:
    assert [row["who"] for row in table(open_page("audit", entry_who="ann"))] == ["ann"]
    assert [row["who"] for row in table(open_page("audit", entry_outcome="failed"))] == ["bob"]
    app = open_page("audit", entry_text="nothing like it", entry_since="not a day", entry_page="x")
    assert not app.exception
    assert "Nothing fits" in words(app)


def test_it_is_paged(open_page: OpenPage, trail_here: Workspace) -> None:
    with trail_here.transaction() as connection:
        audit.add(trail_here, connection, [audit.NewRow("ann", "X", "succeeded")] * PAGE_SIZE)
    app = open_page("audit")
    assert f"1 to {PAGE_SIZE} of {PAGE_SIZE + 2} changes" in words(app)
    app.button(key="audit-page-older").click().run()
    assert [row["who"] for row in table(app)] == ["bob", "ann"]
    assert app.query_params["entry_page"] == "2"


def test_it_is_verified_on_a_click(open_page: OpenPage, trail_here: Workspace) -> None:
    app = open_page("audit").button(key="audit-verify").click().run()
    assert not app.exception
    assert "The audit trail is intact" in words(app)
    with trail_here.transaction() as connection:
        connection.execute(sa.text("UPDATE audit SET who = 'eve' WHERE audit_id = 2"))
    app.button(key="audit-verify").click().run()
    assert "The audit trail is not intact: 1 finding" in words(app)
    assert "row 2 was changed" in words(app)


def test_a_database_that_cannot_be_used_is_explained(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url, said in (
        ("sqlite:////nowhere/at/all.db", "own database"),
        ("postgresql://nobody:secret@127.0.0.1:1/none", "own database"),
        ("nonsense:secret", "DATABASE_URL"),
    ):
        monkeypatch.setenv("AGENTCORE_STUDIO_DATABASE_URL", url)
        app = open_page("audit")
        assert not app.exception
        assert said in words(app)
        assert "secret" not in words(app)


def test_a_database_of_a_newer_version_is_explained(open_page: OpenPage, trail_here: Workspace) -> None:
    with trail_here.transaction() as connection:
        connection.execute(sa.text("INSERT INTO schema_versions VALUES (999)"))
    app = open_page("audit")
    assert not app.exception
    assert "written by a newer version" in words(app)
