"""Callbacks that act once for each use of their widget."""

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state import WStates

_GUARDED = "_guarded_by_dashboard"


def guard() -> None:
    """Lets a widget's callback be called only in runs that its widget is part of.

    Streamlit 1.67's browser part may tell a fragment's timed run of a button or chat input elsewhere on the
    page that is just being used, and then the run that it was used for. Both would call the callback (seen
    with four chats on two busy cores: one message in seventy was sent twice). The run of a fragment that the
    widget is not in is left out. Streamlit has no setting for it; `tests/pages/test_callbacks.py` tells when
    another version has other inner names.
    """
    call = WStates.call_callback
    if getattr(call, _GUARDED, False):
        return

    def guarded(states: WStates, widget_id: str) -> None:
        context = get_script_run_ctx()
        running = context.fragment_ids_this_run if context is not None else None
        metadata = states.widget_metadata.get(widget_id)
        if running and metadata is not None and metadata.fragment_id not in running:
            return
        call(states, widget_id)

    setattr(guarded, _GUARDED, True)
    WStates.call_callback = guarded  # type: ignore[method-assign, assignment]
