"""Runs of the script that do not disturb each other, and whose last messages reach the browser."""

import threading
from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, ScriptRunnerEvent, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType
from streamlit.runtime.state import SafeSessionState

from dashboard.once import once

_ENDED = "_ended_runners_of_dashboard"


@once
def guard() -> None:
    """Keeps the runs of a session from each other. Streamlit 1.67 has no setting for any of it;
    `tests/pages/test_runs.py` tells when another version has other inner names."""
    _let_all_be_heard()
    _let_callbacks_end()
    _let_the_stopped_rest()


def _let_all_be_heard() -> None:
    """Lets everything that a run said reach the browser when a fragment's run is asked for at its end.

    Streamlit takes another thread for that run, and from then on drops what the thread that has ended
    handed over but the server's event loop has not taken up: its last elements, the timers (`run_every`) of
    its last fragments, its end. Where the loop is behind, on a busy computer, a page kept parts of how it was
    before, and its timers were dead: it stayed so for ever.
    """
    create = AppSession._create_scriptrunner
    handle: Any = AppSession._handle_scriptrunner_event_on_event_loop

    def creating(session: AppSession, rerun_data: RerunData) -> None:
        before = session._scriptrunner
        if before is not None and not before._execing:  # it has said all, unlike one that was told to stop
            _ended(session).append(before)
        create(session, rerun_data)

    def handling(session: AppSession, sender: Any, event: ScriptRunnerEvent, *said: Any) -> None:
        now = session._scriptrunner
        if sender is now or sender not in _ended(session):
            handle(session, sender, event, *said)
            return
        session._scriptrunner = sender  # the loop keeps order: all of this comes before what `now` says
        try:
            handle(session, sender, event, *said)
        finally:
            session._scriptrunner = now
        if event is ScriptRunnerEvent.SHUTDOWN:
            _ended(session).remove(sender)

    AppSession._create_scriptrunner = creating  # type: ignore[method-assign, assignment]
    AppSession._handle_scriptrunner_event_on_event_loop = handling  # type: ignore[method-assign, assignment]


def _let_callbacks_end() -> None:
    """Lets the callbacks of what was used run to their ends, whatever is asked for meanwhile.

    Streamlit stops a run at its next use of the session's state for another one of the whole page: before
    its first callback, so that a button's press was forgotten, or in the middle of one, half of it done.
    """
    interrupt, rerun = (
        ScriptRunner._maybe_handle_execution_control_request,
        SafeSessionState.on_script_will_rerun,
    )
    acting = threading.local()

    def interrupting(runner: ScriptRunner) -> None:
        if not getattr(acting, "on", False):
            interrupt(runner)

    def rerunning(state: SafeSessionState, *told: Any, **more: Any) -> None:
        acting.on = True
        try:
            rerun(state, *told, **more)
        finally:
            acting.on = False

    ScriptRunner._maybe_handle_execution_control_request = interrupting  # type: ignore[method-assign, assignment]
    SafeSessionState.on_script_will_rerun = rerunning  # type: ignore[method-assign, assignment]


def _let_the_stopped_rest() -> None:
    """Keeps a run that is told to stop, because another one has begun, from changing what both share.

    At its end it took back the presses of buttons that the other one had just learnt of, and values of
    widgets. And where it had itself asked for a run (`st.rerun`) of the page that it was drawing, it set the
    page to be drawn: a link clicked at that moment was not followed.
    """
    finish: Any = ScriptRunner._on_script_finished
    intend = PagesManager.set_script_intent

    def finishing(
        runner: ScriptRunner, context: Any, event: ScriptRunnerEvent, premature_stop: bool, *more: Any
    ) -> None:
        finish(runner, context, event, premature_stop or _is_stopped(runner._requests), *more)

    def intending(pages: PagesManager, page_script_hash: str, page_name: str) -> None:
        context = get_script_run_ctx(suppress_warning=True)
        if context is None or not _is_stopped(context.script_requests):
            intend(pages, page_script_hash, page_name)

    ScriptRunner._on_script_finished = finishing  # type: ignore[method-assign, assignment]
    PagesManager.set_script_intent = intending  # type: ignore[method-assign, assignment]


def _is_stopped(requests: ScriptRequests | None) -> bool:
    return requests is not None and requests._state is ScriptRequestType.STOP


def _ended(session: AppSession) -> list[ScriptRunner]:
    """The runners that have ended while messages of theirs were still on their way."""
    found: list[ScriptRunner] = session.__dict__.setdefault(_ENDED, [])
    return found
