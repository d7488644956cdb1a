"""Which reads are allowed, and the policies for each role."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import faults, format, resources, state, text
from dashboard.state import Key
from services import access_check
from services.access_check import Access
from services.authorization import Role

ROLES: dict[Role, str] = {
    "viewer": "View: every read, nothing else",
    "curator": "Curate: also correct and delete single records and events, start failed extractions",
    "admin": "Administer: also create, change and delete memories, and write events",
}
_COLORS: dict[str, format.Color] = {"allowed": "green", "denied": "red", "unknown": "gray"}


def tried(memory_id: str | None) -> None:
    """What each read ended with, tried once when asked for."""
    st.caption(
        "Tries each read once, as small as it can be. Nothing is changed, and writes are not tried. "
        f"The tried memory: {text.label(memory_id or 'none; calls about a memory stay unknown')}."
    )
    if st.button("Try every read", type="primary", icon=":material/lock_open:", key="try-access"):
        st.session_state["access"] = (resources.connection().key, resources.access(memory_id))
    where, found = st.session_state.get("access", (None, []))
    if where == resources.connection().key:
        _table(found)


def _table(found: list[Access]) -> None:
    with st.container(horizontal=True, gap="small"):
        for verdict, color in _COLORS.items():
            number = sum(each.verdict == verdict for each in found)
            if number:
                st.badge(f"{number} {verdict}", color=color)
    rows: list[dict[str, Any]] = [
        {
            "Call": each.operation,
            "Verdict": each.verdict,
            "IAM action": each.iam_action,
            "Why": _why(each),
        }
        for each in found
    ]
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        column_config={
            "Call": st.column_config.TextColumn(width=180),
            "Verdict": st.column_config.TextColumn(width=75),
            "IAM action": st.column_config.TextColumn(width=290),
            "Why": st.column_config.TextColumn(width=460),
        },
        alt="Reads and whether they are allowed",
    )


def _why(each: Access) -> str:
    """What AWS said; for an allowed call that ended in an error, why that error shows that it is allowed."""
    if each.fault is None:
        return "" if each.verdict == "allowed" else "Needs a memory to ask about"
    if each.fault.operation not in (each.operation, None):
        return f"Not tried: it needs {each.fault.operation} first"
    if each.verdict != "allowed":
        return each.fault.title
    if each.fault.kind == "not_found":
        return "Asked for what does not exist: AWS looked, so it had not denied the call"
    return "Refused for another reason, which AWS looks at after the permission"


def policies(memory_arns: list[str]) -> None:
    """The least policy of each role, for one memory or all, to copy."""
    st.subheader("Policies", anchor=False)
    only = bool(memory_arns) and st.toggle("Only for the memory above", key="policy-for-one")
    for tab, role in zip(st.tabs([name.title() for name in ROLES]), ROLES, strict=True):
        with tab:
            st.caption(ROLES[role])
            st.code(access_check.policy(role, memory_arns if only else None), language="json")
    st.caption(
        "A memory with a customer-managed KMS key also needs kms:Decrypt and kms:GenerateDataKey on that key."
    )


def memory_to_try() -> str | None:
    """The id of the memory to ask about: the address bar's, else the first one, as other pages choose it."""
    fault = resources.connection_health().fault
    if fault:
        faults.show_fault(fault)
    else:
        with faults.shown():
            listing = resources.memory_summaries()
            if listing.rows:
                state.default(Key.MEMORY, min((row["id"] for row in listing.rows), key=str.lower))
    st.session_state["memory-to-try"] = state.get(Key.MEMORY) or ""

    def changed() -> None:
        state.put(memory=st.session_state["memory-to-try"].strip() or None)

    st.text_input(
        "Memory id",
        key="memory-to-try",
        on_change=changed,
        placeholder="The id of a memory; needed where memories may not be listed",
    )
    return state.get(Key.MEMORY)


def arns(memory_id: str | None) -> list[str]:
    """The memory's ARN for a policy, of whichever account; none without a memory."""
    region = resources.connection().region
    return [f"arn:aws:bedrock-agentcore:{region}:*:memory/{memory_id}"] if memory_id else []
