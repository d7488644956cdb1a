"""A travel assistant with facts, preferences and summaries: hotels, trains, visas, packing, Anna's trip."""

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Profile, Script
from services.sample_data.domains.seed_conversations import TRIP_BOOKING, TRIP_CHANGE

MEMORY = MemoryBlueprint(
    name="SampleTravelAssistant",
    description="Sample data: plans and changes trips, and remembers travellers between them.",
    event_expiry_days=365,
    strategies=(
        {
            "semanticMemoryStrategy": {
                "name": "TravelFacts",
                "namespaces": ["/strategies/{memoryStrategyId}/actors/{actorId}/"],
            }
        },
        {
            "userPreferenceMemoryStrategy": {
                "name": "TravelPreferences",
                "namespaces": ["/strategies/{memoryStrategyId}/actors/{actorId}/"],
            }
        },
        {
            "summaryMemoryStrategy": {
                "name": "TripSummaries",
                "namespaces": ["/strategies/{memoryStrategyId}/actors/{actorId}/sessions/{sessionId}/"],
            }
        },
    ),
)

FIRST_PLAN = """
U: Hi, I'm {first}. I'm planning {trip_length} in {country} in {trip_month} and I don't know where to start.
A: Nice to meet you, {first}! What do you enjoy most when you travel?
U: {enjoys}. I don't like resorts, I like to live somewhere for a few days.
A: Then I'd pick two bases instead of a round trip: {base_a} and {base_b}.
U: That sounds right. I travel with {company}.
A: How do you like to get around?
U: By train whenever possible, I don't have a driving licence.
T: route(from='{base_a}', to='{base_b}', mode='TRAIN') -> {"duration": "{train_time}", "changes": 1}
A: {base_a} to {base_b} takes {train_time} by train, with one change.
U: Perfect. Let's keep that as the plan.
A: Saved: {trip_length} in {country}, {trip_month}, bases {base_a} and {base_b}, by train.
"""

HOTEL = """
U: I need somewhere to stay in {base_a}, {nights} nights from {date+20}.
A: A hotel, or an apartment?
U: {stay_kind}. I prefer a quiet room to the courtyard, I'm a light sleeper.
A: What's your limit per night?
U: {night_budget}, a bit more if breakfast is included.
T: search_stays(city='{base_a}', nights={nights}, max='{night_budget}') -> ["{hotel_a}", "{hotel_b}"]
A: {hotel_a} is right at the station. {hotel_b} is ten minutes out but has a garden.
U: The garden one. Stations are noisy.
T: book_stay(place='{hotel_b}', nights={nights}) -> {"confirmation": "H-{ref}"}
A: {hotel_b} is booked under H-{ref}, free to cancel until {date+17}.
"""

VISA = """
U: Do I need a visa for {country}? I have a {passport} passport.
T: entry_rules(country='{country}', passport='{passport}') -> {"visa": "{visa}"}
A: With a {passport} passport: {visa}.
U: My passport expires next {passport_month}, is that a problem?
A: It has to be valid for six months after you leave, so please renew it first.
U: Ugh. I'll do it on {day+4}, that's my day off.
A: Shall I remind you?
U: Yes, the evening before.
A: I'll remind you on {day+3} evening to renew your passport.
"""

CHANGED_DATES = """
U: I have to move my trip by a week. {move_reason}.
A: That's booking {ref}. New dates would be {date+27} to {date+36}, is that right?
U: Yes. And keep the same places if you can.
T: update_existing_trip_dates(booking_id='{ref}', new_start_date='{iso+27}', new_end_date='{iso+36}') ->
  Successfully updated trip {ref}. New departure date: {iso+27} and new return date: {iso+36}.
A: Everything moved. {hotel_b} had room, and the train tickets were flexible.
U: What did it cost me?
A: Nothing but the reservation fee for two seats.
U: I could hug you.
"""

SIGHTS = """
U: What should I see in {base_b} if I only have one day?
A: That depends. Museums, food, or outside?
U: Outside first, then food. I don't queue for anything longer than ten minutes.
A: Then start with {sight_a} early in the morning, and go to {sight_b} after four.
U: And for lunch?
A: The market hall, it has everything from {food} to cake.
U: I love {food}! I could eat it every day.
>> rainy-day
U: And if it rains?
A: Then {sight_c}, it has a roof and hardly any queue.
<<
U: Is {sight_b} doable for somebody with a bad knee?
A: There are about ninety steps, but also a lift behind the ticket office.
U: Good, I hurt my knee skiing and stairs are slow going.
"""

PACKING = """
U: Help me pack. {trip_length} in {country}, {trip_month}, and I only travel with a {bag}.
A: It will be around {temperature} and it may rain. Layers, then.
U: I always forget one thing. Last time it was the charger, before that my glasses.
A: Then those go to the top of the list: charger, glasses.
U: I take {medicine} every day, so that as well.
A: {medicine_capital}, in your hand luggage, with a copy of the prescription.
U: Good thinking. Anything else for {base_a}?
A: A swimsuit. You said that you like {enjoys_short}.
B: {"state": "packing_list", "items": ["charger", "glasses", "prescription", "rain jacket", "swimsuit"],
  "version": 3}
U: Ha, you remembered.
"""

CANCELLED = """
U: I'm afraid I have to cancel {base_b}. Only that part.
A: I'm sorry. Shall I cancel the stay and the train?
U: Yes, both. I'd like to have two more nights in {base_a} instead.
T: delete_existing_trip_reservation(booking_id='{ref}-2') -> Successfully deleted reservation {ref}-2.
A: The {base_b} part is cancelled, {refund} will be refunded.
U: And the two nights?
A: {hotel_b} is full on the second one. I found {hotel_a} for that night.
U: Hm. I said quiet, remember? But for one night it's alright.
A: I asked for a room to the back.
"""

DIARY = """
U: I'm back! Best trip in years.
A: Welcome back, {first}! What was the best part?
U: {best_part}. I want to go again next year, with more time.
A: And the worst?
U: {worst_part}.
A: I'll keep both in mind for next time.
U: Next time I want to fly less. I'd rather spend a night on a train than two hours in a plane.
A: Noted: night trains before flights.
U: I'm writing a little travel diary, it's for my {relative}, who can't travel any more.
A: That's a kind thing to do.
"""

NEIGHBOURHOOD = """
U: Where do people actually live in {base_a}? I don't want to be between souvenir shops.
A: {quarter} is where people live: bakeries, a park, two tram lines.
U: Sounds good. I get up early and I like to have coffee somewhere before I do anything else.
A: There are three cafés around the square, one opens at six.
U: At six! You know me.
A: I do by now 🙂
U: How long to the centre?
A: Twelve minutes by tram.
"""

WORK_TRIP = """
U: Different question, a work trip: Monday and Tuesday in {work_city}, {company_work} pays.
A: When do you have to be there?
U: At nine on Monday. I hate arriving the evening before, but I hate five o'clock trains more.
A: So the evening before.
U: Yes. A hotel near the office, with a desk. I need to write until midnight.
T: search_stays(city='{work_city}', near='office', desk=True) -> ["{hotel_c}"]
A: {hotel_c} is next door and has desks.
U: Send the invoice to {company_work}, they need the cost centre {cost_centre} on it.
T: book_stay(place='{hotel_c}', cost_centre='{cost_centre}') -> {"confirmation": "W-{ref}"}
A: Booked as W-{ref}, with {cost_centre} on the invoice.
"""

FRENCH = """
U: Bonjour, je voudrais réserver deux billets pour {base_b}.
A: Bonjour ! Pour quelle date ?
U: {iso+8}, le matin. Je préfère une place côté fenêtre, dans le sens de la marche.
T: book_train(to='{base_b}', date='{iso+8}', seats=2, position='window') -> {"coach": 12, "seats": [41, 43]}
A: Voiture 12, places 41 et 43, côté fenêtre.
U: Merci. I'm travelling with {company}, do children pay?
A: Under four they travel free of charge.
U: Très bien, à bientôt !
"""

SCRIPTS: dict[str, Script] = {
    "trip-booking": TRIP_BOOKING,
    "trip-change": TRIP_CHANGE,
    "first-plan": FIRST_PLAN,
    "place-to-stay": HOTEL,
    "visa-question": VISA,
    "moved-dates": CHANGED_DATES,
    "one-day": SIGHTS,
    "packing-list": PACKING,
    "part-cancelled": CANCELLED,
    "back-home": DIARY,
    "where-people-live": NEIGHBOURHOOD,
    "work-trip": WORK_TRIP,
    "french-train": FRENCH,
}

CAST = (
    Persona("anna", ("trip-booking", "trip-change"), recent=True),
    Persona(
        "traveler-jonas",
        ("first-plan", "place-to-stay", "visa-question", "one-day", "back-home"),
        {
            "first": "Jonas",
            "trip_length": "ten days",
            "country": "Japan",
            "trip_month": "April",
            "enjoys": "Old gardens and hot springs",
            "base_a": "Kanazawa",
            "base_b": "Kyoto",
            "company": "my sister",
            "train_time": "2 h 10 min",
            "nights": "4",
            "stay_kind": "A small inn",
            "night_budget": "€110",
            "hotel_a": "Kanazawa Grand",
            "hotel_b": "Ryokan Asadaya Garden",
            "ref": "51f0ce",
            "passport": "Danish",
            "visa": "no visa for stays of up to 90 days",
            "passport_month": "June",
            "sight_a": "the bamboo grove",
            "sight_b": "Kiyomizu temple",
            "sight_c": "Nishiki market",
            "food": "grilled eel",
            "best_part": "Kenrokuen at half past seven in the morning, with nobody there",
            "worst_part": "The airport, both ways",
            "relative": "grandfather",
        },
    ),
    Persona(
        "traveler-amara",
        ("first-plan", "where-people-live", "packing-list", "moved-dates"),
        {
            "first": "Amara",
            "trip_length": "two weeks",
            "country": "Portugal",
            "trip_month": "May",
            "enjoys": "Swimming in the sea, and tiled houses",
            "enjoys_short": "swimming in the sea",
            "base_a": "Porto",
            "base_b": "Coimbra",
            "company": "my best friend from school",
            "train_time": "1 h 20 min",
            "quarter": "Bonfim",
            "bag": "backpack",
            "temperature": "19 degrees",
            "medicine": "thyroid tablets",
            "medicine_capital": "Thyroid tablets",
            "move_reason": "My exam was postponed",
            "ref": "a93d17",
            "hotel_b": "Casa do Jardim",
        },
        metadata={"channel": "app"},
        recent=True,
    ),
    Persona(
        "org-9/traveler/elif",
        ("work-trip", "visa-question"),
        {
            "work_city": "Rotterdam",
            "company_work": "Halic Shipping",
            "hotel_c": "Hotel Wilhelmina Pier",
            "cost_centre": "CC-4471",
            "ref": "0b77e2",
            "country": "the Netherlands",
            "passport": "Turkish",
            "visa": "a Schengen visa, applied for at least 15 days ahead",
            "passport_month": "February",
        },
        shape="exchange",
    ),
    Persona(
        "traveler-camille",
        ("french-train", "place-to-stay", "part-cancelled"),
        {
            "base_a": "Annecy",
            "base_b": "Chamonix",
            "company": "my daughter, who is three",
            "nights": "3",
            "stay_kind": "An apartment with a kitchen",
            "night_budget": "€95",
            "hotel_a": "Hôtel de la Gare",
            "hotel_b": "Les Tilleuls",
            "ref": "77aa3c",
            "refund": "€142",
        },
        metadata={"locale": "fr_FR"},
    ),
)

PROFILES = (
    Profile("traveler-jonas", "Jonas holds a yearly rail pass for Denmark.", "loyalty-import"),
    Profile(
        "org-9/traveler/elif",
        "Elif's travel has to be approved by her manager when it exceeds €800.",
        "hr-import",
    ),
)

TRAVEL = Domain("travel", MEMORY, SCRIPTS, CAST, PROFILES)
