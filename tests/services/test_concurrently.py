"""Calls at the same time: in order, as one person, and with the first error raised."""

from __future__ import annotations

import threading

import pytest

from services import concurrently, people
from services.people import Person


def test_results_come_in_the_order_asked() -> None:
    second = threading.Event()

    def do(number: int) -> int:
        if number == 1:
            assert second.wait(60), "the second was not done beside the first"
        second.set()
        return number * 10

    assert concurrently.each(do, [1, 2]) == [10, 20]
    assert concurrently.each(do, []) == []


def test_each_is_done_as_who_asked() -> None:
    with people.acting_as(Person("ann", "viewer", signed_in=True)):
        assert concurrently.each(lambda _: people.present().name, range(3)) == ["ann"] * 3


def test_the_first_error_is_raised_once_all_have_ended() -> None:
    done = []

    def do(number: int) -> None:
        done.append(number)
        if number:
            raise ValueError(str(number))

    with pytest.raises(ValueError, match="1"):
        concurrently.each(do, range(4))
    assert sorted(done) == [0, 1, 2, 3]
