"""The ways to look at a question's answer. Only the open one is drawn, and only it makes calls."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from dashboard import faults, outage, resources, state
from dashboard.components import (
    golden_queries,
    injected_text,
    memory_records,
    rank_movement,
    retrieval,
    retrieval_code,
    retrieval_form,
)
from dashboard.state import Key
from services.memory.namespaces import KnownNamespace
from services.retrieval.inquiries import Inquiry

Row = dict[str, Any]
RECORDS, GOLDEN = "records", "golden"
_OF_A_QUESTION: dict[str, tuple[str, Callable[[Row, Inquiry], None]]] = {
    RECORDS: ("Records", retrieval.results),
    "compare": ("Compare", rank_movement.compare),
    "agent": ("What the agent gets", injected_text.context),
    "code": ("Code", retrieval_code.code),
}


@outage.part
def ask(memory: Row) -> None:
    """The question, the answer, and the record that was opened; drawn alone when something in it changes."""
    known, note, fault = resources.namespaces_to_browse(memory)
    if fault:
        faults.show_fault(fault)
    asked = retrieval_form.inquiry(memory, known, note)
    _answers(memory, known, asked, retrieval_form.settings(), unread=fault is not None)


@outage.named_part(retrieval_form.ANSWERS)
def _answers(
    memory: Row,
    known: list[KnownNamespace],
    asked: Inquiry | None,
    drawn: tuple[str | None, ...],
    *,
    unread: bool,
) -> None:
    """What follows the form, of which `asked` and the settings `drawn` are; drawn alone when another question
    is typed, and when something in it is used. What changes the form as well draws the whole page."""
    if retrieval_form.settings() != drawn or not retrieval_form.shows_the_question():
        st.rerun()
    query = state.get(Key.QUERY)
    _show(memory, known, replace(asked, query=query) if asked and query else None, unread=unread)
    if state.get(Key.RECORD):
        retrieval.record_dialog(memory["id"])


def _show(memory: Row, known: list[KnownNamespace], inquiry: Inquiry | None, *, unread: bool) -> None:
    """The answer in the view of the address bar; without a question what there is to ask.

    `unread`: some namespaces could not be read, so that none known does not mean that there is none.
    """

    def records() -> None:
        if known:
            retrieval.namespace_overview(known)
        elif unread:
            st.caption("No namespace could be read. Ask over everything below /, or in one that you know.")
        else:
            memory_records.nothing_extracted(memory)

    views: dict[str, tuple[str, Callable[[], None]]] = {RECORDS: ("Namespaces", records)}
    if inquiry:
        views = {
            name: (label, lambda draw=draw: draw(memory, inquiry))  # type: ignore[misc]
            for name, (label, draw) in _OF_A_QUESTION.items()
        }
    views[GOLDEN] = ("Golden queries", lambda: golden_queries.overview(memory, inquiry))
    _tabs(views)


def _tabs(views: dict[str, tuple[str, Callable[[], None]]]) -> None:
    labels = {name: label for name, (label, _) in views.items()}
    key = f"retrieval-view-{len(views)}"
    st.session_state[key] = labels.get(state.get(Key.VIEW) or RECORDS, labels[RECORDS])

    def changed() -> None:
        chosen = next(name for name, label in labels.items() if label == st.session_state[key])
        state.put(view=None if chosen == RECORDS else chosen)

    for tab, (_, draw) in zip(
        st.tabs(list(labels.values()), key=key, on_change=changed), views.values(), strict=True
    ):
        if tab.open:
            with tab, faults.shown():
                draw()
