"""Runs of the script whose last messages reach the browser."""

from typing import Any

from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, ScriptRunnerEvent

_GUARDED = "_guarded_by_dashboard"
_ENDED = "_ended_runners_of_dashboard"


def guard() -> None:
    """Lets everything that a run said reach the browser when a fragment's run is asked for at its end.

    Streamlit 1.67 takes another thread for that run, and from then on drops what the thread that has ended
    handed over but the server's event loop has not taken up: its last elements, the timers (`run_every`) of
    its last fragments, its end. Where the loop is behind, on a busy computer, a page kept parts of how it was
    before, and its timers were dead: it stayed so for ever. Streamlit has no setting for it;
    `tests/pages/test_runs.py` tells when another version has other inner names.
    """
    create = AppSession._create_scriptrunner
    handle: Any = AppSession._handle_scriptrunner_event_on_event_loop
    if getattr(create, _GUARDED, False):
        return

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

    setattr(creating, _GUARDED, True)
    AppSession._create_scriptrunner = creating  # type: ignore[method-assign, assignment]
    AppSession._handle_scriptrunner_event_on_event_loop = handling  # type: ignore[method-assign, assignment]


def _ended(session: AppSession) -> list[ScriptRunner]:
    """The runners that have ended while messages of theirs were still on their way."""
    found: list[ScriptRunner] = session.__dict__.setdefault(_ENDED, [])
    return found
