"""What was done to many records: how far it is, what became of each, and undo, retry, find out."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, text, times
from dashboard.components import exports, permissions
from services.records import contents as record_contents
from services.records.runs import NOT_SENT, STOPPED
from services.workspace.record_versions import Act, Version, VersionState

Row = dict[str, Any]
Counts = Mapping[VersionState, int]
LOOK_SECONDS = 1.0
_SHOWN = "record-act"
MOST_RESULTS = 500
MOST_REASONS = 3
OPERATIONS = {
    "create": "BatchCreateMemoryRecords",
    "update": "BatchUpdateMemoryRecords",
    "delete": "BatchDeleteMemoryRecords",
}
OPPOSITE = {"create": "delete", "update": "update", "delete": "create"}
_DONE = {"create": "created", "update": "changed", "delete": "deleted"}


def show_begun(act_id: str) -> None:
    """From now on the page shows this act, until it is dismissed."""
    st.session_state[_SHOWN] = act_id


def current(memory_id: str) -> None:
    """The acts that are under way or were cut off, and the one that was begun here last."""
    acts = {act.act_id: act for act in resources.open_acts(memory_id)}
    begun = st.session_state.get(_SHOWN)
    if begun and begun not in acts:
        found = resources.record_act(begun)
        if found and found[0].memory_id == memory_id:
            acts[begun] = found[0]
    for act in acts.values():
        alive = resources.is_alive(act)
        with st.container(border=True, key=f"act-{act.act_id}"):
            st.fragment(_card, run_every=LOOK_SECONDS if alive else None)(act.act_id, ticking=alive)


@faults.shown()
def _card(act_id: str, *, ticking: bool) -> None:
    """One act; while it goes on the card ticks, and when it ends the whole page is drawn again."""
    found = resources.record_act(act_id)
    if found is None:
        return
    act, counts = found
    if ticking and not resources.is_alive(act):
        resources.forget_events(act.memory_id)
        st.session_state.setdefault(_SHOWN, act_id)  # how it ended is to be seen after a reload, too
        st.rerun()
    detail(act, counts, dismissable=st.session_state.get(_SHOWN) == act_id)


def detail(act: Act, counts: Counts, *, dismissable: bool = False) -> None:
    """An act in full: what it is, how far, what became of each record, and what can be done about it."""
    total = sum(counts.values())
    done = counts.get("done", 0)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{text.label(act.title, 160)}**", width="content")
        st.badge(format.count(total, "record"), color="blue")
        st.caption(text.label(f"{act.who}", 60), width="content")
        times.badge(act.at)
        if dismissable and not resources.is_alive(act):
            st.space("stretch")
            if st.button("Close", key=f"dismiss-{act.act_id}", type="tertiary", icon=":material/close:"):
                st.session_state.pop(_SHOWN, None)
                st.rerun()
    if resources.is_alive(act):
        settled = done + counts.get("failed", 0)
        st.progress(settled / total if total else 1.0, text=f"{settled:,} of {format.count(total, 'record')}")
        why = permissions.refused(OPERATIONS[act.kind])
        st.button(
            "Stopping…" if act.state == "stopping" else "Stop",
            key=f"stop-{act.act_id}",
            icon=":material/stop_circle:",
            disabled=act.state == "stopping" or why is not None,
            help=why,
            on_click=resources.stop_act,
            args=(act,),
        )
        return
    _outcome(act, counts, done)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _ways_on(act, counts, done)
    _results(act, counts)


def _outcome(act: Act, counts: Counts, done: int) -> None:
    """How it ended, in a sentence each."""
    failed, unknown, unsent = counts.get("failed", 0), counts.get("sent", 0), counts.get("planned", 0)
    if done and _restores(act):
        text.plain(f"{format.count(done, 'record')} restored, each with a new id and its old timestamp.")
    elif done:
        text.plain(f"{format.count(done, 'record')} {_DONE[act.kind]}.")
    for each in resources.act_reservations(act.act_id) if done else ():
        st.warning(f"{each.number:,} × {text.label(each.reason, 300)}", icon=":material/warning:")
    if failed:
        _failures(act, failed)
    if unknown or unsent:
        parts = [f"of {unknown:,} it is not known what became of them"] if unknown else []
        parts += [f"{unsent:,} were not sent"] if unsent else []
        st.warning(f"It was cut off: {', '.join(parts)}.", icon=":material/help:")


def _failures(act: Act, failed: int) -> None:
    """How many records were not changed, and why: what was only not sent any more is not called a failure."""
    found = resources.act_failures(act.act_id)
    unsent = sum(each.number for each in found if each.code == NOT_SENT)
    if unsent:
        st.info(
            f"It ended early: nothing was sent for {format.count(unsent, 'record')}.",
            icon=":material/stop_circle:",
        )
    if failed > unsent:
        st.warning(
            f"{format.count(failed - unsent, 'record')} not {_DONE[act.kind]}.",
            icon=":material/error:",
        )
    reasons = [each for each in found if each.reason != STOPPED]
    for each in reasons[:MOST_REASONS]:
        st.caption(f"{each.number:,} × {text.label(each.reason, 300)}")
    if len(reasons) > MOST_REASONS:
        st.caption("Further reasons are listed below.")


def _restores(act: Act) -> bool:
    return act.kind == "create" and act.title.startswith(("Undo", "Restore"))


def _ways_on(act: Act, counts: Counts, done: int) -> None:
    if counts.get("sent") or counts.get("planned"):
        _button(
            "Find out",
            ":material/troubleshoot:",
            "check",
            act,
            "Reads those records and says what became of them",
        )
        return
    if counts.get("failed"):
        number = format.count(counts["failed"], "other")
        what = f"Go on with the {number}" if done else "Try again"
        _button(what, ":material/refresh:", "again", act, "Those that were not changed, and only those")
    if done and resources.can_be_undone(act):
        _button("Undo", ":material/undo:", "undo", act, "What was changed since is left as it is")


def _button(label: str, icon: str, what: str, act: Act, help_: str | None) -> None:
    kind = OPPOSITE[act.kind] if what == "undo" else act.kind
    why = permissions.refused(OPERATIONS[kind])
    if st.button(label, icon=icon, key=f"{what}-{act.act_id}", disabled=why is not None, help=why or help_):
        _do(what, act)
        st.rerun()  # the whole page, also from a card that ticks by itself


def _do(what: str, act: Act) -> None:
    if what == "check":
        resources.check_act(act)
        show_begun(act.act_id)
    elif what == "again":
        resources.start_again(act)
        show_begun(act.act_id)
    else:
        show_begun(resources.start_undo(act))


def _results(act: Act, counts: Counts) -> None:
    """What became of each record: first those that something is wrong with."""
    if not counts:
        return
    opened = st.expander("Each record", key=f"results-{act.act_id}", on_change="rerun")
    if not opened.open:
        return
    with opened:
        wrong = resources.act_versions(act.act_id, ("failed", "sent", "planned"), MOST_RESULTS)
        right = resources.act_versions(act.act_id, ("done",), MOST_RESULTS)
        shown = [*wrong, *right][:MOST_RESULTS]
        rows = [_row(version) for version in shown]
        frame = pd.DataFrame(rows)
        complete = len(rows) == sum(counts.values())
        if not complete:
            st.caption(f"The first {len(rows):,}.")
        event = st.dataframe(
            frame,
            key=f"ticked-{act.act_id}-{len(rows)}",
            on_select="rerun",
            selection_mode="multi-row",
            hide_index=True,
            height=240 if len(rows) > 6 else "auto",
            alt="Results by record, to tick",
        )
        with st.container(horizontal=True, gap="small"):
            _undo_ticked(act, [shown[row] for row in event["selection"]["rows"] if row < len(shown)])
            exports.menu(f"results-{act.act_id[:8]}", frame, rows, complete=complete)


def _undo_ticked(act: Act, ticked: list[Version]) -> None:
    numbers = [each.number for each in ticked if each.state == "done" and not each.undone_in]
    why = permissions.refused(OPERATIONS[OPPOSITE[act.kind]])
    if st.button(
        f"Undo {len(numbers):,} ticked" if numbers else "Undo the ticked",
        icon=":material/undo:",
        key=f"undo-ticked-{act.act_id}",
        disabled=not numbers or why is not None,
        help=why,
    ):
        show_begun(resources.start_undo(act, numbers))
        st.rerun()


def what_it_says(version: Version) -> str:
    """What a record of an act said before it, or says since where it was written then, on one line; "" once
    its text was removed here for good."""
    known = version.before or {}
    body = known.get("content", {}).get("text") or (version.request or {}).get("text") or ""
    return record_contents.one_line(record_contents.parse_content(body)) if body else ""


def _row(version: Version) -> Row:
    words = {"done": "done", "failed": "not done", "sent": "unknown", "planned": "not sent"}
    undone = " (undone since)" if version.undone_in else ""
    return {
        "result": words[version.state] + undone,
        "record": version.record_id or "",
        "what it says": text.preview(what_it_says(version), 160),
        "reason": text.preview(version.error_message or "", 300),
    }
