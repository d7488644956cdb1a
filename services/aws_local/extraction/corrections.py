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
        rf"|\b{MONTH} \d{{1,2}}\b(?:st|nd|rd|th)?(?:,? \d{{4}})?|\b(?-i:{MONTH})\b(?: \d{{4}})?"
        r"|\b\d{1,2}(?:st|nd|rd|th)\b(?! (?:floor|birthday|anniversary|grade|year|time|century|class|row))",
    ),
    ("day", r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"),
    ("money", r"[$€£] ?\d[\d,.]*\d?k?\b|\b\d[\d,.]*k? (?:pounds|euros?|dollars|eur|usd|gbp)\b|\b\d+k\b"),
    ("count", rf"(?<![\w$€£@.:-])(?:\d+(?:[,.]\d+)*|{'|'.join(COUNT_WORDS)})(?![\w:@-]|\.\d)"),
)
VALUE = re.compile("|".join(f"(?P<{kind}>{shape})" for kind, shape in KINDS), re.IGNORECASE)
UNIT = re.compile(r" ([a-z]{3,})\b")
NO_UNIT = words("and for with not but from now instead the per was will are max minutes")

CHANGED = re.compile(
    r"\b(?:now|instead|actually|after all|from now on|no longer|only|changed?|corrected|correction|wrong"
    r"|moved?|postponed|rescheduled|switched|pushed|brought forward|delayed|slipped|shifted|raised|lowered"
    r"|increased|reduced|extended|shortened|went (?:up|down)|is (?:up|down)|turned out"
    r"|back (?:down |up )?(?:to|at)|(?:is|are|be) (?:down|up) to|make (?:that|it)|mixed up|mistake)\b",
    re.IGNORECASE,
)
CHANGED_TASTE = re.compile(
    r"\b(?:now|instead|actually|after all|from now on|no longer|any ?more|changed? (?:my|our|their) minds?"
    r"|these days|switched|scratch that|rather than|correction|gone off|went off|used to|lately|over to)\b",
    re.IGNORECASE,
)
# Of each a person takes one at a time, as far as one preference goes.
ALTERNATIVES = tuple(
    re.compile(rf"\b(?:{words_})\b", re.IGNORECASE)
    for words_ in (
        "mornings?|afternoons?|evenings?|nights?",
        "window|aisle|middle",
        "e-?mails?|phone|calls?|texts?|text message|sms|whatsapp|slack|post|letters?|telegram|signal",
        "paperbacks?|hardcovers?|e-?books?|audiobooks?|kindle",
        "remote(?:ly)?|office|hybrid|from home|on-?site",
        "cash|card|paypal|bank transfer|invoice|cheque",
        "formal|informal|casual",
        "short|brief|concise|long|longer|detailed",
        "weekdays?|weekends?",
        "mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?",
        "vegetarian|vegan|pescatarian|omnivore",
        "hotels?|hostels?|airbnbs?|apartments?|guesthouses?|campsites?|camping",
        "trains?|planes?|flying|bus|buses|car|driving|ferry",
        "light mode|dark mode",
        "metric|imperial|celsius|fahrenheit",
        "tabs|spaces",
        "black|white|grey|gray|blue|red|green|brass|chrome|oak|walnut",
    )
)
MORE = re.compile(r"\b(?:more|another|additional|extra|further|each)\b", re.IGNORECASE)
DENIED = re.compile(
    r"(?:,|\bbut|\band)? ?\b(?:not|instead of|rather than|no longer|up from|down from|from)"
    r" (?:on |at |the |for |in |to )*$",
    re.IGNORECASE,
)
ENDED = re.compile(
    r"\b(?:no longer|stopped|quit|gave up|has given up|takes? back|is gone|are gone|sold|cancell?ed"
    r"|called off"
    r"|scrapped|gave away|got rid of|broke up with|split up with|moved out of|came off|went off|has gone off"
    r"|left (?:the|their|his|her|(?-i:[A-Z]))"
    r"|not (?:[\w' -]{2,40} )?any ?more)\b",
    re.IGNORECASE,
)
NEW_HOLDER = re.compile(r"^The user's (?:new|current) (?P<what>[\w' -]{3,30}?) (?:is|are) \w", re.IGNORECASE)
THING = re.compile(r"[^\W\d_]{4,}")
NO_THINGS = words("""
    user their they them have been will would this that these those with from into about because still only
    also does moved changed slipped postponed rescheduled switched pushed raised lowered increased reduced
    instead want need like take make time year month week today longer stopped quit gave given back gone said
    more what when actually after wrong turned work works anymore were there here then than just much very
    many most some january february march april june july august september october november december monday
    tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays
    sundays people sold cancelled canceled called scrapped away broke split came left wants
    likes loves
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


def correction(new: str, old: str, cosine: float, *, said_so: bool = False) -> str:
    """What the stored statement says once the new one is taken in, or "" when that does not correct it.

    ``said_so``: the speaker called the new statement a correction, whatever its own words are.
    """
    if old.startswith("Asked "):  # what was asked and answered then, in the words of then
        return ""
    return _replaced(new, old, cosine, said_so) or _ended(new, old, cosine) or _new_holder(new, old)


def _replaced(new: str, old: str, cosine: float, said_so: bool) -> str:
    """The stored statement with the one value in it that the new statement says is another now."""
    stated, stored = list(values(new)), list(values(old))
    denied = [value for value in stated if DENIED.search(new[: value.start])]
    told = [value for value in stated if value not in denied]
    for before in stored:
        for gone in denied:
            now = [value for value in told if value.kind == gone.kind]
            if len(now) == 1 and _equal(gone, before) and _recognised(gone, new, old, cosine):
                return _with_value(old, before, now[0], new, stated)
    if not (said_so or CHANGED.search(new)) or denied or MORE.search(new):
        return ""
    for now_value in told:
        kin = _kin(now_value, stored)
        alone = len(kin) == 1 and len(_kin(now_value, told)) == 1
        if not alone or kin[0].same == now_value.same:
            continue
        if now_value.kind == "count":
            about = now_value.unit and now_value.unit == kin[0].unit
        else:
            about = cosine >= SAME_MATTER and bool(things(new) & things(old))
        if about:
            return _with_value(old, kin[0], now_value, new, stated)
    return ""


def _kin(value: Value, others: Sequence[Value]) -> list[Value]:
    """The values of the same kind; of the same unit, where there are such: of "6 people" only people."""
    kin = [other for other in others if other.kind == value.kind]
    return [other for other in kin if value.unit and other.unit == value.unit] or kin


def _ended(new: str, old: str, cosine: float) -> str:
    """The new statement in the place of what it ends, or behind a stored one that says more than that."""
    end = ENDED.search(new)
    if end is None or ENDED.search(old) or not (cosine >= RELATED or _does(old, new[end.end() :])):
        return ""
    clause = next(part for part in re.split(r"[,;] ", new) if ENDED.search(part))
    ended, stored = things(clause), things(old)
    common = ended & stored
    if not common or len(common) < MOST * len(ended):
        return ""
    if len(common) >= HALF * len(stored):
        return new
    return f"{old.rstrip('.')}; {_again(new)}"


def _does(stored: str, ended: str) -> bool:
    """Whether the user does in a stored statement what has ended: "no longer | drives", "when they drive"."""
    verb = ended.split(maxsplit=1)[0].strip(",.;").removesuffix("s") if ended.split() else ""
    return bool(verb) and bool(re.search(rf"\b(?:the user|they) {re.escape(verb)}", stored, re.IGNORECASE))


def _new_holder(new: str, old: str) -> str:
    """The new statement, when it names the new holder of what the stored one names: "new co-host"."""
    match = NEW_HOLDER.match(new)
    same = match and re.match(
        rf"The user's (?:new |current |old )?{re.escape(match['what'])} (?:is|are) ", old, re.IGNORECASE
    )
    return new if same else ""


def values(text: str) -> Iterator[Value]:
    """The values in a text, in order."""
    for match in VALUE.finditer(text):
        kind, found = str(match.lastgroup), match.group()
        unit = UNIT.match(text, match.end())
        told = unit[1].lower() if unit and unit[1] not in NO_UNIT else ""
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
    return gone.kind == before.kind and gone.same == before.same


def _recognised(gone: Value, new: str, old: str, cosine: float) -> bool:
    """Whether a value that is denied can only be the stored one."""
    if gone.kind != "count" or cosine >= SAME_MATTER or things(new) & things(old):
        return True
    return gone.same.isdigit() and int(gone.same) >= TELLING_COUNT


def _with_value(old: str, before: Value, now: Value, new: str, stated: list[Value]) -> str:
    """The stored statement with the new value, and with what else the new one tells behind a comma."""
    text = now.text
    if before.kind == "day":
        text = f"{text.removesuffix('s')}{'s' if before.text.endswith('s') else ''}".capitalize()
    elif before.kind == "money" and now.kind == "count":
        text = re.sub(r"\d[\d,.]*", now.text, before.text, count=1)
    lead = old[: before.start]
    if before.kind == "date" and re.search(
        r"\d{1,2}(?!\d)", text
    ):  # "next September" -> "on the 5th of October"
        the = "the " if new[: now.start].endswith("the ") and not lead.endswith("the ") else ""
        lead = re.sub(r"(?:\b(?:in|on|for|by|until) )?\b(?:next|this|last) $|\bin $", "on ", lead)
        text = f"{the}{text}"
    if before.start == 0:
        text = f"{text[:1].upper()}{text[1:]}"
    changed = f"{lead}{text}{old[before.start + len(before.text) :]}"
    tail = new.rstrip(".").partition(", ")[2]
    if not tail or any(value.text in tail for value in stated) or len(tail.split()) < SHORTEST_TAIL:
        return changed
    return f"{changed.rstrip('.')}; {_again(tail)}."


def _again(text: str) -> str:
    """A statement that goes on behind a semicolon: with a small letter."""
    return f"{text[:1].lower()}{text[1:]}"


def things(text: str) -> frozenset[str]:
    """The words that may name what a statement is about, roughly stemmed."""
    found = (word.lower() for word in THING.findall(text))
    return frozenset(word.removesuffix("s") for word in found if word not in NO_THINGS)


def says_change(text: str) -> bool:
    """Whether a statement says by its own words that something is no longer what it was."""
    changed = any(match.group().lower() != "only" for match in CHANGED.finditer(text))
    return changed or ENDED.search(text) is not None or ", not " in text


def of_another_mind(new: str, old: str, told: str) -> bool:
    """Whether a preference takes the place of a stored one: its speaker says that something changed, and
    chooses another of the same alternatives ("mornings now", of somebody who preferred afternoons).

    ``told`` is all that is known of the new one, the words quoted as its context included.
    """
    if not CHANGED_TASTE.search(told):
        return False
    for choice in ALTERNATIVES:
        now, before = _chosen(choice, new), _chosen(choice, old)
        if now and before and not now & before and "not" not in before:
            return True
    return False


def _chosen(choice: re.Pattern[str], text: str) -> frozenset[str]:
    return frozenset(re.sub(r"\W|s$", "", match.group().lower()) for match in choice.finditer(text))


def differs_in_value(new: str, old: str) -> bool:
    """Whether two statements have the same words but for a number, a day or another such value."""
    return new != old and VALUE.sub("#", new).lower() == VALUE.sub("#", old).lower()
