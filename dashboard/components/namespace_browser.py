"""The namespaces of a memory as a tree, opened level by level, to choose where to look."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, resources, state, text, times
from dashboard.components import tables
from dashboard.state import Key
from services.memory import namespace_counts, namespace_tree
from services.memory.namespace_counts import NamespaceCounts
from services.memory.namespace_tree import Branch
from services.memory.namespaces import KnownNamespace

Row = dict[str, Any]
ROOT = "/"
LOOK_SECONDS = 1.0
FEW = 60
"""A tree of so many paths is shown whole."""
TALLEST = 386
"""Pixels: a higher tree scrolls, so that on a narrow screen the table below it is in sight."""
_OPEN, _CLOSED, _LEAF = "\u25be ", "\u25b8 ", "\u2002 "


def chosen() -> str:
    """The path of the address bar, at first everything."""
    state.default(Key.PATH, ROOT)
    return state.get(Key.PATH) or ROOT


def tree(memory: Row, known: list[KnownNamespace], note: str | None) -> None:
    """The namespaces, each with what is at and below it, to choose a path. Of a large tree those levels are
    open that lead to the chosen one, and the one below it. What was not counted can be, in the background."""
    path = chosen()
    countable = any(each.record_count is None for each in known) and namespace_counts.can_count(memory)
    now = resources.namespace_counts(memory["id"]) if countable else None
    if now and now.complete:
        known = resources.counted_namespaces(memory["id"], known, now)
        note = f"Counted by listing all {now.records:,} records, as of {times.local(now.as_of)}."
    branches = resources.of_kept("tree", known, namespace_tree.tree)
    shown = namespace_tree.opened(branches, path) if len(branches) > FEW else branches
    above, open_ = {branch.parent for branch in branches}, {branch.parent for branch in shown}
    frame = pd.DataFrame(
        {
            "name": [
                _moved_in(branch, name, above, open_)
                for branch, name in zip(shown, text.previews([each.name for each in shown], 80), strict=True)
            ],
            "records": pd.array([branch.records for branch in shown], dtype="Int64"),
        },
        index=pd.Index([branch.path for branch in shown], dtype="object"),
    )
    many = f"{len(branches):,} namespaces. Choose one to open it." if len(shown) < len(branches) else ""
    st.caption(many or "Namespaces")  # over its rows a table has tools of its own
    tables.choose_row(
        frame,
        Key.PATH,
        "namespaces",
        column_config={
            "name": st.column_config.TextColumn("Namespace", width=92),
            "records": st.column_config.NumberColumn("Records", format="localized", width=62),
        },
        height="auto" if len(frame) <= 10 else TALLEST,
        placeholder="–",
        alt="Namespaces of the memory, as a tree",
    )
    if note:
        st.caption(text.label(note, 300))
    if countable:
        _count(memory["id"], now)


def _count(memory_id: str, now: NamespaceCounts | None) -> None:
    """Where not all records were listed: the button that has them counted, or how far that is."""
    if now and not now.ended:
        _counting(memory_id)
        return
    if now and now.fault:
        faults.show_fault(now.fault)
    st.button(
        "Count again" if now and now.complete else "Count all records",
        key="count-namespaces",
        icon=":material/functions:",
        help="Lists them in the background, 100 a call, at a quarter of the quota at most",
        on_click=resources.count_namespaces,
        args=(memory_id,),
    )


@st.fragment(run_every=LOOK_SECONDS)
def _counting(memory_id: str) -> None:
    now = resources.namespace_counts(memory_id)
    if now is None or now.ended:
        st.rerun()
    st.caption(f":material/progress_activity: {now.records:,} records counted so far")
    st.button(
        "Stop",
        key="stop-counting-namespaces",
        icon=":material/stop_circle:",
        on_click=resources.stop_counting_namespaces,
        args=(memory_id,),
    )


def _moved_in(branch: Branch, name: str, above: set[str], open_: set[str]) -> str:
    """Its part of the path, `name`, moved in by its depth, with a mark that tells whether more is below."""
    if branch.path == ROOT:
        return "/  everything"
    mark = _LEAF if branch.path not in above else _OPEN if branch.path in open_ else _CLOSED
    return "\u2002" * branch.depth + mark + name + "/" * branch.path.endswith("/")
