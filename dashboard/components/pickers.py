"""Choosing a memory, actor, session or strategy, each bound to the address bar."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import faults, format, navigation, resources, state, text, times
from dashboard.state import Key
from services.listing import Listing

Row = dict[str, Any]


def memory(listing: Listing[Row] | None = None) -> Row | None:
    """The chosen memory as GetMemory returns it, or None when there is none to choose.

    With nothing chosen yet the first memory is. A link to a memory works without the right to list them.
    `listing`: all memories, where the page has them already.
    """
    linked = state.get(Key.MEMORY)
    listing = listing or memories()
    if not listing.rows and not linked:
        if listing.complete:
            no_memory()
        else:
            memory_id()
        return None
    ids = sorted({row["id"] for row in listing.rows} | _made_since(linked, listing), key=str.lower)
    chosen = _choice("Memory", Key.MEMORY, ids, listing.complete, format_func=_memory_label)
    if listing.rows:
        _stopped(listing, "memory", "memories")
    return resources.memory(chosen) if chosen else None


def ahead(begin: Callable[[str], None]) -> None:
    """What the page reads of the address bar's memory is begun at once, while the memories are listed."""
    linked = state.get(Key.MEMORY)
    if linked:
        begin(linked)


def memories() -> Listing[Row]:
    """All memories; where they can't be listed an incomplete empty list, and the page says why."""
    with faults.shown():
        return resources.memory_summaries()
    return Listing([], complete=False, limit=None)


def memory_id() -> str | None:
    """A memory named by its id, where memories can't be listed; None until one is."""
    st.session_state["memory-by-id"] = state.get(Key.MEMORY) or ""

    def changed() -> None:
        state.put(memory=st.session_state["memory-by-id"].strip() or None)

    st.text_input(
        "Memory id",
        key="memory-by-id",
        on_change=changed,
        placeholder="The id of a memory that you know",
        help="Memories can't be listed here, but one whose id is known may be readable",
    )
    return state.get(Key.MEMORY)


def _made_since(linked: str | None, listing: Listing[Row]) -> set[str]:
    """The linked memory, if it exists although the kept list (up to 30 seconds old) lacks it."""
    if not linked or any(row["id"] == linked for row in listing.rows):
        return set()
    return {linked} if isinstance(resources.memory_details([linked])[linked], dict) else set()


def no_memory() -> None:
    """An account and region without any memory, with the way to the first."""
    st.info(
        "This account and region has no memory yet. Create one or load the sample data on the Memories page, "
        "or choose another region in the sidebar.",
        icon=":material/inbox:",
    )
    navigation.link("Open Memories", "memories", {}, icon=":material/memory:")


def _choice(label: str, key: Key, ids: list[str], complete: bool, **arguments: Any) -> str | None:
    """A choice among ids, the first at first. A linked id that a cut list lacks is offered all the same."""
    linked = state.get(key)
    if linked and linked not in ids and not complete:
        ids = [linked, *ids]
    if ids:
        state.default(key, ids[0])
    say_if_missing(key, ids, label.lower())
    return state.bound(st.selectbox, label, key, ids, placeholder=f"Choose: {label.lower()}", **arguments)


def _memory_label(memory_id: str) -> str:
    return memory_id.rpartition("-")[0] or memory_id


def strategy(memory: Row) -> str | None:
    """The chosen strategy's id, or None for all."""
    strategies = {row["strategyId"]: row for row in memory.get("strategies", [])}
    return state.bound(
        st.selectbox,
        "Strategy",
        Key.STRATEGY,
        list(strategies),
        index=None,
        format_func=lambda id_: f"{strategies[id_]['name']} · {format.strategy_type(strategies[id_])}",
        placeholder="All strategies",
    )


def say_if_missing(key: Key, options: list[str], noun: str) -> bool:
    """Says that the address bar names something that is not there, instead of silently showing another."""
    value = state.get(key)
    missing = bool(value) and value not in options
    if missing:
        st.warning(
            f"The link names the {noun} {text.label(value or '')}, which is not in this account and region. "
            "It may have been deleted, or belongs to another connection.",
            icon=":material/search_off:",
        )
    return missing


def _stopped(listing: Listing[Row], singular: str, plural: str) -> None:
    if not listing.complete:
        st.caption(
            f"The list stopped at {format.count(len(listing.rows), singular, plural)}; there are more."
        )


def actor(ids: list[str]) -> str | None:
    """The chosen actor among all of a memory's, where these are few; at first the first in order."""
    chosen = _choice("Actor", Key.ACTOR, ids, complete=True)
    st.caption(format.count(len(ids), "actor"))
    return chosen


def day(label: str, key: Key, place: str) -> None:
    """A day of the viewer's zone, or none, that the address bar names; `place` is where on the page it is."""
    widget = f"{place}-{key}"

    def changed() -> None:
        chosen = st.session_state[widget]
        state.put(**{str(key): chosen.isoformat() if chosen else None})

    st.session_state[widget] = state.day(key)
    st.date_input(
        label, key=widget, format="YYYY-MM-DD", on_change=changed, help=f"Days of {times.zone_in_words()}"
    )
