"""What was changed, as a list that can be narrowed down, and one change in full."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import streamlit as st

from dashboard import faults, format, masking, resources, state, text, times
from dashboard.components import tables
from dashboard.state import Key
from services import audit_exports
from services.text_changes import changed_lines
from services.workspace.audit_search import OUTCOMES, PAGE_SIZE, ActPage, AuditAct, AuditSearch, Outcome

_OUTCOME_COLORS: dict[Outcome, format.Color] = {"succeeded": "green", "failed": "red", "unknown": "orange"}
_FILTERS = (Key.ENTRY_WHO, Key.ENTRY_ACTION, Key.ENTRY_CONNECTION, Key.ENTRY_OUTCOME, Key.ENTRY_RESOURCE)
_MORE = (*_FILTERS, Key.ENTRY_SINCE, Key.ENTRY_UNTIL)
LONGEST_RESOURCE = 1_000
_PARTS = {"resource": "resource", "before": "before", "after": "after", "detail": "error's words"}


def controls() -> AuditSearch:
    """The words and filters of the address bar, with the controls for them and the exports."""
    _words("Search", Key.ENTRY_TEXT, "Anywhere in what was written down")
    used = sum(bool(state.get(key)) for key in _MORE)
    label = f"Filter ({used})" if used else "Filter"
    opened = st.popover(label, icon=":material/filter_list:", key="audit-filters", on_change="rerun")
    if opened.open:
        with opened, faults.shown():
            _filters()
    search = _search()
    _exports(search)
    return search


def _search() -> AuditSearch:
    since, until = _day(Key.ENTRY_SINCE), _day(Key.ENTRY_UNTIL)
    zone = times.zone()
    return AuditSearch(
        who=state.get(Key.ENTRY_WHO),
        action=state.get(Key.ENTRY_ACTION),
        connection=state.get(Key.ENTRY_CONNECTION),
        outcome=next((each for each in OUTCOMES if each == state.get(Key.ENTRY_OUTCOME)), None),
        resource=state.get(Key.ENTRY_RESOURCE) or "",
        text=state.get(Key.ENTRY_TEXT) or "",
        since=datetime.combine(since, time.min, zone) if since else None,
        until=datetime.combine(until + timedelta(days=1), time.min, zone)
        if until and until < date.max
        else None,
    )


def _put(key: Key, value: str | None) -> None:
    state.put(**{str(key): value or None, str(Key.ENTRY_PAGE): None})


def _words(label: str, key: Key, placeholder: str) -> None:
    widget = f"audit-{key}"
    st.session_state[widget] = state.get(key) or ""
    st.text_input(
        label,
        key=widget,
        type="search",
        placeholder=placeholder,
        on_change=lambda: _put(key, st.session_state[widget].strip()),
    )


def _filters() -> None:
    found = resources.audit_choices()
    outcomes = tuple(str(each) for each in OUTCOMES)
    for label, key, options in (
        ("Who", Key.ENTRY_WHO, found.who),
        ("What", Key.ENTRY_ACTION, found.actions),
        ("How it ended", Key.ENTRY_OUTCOME, outcomes),
        ("Connection", Key.ENTRY_CONNECTION, found.connections),
    ):
        _choice(label, key, list(options))
    _words("Part of the resource", Key.ENTRY_RESOURCE, "An id of a memory, actor, session, event or record")
    for label, key in (("On or after", Key.ENTRY_SINCE), ("and on or before", Key.ENTRY_UNTIL)):
        _date(label, key)
    st.button("Clear", key="audit-clear", type="tertiary", icon=":material/filter_list_off:", on_click=_clear)


def _clear() -> None:
    for key in (*_MORE, Key.ENTRY_PAGE):
        state.put(**{str(key): None})


def _choice(label: str, key: Key, options: list[str]) -> None:
    """One of the values, or none; a value that is not among them (a stale link) can be taken back."""
    widget, current = f"audit-{key}", state.get(key)
    st.session_state[widget] = current
    st.selectbox(
        label,
        options if current is None or current in options else [current, *options],
        index=None,
        key=widget,
        placeholder="Any",
        on_change=lambda: _put(key, st.session_state[widget]),
    )


def _date(label: str, key: Key) -> None:
    widget = f"audit-{key}"

    def changed() -> None:
        chosen = st.session_state[widget]
        _put(key, chosen.isoformat() if chosen else None)

    st.session_state[widget] = _day(key)
    st.date_input(
        label, key=widget, format="YYYY-MM-DD", on_change=changed, help=f"Days of {times.zone_in_words()}"
    )


def _day(key: Key) -> date | None:
    try:
        return date.fromisoformat(state.get(key) or "")
    except ValueError:
        return None


def _exports(search: AuditSearch) -> None:
    opened = st.popover("Export", icon=":material/download:", key="audit-export", on_change="rerun")
    if not opened.open:
        return
    with opened, faults.shown():
        st.caption(
            "Everything that fits the search. Each file names the end of the trail now: kept elsewhere, it "
            "shows later whether rows were removed."
        )
        for label, ending, mime, made in (
            ("CSV, safe in a spreadsheet", "csv", "text/csv", resources.audit_csv(search)),
            ("JSON", "json", "application/json", resources.audit_json(search)),
        ):
            st.download_button(
                label,
                made,
                file_name=f"audit-trail.{ending}",
                mime=mime,
                key=f"audit-export-{ending}",
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )


def table(search: AuditSearch) -> AuditAct | None:
    """A page of the list; returns the chosen act, also one of a link that is on another page."""
    linked = state.get(Key.ENTRY_PAGE) or ""
    found = resources.audit_page(search, int(linked) if linked.isdecimal() else 1)
    if not found.acts:
        _nothing(search)
    else:
        frame = audit_exports.acts_frame(found.acts)
        frame["resource"] = [
            "(erased)" if "resource" in act.erased and not act.resource else text.preview(act.resource)
            for act in found.acts
        ]
        tables.choose_row(
            frame,
            Key.ENTRY,
            f"audit-{found.number}",
            column_order=("started_at", "who", "action", "resource", "outcome", "connection"),
            column_config={
                "started_at": times.column("At", frame["started_at"]),
                "who": st.column_config.TextColumn("Who", width=150),
                "action": st.column_config.TextColumn("What", width=190),
                "resource": st.column_config.TextColumn("Resource", width="large"),
                "outcome": st.column_config.TextColumn("Ended", width=90),
                "connection": st.column_config.TextColumn("Connection", width=180),
            },
            height="auto" if len(found.acts) <= 7 else 281 if state.get(Key.ENTRY) else 456,
            alt="What was changed, newest first",
        )
        _pages(found)
    chosen = state.get(Key.ENTRY) or ""
    return resources.audit_act(int(chosen)) if chosen.isdecimal() and len(chosen) < 18 else None


def _nothing(search: AuditSearch) -> None:
    if search == AuditSearch():
        st.info(
            "Nothing was changed through this dashboard yet. Every change of AWS is written down: before "
            "it is sent, and when it was answered.",
            icon=":material/history:",
        )
    else:
        st.info("Nothing fits. Change the words or the filters above.", icon=":material/search_off:")


def _pages(found: ActPage) -> None:
    first = (found.number - 1) * PAGE_SIZE + 1
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{first:,} to {first + len(found.acts) - 1:,} of {format.count(found.total, 'change')}")
        if found.pages == 1:
            return
        for label, icon, number, key in (
            ("Newest", "first_page", 1, "first"),
            ("Newer", "chevron_left", found.number - 1, "newer"),
            ("Older", "chevron_right", found.number + 1, "older"),
            ("Oldest", "last_page", found.pages, "last"),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                key=f"audit-page-{key}",
                type="tertiary",
                disabled=not 1 <= number <= found.pages or number == found.number,
                on_click=state.put,
                kwargs={str(Key.ENTRY_PAGE): str(number)},
            )


def detail(act: AuditAct) -> None:
    """One change: who, when, over which connection, what was there before and after, and how it ended."""
    with st.container(border=True, key="audit-detail"):
        st.subheader(text.label(act.action), anchor=False)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            st.badge(act.outcome, color=_OUTCOME_COLORS[act.outcome])
            times.badge(act.started_at, "Begun")
            times.badge(act.ended_at, "Ended")
        text.plain(f"By {act.who}" + (f", at {act.connection}" if act.connection else ""))
        if act.resource:
            text.identifier(masking.words(act.resource[:LONGEST_RESOURCE]))
        if act.ended_at is None:
            st.caption("How it ended was never written down: the program ended, or the change still runs.")
        elif act.result not in OUTCOMES:
            text.plain(act.result)
        if act.erased:
            gone = ", ".join(_PARTS.get(part, part) for part in act.erased)
            st.caption(f"Erased on request: {gone}. That there was a text is still sealed.")
        _documents(act.before, act.after)
        st.caption(f"Rows of the trail: {', '.join(f'{number:,}' for number in act.rows)}")


def _documents(before: Any, after: Any) -> None:
    """What was written down before and after; where both have the same members, what differs."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() & after.keys():
        st.caption("What differs between before and after")
        st.code(text.visible(changed_lines(_json(before), _json(after))), language="diff", wrap_lines=True)
        return
    for title, document in (("Before", before), ("After", after)):
        if document is not None:
            st.caption(title)
            st.code(text.visible(_json(document)), language="json", wrap_lines=True, height="content")


def _json(document: Any) -> str:
    shown = masking.words(json.dumps(masking.document(document), ensure_ascii=False, indent=2))
    return shown if len(shown) <= 20_000 else f"{shown[:20_000]}\n… ({len(shown):,} characters; export it)"
