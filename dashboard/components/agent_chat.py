"""The conversation with an agent: what was said, the answer as it comes, and the next message."""

from typing import Any

import streamlit as st

from dashboard import agent_rooms, faults, format, masking, navigation, state, text
from dashboard.components import permissions, return_of_control
from dashboard.components.agent_pickers import NO_MEMORY
from dashboard.state import Key
from services.agents import bedrock_agents
from services.agents.bedrock_agents import AgentView
from services.agents.rooms import AgentRoom
from services.agents.turns import AgentPlace, AgentTurn, Asked
from services.faults import CALL_ERRORS
from services.notebook import functions as notebook_functions
from services.workspace.agent_memories import is_memory_id

Row = dict[str, Any]
HEIGHT = 520
FOLLOW_SECONDS = 0.2
QUICK_SECONDS = 0.5
USER_AVATAR, AGENT_AVATAR = ":material/person:", ":material/support_agent:"
_KINDS = {"results": "Results given to the agent", "end": "End of the session"}


def place(view: AgentView, alias_id: str, memory_id: str | None) -> AgentPlace | None:
    """Where is talked; the session's id is made up when none is chosen. None for one that cannot be."""
    state.default(Key.AGENT_SESSION, agent_rooms.new_session_id())
    session_id = state.get(Key.AGENT_SESSION) or ""
    st.session_state["agent-session-id"] = session_id

    def changed() -> None:
        state.put(agent_session=st.session_state["agent-session-id"].strip() or None)

    st.text_input(
        "Session id",
        key="agent-session-id",
        on_change=changed,
        help="One conversation. The same id goes on with it until it is ended or idle for too long.",
    )
    if not is_memory_id(session_id):
        st.error("A session id has 2 to 100 letters, digits and . \\_ : -", icon=":material/badge:")
        return None
    remembered = None if memory_id in (None, NO_MEMORY) else memory_id
    return AgentPlace(str(view.agent["agentId"]), alias_id, session_id, remembered)


def new_session() -> None:
    """Goes to a session that nobody has used; a button's `on_click`."""
    state.put(agent_session=agent_rooms.new_session_id())


def notes(view: AgentView, alias_id: str, memory_id: str | None) -> None:
    """What to know before talking: a draft that differs, no memory id, memory switched off."""
    if alias_id == bedrock_agents.TEST_ALIAS:
        differs = bedrock_agents.draft_differs(view.agent, view.action_groups)
        if differs:
            st.warning(differs, icon=":material/difference:")
    remembers = bedrock_agents.memory_settings(view.agent) is not None
    if memory_id in (None, NO_MEMORY):
        st.info(
            "Without a memory id nothing of this session is remembered, and nothing is recalled.",
            icon=":material/psychology_alt:",
        )
    elif not remembers:
        st.info(
            "This agent's memory is off: the memory id is sent, but no summary is made of the session.",
            icon=":material/psychology_alt:",
        )


def conversation(room: AgentRoom, asked: Asked, *, sample: str | None = None) -> None:
    """Everything said in this session here, an answer that is still coming, and the input.

    `sample` is a first sentence to offer.
    """
    running = room.running
    if running is not None:
        running.wait(QUICK_SECONDS)
        running = room.running
    with st.container(height=HEIGHT, border=True, key="agent-conversation", autoscroll=True):
        for number, turn in enumerate(room.turns):
            if turn is not running:
                exchange(turn, number)
        if running is not None:
            st.fragment(_follow, run_every=FOLLOW_SECONDS)(running)
        elif not room.turns:
            _welcome(room, asked, sample)
    waiting = room.waiting_for
    if waiting is not None and waiting.control is not None and running is None:
        return_of_control.form(room, waiting.control, asked)
    _input(room, asked, running)


def _welcome(room: AgentRoom, asked: Asked, sample: str | None) -> None:
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        text.plain("Nothing was said in this session here yet.")
        st.caption(
            "What was said elsewhere under this session id is known to the agent, and not shown: AWS has no "
            "call that reads a session."
        )
    if sample and not permissions.refused("InvokeAgent"):
        st.button(
            text.label(sample, 200),
            key="agent-sample",
            on_click=send,
            args=(room, asked, sample),
        )


def exchange(turn: AgentTurn, number: int) -> None:
    """A finished exchange."""
    _said(turn)
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        if turn.answer.strip():
            text.plain(turn.answer)
        if turn.control is not None:
            return_of_control.told(turn.control)
        _citations(turn)
        for file in turn.files:
            st.download_button(
                f"File: {text.label(str(file.get('name', 'file')))}",
                file.get("bytes", b""),
                file_name=str(file.get("name", "file")).replace("/", "_"),
                key=f"agent-file-{number}-{file.get('name')}",
                on_click="ignore",
            )
        _ending(turn)


def _said(turn: AgentTurn) -> None:
    with st.chat_message("user", avatar=USER_AVATAR):
        if turn.asked.kind in _KINDS:
            st.caption(_KINDS[turn.asked.kind])
        if turn.asked.kind == "message":
            text.plain(turn.asked.text)


def _ending(turn: AgentTurn) -> None:
    if turn.stopped:
        st.caption(":material/stop_circle: You stopped reading. What the agent had begun, it may have done.")
    if turn.fault is not None:
        known = notebook_functions.known_fault(turn)
        faults.show_fault(turn.fault)
        if known:
            st.info(known, icon=":material/bug_report:")
    first = turn.first_chunk_seconds
    pieces = f" · first words after {format.seconds(first)}" if first and turn.chunks > 1 else ""
    st.caption(f"{format.seconds(turn.seconds)}{pieces}")


def _citations(turn: AgentTurn) -> None:
    """What the answer refers to; AWS leaves references out now and then, so all of it is optional."""
    for citation in turn.citations:
        for reference in citation.get("retrievedReferences") or []:
            location = reference.get("location") or {}
            where = next((value for value in location.values() if isinstance(value, dict)), {})
            name = next(iter(where.values()), "") or str(location.get("type", "reference"))
            st.caption(f":material/link: {text.label(str(name), 160)}")


@faults.shown()
def _follow(turn: AgentTurn) -> None:
    """The exchange that is under way, drawn again and again until it ends."""
    if turn.done:
        st.rerun()
    _said(turn)
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        if said := masking.growing(turn.answer):
            text.plain(said)
        step = turn.steps[-1].entries[-1].title if turn.steps else "Waiting for the agent"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":shimmer[{text.label(step)}…] {turn.seconds:.0f} s")
            st.button("Stop", key="agent-stop", icon=":material/stop_circle:", on_click=turn.stop)


def _input(room: AgentRoom, asked: Asked, running: AgentTurn | None) -> None:
    refused = permissions.say("InvokeAgent")
    if room.ended:
        _after_the_end(room)
    st.chat_input(
        "Write to the agent" if not room.ended else "Writing begins another session under the same id",
        key="agent-input",
        disabled=bool(refused) or running is not None,
        on_submit=_submit,
        args=(room, asked),
    )
    with st.container(horizontal=True):
        st.button(
            "End session",
            icon=":material/logout:",
            key="agent-end",
            disabled=bool(refused) or running is not None or room.ended or not room.turns,
            on_click=_end,
            args=(room,),
            help="AWS then makes the summary, in the background",
        )
        st.button("New session", icon=":material/add_comment:", key="agent-new-session", on_click=new_session)


def _after_the_end(room: AgentRoom) -> None:
    here = room.place
    if here.memory_id is None:
        st.info("The session has ended. Without a memory id no summary is made of it.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.success("The session has ended; its summary is being made.", icon=":material/hourglass_top:")
        navigation.agent_link(
            "See it come",
            "session_summaries",
            here.agent_id,
            (Key.ALIAS, here.alias_id),
            (Key.AGENT_MEMORY, here.memory_id),
            (Key.SUMMARY, here.session_id),
        )


def send(room: AgentRoom, asked: Asked, message: str) -> None:
    """Sends a message with the settings of the page."""
    _ask(room, Asked(**(vars(asked) | {"text": message})))


def _submit(room: AgentRoom, asked: Asked) -> None:
    message = st.session_state["agent-input"]
    if message and message.strip():
        send(room, asked, message)


def _ask(room: AgentRoom, asked: Asked) -> None:
    try:
        room.ask(asked)
    except CALL_ERRORS as error:
        faults.show(error)


def _end(room: AgentRoom) -> None:
    with faults.shown():
        room.end()
