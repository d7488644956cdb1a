"""What the person's role does not allow: controls are switched off, and it is said why."""

import streamlit as st

from services.authorization import NotAuthorized, authorize, current_role

_MEANING = {
    "viewer": "You may look, but change nothing",
    "curator": "You may correct records and delete events, but not change memories",
}


def refused(operation: str) -> str | None:
    """Why the role may not call an AWS operation (`UpdateMemory`), as a sentence; None when it may."""
    try:
        authorize(current_role(), operation)
    except NotAuthorized as refusal:
        meaning = _MEANING.get(refusal.role, "You may not do this")
        return f"{meaning}: your role here is {refusal.role}. It takes the role {_least(operation)}."
    return None


def _least(operation: str) -> str:
    """The least role that may call an operation."""
    try:
        authorize("curator", operation)
    except NotAuthorized:
        return "admin"
    return "curator"


def say(operation: str) -> str | None:
    """As `refused`, and says it in place."""
    why = refused(operation)
    if why:
        st.caption(f":material/lock: {why}")
    return why
