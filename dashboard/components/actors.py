"""Choosing an actor: from a short list, or by searching tens of thousands while they are still being read."""

import pandas as pd
import streamlit as st

from dashboard import faults, format, outage, resources, state, text
from dashboard.components import pickers, tables
from dashboard.state import Key
from services.short_term.actor_directory import Actors

FEW = 50
"""Up to so many actors are a select box; more are searched."""
ROWS = 100
LOOK_SECONDS = 1.0
BESIDE = "of-an-actor"
"""The part of the page that changes with the actor; this list is in it."""


def choose(memory_id: str) -> str | None:
    """The chosen actor, at first the first; None where there is none."""
    now = resources.directory(memory_id)
    if now.fault and not now.ids:
        faults.show_fault(now.fault)
        return _by_id()  # an actor's sessions may be readable without the right to list the actors
    if now.complete and len(now.ids) <= FEW:
        return pickers.actor(list(now.ids))
    return _searched(memory_id, now)


def _by_id() -> str | None:
    st.session_state["actor-by-id"] = state.get(Key.ACTOR) or ""

    def changed() -> None:
        state.put(actor=st.session_state["actor-by-id"].strip() or None)

    st.text_input(
        "Actor id", key="actor-by-id", on_change=changed, placeholder="The id of an actor that you know"
    )
    return state.get(Key.ACTOR)


def _searched(memory_id: str, now: Actors) -> str | None:
    wanted = state.get(Key.FIND_ACTOR) or ""
    if now.ids and not wanted:
        state.default(Key.ACTOR, now.ids[0])
    _list(memory_id)
    chosen = state.get(Key.ACTOR)
    unlisted = chosen and now.complete and chosen not in now.ids
    if unlisted and not resources.sessions(memory_id, str(chosen)).rows:  # the list may be minutes old
        pickers.say_if_missing(Key.ACTOR, [], "actor")
        return None
    return chosen


@outage.part
def _list(memory_id: str) -> None:
    """The search and a page of what it finds, drawn alone when something else is looked for."""
    now = resources.directory(memory_id, wait_seconds=0)
    wanted = _find()
    found = now.having(wanted)
    shown = _page(found)
    if shown:
        tables.choose_row(
            pd.DataFrame({"actor": text.previews(shown)}, index=pd.Index(shown, dtype="object")),
            Key.ACTOR,
            memory_id,
            redraws=BESIDE,
            column_config={"actor": st.column_config.TextColumn("Actor")},
            height="auto" if len(shown) <= 7 else 282,
            alt="Actors of the memory",
        )
    elif now.ended:
        st.info("No actor's id has these words.", icon=":material/search_off:")
    if now.fault:
        faults.show_fault(now.fault)
    if now.ended:
        st.caption(_how_many(now, found, wanted))
    else:
        _progress(memory_id, wanted, len(shown), len(found) > ROWS)


def _find() -> str:
    st.session_state["find-actor"] = state.get(Key.FIND_ACTOR) or ""

    def changed() -> None:
        state.put(find_actor=st.session_state["find-actor"].strip() or None)

    st.text_input(
        "Find an actor",
        key="find-actor",
        type="search",
        on_change=changed,
        placeholder="Part of the actor's id",
    )
    return state.get(Key.FIND_ACTOR) or ""


def _page(found: list[str]) -> list[str]:
    """A hundred of the ids: those around the chosen one, until another page is turned to."""
    pages = -(-len(found) // ROWS)
    if pages < 2:
        return found
    chosen = state.get(Key.ACTOR)
    first = found.index(chosen) // ROWS + 1 if chosen in found else 1
    key = f"actor-pages-{first}-{state.get(Key.FIND_ACTOR) or ''}"
    page = min(st.pagination(pages, default=first, key=key), pages)
    return found[(page - 1) * ROWS : page * ROWS]


def _how_many(now: Actors, found: list[str], wanted: str) -> str:
    everyone = format.counted(len(now.ids), now.complete and not now.full, "actor")
    if not wanted:
        return everyone
    return f"{len(found):,} of {everyone}"


@st.fragment(run_every=LOOK_SECONDS)
def _progress(memory_id: str, wanted: str, shown: int, paged: bool) -> None:
    """How far the reading is. The whole page is only drawn again when there is more to show on it."""
    now = resources.directory(memory_id, wait_seconds=0)
    found = now.having(wanted)
    if now.ended or (not paged and len(found) > shown):
        st.rerun()
    so_far = f"Still reading: {_how_many(now, found, wanted)} so far" if now.ids else "Reading the actors…"
    st.caption(f":material/progress_activity: {so_far}")
