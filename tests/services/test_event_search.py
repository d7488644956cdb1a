"""Looking for words: in each scope, all of them, stoppable, and never "nothing" for "not allowed"."""

from __future__ import annotations

import pytest

from services.clients import Clients
from services.errors import InvalidValue
from services.pacing import Pace
from services.short_term import event_search
from services.short_term.event_search import EventSearch, Found, Scope, excerpt, wanted_words
from tests.services.conftest import eventually, new_memory
from tests.services.conversations import say
from tests.services.fault_server import FaultServer, refuses

UNHURRIED = Pace(share=1e6)
Ids = dict[str, str]


@pytest.fixture(scope="module")
def told(live: Clients) -> tuple[str, Ids]:
    """A memory in which three actors said things, and the event ids by what was said."""
    memory_id = new_memory(live)["id"]
    ids = {
        text: say(live, memory_id, place, text, minute)
        for minute, (place, text) in enumerate(
            [
                (("ann", "trip"), "A window seat, please."),
                (("ann", "trip"), "No, the SEAT by the Window is mine."),
                (("ann", "home"), "Clean the window."),
                (("ben/x:1", "trip"), "My window seat is broken."),
                (("cleo", "window-seat"), "Good morning."),
            ]
        )
    }
    ids["blob"] = say(live, memory_id, ("cleo", "data"), [{"blob": {"note": "window seat"}}], 9)
    return memory_id, ids


def found(clients: Clients, scope: Scope, text: str) -> Found:
    search = EventSearch(clients, UNHURRIED, scope, text)
    return eventually(search.look, lambda now: now.ended)


def test_a_session_is_searched_for_all_words_in_any_order_and_case(
    live: Clients, told: tuple[str, Ids]
) -> None:
    memory_id, ids = told
    now = found(live, Scope(memory_id, "ann", "trip"), "window seat")
    assert [hit.event_id for hit in now.hits] == [
        ids["No, the SEAT by the Window is mine."],
        ids["A window seat, please."],
    ]
    assert (now.sessions, now.events, now.complete) == (1, 2, True)


def test_a_phrase_in_quotation_marks_is_one_word(live: Clients, told: tuple[str, Ids]) -> None:
    memory_id, ids = told
    now = found(live, Scope(memory_id, "ann", "trip"), '"window seat"')
    assert [hit.event_id for hit in now.hits] == [ids["A window seat, please."]]


def test_an_actor_is_searched_over_all_sessions(live: Clients, told: tuple[str, Ids]) -> None:
    memory_id, _ = told
    now = found(live, Scope(memory_id, "ann"), "window")
    assert {(hit.session_id, hit.excerpt) for hit in now.hits} == {
        ("trip", "A window seat, please."),
        ("trip", "No, the SEAT by the Window is mine."),
        ("home", "Clean the window."),
    }
    assert (now.actors, now.sessions, now.events) == (1, 2, 3)


def test_a_memory_is_searched_over_all_actors_blobs_and_session_ids(
    live: Clients, told: tuple[str, Ids]
) -> None:
    memory_id, ids = told
    now = found(live, Scope(memory_id), "window seat")
    assert {(hit.actor_id, hit.session_id, hit.event_id) for hit in now.hits} == {
        ("ann", "trip", ids["A window seat, please."]),
        ("ann", "trip", ids["No, the SEAT by the Window is mine."]),
        ("ben/x:1", "trip", ids["My window seat is broken."]),
        ("cleo", "window-seat", None),
        ("cleo", "data", ids["blob"]),
    }
    assert (now.actors, now.actors_known, now.actors_listed) == (3, 3, True)
    assert (now.sessions, now.events) == (5, 6)


def test_it_ends_at_the_most_hits_and_says_so(
    live: Clients, told: tuple[str, Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_search, "MAX_HITS", 2)
    now = found(live, Scope(told[0]), "window")
    assert (len(now.hits), now.full) == (2, True)


def test_it_can_be_stopped_and_keeps_what_it_has(live: Clients, told: tuple[str, Ids]) -> None:
    pace = Pace(share=1e-6)  # the second call of an operation is days away
    search = EventSearch(live, pace, Scope(told[0], "ann"), "window")
    now = eventually(search.look, lambda now: now.events > 0)
    search.stop()
    now = eventually(search.look, lambda now: now.ended)
    assert now.stopped
    assert not now.complete
    assert now.hits


def test_a_refusal_is_a_fault_and_no_empty_result(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(refuses("AccessDeniedException", 403))
    now = found(faulty_clients, Scope("Memory-0123456789"), "window")
    assert now.fault is not None
    assert now.fault.kind == "denied"
    assert not now.complete


def test_no_words_are_refused() -> None:
    for nothing in ("", "   ", "\u201c\u201d"):
        with pytest.raises(InvalidValue):
            wanted_words(nothing)


def test_an_excerpt_shows_the_first_word_found() -> None:
    text = "x " * 500 + "needle\nin hay" + " y" * 500
    shown = excerpt(text, ["hay", "needle"])
    assert "needle in hay" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert excerpt("short", ["short"]) == "short"
