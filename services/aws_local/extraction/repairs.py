"""What people take back in the same breath: "on the 14th, no sorry, the 15th", "Two. No wait, three."

Only inside of one message, only with a word that takes something back, and only where a value of the same
kind, and the only one, stands right before it. Everything else is left as it was said: a correction that is
missed leaves an old value, and one that is imagined destroys a true one.
"""

import re
from collections.abc import Sequence

from services.aws_local.extraction.clauses import FIRST_PERSON, has_finite_verb
from services.aws_local.extraction.corrections import MONTH, Value, values
from services.aws_local.extraction.sentences import is_interjection, mended, stripped
from services.aws_local.extraction.small_talk import JOKE

TAKES_BACK = (
    r"(?:no,? sorry|sorry,? no|no,? wait|wait,? no|oh wait|or rather|I mean(?:t)?|sorry|correction|no)"
)
LEAD = r"(?:(?:on|at|in|for|about|around|the|to|by) )*"
# Inside of a sentence: "…, no sorry, the 15th of May"; a bare "no" and "sorry" need their commas.
INSIDE = re.compile(rf"(?:,| -+) (?:{TAKES_BACK}(?<!no)[,:]?|no,) (?P<lead>{LEAD})(?=[\w$€£])", re.IGNORECASE)
# At the beginning of the next one: "Actually no, let's say 8k", "Correction: Tuesday the 6th".
NEXT = re.compile(
    rf"^(?:oh )?(?:(?:actually|(?!no [^,]){TAKES_BACK}|no(?= wait| sorry|,? let)|wait|oops)[,.:;!]* ){{1,4}}"
    r"(?:that's (?:wrong|not right),? )?(?:(?:I (?:mean|meant)|it's|it is|let's say|make (?:it|that)|rather)"
    rf",? )?(?P<lead>{LEAD})(?=[\w$€£])",
    re.IGNORECASE,
)
SCRATCH = re.compile(
    r"^(?:(?:actually|no|wait|sorry|oh)[, ]+)*(?:scratch|forget|ignore) that(?:[.,!;:]+\s*|\s+-+\s+|$)", re.I
)
LIKED = re.compile(r"\bI (?:\w+ )?(?:love|like|enjoy|adore|prefer)\b", re.IGNORECASE)
DISLIKED = re.compile(
    r"^(?:(?:actually|no|wait|sorry|oh)[, ]+)+I (?:really )?(?:hate|don't (?:really )?like|can't stand"
    r"|dislike) (?:it|them)(?: (?:anymore|at all))?[ .!]*$",
    re.IGNORECASE,
)
TAIL = re.compile(
    rf"(?: of {MONTH}| (?:and a )?half)?(?P<unit> [a-z]{{3,}})?(?: old)?(?=\s*(?:$|[.,;!?)]| -"
    rf"| since\b))",
    re.I,
)
BESIDE = re.compile(r"(?: [a-z]+)?$")  # what a value counts: "2 tickets, no sorry, 3"
DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th)?")
NAMED_MONTH = re.compile(MONTH)
PLACE = re.compile(r"(?<= in | at | to )(?!I\b|I'm\b|I've\b)[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
MEANT = re.compile(
    rf"^(?i:(?:actually|{TAKES_BACK}|wait|oops)[,.:;!]* ){{0,4}}(?i:I meant?|correction:?)"
    r" (?P<now>[A-Z][\w'-]+(?: [A-Z][\w'-]+)*)[.!]*$"
)
SHORT = 4  # words of an answer that another takes the place of


def repaired(said: Sequence[str], question: str = "") -> list[str]:
    """The sentences of a message, in order, as their speaker wants them after taking something back.

    ``question`` is what the message answers: of the options that it offers the last one taken counts.
    """
    kept: list[str] = []
    for sentence in map(_inside, said):
        joke = JOKE.search(sentence)
        if joke:
            serious = _serious(sentence[: joke.start()])
            if not stripped(sentence[: joke.start()]) and kept:
                kept.pop()
            kept.extend(part for part in (serious, sentence[joke.end() :].lstrip(" ,.;!-")) if part)
            continue
        before = kept[-1] if kept else ""
        scratched = SCRATCH.match(sentence)
        if before and scratched:
            kept[-1:] = _scratched(before, sentence[scratched.end() :].strip())
        elif before and DISLIKED.match(mended(sentence)) and LIKED.search(mended(before)):
            kept.pop()
        else:
            changed = _changed(before, sentence, question) if before else None
            if changed is None:
                kept.append(sentence)
            else:
                kept[-1:] = [part for part in changed if part]
    return kept


def _scratched(before: str, instead: str) -> list[str]:
    """What is left after "scratch that": what is said instead, where it is plainly said of the same thing.

    "Forget that, I have another question" takes nothing back.
    """
    if not instead:
        return []
    now = next(iter(values(instead)), None)
    kin = [value for value in values(before) if now is not None and value.kind == now.kind]
    if now is not None and now.start == 0 and len(kin) == 1:
        old = kin[0]
        return [f"{before[: old.start]}{_value(old, now)}{before[old.start + len(old.text) :]}"]
    same = before.lower().split()[:2] == instead.lower().split()[:2]
    return [instead] if same else [before, instead]


def _inside(sentence: str) -> str:
    """A sentence with the value that its speaker puts in another's place."""
    match = INSIDE.search(sentence)
    if match is None:
        return sentence
    before = list(values(sentence[: match.start()]))
    now = next((value for value in values(sentence) if value.start == match.end()), None)
    if now is None or not before:
        return sentence
    old = before[-1]
    beside = sentence[old.start + len(old.text) : match.start()]
    tail = TAIL.match(sentence, now.start + len(now.text))
    if (
        old.kind != now.kind
        or not BESIDE.fullmatch(beside)
        or tail is None
        or not _same_unit(beside, tail["unit"])
    ):
        return sentence
    counted = "" if tail["unit"] else beside
    end = now.start + len(now.text)
    return f"{sentence[: old.start]}{_value(old, now)}{counted}{sentence[end:]}"


def _serious(joked: str) -> str:
    """What is left of what was said before "just kidding": all but its last clause."""
    head, _, last = joked.rstrip(" ,.;!-").rpartition(", ")
    return head if FIRST_PERSON.match(last) or has_finite_verb(last) else ""


def _changed(before: str, sentence: str, question: str) -> tuple[str, str] | None:
    """The sentence before with the value that this one gives, and what else this one says; or None."""
    meant = MEANT.match(sentence)
    places = [found for found in PLACE.finditer(before) if not NAMED_MONTH.match(found.group())]
    if meant and len(places) == 1 and not any(values(meant["now"])):
        start, end = places[0].span()
        return f"{before[:start]}{meant['now']}{before[end:]}", ""
    match = NEXT.match(sentence)
    if match is None or before.endswith("?"):
        return None
    other = _other_answer(before, sentence, match, question)
    now = next((value for value in values(sentence) if value.start == match.end()), None)
    if other or now is None:
        return other
    kin = [value for value in values(before) if value.kind == now.kind]
    end = now.start + len(now.text)
    tail = TAIL.match(sentence, end)
    if len(kin) != 1 or tail is None:
        return None
    old = kin[0]
    following = re.match(r" [a-z]{3,}\b", before[old.start + len(old.text) :])
    if tail["unit"] and (following is None or following.group().lower() != tail["unit"].lower()):
        return None
    rest = sentence[tail.end() :].lstrip(" ,;.!-")
    return f"{before[: old.start]}{_value(old, now)}{before[old.start + len(old.text) :]}", rest


def _other_answer(before: str, sentence: str, match: re.Match[str], question: str) -> tuple[str, str] | None:
    """ "Aisle. No wait, window." -> "Window.": of two short answers the second."""
    now, _, rest = sentence[match.end() :].partition(", ")
    plain = bool(re.fullmatch(r"(?:actually|sorry)[, ]+", match.group(), re.IGNORECASE))  # may be politeness
    brief = all(len(part.split()) <= SHORT and not has_finite_verb(f"it {part}") for part in (before, now))
    spoken = SPOKEN.search(before) or SPOKEN.search(now) or is_interjection(now)
    kinds = [sorted({value.kind for value in values(part)}) for part in (before, now)]
    offered = all(part.strip(" .,!").lower() in question.lower() for part in (before, now))
    if not brief or spoken or kinds[0] != kinds[1] or (plain and not (kinds[0] or offered)):
        return None
    return now, rest


SPOKEN = re.compile(r"\b(?:I|I'm|I'd|I'll|we|my|you|your|it|that|this|not)\b|\?", re.IGNORECASE)


def _value(old: Value, now: Value) -> str:
    """The new value; of a day alone ("the 6th") in the month that was said before."""
    if old.kind == "date" and not NAMED_MONTH.search(now.text) and NAMED_MONTH.search(old.text):
        return DAY.sub(now.text, old.text, count=1)
    return now.text


def _same_unit(beside: str, unit: str | None) -> bool:
    return not unit or not beside.strip() or beside.strip().lower() == unit.strip().lower()
