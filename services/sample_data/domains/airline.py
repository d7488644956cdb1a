"""An airline's booking agent with a custom preference strategy: carriers, seats, meals, miles, delays."""

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Script
from services.sample_data.domains.seed_conversations import AIRLINE_BOOKING

# The prompt of the getting-started guide, word for word.
CUSTOM_PROMPT = """\
You are tasked with analyzing conversations to extract the user's preferences. You'll be analyzing two sets of data:
<past_conversation>
[Past conversations between the user and system will be placed here for context]
</past_conversation>
<current_conversation>
[The current conversation between the user and system will be placed here]
</current_conversation>
Your job is to identify and categorize the user's preferences about their travel habits.
- Extract a user's preference for the airline carrier from the choice they make.
- Extract a user's preference for the seat type on the airline from the choice they make. It can aisle, middle or window
"""  # noqa: E501 - the guide's own lines

MEMORY = MemoryBlueprint(
    name="SampleAirlineAgent",
    description="Sample data: flight bookings with a custom preference prompt (carrier and seat type).",
    event_expiry_days=180,
    strategies=(
        {
            "customMemoryStrategy": {
                "name": "UserPreference",
                "namespaces": ["/users/{actorId}"],
                "configuration": {
                    "userPreferenceOverride": {
                        "extraction": {
                            "modelId": "anthropic.claude-3-5-sonnet-20241022-v2:0",
                            "appendToPrompt": CUSTOM_PROMPT,
                        }
                    }
                },
            }
        },
    ),
    role_arn="arn:aws:iam::123456789012:role/MyRole",
)

WEEKEND = """
U: <Morning|Hello>! I need to get from {home} to {favourite} on {day+6}, back two days later.
A: Let me see what is flying.
T: flight_search(start='{home}', end='{favourite}', date='{iso+6}') -> [{"flight": "{flight_a}", "departs":
  "07:05"}, {"flight": "{flight_b}", "departs": "13:40"}]
A: There are two: 1/ {carrier} {flight_a} at 7:05 AM 2/ {other_carrier} {flight_b} at 1:40 PM.
U: {carrier}, I always fly {carrier}. <I like to land before lunch.|I prefer early
  flights.|I like to arrive before noon.>
A: {carrier} {flight_a} it is. Which seat would you like?
U: I prefer {seat_word} seats, as far forward as you can.
T: book(flight='{flight_a}', seat='{seat_number}') -> {"pnr": "{pnr}"}
A: You're on {flight_a} in seat {seat_number}, booking {pnr}.
U: <Perfect, thanks.|Lovely, thank you.>
"""

FAMILY = """
U: We are four this time: my {partner}, the two kids and me. {home} to {family_city} over the holidays.
A: How old are the children?
U: {kid_ages}. We need to sit together, the little one is afraid of flying.
T: flight_search(start='{home}', end='{family_city}', passengers=4) -> [{"flight": "{flight_b}",
  "seats_together": 4}]
A: {other_carrier} {flight_b} has four seats together in row 22. {carrier} only has two and two.
U: Then {other_carrier}, just this once.
A: Shall I order children's meals?
U: One. The older one eats what I eat, and I only eat {diet} food.
A: One children's meal and one {diet} meal are ordered.
U: And please no stopovers with the kids, ever. I'd rather pay more for a direct flight.
A: Noted, direct flights when you travel with your children.
"""

DELAY = """
U: My flight {flight_a} is two hours late and I have a connection in {hub}. What now?
T: flight_status(flight='{flight_a}') -> {"delay_minutes": 125, "reason": "crew"}
A: {flight_a} now leaves at 11:40, so you would miss the connection in {hub} by ten minutes.
U: I have to be in {favourite} tonight, I'm {job} and we open tomorrow at eight.
A: I can put you on a direct flight with {other_carrier} at 15:20, or on tonight's last connection.
>> last-connection
U: What about tonight's last connection?
A: It lands at 23:55, if nothing else slips.
U: Too tight.
<<
U: The direct one. And {seat_word} again if there is one left.
T: rebook(pnr='{pnr}', flight='{flight_b}') -> {"seat": "{seat_number}"}
A: Done: {flight_b} at 15:20, seat {seat_number}. The delay also entitles you to a meal voucher.
U: You saved my day. Next time I'd rather not connect in {hub} at all, it's always {hub}.
A: I'll avoid {hub} for you when I can.
"""

UPGRADE = """
U: How many miles do I have with {carrier}?
T: miles(program='{program}', member='{member}') -> {"balance": {miles}}
A: You have {miles} miles in {program}.
U: Is that enough for an upgrade to {favourite} and back?
A: For one direction, yes. For both you'd need about 9,000 more.
U: Then outbound, I sleep better on the way there. I have a long day after landing.
A: Upgrade on the outbound flight requested. Would you like to be told by e-mail or text?
U: I prefer text messages. I don't read e-mail on travel days.
A: I'll text you as soon as it clears.
"""

MEALS = """
U: Last time I got the chicken although I had ordered {diet}.
A: I'm sorry. I see that the meal request fell off when you were rebooked.
U: It matters to me, I've been {diet} for {diet_years} years.
T: set_profile(meal='{diet}') -> {"saved": true}
A: It is in your profile now, so it survives rebooking.
U: <Also, I don't drink coffee any more, tea is fine.|And I only drink water on board, in case that helps.>
A: That one I can only pass on, but I wrote it down.
U: Haha, fair.
"""

BAGGAGE = """
U: My suitcase didn't make it. I'm standing at the belt in {favourite}.
A: I'm sorry. Which flight, and what does it look like?
U: {flight_a}. A {suitcase}, with a yellow ribbon.
T: trace_bag(pnr='{pnr}') -> {"last_seen": "{home}", "next_flight": "tomorrow 07:05"}
A: It's still in {home} and comes on tomorrow's first flight. Where shall we bring it?
U: {hotel}. I'm there until {day+3}.
A: It will be delivered to {hotel} tomorrow before noon.
U: My running shoes are in there, I run every morning.
A: You may buy what you need for tonight and send us the receipt, up to $100.
U: OK. I prefer to travel with hand luggage only from now on!
"""

SEAT_CHANGE = """
U: I'm on {flight_a} on {day+4} in seat {seat_number}. Can I change it?
A: Of course. What would you prefer?
U: I used to take {seat_word} seats, but since my knee operation I prefer aisle seats on the left side.
T: seat_map(flight='{flight_a}') -> {"free_aisle_left": ["9C", "14C"]}
A: 9C and 14C are free.
U: 9C. Please make that my standard for the next months.
A: Seat 9C on {flight_a}, and left-hand aisle seats from now on.
U: Do you board people with crutches first?
A: Yes, just go to the desk when boarding starts.
"""

CONFERENCE = """
U: I'm speaking at a conference in {conference_city}, {date+15} to {date+18}. Get me there the day before.
A: From {home}?
U: From {home}, yes. I prefer evening flights, I work until five.
T: flight_search(start='{home}', end='{conference_city}', date='{iso+14}', after='17:00') -> [{"flight":
  "{flight_c}", "departs": "18:30"}]
A: {carrier} {flight_c} leaves at 18:30 and arrives at 21:15.
U: Book it. The invoice goes to my employer, {employer}.
A: Booked on {flight_c}. The invoice is made out to {employer}.
J: {"event": "fare_selected", "fare": "flex", "price": {"amount": 412.5, "currency": "USD"},
  "alternatives_seen": 3}
U: Flexible fare, I hope? These things always move by a day.
A: Yes, you can change it free of charge.
"""

CANCELLED = """
U: Please cancel booking {pnr}. {cancel_reason}.
A: I'm sorry to hear that. The fare is refundable, minus $25.
U: Could I have a voucher instead, without the fee?
T: cancel(pnr='{pnr}', refund='voucher') -> {"voucher": "V-88{phone}"}
A: Yes. Voucher V-88{phone} is worth the full fare for twelve months.
U: Good. I'll go in spring then, {favourite} is nicer in May anyway.
"""

CARRIERS = """
U: I've had it with {carrier}. Third delay this month.
A: I understand. Would you like me to look at other carriers first from now on?
U: Yes. I'd prefer {other_carrier} from now on, their mornings are on time.
A: Noted, {other_carrier} first, {carrier} only if nothing else fits.
U: Keep the seat as it was, I still prefer {seat_word} seats.
T: set_profile(carrier='{other_carrier}') -> {"saved": true}
A: Saved.
U: What would that have been for my trip to {favourite} next week?
A: {other_carrier} {flight_b} at 1:40 PM, about $30 cheaper.
U: Then rebook me 😄
T: rebook(pnr='{pnr}', flight='{flight_b}') -> {"seat": "{seat_number}"}
A: Rebooked, seat {seat_number}.
"""

PET = """
U: Can I take {pet} into the cabin on the flight to {favourite}?
A: How heavy is {pet}, with the carrier bag?
U: {pet_weight}. Very calm, sleeps the whole time.
A: Up to 8 kg is fine in the cabin, one pet per row.
U: Then book that, please. I never fly without {pet} when I stay longer than a week.
T: add_pet(pnr='{pnr}', cabin=True) -> {"fee": "$95"}
A: {pet} is booked into the cabin for $95. Please bring the vaccination card.
U: 🐾 Thank you!
"""

SCRIPTS: dict[str, Script] = {
    "airline-booking": AIRLINE_BOOKING,
    "weekend-trip": WEEKEND,
    "family-flight": FAMILY,
    "missed-connection": DELAY,
    "miles-upgrade": UPGRADE,
    "meal-request": MEALS,
    "lost-baggage": BAGGAGE,
    "seat-change": SEAT_CHANGE,
    "conference-trip": CONFERENCE,
    "trip-cancelled": CANCELLED,
    "carrier-change": CARRIERS,
    "pet-in-cabin": PET,
}

CAST = (
    Persona("User84", ("airline-booking@AirlineBookingSession1",), shape="conversation"),
    Persona(
        "tenant-a/user-7",
        ("weekend-trip", "missed-connection", "miles-upgrade", "carrier-change"),
        {
            "home": "Leipzig",
            "favourite": "Zurich",
            "carrier": "Lufthansa",
            "other_carrier": "Swiss",
            "flight_a": "LH2163",
            "flight_b": "LX919",
            "seat_word": "aisle",
            "seat_number": "5C",
            "pnr": "K3TQ8M",
            "hub": "Frankfurt",
            "job": "a trade-fair stand builder",
            "program": "Miles & More",
            "member": "9920041",
            "miles": "31250",
        },
        metadata={"cabin": "economy"},
    ),
    Persona(
        "tenant-a/user-12",
        ("meal-request", "conference-trip", "lost-baggage", "seat-change"),
        {
            "home": "Chicago",
            "favourite": "Denver",
            "conference_city": "Lisbon",
            "carrier": "United",
            "diet": "vegan",
            "diet_years": "eleven",
            "flight_a": "UA1472",
            "flight_c": "UA986",
            "seat_word": "window",
            "seat_number": "17F",
            "pnr": "P9WZ4C",
            "suitcase": "green hard-shell suitcase",
            "hotel": "Hotel Larimer",
            "employer": "Prairie Analytics",
        },
        metadata={"cabin": "economy", "corporate": "true"},
        recent=True,
    ),
    Persona(
        "traveler:gold:2207",
        ("family-flight", "weekend-trip", "pet-in-cabin"),
        {
            "home": "Toronto",
            "favourite": "Halifax",
            "family_city": "Vancouver",
            "partner": "husband",
            "kid_ages": "Four and nine",
            "diet": "kosher",
            "carrier": "Air Canada",
            "other_carrier": "WestJet",
            "flight_a": "AC604",
            "flight_b": "WS706",
            "seat_word": "window",
            "seat_number": "3A",
            "pnr": "R2HX7D",
            "pet": "Muffin",
            "pet_weight": "Six kilos",
        },
        shape="exchange",
    ),
    Persona(
        "mei-chen",
        ("weekend-trip", "trip-cancelled", "meal-request"),
        {
            "home": "San Francisco",
            "favourite": "Seattle",
            "carrier": "Alaska Airlines",
            "other_carrier": "Southwest",
            "flight_a": "AS331",
            "flight_b": "WN2240",
            "seat_word": "window",
            "seat_number": "8A",
            "pnr": "T6LBN2",
            "cancel_reason": "My grandmother is in hospital and I want to stay close",
            "phone": "414",
            "diet": "vegetarian",
            "diet_years": "three",
        },
        metadata={"channel": "app"},
    ),
)

AIRLINE = Domain("airline", MEMORY, SCRIPTS, CAST)
