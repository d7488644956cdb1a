"""Who acts, and in which role: the person at the screen, also in the threads that work for them.

Without sign-in there is one person, the operating system's user, with the role of the deployment
(AGENTCORE_STUDIO_ROLE). With sign-in the dashboard says who it is (`ask`), from the identity that the
provider vouched for and a map on the server; nothing of it comes from the address bar.
AGENTCORE_STUDIO_READ_ONLY makes everybody a viewer, whoever they are.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, ParamSpec, TypeVar, get_args

from services.errors import InvalidValue

P = ParamSpec("P")
T = TypeVar("T")
Role = Literal["viewer", "curator", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Person:
    """Somebody who acts. `signed_in`: the name is one that an identity provider vouched for."""

    name: str
    role: Role
    signed_in: bool = False


SIGNED_IN_HOURS = 12
NOBODY = Person("nobody (not signed in)", "viewer")
"""Who acts where sign-in is needed and nobody is signed in."""

_present: ContextVar[Person | None] = ContextVar("person", default=None)
_asked: list[Callable[[], Person | None]] = []


def ask(who_is_there: Callable[[], Person | None]) -> None:
    """Have the dashboard say who is at the screen; None from it means that there is no sign-in here."""
    _asked[:] = [who_is_there]


def present() -> Person:
    """Who acts now. Raises InvalidValue for a role of the deployment that does not exist."""
    person = _identified() or Person(os_user(), deployment_role())
    return replace(person, role="viewer") if read_only() else person


def name_or(otherwise: str) -> str:
    """The name of who acts now, or another where nobody has signed in."""
    person = _identified()
    return person.name if person else otherwise


def _identified() -> Person | None:
    person = _present.get()
    return _asked[0]() if person is None and _asked else person


@contextmanager
def acting_as(person: Person) -> Iterator[None]:
    """In this block, of this thread, that person acts."""
    before = _present.set(person)
    try:
        yield
    finally:
        _present.reset(before)


def carried(function: Callable[P, T]) -> Callable[P, T]:
    """The function as whoever acts now would run it: for a thread, which starts with nobody.

    Whatever else belongs to this moment (an open audit entry, an authorised action) goes with it. What this
    returns can run once at a time; every thread needs one of its own.
    """
    moment = copy_context()
    moment.run(_present.set, _identified())
    return lambda *args, **kwargs: moment.run(function, *args, **kwargs)


def read_only() -> bool:
    """Whether nothing can be changed here, whatever the role."""
    return os.environ.get("AGENTCORE_STUDIO_READ_ONLY", "").strip().lower() in {"1", "true", "yes", "on"}


def deployment_role() -> Role:
    """The role of everybody where there is no sign-in: AGENTCORE_STUDIO_ROLE, else admin.

    Raises InvalidValue for a role that does not exist, rather than guessing one.
    """
    return _role(os.environ.get("AGENTCORE_STUDIO_ROLE") or "admin", "AGENTCORE_STUDIO_ROLE")


def os_user() -> str:
    """The operating system's name for who runs the dashboard."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user id without a name
        return f"uid {os.getuid()}"


def signed_in(claims: Mapping[str, Any], roles: Mapping[str, Any], now: datetime) -> Person | None:
    """Who an identity provider's claims say is there, in the role that the map gives them; None when they
    signed in too long ago: `hours` of the map, 12 unless given, since the claim `iat`.

    `roles` is the section `[roles]` of secrets.toml: `claim` names the claim that is looked up (`email`),
    which may be a list (`groups`); `admin`, `curator` and `viewer` list its values; `default` is the role of
    those who are in no list, viewer unless given. Of several roles the highest counts. An e-mail address that
    the provider says is not verified gives no role. Raises InvalidValue for a map with a mistake in it.
    """
    unknown = sorted(set(roles) - {"claim", "default", "hours", *ROLES})
    if unknown:
        raise InvalidValue(
            f"[roles] in secrets.toml has {unknown[0]}; it takes claim, default, {', '.join(ROLES)}."
        )
    if _is_over(claims, roles.get("hours", SIGNED_IN_HOURS), now):
        return None
    claim = str(roles.get("claim", "email"))
    role = _role(str(roles.get("default", "viewer")), "default in [roles]")
    values = _values(claims, claim)
    for better in ROLES[ROLES.index(role) + 1 :]:
        listed = roles.get(better, [])
        if isinstance(listed, str):
            raise InvalidValue(f"{better} in [roles] of secrets.toml has to be a list.")
        if values & {_folded(claim, str(each)) for each in listed}:
            role = better
    return Person(_name(claims), role, signed_in=True)


def _is_over(claims: Mapping[str, Any], hours: Any, now: datetime) -> bool:
    """Streamlit's cookie lasts 30 days and is not held against the provider again."""
    if isinstance(hours, bool) or not isinstance(hours, (int, float)) or hours <= 0:
        raise InvalidValue("hours in [roles] of secrets.toml has to be a number above 0.")
    issued = claims.get("iat")
    return not isinstance(issued, (int, float)) or now.timestamp() - issued > hours * 3600


def _values(claims: Mapping[str, Any], claim: str) -> set[str]:
    if claim == "email" and claims.get("email_verified") in (False, "false"):
        return set()
    value = claims.get(claim)
    found = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
    return {_folded(claim, str(each)) for each in found}


def _folded(claim: str, value: str) -> str:
    """E-mail addresses differ in case only by who wrote them down; ids and groups may differ in it."""
    return value.strip().casefold() if claim == "email" else value


def _name(claims: Mapping[str, Any]) -> str:
    for claim in ("email", "preferred_username", "sub"):
        if claims.get(claim) and _values(claims, claim):  # nobody acts under an address that was not verified
            return str(claims[claim])
    return "somebody without a name"


def _role(name: str, source: str) -> Role:
    for role in ROLES:
        if name == role:
            return role
    raise InvalidValue(f"{source} is “{name}”; use viewer, curator or admin.")
