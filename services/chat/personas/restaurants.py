"""Finding a restaurant: a few made-up ones in each of some cities, and tables that can be reserved."""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from strands import tool
from strands.types.tools import AgentTool, ToolResult

from services.chat.personas.persona import Customer, Persona
from services.chat.personas.world import NotPossible, PerCustomer, day, named, several, told, weekday

Cuisine = Literal["Italian", "Indian", "Japanese", "Mexican", "French"]
Price = Literal["cheap", "mid-range", "expensive"]
Diet = Literal["vegetarian", "vegan", "gluten-free", "halal"]
Atmosphere = Literal["quiet", "lively"]
_TIME = re.compile(r"([01]?\d|2[0-3]):[0-5]\d")
OPENS, CLOSES = "11:30", "22:00"
LARGEST_PARTY = 12


@dataclass(frozen=True)
class Restaurant:
    """A place to eat."""

    name: str
    area: str
    cuisine: Cuisine
    price: Price
    diets: tuple[Diet, ...]
    atmosphere: Atmosphere
    rating: float

    def row(self, city: str) -> dict[str, Any]:
        """The restaurant as JSON."""
        return {
            "restaurant_name": self.name,
            "city": city,
            "area": self.area,
            "cuisine": self.cuisine,
            "price": self.price,
            "diets": list(self.diets),
            "atmosphere": self.atmosphere,
            "rating": self.rating,
        }

    def line(self) -> str:
        """The restaurant in a few words."""
        diets = f", {' and '.join(self.diets)} dishes" if self.diets else ""
        return f"{self.name} ({self.cuisine}, {self.price}, {self.atmosphere}, {self.area}{diets})"


_KINDS = (
    Restaurant("Osteria {}", "downtown", "Italian", "mid-range", ("vegetarian",), "quiet", 4.6),
    Restaurant("Forno {}", "old town", "Italian", "cheap", ("vegetarian", "vegan"), "lively", 4.3),
    Restaurant("Trattoria {}", "harbour", "Italian", "expensive", (), "quiet", 4.7),
    Restaurant("{} Tandoor", "downtown", "Indian", "mid-range", ("vegetarian", "halal"), "quiet", 4.5),
    Restaurant("{} Sushi Bar", "old town", "Japanese", "expensive", ("gluten-free",), "quiet", 4.8),
    Restaurant("Taqueria {}", "harbour", "Mexican", "cheap", ("vegetarian", "gluten-free"), "lively", 4.2),
    Restaurant("Bistro {}", "downtown", "French", "expensive", ("gluten-free",), "lively", 4.4),
)
_FAMILIES = {
    "Irvine": "Verdi",
    "Lisbon": "Aurora",
    "London": "Marlow",
    "Madrid": "Alba",
    "New York": "Lumen",
    "San Francisco": "Marina",
    "Seattle": "Cascade",
}
RESTAURANTS = {
    city: [replace(each, name=each.name.format(family)) for each in _KINDS]
    for city, family in _FAMILIES.items()
}


@dataclass(frozen=True)
class Reservation:
    """A table."""

    reservation_id: str
    restaurant: str
    on: date
    time: str
    party_size: int

    def row(self) -> dict[str, Any]:
        """The reservation as JSON."""
        return {
            "reservation_id": self.reservation_id,
            "restaurant_name": self.restaurant,
            "date": self.on.isoformat(),
            "time": self.time,
            "party_size": self.party_size,
        }

    def line(self) -> str:
        """The reservation in a sentence, without the full stop."""
        guests = "1 person" if self.party_size == 1 else f"{self.party_size} people"
        return f"{self.reservation_id}: {self.restaurant}, {weekday(self.on)} at {self.time}, for {guests}"


class RestaurantDesk:
    """One guest's reservations."""

    def __init__(self) -> None:
        self._reservations: dict[str, Reservation] = {}
        self._made = 0
        self._lock = threading.Lock()

    @tool
    def search_restaurants(
        self,
        city: str,
        cuisine: Cuisine | None = None,
        price: Price | None = None,
        diet: Diet | None = None,
        atmosphere: Atmosphere | None = None,
    ) -> ToolResult:
        """Search restaurants, a place to eat or have dinner.

        Args:
            city: the city to eat in; where the guest lives, unless another one is named
            cuisine: what kind of food
            price: how expensive it may be
            diet: how the guest eats
            atmosphere: how it should be there
        """
        place = named(city, list(RESTAURANTS), "city with restaurants")
        wanted = {"cuisine": cuisine, "price": price, "atmosphere": atmosphere}
        found = [
            each
            for each in RESTAURANTS[place]
            if all(value is None or getattr(each, name) == value for name, value in wanted.items())
            and (diet is None or diet in each.diets)
        ]
        asked = {name: value for name, value in {**wanted, "diet": diet}.items() if value is not None}
        if not found:
            return told(
                f"No restaurant in {place} is {', '.join(asked.values())}.", restaurants=[], asked=asked
            )
        lines = "; ".join(each.line() for each in found)
        text = f"{several(len(found), 'restaurant')} in {place}: {lines}."
        return told(text, restaurants=[each.row(place) for each in found], asked=asked)

    @tool
    def reserve_table(self, restaurant_name: str, date: str, time: str, party_size: int) -> ToolResult:
        """Reserve a table at a restaurant that was found.

        Args:
            restaurant_name: the name of the restaurant
            date: the day, YYYY-MM-DD
            time: when to come, HH:MM, between 11:30 and 22:00
            party_size: for how many people
        """
        names = [each.name for city in RESTAURANTS.values() for each in city]
        wanted = restaurant_name.strip().casefold()
        restaurant = next((name for name in names if name.casefold() == wanted), None)
        if restaurant is None:
            raise NotPossible(f"There is no restaurant “{restaurant_name}”: search for restaurants first.")
        on = day(date)
        if _TIME.fullmatch(time) is None or not OPENS <= time.zfill(5) <= CLOSES:
            raise NotPossible(f"Tables are for a time from {OPENS} to {CLOSES}, not “{time}”.")
        if not 1 <= party_size <= LARGEST_PARTY:
            raise NotPossible(f"Tables are for 1 to {LARGEST_PARTY} people.")
        with self._lock:
            self._made += 1
            made = Reservation(f"RT-{1000 + self._made}", restaurant, on, time.zfill(5), party_size)
            self._reservations[made.reservation_id] = made
        return told(f"Reserved {made.line()}.", reservation=made.row())

    @tool
    def list_reservations(self) -> ToolResult:
        """List the tables that the guest has reserved."""
        made = list(self._reservations.values())
        if not made:
            return told("You have reserved no table.", reservations=[])
        lines = "; ".join(each.line() for each in made)
        count = several(len(made), "reservation")
        return told(f"You have {count}: {lines}.", reservations=[each.row() for each in made])

    @tool
    def cancel_reservation(self, reservation_id: str) -> ToolResult:
        """Cancel a reserved table.

        Args:
            reservation_id: the id of the reservation
        """
        with self._lock:
            made = self._reservations.pop(reservation_id.strip().upper(), None)
        if made is None:
            raise NotPossible(f"There is no reservation “{reservation_id}”.")
        return told(f"Cancelled {made.line()}.", cancelled=made.row())


_DESKS = PerCustomer(RestaurantDesk)


def _tools(customer: Customer) -> Sequence[AgentTool]:
    desk = _DESKS.of(customer)
    return (desk.search_restaurants, desk.reserve_table, desk.list_reservations, desk.cancel_reservation)


RESTAURANT_FINDER = Persona(
    name="restaurants",
    title="Restaurant finder",
    caption="Finds restaurants by city, cuisine, price, diet and atmosphere; reserves tables.",
    instructions=(
        "You find restaurants. Before you search, look up what the guest eats and likes, and search for "
        "that. Reserve or cancel a table only when the guest asked for it."
    ),
    suggestions=(
        "I'm vegetarian and I prefer restaurants with a quiet atmosphere.",
        "Can you find me an Italian restaurant in Irvine?",
        "Reserve a table for two there on Friday at 7:30 pm",
        "I live in Irvine.",
        "Which tables have I reserved?",
    ),
    icon=":material/restaurant:",
    welcome="What would you like to eat? I find restaurants that suit you, and reserve tables.",
    make_tools=_tools,
)
