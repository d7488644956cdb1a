"""What is made of kept answers, such as the table of a list: made once, however often a page is drawn."""

import hashlib
from array import array
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from dashboard.resources.keeping import FRESH_SECONDS

T = TypeVar("T")
R = TypeVar("R")


def of_kept(what: str, kept: Sequence[T], make: Callable[[Sequence[T]], R]) -> R:
    """What `make` makes of items that a cache holds (the very objects, not copies of them), kept for all who
    ask for the same of the same items; not to be changed. `what` names it, and all else that it depends on.
    """
    same = hashlib.blake2b(array("Q", map(id, kept)).tobytes(), digest_size=16).hexdigest()
    made: R = _made(what, same, kept, make)[1]
    return made


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=64, show_spinner=False)
def _made(what: str, same: str, _kept: Sequence[Any], _make: Callable[[Any], Any]) -> tuple[list[Any], Any]:
    """The items are kept beside what was made of them: so long no other object can have one's identity."""
    return list(_kept), _make(_kept)
