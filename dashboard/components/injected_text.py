"""The text that an agent's model would be given with the question, to look at and to copy."""

from typing import Any

import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.state import Key
from services.faults import Fault
from services.retrieval import injected_text
from services.retrieval.inquiries import Inquiry
from services.retrieval.retrieval import PlaceAnswer

Row = dict[str, Any]
FORMATS = {"strands": "Strands", "plain": "Plain"}
CHARACTERS_A_TOKEN = 4


def context(memory: Row, inquiry: Inquiry) -> None:
    """The records that count, in the form that an integration injects them."""
    answers = resources.answers(memory, inquiry)
    for answer in answers:
        if isinstance(answer.outcome, Fault):
            faults.show_fault(answer.outcome)
    chosen = _format()
    write = injected_text.strands_text if chosen == "strands" else injected_text.plain_text
    body = write(answers, inquiry.min_score)
    if not body:
        st.info(
            "The agent would be given nothing: no record counts. Lower the least score, or ask otherwise.",
            icon=":material/search_off:",
        )
        return
    number = sum(len(answer.records(inquiry.min_score)) for answer in answers)
    st.caption(
        f"{format.count(number, 'record')} · {format.count(len(body), 'character')} · about "
        f"{format.count(-(-len(body) // CHARACTERS_A_TOKEN), 'token')} (a guess: "
        f"{CHARACTERS_A_TOKEN} characters each)"
    )
    st.code(text.visible(body), language=None, wrap_lines=True)
    for note in _notes(inquiry, answers) if chosen == "strands" else ["One line a record, best first."]:
        st.caption(note)


def _format() -> str:
    linked = state.get(Key.FORMAT)
    st.session_state["context-format"] = linked if linked in FORMATS else "strands"

    def changed() -> None:
        state.put(format=st.session_state["context-format"])

    return str(
        st.segmented_control(
            "Format",
            list(FORMATS),
            key="context-format",
            format_func=FORMATS.__getitem__,
            required=True,
            on_change=changed,
            label_visibility="collapsed",
        )
    )


def _notes(inquiry: Inquiry, answers: list[PlaceAnswer]) -> list[str]:
    """How AgentCoreMemorySessionManager injects it, and where this question differs from what it asks."""
    notes = [
        "As AgentCoreMemorySessionManager puts it into the conversation: a text block of its own, before the "
        "user's text in the last message."
    ]
    if len(answers) > 1:
        notes.append("It asks the namespaces at once, so their order here is one of those an agent may see.")
    differs = []
    differs += ["below a path, never in exactly one namespace"] if inquiry.scope == "exact" else []
    differs += ["for all strategies of a namespace together"] if inquiry.strategy_ids else []
    differs += ["without metadata filters"] if inquiry.filters else []
    if differs:
        notes.append(f"It would ask {', and '.join(differs)}: with these settings it gets other records.")
    return notes
