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
    held = live.held_now()
    if held:
        st.caption(
            f":material/traffic: {format.count(held, 'call')} wait{'s' * (held == 1)} for a turn: of each "
            f"quota at most {live.pace.share:.0%} is used."
        )
    calls = _wanted(live)
    if not calls:
        return
    frame = pd.DataFrame([_row(call) for call in calls])
    chosen = st.dataframe(
        frame,
        key="aws-calls-table",
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        column_config={
            "At": times.column("At", frame["At"], form=times.CLOCK),
            "Charged as": st.column_config.TextColumn(
                "Charged as", width=90, help="What AWS charges such a call as; at a local endpoint nothing is"
            ),
            "ms": st.column_config.NumberColumn("ms", format="%.0f", width=60),
            "Waited": st.column_config.NumberColumn(
                "Waited", format="%.0f", width=60, help="Milliseconds before it was sent, below the quotas"
            ),
            "Sent": st.column_config.NumberColumn("Sent", width=50),
            "Ended": st.column_config.TextColumn("Ended", width=110),
        },
        height="auto" if len(calls) <= 10 else 386,
        alt="AWS calls, newest first",
    )
    rows = chosen["selection"]["rows"]
    if rows and rows[0] < len(calls):
        _code(calls[rows[0]])
    else:
        st.caption("Choose a call to see it as code.")


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
