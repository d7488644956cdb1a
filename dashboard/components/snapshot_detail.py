"""One snapshot: its file, what became of its records, and writing them again."""

import json
import re

import streamlit as st

from dashboard import format, resources, state, text, times
from dashboard.components import confirm, notices, permissions, record_tables, snapshot_copying, work
from dashboard.state import Key
from services.authorization import KEEP_SNAPSHOTS
from services.records.drafts import visible_parts
from services.snapshots.comparison import Comparison, Pair
from services.snapshots.snapshots import Snapshot
from services.text_changes import changed_lines

TALLEST = 320
SHOWN = 50
"""So many changed records are drawn word by word."""
_NOW = "now"
_PUT_BACK = "put-back-told"
_ROW = 35


def show(snapshot: Snapshot) -> None:
    """The snapshot's actions, then its comparison."""
    header = snapshot.header
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(text.label(header.memory_name), width="content")
        times.badge(header.made_at, "Saved")
        st.space("stretch")
        st.download_button(
            "Download",
            resources.snapshot_file(snapshot.snapshot_id),
            file_name=f"{_plain(header.memory_name)}-{header.made_at:%Y%m%d-%H%M}.jsonl.gz",
            mime="application/gzip",
            icon=":material/download:",
            on_click="ignore",
            key="download-snapshot",
        )
        with st.popover("Delete", icon=":material/delete:", key="delete-snapshot"):
            _deletion(snapshot)
    if header.note:
        text.plain(header.note)
    if header.connection_key != resources.connection().key:
        st.caption(f"Saved at another connection: {text.label(header.connection_key, 200)}")
    if snapshot_copying.under_way(snapshot) or _putting_back(header.memory_id):
        return
    against = _against(snapshot)
    if against is None:
        return
    asked = None if against == _NOW else against
    found = work.result(
        resources.comparison(snapshot.snapshot_id, asked, header.memory_id), "Comparing what is there"
    )
    if found is None:
        return
    _totals(found)
    names = ["Gone since", "Changed", "New since", "Write records again"]
    # Kept here: a browser forgets which one is open when a notice above them goes.
    removed, changed, added, again = st.tabs(names, key="snapshot-tabs", on_change="rerun")
    with removed:
        _records(found.removed, "Nothing is gone.")
    with changed:
        _put_back(header.memory_id, found, against)
        _changes(found.changed)
    with added:
        _records(found.added, "Nothing is new.")
    with again:
        snapshot_copying.show(snapshot, found)


def _plain(name: str) -> str:
    """A name from a file that anybody may have written, as part of a file's name."""
    return re.sub(r"\W+", "-", name)[:60]


def _deletion(snapshot: Snapshot) -> None:
    if permissions.say(KEEP_SNAPSHOTS):
        return
    consequence = "The file is deleted from the dashboard's data directory. It cannot be brought back."
    if confirm.typed(consequence, "delete", "Delete snapshot", key=f"delete-{snapshot.snapshot_id}"):
        resources.delete_snapshot(snapshot.snapshot_id)
        state.put(snapshot=None)
        notices.leave("The snapshot was deleted.")
        st.rerun()


def _against(snapshot: Snapshot) -> str | None:
    """The memory as it is now, or another snapshot; None when neither can be read here."""
    names = {
        each.snapshot_id: f"{times.local(each.header.made_at)} · {each.header.memory_name}"
        for each in resources.snapshots_here()
        if each.snapshot_id != snapshot.snapshot_id
    }
    is_here = snapshot.header.connection_key == resources.connection().key
    options = [*([_NOW] if is_here else []), *names]
    if not options:
        st.caption("There is nothing to compare with here: choose the connection that it was saved at.")
        return None
    state.default(Key.SNAPSHOT_AGAINST, options[0])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = state.bound(
            st.selectbox,
            "Compare with",
            Key.SNAPSHOT_AGAINST,
            options,
            format_func=lambda each: "The memory as it is now" if each == _NOW else names[each],
        )
        if chosen == _NOW:
            st.button(
                "Compare again",
                key="compare-again",
                icon=":material/refresh:",
                on_click=resources.forget_comparison,
            )
    return chosen


def _totals(found: Comparison) -> None:
    alike = f"{found.new_ids:,} of them were written again and have new ids" if found.new_ids else None
    with st.container(horizontal=True, key="snapshot-totals"):
        st.metric("Gone since", f"{len(found.removed):,}", width=140)
        st.metric("Changed", f"{len(found.changed):,}", width=140)
        st.metric("New since", f"{len(found.added):,}", width=140)
        st.metric("The same", f"{found.same:,}", help=alike, width=140)


def _records(rows: tuple[dict[str, object], ...], none: str) -> None:
    if not rows:
        st.caption(none)
        return
    st.dataframe(
        record_tables.frame(rows),
        hide_index=True,
        height=_height(len(rows)),
        column_config=record_tables.COLUMNS,
    )


def _height(rows: int) -> int:
    return min(TALLEST, _ROW * (rows + 1) + 3)


def _put_back(memory_id: str, found: Comparison, against: str) -> None:
    """Making changed records as they were, where they are compared with the memory as it is."""
    if against != _NOW:
        return
    if not found.changed or permissions.say("BatchUpdateMemoryRecords"):
        return
    many = format.count(len(found.changed), "record")
    with st.popover("Put back as they were", icon=":material/undo:", key=f"put-back-{many}"):
        consequence = f"{many} will say what the snapshot says. Ids stay. It can be undone in the history."
        if confirm.typed(consequence, "put back", f"Put {many} back", key="put-back"):
            resources.start_putting_back(_about(memory_id), memory_id, found.changed)
            st.rerun()


def _about(memory_id: str) -> str:
    return f"put back {memory_id}"


def _putting_back(memory_id: str) -> bool:
    """Draws that changed records are put back, or how it ended; whether it goes on."""
    if work.progress(_about(memory_id), "Writing", _ended):
        return True
    told = st.session_state.pop(_PUT_BACK, None)
    if told:
        st.info(told, icon=":material/undo:")
    return False


def _ended(results: object) -> None:
    if isinstance(results, list):
        done = sum(each.ok for each in results)
        failed = [each.error_message or "" for each in results if not each.ok]
        reason = f" The others were not: {text.label(failed[0], 200)}" if failed else ""
        st.session_state[_PUT_BACK] = f"{format.count(done, 'record')} put back.{reason}"
        resources.forget_comparison()


def _changes(pairs: tuple[Pair, ...]) -> None:
    if not pairs:
        st.caption("Nothing has changed.")
    for pair in pairs[:SHOWN]:
        with st.container(border=True, key=f"pair-{pair.before['memoryRecordId']}", gap="xsmall"):
            with st.container(horizontal=True, gap="small"):
                for part in pair.parts():
                    st.badge(part, color="orange")
                st.caption(text.label(pair.after["memoryRecordId"]))
            before, after = (_shown(row) for row in (pair.before, pair.after))
            st.code(text.visible(changed_lines(before, after)), language="diff", wrap_lines=True)
    if len(pairs) > SHOWN:
        st.caption(f"The first {SHOWN} of {format.count(len(pairs), 'changed record')}.")


def _shown(row: dict[str, object]) -> str:
    """What can differ of a record, a line each."""
    parts = visible_parts(row)
    metadata = [f"{key}: {json.dumps(value)}" for key, value in parts["metadata"].items()]
    rest = [f"{name}: {parts[name]}" for name in ("strategy", "timestamp")]
    return "\n".join([parts["text"], f"namespace: {', '.join(parts['namespaces'])}", *metadata, *rest])
