"""What the table of records is narrowed to: strategy, actor, time, metadata, words, and how many are read."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import resources, state, times
from dashboard.components import metadata_filters, pickers
from dashboard.state import Key
from services.faults import CALL_ERRORS
from services.listing import Listing
from services.records.filters import MetadataFilter

Row = dict[str, Any]
LIMITS = (resources.LIST_LIMIT, 10_000, 100_000)
SAID, STORED = "said", "stored"
_STORED_KEY = "x-amz-agentcore-memory-createdAt"
_A_MOMENT = timedelta(milliseconds=1)
"""The service keeps times to the millisecond, and its filters leave the time itself out."""


@dataclass(frozen=True)
class Narrowing:
    """What is asked of AWS (`strategy_id`, `actor_id`, `filters`, at most `limit` records), and from when to
    when what was read was `said`: a time that AWS cannot filter by."""

    strategy_id: str | None
    actor_id: str | None
    filters: tuple[MetadataFilter, ...]
    limit: int
    said_from: datetime | None = None
    said_before: datetime | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything may have been left out."""
        return bool(self.strategy_id or self.actor_id or self.filters or self.said_from or self.said_before)

    def said_then(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows that were said in the time; a record without that time counts when it was stored."""
        if self.said_from is None and self.said_before is None:
            return frame
        said = frame["timestamp"].fillna(frame["createdAt"])
        fits = pd.Series(True, index=frame.index)
        if self.said_from is not None:
            fits &= said >= self.said_from
        if self.said_before is not None:
            fits &= said < self.said_before
        return frame[fits]


def choose(memory: Row, row: DeltaGenerator) -> Narrowing:
    """The filters of the address bar, with the controls for them. `row` holds the choice of the memory."""
    with row:
        strategy_id = pickers.strategy(memory)
        actor_id = _actor(memory["id"])
        limit = _limit()
    pickers.say_if_missing(
        Key.STRATEGY, [row["strategyId"] for row in memory.get("strategies", [])], "strategy"
    )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        begin, end = _days()
        of_metadata = metadata_filters.chosen(memory)
    if state.get(Key.DATED) == STORED:
        stored = [MetadataFilter(_STORED_KEY, "AFTER", (begin - _A_MOMENT).isoformat())] if begin else []
        stored += [MetadataFilter(_STORED_KEY, "BEFORE", end.isoformat())] if end else []
        return Narrowing(strategy_id, actor_id, (*of_metadata, *stored), limit)
    return Narrowing(strategy_id, actor_id, tuple(of_metadata), limit, begin, end)


def _actor(memory_id: str) -> str | None:
    """Chosen where all actors are read anyway, else by its id."""
    try:
        listing = resources.actors(memory_id)
    except CALL_ERRORS:  # the namespaces need them too, and say why they cannot be listed
        listing = Listing([], complete=False)
    if listing.complete:
        ids = sorted((row["actorId"] for row in listing.rows), key=str.lower)
        linked = state.get(Key.OF_ACTOR)
        known = ids if linked is None or linked in ids else [linked, *ids]
        return state.bound(st.selectbox, "Actor", Key.OF_ACTOR, known, index=None, placeholder="All actors")
    st.session_state["of-actor-id"] = state.get(Key.OF_ACTOR) or ""

    def changed() -> None:
        state.put(of_actor=st.session_state["of-actor-id"].strip() or None)

    st.text_input(
        "Actor",
        key="of-actor-id",
        on_change=changed,
        placeholder="All; or an actor's whole id",
        help="Finds the records whose namespace names this actor, as its strategy's template says",
    )
    return state.get(Key.OF_ACTOR)


def _limit() -> int:
    linked = state.get(Key.LIMIT) or ""
    current = int(linked) if linked.isdecimal() and int(linked) in LIMITS else LIMITS[0]
    st.session_state["read-at-most"] = current

    def changed() -> None:
        state.put(limit=str(st.session_state["read-at-most"]))

    return int(
        st.selectbox(
            "Read at most",
            LIMITS,
            key="read-at-most",
            format_func=lambda number: f"{number:,} records",
            on_change=changed,
            help="AWS lists 100 records a call",
        )
    )


def _days() -> tuple[datetime | None, datetime | None]:
    """The first moment of the time, and the first one behind it, in the viewer's zone."""
    first, last = state.day(Key.FROM), state.day(Key.TO)
    used = sum(each is not None for each in (first, last))
    with st.popover(f"Time ({used})" if used else "Time", icon=":material/schedule:", key="record-time"):
        _day_controls()
    zone = times.zone()
    begin = datetime.combine(first, time.min, zone) if first else None
    end = datetime.combine(last + timedelta(days=1), time.min, zone) if last and last < date.max else None
    return begin and begin.astimezone(UTC), end and end.astimezone(UTC)


def _day_controls() -> None:
    def changed() -> None:
        state.put(**{str(Key.DATED): st.session_state["dated"]})

    st.session_state["dated"] = STORED if state.get(Key.DATED) == STORED else SAID
    st.segmented_control(
        "Which time",
        (SAID, STORED),
        key="dated",
        required=True,
        format_func=str.capitalize,
        on_change=changed,
        help="When it was said: picked out of what was read. When it was stored: AWS filters by it.",
    )
    pickers.day("On or after", Key.FROM, "record")
    pickers.day("On or before", Key.TO, "record")
