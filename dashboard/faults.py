"""Errors as people read them: what happened, which call, what it means, what to do."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard import text
from services.faults import Fault, explain

logger = logging.getLogger(__name__)

ICONS = {
    "denied": ":material/lock:",
    "not_authorized": ":material/lock:",
    "not_found": ":material/search_off:",
    "throttled": ":material/speed:",
    "credentials": ":material/key_off:",
    "clock": ":material/schedule:",
    "unreachable": ":material/cloud_off:",
    "timeout": ":material/timer_off:",
}


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
    """Draws a fault: its title, its meaning, the next step, and the exact words of AWS folded away."""
    icon = ICONS.get(fault.kind, ":material/error:")
    with st.container(key=f"fault-{fault.kind}-{uuid.uuid4().hex[:6]}"):
        st.error(f"**{text.label(fault.title, 200)}**", icon=icon)
        text.plain(fault.meaning)
        text.plain(fault.next_step)
        with st.expander("Details"):
            if fault.operation:
                text.plain(f"Call: {fault.operation}")
            if fault.iam_action:
                text.plain(f"IAM action: {fault.iam_action}")
            text.identifier(fault.detail)
            if fault.request_id:
                text.plain(f"Request id: {fault.request_id}")
