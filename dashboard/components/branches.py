"""The branches of a conversation as a tree: read one as its agent does, or two side by side."""

from collections.abc import Collection
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import format, state, text, times
from dashboard.components import pickers, tables, transcript
from dashboard.state import Key
from services.listing import Listing
from services.short_term import branches
from services.short_term.branches import Branch

Row = dict[str, Any]


def choose(events: Listing[Row]) -> tuple[str | None, str | None]:
    """(branch, branch to compare it with) of a branched conversation; (None, None) shows everything."""
    known = branches.tree(events.rows)
    names = [branch.name for branch in known]
    if len(known) < 2:
        pickers.say_if_missing(Key.BRANCH, names, "branch")
        return None, None
    with st.container(border=True, key="branches"):
        chosen = _tree(known)
        if not events.complete:
            st.caption("Older events were not read, so a branch may be missing or seem to have no root.")
        compared = _compared(chosen, names) if chosen else None
    return chosen, compared


def _tree(known: list[Branch]) -> str | None:
    names = [branch.name for branch in known]
    with st.container(horizontal=True, vertical_alignment="center"):
        current = state.get(Key.BRANCH)
        told = "Shown with the turns that it follows on" if current in names else "All are shown, by time"
        st.caption(f"**{len(known)} branches.** {told}")
        if current:  # at the left: over its right end the table has tools of its own
            st.button(
                "Show all",
                key="all-branches",
                type="tertiary",
                icon=":material/call_merge:",
                on_click=state.put,
                kwargs={"branch": None},
            )
    frame = pd.DataFrame(
        {
            "branch": [_indented(branch) for branch in known],
            "events": [branch.events for branch in known],
            "follows": [_follows(branch) for branch in known],
            "last": pd.to_datetime([branch.last for branch in known], utc=True),
        },
        index=pd.Index(names, dtype="object"),
    )
    chosen = tables.choose_row(
        frame,
        Key.BRANCH,
        state.get(Key.SESSION) or "",
        column_config={
            "branch": st.column_config.TextColumn("Branch", width=220),
            "events": st.column_config.NumberColumn("Events", width=70),
            "follows": st.column_config.TextColumn("Forks off", width=180),
            "last": times.column("Last event", frame["last"]),
        },
        height="auto" if len(frame) <= 6 else 246,
        alt="Branches of the conversation, as a tree",
    )
    pickers.say_if_missing(Key.BRANCH, names, "branch")
    return chosen


def _indented(branch: Branch) -> str:
    return "\u2003" * branch.depth + ("└ " if branch.depth else "") + text.preview(branch.name, 80)


def _follows(branch: Branch) -> str:
    if branch.name == branches.MAIN:
        return ""
    if branch.parent is None:
        return "an event that is not listed" if branch.root_id else "no root is told"
    return f"{branch.parent}, event {(branch.root_id or '').rpartition('#')[2]}"


def _compared(chosen: str, names: list[str]) -> str | None:
    return state.bound(
        st.selectbox,
        "Compare with",
        Key.COMPARE_BRANCH,
        [name for name in names if name != chosen],
        index=None,
        placeholder="Another branch, side by side",
        format_func=lambda name: text.preview(name, 80),
    )


def side_by_side(events: list[Row], left: str, right: str, wanted: Collection[str]) -> None:
    """Two branches: what both begin with, folded away, then what each goes on with.

    Only the events with the `wanted` ids are shown.
    """
    found = branches.compare(events, left, right)
    common, of_left, of_right = (
        [row for row in rows if row["eventId"] in wanted] for rows in (found.common, found.left, found.right)
    )
    shared = format.count(len(common), "event")
    folded = st.expander(f"In common: {shared}", key=f"common-{left}-{right}", on_change="rerun")
    if folded.open:
        with folded:
            transcript.turns_of(common, place="common")
    for column, name, rows in zip(
        st.columns(2, gap="medium"), (left, right), (of_left, of_right), strict=True
    ):
        with column:
            st.markdown(f"**{text.label(name)}** · {format.count(len(rows), 'event')}")
            transcript.turns_of(rows, place=f"side-{name}")
            if not rows:
                st.caption("Nothing of its own is shown: it ends where the other goes on.")
