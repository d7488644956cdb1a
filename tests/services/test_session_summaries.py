"""Session summaries: topics from what models write, the states of sessions, search and comparison."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.agents import session_summaries
from services.agents.session_summaries import Topic, compared, found_in, session_rows, topics
from services.workspace.agent_memories import KnownSession

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def known(**changed: Any) -> KnownSession:
    values: dict[str, Any] = {
        "session_id": "s-1",
        "memory_id": "anna",
        "started_at": NOW - timedelta(minutes=10),
        "last_at": NOW - timedelta(minutes=5),
        "idle_seconds": 1800,
        "turns": 2,
    }
    return KnownSession(**(values | changed))


def summary(session_id: str = "s-1", text: str = "<summary/>", **more: Any) -> dict[str, Any]:
    return {
        "memoryId": "anna",
        "sessionId": session_id,
        "sessionStartTime": NOW - timedelta(minutes=10),
        "sessionExpiryTime": NOW + timedelta(days=30),
        "summaryText": text,
    } | more


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "<summary>\n <topic name='user goals'>Fly to NYC</topic>\n"
            ' <topic name="assistant actions">book &amp; confirm</topic></summary>',
            [Topic("user goals", "Fly to NYC"), Topic("assistant actions", "book & confirm")],
        ),
        ("<topic name='a'>one<topic name='b'>two</topic>", [Topic("a", "one"), Topic("b", "two")]),
        ("<summary><topic name=goals>unquoted", [Topic("goals", "unquoted")]),
        ("<topic>nameless</topic>", [Topic("topic", "nameless")]),
        ("No markup at all", [Topic("summary", "No markup at all")]),
        ("<summary><topic name='empty'> </topic></summary>", []),
        ("", []),
    ],
)
def test_topics_are_read_from_whatever_a_model_wrote(text: str, expected: list[Topic]) -> None:
    assert topics(text) == expected


@given(st.text())
def test_no_text_breaks_the_reading(text: str) -> None:
    for topic in topics(text):
        assert topic.text


@pytest.mark.parametrize(
    ("session", "remembers", "state", "words"),
    [
        (known(), True, "open", "Ends by itself"),
        (known(last_at=NOW - timedelta(minutes=40)), True, "summary pending", "ended by itself"),
        (known(ended_at=NOW - timedelta(minutes=1)), True, "summary pending", "was ended"),
        (known(ended_at=NOW - timedelta(minutes=1)), False, "ended", "no memory"),
        (known(ended_at=NOW - timedelta(hours=2)), True, "ended", "within an hour"),
        (
            known(
                ended_at=NOW - timedelta(days=31),
                summary_seen_at=NOW - timedelta(days=30),
                summary_expires_at=NOW - timedelta(days=1),
            ),
            True,
            "expired",
            "deleted by AWS",
        ),
        (
            known(summary_seen_at=NOW, summary_expires_at=NOW + timedelta(days=1), deleted_at=NOW),
            True,
            "deleted",
            "deleted here",
        ),
        (known(ended_at=NOW, deleted_at=NOW), True, "summary pending", "may still come"),
    ],
)
def test_the_state_of_a_session_without_a_summary(
    session: KnownSession, remembers: bool, state: str, words: str
) -> None:
    (row,) = session_rows([session], [], NOW, remembers=remembers)
    assert row.state == state
    assert words in row.note


def test_a_summary_makes_a_session_stored_and_tells_its_expiry() -> None:
    (row,) = session_rows([known(ended_at=NOW)], [summary()], NOW)
    assert (row.state, row.expires, row.note) == ("stored", NOW + timedelta(days=30), "")


def test_a_summary_that_comes_after_its_deletion_is_told() -> None:
    (row,) = session_rows([known(ended_at=NOW, deleted_at=NOW)], [summary()], NOW)
    assert row.state == "stored"
    assert "after its memory was deleted" in row.note


def test_sessions_are_newest_first_and_those_of_elsewhere_are_among_them() -> None:
    other = summary("elsewhere", sessionStartTime=NOW - timedelta(days=2))
    rows = session_rows([known()], [other], NOW)
    assert [(row.session_id, row.state) for row in rows] == [("s-1", "open"), ("elsewhere", "stored")]


def test_search_wants_every_word_in_any_case() -> None:
    rows = session_rows([], [summary("a", "Boston by AIR"), summary("b", "Boston by train")], NOW)
    assert [row.session_id for row in found_in(rows, "air boston")] == ["a"]


def test_a_comparison_has_only_what_differs() -> None:
    one = "<topic name='goals'>return on the 22nd</topic><topic name='who'>Anna</topic>"
    other = "<topic name='goals'>return on the 23rd</topic><topic name='who'>Anna</topic>"
    (difference,) = compared(one, other)
    assert (difference.name, difference.before, difference.after) == (
        "goals",
        "return on the 22nd",
        "return on the 23rd",
    )


def test_a_table_of_sessions_has_times_in_utc_and_gaps() -> None:
    frame = session_summaries.summaries_frame("anna", session_rows([known()], [summary("b")], NOW))
    assert list(frame["state"]) == ["open", "stored"] or list(frame["state"]) == ["stored", "open"]
    assert str(frame["sessionExpiryTime"].dtype) == "datetime64[us, UTC]"
    assert frame["sessionExpiryTime"].isna().sum() == 1
