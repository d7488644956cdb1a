"""The sessions of an actor, by time, and the head of the one that is open."""

from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from dashboard import format, navigation, resources, state, text, times
from dashboard.components import pickers, tables
from dashboard.state import Key
from services import frames
from services.listing import Listing

Row = dict[str, Any]
LIMITS = (resources.LIST_LIMIT, 10_000, 100_000)
ORDERS = {"newest": "newest first", "oldest": "oldest first", "id": "by id"}


def read_at_most(key: Key) -> int:
    """How many rows the address bar says to read: a few hundred, or one of the higher steps."""
    linked = state.get(key) or ""
    return int(linked) if linked.isdecimal() and int(linked) in LIMITS else LIMITS[0]


def reads_least() -> bool:
    """Whether of sessions and events no more is read than at first."""
    return all(read_at_most(key) == LIMITS[0] for key in (Key.SESSIONS_READ, Key.EVENTS_READ))


def more_button(key: Key, listing: Listing[Row], noun: str) -> None:
    """Says that the list was cut short and reads ten times as many on a click."""
    if listing.complete:
        return
    higher = next((limit for limit in LIMITS if limit > read_at_most(key)), None)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"The list was cut short at {len(listing.rows):,} {noun}; there are more.")
        if higher:
            st.button(
                f"Read up to {higher:,}",
                key=f"more-{key}",
                icon=":material/expand_more:",
                type="tertiary",
                on_click=state.put,
                kwargs={str(key): str(higher)},
                help="AWS lists 100 a call",
            )


def choose(memory_id: str, actor_id: str, *, redraws: str) -> str | None:
    """The actor's sessions, newest first; the chosen one is the address bar's, at first the newest. `redraws`
    names the part of the page that shows it."""
    listing = resources.sessions(memory_id, actor_id, read_at_most(Key.SESSIONS_READ))
    if not listing.rows:
        _no_sessions(actor_id)
        return None
    if not state.get(Key.SESSION):
        newest = _fitting(listing.rows)
        if newest:
            state.default(Key.SESSION, newest[0]["sessionId"])
    searched = state.get(Key.SEARCH)  # maybe in this session: then what was found changes too
    _list(memory_id, actor_id, listing, None if searched else redraws)
    return _named(listing)


def _list(memory_id: str, actor_id: str, listing: Listing[Row], redraws: str | None) -> None:
    """The sessions that fit, with the controls for it."""
    shown = _fitting(listing.rows)
    _narrowing(len(shown), len(listing.rows))
    if shown:
        frame = frames.sessions_frame(shown)
        tables.choose_row(
            frame,
            Key.SESSION,
            f"{memory_id}/{actor_id}",
            redraws=redraws,
            column_order=("sessionId", "createdAt"),
            column_config={
                "sessionId": st.column_config.TextColumn("Session", width=108),
                "createdAt": times.column("Started", frame["createdAt"]),
            },
            height="auto" if len(shown) <= 14 else 526,
            alt="Sessions of the actor",
        )
    else:
        st.info("No session fits. Change the time or the words above.", icon=":material/search_off:")
    more_button(Key.SESSIONS_READ, listing, "sessions")


def _named(listing: Listing[Row]) -> str | None:
    """The session of the address bar. It may be among those that were not read, or be gone."""
    named = state.get(Key.SESSION)
    if not named or not listing.complete or any(row["sessionId"] == named for row in listing.rows):
        return named
    st.warning(
        f"There is no session {text.label(named)} of this actor. It expired, was deleted, "
        "or the link is wrong.",
        icon=":material/search_off:",
    )
    return None


def _order() -> str:
    order = state.get(Key.ORDER) or ""
    return order if order in ORDERS else "newest"


def _words() -> list[str]:
    return (state.get(Key.FIND_SESSION) or "").lower().split()


def _fitting(rows: list[Row]) -> list[Row]:
    """The sessions of the chosen time and with the words in their id, in the chosen order."""
    since, until = state.day(Key.SINCE), state.day(Key.UNTIL)
    words, order, zone = _words(), _order(), times.zone()
    begin = datetime.combine(since, time.min, zone) if since else None
    end = datetime.combine(until + timedelta(days=1), time.min, zone) if until and until < date.max else None
    shown = [
        row
        for row in rows
        if (begin is None or row["createdAt"] >= begin)
        and (end is None or row["createdAt"] < end)
        and all(word in row["sessionId"].lower() for word in words)
    ]
    if order == "id":
        shown.sort(key=lambda row: row["sessionId"].lower())
    else:
        shown.sort(key=lambda row: row["createdAt"], reverse=order == "newest")
    return shown


def _narrowing(fitting: int, all_: int) -> None:
    """How many fit, and the controls for it."""
    since, until, order = state.day(Key.SINCE), state.day(Key.UNTIL), _order()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        among = f"{fitting:,} of " if fitting < all_ else ""
        st.caption(f"{among}{format.count(all_, 'session')}, {ORDERS[order]}", width="content")
        with st.popover(_filter_label(since, until, _words()), type="tertiary", key="session-filters"):
            _controls(order)


def _filter_label(since: date | None, until: date | None, words: list[str]) -> str:
    used = sum([since is not None, until is not None, bool(words)])
    return f"Filter ({used})" if used else "Filter"


def _controls(order: str) -> None:
    def changed(key: Key, widget: str) -> None:
        state.put(**{str(key): st.session_state[widget] or None})

    st.session_state["sessions-find"] = state.get(Key.FIND_SESSION) or ""
    st.text_input(
        "Part of the session's id",
        key="sessions-find",
        type="search",
        on_change=changed,
        args=(Key.FIND_SESSION, "sessions-find"),
    )
    pickers.day("Started on or after", Key.SINCE, "sessions")
    pickers.day("and on or before", Key.UNTIL, "sessions")
    st.session_state["sessions-order"] = order
    st.segmented_control(
        "Order",
        list(ORDERS),
        key="sessions-order",
        required=True,
        format_func=lambda name: ORDERS[name].capitalize(),
        on_change=changed,
        args=(Key.ORDER, "sessions-order"),
    )


def heading(actor_id: str, session_id: str, events: Listing[Row]) -> None:
    """Whose session it is, and how much of it is shown."""
    st.subheader(text.label(session_id, 100), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        number = format.counted(len(events.rows), events.complete, "event")
        text.plain(f"Actor {text.preview(actor_id, 80)} · {number}")
        if events.rows:
            times.badge(events.rows[0]["eventTimestamp"], "Last")
            navigation.workbench_link(
                "Try a prompt on it",
                state.get(Key.MEMORY) or "",
                (Key.ACTOR, actor_id),
                (Key.SESSION, session_id),
            )
    more_button(Key.EVENTS_READ, events, "events, the newest")


def no_actors() -> None:
    """A memory that nobody wrote to yet."""
    st.info(
        "Nobody has written to this memory yet. Write an event here, talk to the test agent on the "
        "Chat page, or point your own agent at this connection.",
        icon=":material/inbox:",
    )


def _no_sessions(actor_id: str) -> None:
    """An actor whose events are gone."""
    st.info(
        f"{text.label(actor_id)} has no session: the events expired or were deleted. "
        "Records extracted from them may still exist; look for them on the Records page.",
        icon=":material/inbox:",
    )
