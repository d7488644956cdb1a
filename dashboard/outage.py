"""While something fails: a page that waits instead of hanging, tells that it waits, and comes back by itself.

A connection that answers nothing useful to anybody (unreachable, silent, wrong credentials or clock) has one
explanation in place of the page. Anything narrower is explained where it is missing, and the rest is shown;
what failed is tried again every few seconds, less often the longer it lasts, and drawn as soon as it passes.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Literal, ParamSpec

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitAPIException
from streamlit.navigation.page import Page
from streamlit.runtime.scriptrunner import StopException, add_script_run_ctx

from dashboard import chat_rooms, faults, navigation, resources, text
from services.call_log import Waiting
from services.clients import ATTEMPTS, READ_SECONDS
from services.faults import Fault, explain, is_read

P = ParamSpec("P")
CONNECTION_WIDE = frozenset({"unreachable", "timeout", "credentials", "clock"})
"""Kinds of fault that no other call would escape, if the smallest one meets them."""
PASSING = CONNECTION_WIDE | {"denied", "throttled", "incomplete", "service"}
"""Kinds of fault that may be over when the same call is made again."""

LOOK_SECONDS = 2.0
TELL_AFTER_SECONDS = 2.5
AGAIN_SECONDS = 4.0
LONGEST_PAUSE_SECONDS = 60.0
_SINCE = "outage-since"
_ASKED = "outage-asked"
_TRIED = "outage-tried"
_DRAWING = "outage-drawing"
_TRYING = "outage-trying"
_TOLD = "outage-told"


def run(page: Page) -> None:
    """The page; or, while the connection is down, why, and then the page."""
    faults.none_yet()
    st.session_state.pop(_TOLD, None)
    st.session_state.pop(_TRYING, None)
    was_down = is_down()
    if was_down and not navigation.is_useful_offline(page) and chat_rooms.open_place() is None:
        tell(
            "No page can be shown before this is over. It says nothing about whether there is data. Asked "
            "again every few seconds, for {lasting} now; the page comes back by itself."
        )
        return
    place = st.empty()
    # st.stop() ends the page; what follows belongs to the frame.
    with _waiting_told(place), _drawing("page"), faults.shown(), suppress(StopException):
        page.run()
    if st.session_state.pop(_TOLD, False):
        return  # the page itself told why, and asks again
    _doubt_health()
    if _to_repeat():
        _begin_to_try(place, was_down=was_down)
    else:
        st.session_state.pop(_SINCE, None)


def part(draw: Callable[P, None]) -> Callable[P, None]:
    """A part of a page that is drawn again by itself when something in it is used, not the page around it.

    Like the page it tells what it waits for and what failed, and tries again what may pass. The page is drawn
    when it passes, not before: what a button's act met would not be told again.
    """
    return st.fragment(_telling(draw))


def named_part(name: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """A part that `redraw(name)` draws again, too, when something beside it is used."""

    def named(draw: Callable[P, None]) -> Callable[P, None]:
        return st.fragment(_telling(draw), key=name)

    return named


def redraw(name: str) -> None:
    """As the last thing that a widget's callback does: of the page only the part of that name is drawn again,
    not the part that the widget is in. As usual where there is no such part on the page."""
    with suppress(StreamlitAPIException):  # no such part
        st.rerun(name)


def _telling(draw: Callable[P, None]) -> Callable[P, None]:
    name = f"{draw.__module__}.{draw.__qualname__}"

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
        place = st.empty()  # with the page too, so that what follows is always at the same place
        if st.session_state.get(_DRAWING):  # the page, or the part that this one is in, does all of this
            with faults.drawing_part(name), faults.shown():
                draw(*args, **kwargs)
            return
        faults.part_anew()
        with _waiting_told(place), _drawing("part"), faults.drawing_part(name), faults.shown():
            draw(*args, **kwargs)
        _doubt_health()
        if _failed_reads() and not st.session_state.get(_TRYING):
            _begin_to_try(place, was_down=is_down())

    return drawn


def draws_alone() -> bool:
    """Whether a part of a page is being drawn again without the page around it."""
    return st.session_state.get(_DRAWING) != "page"


def _doubt_health() -> None:
    """After faults of AWS that no call escapes; a model's server (no operation) says nothing of AWS."""
    if any(fault.kind in CONNECTION_WIDE and fault.operation is not None for fault in faults.now_shown()):
        resources.doubt_health()


def _begin_to_try(place: DeltaGenerator, *, was_down: bool) -> None:
    """Tries what failed again, and says so at `place`, until the page is drawn."""
    st.session_state[_TRYING] = True
    st.session_state.setdefault(_SINCE, time.time())
    with place.container():
        _try_again(time.time(), was_down=was_down)


def _down_by() -> Fault | None:
    fault = resources.connection_health().fault
    return fault if fault is not None and fault.kind in CONNECTION_WIDE else None


def is_down() -> bool:
    """Whether the connection answers nothing useful to anybody."""
    return _down_by() is not None


def tell(meaning: str) -> None:
    """The one explanation, until all is well again; `meaning` says what it means for the page, {lasting} how
    long it has lasted."""
    st.session_state[_TOLD] = True
    st.session_state.setdefault(_SINCE, time.time())
    _down(meaning)


@st.fragment(run_every=LOOK_SECONDS)
def _down(meaning: str) -> None:
    """Each look may find that all is well again."""
    fault = _down_by()
    if fault is None:
        st.session_state.pop(_SINCE, None)
        st.rerun()
    faults.none_yet()
    faults.show_fault(fault)
    st.caption(f":material/autorenew: {meaning.format(lasting=_lasting())}")


def _lasting() -> str:
    seconds = int(time.time() - st.session_state.get(_SINCE, time.time()))
    return f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"


@contextmanager
def _drawing(what: Literal["page", "part"]) -> Iterator[None]:
    """Around the drawing of a whole page, or of a part alone: the parts in it know what draws them."""
    st.session_state[_DRAWING] = what
    try:
        yield
    finally:
        st.session_state.pop(_DRAWING, None)


@contextmanager
def _waiting_told(place: DeltaGenerator) -> Iterator[None]:
    """While the block waits long for AWS, another thread says so at `place`."""
    ended = threading.Event()
    teller = threading.Thread(target=_tell, args=(place, ended), name="waiting-told", daemon=True)
    add_script_run_ctx(teller)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def _tell(place: DeltaGenerator, ended: threading.Event) -> None:
    begun = time.monotonic()
    told = False
    wait = TELL_AFTER_SECONDS
    while not ended.wait(wait):
        wait = 1.0
        waiting = resources.waiting(begun)
        if waiting and _is_worth_telling(waiting):
            told = True
            say_waiting(place, waiting)
    if told:
        place.empty()


def _is_worth_telling(waiting: Waiting) -> bool:
    """Not of a call that was asked just now, after others that have their answers."""
    return waiting.held or waiting.failure is not None or waiting.seconds >= TELL_AFTER_SECONDS


def say_waiting(place: DeltaGenerator, waiting: Waiting) -> None:
    """Says at `place` what a call has been waiting for: its turn below the quotas or after failures, another
    attempt, or an answer."""
    what = text.label(waiting.operation)
    if waiting.after_failures:
        place.warning(
            f"**{what} waits for its turn, for {waiting.seconds:.0f} s now.** The calls before it failed, "
            "and more would make it worse: one goes out every two seconds until one is answered.",
            icon=":material/traffic:",
        )
        return
    if waiting.held:
        place.info(
            f"**{what} waits for its turn, for {waiting.seconds:.0f} s now.** Of each quota this dashboard "
            f"uses at most {resources.clients().pace.share:.0%}, all who look together: the rest is your "
            "agents'.",
            icon=":material/traffic:",
        )
        return
    if waiting.failure:
        title = text.label(explain(waiting.failure).title)
        place.warning(
            f"**{title}: {what}.** It was asked {waiting.seconds:.0f} s ago and is tried again, "
            f"{ATTEMPTS} times at most.",
            icon=":material/hourglass_top:",
        )
        return
    place.warning(
        f"**Slow or silent: {what} was asked {waiting.seconds:.0f} s ago and has not answered.** "
        f"Each call is given {READ_SECONDS} s, {ATTEMPTS} times. "
        "Refresh, in the sidebar, asks anew at once.",
        icon=":material/hourglass_top:",
    )


def _to_repeat() -> list[Fault]:
    """The failed reads that may pass when they are made again: the page's, else the sidebar's."""
    found = _failed_reads()
    health = None if found else faults.health_shown()
    return [health] if health is not None and _may_pass(health) else found


def _failed_reads() -> list[Fault]:
    return [fault for fault in faults.now_shown() if _may_pass(fault)]


def _may_pass(fault: Fault) -> bool:
    return fault.kind in PASSING and fault.operation is not None and is_read(fault.operation)


def _next_of(failed: list[Fault]) -> Fault:
    """One operation after the other: what stays denied must not keep the others from being tried."""
    calls = list({fault.operation: fault for fault in failed}.values())
    number: int = st.session_state.get(_TRIED, 0)
    st.session_state[_TRIED] = number + 1
    return calls[number % len(calls)]


@st.fragment(run_every=LOOK_SECONDS)
def _try_again(drawn_at: float, *, was_down: bool) -> None:
    """Says that parts are missing, tries a failed read again, and draws the page anew when it passes, or
    when nothing answers any longer."""
    failed = _to_repeat()
    if not failed or (is_down() and not was_down):
        st.rerun()
    now = time.time()
    lasting = now - st.session_state.get(_SINCE, now)
    pause = min(max(AGAIN_SECONDS, lasting / 8), LONGEST_PAUSE_SECONDS)
    if now - max(st.session_state.get(_ASKED, 0.0), drawn_at) >= pause:
        st.session_state[_ASKED] = now
        if resources.recovered([_next_of(failed)]):
            st.rerun()
    names = dict.fromkeys(fault.operation for fault in failed if fault.operation)
    st.caption(
        f":material/sync_problem: Not everything could be read ({text.label(', '.join(names), 200)}). "
        f"What is missing is not empty. Asked again every {pause:.0f} s, and drawn as soon as it can be read."
    )
