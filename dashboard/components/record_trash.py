"""The trash of a memory's records, and everything that was done to many records at once."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, resources, state, text, times
from dashboard.components import confirm, notices, permissions, record_acts, record_history, tables
from dashboard.state import Key
from services import frames
from services.workspace.record_lineages import Step
from services.workspace.record_versions import Version

Row = dict[str, Any]
MOST = 1_000
TYPED_ABOVE = 50
TALLEST = 526
DELETED, CHANGES = "Deleted records", "Changes"
_KINDS = {"create": "created", "update": "changed", "delete": "deleted"}


def deleted(memory: Row) -> None:
    """What was deleted here, to be ticked, restored or removed for good."""
    total = resources.count_deleted_records(memory["id"])
    words = st.text_input(
        "Find in the text",
        key="trash-find",
        type="search",
        placeholder="Words that the record had, in any order",
    ).strip()
    found = resources.deleted_records(memory["id"], MOST, words)
    if not found:
        _nothing(total)
        return
    among = f"{format.count(len(found), 'record')} with these words among " if words else ""
    st.caption(
        f"{among}{format.count(total, 'deleted record')}, last deleted first. Each is kept for "
        f"{resources.trash_days()} days, then removed for good."
        + (f" The first {MOST:,} are listed." if len(found) == MOST else "")
    )
    frame = _frame(memory, found)
    chosen = _ticked(frame, memory["id"])
    picked = [step for step in found if step.version.record_id in set(chosen)]
    _ways(memory, picked)
    if len(picked) == 1:
        with st.container(border=True, key="trash-record"):
            record_history.steps(memory, None, str(picked[0].version.record_id))


def _nothing(total: int) -> None:
    if total:
        st.info("No deleted record has these words.", icon=":material/search_off:")
        return
    st.info(
        "Nothing is in the trash. Records that are deleted here are kept for "
        f"{resources.trash_days()} days; what agents or others delete does not appear.",
        icon=":material/delete_outline:",
    )


def _frame(memory: Row, found: list[Step]) -> pd.DataFrame:
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    rows = []
    for step in found:
        record = step.version.before or {}
        strategy = str(record.get("memoryStrategyId", ""))
        rows.append(
            {
                "content": text.preview(frames.one_line_of(record), 300),
                "namespace": next(iter(record.get("namespaces", [])), None),
                "strategy": names.get(strategy, strategy),
                "who": text.preview(step.act.who, 60),
                "deleted": step.version.at,
            }
        )
    ids = [str(step.version.record_id) for step in found]
    frame = pd.DataFrame(rows, index=pd.Index(ids, dtype="object"))
    frame["deleted"] = pd.to_datetime(frame["deleted"], utc=True)
    return frame


def _ticked(frame: pd.DataFrame, memory_id: str) -> list[str]:
    ids = [str(id_) for id_ in frame.index]
    event = st.dataframe(
        frame,
        key=f"trash-{format.fingerprint([memory_id, *ids])}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        column_config={
            "content": st.column_config.TextColumn("What it said", width="large"),
            "namespace": st.column_config.TextColumn("Namespace", width="medium"),
            "strategy": st.column_config.TextColumn("Strategy", width="small"),
            "who": st.column_config.TextColumn("Deleted by", width="small"),
            "deleted": times.column("Deleted", frame["deleted"]),
        },
        height="auto" if len(frame) <= 14 else TALLEST,
        alt="Deleted records, to tick",
    )
    return [ids[row] for row in event["selection"]["rows"] if row < len(ids)]


def _ways(memory: Row, picked: list[Step]) -> None:
    number = format.count(len(picked), "record")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        why = permissions.refused("BatchCreateMemoryRecords")
        restored = st.button(
            f"Restore {number}" if picked else "Restore",
            type="primary",
            icon=":material/undo:",
            key="restore-records",
            disabled=not picked or why is not None,
            help=why or "With new ids and their old timestamps",
        )
        why = permissions.refused("RemoveForGood")
        opened = st.popover(
            "Remove for good",
            icon=":material/delete_forever:",
            key="remove-for-good",
            disabled=not picked or why is not None,
            help=why,
        )
    if not picked:
        st.caption("Tick records to restore them or to remove them for good.")
    with opened:
        _removal(memory, picked, number)
    if restored:
        places = [(step.version.act_id, step.version.number) for step in picked]
        record_acts.show_begun(resources.start_restore(memory["id"], places))
        st.rerun()


def _removal(memory: Row, picked: list[Step], number: str) -> None:
    agreed = confirm.typed(
        f"All that is kept here of {number}, earlier versions too, is removed. It can't be brought back.",
        number,
        "Remove for good",
        key="remove",
        icon=":material/delete_forever:",
    )
    if agreed:
        ids = [str(step.version.record_id) for step in picked]
        resources.remove_for_good(memory["id"], ids)
        notices.leave(f"{number} removed for good.")
        st.rerun()


def _about(first: tuple[Version, int]) -> str:
    """The beginning of what is meant: the first record's text, and how many others there are."""
    version, many = first
    others = f" and {format.count(many - 1, 'other')}" if many > 1 else ""
    says = text.preview(record_acts.what_it_says(version), 160) or "(its text is not kept any more)"
    return f"{says}{others}"


def changes(memory: Row) -> None:
    """The acts on records of this memory; the chosen one in full, with undo."""
    acts = resources.record_acts(memory["id"])
    if not acts:
        st.info("No record was changed here yet.", icon=":material/history:")
        return
    first = resources.first_records(acts)
    frame = pd.DataFrame(
        {
            "what": [text.preview(act.title, 200) for act in acts],
            "text": [_about(first[act.act_id]) if act.act_id in first else "" for act in acts],
            "kind": [_KINDS[act.kind] for act in acts],
            "who": [text.preview(act.who, 60) for act in acts],
            "at": pd.to_datetime([act.at for act in acts], utc=True),
        },
        index=pd.Index([act.act_id for act in acts], dtype="object"),
    )
    st.caption("What was done with this tool to this memory's records, newest first.")
    tables.choose_row(
        frame,
        Key.ACT,
        memory["id"],
        column_config={
            "what": st.column_config.TextColumn("What", width=130),
            "text": st.column_config.TextColumn("What it says", width="large"),
            "kind": st.column_config.TextColumn("Records", width="small"),
            "who": st.column_config.TextColumn("Who", width="small"),
            "at": times.column("When", frame["at"]),
        },
        height="auto" if len(frame) <= 14 else TALLEST,
        alt="Changes of records",
    )
    chosen = state.get(Key.ACT)
    found = resources.record_act(chosen) if chosen else None
    if found:
        with st.container(border=True, key="act-detail"):
            record_acts.detail(*found)
