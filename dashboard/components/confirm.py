"""The way to every destructive act: what will happen, a typed word, and what can be undone."""

import streamlit as st

from dashboard import text


def typed(consequence: str, word: str, action: str, *, key: str, icon: str = ":material/delete:") -> bool:
    """Shows the consequence and a button that works once `word` was typed; True on the run of the click."""
    text.plain(consequence)
    st.caption("Type this to confirm:")
    text.identifier(word)
    given = st.text_input(
        "Confirmation", key=f"{key}-typed", label_visibility="collapsed", placeholder=word, live=True
    )
    return st.button(
        action,
        key=f"{key}-confirmed",
        type="primary",
        icon=icon,
        disabled=given.strip() != word,
    )
