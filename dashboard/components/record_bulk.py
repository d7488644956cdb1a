"""Many records changed at once: which ones, how, exactly what will change, and the start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, text
from dashboard.components import confirm, dialogs, exports, permissions, problems, record_acts, record_form
from services import frames
from services.errors import InvalidValue
from services.records import bulk as record_bulk
from services.records import reading as record_reading
from services.records.bulk import BulkChange, Delete, DryRun, Move, ReplaceText, SetExpiry, SetMetadata
from services.records.drafts import RecordDraft, metadata_problems
from services.retrieval.retrieval import MAX_TOP_K
from services.text_changes import around_change

Row = dict[str, Any]
SELECTED, ALL, BY_MEANING = "Selected rows", "All in the table", "By meaning"
TYPED_ABOVE = 50
"""A change of more records than this is confirmed by typing."""
MOST_SHOWN = 1_000
_DIALOG = "bulk-dry-run"
_RUN = "bulk-run"
_MODE = "bulk-mode"
_TICKS = "bulk-ticks"
_DELETED = ("record", "namespace", "memoryRecordId", "problem")
_CHANGED = ("record", "what", "before", "after", "namespace", "memoryRecordId", "problem")
_REWORDED = ("what", "before", "after", "namespace", "memoryRecordId", "problem")
"""Of a text that changes, what it says stands there twice already."""
_TITLES = {
    "record": st.column_config.TextColumn("Record", width=280),
    "what": st.column_config.TextColumn("What", width=90),
    "before": st.column_config.TextColumn("Before", width=280),
    "after": st.column_config.TextColumn("After", width=280),
    "namespace": st.column_config.TextColumn("Namespace", width=120),
    "memoryRecordId": st.column_config.TextColumn("Its id", width=120),
    "problem": st.column_config.TextColumn("Left out, since", width=200),
}
CHANGES = {
    "replace": "Replace words",
    "tag": "Set metadata",
    "untag": "Remove a metadata key",
    "move": "Move to another namespace",
    "expiry": "Set the expiry",
    "delete": "Delete",
}


@dataclass
class _Ticks:
    """The ids that are ticked within a place, those `shown` last, and how many tables there were so far; the
    last of them began with the rows `at_first` ticked."""

    within: str
    ids: list[str] = field(default_factory=list)
    shown: list[str] | None = None
    tables: int = 0
    at_first: list[int] = field(default_factory=list)


def is_on() -> bool:
    """Whether several records are being chosen."""
    return bool(st.session_state.get(_MODE))


def switch() -> None:
    """The switch between looking at one record and choosing several."""
    why = permissions.refused("BatchUpdateMemoryRecords")
    st.toggle("Change several", key=_MODE, disabled=why is not None, help=why)


def table(found: pd.DataFrame, within: str, **arguments: Any) -> list[str]:
    """The records with a box to tick on each; the ids of those that are, first of those that were ticked
    while other rows stood in the table. `within` names what all of them belong to."""
    ids = [str(id_) for id_ in found.index]
    ticks = _ticks(within, ids)
    event = st.dataframe(
        found,
        key=f"bulk-{ticks.tables}",
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": ticks.at_first}},
        hide_index=True,
        **arguments,
    )
    here = [ids[row] for row in event["selection"]["rows"] if row < len(ids)]
    ticks.ids = [id_ for id_ in ticks.ids if id_ not in set(ids)] + here
    return ticks.ids


def _ticks(within: str, shown: list[str]) -> _Ticks:
    """What is ticked. A table keeps its ticks by position: other rows are another table, which begins with
    those of its own that are ticked."""
    ticks: _Ticks = st.session_state.setdefault(_TICKS, _Ticks(within))
    if ticks.within != within:
        ticks.within, ticks.shown, ticks.ids = within, None, []
    if ticks.shown != shown:
        ticks.shown, ticks.tables = shown, ticks.tables + 1
        ticks.at_first = [shown.index(id_) for id_ in ticks.ids if id_ in shown]
    return ticks


def _untick() -> None:
    ticks: _Ticks | None = st.session_state.get(_TICKS)
    if ticks:
        ticks.ids, ticks.shown = [], None


def panel(
    memory: Row, rows: Sequence[Row], shown: Sequence[Row], selected: list[str], path: str, *, complete: bool
) -> None:
    """Which records, what is done to them, and the way to the dry run. `rows` are those that were read,
    all there are where that is `complete`; of them the table has those `shown`."""
    with st.container(border=True, key="bulk-panel"):
        chosen = _chosen(memory, rows, shown, selected, path, complete=complete)
        wrong: list[str] = []
        change = _change(path, wrong)
        problems.show(wrong)
        st.button(
            f"Show what will change in {format.count(len(chosen), 'record')}",
            type="primary",
            icon=":material/preview:",
            key="bulk-preview",
            disabled=not chosen or change is None or bool(wrong),
            on_click=_open,
            args=(memory, chosen, change),
        )
        st.caption("Nothing is sent before you have seen what exactly will change.")
    if dialogs.is_open(_DIALOG):
        _dry_run_dialog(memory, path)


def _chosen(
    memory: Row, rows: Sequence[Row], shown: Sequence[Row], selected: list[str], path: str, *, complete: bool
) -> list[Row]:
    wanted = set(selected)
    ticked = [row for row in rows if row["memoryRecordId"] in wanted]
    counts = {SELECTED: f" ({len(ticked):,})", ALL: f" ({len(shown):,})", BY_MEANING: ""}
    scope = st.segmented_control(
        "Which records",
        (SELECTED, ALL, BY_MEANING),
        default=SELECTED,
        format_func=lambda each: each + counts[each],
        key="bulk-scope",
        required=True,
    )
    if scope == BY_MEANING:
        return _by_meaning(memory, path)
    if scope == ALL:
        if not complete:
            st.caption("The list was cut short: there are more records than these. Raise “Read at most”.")
        return list(shown)
    if not selected:
        st.caption("Tick records in the table.")
    _say_what_is_hidden(len(wanted), ticked, shown)
    return ticked


def _say_what_is_hidden(number: int, ticked: list[Row], shown: Sequence[Row]) -> None:
    """Of a `number` of ticked records those that the table does not show."""
    in_sight = {row["memoryRecordId"] for row in shown}
    hidden = sum(row["memoryRecordId"] not in in_sight for row in ticked)
    if hidden:
        out_of_sight = format.count(hidden, "ticked record")
        st.caption(f"{out_of_sight} hidden by the words or the time above; chosen all the same.")
    if number > len(ticked):
        left_out = format.count(number - len(ticked), "ticked record")
        st.caption(f"{left_out} left out: not among what was read with the filters above.")


def _by_meaning(memory: Row, path: str) -> list[Row]:
    """The records nearest to a question, below the path that is chosen."""
    left, middle, right = st.columns([3, 1, 1])
    query = left.text_input("Nearest to", key="bulk-query", placeholder="What the records are about").strip()
    top_k = middle.number_input("At most", 1, MAX_TOP_K, 20, key="bulk-top-k")
    least = right.number_input("Score at least", 0.0, 1.0, 0.3, 0.05, key="bulk-least")
    if not query:
        return []
    with faults.shown():
        answer = resources.retrieval(memory["id"], query=query, namespace_path=path, top_k=int(top_k))
        found = [row for row in answer.records if row.get("score", 0.0) >= least]
        for row in found[:5]:
            text.plain(f"{row.get('score', 0.0):.2f}  {text.preview(frames.one_line_of(row), 140)}")
        if len(found) > 5:
            st.caption(f"and {len(found) - 5} more: the next step lists them all")
        return found
    return []


def _change(path: str, wrong: list[str]) -> BulkChange | None:
    kind = st.selectbox("What to do", list(CHANGES), format_func=CHANGES.__getitem__, key="bulk-kind")
    if kind == "replace":
        return _replace()
    if kind in {"tag", "untag"}:
        return _metadata(wrong, remove=kind == "untag")
    if kind == "move":
        return _move(path, wrong)
    if kind == "expiry":
        left, right = st.columns(2)
        way = left.selectbox("Expires", (record_form.DAYS, record_form.NEVER), key="bulk-expires")
        if way == record_form.NEVER:
            return SetExpiry("never")
        return SetExpiry(int(right.number_input("Days from now", 31, 36_500, 365, key="bulk-days")))
    return Delete()


def _replace() -> BulkChange | None:
    left, right = st.columns(2)
    find = left.text_input("Find", key="bulk-find")
    put = right.text_input("Replace by", key="bulk-put")
    match_case = st.checkbox("Capital and small letters differ", True, key="bulk-case")
    return ReplaceText(find, put or "", match_case) if find else None


def _metadata(wrong: list[str], *, remove: bool) -> BulkChange | None:
    left, middle, right = st.columns(3)
    key = left.text_input("Key", key="bulk-key").strip()
    if remove:
        return SetMetadata(key, None) if key else None
    kind = middle.selectbox("Type", ("STRING", "STRINGLIST", "NUMBER", "DATETIME"), key="bulk-type")
    value = right.text_input("Value", key="bulk-value")
    if not (key and value):
        return None
    try:
        change = SetMetadata(key, record_form.metadata_value(kind, value))
    except InvalidValue as error:
        wrong.append(str(error))
        return None
    wrong += metadata_problems({change.key: change.value or {}})
    return change


def _move(path: str, wrong: list[str]) -> BulkChange | None:
    left, right = st.columns(2)
    to = left.text_input("To the namespace", key="bulk-to", placeholder="/archive/").strip()
    whole = right.selectbox(
        "How", ("All into this one", f"Keep what follows {path}"), key="bulk-how", index=0
    )
    if not to:
        return None
    wrong += RecordDraft("any text", (to,)).problems()
    return Move(to, None if whole == "All into this one" else path)


def _open(memory: Row, chosen: list[Row], change: BulkChange) -> None:
    names = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    st.session_state[_RUN] = record_bulk.dry_run(chosen, change, names)
    dialogs.open_(_DIALOG)


def _close() -> None:
    st.session_state.pop(_RUN, None)
    dialogs.close()


@st.dialog("What will change", width="large", on_dismiss=_close)
def _dry_run_dialog(memory: Row, path: str) -> None:
    with faults.shown():
        run: DryRun | None = st.session_state.get(_RUN)
        if run is None:
            return
        _summary(run)
        rows = run.rows
        if rows:
            frame = pd.DataFrame(map(_shown, rows[:MOST_SHOWN]))
            st.dataframe(
                frame,
                hide_index=True,
                column_order=_columns(run, frame),
                column_config=_TITLES,
                height=320 if len(rows) > 8 else "auto",
                alt="What will change",
            )
            if len(rows) > MOST_SHOWN:
                st.caption(f"The first {MOST_SHOWN:,} of {len(rows):,} lines; the export has all.")
            exports.menu("dry-run", pd.DataFrame(rows), rows, complete=True)
        _start(memory, run, path)


def _shown(row: dict[str, str]) -> dict[str, str]:
    """A line of the dry run for its table: of long texts from shortly before where they begin to differ."""
    before, after = around_change(text.visible(row["before"]), text.visible(row["after"]))
    return {
        name: text.preview(value, 400) for name, value in (row | {"before": before, "after": after}).items()
    }


def _columns(run: DryRun, frame: pd.DataFrame) -> list[str]:
    """Those that tell something."""
    kinds = {Delete: _DELETED, ReplaceText: _REWORDED}
    return [name for name in kinds.get(type(run.change), _CHANGED) if frame[name].any()]


def _summary(run: DryRun) -> None:
    st.markdown(f"**{text.label(run.change.described(), 200)}**")
    deletes = isinstance(run.change, Delete)
    parts = [format.count(len(run.sent), "record") + (" will be deleted" if deletes else " will change")]
    if run.unchanged:
        parts.append(f"{run.unchanged:,} stay as they are")
    if run.refused:
        parts.append(f"{len(run.refused):,} are left out, since AWS would refuse them")
    text.plain(". ".join(parts) + ".")
    if deletes:
        st.caption(
            f"They are kept in the trash for {resources.trash_days()} days. Restored, they have new ids and "
            "their old timestamps."
            + (
                " Lists do not tell when a record expires: restored, they expire as their strategy says."
                if len(run.sent) > record_reading.ONE_BY_ONE
                else ""
            )
        )
    elif isinstance(run.change, Move):
        st.caption("AWS moves records in place: their ids stay.")
    elif isinstance(run.change, SetExpiry) and len(run.sent) > record_reading.ONE_BY_ONE:
        st.caption(
            "Each record is read by itself first, since lists do not tell its expiry. That takes a while."
        )
    else:
        st.caption("What they were before is kept; the whole change can be undone.")


def _start(memory: Row, run: DryRun, path: str) -> None:
    operation = "BatchDeleteMemoryRecords" if isinstance(run.change, Delete) else "BatchUpdateMemoryRecords"
    if permissions.say(operation) or not run.sent:
        st.button("Start", type="primary", key="bulk-start", disabled=True)
        return
    number = format.count(len(run.sent), "record")
    icon = ":material/delete:" if isinstance(run.change, Delete) else ":material/play_arrow:"
    action = f"Delete {number}" if isinstance(run.change, Delete) else f"Change {number}"
    if len(run.sent) > TYPED_ABOVE:
        agreed = confirm.typed(
            f"This is more than {TYPED_ABOVE} records.", number, action, key="bulk-start", icon=icon
        )
    else:
        agreed = st.button(action, type="primary", icon=icon, key="bulk-start")
    if agreed:
        record_acts.show_begun(resources.start_bulk(memory["id"], run, path))
        _untick()
        _close()
        st.rerun()
