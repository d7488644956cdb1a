"""Callbacks that act once for each use of their widget."""

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.session_state import SessionState, WStates

_GUARDED = "_guarded_by_dashboard"


def guard() -> None:
    """Lets a widget's callback be called only where the widget was used, and once.

    Streamlit 1.67 calls it too often in two ways, and has no setting for either;
    `tests/pages/test_callbacks.py` tells when another version has other inner names.

    The browser may tell a fragment's timed run of a button or chat input elsewhere on the page that is just
    being used, and then the run that it was used for (seen with four chats on two busy cores: one message in
    seventy was sent twice). So the run of a fragment that the widget is not in is left out.

    The browser goes on telling of a field that its own text made vanish, until it has drawn the page without
    it. The session has forgotten the field by then, so that the text counted as changed and was acted on
    again (seen with three tabs on two busy cores: one click in eighty, made while the page was being drawn,
    was undone by the question typed before it). So a widget that the session has no value of is left out.
    """
    call, changed = WStates.call_callback, SessionState._widget_changed
    if getattr(call, _GUARDED, False):
        return

    def call_guarded(states: WStates, widget_id: str) -> None:
        context = get_script_run_ctx()
        running = context.fragment_ids_this_run if context is not None else None
        metadata = states.widget_metadata.get(widget_id)
        if running and metadata is not None and metadata.fragment_id not in running:
            return
        call(states, widget_id)

    def changed_guarded(session: SessionState, widget_id: str) -> bool:
        return widget_id in session._old_state and changed(session, widget_id)

    setattr(call_guarded, _GUARDED, True)
    WStates.call_callback = call_guarded  # type: ignore[method-assign, assignment]
    SessionState._widget_changed = changed_guarded  # type: ignore[method-assign, assignment]
