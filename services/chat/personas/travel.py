"""A travel assistant for a few cities: days to plan, made-up hotels to book, what to know before one goes."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from strands import tool
from strands.types.tools import AgentTool, ToolResult

from services.chat.personas.persona import Customer, Persona
from services.chat.personas.world import NotPossible, PerCustomer, day, drawn, named, several, told, weekday

Interest = Literal["museums", "food", "hiking", "music", "beaches"]
Budget = Literal["cheap", "mid-range", "luxury"]
LONGEST_TRIP = 7
LONGEST_STAY = 30


@dataclass(frozen=True)
class City:
    """A place to go: what to do there by interest, and what to know."""

    country: str
    to_do: dict[Interest, tuple[str, ...]]
    entry: str


_CITIES: dict[str, City] = {
    "Lisbon": City(
        "Portugal",
        {
            "museums": ("the tile museum", "the museum of the explorers"),
            "food": ("a market lunch by the river", "pastries in Belém"),
            "hiking": ("the cliff path to Cabo da Roca",),
            "music": ("a fado evening in Alfama",),
            "beaches": ("the long beach of Caparica",),
        },
        "Portugal is in the Schengen area",
    ),
    "Kyoto": City(
        "Japan",
        {
            "museums": ("the craft museum", "the manga museum"),
            "food": ("breakfast at Nishiki market", "a tofu kitchen by the canal"),
            "hiking": ("the gates of Fushimi Inari at dawn", "the ridge above Arashiyama"),
            "music": ("a koto concert in a temple",),
            "beaches": (),
        },
        "Japan stamps many passports at the border for a short visit",
    ),
    "Madrid": City(
        "Spain",
        {
            "museums": ("a slow morning in the Prado", "the print cabinet"),
            "food": ("a tapas round in La Latina",),
            "hiking": ("the Guadarrama pass",),
            "music": ("a flamenco cellar",),
            "beaches": (),
        },
        "Spain is in the Schengen area",
    ),
    "Vancouver": City(
        "Canada",
        {
            "museums": ("the museum of the coast",),
            "food": ("the night market",),
            "hiking": ("the forest loop on Grouse", "the sea wall"),
            "music": ("a jazz bar in Gastown",),
            "beaches": ("Kitsilano at sunset",),
        },
        "Canada asks most air travellers for an electronic travel authorisation",
    ),
}
_COUNTRIES = [city.country for city in _CITIES.values()]
_HOTELS: tuple[tuple[str, Budget, int, bool], ...] = (
    ("Pension {}", "cheap", 55, True),
    ("Hotel {} Garden", "mid-range", 118, True),
    ("Hotel {} Central", "mid-range", 134, False),
    ("Grand {}", "luxury", 310, True),
)


def _hotels(city: str) -> list[dict[str, Any]]:
    """The city's hotels as JSON; prices in euros a night."""
    return [
        {
            "hotel_name": name.format(city),
            "city": city,
            "budget": budget,
            "price_per_night": price + drawn(city, name) % 20,
            "quiet_room": quiet,
        }
        for name, budget, price, quiet in _HOTELS
    ]


@dataclass(frozen=True)
class Stay:
    """Some nights in a hotel."""

    booking_id: str
    hotel: str
    check_in: date
    nights: int
    price: int

    def row(self) -> dict[str, Any]:
        """The stay as JSON."""
        return {
            "booking_id": self.booking_id,
            "hotel_name": self.hotel,
            "check_in_date": self.check_in.isoformat(),
            "check_out_date": (self.check_in + timedelta(days=self.nights)).isoformat(),
            "nights": self.nights,
            "price": self.price,
        }

    def line(self) -> str:
        """The stay in a sentence, without the full stop."""
        nights = several(self.nights, "night")
        return f"{self.booking_id}: {self.hotel}, {nights} from {weekday(self.check_in)}, €{self.price}"


class TravelDesk:
    """One traveller's stays."""

    def __init__(self) -> None:
        self._stays: dict[str, Stay] = {}
        self._made = 0
        self._lock = threading.Lock()

    @tool
    def plan_trip(self, city: str, days: int, interest: Interest | None = None) -> ToolResult:
        """Plan a trip to a city day by day: an itinerary of what to see and do.

        Args:
            city: the city to visit
            days: for how many days
            interest: what the traveller likes most
        """
        place = named(city, list(_CITIES), "city that trips are planned to")
        if not 1 <= days <= LONGEST_TRIP:
            raise NotPossible(f"Trips of 1 to {LONGEST_TRIP} days can be planned.")
        to_do = _CITIES[place].to_do
        first = list(to_do[interest]) if interest else []
        ideas = first + [each for name, several_ in to_do.items() if name != interest for each in several_]
        plan = [{"day": number + 1, "to_do": ideas[number % len(ideas)]} for number in range(days)]
        lines = "; ".join(f"day {each['day']}, {each['to_do']}" for each in plan)
        about = f", {interest} first" if first else ""
        return told(f"{several(days, 'day')} in {place}{about}: {lines}.", city=place, plan=plan)

    @tool
    def search_hotels(self, city: str, budget: Budget | None = None) -> ToolResult:
        """Search hotels, a room to stay in a city.

        Args:
            city: the city to stay in
            budget: how expensive it may be
        """
        place = named(city, list(_CITIES), "city with hotels")
        found = [each for each in _hotels(place) if budget is None or each["budget"] == budget]
        lines = "; ".join(
            f"{each['hotel_name']} ({each['budget']}, €{each['price_per_night']} a night"
            f"{', quiet rooms' if each['quiet_room'] else ''})"
            for each in found
        )
        return told(f"{several(len(found), 'hotel')} in {place}: {lines}.", hotels=found)

    @tool
    def book_hotel(self, hotel_name: str, check_in_date: str, nights: int) -> ToolResult:
        """Book a room in a hotel that was found.

        Args:
            hotel_name: the name of the hotel
            check_in_date: the first night, YYYY-MM-DD
            nights: how many nights
        """
        hotels = {each["hotel_name"].casefold(): each for city in _CITIES for each in _hotels(city)}
        hotel = hotels.get(hotel_name.strip().casefold())
        if hotel is None:
            raise NotPossible(f"There is no hotel “{hotel_name}”: search for hotels first.")
        if not 1 <= nights <= LONGEST_STAY:
            raise NotPossible(f"Rooms are for 1 to {LONGEST_STAY} nights.")
        first = day(check_in_date)
        with self._lock:
            self._made += 1
            price = nights * hotel["price_per_night"]
            stay = Stay(f"HB-{1000 + self._made}", hotel["hotel_name"], first, nights, price)
            self._stays[stay.booking_id] = stay
        return told(f"Booked {stay.line()}.", booking=stay.row())

    @tool
    def list_hotel_bookings(self) -> ToolResult:
        """List the hotels that the traveller has booked."""
        stays = list(self._stays.values())
        if not stays:
            return told("You have booked no hotel.", bookings=[])
        lines = "; ".join(stay.line() for stay in stays)
        count = several(len(stays), "booking")
        return told(f"You have {count}: {lines}.", bookings=[stay.row() for stay in stays])

    @tool
    def cancel_hotel(self, booking_id: str) -> ToolResult:
        """Cancel a booked hotel.

        Args:
            booking_id: the id of the booking
        """
        with self._lock:
            stay = self._stays.pop(booking_id.strip().upper(), None)
        if stay is None:
            raise NotPossible(f"There is no booking “{booking_id}”.")
        return told(f"Cancelled {stay.line()}.", cancelled=stay.row())

    @tool
    def check_visa(self, country: str) -> ToolResult:
        """Check what visa or passport a traveller needs for a country.

        Args:
            country: the country to travel to
        """
        place = named(country, _COUNTRIES, "country that is known here")
        city = next(each for each in _CITIES.values() if each.country == place)
        text = f"{city.entry}. This is a made-up hint: ask the embassy before you travel."
        return told(text, country=place, hint=city.entry)


_DESKS = PerCustomer(TravelDesk)


def _tools(customer: Customer) -> Sequence[AgentTool]:
    desk = _DESKS.of(customer)
    return (
        desk.plan_trip,
        desk.search_hotels,
        desk.book_hotel,
        desk.list_hotel_bookings,
        desk.cancel_hotel,
        desk.check_visa,
    )


TRAVEL = Persona(
    name="travel",
    title="Travel assistant",
    caption="Plans trips day by day, finds and books hotels, hints at visa rules.",
    instructions=(
        "You help to plan trips. Before you plan, look up what the traveller likes, and plan for that. Book "
        "or cancel a hotel only when the traveller asked for it."
    ),
    suggestions=(
        "I love hiking, and I like mid-range hotels.",
        "Plan a trip to Kyoto for 3 days",
        "Find me a hotel in Kyoto",
        "Book the cheapest one from Friday for 3 nights",
        "Do I need a visa for Japan?",
    ),
    icon=":material/luggage:",
    welcome="Where to: Lisbon, Kyoto, Madrid or Vancouver? I plan trips, and remember what you like.",
    make_tools=_tools,
)
