"""What goes on in a thread: how far it is, Stop, and how it ended."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from dashboard import faults, resources
from dashboard.components import permissions
from services.tasks import Task

T = TypeVar("T")

LOOK_SECONDS = 1.0
FIRST_LOOK_SECONDS = 3.0
"""So long a page waits for what is found soon."""


def progress(about: str, doing: str, ended: Callable[[object], None]) -> bool:
    """Draws the work of that name, if there is any; `ended` is told its result once. Whether it goes on.

    An error is shown until it is closed.
    """
    task = resources.task(about)
    if task is None:
        return False
    if task.finished and task.error is None:
        resources.forget_task(about)
        ended(task.result)
        st.rerun()
    if task.error is not None:
        faults.show(task.error)
        st.button("Close", key=f"close-{about}", on_click=resources.forget_task, args=(about,))
        return False
    st.fragment(_running, run_every=LOOK_SECONDS)(about, doing)
    return True


def result(task: Task[T], doing: str, first_look_seconds: float = FIRST_LOOK_SECONDS) -> T | None:
    """What a piece of work has found; None while it goes on, which is drawn, and after an error, too."""
    if not task.wait(first_look_seconds):
        st.fragment(_finding, run_every=LOOK_SECONDS)(task, doing)
        return None
    if task.error is not None:
        faults.show(task.error)
    return task.result


@faults.shown()
def _finding(task: Task[T], doing: str) -> None:
    """How far it is; the page is drawn again when it has ended."""
    if task.finished:
        st.rerun()
    _told(task, doing)


@faults.shown()
def _running(about: str, doing: str) -> None:
    """How far it is; the page is drawn again when it has ended."""
    task = resources.task(about)
    if task is None or task.finished:
        st.rerun()
    _told(task, doing)


def _told(task: Task[Any], doing: str) -> None:
    why = permissions.refused(task.action) if task.action else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Stopping…" if task.stopping else "Stop",
            key=f"stop-{doing}",
            icon=":material/stop_circle:",
            disabled=task.stopping or why is not None,
            help=why,
            on_click=task.stop,
        )
        st.markdown(f":shimmer[{doing}{f': {task.told} so far' if task.told else '…'}]")
