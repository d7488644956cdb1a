"""A statement that corrects a stored one, and how the stored one then reads.

A stored sentence often says more than what changed ("lunch on June 18 for 24 people"), so only the value is
replaced in it, or what ended is noted behind it; the whole sentence gives way only to one on the same matter.
Nothing is corrected by likeness alone: the new statement must say that something changed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.aws_local.wordlist import words

MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar"
    r"|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
MONTH_NAME = re.compile(MONTH, re.IGNORECASE)
COUNT_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty"
)
COUNT_WORDS = {word: str(number) for number, word in enumerate(COUNT_NAMES.split())}
# Kinds of values; of two that begin at the same place the first kind counts.
KINDS = (
    ("address", r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    ("time", r"\b\d{1,2}:\d\d(?: ?[ap]m)?\b|\b\d{1,2} ?[ap]m\b|\bnoon\b|\bmidnight\b"),
    (
        "date",
        rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {MONTH}\b(?:,? \d{{4}})?"
        rf"|\b{MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?|\b(?-i:{MONTH})\b(?: \d{{4}})?"
        r"|(?<=\bthe )\d{1,2}(?:st|nd|rd|th)\b(?=\s*(?:$|[.,;!?)]| -| of\b| instead| now))",
    ),
    ("day", r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"),
    ("money", r"[$€£] ?\d[\d,.]*\d?k?\b|\b\d[\d,.]*k? (?:pounds|euros?|dollars|eur|usd|gbp)\b|\b\d+k\b"),
    ("count", rf"(?<![\w$€£@.:-])(?:\d+(?:[,.]\d+)*|{'|'.join(COUNT_WORDS)})(?![\w:@-]|\.\d)"),
)
VALUE = re.compile("|".join(f"(?P<{kind}>{shape})" for kind, shape in KINDS), re.IGNORECASE)
UNIT = re.compile(r" ([a-z]{3,}|kg|km|mg|cm|ml|lb)\b")
NO_UNIT = words("and for with not but from now instead the per was will are max minutes")

CHANGED = re.compile(
    r"\b(?:now|instead|actually|after all|from now on|no longer|only|changed?|corrected|correction|wrong"
    r"|moved?|postponed|rescheduled|switched|pushed|brought forward|delayed|slipped|shifted|raised|lowered"
    r"|increased|reduced|extended|shortened|went (?:up|down)|is (?:up|down)|turned out)\b",
    re.IGNORECASE,
)
MORE = re.compile(r"\b(?:more|another|additional|extra|further|each)\b", re.IGNORECASE)
DENIED = re.compile(
    r"(?:,|\bbut|\band)? ?\b(?:not|instead of|rather than|no longer|up from|down from|from)"
    r" (?:on |at |the |for |in |to )*$",
    re.IGNORECASE,
)
ENDED = re.compile(
    r"\b(?:no longer|stopped|quit|gave up|has given up|takes? back|is gone|are gone|left(?= (?-i:[A-Z]))"
    r"|sold (?:the|my|our|their)|(?:not|cannot) (?:[\w' -]{2,40} )?(?:any ?more|after all))\b",
    re.IGNORECASE,
)
NEW_HOLDER = re.compile(r"^The user's (?:new|current) (?P<what>[\w' -]{3,30}?) (?:is|are) \w", re.IGNORECASE)
CORRECTION = "The user's correction is "  # a value in the place of another, without what it is a value of
RENAMED = re.compile(r"The user's correction is (?P<now>[^,\d]+), not (?P<before>[^,\d]+?)\.?")
THING = re.compile(r"[^\W\d_]{4,}")
NO_THINGS = words("""
    user their they them have been will would this that these those with from into about because still only
    also does moved changed slipped postponed rescheduled switched pushed raised lowered increased reduced
    instead want need like take make time year month week today longer stopped quit gave given back gone said
    more what when actually after wrong turned work works anymore were there here then than just much very
    many most some sold left cannot love like hate watch since january february march april june july august
    september october november december monday tuesday wednesday thursday friday saturday sunday mondays
    tuesdays wednesdays thursdays fridays saturdays
    sundays people
""")
SAME_MATTER = 0.4  # cosine from which a value's change, or an end, may be about a stored statement
RELATED = 0.25  # the same for an end that the stored statement names by most of its words
HALF = 0.5  # share of a stored statement's words from which an end is the end of all of it
MOST = 0.6  # share of an end's words that the stored statement must have
SHORTEST_TAIL = 3  # words of what else is worth keeping
TELLING_COUNT = 10  # a smaller number is too common to be recognised by itself


@dataclass(frozen=True)
class Value:
    """A number, day, time, sum or address in a statement; ``same`` is equal for equal values."""

    kind: str
    text: str
    same: str
    unit: str
    start: int


def corrects(text: str) -> bool:
    """Whether a statement may correct a stored one: it says that something changed, ended or was misnamed."""
    if RENAMED.fullmatch(text) or ENDED.search(text):
        return True
    stated = list(values(text))
    return bool(stated) and bool(
        CHANGED.search(text) or any(DENIED.search(text[: value.start]) for value in stated)
    )


def correction(new: str, old: str, cosine: float) -> str:
    """What the stored statement says once the new one is taken in, or "" when that does not correct it."""
    if old.startswith("Asked "):  # what was asked and answered then, in the words of then
        return ""
    changed = _renamed(new, old, cosine) or _replaced(new, old, cosine)
    return changed or _ended(new, old, cosine) or _new_holder(new, old)


def _renamed(new: str, old: str, cosine: float) -> str:
    """The stored statement with what was meant: "I said Ely, I meant Bath", "it's oats, not nuts"."""
    match = RENAMED.fullmatch(new)
    if match is None or not (match["before"][:1].isupper() or cosine >= RELATED):
        return ""
    before = re.compile(rf"\b{re.escape(match['before'])}\b")
    return before.sub(match["now"], old) if before.search(old) else ""


def _replaced(new: str, old: str, cosine: float) -> str:
    """The stored statement with the one value in it that the new statement says is another now."""
    stated, stored = list(values(new)), list(values(old))
    denied = [value for value in stated if DENIED.search(new[: value.start])]
    told = [value for value in stated if value not in denied]
    for before in stored:
        for gone in denied:
            now = [value for value in told if value.kind == gone.kind]
            if len(now) == 1 and _equal(gone, before) and _recognised(gone, new, old, cosine):
                return _with_value(old, before, now[0], new, stated)
    if not CHANGED.search(new) or denied or MORE.search(new):
        return ""
    for now_value in told:
        kin = _kin(now_value, stored)
        if len(kin) != 1 or len(_kin(now_value, told)) != 1 or kin[0].same == now_value.same:
            continue
        if now_value.kind == "count":  # "works 40 hours": "reduced their hours to 30"
            unit = kin[0].unit
            about = bool(unit) and (now_value.unit == unit or (not now_value.unit and unit in new.lower()))
        else:
            about = cosine >= SAME_MATTER and bool(_things(new) & _things(old))
        if about:
            return _with_value(old, kin[0], now_value, new, stated)
    return ""


def _kin(value: Value, among: Sequence[Value]) -> list[Value]:
    """The values of the same kind: of several those that count the same things ("8 people, 12 boats")."""
    kin = [each for each in among if each.kind == value.kind]
    if value.unit and value.unit in {each.unit for each in kin}:
        return [each for each in kin if each.unit == value.unit]
    return kin


def _ended(new: str, old: str, cosine: float) -> str:
    """The new statement in the place of what it ends, or behind a stored one that says more than that."""
    end = ENDED.search(new)
    if end is None or ENDED.search(old) or not (cosine >= RELATED or _does(old, new[end.end() :])):
        return ""
    clause = next(part for part in re.split(r"[,;] | since | because ", new) if ENDED.search(part))
    ended, stored = _things(clause), _things(old)
    common = ended & stored
    if not common or len(common) < MOST * len(ended):
        return ""
    if len(common) >= HALF * len(stored):
        return new
    return f"{old.rstrip('.')}; {_again(new)}"


def _does(stored: str, ended: str) -> bool:
    """Whether the user does in a stored statement what has ended: "no longer | drives", "when they drive"."""
    verb = _stem(ended.split(maxsplit=1)[0].strip(",.;")) if ended.split() else ""
    return bool(verb) and bool(re.search(rf"\b(?:the user|they) {re.escape(verb)}", stored, re.IGNORECASE))


def _new_holder(new: str, old: str) -> str:
    """The new statement, when it names the new holder of what the stored one names: "new co-host"."""
    match = NEW_HOLDER.match(new)
    same = match and re.match(
        rf"The user's (?:new |current |old )?{re.escape(match['what'])} (?:is|are) ", old, re.IGNORECASE
    )
    return new if same else ""


def values(text: str) -> Iterator[Value]:
    """The numbers, days, times, sums and addresses in a text, in order."""
    for match in VALUE.finditer(text):
        kind, found = str(match.lastgroup), match.group()
        unit = UNIT.match(text, match.end())
        told = unit[1].lower().removesuffix("s") if unit and unit[1] not in NO_UNIT else ""
        yield Value(kind, found, _same(kind, found), told, match.start())


def _same(kind: str, text: str) -> str:
    lowered = text.lower()
    if kind in {"count", "money"}:
        digits = re.sub(r"[^\d.]", "", lowered.replace(",", "")).rstrip(".")
        return COUNT_WORDS.get(lowered, digits + "000" if lowered.rstrip().endswith("k") else digits)
    if kind == "date":
        day = re.search(r"\d{1,2}", lowered)
        month = re.search(r"[a-z]{3}", re.sub(r"\d+(?:st|nd|rd|th)?|\bof\b", "", lowered))
        return f"{day.group() if day else ''} {month.group() if month else ''}"
    return lowered.removesuffix("s") if kind == "day" else lowered.replace(" ", "")


def _equal(gone: Value, before: Value) -> bool:
    """Whether two values are equal; of thousands only the first part may have been said ("14" of 14,000)."""
    numbers = {"count", "money"}
    if gone.kind in numbers and before.kind in numbers:
        return before.same in {gone.same, f"{gone.same}000"}
    if gone.kind == before.kind == "date" and not MONTH_NAME.search(gone.text):  # "not the 11th"
        return before.same.split(" ")[0] == gone.same.strip()
    return gone.kind == before.kind and gone.same == before.same


def _recognised(gone: Value, new: str, old: str, cosine: float) -> bool:
    """Whether a value that is denied can only be the stored one."""
    if gone.kind == "date" and not MONTH_NAME.search(gone.text):
        return cosine >= SAME_MATTER and bool(_things(new) & _things(old))
    if gone.kind != "count" or cosine >= SAME_MATTER or _things(new) & _things(old):
        return True
    return gone.same.isdigit() and int(gone.same) >= TELLING_COUNT


def _with_value(old: str, before: Value, now: Value, new: str, stated: list[Value]) -> str:
    """The stored statement with the new value, and with what else the new one tells behind a comma."""
    text = now.text
    if before.kind == "date" and MONTH_NAME.search(before.text) and not MONTH_NAME.search(text):
        text = re.sub(r"\d{1,2}(?:st|nd|rd|th)?", text, before.text, count=1)
    elif before.kind == "day":
        text = f"{text.removesuffix('s')}{'s' if before.text.endswith('s') else ''}".capitalize()
    elif before.kind == "money" and now.kind == "count":
        text = re.sub(r"\d[\d,.]*", now.text, before.text, count=1)
    if before.start == 0:
        text = f"{text[:1].upper()}{text[1:]}"
    changed = f"{old[: before.start]}{text}{_counting(text, old[before.start + len(before.text) :])}"
    tail = new.rstrip(".").partition(", ")[2]
    if not tail or any(value.text in tail for value in stated) or len(tail.split()) < SHORTEST_TAIL:
        return changed
    return f"{changed.rstrip('.')}; {_again(tail)}."


def _counting(number: str, rest: str) -> str:
    """What is counted, one or several: "one" + " coffees a day" -> " coffee a day"."""
    if number.lower() not in {"1", "one"}:
        return rest
    return re.sub(r"^ ([a-z]{3,}[^s\W])s\b", r" \1", rest)


def _again(text: str) -> str:
    """A statement that goes on behind a semicolon: with a small letter."""
    return f"{text[:1].lower()}{text[1:]}"


def _things(text: str) -> frozenset[str]:
    found = (word.lower() for word in THING.findall(text))
    return frozenset(_stem(word) for word in found if word not in NO_THINGS)


def _stem(word: str) -> str:
    """A word without its ending, roughly: smokes, smoking -> smok."""
    return word.removesuffix("s").removesuffix("ing").removesuffix("e")
