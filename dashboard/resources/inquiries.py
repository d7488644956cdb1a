"""What the places of a question answered, each kept for itself: one place more costs one call more."""

import json

import streamlit as st

from dashboard.freshness import Source
from dashboard.live import calling, clients, drop_refused, source
from dashboard.resources.keeping import CONTENTS, FRESH_SECONDS, Row
from services.faults import Fault
from services.retrieval import retrieval
from services.retrieval.inquiries import Inquiry, call_params
from services.retrieval.retrieval import PlaceAnswer, Retrieval

MAX_KEPT = 48
"""Answers of a memory; one of 100 records of 16,000 characters would be 1.6 MB."""


@st.cache_resource(ttl=FRESH_SECONDS, max_entries=16, show_spinner=False)
def _answers_read(asked: Source) -> dict[str, Retrieval]:
    """What RetrieveMemoryRecords answered lately, by its parameters; filled by `answers`."""
    return {}


def answers(memory: Row, inquiry: Inquiry) -> list[PlaceAnswer]:
    """What each place of an inquiry answers; those not asked in the last 30 seconds are asked at once.

    Faults are not kept: the next run asks again for those. InvalidValue for what AWS would refuse.
    """
    calls = {_key(params): params for params in call_params(memory, inquiry)}
    with calling():
        known = _answers_read(source(CONTENTS, memory["id"]))
        found: dict[str, Retrieval | Fault] = {key: known[key] for key in calls if key in known}
        unread = {key: params for key, params in calls.items() if key not in found}
        if unread:
            found |= _read(unread)
    if len(known) + len(unread) > MAX_KEPT:
        known.clear()
    known.update({key: found[key] for key in unread if isinstance(found[key], Retrieval)})  # type: ignore[misc]
    return [PlaceAnswer(place, found[key]) for place, key in zip(inquiry.places(), calls, strict=True)]


def _key(params: Row) -> str:
    return json.dumps(params, sort_keys=True, default=str)


def _read(calls: dict[str, Row]) -> dict[str, Retrieval | Fault]:
    with st.spinner("Searching…"):
        outcomes = retrieval.retrieve_each(clients(), list(calls.values()))
    for outcome in outcomes:
        if isinstance(outcome, Fault):
            drop_refused(outcome)
    return dict(zip(calls, outcomes, strict=True))
