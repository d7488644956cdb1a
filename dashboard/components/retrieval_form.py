"""What to ask, where, and how much of the answer counts; all of it kept in the address bar."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import format, outage, state, text
from dashboard.components import metadata_filters, pickers
from dashboard.state import Key
from services.errors import InvalidValue
from services.memory import namespaces
from services.memory.namespaces import KnownNamespace
from services.records import filters as record_filters
from services.retrieval import inquiries
from services.retrieval.inquiries import DEFAULT_TOP_K, Inquiry, Scope

Row = dict[str, Any]
_QUESTION = "query-text"
_SETTINGS = (
    Key.SCOPE,
    Key.NAMESPACE,
    Key.STRATEGY,
    Key.STRATEGIES,
    Key.TOP_K,
    Key.MIN_SCORE,
    Key.FILTERS,
)
SCOPES: dict[str, str] = {"path": "Everything below a path", "exact": "Exactly one namespace"}
ANSWERS = "retrieval-answers"
"""The part of the page that changes with the question alone."""


def inquiry(memory: Row, known: list[KnownNamespace], cut_short: str | None) -> Inquiry | None:
    """The question as the address bar and the widgets have it, maybe an empty one; None where it cannot be
    asked.

    `cut_short` says which lists behind the offered namespaces were not read to their end. InvalidValue for
    metadata filters in a link that cannot be read.
    """
    query = _query()
    grid = st.grid(10, min_column_width=80)  # on a narrow screen 5, so two full rows
    with grid.cell(column_span=2):
        scope: Scope = "exact" if _scope() == "exact" else "path"
    with grid.cell(column_span=3):
        asked_in = _namespaces(known, scope)
    with grid.cell(column_span=3):
        strategy_ids = _strategies(memory)
    with grid.cell(column_span=2):
        top_k = _top_k()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="retrieval-options"):
        min_score = _min_score()
        filters = metadata_filters.chosen(memory)
    if cut_short:
        st.caption(text.label(cut_short, 300))
    known_ids = [row["strategyId"] for row in memory.get("strategies", [])]
    missing = [pickers.say_if_missing(Key.STRATEGY, known_ids, "strategy")]
    missing += [_say_if_gone(strategy_ids, known_ids)]
    if any(missing) or not asked_in:
        return None
    return Inquiry(query, scope, asked_in, strategy_ids, top_k, min_score, tuple(filters))


def ask(wanted: Inquiry, view: str | None = None) -> None:
    """Puts an inquiry into the address bar, and a view of its answer if one is named; a button's
    `on_click`."""
    state.put(
        scope=wanted.scope,
        query=wanted.query,
        namespace=",".join(wanted.namespaces),
        top_k=str(wanted.top_k),
        min_score=f"{wanted.min_score:g}" if wanted.min_score else None,
        filters=record_filters.dumps(wanted.filters) if wanted.filters else None,
        **_address_of(list(wanted.strategy_ids)),
        **({"view": view} if view else {}),
    )


def settings() -> tuple[str | None, ...]:
    """All of the address bar that the form shows, but the question."""
    return tuple(state.get(key) for key in _SETTINGS)


def shows_the_question() -> bool:
    """Whether the form's field has the question of the address bar."""
    return bool(st.session_state.get(_QUESTION, "") == (state.get(Key.QUERY) or ""))


def _query() -> str:
    st.session_state[_QUESTION] = state.get(Key.QUERY) or ""

    def asked() -> None:
        typed = st.session_state[_QUESTION]
        state.put(query=typed.strip() or None)
        if shows_the_question():
            outage.redraw(ANSWERS)

    return st.text_input(
        "Question",
        key=_QUESTION,
        type="search",
        on_change=asked,
        max_chars=10_000,
        placeholder="Ask in your own words, then press Enter",
    )


def _scope() -> str:
    state.default(Key.SCOPE, "path")
    return state.bound(st.selectbox, "Where", Key.SCOPE, list(SCOPES), format_func=SCOPES.__getitem__) or ""


def _namespaces(known: list[KnownNamespace], scope: Scope) -> tuple[str, ...]:
    """One or several among what exists and what the templates allow, or typed by hand."""
    counts = {row.namespace: row.record_count for row in known}
    options = list(counts) if scope == "exact" else namespaces.parent_paths(counts)
    if options:
        state.default(Key.NAMESPACE, options[0])
    chosen = _parts(Key.NAMESPACE)
    unknown = [name for name in chosen if name not in options]

    def shown(namespace: str) -> str:
        if scope == "path":
            return "/ (the whole memory)" if namespace == "/" else namespace
        number = counts.get(namespace)
        return namespace if number is None else f"{namespace}  ·  {format.count(number, 'record')}"

    st.session_state["namespace-choice"] = chosen

    def changed() -> None:
        # A comma parts the namespaces of the address bar; no namespace of AWS has one.
        state.put(namespace=",".join(st.session_state["namespace-choice"]) or None)

    st.multiselect(
        "Namespace",
        [*unknown, *options],
        key="namespace-choice",
        on_change=changed,
        format_func=shown,
        accept_new_options=True,
        select_all=False,
        placeholder="No namespace exists yet",
        wrap=True,
        help="Choose several to ask in each and see the answers side by side",
    )
    if unknown:
        st.caption("No record or template is known in this namespace.")
    return tuple(chosen)


def _strategies(memory: Row) -> tuple[str, ...]:
    rows = {row["strategyId"]: row for row in memory.get("strategies", [])}
    chosen = _parts(Key.STRATEGIES) or _parts(Key.STRATEGY)
    st.session_state["strategies-choice"] = [id_ for id_ in chosen if id_ in rows]

    def changed() -> None:
        state.put(**_address_of(st.session_state["strategies-choice"]))

    st.multiselect(
        "Strategy",
        list(rows),
        key="strategies-choice",
        on_change=changed,
        format_func=lambda id_: str(rows[id_]["name"]),
        placeholder="All together",
        wrap=True,
        help="Choose several to ask each alone and see the answers side by side",
    )
    return tuple(chosen)


def _address_of(chosen: list[str]) -> dict[str, str | None]:
    """One strategy is the one that other pages narrow to; several are this page's own."""
    one = chosen[0] if len(chosen) == 1 else None
    return {"strategy": one, "strategies": ",".join(chosen) if len(chosen) > 1 else None}


def _say_if_gone(chosen: Sequence[str], known: list[str]) -> bool:
    gone = [id_ for id_ in chosen if id_ not in known] if state.get(Key.STRATEGIES) else []
    if gone:
        st.warning(
            f"The link names strategies that this memory does not have: {text.label(', '.join(gone), 200)}.",
            icon=":material/search_off:",
        )
    return bool(gone)


def _parts(key: Key) -> list[str]:
    return list(dict.fromkeys(part for part in (state.get(key) or "").split(",") if part))


def _top_k() -> int:
    value = state.get(Key.TOP_K) or ""
    current = int(value) if value.isdecimal() and 1 <= int(value) <= 100 else DEFAULT_TOP_K
    st.session_state["top-k"] = current

    def changed() -> None:
        state.put(top_k=str(st.session_state["top-k"]))

    return int(
        st.number_input("Top K", 1, 100, key="top-k", on_change=changed, help="How many records at most")
    )


def _min_score() -> float:
    current = _score(state.get(Key.MIN_SCORE) or "")
    st.session_state["min-score"] = current

    def changed() -> None:
        value = st.session_state["min-score"]
        state.put(min_score=f"{value:g}" if value else None)

    title = f"Least score {current:.2f}" if current else "Least score"
    with st.popover(title, icon=":material/speed:", key="least-score"):
        st.slider("Least score", 0.0, 1.0, step=0.01, key="min-score", on_change=changed)
        st.caption(
            "Records that score below it are set apart. AWS has no such parameter: agents leave them out "
            "themselves, with Strands as relevance_score (0.2 if not set)."
        )
    return current


def _score(value: str) -> float:
    """The score in a link, to two places; 0 for anything else."""
    try:
        number = float(value)
    except ValueError:
        return 0.0
    return round(number, 2) if 0 <= number <= 1 else 0.0


def pinned() -> Inquiry | None:
    """The question that the present one is compared with; InvalidValue for a broken link."""
    linked = state.get(Key.BASELINE)
    if not linked:
        return None
    try:
        return inquiries.loads(linked)
    except InvalidValue:
        st.button(
            "Drop the comparison of the link", key="drop-pin", on_click=state.put, kwargs={"baseline": None}
        )
        raise


def pin(wanted: Inquiry) -> None:
    """Keeps a question to compare others with, and shows the comparison; a button's `on_click`."""
    state.put(baseline=inquiries.dumps(wanted), view="compare")
