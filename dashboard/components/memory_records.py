"""A memory record, drawn as what it is: a fact, a preference, a summary's topics, an episode."""

import json
from typing import Any

import streamlit as st

from dashboard import format, masking, navigation, text, times
from services.records import changes as record_changes
from services.records import contents as record_contents
from services.records.contents import Episode, EpisodeTurn, Preference, Reflection, Summary

Row = dict[str, Any]
_TURN_LIMIT = 4_000
"""Characters of an episode's turn; what the API returns has them all."""


def content(body: str) -> None:
    """Draws a record's content.text; text that fits no known form is shown as it is."""
    parsed = record_contents.parse_content(body)
    match parsed:
        case Preference():
            _preference(parsed)
        case Summary():
            for name, topic in parsed.topics:
                st.markdown(f"**{text.label(name)}**")
                text.plain(topic)
        case Episode():
            _episode(parsed)
        case Reflection():
            _reflection(parsed)
        case _:
            text.plain(body)


def nothing_extracted(memory: Row) -> None:
    """A memory without any record or namespace: says why there is none."""
    if memory.get("strategies"):
        text.plain("No record exists yet. Records appear a while after the first event is stored.")
        return
    st.info(
        "This memory has no long-term strategy: it keeps events and extracts nothing. "
        "Add a strategy on the Memories page.",
        icon=":material/info:",
    )
    navigation.memory_link("Open this memory", memory["id"])


def kind_label(body: str) -> str:
    """The kind of a record's content, in one or two words."""
    names = {Preference: "Preference", Summary: "Summary", Episode: "Episode", Reflection: "Reflection"}
    return names.get(type(record_contents.parse_content(body)), "Fact")


def _preference(preference: Preference) -> None:
    st.markdown(f"**{text.label(preference.preference, 400)}**")
    if preference.context:
        text.plain(preference.context)
    with st.container(horizontal=True, gap="xsmall"):
        for category in preference.categories:
            st.badge(text.label(category, 40), color="violet")


def _episode(episode: Episode) -> None:
    for title, body in (
        ("Situation", episode.situation),
        ("Intent", episode.intent),
        ("Reached its goal", episode.assessment),
        ("Why", episode.justification),
        ("Reflection", episode.reflection),
    ):
        _field(title, body)
    if episode.turns:
        with st.expander(format.count(len(episode.turns), "turn")):
            for number, turn in enumerate(episode.turns, start=1):
                _turn(number, turn)


def _turn(number: int, turn: EpisodeTurn) -> None:
    """One step of an episode, as one element: there may be many."""
    parts = (
        ("Situation", turn.situation),
        ("Action", turn.action),
        ("Thought", turn.thought),
        ("Assistant's view", turn.assessment_assistant),
        ("User's view", turn.assessment_user),
    )
    lines = [f"{number}. {turn.intent or turn.situation}"]
    lines += [f"{title}: {body}" for title, body in parts if body]
    text.plain("\n".join(lines), limit=_TURN_LIMIT)


def _reflection(reflection: Reflection) -> None:
    st.markdown(f"**{text.label(reflection.title, 200)}**")
    for title, body in (
        ("Use cases", reflection.use_cases),
        ("Hints", reflection.hints),
        ("Confidence", reflection.confidence),
    ):
        _field(title, str(body))


def _field(title: str, body: str) -> None:
    if body:
        st.caption(title)
        text.plain(body)


def detail(record: Row) -> None:
    """One record in full: content, where it belongs, its metadata and its times."""
    content(record["content"]["text"])
    text.identifier(record["memoryRecordId"])
    for namespace in record.get("namespaces", []):
        st.caption("Namespace")
        text.identifier(namespace)
    metadata = record_changes.metadata_words(record)
    if metadata:
        st.caption("Metadata")
        text.plain("\n".join(f"{key} = {value}" for key, value in metadata.items()))
    with st.container(horizontal=True, gap="xsmall"):
        times.badge(record.get("timestamp"), "Said")
        times.badge(record.get("createdAt"), "Stored")
        times.badge(record.get("expiresAt"), "Expires")
        st.badge(format.count(len(record["content"]["text"]), "character"), color="gray")


def badges(record: Row, strategy_names: dict[str, str], behind: str = "") -> None:
    """What kind of record it is, and the strategy that it is of; `behind` them other Markdown, which takes
    the room that is left."""
    strategy_id = record.get("memoryStrategyId", "")
    strategy = text.label(strategy_names.get(strategy_id) or strategy_id or "no strategy", 60)
    # One element: a browser takes longer over many answers' elements than the call takes.
    st.markdown(
        f":blue-badge[{kind_label(record['content']['text'])}] :gray-badge[{strategy}] {behind}".rstrip(),
        width="stretch" if behind else "content",
    )


def raw_json(document: Any) -> None:
    """Any AWS answer as literal JSON."""
    st.code(
        text.visible(json.dumps(masking.document(document), indent=2, default=str, ensure_ascii=False)),
        language="json",
        wrap_lines=True,
    )
