"""Searching what was said, in a session, an actor's sessions or a memory: the hits as they come."""

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, state, text, times
from dashboard.state import Key
from services.short_term.event_search import MAX_HITS, Found, Scope, Where, excerpt, wanted_words

LOOK_SECONDS = 1.0
FIRST_LOOK_SECONDS = 1.5
TALLEST = 282
_OPENED = "opened-hit"
_SCOPES: dict[Where, str] = {"session": "this session", "actor": "this actor", "memory": "all actors"}


def controls() -> None:
    """The words to look for and where."""
    st.session_state["search-words"] = state.get(Key.SEARCH) or ""

    def changed() -> None:
        state.put(search=st.session_state["search-words"].strip() or None)

    st.text_input(
        "Search what was said",
        key="search-words",
        type="search",
        on_change=changed,
        placeholder='All of these words, or "a phrase"',
    )


def _where() -> Where:
    linked = state.get(Key.SEARCH_IN)
    return next((scope for scope in _SCOPES if scope == linked), "actor")


def _scope_choice() -> None:
    st.session_state["search-where"] = _where()

    def changed() -> None:
        state.put(search_in=st.session_state["search-where"])

    st.segmented_control(
        "Where to look",
        list(_SCOPES),
        key="search-where",
        required=True,
        format_func=lambda scope: f"In {_SCOPES[scope]}",
        label_visibility="collapsed",
        on_change=changed,
    )


def results(memory_id: str, actor_id: str | None, session_id: str | None) -> None:
    """The hits of the search in the address bar, if there is one, with its progress."""
    words = state.get(Key.SEARCH)
    if not words:
        return
    with st.container(border=True, key="search-results"):
        with st.container(horizontal=True, vertical_alignment="center"):
            _scope_choice()
            st.space("stretch")
            st.button(
                "Close the search",
                key="close-search",
                type="tertiary",
                icon=":material/close:",
                on_click=state.put,
                kwargs={"search": None},
            )
        scope = _scope(memory_id, actor_id, session_id)
        if scope is None:
            st.caption("Choose an actor and a session to look there.")
            return
        found = resources.event_search(scope, words).look(FIRST_LOOK_SECONDS)
        if found.ended:
            _outcome(scope, words, found)
        else:
            _running(scope, words, _here())


def _scope(memory_id: str, actor_id: str | None, session_id: str | None) -> Scope | None:
    match _where():
        case "memory":
            return Scope(memory_id)
        case "actor":
            return Scope(memory_id, actor_id) if actor_id else None
        case "session":
            return Scope(memory_id, actor_id, session_id) if actor_id and session_id else None


def _here() -> list[str | None]:
    return [state.get(key) for key in (Key.ACTOR, Key.SESSION, Key.EVENT)]


@st.fragment(run_every=LOOK_SECONDS)
def _running(scope: Scope, words: str, drawn: list[str | None]) -> None:
    """The hits as they come. The page is drawn again at the end, and when a hit was opened."""
    with faults.shown():
        found = resources.event_search(scope, words).look()
        if found.ended or drawn != _here():
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Stop",
                key="stop-search",
                icon=":material/stop_circle:",
                on_click=resources.event_search(scope, words).stop,
            )
            st.caption(f":material/progress_activity: Looking: {_read(found)}")
        if scope.actor_id is None and found.actors_listed:
            st.progress(found.actors / max(1, found.actors_known))
        _hits(scope, words, found)


def _outcome(scope: Scope, words: str, found: Found) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{_ending(found)} {_read(found)}")
        st.button(
            "Search again",
            key="search-again",
            type="tertiary",
            icon=":material/refresh:",
            on_click=resources.forget_search,
            args=(scope, words),
        )
    if found.fault:
        faults.show_fault(found.fault)
    _hits(scope, words, found)


def _ending(found: Found) -> str:
    if found.stopped:
        return "Stopped before the end."
    if found.fault:
        return "Ended early."
    return f"Ended at {MAX_HITS} hits; there may be more." if found.full else "Everything was read."


def _read(found: Found) -> str:
    """`12 hits in 340 events of 25 sessions, 3 of at least 100 actors`."""
    known = format.counted(found.actors_known, found.actors_listed, "actor")
    actors = f", {found.actors:,} of {known}" if found.actors_known > 1 else ""
    return (
        f"{format.count(len(found.hits), 'hit')} in {format.count(found.events, 'event')} "
        f"of {format.count(found.sessions, 'session')}{actors}."
    )


def _hits(scope: Scope, words: str, found: Found) -> None:
    if not found.hits:
        if found.complete:
            further = "." if scope.actor_id is None else ", or look further."
            st.caption(f"Nobody said this here. Try fewer words{further}")
        return
    key = f"hits-{format.fingerprint([str(scope), words])}"

    def opened() -> None:
        rows = st.session_state[key]["selection"]["rows"] or st.session_state.get(_OPENED, {}).get(key, [])
        if rows:  # clicked once more, a row is given up: its hit was closed, and is wanted again
            st.session_state[_OPENED] = {key: rows}
            hit = found.hits[rows[0]]
            state.put(
                actor=hit.actor_id,
                session=hit.session_id,
                branch=None,
                event_filters=None,
                event=hit.event_id,
            )

    several = scope.actor_id is None
    wanted = wanted_words(words)
    frame = pd.DataFrame(
        {
            "said": [excerpt(text.visible(hit.excerpt), wanted) for hit in found.hits],
            "role": [format.ROLE_LABELS.get(hit.role or "", _what(hit.event_id)) for hit in found.hits],
            "time": pd.to_datetime([hit.timestamp for hit in found.hits], utc=True),
            "session": [hit.session_id for hit in found.hits],
            "actor": [hit.actor_id for hit in found.hits],
        }
    )
    st.dataframe(
        frame,
        key=key,
        on_select=opened,
        selection_mode="single-row",
        hide_index=True,
        column_order=("said", "role", "time", "session", *(["actor"] if several else [])),
        column_config={
            "said": st.column_config.TextColumn("Said", width=340),
            "role": st.column_config.TextColumn("By", width=80),
            "time": times.column("When", frame["time"]),
            "session": st.column_config.TextColumn("Session"),
            "actor": st.column_config.TextColumn("Actor"),
        },
        height="auto" if len(found.hits) <= 7 else TALLEST,
        alt="Messages that have the words",
    )


def _what(event_id: str | None) -> str:
    return "Session id" if event_id is None else "Blob"
