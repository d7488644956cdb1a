"""The same question to the same agent without its memory, below the answer that was given with it."""

from dataclasses import dataclass

import streamlit as st

from dashboard import faults, text
from dashboard.components import differences
from services.chat.agent_choice import AgentKind
from services.chat.history import EarlierMessage, spoken
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
_WHO_THEN = "Who gave the stored answer is not kept: whoever is chosen now is asked."


@dataclass(frozen=True)
class _Answered:
    """A question and its answer; `part` of the conversation is the question, after `like_it` others that are
    the same: one event may hold the same message twice. `key` tells it from others."""

    key: str
    part: EarlierMessage | Turn
    answer: str
    title: str
    help: str
    like_it: int = 0


def offer(room: ChatRoom, turn: Turn, number: int) -> None:
    """The button below an answer of this chat, where memory may have changed it; then the other answer."""
    answered = _Answered(
        f"chat-without-memory-{turn.token}",
        turn,
        turn.answer,
        "The same agent without memory",
        HELP[room.agent.choice.kind],
    )
    _offer(room, answered, f"chat-compare-{number}", offered=_may_matter(room, turn))


def offer_for_stored(room: ChatRoom, said: list[EarlierMessage | Turn], position: int) -> None:
    """The same below a stored answer, at a position of what was `said`, if it ends an exchange."""
    part, following = said[position], said[position + 1] if position + 1 < len(said) else None
    if not isinstance(part, EarlierMessage) or part.role != "ASSISTANT" or part.kind != "text":
        return
    if isinstance(following, EarlierMessage) and following.role != "USER":
        return
    place = next((number for number in reversed(range(position)) if _asks(said[number])), None)
    asked = None if place is None else said[place]
    if not isinstance(asked, EarlierMessage):
        return
    named = f"{part.event_id}-{_number(said, position, part.event_id)}"
    answered = _Answered(
        f"chat-without-memory-{named}",
        asked,
        part.text,
        "Whoever is chosen now, without memory",
        f"{HELP[room.agent.choice.kind]} {_WHO_THEN}",
        said[:place].count(asked),
    )
    _offer(room, answered, f"chat-compare-{named}", offered=True)


def _number(said: list[EarlierMessage | Turn], position: int, event_id: str) -> int:
    """How many messages of the event come before that position: one event can hold several exchanges."""
    return sum(isinstance(each, EarlierMessage) and each.event_id == event_id for each in said[:position])


def _asks(part: EarlierMessage | Turn) -> bool:
    return isinstance(part, Turn) or part.role == "USER"


def _offer(room: ChatRoom, answered: _Answered, key: str, *, offered: bool) -> None:
    asked: AnswerWithoutMemory | None = st.session_state.get(answered.key)
    if asked is None:
        if answered.answer.strip() and offered:
            _button(room, answered, key)
        return
    waiting = asked.answer is None
    st.fragment(_shown, run_every=LOOK_EVERY_SECONDS if waiting else None)(asked, answered, waiting=waiting)


def _may_matter(room: ChatRoom, turn: Turn) -> bool:
    """Whether memory could have changed the answer, as far as can be told from outside; and whether it was
    given by whoever would be asked now."""
    elsewhere = room.agent.choice.kind == "runtime"
    return turn.model == room.agent.label and bool(turn.retrievals or turn.injected or elsewhere)


def _button(room: ChatRoom, answered: _Answered, key: str) -> None:
    def ask() -> None:
        with faults.shown():
            said = room.said()
            places = [number for number, each in enumerate(said) if each == answered.part]
            before = spoken(said[: places[answered.like_it]])
            answer = AnswerWithoutMemory(answered.part.text, before, room.agent.without_memory())
            st.session_state[answered.key] = answer

    st.button(
        "Without memory?",
        key=key,
        icon=":material/psychology_alt:",
        type="tertiary",
        on_click=ask,
        help=answered.help,
    )


def _shown(asked: AnswerWithoutMemory, answered: _Answered, *, waiting: bool) -> None:
    answer = asked.answer
    if answer is None:
        st.caption(":shimmer[Asking without memory…]")
        return
    if waiting:
        st.rerun()
    with st.container(border=True, gap="xsmall"):
        st.markdown(f":material/psychology_alt: **{answered.title}**")
        if answer.fault is not None:
            faults.show_fault(answer.fault)
            return
        text.plain(answer.text)
        _differences(answer.text, without_citations(answered.answer))


def _differences(before: str, after: str) -> None:
    """The words that differ, where the two answers are versions of one another."""
    if before == after:
        st.caption("Memory changes nothing here: it is the same answer.")
    elif are_alike(before, after):
        st.caption("What memory changes: struck out is what is no longer said, green is what is new.")
        st.markdown(differences.marked_words(before, after))
    else:
        st.caption("With memory it is another answer altogether.")
