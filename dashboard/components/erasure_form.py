"""Erasing one person: the form that asks whom, and where to look."""

from dataclasses import dataclass

import streamlit as st

from dashboard import faults, format, resources
from services.erasure.subject import Subject, subject_of

_ASKED = "erase-asked"
_DONE = "erase-done"


@dataclass(frozen=True)
class Asked:
    """Whose data is looked for, and where."""

    subject: Subject
    memory_ids: tuple[str, ...]
    everywhere: bool
    agents: bool


def form(memory_ids: list[str]) -> Asked | None:
    """Asks whom to look for; returns what was asked last. `memory_ids`: all there are, perhaps none."""
    if st.session_state.pop(_DONE, False):  # a field's value can only be set before it is drawn
        st.session_state.update({"erase-ids": "", "erase-words": "", "erase-memories": []})
    with st.form("erase-person", border=True):
        ids, words = st.columns(2, gap="medium")
        given = ids.text_area(
            "Actor ids of the person",
            key="erase-ids",
            height=100,
            placeholder="user-1\nuser-1-mobile",
            help="One or several, apart by lines or commas. Exactly as agents write them: case counts, and "
            "user-1 is not user-10.",
        )
        hints = words.text_area(
            "Also look for (optional)",
            key="erase-words",
            height=100,
            placeholder="Ann Lee\nann@example.com",
            help="A name or an e-mail address. Records, and notes of this dashboard, that mention it are "
            "listed for you to decide.",
        )
        chosen = _memories(memory_ids)
        agents = st.checkbox(
            "Also what Bedrock Agents remember",
            value=True,
            key="erase-agents",
            help="Session summaries under a memory id that is one of these ids, whatever the agent.",
        )
        submitted = st.form_submit_button("Look what there is", type="primary", icon=":material/search:")
    if submitted:
        st.session_state.pop(_ASKED, None)
        with faults.shown():
            subject = subject_of(given, hints)
            memories = tuple(chosen or memory_ids)
            asked = Asked(subject, memories, set(memories) == set(memory_ids), agents)
            forget_scan(asked)
            st.session_state[_ASKED] = asked
    found: Asked | None = st.session_state.get(_ASKED)
    return found


def _memories(memory_ids: list[str]) -> list[str]:
    """Which memories; none stands for all."""
    if not memory_ids:
        st.caption(
            "There is no AgentCore memory in this account and region. What Bedrock Agents remember, and what "
            "this dashboard kept of memories that are gone, can be erased all the same."
        )
        return []
    return st.multiselect(
        "Memories",
        memory_ids,
        key="erase-memories",
        format_func=_name,
        placeholder="All memories of this connection",
    )


def forget_scan(asked: Asked) -> None:
    """The next look reads anew."""
    resources.forget_scan(asked.subject, asked.memory_ids, agents=asked.agents)


def clear(asked: Asked) -> None:
    """Empties the form in the next run: what was asked is being erased."""
    st.session_state.pop(_ASKED, None)
    st.session_state[_DONE] = True
    forget_scan(asked)


def _name(memory_id: str) -> str:
    return format.memory_name({"id": memory_id})
