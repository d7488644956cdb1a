"""The same question to the same agent without its memory, below the answer that it gave with it."""

import streamlit as st

from dashboard import faults, text
from dashboard.components import differences
from services.chat.agent_choice import AgentKind
from services.chat.history import spoken
from services.chat.messages import without_citations
from services.chat.room import ChatRoom
from services.chat.turns import Turn
from services.chat.without_memory import AnswerWithoutMemory
from services.text_changes import are_alike

LOOK_EVERY_SECONDS = 0.5
_AGAIN = "Asks the same agent again, with this conversation but nothing from memory. Nothing is stored."
HELP: dict[AgentKind, str] = {
    "memory_tool": _AGAIN,
    "session_manager": _AGAIN,
    "runtime": "Asks the agent again, as somebody whom it has never met: its memory can't be switched off "
    "from here. What its tools do, they do again.",
    "bedrock_agent": "Asks the agent again, in a session of its own and without a memory id. What its "
    "actions do, they do again.",
}


def offer(room: ChatRoom, turn: Turn, number: int) -> None:
    """The button, then the answer."""
    key = f"chat-without-memory-{turn.token}"
    asked: AnswerWithoutMemory | None = st.session_state.get(key)
    if asked is None:
        if turn.answer.strip() and _may_matter(room, turn):
            _button(room, turn, number, key)
        return
    waiting = asked.answer is None
    st.fragment(_shown, run_every=LOOK_EVERY_SECONDS if waiting else None)(asked, turn, waiting=waiting)


def _may_matter(room: ChatRoom, turn: Turn) -> bool:
    """Whether memory could have changed the answer, as far as can be told from outside; and whether it was
    given by whoever would be asked now."""
    elsewhere = room.agent.choice.kind == "runtime"
    return turn.model == room.agent.label and bool(turn.retrievals or turn.injected or elsewhere)


def _button(room: ChatRoom, turn: Turn, number: int, key: str) -> None:
    def ask() -> None:
        with faults.shown():
            said = room.said()
            before = spoken(said[: said.index(turn)])
            answer = AnswerWithoutMemory(turn.text, before, room.agent.without_memory())
            st.session_state[key] = answer

    st.button(
        "Without memory?",
        key=f"chat-compare-{number}",
        icon=":material/psychology_alt:",
        type="tertiary",
        on_click=ask,
        help=HELP[room.agent.choice.kind],
    )


def _shown(asked: AnswerWithoutMemory, turn: Turn, *, waiting: bool) -> None:
    answer = asked.answer
    if answer is None:
        st.caption(":shimmer[Asking without memory…]")
        return
    if waiting:
        st.rerun()
    with st.container(border=True, gap="xsmall"):
        st.markdown(":material/psychology_alt: **The same agent without memory**")
        if answer.fault is not None:
            faults.show_fault(answer.fault)
            return
        text.plain(answer.text)
        _differences(answer.text, without_citations(turn.answer))


def _differences(before: str, after: str) -> None:
    """The words that differ, where the two answers are versions of one another."""
    if before == after:
        st.caption("Memory changes nothing here: it is the same answer.")
    elif are_alike(before, after):
        st.caption("What memory changes: struck out is what is no longer said, green is what is new.")
        st.markdown(differences.marked_words(before, after))
    else:
        st.caption("With memory it is another answer altogether.")
