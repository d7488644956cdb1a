"""Booking with a made-up airline: flights between thirteen cities, each day the same ones."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from strands import tool
from strands.types.tools import AgentTool, ToolResult

from services.chat.personas.persona import Customer, Persona
from services.chat.personas.world import NotPossible, PerCustomer, day, drawn, named, several, told, weekday

Seat = Literal["window", "aisle", "middle"]
_SEAT_LETTERS: dict[Seat, str] = {"window": "A", "aisle": "C", "middle": "B"}
CITIES = [
    "Amsterdam", "Berlin", "Boston", "Chicago", "Lisbon", "London",
    "Madrid", "New York", "Paris", "San Francisco", "Seattle", "Tokyo", "Zurich",
]  # fmt: skip
_ALSO_CALLED = {
    "nyc": "New York", "sfo": "San Francisco", "new york city": "New York", "zürich": "Zurich",
}  # fmt: skip
_DEPARTURES = ("07:40", "12:15", "18:30")
_CARRIERS = (("Blue Heron Air", "BH"), ("Northwind", "NW"), ("Pelican Airways", "PL"))
_ROWS = 28


@dataclass(frozen=True)
class Flight:
    """A flight of one day; `price` in euros."""

    flight_number: str
    airline: str
    origin: str
    destination: str
    departs: str
    price: int

    def row(self, on: date) -> dict[str, Any]:
        """The flight as JSON."""
        return {
            "flight_number": self.flight_number,
            "airline": self.airline,
            "origin": self.origin,
            "destination": self.destination,
            "date": on.isoformat(),
            "departs": self.departs,
            "price": self.price,
        }


_ROUTES = [(origin, destination) for origin in CITIES for destination in CITIES if origin != destination]


def _flights(origin: str, destination: str) -> list[Flight]:
    """The three flights a day between two cities; no two flights of the world have the same number."""
    place = _ROUTES.index((origin, destination))
    base = 90 + drawn(origin, destination) % 400
    return [
        Flight(
            f"{code}{100 + (7 * place + 311 * number) % 900}",
            airline,
            origin,
            destination,
            departs,
            base + drawn(place, number) % 9 * 15,
        )
        for number, ((airline, code), departs) in enumerate(zip(_CARRIERS, _DEPARTURES, strict=True))
    ]


_BY_NUMBER = {flight.flight_number: flight for route in _ROUTES for flight in _flights(*route)}


@dataclass(frozen=True)
class Booking:
    """A seat on a flight."""

    booking_id: str
    flight: Flight
    on: date
    seat: Seat

    @property
    def seat_number(self) -> str:
        return f"{1 + drawn(self.booking_id, self.on) % _ROWS}{_SEAT_LETTERS[self.seat]}"

    def row(self) -> dict[str, Any]:
        """The booking as JSON."""
        chosen = {"booking_id": self.booking_id, "seat": self.seat, "seat_number": self.seat_number}
        return {**chosen, **self.flight.row(self.on)}

    def line(self) -> str:
        """The booking in a sentence, without the full stop."""
        flight = self.flight
        return (
            f"{self.booking_id}: flight {flight.flight_number} from {flight.origin} to {flight.destination} "
            f"on {weekday(self.on)} at {flight.departs}, {self.seat} seat {self.seat_number}"
        )


class AirlineDesk:
    """One passenger's bookings."""

    def __init__(self) -> None:
        self._bookings: dict[str, Booking] = {}
        self._made = 0
        self._lock = threading.Lock()

    def _booking(self, booking_id: str) -> Booking:
        booking = self._bookings.get(booking_id.strip().upper())
        if booking is None:
            have = f"There is: {', '.join(self._bookings)}." if self._bookings else "Nothing is booked."
            raise NotPossible(f"There is no booking “{booking_id}”. {have}")
        return booking

    @tool
    def search_flights(self, origin: str, destination: str, date: str) -> ToolResult:
        """Search the flights from one city to another on a day.

        Args:
            origin: the city to fly from
            destination: the city to fly to
            date: the day of the flight, YYYY-MM-DD
        """
        start, end = _city(origin), _city(destination)
        if start == end:
            raise NotPossible("The flight would end where it begins.")
        on = day(date)
        flights = _flights(start, end)
        lines = "; ".join(f"{f.flight_number} ({f.airline}) at {f.departs} for €{f.price}" for f in flights)
        text = f"{several(len(flights), 'flight')} from {start} to {end} on {weekday(on)}: {lines}."
        return told(text, flights=[flight.row(on) for flight in flights])

    @tool
    def book_flight(self, flight_number: str, date: str, seat: Seat) -> ToolResult:
        """Book a seat on a flight that was found.

        Args:
            flight_number: the number of the flight, such as BH123
            date: the day of the flight, YYYY-MM-DD
            seat: which seat the passenger prefers
        """
        flight = _BY_NUMBER.get(flight_number.replace(" ", "").upper())
        if flight is None:
            raise NotPossible(f"There is no flight “{flight_number}”: search for flights first.")
        on = day(date)
        with self._lock:
            if any(each.flight == flight and each.on == on for each in self._bookings.values()):
                raise NotPossible(f"Flight {flight.flight_number} on {date} is booked already.")
            self._made += 1
            booking = Booking(f"FB-{1000 + self._made}", flight, on, seat)
            self._bookings[booking.booking_id] = booking
        return told(f"Booked {booking.line()}. It costs €{flight.price}.", booking=booking.row())

    @tool
    def list_flight_bookings(self) -> ToolResult:
        """List the flights that the passenger has booked."""
        bookings = list(self._bookings.values())
        if not bookings:
            return told("You have booked no flight.", bookings=[])
        lines = "; ".join(booking.line() for booking in bookings)
        return told(f"You have {several(len(bookings), 'booking')}: {lines}.", bookings=_rows(bookings))

    @tool
    def change_seat(self, booking_id: str, seat: Seat) -> ToolResult:
        """Change the seat of a booked flight.

        Args:
            booking_id: the id of the booking
            seat: which seat the passenger wants instead
        """
        with self._lock:
            changed = replace(self._booking(booking_id), seat=seat)
            self._bookings[changed.booking_id] = changed
        text = f"Your seat on flight {changed.flight.flight_number} is now {changed.seat_number} ({seat})."
        return told(text, booking=changed.row())

    @tool
    def cancel_flight(self, booking_id: str) -> ToolResult:
        """Cancel a booked flight.

        Args:
            booking_id: the id of the booking
        """
        with self._lock:
            booking = self._bookings.pop(self._booking(booking_id).booking_id)
        return told(f"Cancelled {booking.line()}. Nothing is charged.", cancelled=booking.row())


def _city(text: str) -> str:
    return named(_ALSO_CALLED.get(text.strip().casefold(), text), CITIES, "city with an airport")


def _rows(bookings: Sequence[Booking]) -> list[dict[str, Any]]:
    return [booking.row() for booking in bookings]


_DESKS = PerCustomer(AirlineDesk)


def _tools(customer: Customer) -> Sequence[AgentTool]:
    desk = _DESKS.of(customer)
    return (
        desk.search_flights,
        desk.book_flight,
        desk.list_flight_bookings,
        desk.change_seat,
        desk.cancel_flight,
    )


AIRLINE = Persona(
    name="airline",
    title="Airline booking",
    caption="Finds flights, books them, changes seats, cancels.",
    instructions=(
        "You book flights. Search before you book, and book the seat that the passenger prefers. Change or "
        "cancel a booking only when the passenger asked for it."
    ),
    suggestions=(
        "Hi, I would like to see the flights from Seattle to New York for this Sunday",
        "Book the cheapest one, with a window seat",
        "I always prefer a window seat, and I never fly before 9 in the morning.",
        "Please change my seat to an aisle seat",
        "Which flights have I booked?",
    ),
    icon=":material/flight:",
    welcome="Where would you like to fly? I find and book flights, and remember which seat you prefer.",
    make_tools=_tools,
)
