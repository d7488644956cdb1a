"""What is reviewed: which records, how far people and the looking over have come, and how it is done here."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import faults, format, resources, state, text, times
from dashboard.state import Key
from services.findings.model import TITLES, Kind
from services.review import queue as review_queue
from services.review import reviews
from services.review.queue import Queue, QueueFilter, Show
from services.review.scan import MOST_RECORDS, Scan
from services.workspace.reviews import Rejecting, SavedFilter, Settings

Row = dict[str, Any]
LOOK_SECONDS = 1.5
_SHOWN: dict[Show, str] = {
    "open": "Waiting",
    "suggestions": "With suggestions",
    "skipped": "Skipped",
    "decided": "Decided",
    "all": "All",
}
_FIELDS: dict[Key, str] = {
    Key.SHOW: "show",
    Key.OF_STRATEGY: "strategy_id",
    Key.OF_ACTOR: "actor_id",
    Key.BELOW: "path",
    Key.FINDING: "kind",
    Key.ASSIGNEE: "assignee",
    Key.HAVING: "words",
}


def wanted() -> QueueFilter:
    """The filter of the address bar; what cannot be one is left out."""
    given = {name: value for key, name in _FIELDS.items() if (value := state.get(key))}
    if given.get("show") not in review_queue.SHOWS:
        given.pop("show", None)
    if given.get("kind") not in TITLES:
        given.pop("kind", None)
    return QueueFilter.loads(given)


def show_choice() -> None:
    """Waiting, with suggestions, skipped, decided, all."""
    current: Show = wanted().show
    st.session_state["review-show"] = current

    def changed() -> None:
        state.put(show=st.session_state["review-show"], reviewing=None)

    st.segmented_control(
        "Records",
        list(_SHOWN),
        key="review-show",
        required=True,
        format_func=lambda name: _SHOWN[name],
        on_change=changed,
    )


def filters(memory: Row, queue: Queue) -> None:
    """The ways to narrow the queue; they stay where nothing fits."""
    strategies = {row["strategyId"]: row["name"] for row in memory.get("strategies", [])}
    kinds = {kind: f"{TITLES[kind]} ({number:,})" for kind, number in _by_title(queue.open_kinds).items()}
    grid = st.grid(12, min_column_width=66)
    with grid.cell(column_span=3):
        _choice("Suggestion", Key.FINDING, kinds, "Any")
    with grid.cell(column_span=2):
        _choice("Strategy", Key.OF_STRATEGY, strategies, "All strategies")
    with grid.cell(column_span=2):
        _choice("Actor", Key.OF_ACTOR, {name: name for name in queue.actors}, "All actors")
    with grid.cell(column_span=3):
        _choice("Namespace", Key.BELOW, {path: path for path in queue.paths}, "All namespaces")
    with grid.cell(column_span=2):
        _words()


def _by_title(kinds: Mapping[Kind, int]) -> dict[Kind, int]:
    return {kind: kinds[kind] for kind in TITLES if kinds.get(kind)}


def _choice(label: str, key: Key, options: Mapping[Any, str], everything: str) -> None:
    current = state.get(key)
    names = dict(options)
    if current and current not in names:  # nothing of it is left: the choice stays visible
        names = {current: TITLES.get(current, current) if key is Key.FINDING else current} | names  # type: ignore[call-overload]
    widget = f"review-{key}"
    st.session_state[widget] = current

    def changed() -> None:
        state.put(**{key: st.session_state[widget], "reviewing": None})

    st.selectbox(
        label,
        list(names),
        key=widget,
        index=None,
        format_func=lambda name: text.preview(str(names.get(name, name)), 60),
        placeholder=everything,
        on_change=changed,
    )


def _words() -> None:
    st.session_state["review-words"] = state.get(Key.HAVING) or ""

    def changed() -> None:
        state.put(having=st.session_state["review-words"].strip() or None, reviewing=None)

    st.text_input("Words", key="review-words", type="search", on_change=changed, placeholder="In the text")


def saved(memory: Row) -> None:
    """Saved filters: to come back to, to save the present one, to delete."""
    opened = st.popover("Saved filters", icon=":material/bookmark:", key="review-filters", on_change="rerun")
    if not opened.open:
        return
    with opened:
        known = resources.review_filters(memory["id"])
        for each in known:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.button(
                    text.label(each.name, 60),
                    key=f"filter-{each.filter_id}",
                    type="tertiary",
                    help=f"By {text.label(each.who, 60)}",
                    on_click=_use,
                    args=(each,),
                )
                if reviews.may_review():
                    st.button(
                        "Delete",
                        key=f"delete-filter-{each.filter_id}",
                        type="tertiary",
                        icon=":material/close:",
                        on_click=resources.delete_review_filter,
                        args=(each.filter_id,),
                    )
        if not known:
            st.caption("None yet. Narrow the queue, then save it here for everybody who reviews this memory.")
        if reviews.may_review():
            name = st.text_input("Name of the present filter", key="filter-name", live=True)
            st.button(
                "Save",
                key="save-filter",
                icon=":material/bookmark_add:",
                disabled=not name.strip(),
                on_click=_save,
                args=(memory["id"], name),
            )


def _use(each: SavedFilter) -> None:
    with faults.shown():
        chosen = QueueFilter.loads(each.document)
        state.put(**{key: getattr(chosen, name) for key, name in _FIELDS.items()}, reviewing=None)


def _save(memory_id: str, name: str) -> None:
    with faults.shown():
        resources.save_review_filter(memory_id, name, wanted())
        st.session_state["filter-name"] = ""


def settings(memory: Row) -> None:
    """How this memory is reviewed, by everybody: what rejecting does, and whether AWS is told the states."""
    opened = st.popover("How to review", icon=":material/tune:", key="review-settings", on_change="rerun")
    if not opened.open:
        return
    with opened:
        current = resources.review_settings(memory["id"])
        may = reviews.may_review()
        names: dict[Rejecting, str] = {"delete": "Delete the record", "mark": "Only mark it here"}
        rejecting = st.radio(
            "Rejecting a record shall",
            list(names),
            index=list(names).index(current.rejecting) if current.rejecting else None,
            format_func=lambda name: names[name],
            captions=[
                "Agents stop getting it. A copy is kept, Undo restores it.",
                "Agents go on getting it.",
            ],
            disabled=not may,
        )
        mirrored = st.toggle(
            "Write states into the records' metadata",
            current.mirrored,
            help=f"Keys {reviews.STATE_KEY}, {reviews.BY_KEY} and {reviews.AT_KEY}, by "
            "BatchUpdateMemoryRecords: your agents can read them. Off, AWS is told nothing.",
            disabled=not may,
        )
        if may and (rejecting, mirrored) != (current.rejecting, current.mirrored):
            resources.keep_review_settings(memory["id"], Settings(rejecting, mirrored))
        st.caption("For this memory, and everybody who reviews it here.")


def progress(memory: Row, scan: Scan, queue: Queue) -> None:
    """How far the reviewing and the looking over have come."""
    people = resources.decided_today(memory["id"])
    share = queue.decided / queue.total if queue.total else 0.0
    names = ", ".join(f"{text.label(who, 30)} {number:,}" for who, number in people.items())
    today = f" · today {sum(people.values()):,}" + (f" ({names})" if names else "")
    read = format.counted(queue.total, scan.read and not scan.full, "record")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, f"**{queue.decided:,}** of {read} decided{today}")
        if scan.compared:
            _looked_over(memory, scan)
    if not (scan.compared and scan.ended):
        _looking(memory, scan.compared)
    if scan.fault:
        faults.show_fault(scan.fault)
        st.caption("Shown is what was read before that.")


def _looked_over(memory: Row, scan: Scan) -> None:
    times.badge(scan.as_of, "Looked over")
    st.button(
        "Check again",
        key="scan-again",
        type="tertiary",
        icon=":material/refresh:",
        on_click=resources.scan_again,
        args=(memory["id"],),
    )


@st.fragment(run_every=LOOK_SECONDS)
def _looking(memory: Row, compared: bool) -> None:
    """While records are read and compared: how far that is; the page is drawn anew when there is more."""
    with faults.shown():
        scan = resources.record_scan(memory, 0.0)
        if scan.compared and not compared:
            st.rerun()
        if not scan.compared:
            known = format.count(len(scan.records), "record")
            st.caption(
                f":material/progress_activity: Looking the memory over: {known} so far. Suggestions that "
                "compare records come last."
            )
        elif not scan.ended:
            st.caption(
                ":material/progress_activity: Holding records against conversations: "
                f"{scan.actors_sourced:,} of {format.count(scan.actors, 'actor')}."
            )


def notes(scan: Scan) -> None:
    """What the looking over left out."""
    if scan.full:
        st.caption(f"The memory has more records; the looking over ends at {MOST_RECORDS:,}.")
    if scan.ended and not scan.fault and scan.actors_sourced < scan.actors:
        st.caption(
            f"Records were held against the conversations of {scan.actors_sourced:,} of "
            f"{format.count(scan.actors, 'actor')}: more would be too many calls."
        )
