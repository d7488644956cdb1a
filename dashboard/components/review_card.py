"""One record under review: what it says, what may be wrong with it, and where it came from."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import format, masking, navigation, state, text, times
from dashboard.components import memory_records, record_context, review_merge
from dashboard.components.memory_records import raw_json
from dashboard.components.review_list import COLORS
from services.findings.model import TITLES, Evidence, Finding, subject_of
from services.review.reviews import Standing
from services.review.scan import Scan, Seen

Row = dict[str, Any]
AROUND = 70
"""Characters of text shown on each side of the evidence."""
SHORT = 500
MOST_EVIDENCE = 5
MOST_OTHERS = 3
_STATE_COLORS: dict[str, format.Color] = {
    "approved": "green",
    "fixed": "green",
    "rejected": "red",
    "skipped": "gray",
    "unreviewed": "blue",
}


def show(memory: Row, scan: Scan, record: Row, standing: Standing) -> None:
    """The record as what it is, its findings, and more behind tabs."""
    _standing(standing)
    memory_records.content(record["content"].get("text", ""))
    _facts(memory, record)
    seen = scan.records.get(record["memoryRecordId"])
    if seen:
        _findings(memory, scan, seen)
    _more(memory, record)


def _standing(standing: Standing) -> None:
    """What was decided before, and whether that still counts."""
    review = standing.review
    if review is None or (standing.state == "unreviewed" and not standing.changed and not standing.assignee):
        return
    who, verdict = text.label(review.who, 60), review.verdict
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if standing.changed:
            st.badge("Unreviewed again", color="orange", icon=":material/edit:")
            st.caption(f"It was {verdict.state} by {who}, and its text has changed since.", width="content")
        elif standing.state == "unreviewed":
            st.badge(f"For {text.label(verdict.assignee or '', 60)}", color="blue")
        else:
            st.badge(standing.state.capitalize(), color=_STATE_COLORS[standing.state])
            twin = ", as the record with the same text that it replaced" if standing.inherited else ""
            st.caption(f"By {who}{twin}.", width="content")
        times.badge(review.at)
        for note in (verdict.reason, verdict.comment):
            if note:
                st.caption(f"“{text.label(note, 300)}”", width="content")


def _facts(memory: Row, record: Row) -> None:
    """Where it is and since when, on one line."""
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    strategy_id = record.get("memoryStrategyId")
    by_hand = strategy_id in (None, "none")
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        name = names.get(str(strategy_id), "no strategy" if by_hand else "deleted strategy")
        st.badge(text.label(name, 40), color="violet")
        for namespace in record.get("namespaces", []):
            st.badge(text.label(namespace, 60), color="gray", help=text.label(namespace, 400))
        times.badge(record.get("timestamp"), "Said")
        times.badge(record.get("createdAt"), "Stored")
        times.badge(record.get("expiresAt"), "Expires")
        navigation.record_link("Open in Records", memory["id"], record["memoryRecordId"])


def _findings(memory: Row, scan: Scan, seen: Seen) -> None:
    """Each suggestion with its reason, its evidence in the text, and the records that it compares with."""
    if not seen.findings:
        st.caption(":material/check: The rules found nothing to look at.")
        return
    whole = subject_of(memory, seen.row).text
    for finding in seen.findings:
        with st.container(border=True, gap="xsmall", key=f"finding-{finding.kind}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.badge(TITLES[finding.kind], color=COLORS[finding.severity], icon=":material/lightbulb:")
                st.caption(f"Suggestion, {finding.severity}", width="content")
            text.plain(finding.reason)
            _evidence(whole, finding.evidence)
            _others(memory, scan, seen, finding)


def _evidence(whole: str, evidence: tuple[Evidence, ...]) -> None:
    """The parts of the text that are meant, marked: in the whole text where it is short."""
    parts = [each for each in evidence if each.end - each.start < len(whole.rstrip())]
    if not parts:
        return  # all of it: it stands above
    if len(whole) <= SHORT:
        _marked(whole, parts, 0, len(whole))
    else:
        for each in parts[:MOST_EVIDENCE]:
            _marked(whole, [each], max(0, each.start - AROUND), min(len(whole), each.end + AROUND))
    if len(whole) > SHORT and len(parts) > MOST_EVIDENCE:
        st.caption(f"And {len(parts) - MOST_EVIDENCE:,} more.")
    st.caption(" · ".join(dict.fromkeys(text.label(each.what) for each in parts)))


def _marked(whole: str, parts: list[Evidence], start: int, end: int) -> None:
    """The text from `start` to `end` with its parts marked, masked as the rest of the page is."""
    pieces: list[str] = []
    position = start
    for each in sorted(parts, key=lambda part: part.start):
        if each.start >= position:
            between = masking.part(whole, position, each.start)
            pieces += [text.label(between, SHORT)] * bool(between.strip())
            pieces.append(
                f":orange-background[{text.label(masking.part(whole, each.start, each.end), SHORT)}]"
            )
            position = each.end
    pieces.append(text.label(masking.part(whole, position, end), SHORT))
    cut, more = "…" if start else "", "…" if end < len(whole) else ""
    st.markdown(f"{cut}{' '.join(filter(None, pieces))}{more}")


def _others(memory: Row, scan: Scan, seen: Seen, finding: Finding) -> None:
    """The records that a finding compares with, as far as they are still there."""
    there = [(id_, scan.records[id_]) for id_ in finding.others if id_ in scan.records]
    for record_id, other in there[:MOST_OTHERS]:
        text.plain(text.preview(other.line, 300))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            times.badge(other.row.get("timestamp") or other.row["createdAt"], "Said")
            _look_at(record_id, f"other-{finding.kind}-{record_id}")
    if len(there) > MOST_OTHERS:
        st.caption(f"And {len(there) - MOST_OTHERS:,} more.")
    if finding.kind in ("duplicate", "near_duplicate") and there:
        review_merge.button(memory, finding.kind, [seen.row, *(other.row for _, other in there)])


def _more(memory: Row, record: Row) -> None:
    """Sources, neighbours and the API's answer: read only while their tab is open."""
    views: dict[str, Callable[[Row, Row], None]] = {
        "The record": _ids,
        "Likely sources": record_context.sources,
        "Near in meaning": _neighbours,
        "As the API returns it": lambda _memory, record: raw_json(record),
    }
    tabs = st.tabs(list(views), key="review-tabs", on_change="rerun")
    for tab, draw in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                draw(memory, record)


def _ids(_memory: Row, record: Row) -> None:
    text.identifier(record["memoryRecordId"])
    for key, union in record.get("metadata", {}).items():
        value = next(iter(union.values()), "")
        text.plain(f"{key} = {value}", limit=400)


def _neighbours(memory: Row, record: Row) -> None:
    record_context.neighbours(memory, record, lambda record_id: _look_at(record_id, f"near-{record_id}"))


def _look_at(record_id: str, key: str) -> None:
    """The way to another record of the queue."""
    st.button(
        "Look at it",
        key=key,
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=state.put,
        kwargs={"reviewing": record_id},
    )
