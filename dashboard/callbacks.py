"""Callbacks that act once for each use of their widget."""

from dataclasses import replace
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.session_state import SessionState

from dashboard.once import once


@once
def guard() -> None:
    """Lets what was used act once, and draws what it is part of.

    Streamlit 1.67 errs in two ways, and has no setting for either; `tests/pages/test_callbacks.py` tells when
    another version has other inner names.

    The browser goes on telling of a field that its own text made vanish, until it has drawn the page without
    it. The session has forgotten the field by then, so that the text counted as changed and was acted on
    again (seen with three tabs on two busy cores: one click in eighty, made while the page was being drawn,
    was undone by the question typed before it). So a widget that the session has no value of is left out.

    A busy browser tells of several uses at once (of a field that is left by a click on a button, and of the
    button), and asks for the fragment of one of them only. So a run of a fragment that learns of a use
    outside of it becomes a run of the whole page, in which a button that was pressed still is.
    """
    changed, call = SessionState._widget_changed, SessionState._call_callbacks

    def changed_guarded(session: SessionState, widget_id: str) -> bool:
        return widget_id in session._old_state and changed(session, widget_id)

    def call_guarded(session: SessionState, **incoming: Any) -> None:
        context = get_script_run_ctx()
        outside = context is not None and _learns_of_use_outside(session, context)
        call(session, **incoming)
        if outside and context is not None and context.script_requests:
            pressed = session._filter_active_trigger_widget_states(session._current_interaction_widget_states)
            whole = replace(
                session._build_full_app_rerun(context),
                replay_trigger_states=pressed,
                replay_trigger_values=session._capture_replay_trigger_values(pressed),
            )
            context.script_requests.request_rerun(whole)

    SessionState._widget_changed = changed_guarded  # type: ignore[method-assign, assignment]
    SessionState._call_callbacks = call_guarded  # type: ignore[method-assign, assignment]


def _learns_of_use_outside(session: SessionState, context: ScriptRunContext) -> bool:
    """Whether something was used that the fragments of this run do not draw."""
    running = context.fragment_ids_this_run
    if not running:
        return False
    for widget_id in session._new_widget_state:
        metadata = session._new_widget_state.widget_metadata.get(widget_id)
        if metadata is None or metadata.fragment_id in running or not session._widget_changed(widget_id):
            continue
        within = metadata.fragment_id
        if within is None or not context.fragment_storage.has_ancestor_in(within, running):
            return True
    return False
