"""The sidebar: which endpoint is live, whether it answers, and the form that changes it."""

import streamlit as st

from dashboard import faults, format, resources, state, text, times
from dashboard.components import calls
from services import connection as connections
from services.clients import Health

KINDS = {"embedded": "Embedded endpoint", "profile": "AWS profile", "custom": "Custom endpoint"}
SLOW_SECONDS = 2.0


def sidebar() -> None:
    """Draws the connection into the sidebar; stops the run when the address bar names an unusable one."""
    with st.sidebar:
        state.default(state.Key.CONNECTION, connections.embedded_connection().key)
        try:
            live = resources.connection()
        except ValueError as problem:
            _unusable(problem)
        with st.container(key="connection-live", gap="xxsmall"):
            text.plain(live.label)
            health = resources.connection_health()
            _health(health)
            _actions(live)
            if health.account:
                st.caption(f"Account {text.label(health.account)}")
            if health.fault is None:
                with faults.shown():
                    _endpoint()
            st.caption(f"Times in {times.zone_in_words()}")


def _actions(live: connections.Connection) -> None:
    with st.container(horizontal=True, gap="small"):
        with st.popover("Change", type="tertiary"):
            _form(live)
        st.button(
            "Refresh",
            type="tertiary",
            key="connection-refresh",
            on_click=resources.refresh,
            help="Answers are kept for 30 seconds. This asks AWS again now.",
        )
        calls.popover()


def _unusable(problem: ValueError) -> None:
    """A link named a connection that can't be used: say why, and offer the one that is always there."""
    faults.show(problem)
    embedded = connections.embedded_connection()
    st.button("Use the embedded endpoint", key="connect-fallback", on_click=_connect, args=(embedded.key,))
    st.stop()


def _health(health: Health) -> None:
    faults.note_health(health.fault)
    if health.fault:
        if health.reachable:
            st.badge("Refused", icon=":material/lock:", color="orange")
        else:
            st.badge("Not available", icon=":material/cloud_off:", color="red")
        text.plain(health.fault.title)
        return
    took = format.seconds(health.seconds)
    if health.seconds >= SLOW_SECONDS:
        st.badge(f"Slow · {took}", icon=":material/hourglass_top:", color="orange")
    else:
        st.badge(f"Live · {took}", icon=":material/check_circle:", color="green")


def _endpoint() -> None:
    """What an endpoint that is not AWS tells of itself."""
    status = resources.live_endpoint_status()
    if status and status.extractor:
        st.caption(f"Extracts: {text.label(status.extractor)}")
    if status and status.trouble:
        st.warning(text.label(status.trouble, 300), icon=":material/healing:")
    for switch in status.switches if status else ():
        st.badge(text.label(f"Switched on there: {switch}", 120), icon=":material/toggle_on:", color="orange")


def _form(live: connections.Connection) -> None:
    kind = st.segmented_control(
        "Kind",
        list(KINDS),
        default=live.kind,
        format_func=KINDS.__getitem__,
        key="connection-kind",
        required=True,
    )
    if kind == "profile":
        _profile_form(live)
    elif kind == "custom":
        _custom_form(live)
    else:
        _embedded_form(live)


def _embedded_form(live: connections.Connection) -> None:
    region = _region(live if live.kind == "embedded" else connections.embedded_connection())
    st.caption("A local process that speaks the AWS protocol. No account is needed. It keeps regions apart.")
    key = connections.embedded_connection(region).key
    st.button("Connect", key="connect-embedded", type="primary", on_click=_connect, args=(key,))


def _profile_form(live: connections.Connection) -> None:
    profiles = [None, *connections.profile_names()]
    index = profiles.index(live.profile) if live.kind == "profile" and live.profile in profiles else 0
    profile = st.selectbox(
        "Profile",
        profiles,
        index=index,
        format_func=lambda name: name or "Default credentials (environment, SSO or role)",
        key="connection-profile",
    )
    region = _region(live)
    if len(profiles) == 1:
        st.caption("No named profile is configured on this machine; `aws configure` makes one.")
    key = connections.Connection(kind="profile", region=region, profile=profile).key
    st.button("Connect", key="connect-profile", type="primary", on_click=_connect, args=(key,))


def _custom_form(live: connections.Connection) -> None:
    url = st.text_input(
        "Endpoint URL", live.endpoint_url or "", placeholder="http://127.0.0.1:8765", key="connection-url"
    )
    region = _region(live)
    st.caption("Only fixed dummy keys are sent there, never your AWS credentials.")
    if not url:
        return
    try:
        connections.check_endpoint_url(url)
    except ValueError as problem:
        st.error(text.label(str(problem), 300), icon=":material/link_off:")
        return
    key = connections.Connection(kind="custom", region=region, endpoint_url=url).key
    st.button("Connect", key="connect-custom", type="primary", on_click=_connect, args=(key,))


def _region(live: connections.Connection) -> str:
    regions = connections.regions()
    options = regions if live.region in regions else [live.region, *regions]
    return st.selectbox("Region", options, index=options.index(live.region), key="connection-region")


def _connect(key: str) -> None:
    state.put(connection=key)
