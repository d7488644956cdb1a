"""Category labels of preferences, by the words in them."""

import re

# label -> stems; a stem matches the start of a word, one with a trailing "$" the whole word
CATEGORIES: dict[str, str] = {
    "food": """
        bake$ baking barbecue bbq beef bread breakfast brunch burger cake cereal cheese chicken
        chocolate cilantro cook cuisine curry dairy dessert diet dinner dish eat$ eating eats$ egg$ eggs$
        fish$ flavor flavour food fruit garlic gluten halal honey ice-cream ingredient keto kosher lactose
        lunch meal meat mushroom noodles nut$ nuts$ oat oatmeal olives organic pasta peanut pescatarian
        pizza pork potato ramen recipe rice$ salad sandwich seafood shellfish snack soup spicy steak sugar$
        sushi sweet$ sweets$ taco taste tofu tomato vegan vegetable$ vegetables$ vegetarian yogurt
    """,
    "drinks": """
        alcohol beer cappuccino cocktail coffee decaf drink espresso juice latte milk soda tea$ teas$ water$
        whiskey wine
    """,
    "restaurants": "bistro cafe café cuisine dine diner dining restaurant steakhouse takeaway takeout",
    "dietary restrictions": """
        celiac coeliac dairy-free gluten halal intoleran keto kosher lactose pescatarian vegan
        vegetarian
    """,
    "ambience": """
        ambiance ambience atmosphere calm cosy cozy crowd lively loud noisy outdoor-seating peaceful quiet
        noise
        romantic
    """,
    "budget": """
        $-amount afford bargain budget cheap cost coupon deal$ deals$ discount economical expensiv high-end
        inexpensive low-cost luxury mid-range midrange price pricey spend
    """,
    "location": """
        beach$ beachfront center central centre city close$ countryside downtown located location near
        nearby neighborhood neighbourhood rural suburb urban walking-distance
    """,
    "travel": """
        abroad airbnb airline airlines airport backpack carry-on cruise departure destination flies$ flight
        fly$ flying holiday hostel hotel itinerary layover luggage rail resort road-trip seat tour$ tours$
        train$ trains$ travel trip vacation
    """,
    "airlines": """
        airline airlines american-airlines british-airways business-class carrier delta easyjet emirates
        jetblue klm lufthansa qantas qatar ryanair southwest-airlines united
    """,
    "seating": "aisle booth exit-row front-row legroom seat seating seats window-seat",
    "accommodation": """
        airbnb apartment bed$ check-in floor$ hostel hotel motel pillow resort room$ rooms$ suite
    """,
    "transportation": """
        bike bus$ car$ cars$ commute cycling drive$ drives$ driving lyft metro$ scooter subway suv taxi
        train$ trains$ tram uber
    """,
    "shopping": """
        amazon brand buy$ buying buys$ clothes delivery online-order order$ orders$ package purchase refund
        shipping shoe$ shoes shop shopping size$ store$ stores$
    """,
    "fashion": """
        clothes clothing cotton dress$ fabric fashion jacket jeans leather outfit shoes sneakers
        wear$ wearing wears$
    """,
    "communication": """
        answer$ answers$ bullet call$ called calls$ chat concise contact e-mail email emoji explain
        explanation formal jargon language mail$ meeting$ meetings$ message newsletter notification notified
        notify english spelling language$ prose$ table$ tables$ phone replies reply respond slack sms speak
        spoken text$ texts$ tone
    """,
    "music": """
        album band$ classical concert guitar hip-hop jazz listen music piano playlist podcast pop$ rock$
        song$ songs$ spotify vinyl
    """,
    "movies and tv": """
        anime cinema comedies comedy documentar film$ films$ horror movie netflix series$ shows$
        sitcom thriller tv$
    """,
    "books": """
        paperback ebook hardcover
        audiobook author$ authors$ e-book sci-fi science-fiction fantasy$ paper$ book$ books$ fiction
        kindle literature magazine non-fiction novel poetry read$
        reading reads$
    """,
    "sports": """
        badminton baseball basketball boxing climbing cycling football golf hike hikes hiking hockey jog
        marathon pickleball run$ running runs$ ski$ skiing soccer sport surf swim tennis volleyball yoga
    """,
    "fitness": """
        cardio crossfit deadlift exercise fitness gym lifting pilates squats stretch$ stretching trainer
        training$ treadmill weights work$-out workout yoga
    """,
    "health": """
        allerg appointment asthma blood clinic dentist diabet diet doctor health medication medicine
        migraine needles pain physio sleep smok therapist vaccine vitamin
    """,
    "pets": "cat$ cats$ dog$ dogs$ kibble kitten leash litter pet$ pets$ puppy vet$",
    "family": """
        brother anniversary baby married pregnan wedding child children dad daughter$ family father grandm
        grandp husband kids mom mother parents
        sister son$ wife
    """,
    "work": """
        career client colleague deadline freelance job$ manager meeting$ meetings$ office project$ remote$
        remotely standup team$ work$ workplace
    """,
    "technology": """
        google docs$ spreadsheet imports$ unit-test$ unit-tests$ screenshot pandas polars android
        api app$ apps$ aws browser cloud code coding computer dark-mode database docker editor
        framework gadget git$ iphone java$ javascript jira json keyboard laptop linux macos programming
        python reactjs rust$ software sql tabs$ tech$ terminal typescript vim vscode windows$ yaml
    """,
    "learning": """
        class$ classes$ courses$ coursework exam$ examples flashcard hands-on language$ learn lesson
        practice$ quiz study
        studying teach tutorial visual
    """,
    "finance": """
        account$ bank banking card$ cards$ cash credit crypto debit electronic etf fund$ funds$ index-fund
        invest loan money mortgage paperless pay$ paying payment pays$ saving$ savings statement
        stocks
    """,
    "home": "apartment bedroom decor decorat furniture garden gardening home$ house kitchen$ plants$",
    "hobbies": """
        board-game camping chess collecting craft crochet dance$ dancing draw$ drawing fishing game$ games$
        gaming gardening hobbies hobby knit paint painting photograph pottery puzzle sew$ sewing sing$
        singing woodworking
    """,
    "schedule": """
        afternoon appointment early early-bird evening friday late$ monday morning night$ nights$ noon
        o'clock saturday sunday thursday time-slot tuesday wednesday weekday weekend
    """,
    "weather": """
        climate the-cold the-heat cold-weather hot-weather humid rain rainy snow summer sunny warm weather
        winter
    """,
    "privacy": "anonymous cookies data$ privacy private tracking",
    "favorites": "favorite favourite",
    "environment": """
        carbon climate-change eco-friendly electric-car green-energy organic plastic recycl sustainab
    """,
}
GENERAL = "general"
MOST_LABELS = 3


def pattern_of(stems: str) -> re.Pattern[str]:
    """One pattern for all the stems of a label."""
    alternatives = (
        re.escape(stem.rstrip("$")) + (r"\b" if stem.endswith("$") else "") for stem in stems.split()
    )
    return re.compile(
        r"\b(?:" + "|".join(part.replace(r"\-", r"[\s-]") for part in alternatives) + ")", re.IGNORECASE
    )


PATTERNS = {label: pattern_of(stems) for label, stems in CATEGORIES.items()}
TIME_OF_DAY = re.compile(r"\b\d{1,2}(?::\d\d)? ?(?:am|pm)\b", re.IGNORECASE)
ALLERGY = re.compile(r"\ballerg", re.IGNORECASE)
MONEY = re.compile(r"[$€£]\s?\d|\b\d+ (?:dollars|euros|pounds|bucks)\b", re.IGNORECASE)


def categories(preference: str, said: str) -> list[str]:
    """At most three labels, most telling first: from the preference, or else from what was said around it."""
    return _labels(preference) or _labels(said) or [GENERAL]


def _labels(text: str) -> list[str]:
    hits = {label: len(set(map(str.lower, pattern.findall(text)))) for label, pattern in PATTERNS.items()}
    hits["schedule"] += bool(TIME_OF_DAY.search(text))
    hits["budget"] += bool(MONEY.search(text))
    hits["dietary restrictions"] += bool(hits["food"] and ALLERGY.search(text))  # latex is none
    found = sorted((label for label, count in hits.items() if count), key=lambda label: -hits[label])
    return found[:MOST_LABELS]
