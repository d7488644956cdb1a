"""A record that has just appeared, changed or gone, on a card that fits beside the conversation."""

from typing import Any

import streamlit as st

from dashboard import format, navigation, text
from dashboard.components import differences, memory_records
from services.chat.extraction_watch import RecordChange
from services.records import contents as record_contents
from services.records.contents import Preference, Summary

Row = dict[str, Any]
LONGEST_LINE = 600
LONGEST_TOPIC = 320
WORDS = {"added": "new", "changed": "changed", "removed": "removed"}
COLORS: dict[str, format.Color] = {"added": "green", "changed": "orange", "removed": "gray"}


def show(memory_id: str, change: RecordChange, strategies: list[Row], *, lit: bool) -> None:
    """The card: what happened, how long after the event, and the record as what it is."""
    body = change.record["content"]["text"]
    key = f"chat-record-{change.kind}-{change.record_id}-{int(change.at * 1000)}"
    with st.container(border=True, key=key, gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            _badge(change, lit=lit)
            _kind(change, body, strategies)
            if change.kind != "removed":
                navigation.record_link("Open", memory_id, change.record_id)
        if change.before is not None:
            _difference(change.before["content"]["text"], body)
        elif change.kind == "removed":
            st.caption(f"~~{text.label(line(body), LONGEST_LINE)}~~")
        else:
            _content(body, lit=lit)


def line(body: str) -> str:
    """What a record says, on one line."""
    return record_contents.one_line(record_contents.parse_content(body))


def _badge(change: RecordChange, *, lit: bool) -> None:
    since = "" if change.seconds is None else f" · {format.seconds(change.seconds)} after the event"
    icon = ":material/auto_awesome:" if lit else None
    st.badge(f"{WORDS[change.kind]}{since}", color=COLORS[change.kind] if lit else "gray", icon=icon)


def _kind(change: RecordChange, body: str, strategies: list[Row]) -> None:
    names = {row.get("strategyId"): row.get("name", "") for row in strategies}
    name = names.get(change.strategy_id)
    written = f"Written by the strategy {text.label(name, 60)}" if name else None
    st.badge(memory_records.kind_label(body), color="blue", help=written)


def _content(body: str, *, lit: bool) -> None:
    """The record's main line, on a coloured ground while it is lit, and its lesser parts in small type."""
    parsed = record_contents.parse_content(body)
    if isinstance(parsed, Summary):
        for name, topic in parsed.topics:
            _headline(name, lit=lit)
            st.caption(text.label(topic, LONGEST_TOPIC))
        return
    _headline(line(body), lit=lit)
    if isinstance(parsed, Preference):
        about = [parsed.context, " · ".join(parsed.categories)]
        for part in filter(None, about):
            st.caption(text.label(part, LONGEST_LINE))


def _headline(words: str, *, lit: bool) -> None:
    if words:
        bold = f"**{text.label(words, LONGEST_LINE)}**"
        st.markdown(f":green-background[{bold}]" if lit else bold)


def _difference(before: str, after: str) -> None:
    """The new words on green, the old ones struck out on red."""
    st.markdown(differences.marked_words(_readable(before), _readable(after)))


def _readable(body: str) -> str:
    """The words of a record without the marks of its format."""
    parsed = record_contents.parse_content(body)
    if isinstance(parsed, Preference):
        return ". ".join(filter(None, [parsed.preference, parsed.context, ", ".join(parsed.categories)]))
    if isinstance(parsed, Summary):
        return " ".join(f"{name}: {topic}" for name, topic in parsed.topics)
    return body
