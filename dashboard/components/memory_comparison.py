"""Two memories' configurations side by side."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.components import differences, exports, pickers
from dashboard.state import Key
from services.faults import CALL_ERRORS, Fault
from services.listing import Listing
from services.memory import settings as memory_settings
from services.memory.settings import Difference

Row = dict[str, Any]
CELL = 90
"""Longer values get a line-by-line comparison below the table."""


def show(memory: Row, listing: Listing[Row]) -> None:
    """A choice of the other memory, then every setting of both; what differs comes first and is marked."""
    others = sorted((row["id"] for row in listing.rows if row["id"] != memory["id"]), key=str.lower)
    linked = state.get(Key.COMPARE)
    if linked and linked not in others and linked != memory["id"] and not listing.complete:
        others = [linked, *others]
    if not others:
        text.plain("There is no other memory to compare with.")
        return
    pickers.say_if_missing(Key.COMPARE, [*others, memory["id"]], "memory")
    chosen = state.bound(
        st.selectbox,
        "Compare with",
        Key.COMPARE,
        others,
        index=None,
        format_func=lambda memory_id: memory_id.rpartition("-")[0] or memory_id,
        placeholder="Choose another memory",
    )
    if not chosen:
        return
    other = resources.memory_details([chosen])[chosen]
    if isinstance(other, Fault):
        faults.show_fault(other)
        return
    _table(memory, other)


def _table(memory: Row, other: Row) -> None:
    found = memory_settings.differences(_settings(memory), _settings(other))
    differing = [each for each in found if each.differs]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{format.count(len(differing), 'difference')} in {format.count(len(found), 'setting')}.")
        everything = st.toggle("Also what is equal", key="compare-everything")
        shown = found if everything else differing
        whole = _frame(shown, memory, other)
        exports.menu("memory-comparison", whole, [vars(each) for each in shown], complete=True)
    frame = whole.map(lambda value: text.preview(value, CELL))
    if not shown:
        st.success("The two are configured alike.", icon=":material/check_circle:")
        return
    st.dataframe(
        frame,
        hide_index=True,
        height="auto" if len(frame) <= 16 else 596,
        column_config=_widths(frame),
        key=f"comparison-{memory['id']}-{other['id']}-{everything}",
        alt=f"Settings of {format.memory_name(memory)} and {format.memory_name(other)}",
    )
    long = [each for each in differing if max(len(each.before or ""), len(each.after or "")) > CELL]
    if long:
        folded = st.expander(
            f"Long values, line by line ({len(long)})", key="compare-long", on_change="rerun"
        )
        if folded.open:
            with folded:
                differences.show(long)


def _settings(memory: Row) -> dict[tuple[str, str], str]:
    """A memory's settings with its tags; tags that may not be read are said to be so, not left out."""
    try:
        tags = resources.memory_tags(memory["arn"])
    except CALL_ERRORS as error:
        st.caption(f"Tags of {text.label(format.memory_name(memory))} are not compared.")
        faults.show(error)
        return memory_settings.settings(memory)
    return memory_settings.settings(memory, tags)


def _frame(shown: list[Difference], memory: Row, other: Row) -> pd.DataFrame:
    left, right = format.memory_name(memory), format.memory_name(other)
    right = f"{right} (2)" if right == left else right
    return pd.DataFrame(
        {
            "": ["≠" if each.differs else "=" for each in shown],
            "Of": [text.visible(each.section) for each in shown],
            "Setting": [text.visible(each.name) for each in shown],
            left: [_cell(each.before) for each in shown],
            right: [_cell(each.after) for each in shown],
        }
    )


def _cell(value: str | None) -> str:
    return "–" if value is None else text.visible(value)


def _widths(frame: pd.DataFrame) -> dict[str, Any]:
    """Column widths in pixels: a narrow mark, and both memories alike."""
    pixels = (36, 150, 190, 280, 280)
    return {
        name: st.column_config.TextColumn(width=width)
        for name, width in zip(frame.columns, pixels, strict=True)
    }
