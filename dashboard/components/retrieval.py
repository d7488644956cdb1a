"""The answers to a question: ranked records of one place, or of several side by side."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from dashboard import faults, format, navigation, resources, state, text, times
from dashboard.components import exports, memory_records, retrieval_form
from dashboard.components.record_browser import strategy_names
from dashboard.state import Key
from services import frames
from services.faults import Fault
from services.memory.namespaces import KnownNamespace
from services.retrieval.inquiries import Inquiry, Place
from services.retrieval.retrieval import PlaceAnswer, score_of

Row = dict[str, Any]
SIDE_BY_SIDE = 3
"""Columns at most; more places go below."""
SHOWN = 20
"""Records of a place that are drawn at once."""


def results(memory: Row, inquiry: Inquiry) -> None:
    """What each place answered, with how long it took, to be exported or kept for a comparison."""
    answers = resources.answers(memory, inquiry)
    _summary(memory, inquiry, answers)
    if len(answers) == 1:
        _one_place(memory, answers[0], inquiry.min_score)
    else:
        _side_by_side(memory, answers, inquiry.min_score)


def _summary(memory: Row, inquiry: Inquiry, answers: list[PlaceAnswer]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(" · ".join(_facts(answers, inquiry.min_score)), width="stretch")
        st.button(
            "Compare",
            key="pin",
            icon=":material/compare_arrows:",
            on_click=retrieval_form.pin,
            args=(inquiry,),
            help="Keep this answer, change anything above, and see how the ranks move",
        )
        shown = [record for answer in answers for record in answer.records()]
        exports.menu("retrieval", partial(_export_frame, memory, answers), shown, complete=True)


def _facts(answers: list[PlaceAnswer], min_score: float) -> list[str]:
    """How much was found and how fast, and who extracted and ranked it, as far as the endpoint says."""
    told = [answer.outcome for answer in answers if not isinstance(answer.outcome, Fault)]
    found = format.count(sum(len(each.records) for each in told), "record")
    slowest = max((each.seconds for each in told), default=0.0)
    facts = [f"{found} in {format.seconds(slowest)}"] if told else []
    if told and min_score:
        kept = sum(len(answer.records(min_score)) for answer in answers)
        facts.append(f"{kept:,} of them at {min_score:.2f} or above")
    status = resources.live_endpoint_status()
    if status and status.extractor:
        facts.append(f"extracted by: {text.label(status.extractor)}")
    if status and status.embedder:
        facts.append(f"ranked with: {text.label(status.embedder)}")
    return facts


def _export_frame(memory: Row, answers: list[PlaceAnswer]) -> pd.DataFrame:
    """Every record of every place with its rank there."""
    parts = []
    for answer in answers:
        frame = frames.memory_records_frame(answer.records())
        frame.insert(0, "rank", range(1, len(frame) + 1))
        frame.insert(1, "askedIn", place_name(memory, answer.place))
        parts.append(frame)
    return pd.concat(parts)


def place_name(memory: Row, place: Place) -> str:
    """Where was asked: `/facts/ · Preferences`; untrusted text."""
    strategy = strategy_names(memory).get(place.strategy_id or "", place.strategy_id)
    return f"{place.namespace} · {strategy}" if strategy else place.namespace


def _one_place(memory: Row, answer: PlaceAnswer, min_score: float) -> None:
    if isinstance(answer.outcome, Fault):
        faults.show_fault(answer.outcome)
        return
    names = strategy_names(memory)
    if not answer.outcome.records:
        st.info(
            "No record matched there. Try a wider namespace, another strategy, or a question in other words.",
            icon=":material/search_off:",
        )
    _ranked(answer, min_score, "one", lambda record, rank: _result(record, rank, names))
    if answer.outcome.limit_note:
        st.caption(text.label(answer.outcome.limit_note, 200))


def _ranked(answer: PlaceAnswer, min_score: float, key: str, draw: Callable[[Row, int], None]) -> None:
    """The best records drawn; the many after them and those below the least score folded away."""
    everything = list(enumerate(answer.records(), start=1))
    kept = everything[: len(answer.records(min_score))]
    below = everything[len(kept) :]
    for rank, record in kept[:SHOWN]:
        draw(record, rank)
    more = kept[SHOWN:]
    _folded(f"{format.count(len(more), 'more record')}", f"more-{key}", more, draw)
    title = f"{format.count(len(below), 'record')} below {min_score:.2f}, which an agent would not be given"
    _folded(title, f"below-{key}", below, draw)


def _folded(title: str, key: str, records: list[tuple[int, Row]], draw: Callable[[Row, int], None]) -> None:
    """Records that are drawn once they are asked for: a hundred cards take longer than the call."""
    if not records:
        return
    opened = st.expander(title, key=key, on_change="rerun")
    if opened.open:
        with opened:
            for rank, record in records:
                draw(record, rank)


def _result(record: Row, rank: int, names: dict[str, str]) -> None:
    """A record of the answer. Few elements on purpose: ten of these are most of the page, and the browser
    takes longer over them than the call takes."""
    namespaces_of = " ".join(text.label(name, 120) for name in record.get("namespaces", []))
    with st.container(border=True, key=f"result-{rank}", gap="xsmall"):
        with st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
            _score(record, rank)
            memory_records.badges(record, names, f":small[:gray[{namespaces_of}]]")
            times.ago(record.get("timestamp") or record.get("createdAt"))
            _open_button(record, f"{rank}")
        memory_records.content(record["content"]["text"])


def _score(record: Row, rank: int, *, width: int | Literal["stretch"] = 92) -> None:
    """The rank and the score, as numbers and as a bar."""
    score = score_of(record)
    st.progress(min(max(score, 0.0), 1.0), f"**#{rank}**\u2002{score:.3f}", width=width)


def _open_button(record: Row, key: str) -> None:
    st.button(
        "Open",
        key=f"open-{key}-{record['memoryRecordId']}",
        type="tertiary",
        icon=":material/open_in_full:",
        on_click=state.put,
        kwargs={"record": record["memoryRecordId"]},
    )


def _side_by_side(memory: Row, answers: list[PlaceAnswer], min_score: float) -> None:
    grid = st.grid(min(len(answers), SIDE_BY_SIDE), min_column_width=300, gap="medium")
    for number, answer in enumerate(answers):
        with grid.cell(), st.container(border=True, key=f"place-{number}"):
            _place(memory, answer, min_score, number)


def _place(memory: Row, answer: PlaceAnswer, min_score: float, number: int) -> None:
    st.markdown(f"**{text.label(place_name(memory, answer.place), 160)}**")
    if isinstance(answer.outcome, Fault):
        faults.show_fault(answer.outcome)
        return
    found = answer.outcome.records
    st.caption(f"{format.count(len(found), 'record')} in {format.seconds(answer.outcome.seconds)}")
    if not found:
        text.plain("No record matched here.")
    _ranked(answer, min_score, str(number), lambda record, rank: _card(record, rank, number))


def _card(record: Row, rank: int, number: int) -> None:
    with st.container(key=f"card-{number}-{rank}", gap="xsmall"):
        with st.container(horizontal=True, wrap=False, gap="small", vertical_alignment="center"):
            _score(record, rank, width="stretch")
            times.ago(record.get("timestamp") or record.get("createdAt"))
            _open_button(record, f"{number}-{rank}")
        memory_records.content(record["content"]["text"])


_KNOWN_FROM = {"records": "records", "template": "a template", "both": "records and a template"}


def namespace_overview(known: list[KnownNamespace]) -> None:
    """Before the first question: which namespaces exist, and how full they are."""
    st.caption("Namespaces of this memory. Choose one above, or ask over all of them.")
    st.dataframe(
        [
            {"namespace": row.namespace, "records": row.record_count, "known from": _KNOWN_FROM[row.source]}
            for row in known
        ],
        hide_index=True,
        column_config={
            "namespace": st.column_config.TextColumn("Namespace"),
            "records": st.column_config.NumberColumn(
                "Records", width=80, help="– where not all records were read"
            ),
            "known from": st.column_config.TextColumn("Known from", width=170),
        },
        placeholder="–",
        alt="Namespaces of the memory",
    )


def _close_record() -> None:
    state.put(record=None)


@st.dialog("Memory record", width="large", on_dismiss=_close_record)
def record_dialog(memory_id: str) -> None:
    """The linked record in full; a link that names a deleted one says so."""
    with faults.shown():
        record = resources.memory_record(memory_id, state.get(Key.RECORD) or "")
        memory_records.detail(record)
        navigation.record_link("Open on Records", memory_id, record["memoryRecordId"])
        with st.expander("As the API returns it"):
            memory_records.raw_json(record)
