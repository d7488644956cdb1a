"""Memories beside memories: what is the same, changed, added, missing; counted, each with the reason."""

from typing import Any

import streamlit as st

from dashboard import format, navigation, text
from dashboard.components import differences
from services.records.contents import Preference, parse_content
from services.workbench.comparison import VERDICTS, Comparison, Pair, Verdict, readable

Row = dict[str, Any]
MOST_SHOWN = 60
LONGEST = 1_200
WORDS: dict[Verdict, str] = {
    "same": "Same",
    "changed": "Changed",
    "added": "Added",
    "missing": "Missing",
    "elsewhere": "Elsewhere",
}
COLORS: dict[Verdict, format.Color] = {
    "same": "gray",
    "changed": "orange",
    "added": "green",
    "missing": "red",
    "elsewhere": "gray",
}
MEANING: dict[Verdict, str] = {
    "same": "On both sides in the same words",
    "changed": "On both sides in other words",
    "added": "Only on the new side",
    "missing": "Only on the side that is compared with",
    "elsewhere": "Stored, but probably made from another conversation: it is not expected here (a guess)",
}


def counts(comparison: Comparison) -> None:
    """How many there are of each verdict."""
    shown = [verdict for verdict in VERDICTS if verdict != "elsewhere" or comparison.count(verdict)]
    with st.container(horizontal=True, gap="medium"):
        for verdict in shown:
            st.metric(WORDS[verdict], comparison.count(verdict), help=MEANING[verdict], width="content")


def pairs(comparison: Comparison, memory_id: str, key: str) -> None:
    """A card for each pair, those that differ first; what is the same or elsewhere only when it is wanted."""
    default = [verdict for verdict in ("changed", "added", "missing") if comparison.count(verdict)]
    present = [verdict for verdict in VERDICTS if comparison.count(verdict)]
    chosen = st.pills(
        "Show",
        present,
        selection_mode="multi",
        default=default or present,
        format_func=WORDS.__getitem__,
        key=f"{key}-show-{'-'.join(present)}",
        label_visibility="collapsed",
    )
    found = [pair for pair in comparison.pairs if pair.verdict in chosen]
    grid = st.grid(2, min_column_width=340)
    for number, pair in enumerate(found[:MOST_SHOWN]):
        with grid.cell():
            _card(pair, memory_id, f"{key}-{number}")
    if len(found) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN} of {len(found):,}.")


def _card(pair: Pair, memory_id: str, key: str) -> None:
    with st.container(border=True, key=f"pair-{key}", gap="xsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge(WORDS[pair.verdict], color=COLORS[pair.verdict], help=MEANING[pair.verdict])
            st.caption(text.label(pair.why, 200), width="content")
            if pair.record is not None:
                navigation.record_link("Open record", memory_id, pair.record["memoryRecordId"])
        if pair.verdict == "changed" and pair.ours is not None and pair.theirs is not None:
            st.markdown(differences.marked_words(readable(pair.theirs), readable(pair.ours)))
        else:
            body(pair.ours or pair.theirs or "")


def body(said: str) -> None:
    """A record's words, of a preference what showed it in small type below."""
    content = parse_content(said)
    if isinstance(content, Preference):
        text.plain(content.preference, limit=LONGEST)
        if content.context:
            st.caption(text.label(content.context, LONGEST))
        with st.container(horizontal=True, gap="xsmall"):
            for category in content.categories:
                st.badge(text.label(category, 40), color="violet")
        return
    text.plain(readable(said), limit=LONGEST)
