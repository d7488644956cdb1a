"""A restaurant concierge that keeps preferences only: tastes, allergies, budgets, changes of mind."""

from services.sample_data.casting import Domain, MemoryBlueprint, Persona, Script
from services.sample_data.domains.seed_conversations import RESTAURANT

MEMORY = MemoryBlueprint(
    name="SampleRestaurantConcierge",
    description="Sample data: a restaurant concierge that learns what its guests like.",
    event_expiry_days=90,
    strategies=(
        {"userPreferenceMemoryStrategy": {"name": "UserPreference", "namespaces": ["/users/{actorId}"]}},
    ),
)

DATE_NIGHT = """
U: I want to surprise my {partner} on {day+3}. Something special but not stiff.
A: How lovely. What do you two like to eat?
U: We both love {cuisine_a}. I prefer small places with candles over big loud ones.
A: And the budget?
U: {budget} for both of us, wine included.
T: find_tables(cuisine='{cuisine_a}', city='{city}', date='{iso+3}', party=2) -> ["{place_a}", "{place_b}"]
A: {place_a} has a table by the window at half past seven, {place_b} one at eight.
U: {place_a}, the window one. {partner_capital} is allergic to {allergy}, can you tell them?
A: Booked for two, and I told them about the {allergy}.
U: You're the best.
"""

TEAM_LUNCH = """
U: Lunch for {party} colleagues on {day+2} in {city}, close to {landmark}.
A: Any dietary needs?
U: {needs}. I don't eat {dislike} myself.
A: Then I'd suggest {place_b}: they have a long menu and a quiet room upstairs.
U: How far is it from {landmark}? I prefer to walk, no more than ten minutes.
A: Six minutes on foot.
U: Good. One bill, please, we are not going to split it by {party}.
T: book_table(place='{place_b}', party={party}, date='{iso+2}', time='12:30') -> {"confirmed": true}
A: {place_b}, {party} people, 12:30, one bill.
"""

SPICE = """
U: Which {cuisine_b} place can you recommend? The hotter the better 🌶️
A: How hot is hot?
U: I like really spicy food, the kind that makes other people leave the table.
T: search_menus(cuisine='{cuisine_b}', city='{city}', heat=5) -> ["{place_c}"]
A: {place_c} has a dish that you have to sign for.
U: That's my kind of place. Can I sit at the counter? I always eat at the counter when I'm alone.
A: Counter seats can't be booked, but before seven there is usually one free.
U: I'll go at six.
"""

NO_MORE_MEAT = """
U: Small update: I stopped eating meat {weeks} weeks ago.
A: Thanks for telling me. Fish as well?
U: Fish is still fine, I'd say pescatarian. My doctor asked me to, and honestly I feel better.
A: I'll look for pescatarian menus from now on.
U: So {place_d}, where you sent me last month, is out. Which is a pity, I loved their burgers.
A: {place_d} does have a grilled mackerel roll. But I can find you something new.
U: Something new, please. I'm in the mood for {cuisine_a}.
T: find_tables(cuisine='{cuisine_a}', city='{city}', diet='pescatarian') -> ["{place_a}"]
A: {place_a} is known for its seafood, they have room at seven.
U: Then seven it is.
"""

KIDS = """
U: Where can we go with {kids} and not be hated by everyone?
A: Indoors or outdoors?
U: We like to sit outdoors, with a playground if possible. My children are {kid_ages} and can't sit still.
A: {place_e} has a garden and a sandbox, and high chairs.
U: Is there something that isn't fries? I want them to eat vegetables at least once a week.
A: They do vegetable skewers, and children choose the sauce.
U: Great. We eat early, half past five at the latest.
T: book_table(place='{place_e}', party=4, time='17:15') -> {"confirmed": true}
A: A table in the garden at a quarter past five.
"""

ALLERGY = """
U: That place you recommended had peanuts in the sauce. I told you I'm allergic to {allergy}!
A: I'm very sorry. Are you alright?
U: I noticed in time. But please, this is not a preference, it is serious. I carry an EpiPen.
A: You're right. I have marked it as a severe allergy, and every booking will say so.
T: set_profile(allergy='{allergy}', severity='severe') -> {"saved": true}
U: And they should confirm it in writing before I go anywhere.
A: I'll only suggest places that confirmed it in writing. Is there anything I can do about tonight?
U: Somewhere simple where I can see the kitchen.
A: {place_c} has an open kitchen and doesn't use nuts at all. I called them.
U: OK. Thank you for calling.
"""

WINE = """
U: I'm looking for a wine bar in {city}. I like {wine}, nothing sweet.
A: {place_b} pours forty wines by the glass, many of them {wine}.
U: Do they have food? <I don't drink on an empty stomach.|I like to eat something with my wine.>
A: Cheese, bread, a few small plates.
U: Fine. A high table, not those low sofas.
A: I asked for a high table at eight.
U: Actually, make it nine, my yoga class ends at half past eight.
A: Nine o'clock then.
"""

BIRTHDAY = """
U: I'm turning {age} on {day+10} and I want to have {party} people around a long table.
A: Congratulations in advance! Which part of {city}?
U: {district}, I live there and nobody has to drive.
A: {place_a} and {place_e} both have a long table. {place_a} is quieter.
U: I prefer quiet places, we want to talk. Can they do a cake? No marzipan, I hate marzipan.
T: ask_place(place='{place_a}', question='birthday cake without marzipan') -> "Yes: lemon, or chocolate"
A: They offer lemon or chocolate.
>> chocolate
U: Which one do people usually take?
A: Chocolate, most of the time.
<<
U: Lemon, I love lemon.
A: A lemon cake, a long table for {party} at {place_a}. Shall I send the address to your guests?
U: No need, they know the place.
"""

LATE_SHIFT = """
U: It's ten past eleven and I just finished work. Who still cooks?
A: In {city}? {place_c} until one, {place_e} closed at ten.
U: {place_c} is fine. I work late four nights a week, so keep a list of places that are open after eleven.
A: I'll keep that in mind and suggest late kitchens on weekdays.
U: And I'd rather have a soup than something fried at this hour.
A: They have {soup}.
U: Sold.
"""

BRUNCH = """
U: Brunch on {day+1}! Somewhere that takes {pet} too.
A: How big is {pet}?
U: {pet_size}. We always sit outside anyway.
A: {place_e} puts out water bowls and has a sunny terrace.
U: What about the coffee? I only drink {coffee}.
A: They make {coffee}, the reviews praise it.
U: Then reserve for {party_small} at eleven. I'm not a morning person.
T: book_table(place='{place_e}', party={party_small}, time='11:00') -> {"confirmed": true}
A: Eleven o'clock on the terrace.
U: <Merci !|Thanks a bunch 🥐>
"""

BUDGET = """
U: I have to watch my money for a while. Nothing above {low_budget} per person, please.
A: Understood, up to {low_budget} per person from now on.
U: I still want it to be good! I'd rather have one excellent bowl of noodles than three mediocre courses.
A: Then {place_c}: hand-pulled noodles, nothing above {low_budget}.
U: I'm a student again since autumn, does anybody give discounts?
A: {place_c} does on weekdays until three.
U: Lunch it is.
"""

JAPANESE = """
U: こんにちは。来週、東京から両親が来ます。静かな和食のお店はありますか。
A: こんにちは。何名様ですか。
U: 四人です。父は魚が好きですが、母は生の魚が食べられません。
T: find_tables(cuisine='Japanese', city='{city}', party=4, private=True) -> ["{place_d}"]
A: {place_d} に個室があります。焼き魚の定食もあります。
U: いいですね、お願いします。I'll switch to English: my parents prefer an early dinner, around six.
A: Booked at six, in the private room. I noted that your mother doesn't eat raw fish.
U: ありがとうございます！
"""

SCRIPTS: dict[str, Script] = {
    "talking-about-food": RESTAURANT,
    "date-night": DATE_NIGHT,
    "team-lunch": TEAM_LUNCH,
    "spicy-food": SPICE,
    "diet-change": NO_MORE_MEAT,
    "with-children": KIDS,
    "severe-allergy": ALLERGY,
    "wine-bar": WINE,
    "birthday-table": BIRTHDAY,
    "after-eleven": LATE_SHIFT,
    "brunch-with-dog": BRUNCH,
    "tight-budget": BUDGET,
    "parents-visit": JAPANESE,
}

CAST = (
    Persona("CaliforniaPerson", ("talking-about-food@TalkingAboutFood",), recent=True),
    Persona(
        "guest-lea",
        ("date-night", "brunch-with-dog", "diet-change", "wine-bar"),
        {
            "partner": "girlfriend",
            "partner_capital": "She",
            "cuisine_a": "Portuguese food",
            "budget": "About $140",
            "city": "Montreal",
            "place_a": "Casa Amália",
            "place_b": "Verre Bouteille",
            "place_d": "Brasserie Dix",
            "place_e": "Café Jardin",
            "allergy": "shellfish",
            "pet": "Pixel",
            "pet_size": "A whippet, so mostly legs",
            "coffee": "oat milk cortados",
            "party_small": "2",
            "weeks": "three",
            "wine": "dry whites",
        },
        metadata={"locale": "fr_CA"},
    ),
    Persona(
        "guest-omar",
        ("spicy-food", "after-eleven", "severe-allergy", "tight-budget"),
        {
            "cuisine_b": "Sichuan",
            "city": "Houston",
            "place_c": "Red Lantern",
            "place_e": "The Porch",
            "allergy": "peanuts",
            "soup": "a clear beef noodle soup",
            "low_budget": "$18",
        },
        recent=True,
    ),
    Persona(
        "tenant-b/office-manager",
        ("team-lunch", "birthday-table", "with-children"),
        {
            "party": "12",
            "city": "Dublin",
            "landmark": "Grand Canal Dock",
            "needs": "Two vegans and one person without gluten",
            "dislike": "mushrooms",
            "place_a": "The Long Hall Kitchen",
            "place_b": "Harbour & Rye",
            "place_e": "Garden House",
            "age": "forty",
            "district": "Ringsend",
            "kids": "two small kids",
            "kid_ages": "two and five",
        },
        shape="exchange",
    ),
    Persona(
        "guest-yuki",
        ("parents-visit", "wine-bar", "birthday-table"),
        {
            "city": "Seattle",
            "place_a": "Maneki Table",
            "place_b": "Cask & Cork",
            "place_d": "Hoshi",
            "place_e": "Greenlake Social",
            "wine": "sparkling wines",
            "age": "thirty",
            "party": "9",
            "district": "Fremont",
        },
        metadata={"locale": "ja_JP"},
    ),
)

DINING = Domain("dining", MEMORY, SCRIPTS, CAST)
