"""Answers as parts of a sentence about the user: capitals that only open an answer, and "my"."""

import re

from services.aws_local.wordlist import words

MY = re.compile(r"\b(?:my|our)\b", re.IGNORECASE)
# Answers that are capitalised only because they open a sentence.
COMMON_ANSWERS = words("""
    aisle window middle front back morning mornings afternoon evening evenings night weekdays weekends daily
    weekly monthly yearly never always small medium large extra black white red blue green yellow grey gray
    silver gold pink high low ground purple orange brown senior junior mostly mainly beginner intermediate
    advanced female male software backend frontend product project registered retired freelance electronic
    paper standard express teal navy summer winter spring autumn penicillin pollen cash part full self
    vegetarian vegan gluten peanuts nuts shellfish dairy eggs milk soy fish chicken beef pork tea coffee
    water wine beer quiet casual formal spicy mild email phone text sms cash card credit debit cheap budget
    mid-range luxury downtown economy business first hotel apartment two three four five six seven eight
    old new small big tiny huge fresh plain simple short long little light dark bright warm hot cold soft hard
    loud clean cosy cozy modern classic traditional rustic wooden natural organic local live real good great
    best better fast slow early late sweet sour salty bitter strong weak fine thick thin round square deep
    smooth crunchy savory savoury homemade handmade secondhand vintage used anything everything nothing some
    many several few lots less fewer no not fixed variable public private indoor outdoor open direct detailed
    brief video videos pictures books music movies films games tests examples paperbacks ebooks podcasts both
    rice bread pasta soup salad fruit vegetables meat seafood sushi pizza cheese chocolate lemon vanilla mint
    nine ten one twice once about around just only running swimming cycling yoga reading cooking hiking
    painting dogs cats money time health work family maximum minimum roughly
    """)


# Endings of adjectives and of activities, which no name has that opens an answer.
COMMON_ENDING = re.compile(r"(?:ing|ful|less|able|ible|ive|ous|ical|ally|ety|ness|ment|tion|fy)$")


def lower_first(text: str, question: str = "") -> str:
    """A common word in lower case; names and abbreviations keep their capital as far as one can tell."""
    first = text.partition(" ")[0].rstrip(",.;")
    plural = first[-1:] == "s" and not first.endswith("ss") and " " in text
    offered = re.search(rf"(?:^|[.!?] ){re.escape(first)}(?: \w+)? or ", question)
    asked = offered or re.search(rf"(?<![.!?] )(?<!^)\b{re.escape(first.lower())}\b", question) is not None
    common = (
        bool(asked) or plural or first.lower() in COMMON_ANSWERS or COMMON_ENDING.search(first) is not None
    )
    article = re.match(r"(?:An?|The) [a-z]", text) is not None  # "A Tale of Two Cities" is a name
    return text[:1].lower() + text[1:] if article or (first[1:].islower() and common) else text


def own(fragment: str) -> str:
    """A fragment in the third person: "20 mg for my blood pressure" -> "20 mg for their blood pressure"."""
    return MY.sub("their", lower_first(fragment))


def small(text: str) -> str:
    """A text with a small letter at its beginning, whatever it is."""
    return text[:1].lower() + text[1:]
