"""Where the person is. The address bar is the truth; this module names the keys that pages share.

Each page lists the keys that it uses (`navigation.PLACES`). A link fills them; leaving a page remembers
them, so that coming back, or going on to a page that shares a key, keeps the same memory, actor and session.
"""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


class Key(StrEnum):
    """The keys of the address bar."""

    CONNECTION = "connection"
    MEMORY = "memory"
    ACTOR = "actor"
    SESSION = "session"
    EVENT = "event"
    NAMESPACE = "namespace"
    SCOPE = "scope"
    STRATEGY = "strategy"
    RECORD = "record"
    RECORD_TAB = "record_tab"
    QUERY = "query"
    TOP_K = "top_k"
    PATH = "path"
    FIND = "find"
    FILTERS = "filters"
    LIMIT = "limit"
    DATED = "dated"
    FROM = "from"
    TO = "to"
    TIMELINE = "timeline"
    TAB = "tab"
    COMPARE = "compare"
    STRATEGIES = "strategies"
    MIN_SCORE = "min_score"
    BASELINE = "baseline"
    VIEW = "view"
    FORMAT = "format"
    GOLDEN = "golden"
    FIND_ACTOR = "find_actor"
    FIND_SESSION = "find_session"
    SINCE = "since"
    UNTIL = "until"
    ORDER = "order"
    SESSIONS_READ = "sessions_read"
    EVENTS_READ = "events_read"
    EVENT_FILTERS = "event_filters"
    SPEAKER = "speaker"
    TURNS = "turns"
    EVENT_VIEW = "event_view"
    BRANCH = "branch"
    COMPARE_BRANCH = "compare_branch"
    SEARCH = "search"
    SEARCH_IN = "search_in"
    SHOW = "show"
    OF_STRATEGY = "of_strategy"
    OF_ACTOR = "of_actor"
    BELOW = "below"
    FINDING = "finding"
    ASSIGNEE = "assignee"
    HAVING = "having"
    REVIEWING = "reviewing"
    ACT = "act"
    DEMO = "demo"
    CHAT_AGENT = "chat_agent"
    PERSONA = "persona"
    RUNTIME = "runtime"
    AGENT = "agent"
    AGENT_TAB = "agent_tab"
    ALIAS = "alias"
    AGENT_MEMORY = "memory_id"
    AGENT_SESSION = "agent_session"
    SUMMARY = "summary"
    COMPARE_SUMMARY = "compare_summary"
    SUMMARY_WORDS = "summary_words"
    SUMMARY_STATES = "summary_states"
    TOUR = "tour"
    ENTRY = "entry"
    ENTRY_WHO = "entry_who"
    ENTRY_ACTION = "entry_action"
    ENTRY_CONNECTION = "entry_connection"
    ENTRY_OUTCOME = "entry_outcome"
    ENTRY_RESOURCE = "entry_resource"
    ENTRY_TEXT = "entry_text"
    ENTRY_SINCE = "entry_since"
    ENTRY_UNTIL = "entry_until"
    ENTRY_PAGE = "entry_page"
    SNAPSHOT = "snapshot"
    SNAPSHOT_AGAINST = "against"
    KIND = "kind"
    BESIDE = "beside"
    FIRST_EVENT = "first_event"
    LAST_EVENT = "last_event"
    BENCH = "bench"
    DRAFT = "draft"
    SCRATCH = "scratch"


# What a key's value was chosen within: another memory has other actors, another actor other sessions.
_WITHIN: dict[Key, tuple[Key, ...]] = {
    Key.CONNECTION: (
        Key.RUNTIME,
        Key.AGENT,
        Key.TOUR,
        Key.MEMORY,
        Key.SCRATCH,
    ),
    Key.MEMORY: (
        Key.ACTOR,
        Key.NAMESPACE,
        Key.STRATEGY,
        Key.RECORD,
        Key.PATH,
        Key.FILTERS,
        Key.STRATEGIES,
        Key.BASELINE,
        Key.GOLDEN,
        Key.FIND_ACTOR,
        Key.SEARCH,
        Key.ACT,
        Key.OF_STRATEGY,
        Key.OF_ACTOR,
        Key.BELOW,
        Key.ASSIGNEE,
        Key.REVIEWING,
        Key.BESIDE,
        Key.DRAFT,
    ),
    Key.KIND: (Key.BESIDE, Key.DRAFT),
    Key.SCOPE: (Key.NAMESPACE,),
    Key.ACTOR: (Key.SESSION, Key.FIND_SESSION, Key.SESSIONS_READ),
    Key.SESSION: (
        Key.EVENT,
        Key.EVENT_FILTERS,
        Key.SPEAKER,
        Key.BRANCH,
        Key.EVENTS_READ,
        Key.FIRST_EVENT,
        Key.LAST_EVENT,
    ),
    Key.EVENT: (Key.EVENT_VIEW,),
    Key.BRANCH: (Key.COMPARE_BRANCH,),
    Key.AGENT: (Key.ALIAS, Key.AGENT_MEMORY),
    Key.ALIAS: (Key.AGENT_SESSION, Key.SUMMARY, Key.COMPARE_SUMMARY),
    Key.AGENT_MEMORY: (Key.AGENT_SESSION, Key.SUMMARY, Key.COMPARE_SUMMARY),
}
_REMEMBERED = "place"
_PAGE = "place-page"
_LEFT = "place-left"
_LATE = "place-late"


def get(key: Key) -> str | None:
    """The value in the address bar, or None."""
    return st.query_params.get(key)


def day(key: Key) -> date | None:
    """The day in the address bar, None where there is none that can be read."""
    try:
        return date.fromisoformat(get(key) or "")
    except ValueError:
        return None


def page() -> str:
    """The name of the page that this run draws."""
    return str(st.session_state.get(_PAGE, ""))


def put(*without: str, **values: str | None) -> None:
    """Writes values by key name into the address bar and forgets what depended on a changed one.

    Values go from the outermost to the innermost key. `without` are keys of a page's own, which go too. The
    browser is told once, of all of it: whatever it is told of is a step of Back.
    """
    place, remembered = st.query_params.to_dict(), _remembered()
    for name, value in values.items():
        key = Key(name)
        _left().pop(key, None)
        if value == place.get(key):
            continue
        for changed in (*_dependents(key), key):
            place.pop(changed, None)
            remembered.pop(changed, None)
        if value:
            place[key] = remembered[key] = value
    for name in without:
        place.pop(name, None)
    _go(place)


def go_on(key: Key, value: str | None) -> None:
    """As `put`, where the next click or key may come before the browser knows: it names the place that was
    left, and is led on (`came_late`), unless the person went back there."""
    before = get(key)
    places, _ = _left().get(key, (frozenset[str](), None))
    put(**{key: value})
    if before:
        _left()[key] = (frozenset(place for place in (*places, before) if place != value), value)


def came_late(key: Key) -> bool:
    """Whether this run was asked for from a place that had been left by then (`go_on`)."""
    return key in st.session_state.get(_LATE, ())


def default(key: Key, value: str) -> None:
    """Writes a value where none is chosen yet; what depends on the key stays."""
    if not get(key):
        _remembered()[key] = value
        _go(st.query_params.to_dict() | {str(key): value})


def _dependents(key: Key) -> Iterable[Key]:
    for dependent in _WITHIN.get(key, ()):
        yield dependent
        yield from _dependents(dependent)


def _go(place: dict[str, str]) -> None:
    """Writes the whole place, if it is another one."""
    if place != st.query_params.to_dict():
        st.query_params.from_dict(place)


def _remembered() -> dict[Key, str]:
    """What the address bar said last of each key, on whichever page."""
    remembered: dict[Key, str] = st.session_state.setdefault(_REMEMBERED, {})
    return remembered


def _left() -> dict[Key, tuple[frozenset[str], str | None]]:
    """By key the values that were left by `go_on`, and for which."""
    left: dict[Key, tuple[frozenset[str], str | None]] = st.session_state.setdefault(_LEFT, {})
    return left


def enter(page: str, keys: Iterable[Key]) -> None:
    """Brings the address bar and what is remembered together; call once per run, before the page.

    Streamlit empties the address bar when a page is chosen in the menu: then the remembered values are
    written back. On the same page an absent key means that the person went back to before it was chosen.
    A value other than the remembered one makes what was chosen within that one void, on every page. `keys`
    go from the outermost to the innermost.
    """
    remembered = _remembered()
    moved = st.session_state.get(_PAGE) != page
    st.session_state[_PAGE] = page
    _lead_on(moved=moved)
    place = st.query_params.to_dict()
    linked = moved and any(get(key) for key in keys if key is not Key.CONNECTION)
    for key in keys:
        value = get(key)
        if value:
            if remembered.get(key) not in (None, value):
                for dependent in _dependents(key):
                    remembered.pop(dependent, None)
            remembered[key] = value
        elif (moved and not linked and key in remembered) or (key is Key.CONNECTION and key in remembered):
            place[key] = remembered[key]
        else:
            remembered.pop(key, None)
    _go(place)


def _lead_on(*, moved: bool) -> None:
    """Takes a run that the browser asked for from a place that was left to where that led."""
    context = get_script_run_ctx()
    if moved or (context is not None and context.is_history_navigation):
        _left().clear()
    late = {key: value for key, (places, value) in _left().items() if get(key) in places}
    st.session_state[_LATE] = tuple(late)
    if late:
        left = dict(_left())
        put(**{str(key): value for key, value in late.items()})
        _left().update(left)


def bound(
    widget: Callable[..., Any], text: str, key: Key, options: list[str], **arguments: Any
) -> str | None:
    """A choice widget whose value is the address bar's; returns the choice, or None when there is none.

    A value that is not among the options (a stale link) is shown as no choice; the caller says so. Pass
    `index=None` for a choice that may be cleared again.
    """
    widget_key = f"{key}-choice"
    current = get(key)
    st.session_state[widget_key] = current if current in options else None

    def chosen() -> None:
        put(**{key: st.session_state[widget_key]})

    choice: str | None = widget(text, options, key=widget_key, on_change=chosen, **arguments)
    return choice
