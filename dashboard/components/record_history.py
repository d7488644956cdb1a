"""What was done here to one record, under all the ids that it has had, and the way back to each version."""

from typing import Any

import streamlit as st

from dashboard import faults, resources, state, text, times
from dashboard.components import differences, notices, permissions
from dashboard.format import Color
from services.records import contents as record_contents
from services.records.changes import record_differences
from services.records.drafts import RecordDraft, RecordUpdate
from services.workspace.record_lineages import Step

Row = dict[str, Any]
WAIT_SECONDS = 20.0
_COLORS: dict[str, Color] = {"create": "green", "update": "orange", "delete": "red"}
_STATES = {"failed": "not carried out", "sent": "outcome unknown", "planned": "not sent"}


def steps(memory: Row, record: Row | None, record_id: str) -> None:
    """The steps, newest first, each with what it changed; `record` is None when it is deleted."""
    found = resources.record_steps(record_id)
    st.caption(
        "What was done with this tool, newest first. AWS keeps no history: what agents, extraction or others "
        "changed does not appear here."
    )
    if not found:
        text.plain("Nothing was changed here yet.")
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    for number, step in enumerate(found):
        with st.container(border=True, key=f"step-{number}", gap="small"):
            _step(memory, record, step, names, number)


def _step(memory: Row, record: Row | None, step: Step, names: dict[str, str], number: int) -> None:
    act, version = step.act, step.version
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(act.kind, color=_COLORS[act.kind])
        st.markdown(f"**{text.label(act.title, 120)}**", width="content")
        st.caption(text.label(act.who, 60), width="content")
        times.badge(version.at)
        if version.state != "done":
            st.badge(_STATES[version.state], color="gray")
        if version.undone_in:
            st.badge("undone since", color="gray")
    if act.kind == "create" and version.lineage != version.record_id and version.record_id:
        st.caption("Restored: AWS gave it a new id; its timestamp is the old one.")
        text.identifier(version.record_id)
    _what(step, names)
    if version.before is not None and version.state == "done":
        _way_back(memory, record, step, number)


def _what(step: Step, names: dict[str, str]) -> None:
    version = step.version
    if step.act.kind == "create":
        if version.request is not None:
            _said(RecordDraft.loads(version.request).text)
    elif version.before is None:
        st.caption("The text of this version was removed for good.")
    elif step.act.kind == "delete":
        _said(version.before["content"]["text"])
    else:
        update = RecordUpdate.loads(str(version.record_id), version.request or {})
        after = update.applied(version.before)
        found = [each for each in record_differences(version.before, after, names) if each.differs]
        differences.flat(found)
        if update.expiry != "keep":
            st.caption("The expiry was set." if update.expiry != "never" else "The expiry was removed.")


def _said(body: str) -> None:
    text.plain(record_contents.one_line(record_contents.parse_content(body)), limit=600)


def _way_back(memory: Row, record: Row | None, step: Step, number: int) -> None:
    operation = "BatchCreateMemoryRecords" if record is None else "BatchUpdateMemoryRecords"
    why = permissions.refused(operation)
    st.button(
        "Restore what it was before this",
        icon=":material/undo:",
        key=f"restore-version-{number}",
        disabled=why is not None,
        help=why or "Text, namespace, strategy, metadata and timestamp. It can be undone too.",
        on_click=_restore,
        args=(memory, record, step),
    )


def _restore(memory: Row, record: Row | None, step: Step) -> None:
    with faults.shown():
        act_id = resources.start_version(memory["id"], step.version, record)
        resources.wait_for_act(act_id, WAIT_SECONDS)
        [version] = resources.act_versions(act_id)
        if version.state == "done":
            notices.leave("The earlier version was restored.")
            if record is None:
                state.put(record=version.record_id)
        else:
            why = version.error_message or "it is still under way"
            notices.leave(f"Nothing was restored yet: {why}", failed=True)
