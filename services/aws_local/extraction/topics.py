"""Names for what a part of a session is about: "Order Issue", "Flight Booking", "Restaurant Preferences"."""

import re
from collections import Counter
from collections.abc import Sequence

from services.aws_local.extraction.categories import CATEGORIES, pattern_of
from services.aws_local.retrieval.ranking import STOP_WORDS
from services.aws_local.wordlist import words

DETERMINERS = r"(?:my |our |the |an? |some |your |any |another |that |new )*"
TO_DO = r"(?:(?:to|please|you|and|me) |^|[.!?,] )"  # what a verb of a request follows
NOUN_PHRASE = rf"{DETERMINERS}(?P<noun>[a-z][a-z'-]*(?: [a-z][a-z'-]*){{0,3}})"
# What happens to the noun, as (pattern, word behind the noun); the first that matches names the topic.
NAMINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(rf"\b{pattern}", re.IGNORECASE), nature)
    for pattern, nature in (
        (
            rf"(?:trouble|problems?|issues?|difficult(?:y|ies)) (?:with|using|regarding|on"
            rf"|about) {NOUN_PHRASE}",
            "Issue",
        ),
        (
            rf"{NOUN_PHRASE} (?:arrived (?:damaged|broken|late)|(?:is|was) (?:broken|damaged|missing|wrong"
            rf"|late|not working)|(?:does not|doesn't|won't) work)",
            "Issue",
        ),
        (
            r"(?:my|our) (?P<noun>[a-z][a-z'-]*(?: [a-z][a-z'-]*)?) (?:keeps? \w+ing|stopped |won't "
            r"|doesn't (?:work|start|open|turn|load|connect|charge|respond|print|fit)"
            r"|(?:isn't|is not) (?:working|responding|charging|loading|opening)"
            r"|fails? |crash|hurts?\b|broke\b|never (?:arrived|came|worked))",
            "Issue",
        ),
        (rf"charged (?:\w+ )?for {NOUN_PHRASE}", "Charge"),
        (rf"report(?:ing)? {NOUN_PHRASE}", "Report"),
        (rf"{TO_DO}(?:file|submit|raise) {NOUN_PHRASE}", ""),
        (rf"{TO_DO}(?:cancel|terminate) {NOUN_PHRASE}", "Cancellation"),
        (rf"{TO_DO}(?:return|refund|get a refund (?:for|on)) {NOUN_PHRASE}", "Refund"),
        (
            rf"{TO_DO}(?:change|update|edit|correct|modify|switch) "
            rf"(?!my (?:mistakes|errors|grammar|spelling|pronunciation)){NOUN_PHRASE}",
            "Update",
        ),
        (rf"{TO_DO}(?:reschedule|move|postpone) {NOUN_PHRASE}", "Rescheduling"),
        (rf"{TO_DO}(?:book|reserve) (?:me )?{NOUN_PHRASE}", "Booking"),
        (
            rf"(?:schedule|arrange|set up|make) (?:me )?(?=(?:an? )?(?:\w+ )?(?:appointment|meeting|visit"
            rf"|call|reservation|reminder)){NOUN_PHRASE}",
            "Scheduling",
        ),
        (rf"(?:plan|planning|organi[sz]e) {NOUN_PHRASE}", "Planning"),
        (rf"{TO_DO}(?:buy|purchase|order) (?:me )?{NOUN_PHRASE}", "Purchase"),
        (rf"{TO_DO}(?:write|draft|compose) (?:me )?{NOUN_PHRASE}", ""),
        (rf"{TO_DO}(?:open|apply for) {NOUN_PHRASE}", "Application"),
        (rf"(?:roll out|launch|introduce|prepare|build|building|develop|set up) {NOUN_PHRASE}", ""),
        (
            rf"(?<!never )(?<!not )(?<!n't )(?:recommend|suggest|find|looking for|search for)"
            rf" (?:me )?{NOUN_PHRASE}",
            "Search",
        ),
        (
            rf"(?:what|who|where|when)(?:'s| is| are| was| were) (?:the |an? )?(?!your |you |it |that |this "
            rf"|my ){NOUN_PHRASE}",
            "",
        ),
        (rf"(?:i|we)(?:'d| would)? (?:need|want|like) (?=an? ){NOUN_PHRASE}", "Request"),
        (r"(?:get|fly|travel|go|flight|train) from (?-i:[A-Z])\w+ to (?P<noun>(?-i:[A-Z])\w+)", "Trip"),
        (rf"(?:i|we)(?:'ve)? (?:got|adopted|bought) (?=an? ){NOUN_PHRASE}", ""),
        (
            rf"(?:help (?:me )?with|information (?:about|on)|questions? about|know about"
            rf"|tell me about) {NOUN_PHRASE}",
            "Question",
        ),
    )
)
LABEL_TITLES = {
    "drinks": "Drink",
    "restaurants": "Restaurant",
    "airlines": "Airline",
    "movies and tv": "Movie",
    "books": "Book",
}
SUBJECTS = {"pets": "Pets", "movies and tv": "Movies and TV", "finance": "Money", "drinks": "Food and Drinks"}
LABEL_TITLES |= {"sports": "Sport", "pets": "Pet", "hobbies": "Hobby", "favorites": "Personal"}
# Labels that qualify a topic and never make one.
QUALIFIERS = words("budget location schedule ambience seating weather home environment family favorites")
QUALIFIERS |= {"dietary restrictions"}
# Labels that are one subject to a reader.
GROUPS = {
    "drinks": "food",
    "restaurants": "food",
    "fitness": "health",
    "sports": "health",
    "airlines": "travel",
}
GROUPS |= {
    "accommodation": "travel",
    "transportation": "travel",
    "technology": "work",
}
# Words that no noun phrase goes across, and words that are no part of its name.
BREAKS = STOP_WORDS | words("""
    about and around as at be because but by from for get go going her him if in instead into is it last
    like near need next not on or please regarding since so than then to today tomorrow tonight us via want
    was when where with yesterday you
""")
NOT_NOUNS = BREAKS | words("""
    able actually best big cheap something anything someone similar suitable currently five four good great
    little new nice old one really small that
    this three two
""")
# Words that qualify a preference but tell no subject: people run a shop, buy seats of a program, take a
# class.
MANY_SUBJECTS = words("""
    account$ answer$ answers$ band$ book$ brand called$ call$ calls$ class$ classes$ client deal$ draw$ early
    fly$ floor$ game$ order$ orders$ paper$ package party pay$ paying pays$ pop$ rail read$ rock$ run$ running
    runs$ seat sing$ size$ speak statement store$ stores$ style$ suite sweet$ table$ tables$ tone train$
    trains$ payment
    tour$ tours$ united wear$ wearing wears$ weights work$ spend price
    """)
SUBJECT_PATTERNS = {
    label: pattern_of(" ".join(stem for stem in stems.split() if stem not in MANY_SUBJECTS))
    for label, stems in CATEGORIES.items()
}
# Weighted words by which a subject is known: one of the first turn, or two of later ones. A long talk that
# touches several takes more.
LEAST_OF_SUBJECT = 4
LEAST_IN_LONG_TALKS = 6
# The noun of "my two old bikes": up to two words before a word that goes on.
DETERMINED = re.compile(
    r"\b(?:my|our|your|his|her|their|the|an?) (?P<noun>[a-z][a-z'-]*(?: [a-z][a-z'-]*)?)"
    r"(?=[.,;:!?]|$| (?:and|or|is|are|was|were|has|have|had|in|on|at|for|of|to|from|with|by|that|which"
    r"|who|when|because|so|but|will|would|can|could|does|do|did|as|than|about|after|before|since|until"
    r"|now|again|then|never|always|also|just|still|helps?|works?|keeps?)\b)"
)
ABOUT_FAMILY = 6  # weighted words from which the people are the topic
NAMED_EARLY = 2  # turns of a topic that may name it: what comes later is a detail
SPOKEN_OF = 4  # a thing counts when the user speaks of it twice, or once and the assistant twice
LOWER_WORD = re.compile(r"(?<![\w'-])[a-z][a-z-]+")  # a capital in the middle is a name's
NO_TITLE = words("""
    drive work play call visit look talk walk run try use need want like love help start stop
    minute hour day week month year time morning afternoon evening night moment while way lot bit kind sort
    thing something anything one other rest same end start beginning side part place idea question answer
    problem point number name help change result message plan friend people person man woman mother father
    brother sister husband wife girlfriend boyfriend partner son daughter colleague boss manager neighbour
    neighbor today tomorrow week reason case fact example few couple
    """)
WORD = re.compile(r"[a-z][a-z'-]+")


def topic_words(text: str) -> frozenset[str]:
    """The words by which two parts of a session can be seen to be about the same thing, roughly stemmed."""
    words = (word.split("'")[0] for word in WORD.findall(text.lower()))
    return frozenset(
        _stem(word) for word in words if len(word) > 2 and word not in NOT_NOUNS and word not in COMMON
    )


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


COMMON = words("""
    hello helo
    prefer prefers something anything specific currently sure help issue issues problem trouble look let
    let's find see thing things change update make made also would like want options option available using
    address number details information question questions work works live lives time day week month year
    start started people use used have having has think feel looking tell give add book best love loves
    enjoy usually always never need needs another other first last right know going experiencing
    """)


def areas(text: str) -> frozenset[str]:
    """The subject areas that a text touches and that can make a topic."""
    return frozenset(
        GROUPS.get(label, label)
        for label, pattern in SUBJECT_PATTERNS.items()
        if label not in QUALIFIERS and pattern.search(text)
    )


def topic_name(said: Sequence[str], heard: Sequence[str], has_preferences: bool) -> str:
    """A title for what the user said, in order: what they name outright, else what most is about.

    ``heard`` is what the assistant asked and told; it counts half, and only where nothing is named outright.
    """
    named = next(filter(None, map(_named, said[:NAMED_EARLY])), "")
    area = _area(said, heard)
    if named or (area and has_preferences):
        return named or f"{LABEL_TITLES.get(area, area.capitalize())} Preferences"
    subject, things = SUBJECTS.get(area, area.capitalize()), _nouns(said, heard)
    if subject and things:
        return subject if subject.lower() == things.lower() else f"{subject}: {things}"
    return subject or things or "Conversation"


def names_subject(text: str) -> bool:
    """Whether a text says outright what it is about: "I want to change my email address"."""
    return bool(_named(text))


def _named(text: str) -> str:
    for pattern, nature in NAMINGS:
        match = pattern.search(text)
        noun = _noun(match["noun"]) if match else ""
        if noun:
            return f"{noun} {nature}".strip()
    return ""


def _noun(phrase: str) -> str:
    """A noun phrase up to the first word that cannot belong to it, as a title: "order that" -> "Order"."""
    kept: list[str] = []
    for word in phrase.split():
        if word.lower().partition("'")[0] in BREAKS and not (word == "of" and kept):
            break
        if word.lower() not in NOT_NOUNS or word == "of":
            kept.append(word)
    title = " ".join(word if word == "of" else word[:1].upper() + word[1:] for word in kept[:3])
    return title.removesuffix(" of").removesuffix("'s")


def _area(said: Sequence[str], heard: Sequence[str]) -> str:
    "The label of the subject area that most words belong to, or ; labels of one subject count together."
    counts: Counter[str] = Counter()
    for texts, weight in ((said[:1], 2), (said, 2), (heard, 1)):
        for label, pattern in SUBJECT_PATTERNS.items():
            counts[label] += weight * len(pattern.findall(" ".join(texts)))
    subjects: Counter[str] = Counter()
    for label, count in counts.items():
        if label not in QUALIFIERS or (label == "family" and count >= ABOUT_FAMILY):
            subjects[GROUPS.get(label, label)] += count
    candidates = subjects if any(subjects.values()) else counts
    label, count = max(candidates.items(), key=lambda item: item[1])
    own = max((each for each in counts if GROUPS.get(each, each) == label), key=counts.__getitem__)
    alone = len(said) <= 2 or sum(map(bool, subjects.values())) == 1
    return own if count >= (LEAST_OF_SUBJECT if alone else LEAST_IN_LONG_TALKS) else ""


def _nouns(said: Sequence[str], heard: Sequence[str]) -> str:
    """What is spoken of most, as a title: "Technician"; "" where nothing returns."""
    things = {
        _stem(word)
        for text in (*said, *heard)
        for match in DETERMINED.finditer(text)
        for word in match["noun"].split()[-1:]
    }
    counts: Counter[str] = Counter()
    shown: dict[str, str] = {}
    for texts, weight in ((said, 2), (heard, 1)):
        for word in (match.group() for text in texts for match in LOWER_WORD.finditer(text)):
            head = _stem(word)
            if head in things and len(head) > 3 and head not in NO_TITLE | NOT_NOUNS:
                counts[head] += weight
                shown.setdefault(head, word.capitalize())
    return next((shown[head] for head, count in counts.most_common(1) if count >= SPOKEN_OF), "")
