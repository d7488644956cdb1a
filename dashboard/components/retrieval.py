"""Asking a memory a question: the form, the ranked answer, and the call behind it."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import faults, format, navigation, resources, state, text
from dashboard.components import memory_records, pickers
from dashboard.state import Key
from services import namespaces, snippets
from services.namespaces import KnownNamespace
from services.retrieval import Retrieval

Row = dict[str, Any]
PATH, EXACT = "path", "exact"
SCOPES = {PATH: "Everything below a path", EXACT: "Exactly one namespace"}
DEFAULT_TOP_K = 10


@dataclass(frozen=True)
class Question:
    """What RetrieveMemoryRecords is asked; one of namespace and namespace_path is set."""

    query: str
    namespace: str | None
    namespace_path: str | None
    strategy_id: str | None
    top_k: int


def question_form(memory: Row, known: list[KnownNamespace], cut_short: str | None) -> Question | None:
    """The question as the address bar and the widgets have it; None until there is one.

    `cut_short` says which lists behind the offered namespaces were not read to their end.
    """
    query = _query()
    grid = st.grid(8, min_column_width=90)
    with grid.cell(column_span=2):
        scope = _scope()
    with grid.cell(column_span=3):
        namespace = _namespace(known, scope)
    with grid.cell(column_span=2):
        strategy_id = pickers.strategy(memory)
    with grid.cell(column_span=1):
        top_k = _top_k()
    if cut_short:
        st.caption(text.label(cut_short, 300))
    known_strategies = [row["strategyId"] for row in memory.get("strategies", [])]
    if pickers.say_if_missing(Key.STRATEGY, known_strategies, "strategy") or not query or not namespace:
        return None
    return Question(
        query=query,
        namespace=namespace if scope == EXACT else None,
        namespace_path=namespace if scope == PATH else None,
        strategy_id=strategy_id,
        top_k=top_k,
    )


def _query() -> str:
    st.session_state["query-text"] = state.get(Key.QUERY) or ""

    def asked() -> None:
        state.put(query=st.session_state["query-text"].strip() or None)

    return st.text_input(
        "Question",
        key="query-text",
        type="search",
        on_change=asked,
        max_chars=10_000,
        placeholder="Ask in your own words, then press Enter",
    )


def _scope() -> str:
    state.default(Key.SCOPE, PATH)
    return state.bound(st.selectbox, "Where", Key.SCOPE, list(SCOPES), format_func=SCOPES.__getitem__) or PATH


def _namespace(known: list[KnownNamespace], scope: str) -> str | None:
    """A choice among what exists and what the templates allow, never only typed by hand."""
    counts = {row.namespace: row.record_count for row in known}
    options = list(counts) if scope == EXACT else namespaces.parent_paths(counts)
    linked = state.get(Key.NAMESPACE)
    if linked and linked not in options:
        st.caption("No record or template is known in this namespace.")
        options = [linked, *options]
    if options:
        state.default(Key.NAMESPACE, options[0])

    def shown(namespace: str) -> str:
        if scope == PATH:
            return "/ (the whole memory)" if namespace == "/" else namespace
        number = counts.get(namespace)
        return namespace if number is None else f"{namespace}  ·  {format.count(number, 'record')}"

    return state.bound(
        st.selectbox,
        "Namespace",
        Key.NAMESPACE,
        options,
        format_func=shown,
        placeholder="No namespace exists yet",
    )


def _top_k() -> int:
    value = state.get(Key.TOP_K) or ""
    st.session_state["top-k"] = int(value) if value.isdecimal() and 1 <= int(value) <= 100 else DEFAULT_TOP_K

    def changed() -> None:
        state.put(top_k=str(st.session_state["top-k"]))

    return int(
        st.number_input("Top K", 1, 100, key="top-k", on_change=changed, help="How many records at most")
    )


def results(memory: Row, answer: Retrieval) -> None:
    """The ranked records, each drawn as what it is, with its score as a bar."""
    if not answer.records:
        st.info(
            "No record matched there. Try a wider namespace, another strategy, or a question in other words.",
            icon=":material/search_off:",
        )
        return
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    for rank, record in enumerate(answer.records, start=1):
        _result(record, rank, names)


def _result(record: Row, rank: int, strategy_names: dict[str, str]) -> None:
    body = record["content"]["text"]
    score = float(record.get("score", 0.0))
    with st.container(border=True, key=f"result-{rank}", horizontal=True, wrap=False, gap="medium"):
        with st.container(width=92, gap="xsmall"):
            st.metric(f"#{rank}", f"{score:.3f}")
            st.progress(min(max(score, 0.0), 1.0))
        with st.container(gap="xsmall"):
            _result_heading(record, strategy_names)
            memory_records.content(body)


def _result_heading(record: Row, strategy_names: dict[str, str]) -> None:
    strategy_id = record.get("memoryStrategyId", "")
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        st.badge(memory_records.kind_label(record["content"]["text"]), color="blue")
        st.badge(text.label(strategy_names.get(strategy_id) or strategy_id, 60), color="gray")
        namespaces_of = " ".join(text.label(name, 120) for name in record.get("namespaces", []))
        st.caption(f"{namespaces_of} · {format.ago(record.get('timestamp') or record.get('createdAt'))}")
        st.button(
            "Open",
            key=f"open-{record['memoryRecordId']}",
            type="tertiary",
            icon=":material/open_in_full:",
            on_click=state.put,
            kwargs={"record": record["memoryRecordId"]},
        )


def call_panel(answer: Retrieval) -> None:
    """How long the call took, and the same call as boto3 code to copy."""
    st.metric("RetrieveMemoryRecords", format.seconds(answer.seconds), border=True)
    extractor = resources.extractor_label()
    if extractor:
        st.caption(f"Records here were extracted by: {text.label(extractor)}")
    status = resources.live_endpoint_status()
    if status and status.embedder:
        st.caption(f"Ranked with: {text.label(status.embedder)}")
    with st.expander("The same call in boto3", icon=":material/code:"):
        call = snippets.boto3_call(
            resources.connection(), "bedrock-agentcore", "RetrieveMemoryRecords", answer.params
        )
        st.code(call, language="python")
    if answer.limit_note:
        st.caption(text.label(answer.limit_note, 200))


def namespace_overview(known: list[KnownNamespace]) -> None:
    """Before the first question: which namespaces exist, and how full they are."""
    st.caption("Namespaces of this memory. Choose one above, or ask over all of them.")
    st.dataframe(
        [
            {"namespace": row.namespace, "records": row.record_count, "known from": row.source}
            for row in known
        ],
        hide_index=True,
        column_config={
            "namespace": st.column_config.TextColumn("Namespace", width="large"),
            "records": st.column_config.NumberColumn("Records"),
            "known from": st.column_config.TextColumn("Known from"),
        },
        alt="Namespaces of the memory",
    )


def _close_record() -> None:
    state.put(record=None)


@st.dialog("Memory record", width="large", on_dismiss=_close_record)
def record_dialog(memory_id: str, record_id: str) -> None:
    """One record in full; a link that names a deleted one says so."""
    with faults.shown():
        memory_records.detail(resources.memory_record(memory_id, record_id))


def nothing_extracted(memory: Row) -> None:
    """A memory without any namespace: says why there is nothing to search."""
    if memory.get("strategies"):
        text.plain("No record exists yet. Records appear a while after the first event is stored.")
        return
    st.info(
        "This memory has no long-term strategy: it keeps events and extracts nothing. "
        "Add a strategy on the Memories page.",
        icon=":material/info:",
    )
    navigation.memory_link("Open this memory", memory["id"])
