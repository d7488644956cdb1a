"""The directory of actors: all of them, searchable meanwhile, stoppable, and honest about faults."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from services import background
from services.clients import Clients
from services.pacing import Pace
from services.short_term import actor_directory
from services.short_term.actor_directory import ActorDirectory, Actors
from tests.services.conftest import eventually
from tests.services.conversations import say
from tests.services.fault_server import FaultServer, answers, refuses

UNHURRIED = Pace(share=1e6)


def page(*ids: str, token: str | None = None) -> Any:
    more = {"nextToken": token} if token else {}
    return answers({"actorSummaries": [{"actorId": id_} for id_ in ids], **more})


def read(clients: Clients, memory_id: str) -> Actors:
    reading = ActorDirectory(clients, UNHURRIED, memory_id)
    return eventually(reading.look, lambda now: now.ended)


def test_all_actors_are_read_and_sorted(live: Clients, memory: dict[str, Any]) -> None:
    for actor_id in ("Zoe", "adam", "team/ben:1"):
        say(live, memory["id"], (actor_id, "one"), "Hello.")
    now = read(live, memory["id"])
    assert now.ids == ("adam", "team/ben:1", "Zoe")
    assert now.complete
    assert not now.nobody


def test_nobody_is_only_said_when_everything_was_read(live: Clients, memory: dict[str, Any]) -> None:
    assert not Actors().nobody
    assert read(live, memory["id"]).nobody


def test_it_goes_on_over_pages_even_empty_ones(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(page("b", token="1"), page(token="2"), page("a"))
    assert read(faulty_clients, "Memory-0123456789").ids == ("a", "b")


def test_ids_are_found_by_words_in_any_order_and_case() -> None:
    actors = Actors(ids=("team/Anna:1", "team/Ben:1", "anna"))
    assert actors.having("ANNA team") == ["team/Anna:1"]
    assert actors.having("") == list(actors.ids)
    assert actors.having("nobody") == []


def test_what_is_read_can_be_searched_before_the_end(faulty: FaultServer, faulty_clients: Clients) -> None:
    held = threading.Event()
    last = page("late")

    def waits(handler: Any) -> None:
        held.wait(60)
        last(handler)

    faulty.plays(page("early", token="1"), waits)
    reading = ActorDirectory(faulty_clients, UNHURRIED, "Memory-0123456789")
    now = reading.look(60, lambda actors: bool(actors.ids))
    assert (now.ids, now.ended) == (("early",), False)
    held.set()
    assert eventually(reading.look, lambda now: now.ended).ids == ("early", "late")


def test_a_refusal_is_a_fault_and_not_an_empty_list(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(refuses("AccessDeniedException", 403))
    now = read(faulty_clients, "Memory-0123456789")
    assert now.fault is not None
    assert now.fault.kind == "denied"
    assert not now.nobody
    assert not now.complete


def test_a_fault_on_the_way_keeps_what_was_read(faulty: FaultServer, faulty_clients: Clients) -> None:
    faulty.plays(page("a", token="1"), refuses("AccessDeniedException", 403))
    now = read(faulty_clients, "Memory-0123456789")
    assert now.ids == ("a",)
    assert not now.complete
    assert now.fault is not None


def test_it_stops_by_itself_and_says_so(
    faulty: FaultServer, faulty_clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actor_directory, "MOST_ACTORS", 2)
    faulty.plays(page("a", "b", token="1"), page("c"))
    now = read(faulty_clients, "Memory-0123456789")
    assert (now.ids, now.full) == (("a", "b"), True)


def test_it_can_be_stopped(live: Clients, memory: dict[str, Any]) -> None:
    never = Pace(share=1e-6)
    never.seconds_until("ListActors")  # the next place is days away
    reading = ActorDirectory(live, never, memory["id"])
    assert not reading.look().ended
    reading.stop()
    now = eventually(reading.look, lambda now: now.ended)
    assert now.stopped
    assert not now.complete


def test_it_can_be_stopped_before_it_began(live: Clients, memory: dict[str, Any]) -> None:
    reading = ActorDirectory(live, UNHURRIED, memory["id"])
    reading.stop()
    assert reading.look().stopped


def test_it_pauses_while_nobody_looks_and_goes_on(
    live: Clients, memory: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    say(live, memory["id"], ("ann", "one"), "Hello.")
    monkeypatch.setattr(background, "LOOKED_AT_SECONDS", -1.0)
    reading = ActorDirectory(live, UNHURRIED, memory["id"])
    assert not reading.look().ended
    monkeypatch.setattr(background, "LOOKED_AT_SECONDS", 60.0)
    assert eventually(reading.look, lambda now: now.ended).ids == ("ann",)
