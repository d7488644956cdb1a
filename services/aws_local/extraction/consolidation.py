"""New memory against the nearest stored ones: add, update or skip.

Similarity alone is no ground to merge: among restated and different preferences of the same topic, a cosine
of 0.86 merges different ones and still misses nearly all restatements. So a memory is skipped only when it
says the same words, or nearly (cosine 0.95) with the same numbers, names and negations; it replaces another
only for a closed list of things of which a person has one at a time, or where it says outright what changed
(see `corrections`). Everything else is added, contradictions too, as the service does.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.aws_local import bounded_json
from services.aws_local.extraction.corrections import CORRECTION, correction
from services.aws_local.extraction.extracted import CORRECTION_RULE, USER_PREFERENCE, Extracted
from services.aws_local.wordlist import words

Operation = Literal["AddMemory", "UpdateMemory", "SkipMemory"]

SAME_MEANING = 0.95
SAME_MATTER = 0.55  # cosine from which a statement of a change may be about a stored one
# What says that a value is no longer what it was.
CHANGE = re.compile(
    r"\b(?:moved|changed|slipped|postponed|rescheduled|switched|pushed(?: back)?"
    r"|brought forward|raised|lowered"
    r"|increased|reduced|went (?:up|down)|is (?:down|up)) (?:[\w-]+ ){0,4}?(?:from|to)\b"
    r"|\b(?:has|have) (?:been )?(?:moved|changed|postponed|switched|rescheduled)\b|\binstead of\b",
    re.IGNORECASE,
)
SHORTEST_THING = 4
NO_THINGS = words("""
    user their they them have been will would this that these those with from into about because still only
    also does moved changed slipped postponed rescheduled switched pushed raised lowered increased reduced
    instead want need like take make time year month week today january february march april june july august
    september october november december monday tuesday wednesday thursday friday saturday sunday
""")
NEGATIONS = words("no not never none nothing cannot without longer dislikes hates avoids")
PLACE = r"(?:city|town|state|country|address)"

# slot name -> what its statement looks like; the first group, where there is one, narrows the slot
SLOTS: tuple[tuple[str, str], ...] = (
    ("name", r"the user's (?:full |first )?name is "),
    ("last name", r"the user's (?:last name|surname|family name) is "),
    ("preferred name", r"(?:the user )?(?:likes|prefers|wants) to be called "),
    (
        "email",
        r"the user(?:'s (?:new |current |main )?e-?mail(?: address)? is "
        r"| (?:has )?(?:changed|switched) to a new (?:e-?)?mail(?: address)?\b.*@)",
    ),
    ("work email", r"the user's (?:new )?work e-?mail(?: address)? is "),
    ("phone", r"the user's (?:new |current )?(?:phone|mobile|cell)?(?: ?phone)? ?number is "),
    (
        "home",
        rf"the user(?:'s (?:new |current |home )*{PLACE} is| (?:now |currently )?lives (?:(?:together|alone"
        rf"|now|currently),? )*(?:in|at)"
        r"| (?:has |just |recently |since )*moved to(?! .*\b(?:19|20)\d\d\b)(?: a new \w+ in"
        r"|(?! (?:an?|another|my|their|the (?!us|uk|usa|netherlands|united|states|city|coast|country))\b))) ",
    ),
    ("job", r"the user(?:'s (?:new |current )?(?:job|occupation|profession)(?: title)? is| works as) "),
    ("employer", r"the user(?:'s (?:new |current )?employer is| (?:now |currently )?works (?:at|for)) "),
    ("age", r"the user is \d+ years old"),
    ("birthday", r"the user's (?:birthday|date of birth|birth date) is "),
    ("time zone", r"the user's time ?zone is "),
    ("size", r"(?:the user's )?(?:(\w+) )?size is "),
    ("budget", r"(?:the user's )?(?:\w+ )?budget is "),
    ("favourite", r"(?:the user's )?favou?rite ([\w ]+?) (?:is|are) "),
    ("seat", r"(?:the user )?prefers (?:an? )?(?:window|aisle|middle) seats?"),
)
SLOT_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in SLOTS)
TOPIC_NAME = re.compile(r'<topic name="([^"]*)">')
MOSTLY = 0.7  # share of a stored topic's words that must return for a renamed topic to be the same
WORD = re.compile(r"[^\W_]+(?:['’.@+-][^\W_]+)*")


@dataclass(frozen=True)
class Neighbour:
    """A stored record of the same namespace and strategy, and its cosine to the new memory."""

    record_id: str
    content: str
    cosine: float


@dataclass(frozen=True)
class Decision:
    """What to do with a new memory; ``record_id`` is the record that it repeats or replaces.

    ``text`` is what an updated record says when that is not simply the new memory, or "".
    """

    operation: Operation
    record_id: str | None
    reason: str
    text: str = ""


@dataclass(frozen=True)
class SummaryPlan:
    """How a session's new topics change its stored ones: a decision each, and the records to delete."""

    changes: tuple[tuple[Decision, Extracted], ...]
    stale: tuple[str, ...]


def decide(strategy_type: str, new: Extracted, neighbours: Sequence[Neighbour]) -> Decision:
    """Add, update or skip ``new``, given its nearest stored records in any order."""
    statement = statement_of(strategy_type, new.content)
    nearest = sorted(neighbours, key=lambda neighbour: -neighbour.cosine)
    for neighbour in nearest:
        reason = _same(statement, statement_of(strategy_type, neighbour.content), neighbour.cosine)
        if reason:
            return Decision("SkipMemory", neighbour.record_id, reason)
    replaced = None
    if new.rule != CORRECTION_RULE:
        replaced = _same_slot(strategy_type, statement, new.timestamp.year, nearest)
    return replaced or _correction(strategy_type, new, nearest) or _unmatched(new, statement)


def _same_slot(
    strategy_type: str, statement: str, year: int, nearest: Sequence[Neighbour]
) -> Decision | None:
    """What to do with a statement on a thing of which a person has one at a time and one is stored."""
    slot = _slot(
        statement.replace(f" {year}", "")
    )  # who moved this year lives there, who did in 2009 may not
    for neighbour in nearest if slot else ():
        stored = statement_of(strategy_type, neighbour.content)
        if slot == _slot(stored):
            if stored.lower().startswith(f"{statement.rstrip('.').lower()} "):
                return Decision("SkipMemory", neighbour.record_id, f"the stored {slot} says it and more")
            return Decision("UpdateMemory", neighbour.record_id, f"a person has one {slot} at a time")
    return None


def _correction(strategy_type: str, new: Extracted, nearest: Sequence[Neighbour]) -> Decision | None:
    """The update of the nearest statement that a new one corrects or says to have changed."""
    statement = statement_of(strategy_type, new.content)
    for neighbour in nearest:
        text = correction(statement, statement_of(strategy_type, neighbour.content), neighbour.cosine)
        if text:
            content = "" if text == statement else _corrected(strategy_type, text, new, neighbour)
            return Decision("UpdateMemory", neighbour.record_id, "it corrects this", content)
    for neighbour in nearest if new.rule != CORRECTION_RULE else ():
        if _changes(statement, statement_of(strategy_type, neighbour.content), neighbour.cosine):
            return Decision("UpdateMemory", neighbour.record_id, "it says that this changed")
    return None


def _unmatched(new: Extracted, statement: str) -> Decision:
    """What to do with a statement that no stored one has to do with."""
    if new.rule == CORRECTION_RULE or statement.startswith(CORRECTION):
        return Decision("SkipMemory", None, "it corrects a value that is not stored")
    return Decision("AddMemory", None, "nothing stored says the same")


def _corrected(strategy_type: str, text: str, new: Extracted, old: Neighbour) -> str:
    """The content of a stored record once it says ``text``: a preference keeps its labels."""
    if strategy_type != USER_PREFERENCE:
        return text
    document, said = (_document(content) for content in (old.content, new.content))
    return json.dumps(
        {**document, "context": said.get("context", ""), "preference": text}, ensure_ascii=False
    )


def statement_of(strategy_type: str, content: str) -> str:
    """The sentence a record stands for: its text, or the preference inside its JSON."""
    if strategy_type != USER_PREFERENCE:
        return content
    preference = _document(content).get("preference")
    return preference if isinstance(preference, str) else content


def _document(content: str) -> dict[str, Any]:
    """A preference record's JSON; empty for one that a client wrote in another form."""
    try:
        document = bounded_json.read(content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _same(new: str, old: str, cosine: float) -> str:
    """Why two statements say the same, or "" when they do not."""
    if _words(new) == _words(old):
        return "the same words are stored"
    if cosine >= SAME_MEANING and _particulars(new) == _particulars(old):
        return f"a stored record means the same (cosine {cosine:.2f})"
    return ""


def _changes(new: str, old: str, cosine: float) -> bool:
    """Whether a statement says outright that a value of a stored one changed: "moved to May", "instead of".

    Both must be near in meaning and speak of one thing by its name, and the new one must have a value (a
    number, a day, a name) that the old one has not.
    """
    if cosine < SAME_MATTER or CHANGE.search(new) is None:
        return False
    now, before = _values(new), _values(old)
    return bool(_things(new) & _things(old)) and bool(before) and bool(now - before)


def _values(statement: str) -> frozenset[str]:
    words = WORD.findall(statement)
    named = (word for place, word in enumerate(words) if _has_digit(word) or (place and word[0].isupper()))
    return frozenset(word.lower().removesuffix("s") for word in named)


def _things(statement: str) -> frozenset[str]:
    """The words that may name what a statement is about, roughly stemmed."""
    told = (word.removesuffix("s") for word in _words(statement) if not _has_digit(word))
    return frozenset(word for word in told if len(word) >= SHORTEST_THING and word not in NO_THINGS)


def _words(statement: str) -> list[str]:
    return [word.lower() for word in WORD.findall(statement)]


def _particulars(statement: str) -> tuple[list[str], bool]:
    """What must agree in two statements that mean the same: numbers and names (sorted), and negation."""
    words = WORD.findall(statement)
    telling = [word for place, word in enumerate(words) if _has_digit(word) or (place and word[0].isupper())]
    return sorted(map(str.lower, telling)), any(_negates(word.lower()) for word in words)


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _negates(word: str) -> bool:
    return word in NEGATIONS or word.endswith(("n't", "n’t"))


def _slot(statement: str) -> str:
    """The single-valued thing that a statement is about, such as "email" or "favourite color", or ""."""
    lowered = statement.lower()
    for name, pattern in SLOT_PATTERNS:
        match = pattern.match(lowered)
        if match:
            narrower = " ".join(group for group in match.groups() if group)
            return f"{name} {narrower}".strip()
    return ""


def reconcile_summary(new: Sequence[Extracted], existing: Sequence[Neighbour]) -> SummaryPlan:
    """Fit a session's new topics to its stored ones, so that a growing session rewrites its chunks.

    A topic continues the stored one of the same name, or else the one whose text it mostly repeats; each
    stored topic is continued at most once. ``existing`` is every summary record of the session; cosines are
    not used.
    """
    free = {neighbour.record_id: neighbour for neighbour in existing}
    continued: dict[int, Neighbour] = {}
    for same in (_same_topic, _mostly_repeats):
        for place, topic in enumerate(new):
            match = next((old for old in free.values() if place not in continued and same(topic, old)), None)
            if match:
                continued[place] = free.pop(match.record_id)
    changes = tuple((_continue(topic, continued.get(place)), topic) for place, topic in enumerate(new))
    return SummaryPlan(changes, tuple(free))


def _same_topic(new: Extracted, old: Neighbour) -> bool:
    stored, made = TOPIC_NAME.search(old.content), TOPIC_NAME.search(new.content)
    return stored is not None and made is not None and stored[1].lower() == made[1].lower()


def _mostly_repeats(new: Extracted, old: Neighbour) -> bool:
    """Whether most of the stored words return in the new text (a session's chunk only ever grows)."""
    stored, made = set(_words(old.content)), set(_words(new.content))
    return len(stored & made) >= MOSTLY * len(stored)


def _continue(topic: Extracted, old: Neighbour | None) -> Decision:
    if old is None:
        return Decision("AddMemory", None, "a new topic of the session")
    if old.content == topic.content:
        return Decision("SkipMemory", old.record_id, "the topic is unchanged")
    return Decision("UpdateMemory", old.record_id, "the session went on with this topic")
