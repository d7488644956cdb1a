"""Copying session summaries into an AgentCore Memory: memoryId becomes actorId."""

from collections.abc import Sequence

import streamlit as st

from dashboard import format, navigation, resources, text
from dashboard.components import permissions, problems
from dashboard.resources import agents as bedrock
from dashboard.state import Key
from services.agents.session_summaries import SessionRow
from services.agents.summary_transfer import DEFAULT_NAMESPACE, Transfer, Way
from services.workspace.agent_memories import Home

_WAYS: dict[Way, str] = {
    "records": "Memory records: one per topic, as it is",
    "events": "Events: the memory's strategies extract from them",
}
_NEEDED: dict[Way, str] = {"records": "BatchCreateMemoryRecords", "events": "CreateEvent"}


def popover(where: Home, memory_id: str, rows: Sequence[SessionRow]) -> None:
    """The button that opens the form; what is shown in the table is copied."""
    stored = [row for row in rows if row.summary]
    opened = st.popover(
        "Copy to AgentCore Memory",
        icon=":material/move_up:",
        key="copy-summaries",
        disabled=not stored,
        on_change="rerun",
    )
    if opened.open:
        with opened:
            _form(where, memory_id, stored)


def _form(where: Home, memory_id: str, rows: Sequence[SessionRow]) -> None:
    ids = [row["id"] for row in resources.memory_summaries().rows]
    if not ids:
        st.caption("There is no AgentCore Memory at this connection. Create one on the Memories page.")
        return
    target = st.selectbox("AgentCore Memory", ids, key="copy-target")
    way = st.radio("As", list(_WAYS), format_func=lambda each: _WAYS[each], key="copy-way")
    namespace = (
        st.text_input("Namespace", DEFAULT_NAMESPACE, key="copy-namespace", live=True)
        if way == "records"
        else DEFAULT_NAMESPACE
    )
    plan = Transfer(where.agent_id, where.alias_id, memory_id, str(target), way, namespace.strip())
    st.caption(
        f"memoryId {text.label(memory_id)} becomes actorId {text.label(plan.actor_id)}; session ids stay, "
        "with - for characters that AgentCore does not take and a short digest behind them, so that no two "
        "become one. The summaries themselves stay too."
    )
    wrong = plan.problems(rows)
    problems.show(wrong)
    refused = permissions.say(_NEEDED[way])
    label = f"Copy {format.count(len(rows), 'summary', 'summaries')}"
    if st.button(label, type="primary", key="copy-now", disabled=bool(wrong or refused)):
        bar = st.progress(0.0, "Copying…")

        def progress(now: int, whole: int) -> None:
            bar.progress(now / max(whole, 1), "Copying…")

        done = bedrock.copy_summaries(plan, rows, progress)
        bar.empty()
        for reason in done.failed:
            st.error(text.label(reason, 300), icon=":material/error:")
        what = "record" if way == "records" else "event"
        st.success(f"{format.count(done.written, what)} written.", icon=":material/check_circle:")
        if way == "records":
            place = {Key.MEMORY: plan.target_memory_id, Key.PATH: plan.namespace.partition("{")[0]}
            navigation.link("Open on Records", "records", place)
        else:
            navigation.link(
                "Open on Events",
                "events",
                {Key.MEMORY: plan.target_memory_id, Key.ACTOR: plan.actor_id},
            )
