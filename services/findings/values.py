"""Words that carry a value: where two records differ in one, they say different things, however alike."""

from __future__ import annotations

import re

_DENYING = """
not no never none cannot can't cant don't dont doesn't doesnt didn't didnt isn't isnt aren't arent wasn't
wasnt won't wont wouldn't hasn't hasnt haven't without neither nor stopped quit former formerly anymore longer
dislike dislikes disliked hate hates hated refuse refuses declines declined avoid avoids avoided rejects
"""
_NEGATIONS = frozenset(_DENYING.split())
_VALUES = {
    "weekday": "monday tuesday wednesday thursday friday saturday sunday weekend weekday",
    "month": "january february march april may june july august september october november december",
    "colour": "red blue green yellow black white grey gray brown pink purple orange silver gold",
    "size": "small medium large xl xxl tiny huge big little",
    "part of day": "morning afternoon evening night noon midnight breakfast lunch dinner",
    "seat": "aisle window middle",
    "channel": "email phone sms text call letter chat whatsapp slack",
    "degree": "hot cold warm cool high low loud quiet soft firm hard spicy mild",
    "frequency": "daily weekly monthly yearly quarterly annually hourly always sometimes rarely",
    "amount": "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty",
    "relation": "single married divorced engaged widowed",
    "season": "spring summer autumn fall winter",
    "state": "open closed active inactive enabled disabled on off before after early late first last",
}
_CLASSES = {kind: frozenset(words.split()) for kind, words in _VALUES.items()}
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?")
_NAMED = re.compile(
    r"\b(?:order|invoice|ticket|case|flight|room|booking|reference|incident|issue|version|id|no|number|build|"
    r"chapter|page|step|episode|task|item|gate|bus|line|train|route|table|batch|part|model)s?\s*[:#]?\s*$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?(?:[.,:]\d+)*")


def negated(text: str) -> bool:
    """Whether a text denies something (an odd number of times)."""
    found = [word for word in _WORD.findall(text.casefold().replace("’", "'")) if word in _NEGATIONS]
    # "no longer" and "doesn't … anymore" deny once
    doubled = sum(word in {"longer", "anymore"} for word in found)
    return (len(found) - min(doubled, len(found) - doubled)) % 2 == 1


def without_negations(text: str) -> frozenset[str]:
    """The words of a text but those that deny, and likes for dislikes."""
    positive = {"dislike": "like", "dislikes": "like", "hate": "love", "hates": "love", "avoids": "eat"}
    words = (word for word in _WORD.findall(text.casefold().replace("’", "'")))
    kept = {positive.get(word, word) for word in words if word in positive or word not in _NEGATIONS}
    return frozenset(word.removesuffix("s") for word in kept - _HELPERS)


_HELPING = "the a an user users to of in at is are was were does do did has have his her their"
_HELPERS = frozenset(_HELPING.split())


def values(text: str) -> dict[str, set[str]]:
    """The values in a text by their class, such as {"weekday": {"friday"}, "number": {"3"}}."""
    found: dict[str, set[str]] = {}
    for match in _WORD.finditer(text):
        word = match[0].casefold()
        if _NUMBER.fullmatch(word):
            named = _NAMED.search(text[: match.start()])
            found.setdefault("name" if named or len(word) > 6 else "number", set()).add(word.rstrip("stndrh"))
            continue
        for kind, members in _CLASSES.items():
            if word in members or word.removesuffix("s") in members:
                found.setdefault(kind, set()).add(word.removesuffix("s"))
    return found


def without_values(text: str, kind: str) -> frozenset[str]:
    """The words of a text but those that give a value of a class."""
    given = values(text).get(kind, set())
    words = (word.casefold() for word in _WORD.findall(text))
    kept = {word for word in words if not given & {word.rstrip("stndrh"), word.removesuffix("s")}}
    return frozenset(word.removesuffix("s") for word in kept - _HELPERS)


def different_names(one: str, other: str) -> bool:
    """Whether two texts are about different numbered things (orders, tickets): then nothing is compared."""
    first, second = values(one).get("name"), values(other).get("name")
    return bool(first and second and first != second)


def clash(one: str, other: str) -> str | None:
    """The class in which two texts give different values, None where they give the same or one gives none."""
    first, second = values(one), values(other)
    for kind in first.keys() & second.keys() - {"name"}:
        if not first[kind] & second[kind]:
            return kind
    return None
