"""The live connection: its clients and its health, how answers from it are forgotten, and our own database.

Pages reach all of this through `dashboard.resources`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.freshness import Generations, Source
from services import (
    connection as connections,
)
from services.clients import Clients, Health, health, open_clients
from services.connection import Connection
from services.endpoint_status import EndpointStatus, endpoint_status
from services.faults import CALL_ERRORS, Fault, explain
from services.workspace.store import Workspace, open_workspace

HEALTH_SECONDS = 15


def connection() -> Connection:
    """The connection named in the address bar; the embedded endpoint when none is."""
    key = state.get(state.Key.CONNECTION)
    return connections.parse_connection(key) if key else connections.embedded_connection()


@st.cache_resource(max_entries=16, ttl=3600)
def _clients(key: str) -> Clients:
    return open_clients(connections.parse_connection(key))


def clients() -> Clients:
    """The clients of the live connection: created once, shared by all pages and people."""
    return _clients(connection().key)


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
    key = connection().key
    return Source(key, _generations().of(key, *below))


def drop_refused(fault: Fault | None) -> None:
    """After a fault of credentials the next call reads them anew: clients keep those they were made with."""
    if fault is not None and fault.kind == "credentials":
        _clients.clear(connection().key)


@contextmanager
def calling() -> Iterator[None]:
    """Around calls at the live connection: sees to it that refused credentials are not kept."""
    try:
        yield
    except CALL_ERRORS as error:
        drop_refused(explain(error))
        raise


@st.cache_data(ttl=HEALTH_SECONDS, max_entries=32, show_spinner=False)
def _health(asked: Source) -> Health:
    found = health(clients_of(asked))
    drop_refused(found.fault)
    return found


def connection_health() -> Health:
    """Whether the live connection answers, how fast, and as which account; never raises what a call may."""
    try:
        return _health(source())
    except CALL_ERRORS as error:  # no clients could be made: no such profile, a forbidden address
        return Health(reachable=False, seconds=0.0, account=None, fault=explain(error))


@st.cache_data(ttl=HEALTH_SECONDS, max_entries=32, show_spinner=False)
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


@st.cache_resource(max_entries=1)
def workspace() -> Workspace:
    """The dashboard's own database."""
    return open_workspace(None)
