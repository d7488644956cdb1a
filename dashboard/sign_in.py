"""Signing in with an OpenID Connect provider, where `.streamlit/secrets.toml` has a section `[auth]`.

Streamlit does the protocol (`st.login`) and keeps a signed cookie; who that is and what they may do is
decided here on the server, from the provider's claims and the section `[roles]`. Without `[auth]` there is no
sign-in: then everybody has the role of the deployment. A file that cannot be read lets nobody in.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import config
from streamlit.runtime.scriptrunner import get_script_run_ctx

from services import people
from services.errors import InvalidValue
from services.people import NOBODY, Person


def is_needed() -> bool:
    """Whether people have to sign in here. InvalidValue for settings that cannot be understood."""
    auth = _section("auth")
    if not auth and _section("roles"):
        raise InvalidValue("secrets.toml has [roles] but no [auth]: nobody could sign in to have a role.")
    return bool(auth)


def providers() -> list[str | None]:
    """The providers to choose from by name, `[auth.NAME]`; one without where `[auth]` itself is one."""
    auth = _section("auth")
    named = sorted(
        name for name, value in auth.items() if isinstance(value, Mapping) and name != "client_kwargs"
    )
    return [None] if auth.get("client_id") or not named else [*named]


def who_is_there() -> Person | None:
    """Who is signed in in this browser session; NOBODY when nobody is, None where there is no sign-in.

    In a thread that belongs to no session it is nobody: whoever starts one to change something takes the
    person along (`people.carried`).
    """
    try:
        if not is_needed():
            return None
    except InvalidValue:
        return NOBODY  # `required` says why
    if get_script_run_ctx(suppress_warning=True) is None:
        return NOBODY
    claims: dict[str, Any] = dict(st.user.to_dict())
    if not claims.get("is_logged_in"):
        return NOBODY
    return people.signed_in(claims, _section("roles"), datetime.now(UTC)) or NOBODY


def _section(name: str) -> dict[str, Any]:
    """A section of secrets.toml, empty when there is none; InvalidValue when the file cannot be read.

    Streamlit takes a file that cannot be read for one that is not there.
    """
    if not st.secrets.load_if_toml_exists():
        broken = [path for path in config.get_option("secrets.files") or () if Path(path).exists()]
        if broken:
            raise InvalidValue(f"{broken[0]} cannot be read, so nobody can sign in.")
        return {}
    section = st.secrets.get(name, {})
    if not isinstance(section, Mapping):
        raise InvalidValue(f"{name} in secrets.toml has to be a section, [{name}].")
    return dict(section)


people.ask(who_is_there)
