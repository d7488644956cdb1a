"""The AWS calls that the dashboard made lately: what was asked, how long it took, how it ended, as code."""

import pandas as pd
import streamlit as st

from dashboard import resources, text
from services import snippets
from services.call_log import CallRecord

SHOWN = 100


def popover() -> None:
    """The button in the sidebar; the list is drawn only while it is open."""
    opened = st.popover("AWS calls", icon=":material/swap_calls:", key="aws-calls", on_change="rerun")
    if opened.open:
        with opened:
            _list()


def _list() -> None:
    live = resources.clients()
    calls = live.calls[::-1][:SHOWN]
    if not calls:
        st.caption("This connection was not asked anything yet.")
        return
    st.caption(
        f"The last {len(calls)} of {live.call_count():,} calls of this connection, newest first, whoever "
        "caused them. A page that asked nothing new shows answers of the last 30 seconds."
    )
    chosen = st.dataframe(
        pd.DataFrame([_row(call) for call in calls]),
        key="aws-calls-table",
        on_select="rerun",
        selection_mode="single-row",
        hide_index=True,
        column_config={
            "At": st.column_config.DatetimeColumn("At", format="HH:mm:ss", width=75),
            "ms": st.column_config.NumberColumn("ms", format="%.0f", width=60),
            "Sent": st.column_config.NumberColumn("Sent", width=50),
            # As wide as the longest code that is common, ResourceNotFoundException.
            "Ended": st.column_config.TextColumn("Ended", width=200),
        },
        height="auto" if len(calls) <= 10 else 386,
        alt="AWS calls, newest first",
    )
    rows = chosen["selection"]["rows"]
    if rows and rows[0] < len(calls):
        _code(calls[rows[0]])
    else:
        st.caption("Choose a call to see it as code.")


def _row(call: CallRecord) -> dict[str, object]:
    return {
        "Call": call.operation,
        "At": call.started_at,
        "ms": call.seconds * 1000,
        "Sent": call.attempts,
        "Ended": call.error_code or str(call.status or ""),
    }


def _code(call: CallRecord) -> None:
    if call.service == "bedrock-agentcore" or call.service.startswith("bedrock"):
        code = snippets.boto3_call(resources.connection(), call.service, call.operation, dict(call.params))
        st.code(text.visible(code), language="python", wrap_lines=True)
        st.caption("Long texts are cut here.")
    else:
        st.caption("This call fetched credentials; what it sent is not kept.")
