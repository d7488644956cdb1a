"""Converse, told what is not to be done, and of homes and tastes that are not the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.aws_local.test_rule_tools import (
    BOOK,
    CANCEL,
    COURSES,
    DAY,
    FIND,
    LIST,
    Talk,
    searched,
    text,
    tool,
)

MOVE = tool(
    "move_course",
    "Move a booked course to another day.",
    "booking_id date",
    booking_id=text("the id of the booking"),
    date=text("the day, YYYY-MM-DD"),
)
STATUS = tool("get_order", "Look up an order.", "order_id", order_id=text("the number of the order"))
REFUND = tool("refund_order", "Refund an order.", "order_id", order_id=text("the number of the order"))
MEAL = tool(
    "plan_meal", "Plan a meal.", diet=text("how somebody eats", enum=["vegan", "vegetarian", "anything"])
)


@pytest.fixture
def talk(runtime: Any) -> Callable[..., Talk]:
    def begin(*records: str, tools: tuple[Any, ...] = (FIND, BOOK, MOVE, CANCEL, LIST)) -> Talk:
        agent = Talk(runtime, *records, tools=tools)
        agent.results["list_course_bookings"] = {"bookings": [{"booking_id": "BK-7", "name": "Morning yoga"}]}
        return agent

    return begin


@pytest.mark.parametrize(
    "said",
    [
        "Please don't cancel my course.",
        "Do not cancel my course BK-7.",
        "Please dont cancel my course",
        "OK, don’t cancel my course",
        "Never cancel my course",
        "No need to cancel my course.",
        "There is no need to cancel my course BK-7.",
        "You don't have to cancel my course",
        "I'd rather you didn't cancel my course",
        "I don't want you to cancel my course.",
        "I no longer want to cancel my course",
        "Stop, don't cancel my course!",
        "My course must not be cancelled.",
        "Could you not cancel my course?",
        "Do not move, book or cancel my course.",
        "Cancel nothing.",
        "I didn't cancel my course BK-7.",
    ],
)
def test_what_is_not_to_be_done_is_not_done(talk: Callable[..., Talk], said: str) -> None:
    agent = talk()
    agent.say(said)
    assert agent.calls == []


def test_a_refusal_is_answered(talk: Callable[..., Talk]) -> None:
    assert talk().say("Please don't cancel my course.") == "All right, I leave it."


@pytest.mark.parametrize(
    "said",
    [
        "Please don't refund order 12345, it was damaged but I keep it.",
        "I would rather not have you refund order 12345, please.",
        "Do not refund order 12345.",
    ],
)
def test_no_money_goes_back_that_is_not_wanted(talk: Callable[..., Talk], said: str) -> None:
    agent = talk(tools=(STATUS, REFUND))
    agent.say(said)
    assert agent.calls == []


def test_one_of_what_was_found_is_not_booked_when_told_not_to(talk: Callable[..., Talk]) -> None:
    agent = searched(talk())
    agent.say(f"Don't book the cheapest one on {DAY} for 2 people")
    assert agent.calls == []


@pytest.mark.parametrize(
    "said",
    [
        "Don't cancel it, move the course to 3 March 2031",
        "Please don't cancel my course but move it to 3 March 2031",
        "Move my course to 3 March 2031, don't cancel it.",
        "Move my course to 3 March 2031 instead of cancelling it.",
        "Don't cancel it. Please move my course to 3 March 2031.",
    ],
)
def test_an_order_beside_a_refusal_is_carried_out(talk: Callable[..., Talk], said: str) -> None:
    agent = talk()
    agent.say(said)
    assert agent.calls == [
        ("list_course_bookings", {}),
        ("move_course", {"booking_id": "BK-7", "date": DAY}),
    ]


def test_values_of_what_is_refused_are_not_taken(talk: Callable[..., Talk]) -> None:
    agent = talk(tools=(STATUS, REFUND))
    agent.say("Don't refund order 12345, please refund order 12388")
    assert agent.calls == [("refund_order", {"order_id": "12388"})]


@pytest.mark.parametrize("said", ["Why don't you book {}", "Don't forget to book {}", "Why not book {}?"])
def test_a_negation_may_be_an_order(talk: Callable[..., Talk], said: str) -> None:
    agent = searched(talk())
    agent.say(said.format(f"the first one on {DAY} for 2 people"))
    assert agent.calls == [
        ("book_course", {"course_code": COURSES[0]["course_code"], "date": DAY, "people": 2})
    ]


@pytest.mark.parametrize(
    "said", ["I didn't get my order 12345", "I never got my order 12345.", "My order 12345 hasn't arrived"]
)
def test_what_did_not_come_is_looked_up(talk: Callable[..., Talk], said: str) -> None:
    agent = talk(tools=(STATUS, REFUND))
    agent.say(said)
    assert agent.calls == [("get_order", {"order_id": "12345"})]


@pytest.mark.parametrize("said", ["Actually, don't search.", "Stop, don't", "I'd rather you didn't"])
def test_what_was_begun_is_left_when_it_is_refused(talk: Callable[..., Talk], said: str) -> None:
    agent = talk()
    assert "Please tell me city" in agent.say("Find me a course")
    assert agent.say(said) == "All right, I leave it."
    assert agent.calls == []


@pytest.mark.parametrize(
    "record",
    [
        "I no longer live in Madrid",
        "I don't live in Madrid.",
        "I used to live in Madrid.",
        "My sister lives in Madrid",
        "My sister is a nurse and lives in Madrid",
        "The user's brother lives in Madrid.",
        "The user works for a company based in Madrid.",
    ],
)
def test_where_the_user_does_not_live_is_not_their_home(talk: Callable[..., Talk], record: str) -> None:
    agent = talk(record)
    assert "Please tell me city" in agent.say("Find me a course")
    assert agent.calls == []


@pytest.mark.parametrize(
    "record",
    [
        "My sister lives in Madrid and I live in Porto.",
        "The user is a nurse and lives in Porto.",
        "The user no longer lives in Madrid but has just moved to Porto.",
        "I'm based in Porto",
        "Lives in Porto",
    ],
)
def test_where_the_user_lives_is_their_home(talk: Callable[..., Talk], record: str) -> None:
    agent = talk(record)
    agent.say("Find me a course")
    assert agent.calls == [("find_courses", {"city": "Porto"})]


def test_a_home_that_was_left_later_is_none(talk: Callable[..., Talk]) -> None:
    agent = talk()
    agent.say("I live in Madrid.")
    agent.say("I no longer live in Madrid.")
    assert "Please tell me city" in agent.say("Find me a course")


@pytest.mark.parametrize(
    ("record", "given"),
    [
        ("My wife is vegan and I love steak", {}),
        ("The user's daughter eats much fruit and is vegetarian.", {}),
        ("My wife loves steak and I am vegan", {"diet": "vegan"}),
        ("My diet is vegan", {"diet": "vegan"}),
    ],
)
def test_what_others_keep_to_is_not_the_users(
    talk: Callable[..., Talk], record: str, given: dict[str, str]
) -> None:
    agent = talk(record, tools=(MEAL,))
    agent.say("Please plan a meal")
    assert agent.calls == [("plan_meal", given)]
