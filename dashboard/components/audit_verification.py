"""The button that verifies the audit trail, and what it found."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import faults, format, resources, text, times
from services.workspace.audit_verification import Verification

_KEY = "audit-verified"
SHOWN = 50


def button() -> None:
    """Verifies the whole trail on a click."""
    st.button(
        "Verify",
        icon=":material/verified_user:",
        key="audit-verify",
        on_click=_verify,
        help="Holds every row, every text and the end of the trail against their seals",
    )


def _verify() -> None:
    with faults.shown():
        st.session_state[_KEY] = (datetime.now(UTC), resources.verify_audit())


def result() -> None:
    """What the last verification in this browser tab found."""
    if _KEY not in st.session_state:
        return
    at, found = st.session_state[_KEY]
    with st.container(border=True, key="audit-verification"):
        if found.intact:
            st.success("**The audit trail is intact.**", icon=":material/verified_user:")
        else:
            number = format.count(len(found.findings), "finding")
            st.error(f"**The audit trail is not intact: {number}.**", icon=":material/gpp_bad:")
        _figures(at, found)
        for note in found.notes:
            text.plain(f"Note: {note}")
        for finding in found.findings[:SHOWN]:
            text.plain(f"· {finding.text}")
        if len(found.findings) > SHOWN:
            st.caption(f"The first {SHOWN} of {len(found.findings):,}; `make audit-verify` tells all.")
        with st.expander("What this proves, and what it does not"):
            _limits(found)


def _figures(at: datetime, found: Verification) -> None:
    with st.container(horizontal=True, gap="small"):
        st.badge(format.count(found.rows, "row"), color="gray")
        st.badge(format.count(found.documents, "text"), color="gray")
        if found.erased:
            st.badge(f"{format.count(found.erased, 'text')} erased on request", color="blue")
        times.badge(at, "Verified")


def _limits(found: Verification) -> None:
    st.markdown(
        "Each row is sealed with a secret key, together with the row before it. A file outside the database, "
        "the anchor, says where the trail ends. So it shows when rows or texts were changed, deleted, put "
        "in, swapped or cut off, and when the anchor or the key was replaced.\n\n"
        "It does not show what somebody forged who has the key, nor that database **and** anchor were put "
        "back to the same earlier moment. Exports help against both: each names the end of the trail at its "
        "time. Keep one elsewhere; `make audit-verify EXPORT=file.json` holds the trail against it. What "
        "other programs change in AWS is not written down here."
    )
    st.caption("The end of the trail: number of rows, and the seal of the last one")
    text.identifier(f"{found.end.count} {found.end.head}")
