"""Choosing metadata filters: key, operator and value, kept in the address bar."""

from typing import Any

import streamlit as st

from dashboard import state, text
from dashboard.state import Key
from services.errors import InvalidValue
from services.records import filters as record_filters
from services.records.filters import KeyType, MetadataFilter

Row = dict[str, Any]
VALUE_HINTS: dict[KeyType, str] = {
    "STRING": "the exact value",
    "STRINGLIST": "one value of the list",
    "NUMBER": "a number",
    "DATETIME": "a date or time (UTC), such as 2026-11-21",
}


def chosen(memory: Row) -> list[MetadataFilter]:
    """The filters of the address bar, with controls to change them; InvalidValue for a broken link."""
    linked = state.get(Key.FILTERS)
    filters = _of_link(linked) if linked else []
    title = f"Metadata filters ({len(filters)})" if filters else "Metadata filters"
    with st.popover(title, icon=":material/filter_alt:", key="metadata-filters"):
        _adding(memory, filters)
    for index, condition in enumerate(filters):
        st.button(
            text.label(record_filters.in_words(condition), 60),
            key=f"filter-{index}-{record_filters.dumps([condition])}",
            icon=":material/close:",
            on_click=_remove,
            args=(index,),
        )
    return filters


def _of_link(linked: str) -> list[MetadataFilter]:
    try:
        return record_filters.loads(linked)
    except InvalidValue:
        st.button(
            "Drop the filters of the link", key="drop-filters", on_click=state.put, kwargs={"filters": None}
        )
        raise


def _adding(memory: Row, filters: list[MetadataFilter]) -> None:
    """A new filter. AWS filters on its own keys and on those that the memory declares as indexed."""
    types = record_filters.filterable_keys(memory)
    key = st.selectbox("Key", list(types), key="filter-key", format_func=_short)
    kind = types[key]
    operators = record_filters.OPERATORS[kind]
    operator = st.selectbox("Operator", operators, key=f"filter-operator-{kind}", format_func=_words)
    takes_value = MetadataFilter(key, operator).takes_value
    value = st.text_input(
        "Value", key="filter-value", placeholder=VALUE_HINTS[kind], disabled=not takes_value
    )
    condition = MetadataFilter(key, operator, value.strip() if takes_value else "")
    problem = _problem([*filters, condition], types)
    if problem and value:
        st.caption(text.label(problem, 300))
    st.button(
        "Add filter",
        key="add-filter",
        type="primary",
        disabled=problem is not None,
        on_click=_add,
        args=(condition,),
    )
    if not memory.get("indexedKeys"):
        st.caption("This memory declares no indexed keys, so only the service's own keys can be filtered by.")


def _problem(filters: list[MetadataFilter], types: dict[str, KeyType]) -> str | None:
    try:
        record_filters.to_api(filters, types)
    except InvalidValue as error:
        return str(error)
    return None


def _short(key: str) -> str:
    return key.removeprefix("x-amz-agentcore-memory-")


def _words(operator: str) -> str:
    return operator.replace("_", " ").lower()


def _add(condition: MetadataFilter) -> None:
    linked = state.get(Key.FILTERS)
    filters = record_filters.loads(linked) if linked else []
    state.put(filters=record_filters.dumps([*filters, condition]), record=None)
    st.session_state["filter-value"] = ""


def _remove(index: int) -> None:
    filters = record_filters.loads(state.get(Key.FILTERS) or "[]")
    left = filters[:index] + filters[index + 1 :]
    state.put(filters=record_filters.dumps(left) if left else None)
