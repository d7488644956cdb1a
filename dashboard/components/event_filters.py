"""Choosing metadata filters of events: any key, three operators, kept in the address bar."""

from typing import Any

import streamlit as st

from dashboard import state, text
from dashboard.state import Key
from services.errors import InvalidValue
from services.records import filters as record_filters
from services.records.filters import MetadataFilter
from services.short_term import event_filters

Row = dict[str, Any]


def chosen(events: list[Row]) -> list[MetadataFilter]:
    """The filters of the address bar, with controls to change them; `events` suggest keys.

    InvalidValue for a broken link, beside a button that drops it.
    """
    filters = _linked()
    title = f"Metadata filters ({len(filters)})" if filters else "Metadata filters"
    with st.popover(title, icon=":material/filter_alt:", key="event-filters"):
        _adding(filters, event_filters.keys_of(events))
    for index, condition in enumerate(filters):
        st.button(
            text.label(record_filters.in_words(condition), 60),
            key=f"event-filter-{index}-{record_filters.dumps([condition])}",
            icon=":material/close:",
            help="Drop this filter",
            on_click=_remove,
            args=(index,),
        )
    return filters


def _linked() -> list[MetadataFilter]:
    linked = state.get(Key.EVENT_FILTERS)
    try:
        filters = record_filters.loads(linked) if linked else []
        event_filters.to_api(filters)
    except InvalidValue:
        st.button(
            "Drop the filters of the link",
            key="drop-event-filters",
            on_click=state.put,
            kwargs={"event_filters": None},
        )
        raise
    return filters


def _adding(filters: list[MetadataFilter], keys: list[str]) -> None:
    key = st.selectbox(
        "Key",
        keys,
        index=None,
        key="event-filter-key",
        accept_new_options=True,
        placeholder="Choose one that events here have, or type",
    )
    operator = st.selectbox(
        "Operator",
        event_filters.OPERATORS,
        key="event-filter-operator",
        format_func=lambda name: name.replace("_", " ").lower(),
    )
    takes_value = MetadataFilter("", operator).takes_value
    value = st.text_input("Value", key="event-filter-value", disabled=not takes_value, live=True)
    condition = MetadataFilter((key or "").strip(), operator, value.strip() if takes_value else "")
    problem = _problem([*filters, condition])
    if problem and key:
        st.caption(text.label(problem, 300))
    st.button(
        "Add filter",
        key="add-event-filter",
        type="primary",
        disabled=problem is not None or not condition.key,
        on_click=_add,
        args=(condition,),
    )
    st.caption(
        "AWS filters, over all events of the session and on any key. All filters must hold; at most 5."
    )


def _problem(filters: list[MetadataFilter]) -> str | None:
    try:
        event_filters.to_api(filters)
    except InvalidValue as error:
        return str(error)
    return None


def _add(condition: MetadataFilter) -> None:
    linked = state.get(Key.EVENT_FILTERS)
    filters = record_filters.loads(linked) if linked else []
    state.put(event_filters=record_filters.dumps([*filters, condition]), event=None)
    st.session_state["event-filter-value"] = ""
    st.session_state["event-filter-key"] = None


def _remove(index: int) -> None:
    filters = record_filters.loads(state.get(Key.EVENT_FILTERS) or "[]")
    left = filters[:index] + filters[index + 1 :]
    state.put(event_filters=record_filters.dumps(left) if left else None)
