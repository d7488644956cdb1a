"""One record changed: what is shown, what is sent, and texts whose form must not break."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clients import Clients
from services.errors import InvalidDraft, InvalidValue, RecordChangedMeanwhile
from services.exact_text import escaped, has_hidden, made_visible, unescaped
from services.records import changes as record_changes
from services.records.batches import RecordDraft, RecordUpdate, update_records
from services.records.changes import RecordEdit, record_differences
from services.records.contents import Preference, Summary, parse_content
from services.records.drafts import NO_STRATEGY, personal_metadata
from services.records.memory_records import get_memory_record
from services.records.texts import preference_problems, preference_text, summary_problems, summary_text
from services.workspace.store import Workspace
from tests.services.record_examples import HOSTILE, SAID, Row

SQLITE_IS_ENOUGH = True  # what differs between databases is tested in test_record_versions.py

ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@pytest.fixture
def record(control: Any, live: Clients, workspace: Workspace) -> Row:
    """A record as it was read, and the memory that it is in."""
    name = f"Changes{uuid.uuid4().hex[:12]}"
    memory = control.create_memory(name=name, eventExpiryDuration=30)["memory"]
    metadata = {"team": {"stringValue": "blue"}, "sure": {"numberValue": 0.5}}
    draft = RecordDraft("Likes tea.", ("/facts/a/",), metadata=metadata, timestamp=SAID)
    made = record_changes.create(live, workspace, memory["id"], draft)
    return {"memory": memory["id"], **get_memory_record(live, memory["id"], str(made.record_id))}


def edit(record: Row, **changes: Any) -> RecordEdit:
    """An edit that changes only what is named."""
    as_it_is = RecordEdit(
        before=record,
        text=record["content"]["text"],
        namespaces=tuple(record["namespaces"]),
        strategy_id=record["memoryStrategyId"],
        metadata=personal_metadata(record),
        timestamp=record["timestamp"],
    )
    return replace(as_it_is, **changes)


def test_what_was_not_changed_is_not_sent(record: Row) -> None:
    assert not edit(record).update().changes()
    assert edit(record).differences({}) == []


def test_every_part_of_a_record_can_be_changed(live: Clients, workspace: Workspace, record: Row) -> None:
    later = datetime(2026, 4, 2, 8, tzinfo=UTC)
    change = edit(
        record,
        text="Likes coffee.",
        namespaces=("/facts/b/",),
        metadata={"team": {"stringValue": "red"}},
        timestamp=later,
        expiry=60,
    )
    shown = {(each.name, each.before, each.after) for each in change.differences({})}
    assert shown == {
        ("Text", "Likes tea.", "Likes coffee."),
        ("Namespace", "/facts/a/", "/facts/b/"),
        ("Said", "2026-03-01 14:36:22 UTC", "2026-04-02 08:00:00 UTC"),
        ("Metadata team", "blue", "red"),
        ("Metadata sure", "0.5", None),
        ("Expires", None, "in 60 days"),
    }
    assert record_changes.save(live, workspace, record["memory"], change).ok
    found = get_memory_record(live, record["memory"], record["memoryRecordId"])
    assert found["memoryRecordId"] == record["memoryRecordId"], "AWS moves records in place"
    assert (found["content"]["text"], found["namespaces"]) == ("Likes coffee.", ["/facts/b/"])
    assert (found["timestamp"], found["createdAt"]) == (later, record["createdAt"])
    assert personal_metadata(found) == {"team": {"stringValue": "red"}}
    assert (found["expiresAt"] - datetime.now(UTC)).days in (59, 60)


def test_the_last_metadata_key_can_be_taken_away(live: Clients, workspace: Workspace, record: Row) -> None:
    assert record_changes.save(live, workspace, record["memory"], edit(record, metadata={})).ok
    found = get_memory_record(live, record["memory"], record["memoryRecordId"])
    assert personal_metadata(found) == {}


@pytest.mark.parametrize("part", ["text", "metadata", "namespaces", "deleted"])
def test_a_change_by_somebody_else_is_shown_and_not_overwritten(
    live: Clients, workspace: Workspace, record: Row, part: str
) -> None:
    memory_id, record_id = record["memory"], record["memoryRecordId"]
    if part == "deleted":
        live.data.delete_memory_record(memoryId=memory_id, memoryRecordId=record_id)
    else:
        theirs: dict[str, Any] = {
            "text": {"text": "Theirs."},
            "metadata": {"metadata": {"team": {"stringValue": "theirs"}}},
            "namespaces": {"namespaces": ("/theirs/",)},
        }[part]
        update_records(live, workspace, memory_id, [RecordUpdate(record_id, **theirs)])
    with pytest.raises(RecordChangedMeanwhile) as caught:
        record_changes.save(live, workspace, memory_id, edit(record, text="Mine."))
    now = caught.value.record
    assert (now is None) == (part == "deleted")
    if now is not None:
        assert any(each.differs for each in record_differences(record, now, {}))
        assert get_memory_record(live, memory_id, record_id)["content"]["text"] != "Mine."


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "x" * 16_001},
        {"namespaces": ("no spaces",)},
        {"namespaces": ("/" + "a" * 1_024,)},
        {"metadata": {"a": {"stringValue": "x" * 257}}},
        {"metadata": {"a": {"stringListValue": ["x"] * 6}}},
        {"metadata": {"ä": {"stringValue": "x"}}},
        {"metadata": {f"k{number}": {"stringValue": "x"} for number in range(21)}},
        {"expiry": 30},
    ],
)
def test_what_aws_would_refuse_is_said_and_never_sent(
    live: Clients, workspace: Workspace, record: Row, wrong: dict[str, Any]
) -> None:
    calls = live.call_count()
    with pytest.raises(InvalidDraft):
        record_changes.save(live, workspace, record["memory"], edit(record, **wrong))
    assert live.call_count() == calls


def test_a_change_of_spaces_alone_is_visible(record: Row) -> None:
    [found] = edit(record, text="Likes  tea.").differences({})
    assert (found.name, found.before, found.after) == (
        "Text: only spaces and line breaks",
        "Likes·tea.",
        "Likes··tea.",
    )


def test_hidden_characters_are_visible_in_a_difference(record: Row) -> None:
    [found] = edit(record, text="Likes \u202etea.\x00").differences({})
    assert found.after == "Likes \\u202etea.\\x00"


def test_notes_say_what_a_change_brings_with_it(record: Row) -> None:
    memory: Row = {"id": record["memory"], "indexedKeys": [{"key": "team", "type": "STRING"}]}
    moved = edit(record, namespaces=("/b/",), metadata={"colour": {"stringValue": "x"}})
    notes = " ".join(moved.notes(memory))
    assert "keeps its id" in notes
    assert "cannot be filtered by colour" in notes
    assert edit(record).notes(memory) == []
    assert record["memoryStrategyId"] == NO_STRATEGY


@given(ANY_TEXT)
def test_escapes_stand_for_exactly_the_text(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert not has_hidden(escaped(text))
    assert not has_hidden(made_visible(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_survive_the_escapes(text: str) -> None:
    assert unescaped(escaped(text)) == text


@pytest.mark.parametrize("broken", ["\\", "a\\q", "\\x1", "\\ud800", "\\U00110000"])
def test_what_is_no_escape_is_refused(broken: str) -> None:
    with pytest.raises(InvalidValue):
        unescaped(broken)


@given(ANY_TEXT, ANY_TEXT, st.lists(ANY_TEXT, max_size=3))
def test_a_preference_keeps_its_form_whatever_is_typed(
    context: str, said: str, categories: list[str]
) -> None:
    given_ = Preference(context, said, tuple(categories))
    assert parse_content(preference_text(given_)) == given_
    original = json.dumps({"context": "c", "preference": "p", "categories": ["x"], "extra": 1})
    document = json.loads(preference_text(given_, original))
    assert (document["preference"], document["extra"]) == (said, 1)


def test_an_untouched_text_stays_byte_for_byte() -> None:
    original = '{ "preference":"p",\n "context" : "c", "categories":[ "x" ] }'
    parsed = parse_content(original)
    assert isinstance(parsed, Preference)
    assert preference_text(parsed, original) == original
    summary = '<topic name="A &amp; B">  x &lt; y </topic> loose'
    topics = parse_content(summary)
    assert isinstance(topics, Summary)
    assert summary_text(topics.topics, summary) == summary


_NAMES = ANY_TEXT.map(str.strip).filter(bool)


@given(st.lists(st.tuples(_NAMES, _NAMES), min_size=1, max_size=4))
def test_a_summary_keeps_its_form_whatever_is_typed(topics: list[tuple[str, str]]) -> None:
    assert parse_content(summary_text(topics)) == Summary(tuple(topics))


def test_useless_texts_are_told() -> None:
    assert preference_problems(Preference("c", " ", ()))
    assert summary_problems([("", "")])
    assert summary_problems([("a", "")])
    assert summary_problems([("", "b")])
    assert not summary_problems([("a", "b"), ("", "")])
