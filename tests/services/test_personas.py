"""The personas' tools by themselves: what they answer, what they refuse, and whose state they keep."""

import asyncio
import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.chat.personas import PERSONAS, Customer, tools
from services.chat.personas.world import MOST_CUSTOMERS, PerCustomer


def customer(actor: str, memory: str = "memory", connection: str = "embedded") -> Customer:
    return Customer(connection, memory, actor)


def run(persona: str, tool: str, *, actor: str | Customer | None = None, **given: Any) -> Any:
    """The result of one call, as a model is told it."""
    served = actor if isinstance(actor, Customer) else customer(actor or uuid.uuid4().hex)
    found = {each.tool_name: each for each in tools(PERSONAS[persona], served)}

    async def last() -> Any:
        results = [
            event async for event in found[tool].stream({"toolUseId": "1", "name": tool, "input": given}, {})
        ]
        return results[-1]

    return asyncio.run(last()).tool_result


def words(result: Any) -> str:
    return str(result["content"][0]["text"])


def data(result: Any) -> Any:
    assert result["status"] == "success", words(result)
    return result["content"][1]["json"]


def day(ahead: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=ahead)).isoformat()


def test_each_persona_says_what_it_is_and_only_the_plain_one_has_no_tools() -> None:
    assert [name for name, persona in PERSONAS.items() if not persona.has_tools] == ["assistant"]
    for name, persona in PERSONAS.items():
        assert persona.name == name
        assert all((persona.title, persona.caption, persona.welcome, persona.suggestions))
        assert bool(tools(persona, customer("somebody"))) == persona.has_tools


def test_every_tool_tells_what_it_and_its_values_are() -> None:
    for persona in PERSONAS.values():
        for tool in tools(persona, customer("somebody")):
            schema = tool.tool_spec["inputSchema"]["json"]
            assert tool.tool_spec["description"]
            assert all(
                not each["description"].startswith("Parameter") for each in schema["properties"].values()
            )


@pytest.mark.parametrize(
    ("persona", "tool", "given", "told"),
    [
        ("support", "get_order_status", {"order_id": "1"}, "There is no order “1”"),
        ("support", "refund_order", {"order_id": "12345", "reason": "boredom"}, "reason"),
        (
            "support",
            "change_delivery_address",
            {"order_id": "12345", "address": "12 Main Street"},
            "delivered",
        ),
        ("support", "change_delivery_address", {"order_id": "12388", "address": "here"}, "no whole address"),
        ("support", "update_customer_email", {"email": "me"}, "no email address"),
        (
            "airline",
            "search_flights",
            {"origin": "Boston", "destination": "Oz", "date": "2031-01-01"},
            "“Oz”",
        ),
        ("airline", "search_flights", {"origin": "Boston", "destination": "Boston", "date": ""}, "begins"),
        (
            "airline",
            "search_flights",
            {"origin": "Boston", "destination": "Paris", "date": "1999-01-01"},
            "past",
        ),
        ("airline", "search_flights", {"origin": "Boston", "destination": "Paris", "date": "soon"}, "no day"),
        ("airline", "book_flight", {"flight_number": "XX1", "date": "1", "seat": "aisle"}, "no flight “XX1”"),
        ("airline", "change_seat", {"booking_id": "FB-9", "seat": "aisle"}, "Nothing is booked"),
        ("restaurants", "search_restaurants", {"city": "Atlantis"}, "There is: Irvine"),
        (
            "restaurants",
            "reserve_table",
            {"restaurant_name": "Osteria Verdi", "date": "2999-01-01", "time": "19:00", "party_size": 2},
            "days ahead",
        ),
        ("travel", "plan_trip", {"city": "Lisbon", "days": 40}, "1 to 7 days"),
        ("travel", "book_hotel", {"hotel_name": "Ritz", "check_in_date": "1", "nights": 1}, "no hotel"),
        ("travel", "check_visa", {"country": "Narnia"}, "There is: Portugal"),
    ],
)
def test_what_a_tool_cannot_do_it_tells(persona: str, tool: str, given: Any, told: str) -> None:
    result = run(persona, tool, **given)
    assert result["status"] == "error"
    assert told in words(result)


def test_a_flight_is_booked_moved_to_another_seat_and_cancelled() -> None:
    actor = uuid.uuid4().hex
    route = {"origin": "nyc", "destination": "Tokyo", "date": day(7)}
    flights = data(run("airline", "search_flights", actor=actor, **route))["flights"]
    assert [flight["origin"] for flight in flights] == ["New York"] * 3
    chosen = {"flight_number": flights[0]["flight_number"], "date": day(7), "seat": "window"}
    booking = data(run("airline", "book_flight", actor=actor, **chosen))["booking"]
    assert booking["destination"] == "Tokyo"
    assert run("airline", "book_flight", actor=actor, **chosen)["status"] == "error"
    changed = run(
        "airline", "change_seat", actor=actor, booking_id=booking["booking_id"].lower(), seat="aisle"
    )
    assert data(changed)["booking"]["seat_number"].endswith("C")
    listed = data(run("airline", "list_flight_bookings", actor=actor))["bookings"]
    assert listed == [data(changed)["booking"]]
    assert data(run("airline", "list_flight_bookings"))["bookings"] == []
    data(run("airline", "cancel_flight", actor=actor, booking_id=booking["booking_id"]))
    assert data(run("airline", "list_flight_bookings", actor=actor))["bookings"] == []


def test_the_same_search_finds_the_same_flights() -> None:
    route = {"origin": "Berlin", "destination": "Madrid", "date": day(3)}
    assert data(run("airline", "search_flights", **route)) == data(run("airline", "search_flights", **route))


def test_restaurants_are_all_that_was_asked_for() -> None:
    asked = {"city": "irvine", "diet": "vegetarian", "price": "cheap"}
    found = data(run("restaurants", "search_restaurants", **asked))["restaurants"]
    assert found
    assert all(each["price"] == "cheap" and "vegetarian" in each["diets"] for each in found)
    nothing = run("restaurants", "search_restaurants", city="Irvine", cuisine="French", diet="vegan")
    assert data(nothing)["restaurants"] == []
    assert words(nothing) == "No restaurant in Irvine is French, vegan."


@pytest.mark.parametrize("time", ["11:29", "22:01", "25:00", "noon", ""])
def test_tables_are_for_opening_hours(time: str) -> None:
    table: dict[str, Any] = {"restaurant_name": "osteria verdi", "date": day(1), "party_size": 2}
    assert run("restaurants", "reserve_table", **table, time=time)["status"] == "error"
    assert data(run("restaurants", "reserve_table", **table, time="11:30"))["reservation"]["time"] == "11:30"


def test_a_trip_puts_first_what_the_traveller_likes() -> None:
    plan = data(run("travel", "plan_trip", city="Kyoto", days=2, interest="food"))["plan"]
    assert [each["day"] for each in plan] == [1, 2]
    assert "Nishiki" in plan[0]["to_do"]


def test_a_stay_costs_its_nights() -> None:
    actor = uuid.uuid4().hex
    hotels = data(run("travel", "search_hotels", city="Lisbon", budget="luxury"))["hotels"]
    stay = {"hotel_name": hotels[0]["hotel_name"], "check_in_date": day(5), "nights": 3}
    booking = data(run("travel", "book_hotel", actor=actor, **stay))["booking"]
    assert booking["price"] == 3 * hotels[0]["price_per_night"]
    assert booking["check_out_date"] == day(8)
    data(run("travel", "cancel_hotel", actor=actor, booking_id=booking["booking_id"]))
    assert run("travel", "cancel_hotel", actor=actor, booking_id=booking["booking_id"])["status"] == "error"


def test_a_changed_address_is_the_orders_until_it_is_refunded() -> None:
    actor = uuid.uuid4().hex
    moved = run(
        "support", "change_delivery_address", actor=actor, order_id="#12388", address="5 Rua do Sol, Lisbon"
    )
    assert data(moved)["order"]["delivery_address"] == "5 Rua do Sol, Lisbon"
    data(run("support", "refund_order", actor=actor, order_id="12388", reason="arrived late"))
    orders = data(run("support", "list_orders", actor=actor))["orders"]
    assert {order["order_id"]: order["status"] for order in orders}["12388"] == "refunded"
    assert json.dumps(orders).count("refunded") == 1


def test_an_actor_of_another_memory_or_connection_is_another_customer() -> None:
    actor = uuid.uuid4().hex
    order = {"order_id": "12345", "reason": "damaged"}
    data(run("support", "refund_order", actor=customer(actor), **order))
    assert "refunded already" in words(run("support", "refund_order", actor=customer(actor), **order))
    for stranger in (customer(actor, memory="other"), customer(actor, connection="profile:other@us-east-1")):
        data(run("support", "refund_order", actor=stranger, **order))


def test_the_customers_that_came_first_are_forgotten_first() -> None:
    made = PerCustomer(list[str])
    first = made.of(customer("first"))
    first.append("something")
    assert made.of(customer("first")) is first
    for number in range(MOST_CUSTOMERS):
        made.of(customer(str(number)))
    assert made.of(customer("first")) == []
