"""Who is at the screen: the way in, and in the sidebar the name, the role and the way out."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.auth_util import is_authlib_installed

from dashboard import faults, sign_in, text
from services import people
from services.errors import InvalidValue

_MEANING = {
    "viewer": "You may look, but change nothing",
    "curator": "You may correct and review what is remembered",
    "admin": "You may change everything",
}


@contextmanager
def first_signed_in() -> Iterator[bool]:
    """Around the menu: whether it may be shown.

    Where people have to sign in and nobody is, the way in is drawn behind it and the run ends there; it ends
    there too where the settings have a mistake.
    """
    mistake: InvalidValue | None = None
    is_in = False
    try:
        is_in = not sign_in.is_needed() or people.present() != people.NOBODY
    except InvalidValue as problem:
        mistake = problem
    yield is_in
    if mistake is not None:
        faults.show(mistake)
    elif not is_in:
        _way_in()
    if not is_in:
        st.stop()


def _way_in() -> None:
    st.header("Sign in", anchor=False)
    st.caption("This dashboard shows what agents remember of people. Sign in to see it.")
    if not is_authlib_installed():
        st.error("Sign-in needs the package Authlib: install the requirements anew.", icon=":material/login:")
        return
    for name in sign_in.providers():
        st.button(
            f"Sign in with {text.label(name)}" if name else "Sign in",
            key=f"sign-in-{name or 'default'}",
            type="primary",
            icon=":material/login:",
            on_click=st.login,
            args=(name,) if name else (),
        )


def sidebar() -> None:
    """Who is signed in, and what the role means; without sign-in only what is not allowed here."""
    person = people.present()
    with st.sidebar.container(key="person", gap="xxsmall"):
        if person.signed_in:
            text.plain(person.name)
        if people.read_only():
            st.badge("Read-only", icon=":material/lock:", color="gray", help="Nothing can be changed here")
        elif person.signed_in or person.role != "admin":
            st.badge(person.role.capitalize(), color="gray", help=_MEANING[person.role])
        if person.signed_in:
            st.button(
                "Sign out", key="sign-out", type="tertiary", icon=":material/logout:", on_click=st.logout
            )
