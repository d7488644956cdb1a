"""Errors as people read them: what happened, which call, what it means, what to do."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import streamlit as st

from dashboard import text
from services.faults import Fault, explain

logger = logging.getLogger(__name__)

ICONS = {
    "denied": ":material/lock:",
    "not_authorized": ":material/lock:",
    "not_found": ":material/search_off:",
    "workspace": ":material/database_off:",
    "throttled": ":material/speed:",
    "credentials": ":material/key_off:",
    "clock": ":material/schedule:",
    "unreachable": ":material/cloud_off:",
    "timeout": ":material/timer_off:",
}
_SHOWN = "faults-shown"
_EXPLAINED = "faults-explained"
_HEALTH_SHOWN = "health-fault-shown"
_PARTS = "faults-parts"


class _Told(NamedTuple):
    """What tells a fault from others, and the parts of the page that it was told in, the outermost first."""

    parts: tuple[str, ...]
    kind: str
    operation: str | None
    title: str


@contextmanager
def shown() -> Iterator[None]:
    """Shows any error of the block in place; as a decorator it does so for fragments and callbacks."""
    try:
        yield
    except Exception as error:
        show(error)


def show(error: Exception) -> None:
    """Draws the explanation of an error; the unexpected ones are logged under a reference that is shown."""
    fault = explain(error)
    if fault.kind == "unexpected":
        reference = uuid.uuid4().hex[:8]
        logger.error("unexpected error, reference %s", reference, exc_info=error)
        st.caption(f"Reference {reference}: the details are in the dashboard's log under it.")
    show_fault(fault)


def show_fault(fault: Fault) -> None:
    """Draws a fault: its title and call, its meaning, the next step, and the exact words of AWS folded away.

    A second one of the same kind on the same page keeps its title, and folds away what was just read.
    """
    icon = ICONS.get(fault.kind, ":material/error:")
    explained: set[str] = st.session_state.setdefault(_EXPLAINED, set())
    again = fault.title in explained
    explained.add(fault.title)
    note(fault)
    title = fault.title
    if fault.operation and fault.operation not in title:
        title = f"{title}: {fault.operation}"
    with st.container(key=f"fault-{fault.kind}-{uuid.uuid4().hex[:6]}"):
        st.error(f"**{text.label(title, 200)}**", icon=icon)
        if not again:
            _explanation(fault)
        with st.expander("Details", expanded=fault.kind == "invalid" and not again):
            if again:
                _explanation(fault)
            if fault.operation:
                text.plain(f"Call: {fault.operation}")
            if fault.iam_action:
                text.plain(f"IAM action: {fault.iam_action}")
            text.identifier(fault.detail)
            if fault.request_id:
                text.plain(f"Request id: {fault.request_id}")


def _explanation(fault: Fault) -> None:
    text.plain(fault.meaning)
    text.plain(fault.next_step)


def note(fault: Fault) -> None:
    """Notes a fault that the page tells in its own words, so that the frame tries the call again."""
    told = _Told(st.session_state.get(_PARTS, ()), fault.kind, fault.operation, fault.title)
    st.session_state.setdefault(_SHOWN, {})[told] = fault


def now_shown() -> list[Fault]:
    """The faults that are on the page: each part's of when it was last drawn."""
    return list(st.session_state.get(_SHOWN, {}).values())


@contextmanager
def drawing_part(name: str) -> Iterator[None]:
    """Around the drawing of a part of a page: what it told when it was drawn before is not on the page any
    longer."""
    shown_before: dict[_Told, Fault] = st.session_state.get(_SHOWN, {})
    st.session_state[_SHOWN] = {told: fault for told, fault in shown_before.items() if name not in told.parts}
    around: tuple[str, ...] = st.session_state.get(_PARTS, ())
    st.session_state[_PARTS] = (*around, name)
    try:
        yield
    finally:
        st.session_state[_PARTS] = around


def note_health(fault: Fault | None) -> None:
    """Notes what the sidebar says of the connection: it stays there until the frame is drawn again."""
    st.session_state[_HEALTH_SHOWN] = fault


def health_shown() -> Fault | None:
    """The fault of the connection that the sidebar shows, which may be over by now."""
    fault: Fault | None = st.session_state.get(_HEALTH_SHOWN)
    return fault


def none_yet() -> None:
    """The page is being drawn anew."""
    st.session_state.pop(_SHOWN, None)
    part_anew()


def part_anew() -> None:
    """A part of the page is being drawn anew by itself: what was explained in it is gone from the screen."""
    st.session_state.pop(_EXPLAINED, None)
