"""The conversation with the test agent: what was said, the answer as it comes, and the next message."""

from collections.abc import Callable, Iterable

import streamlit as st

from dashboard import faults, format, masking, navigation, text
from dashboard.components import (
    chat_branches,
    chat_comparison,
    chat_hand_over,
    chat_input,
    chat_personas,
    chat_steps,
    chat_tools,
)
from services.chat.history import EARLIER_EVENTS, EarlierMessage
from services.chat.messages import cited_records, quotation
from services.chat.models import RULES_LABEL
from services.chat.room import ChatRoom
from services.chat.storing import may_pass
from services.chat.turns import Row, Turn
from services.faults import Fault
from services.records import contents as record_contents

HEIGHT = 560
# While a branch is being made its form is to be seen below the conversation.
FORM_HEIGHT = 400
# Often enough to read along, and a fraction of a per cent of a core.
ANSWER_EVERY_SECONDS = 0.15
# The built-in rules answer at once: then there is no need for a second drawing.
QUICK_ANSWER_SECONDS = 0.4
EARLIER_SHOWN = 40

USER_AVATAR = ":material/person:"
AGENT_AVATAR = ":material/smart_toy:"


def conversation(room: ChatRoom) -> None:
    """Everything said so far with the input below it; an answer that is still coming is followed."""
    if (latest := room.agent.running) is not None:
        latest.wait(QUICK_ANSWER_SECONDS)
    running = room.agent.running
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**Conversation** · {_model_name(room.agent.label)}", width="content")
        if room.has_events:
            place = room.conversation
            branch = place.branch.name if place.branch and room.is_stored else None
            navigation.session_link(
                "Open on Events", place.memory_id, place.actor_id, place.session_id, branch
            )
            chat_hand_over.menu(room)
    with st.container(key="chat-about"):  # what follows keeps its place, whether or not there is something
        chat_branches.switch(room)
        chat_personas.notice(chat_personas.of(room.agent))
    height = FORM_HEIGHT if chat_branches.being_made(room) else HEIGHT
    with st.container(height=height, border=True, key="chat-conversation", autoscroll=True):
        _said(room, running)
        if running is not None:
            st.fragment(_follow, run_every=ANSWER_EVERY_SECONDS)(room, running)
        elif not room.earlier and not room.agent.turns:
            _welcome(room)
        if running is None:
            _suggestions(room)
    chat_input.show(room)


def _model_name(label: str) -> str:
    """The model's label; the rules' own is a text of ours, which needs no escaping."""
    return label if label == RULES_LABEL else text.label(label, 100)


def _welcome(room: ChatRoom) -> None:
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        text.plain(chat_personas.of(room.agent).welcome)
        if room.carried_over.rows:
            known = format.counted(len(room.carried_over.rows), room.carried_over.complete, "record")
            text.plain(f"Memory holds {known} about {room.conversation.actor_id} already.")


def _suggestions(room: ChatRoom) -> None:
    """The persona's sentences, as long as nothing else was said; those that were sent are left out."""
    said = [turn.text for turn in room.agent.turns]
    suggestions = chat_personas.of(room.agent).suggestions
    if room.earlier or any(sentence not in suggestions for sentence in said):
        return
    with st.container(horizontal=True, gap="xsmall", key="chat-suggestions"):
        for number, sentence in enumerate(suggestions):
            if sentence not in said:
                st.button(
                    sentence,
                    key=f"chat-suggestion-{number}",
                    on_click=chat_input.send,
                    args=(room, sentence),
                )


def _said(room: ChatRoom, running: Turn | None) -> None:
    """Everything but the exchange that is under way, oldest first, from as far back as is shown here."""
    hidden = max(0, len(room.earlier) - EARLIER_SHOWN)
    _not_shown(room, hidden)
    numbers = {turn: number for number, turn in enumerate(room.agent.turns)}
    earlier = 0
    said = room.said()
    for position, part in enumerate(said):
        if isinstance(part, EarlierMessage):
            if earlier >= hidden:
                _earlier_message(room, said, position, part, earlier)
            earlier += 1
        elif part is not running:
            _turn(room, part, numbers[part])


def _ends_event(said: list[EarlierMessage | Turn], position: int) -> bool:
    """Whether a stored message is the last of its event."""
    part, following = said[position], said[position + 1] if position + 1 < len(said) else None
    return not (
        isinstance(part, EarlierMessage)
        and isinstance(following, EarlierMessage)
        and following.event_id == part.event_id
    )


def _not_shown(room: ChatRoom, hidden: int) -> None:
    """Says what of the session is not shown here: nothing of it stops without a word."""
    if not room.earlier_complete:
        st.caption(
            f"Only the newest {EARLIER_EVENTS} events of this session were read; the agent knows no more of "
            "it. The Events page has the others."
        )
    elif hidden:
        messages = format.count(hidden, "earlier message")
        st.caption(f"{messages} of this session can be read on the Events page.")


def _earlier_message(
    room: ChatRoom,
    said: list[EarlierMessage | Turn],
    position: int,
    message: EarlierMessage,
    number: int,
) -> None:
    """A stored message, with its position in what was `said`; a branch can follow on the last of an event."""
    last = _ends_event(said, position)
    name = "user" if message.role == "USER" else "assistant"
    avatar = {"USER": USER_AVATAR, "ASSISTANT": AGENT_AVATAR, "TOOL": ":material/build:"}.get(message.role)
    with st.chat_message(name, avatar=avatar or ":material/chat_bubble:"):
        by_user = message.role == "USER"
        with chat_branches.beside(
            room, message, f"earlier-{number}", said_by_user=by_user, offered=by_user or last
        ):
            if message.role == "TOOL":
                chat_tools.stored(message.text, str(number))
            elif message.kind == "text":
                text.plain(message.text)
            else:
                st.code(text.visible(message.text)[:2000], language=None, wrap_lines=True)
        if message.cited:
            _citations(room, f"earlier-{number}", _named(room, message.cited))
        if message.role == "USER" and message.outcome:
            st.caption(
                f"The answer to this was {'stopped' if message.outcome == 'stopped' else 'not finished'}."
            )
        chat_comparison.offer_for_stored(room, said, position)


def _turn(room: ChatRoom, turn: Turn, number: int) -> None:
    """A finished exchange."""
    with (
        st.chat_message("user", avatar=USER_AVATAR),
        chat_branches.beside(room, turn, f"user-{number}", said_by_user=True),
    ):
        text.plain(turn.text)
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        with chat_branches.beside(room, turn, f"agent-{number}", said_by_user=False):
            chat_tools.steps(turn)
            answer(turn)
        _citations(room, str(number), _numbered_lines(turn))
        _endings(room, turn, number)
        chat_comparison.offer(room, turn, number)


@faults.shown()
def _follow(room: ChatRoom, turn: Turn) -> None:
    """The exchange that is under way, drawn again and again until it ends."""
    if turn.done is not None:
        st.rerun()
    with st.chat_message("user", avatar=USER_AVATAR):
        text.plain(turn.text)
    with st.chat_message("assistant", avatar=AGENT_AVATAR):
        chat_tools.steps(turn)
        answer(turn)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":shimmer[{'Answering' if turn.answer else 'Thinking'}…] {turn.seconds:.0f} s")
            st.button("Stop", key="chat-stop", icon=":material/stop_circle:", on_click=turn.cancel)
    for waiting in room.agent.waiting:
        with st.chat_message("user", avatar=USER_AVATAR):
            text.plain(waiting)
            st.caption("Waits until the answer above is finished.")


def answer(turn: Turn) -> None:
    """The answer so far, with record ids as the numbers under which they are listed."""
    said = turn.answer if turn.done else masking.growing(turn.answer)
    if said.strip():
        text.plain(numbered(said, cited_records(turn)))


def numbered(body: str, records: list[Row]) -> str:
    """The text with each id replaced by the record's number; behind a quotation without an id it is added."""
    for number, record in reversed(list(enumerate(records, start=1))):
        if record["memoryRecordId"] in body:
            body = body.replace(record["memoryRecordId"], str(number))
        else:
            body = quotation(record).sub(rf"\g<0> [{number}]", body, count=1)
    return body.strip()


def _citations(room: ChatRoom, key: str, lines: Iterable[tuple[str, str]]) -> None:
    """Links to the records that an answer names, (id, label) each."""
    linked = list(lines)
    if not linked:
        return
    with st.container(gap="xxsmall", key=f"chat-citations-{key}"):
        for record_id, words in linked:
            navigation.record_link(words, room.conversation.memory_id, record_id)


def _numbered_lines(turn: Turn) -> Iterable[tuple[str, str]]:
    """The numbers are those in the answer."""
    for position, record in enumerate(cited_records(turn), start=1):
        yield record["memoryRecordId"], f"\\[{position}\\] {_line(record)}"


def _named(room: ChatRoom, record_ids: tuple[str, ...]) -> Iterable[tuple[str, str]]:
    """Stored answers have no numbers. A record that is not among those watched goes by its id."""
    for record_id in record_ids:
        record = room.record(record_id)
        yield record_id, f"Cited: {_line(record)}" if record else f"Cited: record {text.label(record_id)}"


def _line(record: Row) -> str:
    parsed = record_contents.parse_content(record["content"]["text"])
    return text.label(record_contents.one_line(parsed), 90)


def _endings(room: ChatRoom, turn: Turn, number: int) -> None:
    """How the exchange ended, where that needs words."""
    if turn.done is not None and turn.done.stopped:
        st.caption(":material/stop_circle: Stopped by you. What was said so far is kept.")
    for failure in turn.failures:
        if failure.what == "answer":
            _failed_answer(room, turn, number, failure.fault)
    if turn.unstored:
        fault = [failure.fault for failure in turn.failures if failure.what == "storage"][-1]
        if may_pass(turn):
            st.warning(
                f"**Not stored yet: {text.label(fault.title, 120)}.** It is kept, and stored by itself when "
                "that is over: once, however often it is tried. You can go on talking or leave this page.",
                icon=":material/sync_problem:",
            )
        else:
            faults.show_fault(fault)
        st.button(
            "Store this turn again",
            key=f"chat-store-again-{number}",
            icon=":material/save:",
            on_click=_shown(lambda: room.agent.store_again(turn)),
        )
    chat_steps.control(turn)
    if turn.model != room.agent.label:
        st.caption(f"Answered by · {_model_name(turn.model)}")


def _failed_answer(room: ChatRoom, turn: Turn, number: int, fault: Fault) -> None:
    faults.show_fault(fault)
    if turn is not room.agent.turns[-1]:
        return
    st.button(
        "Send again",
        key=f"chat-send-again-{number}",
        icon=":material/refresh:",
        on_click=chat_input.send,
        args=(room, turn.text),
    )


def _shown(act: Callable[[], None]) -> Callable[[], None]:
    def shown() -> None:
        with faults.shown():
            act()

    return shown
