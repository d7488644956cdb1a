"""What the workbench is about: whose session, which kind of strategy, and what it is compared with."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import format, resources, state, text, times
from dashboard.components import pickers
from dashboard.state import Key
from services.listing import Listing
from services.memory.namespaces import StrategyKindName
from services.memory.strategy_details import kind_of
from services.memory.strategy_kinds import STRATEGY_KINDS
from services.workbench import conversation, stored
from services.workbench.conversation import Passage

Row = dict[str, Any]
MOST_EVENTS = 500
PREVIEW = 70


@dataclass(frozen=True)
class Place:
    """A session with its newest events (newest first), the kind of strategy that is tried, and the strategy
    whose records are compared with, if the memory has one of that kind."""

    memory: Row
    actor_id: str
    session_id: str
    kind: StrategyKindName
    strategy: Row | None
    events: Listing[Row]

    @property
    def memory_id(self) -> str:
        return str(self.memory["id"])

    @property
    def namespace(self) -> str | None:
        """Where the strategy puts the records of the session."""
        if self.strategy is None:
            return None
        return stored.namespace_of(self.strategy, self.actor_id, self.session_id)

    @property
    def passage(self) -> Passage:
        """What is read of the session, between the chosen events."""
        return conversation.passage(
            self.events.rows, self.kind, state.get(Key.FIRST_EVENT), state.get(Key.LAST_EVENT)
        )


def choose() -> Place | None:
    """The fields at the top of the page; None while something is missing, and the page says what."""
    listing = pickers.memories()
    if not listing.rows and not state.get(Key.MEMORY):
        pickers.memory(listing)  # says what can be done, as wide as the page
        return None
    grid = st.grid(3, min_column_width=200, vertical_alignment="bottom")
    with grid.cell():
        memory = pickers.memory(listing)
    if memory is None:
        return None
    actors = resources.actors(memory["id"])
    with grid.cell():
        actor_id = _id("Actor", Key.ACTOR, sorted(row["actorId"] for row in actors.rows), actors)
    if actor_id is None:
        _nobody(actors, "This memory has no actor yet: nothing was said in it.")
        return None
    sessions = resources.sessions(memory["id"], actor_id)
    with grid.cell():
        session_id = _id("Session", Key.SESSION, [row["sessionId"] for row in sessions.rows], sessions)
    if session_id is None:
        _nobody(sessions, f"The actor {actor_id} has no session.")
        return None
    kind = _kind(memory)
    strategy = _beside(memory, kind)
    events = resources.events(memory["id"], actor_id, session_id, MOST_EVENTS)
    return Place(memory, actor_id, session_id, kind, strategy, events)


def _nobody(listing: Listing[Row], sentence: str) -> None:
    """Says that there is nothing to choose; where there is, it was said already what the link is about."""
    if not listing.rows:
        st.info(text.label(sentence, 300), icon=":material/inbox:")


def _id(label: str, key: Key, ids: list[str], listing: Listing[Row]) -> str | None:
    """A choice among ids; of a list that was cut an id that it lacks can be typed."""
    linked = state.get(key)
    if linked and linked not in ids and not listing.complete:
        ids = [linked, *ids]
    if ids:
        state.default(key, ids[0])
    pickers.say_if_missing(key, ids, label.lower())
    chosen = state.bound(
        st.selectbox,
        label,
        key,
        ids,
        accept_new_options=not listing.complete,
        placeholder=f"Choose: {label.lower()}",
    )
    if not listing.complete:
        st.caption(f"The list stopped at {format.count(len(listing.rows), label.lower())}; type any other.")
    return chosen


def _kind(memory: Row) -> StrategyKindName:
    """The kind that is tried; at first that of the memory's first strategy."""
    kinds = [kind_of(strategy) for strategy in memory.get("strategies", [])]
    first = next((kind for kind in kinds if kind in STRATEGY_KINDS), "semantic")
    if state.get(Key.KIND) not in STRATEGY_KINDS:
        state.put(kind=str(first))
    chosen = state.bound(
        st.segmented_control,
        "Kind of strategy",
        Key.KIND,
        list(STRATEGY_KINDS),
        format_func=lambda kind: STRATEGY_KINDS[kind].label,
        required=True,
    )
    return next(kind for kind in STRATEGY_KINDS if kind == (chosen or first))


def _beside(memory: Row, kind: StrategyKindName) -> Row | None:
    """The strategy of that kind whose records are compared with; the first one unless another is chosen."""
    of_kind: dict[str, Row] = {
        row["strategyId"]: row for row in memory.get("strategies", []) if kind_of(row) == kind
    }
    if not of_kind:
        st.caption(
            f"This memory has no strategy for {STRATEGY_KINDS[kind].label.lower()}: nothing is stored to "
            "compare with, and everything that is found counts as added."
        )
        return None
    if state.get(Key.BESIDE) not in of_kind:
        state.put(beside=next(iter(of_kind)))
    if len(of_kind) == 1:
        return next(iter(of_kind.values()))
    chosen = state.bound(
        st.selectbox,
        "Compared with the records of",
        Key.BESIDE,
        list(of_kind),
        format_func=lambda id_: text.preview(of_kind[id_]["name"]),
        width=420,
    )
    return of_kind.get(chosen) if chosen else None


def events_range(place: Place) -> None:
    """The choice of the first and the last event that are read; what comes before explains them."""
    ordered = conversation.oldest_first(place.events.rows)
    if len(ordered) < 2:
        return
    names = {event["eventId"]: _event_name(number, event) for number, event in enumerate(ordered, start=1)}
    narrowed = any(state.get(key) in names for key in (Key.FIRST_EVENT, Key.LAST_EVENT))
    with st.expander(f"Events: {_narrowed(place) if narrowed else 'the whole session'}", expanded=narrowed):
        grid = st.grid(2, min_column_width=220)
        for label, key, nothing in (
            ("From", Key.FIRST_EVENT, "The first event"),
            ("To", Key.LAST_EVENT, "The last event"),
        ):
            with grid.cell():
                pickers.say_if_missing(key, list(names), "event")
                state.bound(
                    st.selectbox,
                    label,
                    key,
                    list(names),
                    index=None,
                    format_func=names.__getitem__,
                    placeholder=nothing,
                )
        st.caption(
            "What was said before the first of them is given as earlier conversation, to explain them."
        )


def _narrowed(place: Place) -> str:
    read = {said.event_id for said in place.passage.said}
    return f"{len(read)} of {format.count(len(place.events.rows), 'event')}"


def _event_name(number: int, event: Row) -> str:
    said = conversation.passage([event], "summary").said
    words = text.preview(said[0].text, PREVIEW) if said else "no message"
    return f"{number} · {times.local(event['eventTimestamp'])} · {words}"


def what_is_read(place: Place) -> None:
    """The messages as the model will see them."""
    passage = place.passage
    if not place.events.complete:
        st.warning(
            f"The session is longer: only its newest {len(place.events.rows):,} events are read here.",
            icon=":material/content_cut:",
        )
    words = f"{format.count(len(passage.said), 'message')} will be read"
    if passage.earlier:
        words += f", {len(passage.earlier)} earlier ones explain them"
    folded = st.expander(words, key="bench-read", on_change="rerun")
    if folded.open:
        with folded:
            st.code(
                text.visible(conversation.written_out(passage.said, "conversation")),
                language=None,
                wrap_lines=True,
                height=320,
            )
