"""What an answer says, read by way of the question: one function for each kind of question."""

import re
from dataclasses import dataclass

from services.aws_local.extraction import verbs
from services.aws_local.extraction.capitals import MY, lower_first, own, small
from services.aws_local.extraction.clauses import has_finite_verb
from services.aws_local.extraction.rewriting import sentence_case
from services.aws_local.extraction.verbs import third_person
from services.aws_local.wordlist import words

ARTICLE = re.compile(r"^(?:an?|the|my|our|any|some)\s+", re.IGNORECASE)
PREPOSITION = re.compile(
    r"^(?:in|at|on|from|to|for|near|by|around|with|it's|it is|they're|that's|that is|i'm in|maybe)\s+", re.I
)
ARTICLE_THE = re.compile(r"^the ", re.IGNORECASE)
ANY = re.compile(r"\b(?:any|some) ")
TIME = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|\b(?:noon"
    r"|midnight|half past|quarter|morning|evening|night|o'clock|day|week|month|year"
    r"|spring|summer|autumn"
    r"|winter|weekends?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    re.IGNORECASE,
)
FREQUENCY = re.compile(
    r"(?:only (?:on|at|in|when|during)|every|once|twice|sometimes|rarely|occasionally|seldom|mostly"
    r"|during|on|at) \w",
    re.IGNORECASE,
)
TIME_LEAD = re.compile(
    r"(?:around|about|at|in|on|before|after|by|between|every|usually|from|since|until|once|twice|early|late"
    r"|mornings?|evenings?|weekends?)\b",
    re.IGNORECASE,
)
FAVORITE = re.compile(r"favou?rite ", re.IGNORECASE)
KIND_OF = re.compile(r"\b(?:type|kind|sort|style|preference|class|carrier|option|one)s?(?: of)?\b\s*")
WISHES = words("want wish mean think know see remember understand mind")  # of the moment
BESIDES = re.compile(r" (?:as well|too|also|either|already|yet)$", re.IGNORECASE)
UNSURE = re.compile(r"(?:a bit|a little|kind of|sort of|maybe|depends)\b", re.IGNORECASE)
LIKINGS = words("like prefer enjoy love eat drink")


ROUGHLY = re.compile(
    r"(?:up to|under|below|around|about|roughly|between|max|maximum|at|no|not|less|over|approximately"
    r"|more)\b",
    re.IGNORECASE,
)
AMOUNT = re.compile(
    r"\d|\b(?:hundred|thousand|january|february|march|april|may|june|july|august|september"
    r"|october|november|december|monday|tuesday|wednesday|thursday|friday|week|month)\b",
    re.I,
)
OF_THE_SPEAKER = re.compile(r"\b(?:us|me|our|we|my|I)\b")
UNCOUNTED = words(
    "music food milk coverage cuisine software furniture clothing bread coffee tea wine beer insurance"
)
MEASURE = re.compile(r"\b(?:size|level|version|plan|tier|setting)$")
NO_KIND = re.compile(r"no [\w-]+(?:$|,| in | at | on )", re.IGNORECASE)
ONE_BY_ONE = re.compile(
    r"(?:one|two|\d) [\w -]+, (?:one|two|another|\d) ", re.IGNORECASE
)  # "one vegan, one …"
OWN_COPULA = re.compile(r"(?:will be|would be|should be|was|is|are|were) ", re.IGNORECASE)
PURPOSE = re.compile(r"\b(?:goal|plan|dream|aim|target|wish|ambition|resolution|intention)s?$", re.IGNORECASE)
ENDED = re.compile(
    r"(?:quit|stopped|gave up|given up)(?: (?:in )?(?P<when>(?:19|20)\d\d|[\w ]+ ago))?$", re.IGNORECASE
)


@dataclass(frozen=True)
class Answer:
    """A statement read off an answer. ``chosen`` is the option taken, worded as a preference, or ""."""

    text: str
    chosen: str = ""


@dataclass(frozen=True)
class Reply:
    """What was answered: the words that answer by themselves, or "", and whether it says yes or no."""

    fragment: str
    agreed: bool
    refused: bool


def _user(predicate: str, chosen: str = "") -> Answer:
    return Answer(sentence_case(f"The user {predicate}"), chosen)


def _taste(predicate: str) -> Answer:
    """A statement that is a preference in the same words."""
    return _user(predicate, sentence_case(predicate).rstrip("."))


def _theirs(text: str) -> str:
    """Words of a question to the user, as words about the user."""
    return re.sub(r"\byou\b", "they", re.sub(r"\byour\b", "their", text)).rstrip(" ?.")


def _with_noun(answer: str, asked: str) -> str:
    """An answer completed by the noun that was asked for: window + "a seat type" -> a window seat."""
    noun = KIND_OF.sub("", ARTICLE.sub("", asked)).strip(" ?.,").lower()
    brief = len(answer.split()) <= 2 and answer[:1].islower() and not answer.endswith("s")
    if not brief or not 0 < len(noun.split()) <= 2 or noun.split()[-1].rstrip("s") in answer:
        return answer
    article = "" if noun.endswith("s") or noun in UNCOUNTED else "an " if answer[0] in "aeiou" else "a "
    return f"{article}{answer} {noun}"


def about_possession(match: re.Match[str], reply: Reply) -> Answer | None:
    """What is your X? -> The user's X is …"""
    if not reply.fragment:
        return None
    subject, verb = match["what"], match["verb"].lower().replace("'s", "is").strip()
    if PURPOSE.search(subject) and verbs.is_base(reply.fragment.partition(" ")[0].lower()):
        return Answer(sentence_case(f"The user's {subject} {verb} to {own(small(reply.fragment))}"))
    if has_finite_verb(reply.fragment.partition(", ")[0]) and not OWN_COPULA.match(reply.fragment):
        return None  # "What are your hobbies?" - "Hannah bakes and plays handball"
    if OWN_COPULA.match(reply.fragment):  # "Will be around 31k"
        return Answer(sentence_case(f"The user's {subject} {own(small(reply.fragment))}"))
    favorite = FAVORITE.match(subject)
    chosen = f"Favorite {subject[favorite.end() :]} is {reply.fragment}" if favorite else ""
    return Answer(sentence_case(f"The user's {subject} {verb} {own(reply.fragment)}"), chosen)


def liking(match: re.Match[str], reply: Reply) -> Answer | None:
    """What kind of seat do you prefer? -> The user prefers a window seat."""
    if not reply.fragment or verbs.is_past(reply.fragment.partition(" ")[0].lower()):
        return None
    value = ARTICLE_THE.sub("", PREPOSITION.sub("", reply.fragment))
    phrase = _with_noun(lower_first(value), match["what"])
    return _user(f"prefers {phrase}", f"Prefers {phrase}")


def interested(match: re.Match[str], reply: Reply) -> Answer | None:
    """What topics interest you? -> The user is interested in football and cooking."""
    if not reply.fragment:
        return None
    phrase = f"is interested in {own(reply.fragment)}"
    return _user(phrase, f"I{phrase[1:]}")


def reached(match: re.Match[str], reply: Reply) -> Answer | None:
    """How would you like to be contacted? -> The user prefers to be contacted by email."""
    if not reply.fragment:
        return None
    way = PREPOSITION.sub("", lower_first(reply.fragment)).removeprefix("by ")
    phrase = f"to be {match['verb'] or 'contacted'} by {lower_first(way)}"
    return _user(f"prefers {phrase}", f"Prefers {phrase}")


def home(match: re.Match[str], reply: Reply) -> Answer | None:
    """Where do you live? -> The user lives in Irvine."""
    place = PREPOSITION.sub("", reply.fragment)
    verb = "is from" if match["verb"].lower() == "from" else "lives in"
    return _user(f"{verb} {place}") if place else None


def _favorite(what: str, reply: Reply) -> Answer | None:
    """Do you have a favourite cuisine? -> The user's favourite cuisine is Lebanese."""
    if not reply.fragment or reply.refused:
        return None
    liked = f"{what} is {own(reply.fragment)}"
    return Answer(sentence_case(f"The user's {liked}"), f"{liked[:1].upper()}{liked[1:]}")


def having(match: re.Match[str], reply: Reply) -> Answer | None:
    """Do you have any allergies? -> The user has allergies: peanuts / does not have any allergies."""
    what = re.sub(r"^conditions$", "health conditions", match["what"].strip())
    favorite = FAVORITE.search(what)
    if favorite or what.startswith(("one ", "this ", "that ", "it")):
        return _favorite(what[favorite.start() :], reply) if favorite else None
    if ONE_BY_ONE.match(reply.fragment) or has_finite_verb(reply.fragment.partition(", ")[0]):
        return None
    if NO_KIND.match(reply.fragment):  # "Do you have children?" - "No kids"
        return _user(f"has {own(reply.fragment)}")
    unnamed = what.lower().startswith(("any ", "some "))
    if reply.refused and not reply.fragment:
        lacking = _theirs(what) if what.startswith("your ") else f"any {ARTICLE.sub('', what)}"
        return _user(f"does not have {lacking}")
    if reply.fragment:
        return _user(f"has {ARTICLE.sub('', what) if unnamed else what}: {own(reply.fragment)}")
    return _user(f"has {what}") if reply.agreed and not unnamed else None


def being(match: re.Match[str], reply: Reply) -> Answer | None:
    """Are you vegetarian? -> The user is (not) vegetarian; taking any medication? -> … medication: …"""
    what = _theirs(match["what"])
    if " or " in what or OF_THE_SPEAKER.search(what):
        return None
    if ANY.search(what) and not reply.refused:
        return _user(f"is {ANY.sub('', what)}: {own(reply.fragment)}") if reply.fragment else None
    if not (reply.agreed or reply.refused):
        return None
    return _user(f"is {'not ' if reply.refused else ''}{what}")


def doing(match: re.Match[str], reply: Reply) -> Answer | None:
    """Do you like spicy food? -> The user likes (does not like) spicy food."""
    verb, rest = match["verb"].lower(), BESIDES.sub("", _theirs(match["rest"]))
    if ANY.search(rest) and reply.fragment and not reply.refused:
        return _user(f"{third_person(verb)}{ANY.sub('', rest)}: {own(reply.fragment)}")
    if (
        " or " in rest
        or (verb in WISHES and not reply.refused)
        or (reply.fragment and UNSURE.match(reply.fragment))
    ):
        return None
    ended = ENDED.match(reply.fragment)
    if ended:
        when = (
            f" in {ended['when']}" if (ended["when"] or "").isdigit() else f" {ended['when'] or ''}".rstrip()
        )
        return _user(f"quit {verbs.gerund(verb)}{rest}{when}")
    if FREQUENCY.match(reply.fragment):
        often = f"{third_person(verb)}{rest} {MY.sub('their', small(reply.fragment))}"
        return _user(often, sentence_case(often).rstrip(".") if verb in LIKINGS else "")
    if not (reply.agreed or reply.refused) or (reply.refused and reply.fragment and not rest):
        return None  # "Do you smoke?" - "No, cigars only"
    predicate = f"does not {verb}{rest}" if reply.refused else f"{third_person(verb)}{rest}"
    is_taste = verb in LIKINGS and "enough" not in rest
    return _user(predicate, sentence_case(predicate).rstrip(".") if is_taste else "")


def age(match: re.Match[str], reply: Reply) -> Answer | None:
    number = reply.fragment.split(" ")[0]
    return _user(f"is {number} years old") if number.isdigit() else None


def addressed(match: re.Match[str], reply: Reply) -> Answer | None:
    """How should I call you? -> The user likes to be called Bob."""
    return _user(f"likes to be called {reply.fragment}") if reply.fragment else None


def taken(match: re.Match[str], reply: Reply) -> Answer | None:
    """How do you take your coffee? -> The user takes their coffee black."""
    if not reply.fragment:
        return None
    return _taste(
        f"{third_person(match['verb'].lower())} their {match['what']} {lower_first(reply.fragment)}"
    )


def how_often(match: re.Match[str], reply: Reply) -> Answer | None:
    """How often do you publish? -> The user publishes every other week."""
    if not reply.fragment or not (TIME.search(reply.fragment) or FREQUENCY.match(reply.fragment)):
        return None
    if verbs.is_base(reply.fragment.partition(" ")[0].lower()):  # "Swim twice a week": what, not how often
        return None
    often = MY.sub("their", small(reply.fragment))
    return _user(f"{third_person(match['verb'].lower())}{_theirs(match['rest'])} {often}")


def given(match: re.Match[str], reply: Reply) -> Answer | None:
    """And your phone number? -> The user's phone number is …"""
    if not reply.fragment:
        return None
    return Answer(sentence_case(f"The user's {match['what'].lower()} is {reply.fragment}"))


def together(match: re.Match[str], reply: Reply) -> Answer | None:
    """Who do you live with? -> The user lives with their parents."""
    return (
        _user(f"{third_person(match['verb'].lower())} with {own(reply.fragment)}") if reply.fragment else None
    )


def avoided(match: re.Match[str], reply: Reply) -> Answer | None:
    """Any foods you avoid? -> The user avoids pork for religious reasons."""
    return _taste(f"avoids {own(reply.fragment)}") if reply.fragment else None


def disliked(match: re.Match[str], reply: Reply) -> Answer | None:
    """Any dislikes? -> The user dislikes eggplant and fennel."""
    return _taste(f"dislikes {own(reply.fragment)}") if reply.fragment else None


def placed(match: re.Match[str], reply: Reply) -> Answer | None:
    """Any seating preferences? -> The user prefers seating near the exit."""
    if not PREPOSITION.match(reply.fragment):
        return None
    phrase = f"{match['what'].lower()} {reply.fragment[:1].lower()}{reply.fragment[1:]}"
    return _user(f"prefers {phrase}", f"Prefers {phrase}")


def in_full(match: re.Match[str], reply: Reply) -> Answer | None:
    """How much time do you have? -> nothing shorter than question and answer says it."""
    return None


def limit(match: re.Match[str], reply: Reply) -> Answer | None:
    """Any budget? -> The user's budget is under 40 pounds."""
    if not AMOUNT.search(reply.fragment):
        return None
    what = match["what"].lower()
    amount = reply.fragment
    if ROUGHLY.match(amount):
        amount = amount[:1].lower() + amount[1:]
    phrase = f"{what} is {amount}"
    chosen = "" if what == "deadline" else f"{phrase[:1].upper()}{phrase[1:]}"
    return Answer(sentence_case(f"The user's {phrase}"), chosen)


def how_many(match: re.Match[str], reply: Reply) -> Answer | None:
    """How many children do you have? -> The user has two children."""
    if reply.fragment.lower().startswith("no ") or (reply.refused and not reply.fragment):
        return _user(f"has no {match['what'].lower()}")
    number = lower_first(reply.fragment).partition(" ")[0]
    return _user(f"has {number} {match['what'].lower()}") if number else None


def activity(match: re.Match[str], reply: Reply) -> Answer | None:
    """What device do you use? -> The user uses an iPad."""
    if not reply.fragment or PREPOSITION.match(reply.fragment):
        return None
    article = ARTICLE.match(reply.fragment)
    value = MY.sub("their", small(reply.fragment) if article else lower_first(reply.fragment))
    noun = (match.groupdict().get("what") or "").strip().lower()
    if MEASURE.search(noun):  # "What size do you use?" - "Small."
        return None
    role = (
        f" as {noun}"
        if noun.endswith("s") and match["verb"].lower() == "use" and noun not in value.lower()
        else ""
    )
    return _user(f"{third_person(match['verb'].lower())} {value}{role}")


def time(match: re.Match[str], reply: Reply) -> Answer | None:
    """What time do you go to bed? -> The user goes to bed around half past ten."""
    if not reply.fragment or not TIME.search(reply.fragment):
        return None
    rest = _theirs(match["rest"] or "")
    at = "" if TIME_LEAD.match(reply.fragment) else "at "
    if at and AMOUNT.search(re.sub(r"\d", "", reply.fragment)):  # a day, and no hour: "5 to 12 May"
        at = "from " if " to " in reply.fragment else "on "
    return _user(f"{third_person(match['verb'].lower())}{rest} {at}{_first_down(reply.fragment)}")


def _first_down(text: str) -> str:
    return small(text) if TIME_LEAD.match(text) else text


def job(match: re.Match[str], reply: Reply) -> Answer | None:
    value = lower_first(ARTICLE.sub("", reply.fragment))
    return Answer(sentence_case(f"The user's job is {value}")) if value else None
