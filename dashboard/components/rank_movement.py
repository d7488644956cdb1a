"""Two answers compared: which records moved up or down, came, or went."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, masking, resources, state, text
from dashboard.components import exports, retrieval_form, tables
from dashboard.components.record_browser import TALLEST, strategy_names
from dashboard.state import Key
from services import frames
from services.faults import Fault
from services.records import filters as record_filters
from services.retrieval.inquiries import Inquiry
from services.retrieval.retrieval import Move, PlaceAnswer, movement, ranked

Row = dict[str, Any]

_TABLE = {
    "now": st.column_config.NumberColumn("Rank", width=60),
    "was": st.column_config.NumberColumn("Was", width=60),
    "move": st.column_config.TextColumn("Move", width=70),
    "content": st.column_config.TextColumn("What it says", width=420),
    "score": st.column_config.NumberColumn("Score", format="%.3f", width=70),
    "was score": st.column_config.NumberColumn("Score was", format="%.3f", width=80),
    "strategy": st.column_config.TextColumn("Strategy", width="medium"),
    "namespace": st.column_config.TextColumn("Namespace", width="medium"),
}


def compare(memory: Row, inquiry: Inquiry) -> None:
    """The present answer against the kept one, or the ways to keep one."""
    before = retrieval_form.pinned()
    if before is None:
        _choose(inquiry)
        return
    _the_two(memory, before, inquiry)
    if before == inquiry:
        st.info(
            "Both are the same so far. Change the question or any setting above to see the ranks move, or "
            "ask another question here.",
            icon=":material/compare_arrows:",
        )
        _other_question(inquiry)
        return
    old, new = resources.answers(memory, before), resources.answers(memory, inquiry)
    if not _failed(old, "before") and not _failed(new, "now"):
        _table(memory, movement(ranked(old, before.min_score), ranked(new, inquiry.min_score)))


def _choose(inquiry: Inquiry) -> None:
    st.caption(
        "Keep the present question with all its settings, then change anything above: the question, the "
        "place, Top K, the least score, the filters. Or name another question."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Keep the present one",
            key="pin-here",
            type="primary",
            icon=":material/keep:",
            on_click=retrieval_form.pin,
            args=(inquiry,),
        )
    _other_question(inquiry)


def _other_question(inquiry: Inquiry) -> None:
    """The present question is kept, the typed one takes its place."""

    def asked() -> None:
        other = st.session_state["other-question"].strip()
        st.session_state["other-question"] = ""
        if other and other != state.get(Key.QUERY):  # the browser may tell again of what was asked already
            retrieval_form.pin(inquiry)
            state.put(query=other)

    st.text_input(
        "Another question",
        key="other-question",
        type="search",
        max_chars=10_000,
        on_change=asked,
        placeholder="The same wish in other words, then press Enter",
    )


def _the_two(memory: Row, before: Inquiry, now: Inquiry) -> None:
    grid = st.grid(2, min_column_width=300, gap="small")
    with grid.cell(), st.container(border=True, key="compare-before", height="stretch", gap="xsmall"):
        _described("Before", memory, before)
        with st.container(horizontal=True, gap="small"):
            st.button(
                "Go back to it",
                key="unpin-back",
                type="tertiary",
                icon=":material/undo:",
                on_click=retrieval_form.ask,
                args=(before,),
            )
            st.button(
                "Stop comparing",
                key="unpin",
                type="tertiary",
                icon=":material/close:",
                on_click=state.put,
                kwargs={"baseline": None},
            )
    with grid.cell(), st.container(border=True, key="compare-now", height="stretch", gap="xsmall"):
        _described("Now", memory, now)
        if before != now:
            st.button(
                "Keep this one instead",
                key="repin",
                type="tertiary",
                icon=":material/keep:",
                on_click=retrieval_form.pin,
                args=(now,),
            )


def _described(title: str, memory: Row, inquiry: Inquiry) -> None:
    st.caption(title)
    st.markdown(f"**{text.label(inquiry.query, 300)}**")
    st.caption(text.label(in_words(memory, inquiry), 600))


def in_words(memory: Row, inquiry: Inquiry) -> str:
    """Where and how an inquiry asks, on one line; untrusted text."""
    names = strategy_names(memory)
    where = ", ".join(inquiry.namespaces)
    parts = [f"below {where}" if inquiry.scope == "path" else f"exactly in {where}"]
    parts += [", ".join(names.get(id_, id_) for id_ in inquiry.strategy_ids)] if inquiry.strategy_ids else []
    parts.append(f"top {inquiry.top_k}")
    parts += [f"least score {inquiry.min_score:.2f}"] if inquiry.min_score else []
    parts += [record_filters.in_words(each) for each in inquiry.filters]
    return " · ".join(parts)


def _failed(answers: list[PlaceAnswer], when: str) -> bool:
    """Shows what could not be asked: half an answer would move ranks that have not moved."""
    problems = [answer.outcome for answer in answers if isinstance(answer.outcome, Fault)]
    if problems:
        text.plain(f"The question {when} got no whole answer, so nothing is compared.")
        faults.show_fault(problems[0])
    return bool(problems)


def _table(memory: Row, moves: list[Move]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_in_short(moves), width="stretch")
        frame = _frame(memory, moves)
        exports.menu("comparison", frame, [move.record for move in moves], complete=True)
    if frame.empty:
        st.info("Neither question found a record that counts.", icon=":material/search_off:")
        return
    tables.choose_row(
        frame,
        Key.RECORD,
        f"movement-{memory['id']}",
        column_order=tuple(_TABLE),
        column_config=_TABLE,
        placeholder="–",
        height="auto" if len(frame) <= 14 else TALLEST,
        alt="Records in both answers, with their ranks",
    )


def _in_short(moves: list[Move]) -> str:
    both = [move for move in moves if move.rank_before and move.rank_after]
    new = sum(move.rank_before is None for move in moves)
    gone = sum(move.rank_after is None for move in moves)
    same = sum(move.rank_before == move.rank_after for move in both)
    shared = format.count(len(both), "record")
    return f"{shared} in both, {same} of them at the same rank · {new} new · {gone} gone"


def _frame(memory: Row, moves: list[Move]) -> pd.DataFrame:
    frame = frames.memory_records_frame([masking.record(move.record) for move in moves])
    frame["content"] = [text.straight(line) for line in frame["content"]]
    names = strategy_names(memory)
    frame["now"] = pd.array([move.rank_after for move in moves], dtype="Int64")
    frame["was"] = pd.array([move.rank_before for move in moves], dtype="Int64")
    frame["move"] = [_arrow(move) for move in moves]
    frame["score"] = pd.array([move.score_after for move in moves], dtype="Float64")
    frame["was score"] = pd.array([move.score_before for move in moves], dtype="Float64")
    frame["strategy"] = [names.get(id_, id_) for id_ in frame["memoryStrategyId"].fillna("")]
    return frame


def _arrow(move: Move) -> str:
    if move.rank_before is None:
        return "new"
    if move.rank_after is None:
        return "gone"
    places = move.rank_before - move.rank_after
    if not places:
        return "="
    return f"▲ {places}" if places > 0 else f"▼ {-places}"
