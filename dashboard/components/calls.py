"""The AWS calls that the dashboard made lately: what was asked, how long it took, how it ended, as code."""

import pandas as pd
import streamlit as st

from dashboard import format, resources, text, times
from services import snippets
from services.call_costs import cost_of
from services.call_log import CallRecord
from services.clients import Clients

SHOWN = 100
HERE, ALL = "This page", "The connection"
ROW, TALLEST, TALLEST_WITH_CODE = 35, 386, 246
"""Pixels: a table with more rows scrolls, so that some of the code below it is seen."""
_CHOSEN, _SHOWN = "aws-call-chosen", "aws-calls-shown"
ROOM = 560
"""Pixels for the list, kept free before it is drawn: the popover opens to where it finds so much."""


def popover() -> None:
    """The button in the sidebar; the list is drawn only while it is open."""
    opened = st.popover("AWS calls", type="tertiary", key="aws-calls", on_change="rerun")
    with opened, st.container(height=ROOM, border=False, key="aws-calls-room"):
        if opened.open:
            _list()
        else:
            st.caption("Being read…")


def _list() -> None:
    live = resources.clients()
    _held(live)
    calls = _wanted(live)
    if not calls:
        return
    chosen = _table(calls)
    if chosen is not None:
        _code(chosen)
    else:
        st.caption("Choose a call to see it as code.")


def _table(calls: list[CallRecord]) -> CallRecord | None:
    """The calls as a table; the one that is chosen. It stays so while newer ones come before it: a table
    keeps its selection by position, so each list is a table of its own, which begins with that call's."""
    current = st.session_state.get(_CHOSEN)
    expected = [number for number, call in enumerate(calls) if call is current]
    widget = f"aws-calls-{format.fingerprint([f'{call.started_at} {call.operation}' for call in calls])}"
    shown, at_first = st.session_state.get(_SHOWN, ("", []))
    if shown != widget:
        at_first = expected
        st.session_state[_SHOWN] = (widget, at_first)

    def choose() -> None:
        rows = st.session_state[widget]["selection"]["rows"]
        st.session_state[_CHOSEN] = calls[rows[0]] if rows else None

    frame = pd.DataFrame([_row(call) for call in calls])
    tallest = TALLEST_WITH_CODE if expected else TALLEST
    st.dataframe(
        frame,
        key=widget,
        on_select=choose,
        selection_mode="single-row",
        selection_default={"selection": {"rows": at_first}},
        hide_index=True,
        column_config={
            "Call": st.column_config.TextColumn("Call", width=190),
            "At": times.column("At", frame["At"], form=times.CLOCK),
            "ms": st.column_config.NumberColumn("ms", format="%.0f", width=55),
            "Waited": st.column_config.NumberColumn(
                "Waited", format="%.0f", width=65, help="Milliseconds before it was sent, below the quotas"
            ),
            "Sent": st.column_config.NumberColumn("Sent", width=50),
            "Ended": st.column_config.TextColumn("Ended", width=90),
            "Charged as": st.column_config.TextColumn(
                "Charged as", width=85, help="What AWS charges such a call as; at a local endpoint nothing is"
            ),
        },
        height="content" if ROW * (len(calls) + 1) <= tallest else tallest,
        alt="AWS calls, newest first",
    )
    return current if expected else None


def _held(live: Clients) -> None:
    """How many calls wait for their turn, and why."""
    paced, after_failures = live.held_now()
    for number, why in (
        (paced, f"of each quota at most {live.pace.share:.0%} is used."),
        (after_failures, "those before failed. One goes out every two seconds until one is answered."),
    ):
        if number:
            waits = f"{format.count(number, 'call')} wait{'s' * (number == 1)}"
            st.caption(f":material/traffic: {waits} for a turn: {why}")


def _wanted(live: Clients) -> list[CallRecord]:
    """The calls of this page in this browser session, or of the connection, newest first."""
    wanted = st.segmented_control(
        "Whose calls",
        (HERE, ALL),
        key="whose-aws-calls",
        default=HERE,
        required=True,
        label_visibility="collapsed",
    )
    every = live.calls[::-1]
    if wanted == ALL:
        calls = every[:SHOWN]
        st.caption(
            f"The last {len(calls)} of {live.call_count():,} calls of this connection, newest first, whoever "
            "caused them. A page that asked nothing new shows answers of the last 30 seconds."
            if calls
            else "This connection was not asked anything yet."
        )
        return calls
    own = [call for call in every if call.caller == resources.this_page()]
    st.caption(
        f"{_how_many(own, live)} of this page while you look at it, newest first. What was asked in the last "
        "30 seconds, here or elsewhere, is not asked again."
    )
    return own[:SHOWN]


def _how_many(own: list[CallRecord], live: Clients) -> str:
    """How many calls, as far as they are kept: of all calls the last few hundred are."""
    shown = f"{format.count(len(own), 'call')}"
    kept = "" if live.call_count() == len(live.calls) else f" among the last {len(live.calls)}"
    return f"The last {SHOWN} of {shown}{kept}" if len(own) > SHOWN else f"{shown}{kept}"


def _row(call: CallRecord) -> dict[str, object]:
    return {
        "Call": call.operation,
        "At": call.started_at,
        "ms": call.seconds * 1000,
        "Waited": call.waited * 1000,
        "Sent": call.attempts,
        "Ended": call.error_code or str(call.status or ""),
        "Charged as": cost_of(call.operation),
    }


def _code(call: CallRecord) -> None:
    times.badge(call.started_at, "Sent")
    if call.service == "bedrock-agentcore" or call.service.startswith("bedrock"):
        code = snippets.boto3_call(resources.connection(), call.service, call.operation, dict(call.params))
        st.code(text.visible(code), language="python", wrap_lines=True)
        st.caption("Long texts are cut here.")
    else:
        st.caption("This call fetched credentials; what it sent is not kept.")
