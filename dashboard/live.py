"""The live connection: its clients and its health, how answers from it are forgotten, and our own database.

Pages reach all of this through `dashboard.resources`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import sign_in as _sign_in  # noqa: F401 - says who is at the screen
from dashboard import state
from dashboard.freshness import Generations, Source
from services import connection as connections
from services.call_log import Waiting, caller
from services.clients import Clients, Health, health, open_clients, pace_of
from services.connection import Connection
from services.endpoint_status import EndpointStatus, endpoint_status
from services.errors import InvalidValue
from services.faults import CALL_ERRORS, Fault, explain
from services.heartbeat import Heartbeat, Retries
from services.pacing import Pace
from services.workspace.store import Workspace, open_workspace

STATUS_SECONDS = 15


def connection() -> Connection:
    """The connection named in the address bar; the embedded endpoint when none is."""
    key = state.get(state.Key.CONNECTION)
    return connections.parse_connection(key) if key else connections.embedded_connection()


@st.cache_resource(max_entries=64, show_spinner=False)
def _pace(reaches: str, _connection: Connection) -> Pace:
    """One pace for all that is sent to one place: clients come and go, what they sent still counts."""
    return pace_of(_connection)


@st.cache_resource(max_entries=16, ttl=3600, show_spinner=False)
def _clients(key: str) -> Clients:
    wanted = connections.parse_connection(key)
    return open_clients(wanted, pace=_pace(wanted.reaches, wanted), trail=workspace)


def clients() -> Clients:
    """The clients of the live connection: created once, shared by all pages and people."""
    caller.set(this_page())
    return _clients(connection().key)


def this_page() -> str:
    """The page that is drawn, in its viewer's session, as the log of calls names it; "" where none is."""
    context = get_script_run_ctx(suppress_warning=True)
    return f"{context.session_id} {state.page()}" if context else ""


def clients_at(key: str) -> Clients:
    """The clients of the connection of that key."""
    return _clients(key)


def clients_of(source: Source) -> Clients:
    """The clients of the connection that a cached read asks."""
    return _clients(source.key)


@st.cache_resource(max_entries=1)
def _generations() -> Generations:
    return Generations()


def forgetter(*below: str) -> Callable[[], None]:
    """What forgets a place below the live connection; it may be called in any thread."""
    return partial(_generations().forget, connection().key, *below)


def refresh() -> None:
    """Forgets every answer of the live connection and its credentials: the next run asks AWS again."""
    forgetter()()
    _clients.clear(connection().key)


def source(*below: str) -> Source:
    """The live connection, or a place below it, as an argument of a cached read."""
    caller.set(this_page())
    key = connection().key
    return Source(key, _generations().of(key, *below))


def drop_refused(fault: Fault | None) -> None:
    """After a fault of credentials the next call reads them anew: clients keep those they were made with."""
    _drop_refused(connection().key, fault)


def _drop_refused(key: str, fault: Fault | None) -> None:
    if fault is not None and fault.kind == "credentials":
        _clients.clear(key)


@contextmanager
def calling() -> Iterator[None]:
    """Around calls at the live connection: sees to it that refused credentials are not kept."""
    try:
        yield
    except CALL_ERRORS as error:
        drop_refused(explain(error))
        raise


def _health(key: str) -> Health:
    try:
        found = health(_clients(key))
    except CALL_ERRORS as error:  # no clients could be made: no such profile, a forbidden address
        return Health(reachable=False, seconds=0.0, account=None, fault=explain(error))
    _drop_refused(key, found.fault)
    return found


@st.cache_resource(max_entries=32, ttl=3600, show_spinner=False)
def _heartbeat(asked: Source) -> Heartbeat:
    return Heartbeat(partial(_health, asked.key), partial(_heard, asked.key))


def _heard(key: str) -> tuple[float, float] | None:
    try:
        return _clients(key).last_well()
    except CALL_ERRORS:  # no clients can be made; `_health` says why
        return None


@st.cache_resource(max_entries=16)
def _retries(key: str) -> Retries:
    return Retries()


def connection_health() -> Health:
    """Whether the live connection answers, how fast, and as which account; never raises what a call may.

    Returns within about four seconds, also while nothing answers.
    """
    try:
        return _heartbeat(source()).look()
    except InvalidValue as error:  # the address bar names no connection
        return Health(reachable=False, seconds=0.0, account=None, fault=explain(error))


def doubt_health() -> None:
    """A call of the live connection failed as if nobody answered: its health is not believed any longer."""
    _heartbeat(source()).doubt()


def heard_memories(asked: Source, *below: str) -> tuple[dict[str, Any], ...] | None:
    """All memories of a connection, where its heartbeat asked for them just now; else None, also where the
    place `below` it was forgotten since."""
    forgotten = _generations().forgotten_at(asked.key, *below)
    return _heartbeat(Source(asked.key, _generations().of(asked.key))).memories(forgotten)


def waiting(since: float) -> Waiting | None:
    """Of the calls begun after `since` (time.monotonic) the one that waits longest; None when none does."""
    return clients().waiting(since)


def recovered(failed: Iterable[Fault]) -> bool:
    """Repeats one failed read, once for all who wait; when it passes or fails in another way, everything is
    forgotten."""
    fault = next(iter(failed), None)
    if fault is None or fault.operation is None:
        return False
    now, just_tried = _retries(connection().key).again(clients(), fault.operation)
    if now is not None and now.kind == fault.kind:
        return False
    if just_tried:  # else whoever tried has forgotten everything, and others may have read again since
        refresh()
    return True


@st.cache_data(ttl=STATUS_SECONDS, max_entries=32, show_spinner=False)
def _endpoint_status(asked: Source, endpoint_url: str) -> EndpointStatus | None:
    return endpoint_status(endpoint_url)


def live_endpoint_status() -> EndpointStatus | None:
    """What a non-AWS endpoint says of itself; None on AWS."""
    url = connection().endpoint_url
    return _endpoint_status(source(), url) if url else None


def extractor_label() -> str | None:
    """Who extracts memories at the live connection, when the endpoint says so (AWS does not)."""
    status = live_endpoint_status()
    return status.extractor if status else None


@st.cache_resource(max_entries=1, show_spinner=False)  # it is asked for in a thread of no page, too
def workspace() -> Workspace:
    """The dashboard's own database."""
    return open_workspace(None)
