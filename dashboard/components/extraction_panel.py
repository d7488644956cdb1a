"""Beside the chat: each event as it is stored, what the strategies make of it, and what was retrieved."""

import time
from collections import Counter
from typing import Any

import streamlit as st

from dashboard import faults, format, navigation, resources, text, times
from dashboard.components import chat_earlier, chat_prompt, chat_steps, memory_records, record_changes
from services.chat.extraction_watch import EventProgress, StrategyWork, spoken
from services.chat.messages import cited_records
from services.chat.room import WATCHED_RECORDS, ChatRoom, Panel
from services.chat.storing import may_pass
from services.chat.turns import MemoriesRetrieved, Turn

Row = dict[str, Any]

HEIGHT = 630
TICK_SECONDS = 1.0
# Records of the newest event stay lit, those of older ones for this long.
LIT_SECONDS = 8.0
RETRIEVED_SHOWN = 5
CARRIED_SHOWN = 6
ICONS = {
    "extracting": ":material/hourglass_top:",
    "done": ":material/check_circle:",
    "nothing": ":material/do_not_disturb_on:",
    "failed": ":material/error:",
    "inactive": ":material/pause_circle:",
}


def show(room: ChatRoom) -> None:
    """The panel. It looks for new records by itself as long as some are expected."""
    expected = room.expects_news(time.time())
    st.markdown("**What memory makes of it**")
    with st.container(height=HEIGHT, border=True, key="chat-panel", autoscroll=False):
        _extractor()
        live = st.fragment(_live, run_every=TICK_SECONDS if expected else None)
        live(room, ticking=expected, unstored=len(room.unstored))


def _extractor() -> None:
    """Who writes the records here, where the endpoint says so: rules are not to be taken for a model."""
    label = resources.extractor_label()
    if label:
        st.badge(f"Extractor: {text.label(label)}", icon=":material/rule:", color="gray")


@faults.shown()
def _live(room: ChatRoom, *, ticking: bool, unstored: int) -> None:
    """One drawing of the panel; ends the ticking when nothing is expected any more, and has the page drawn
    anew when other than `unstored` turns wait for being stored."""
    changed = room.poll_if_due(time.time())
    if room.stored_since_asked() or changed:
        resources.forget_events(room.conversation.memory_id)
    now = time.time()
    panel = room.panel(now)
    if (ticking and not room.expects_news(now)) or len(room.unstored) != unstored:
        st.rerun()
    if panel.fault:
        faults.show_fault(panel.fault)
    for number in range(len(room.agent.turns), 0, -1):
        _turn(room, panel, number, now)
    _unasked(room, panel)
    chat_earlier.show(room, panel)
    if not room.agent.turns:
        _before_the_first_turn(room)
    if not room.records_complete:
        st.caption(
            f"A namespace here holds more than {WATCHED_RECORDS} records. The newest {WATCHED_RECORDS} of "
            "each are watched: a change or deletion among the others is not seen."
        )


def _before_the_first_turn(room: ChatRoom) -> None:
    """What will be watched, before there is anything to see."""
    if not room.strategies:
        st.info(
            "This memory has no long-term strategy: it keeps the conversation and extracts nothing. "
            "Choose another memory, or add a strategy on the Memories page.",
            icon=":material/info:",
        )
        navigation.memory_link("Open this memory", room.conversation.memory_id)
        return
    text.plain("Each message becomes an event. These strategies read it, and what they write appears here:")
    for strategy in room.strategies:
        status = strategy.get("status", "")
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.badge(text.label(strategy.get("name", ""), 40), color="blue")
            st.caption(text.label(format.strategy_type(strategy)))
            if status != "ACTIVE":
                st.badge(text.label(status), color=format.status_color(status))
    st.caption("Watching namespaces")
    with st.container(gap="xxsmall"):
        for place in room.places:
            st.code(text.visible(place.path), language=None, wrap_lines=True)
    if room.carried_over.rows:
        _carried_over(room)
    elif room.known_records:
        known = format.counted(room.known_records, room.records_complete, "record")
        st.caption(f"They hold {known} already.")


def _carried_over(room: ChatRoom) -> None:
    """What the actor's earlier sessions left for this one: the newest of it."""
    carried = room.carried_over
    known = format.counted(len(carried.rows), carried.complete, "record")
    who = text.label(room.conversation.actor_id, 60)
    with st.container(border=True, key="chat-carried-over", gap="xsmall"):
        st.markdown(f":material/history: **Carries over: {known}** about {who}")
        for record in carried.rows[:CARRIED_SHOWN]:
            body = record["content"]["text"]
            with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", wrap=False):
                st.badge(memory_records.kind_label(body), color="blue")
                words = text.label(record_changes.line(body), 60)
                navigation.record_link(words, room.conversation.memory_id, record["memoryRecordId"])
        if len(carried.rows) > CARRIED_SHOWN:
            st.caption(f"and {format.count(len(carried.rows) - CARRIED_SHOWN, 'older record')}")


def _turn(room: ChatRoom, panel: Panel, number: int, now: float) -> None:
    """All that is known of one exchange, by its number from 1 on."""
    turn = room.agent.turns[number - 1]
    with st.container(border=True, key=f"chat-panel-turn-{number}", gap="xsmall"):
        st.markdown(f"**{number} · {text.label(turn.text, 70)}**")
        for position, retrieval in enumerate(turn.retrievals):
            _retrieved(room, turn, retrieval, f"{number}-{position}")
        chat_steps.show(turn, str(number))
        if turn.done is not None and turn.answer.strip():
            st.markdown(f":material/chat: Answered in {format.seconds(turn.answer_seconds)}")
        chat_prompt.show(turn, str(number))
        events = {stored.event["eventId"] for stored in turn.stored}
        for progress in panel.events:
            if progress.event["eventId"] in events:
                _event(room, progress, now, lit=progress is panel.events[0])
        if not turn.stored:
            _not_stored(turn)


def _not_stored(turn: Turn) -> None:
    if turn.done is None:
        st.caption(":shimmer[The answer is under way; the event is stored when it ends.]")
    elif turn.unstored:
        again = "it is tried again by itself" if may_pass(turn) else "store it again below the answer"
        st.caption(f":material/error: This turn could not be stored; {again}.")
    elif turn.keeping == "nothing":
        st.caption(":material/do_not_disturb_on: Not stored, so nothing can be extracted.")
    else:
        st.caption(":material/do_not_disturb_on: The agent recorded nothing, so no event was stored.")


def _event(room: ChatRoom, progress: EventProgress, now: float, *, lit: bool) -> None:
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            took = format.seconds(progress.store_seconds)
            st.markdown(f":material/check_circle: Event stored in {took}", width="content")
            times.badge(progress.event["eventTimestamp"])
        for work in progress.work:
            _work(progress, work)
        _why_nothing(progress)
        _not_read(progress)
    for change in progress.changes:
        fresh = lit or now - change.at < LIT_SECONDS
        record_changes.show(room.conversation.memory_id, change, room.strategies, lit=fresh)


def _not_read(progress: EventProgress) -> None:
    """What of the event no strategy is given, and why."""
    if not progress.extracted:
        st.caption(
            ":material/do_not_disturb_on: Not extracted: it was stored with extractionMode SKIP, as chosen "
            "under “What is stored”."
        )
    elif not progress.work:
        st.caption("No strategy reads it: this memory keeps the conversation only.")
    elif (results := sum(role == "TOOL" for role, _ in spoken(progress.event))) > 0:
        what = format.count(results, "tool result")
        st.caption(f":material/build: Facts and preferences are not read from its {what}, by their role.")


def _work(progress: EventProgress, work: StrategyWork) -> None:
    """One strategy's line: what it is doing, for how long, and how long it usually takes."""
    name = f"{ICONS[work.state]} **{text.label(work.strategy.get('name', ''), 40)}**"
    st.markdown(f"{name} {_state(progress, work)}")


def _state(progress: EventProgress, work: StrategyWork) -> str:
    match work.state:
        case "extracting":
            usual = f", usually {format.seconds(work.usual_seconds)}" if work.usual_seconds else ""
            return f":shimmer[extracting] · {work.seconds:.0f} s{usual}"
        case "done":
            taken = f"{_changes(progress, work)} after {format.seconds(work.seconds)}"
            first = work.usual_seconds in {None, work.seconds}
            return taken if first else f"{taken} · usually {format.seconds(work.usual_seconds or 0.0)}"
        case "nothing":
            return "found nothing"
        case "failed":
            return f":red[failed: {text.label(work.reason or '', 160)}]"
        case "inactive":
            return f":gray[does not read it: {text.label(work.reason or '', 60)}]"


def _why_nothing(progress: EventProgress) -> None:
    """How it is known that no more will come, and why; nobody tells why, so that is a guess and says so."""
    states = {work.state for work in progress.work}
    reported = {work.reason for work in progress.work if work.state == "nothing" and work.reason}
    words = [f"{reason[:1].upper()}{reason[1:]}." for reason in reported]
    if progress.reason and states & {"extracting", "nothing"}:
        words.append(f"A guess why little may come of it: {progress.reason}.")
    elif "nothing" in states:
        words.append("A guess why: it is known already, or says nothing of this kind.")
    if words:
        st.caption(" ".join(words))


def _changes(progress: EventProgress, work: StrategyWork) -> str:
    """`2 new records`, `1 changed record`, `1 new and 1 changed record`."""
    kinds = Counter(
        change.kind for change in progress.changes if change.strategy_id == work.strategy.get("strategyId")
    )
    words = [f"{number} {record_changes.WORDS[kind]}" for kind, number in kinds.items()]
    return f"{' and '.join(words)} {'record' if kinds.total() == 1 else 'records'}"


def _retrieved(room: ChatRoom, turn: Turn, retrieval: MemoriesRetrieved, key: str) -> None:
    """What a retrieval gave the model, with scores; the records that the answer names are numbered."""
    found = format.count(len(retrieval.records), "record")
    numbers = {record["memoryRecordId"]: number for number, record in enumerate(cited_records(turn), start=1)}
    st.markdown(f":material/search: Retrieved {found} in {format.seconds(retrieval.seconds)}")
    st.caption(f"“{text.label(retrieval.query, 160)}”")
    best, rest = retrieval.records[:RETRIEVED_SHOWN], retrieval.records[RETRIEVED_SHOWN:]
    shown = [*best, *(record for record in rest if record["memoryRecordId"] in numbers)]
    for position, record in enumerate(shown):
        _scored(room, record, numbers.get(record["memoryRecordId"]), f"{key}-{position}")
    hidden = len(retrieval.records) - len(shown)
    if hidden:
        st.caption(f"and {format.count(hidden, 'record')} with lower scores")


def _scored(room: ChatRoom, record: Row, number: int | None, key: str) -> None:
    """A retrieved record, linked, with its score as a bar."""
    score, record_id = float(record.get("score", 0.0)), record["memoryRecordId"]
    words = text.label(record_changes.line(record["content"]["text"]), 44)
    with st.container(key=f"chat-retrieved-{key}", gap=None):
        with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center", wrap=False):
            st.markdown(f":small[{score:.3f}]", width="content")
            if number is not None:
                st.badge(f"cited {number}", color="green")
            navigation.record_link(words, room.conversation.memory_id, record_id)
        st.progress(min(max(score, 0.0), 1.0))


def _unasked(room: ChatRoom, panel: Panel) -> None:
    if not panel.unasked:
        return
    st.caption("Changed meanwhile, not by this chat")
    for change in panel.unasked[-RETRIEVED_SHOWN:]:
        record_changes.show(room.conversation.memory_id, change, room.strategies, lit=False)
