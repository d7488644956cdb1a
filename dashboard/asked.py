"""What the browser asks for, taken as it was meant."""

from urllib.parse import urlsplit

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_requests import (
    RerunData,
    ScriptRequestType,
    _coalesce_widget_states,
    _has_active_trigger_value,
)

from dashboard.once import once

_FOLLOWED = "_link_followed_of_dashboard"


@once
def guard() -> None:
    """Lets nothing that a person did be lost to what was asked for just before or after.

    Streamlit 1.67's browser part collects what was used and tells of it a moment later; its timers tell and
    ask in between, and its server part takes each request by itself. It has no setting for it;
    `tests/pages/test_asked.py` tells when another version has other inner names. See the functions below.
    """
    request = AppSession.request_rerun

    def requesting(session: AppSession, asked: ClientState | None) -> None:
        if asked is None:
            request(session, asked)
            return
        meant = ClientState()
        meant.CopyFrom(asked)
        if _is_of_a_page_that_was_left(session, meant) or not _is_there(session, meant):
            return
        if meant.is_auto_rerun:
            _tell_nothing(session, meant)
        elif not meant.fragment_id:
            _take_over(session, meant)
        request(session, meant)

    AppSession.request_rerun = requesting  # type: ignore[method-assign, assignment]


def _is_of_a_page_that_was_left(session: AppSession, asked: ClientState) -> bool:
    """Whether this was asked for by what is left of a page after a link to another one was clicked.

    A field that is left by the click on the link is told of after the click, if the browser is busy, and the
    request names the page that it was on: that page was drawn again in place of the link's, or the link's
    page was emptied and stayed so. (Another link, clicked before the first one's page is there, tells
    nothing new.)
    """
    here = session._pages_manager.current_page_script_hash
    followed: tuple[str, ClientState] | None = session.__dict__.get(_FOLLOWED)
    if followed is not None and not asked.is_history_navigation:
        left, link = followed
        is_left = left != here or session._scriptrunner is not None  # else the link has led back to it
        if is_left and asked.page_script_hash == left and _path(asked) == _path(link):
            known = {widget.id: widget for widget in link.widget_states.widgets}
            if asked.fragment_id or any(known.get(each.id) != each for each in asked.widget_states.widgets):
                return True
    if not asked.fragment_id:
        leaves = asked.page_script_hash not in ("", here)
        session.__dict__[_FOLLOWED] = (here, asked) if leaves else None
    return False


def _path(asked: ClientState) -> str:
    """Of the address that the browser shows: not yet that of the page asked for."""
    return urlsplit(asked.context_info.url).path


def _is_there(session: AppSession, asked: ClientState) -> bool:
    """Whether the fragment that is asked for is there; a whole page always is.

    Fragments within one are forgotten when its run is stopped half-way, until it is drawn again, and a use of
    something in them was dropped without a word. It now has the page drawn as a whole.
    """
    if not asked.fragment_id:
        return True
    at_home = asked.page_script_hash in ("", session._pages_manager.current_page_script_hash)
    if asked.is_auto_rerun:
        return at_home and session.has_fragment(asked.fragment_id)
    if not session.has_fragment(asked.fragment_id):
        asked.ClearField("fragment_id")
        return at_home
    return True


def _tell_nothing(session: AppSession, asked: ClientState) -> None:
    """Takes out of a timer's request what was used meanwhile: that is told by a request of its own.

    Told by both it was acted on twice (seen with four chats on two busy cores: one message in seventy was
    sent twice) or, where the timer's run left it out, not at all. What waits for its run stays.
    """
    asked.ClearField("widget_states")
    waiting = _waiting(session)
    if waiting is not None and waiting.widget_states is not None:
        plain = (each for each in waiting.widget_states.widgets if not _has_active_trigger_value(each))
        asked.widget_states.widgets.extend(plain)


def _take_over(session: AppSession, asked: ClientState) -> None:
    """Lets a run of the whole page know of the buttons whose runs it comes before.

    Streamlit stops the run that is under way for it, and with it forgot what waited for that run's end.
    """
    waiting = _waiting(session, stops=True)
    if waiting is not None:
        told = _coalesce_widget_states(waiting.widget_states, asked.widget_states)
        if told is not None:
            asked.widget_states.CopyFrom(told)


def _waiting(session: AppSession, *, stops: bool = False) -> RerunData | None:
    """What was asked for and is not begun; `stops`: it will not be, by the run that is under way."""
    if session._scriptrunner is None:
        return None
    requests = session._scriptrunner._requests
    with requests._lock:
        if requests._state is not ScriptRequestType.RERUN:
            return None
        if stops:
            requests._state = ScriptRequestType.STOP
        return requests._rerun_data
