"""What a run says goes to the browser in one burst: the page goes over all that stands on it after each."""

from asyncio import TimerHandle

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState

from dashboard.once import once

HOLD_SECONDS = 0.08
"""A run that takes longer is shown as it goes on, so many seconds apart."""
_TIMER = "_burst_timer_of_dashboard"


@once
def guard() -> None:
    """Holds back what a run says until its end, or for `HOLD_SECONDS` where it takes longer.

    Streamlit 1.67 sends every 5 ms what has been said: that a run begins, that it is under way, a few
    elements, the others. Its page draws itself anew after each, and where much stands on it one drawing takes
    longer than a short run, so that the elements wait for drawings that changed nothing. Streamlit has no
    setting for it; `tests/pages/test_bursts.py` tells when another version has other inner names.
    """
    flush = AppSession.flush_browser_queue

    def flushing(session: AppSession) -> list[ForwardMsg]:
        timer: TimerHandle | None = session.__dict__.get(_TIMER)
        if _goes_on(session) and not session._browser_queue.is_empty():
            if timer is None:
                later = session._event_loop.call_later(HOLD_SECONDS, _give, session)
                session.__dict__[_TIMER] = later
                return []
            if not timer.cancelled():
                return []
        if timer is not None:
            timer.cancel()
            del session.__dict__[_TIMER]
        return flush(session)

    AppSession.flush_browser_queue = flushing  # type: ignore[method-assign, assignment]


def _goes_on(session: AppSession) -> bool:
    """Whether a run is under way, or has ended for another one (`st.rerun`), which begins at once."""
    if session._state is AppSessionState.APP_IS_RUNNING:
        return True
    ends = (each.script_finished for each in reversed(session._browser_queue._queue) if _is_end(each))
    return next(ends, None) == ForwardMsg.FINISHED_EARLY_FOR_RERUN


def _is_end(message: ForwardMsg) -> bool:
    return message.WhichOneof("type") == "script_finished"


def _give(session: AppSession) -> None:
    """The time is over: asks for a flush, which finds the timer cancelled and gives what was held back."""
    session.__dict__[_TIMER].cancel()
    if session._message_enqueued_callback is not None:
        session._message_enqueued_callback()
