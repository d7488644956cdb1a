"""One record under review: what it says, what may be wrong with it, and where it came from."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import format, masking, navigation, resources, state, text, times
from dashboard.components import memory_records, review_merge
from dashboard.components.memory_records import raw_json
from dashboard.components.review_list import COLORS
from dashboard.state import Key
from services import frames
from services.findings.model import TITLES, Evidence, Finding, subject_of
from services.records.provenance import Source
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
    memory_records.content(masking.body(record["content"].get("text", "")))
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
            between, part = whole[position : each.start], whole[each.start : each.end]
            hidden = f"[{each.what}]" if masking.is_on() and masking.words(whole) != whole else part
            pieces += [text.label(masking.words(between), SHORT)] * bool(between.strip())
            pieces.append(f":orange-background[{text.label(hidden, SHORT)}]")
            position = each.end
    pieces.append(text.label(masking.words(whole[position:end]), SHORT))
    cut, more = "…" if start else "", "…" if end < len(whole) else ""
    st.markdown(f"{cut}{' '.join(filter(None, pieces))}{more}")


def _others(memory: Row, scan: Scan, seen: Seen, finding: Finding) -> None:
    """The records that a finding compares with, as far as they are still there."""
    there = [(id_, scan.records[id_]) for id_ in finding.others if id_ in scan.records]
    for record_id, other in there[:MOST_OTHERS]:
        text.plain(text.preview(masking.words(other.line), 300))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            times.badge(other.row.get("timestamp") or other.row["createdAt"], "Said")
            st.button(
                "Look at it",
                key=f"other-{finding.kind}-{record_id}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=state.put,
                kwargs={"reviewing": record_id},
            )
    if len(there) > MOST_OTHERS:
        st.caption(f"And {len(there) - MOST_OTHERS:,} more.")
    if finding.kind in ("duplicate", "near_duplicate") and there:
        review_merge.button(memory, finding.kind, [seen.row, *(other.row for _, other in there)])


def _more(memory: Row, record: Row) -> None:
    """Sources, neighbours and the API's answer: read only while their tab is open."""
    views: dict[str, Callable[[Row, Row], None]] = {
        "The record": _ids,
        "Likely sources": _sources,
        "Near in meaning": _neighbours,
        "As the API returns it": lambda _memory, record: raw_json(masking.record(record)),
    }
    tabs = st.tabs(list(views), key="review-tabs", on_change="rerun")
    for tab, draw in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                draw(memory, record)


def _ids(_memory: Row, record: Row) -> None:
    text.identifier(record["memoryRecordId"])
    metadata = masking.record(record).get("metadata", {})
    for key, union in metadata.items():
        value = next(iter(union.values()), "")
        text.plain(f"{key} = {value}", limit=400)


def _sources(memory: Row, record: Row) -> None:
    sources = resources.likely_sources(memory, record)
    st.caption("A guess: AWS does not tell what a record was made of. Judged by words in common and time.")
    for source in sources.found:
        with st.container(border=True):
            _source(memory, source)
    if not sources.found:
        text.plain("No message was found that says this.")
    text.plain(
        sources.searched + ("" if sources.complete else " There are more conversations than were read.")
    )


def _source(memory: Row, source: Source) -> None:
    colors: dict[str, format.Color] = {"high": "green", "medium": "orange", "low": "gray"}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(f"{source.confidence} confidence", color=colors[source.confidence])
        role = format.ROLE_LABELS.get(source.turn.role or "", "")
        same = "same time · " if source.same_time else ""
        st.caption(f"{same}{source.shared:.0%} of its words · {role}", width="content")
        times.badge(source.turn.timestamp)
        place = {
            Key.MEMORY: memory["id"],
            Key.ACTOR: source.actor_id,
            Key.SESSION: source.session_id,
            Key.EVENT: source.turn.event_id,
        }
        navigation.link("Open the conversation", "events", place, icon=":material/forum:")
    text.plain(masking.words(source.turn.text), limit=2_000)


def _neighbours(memory: Row, record: Row) -> None:
    if not record.get("namespaces"):
        text.plain("The record is in no namespace, so nothing is near it.")
        return
    answer = resources.neighbours(memory["id"], record)
    near = [row for row in answer.records if row["memoryRecordId"] != record["memoryRecordId"]]
    st.caption("RetrieveMemoryRecords with this record's text, in its own namespace.")
    for row in near:
        text.plain(text.preview(masking.words(frames.one_line_of(row)), 300))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(f"{row.get('score', 0.0):.3f}", color="blue")
            st.button(
                "Look at it",
                key=f"near-{row['memoryRecordId']}",
                type="tertiary",
                icon=":material/arrow_forward:",
                on_click=state.put,
                kwargs={"reviewing": row["memoryRecordId"]},
            )
    if not near:
        text.plain("No other record is in this namespace.")
