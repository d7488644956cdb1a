"""People who correct themselves: "in 2015, no, sorry, 2016", "Actually make that £80", "I meant the 21st".

A repair names a value (a number, a day, a time, a sum, a date) in the place of one of the same kind that was
said shortly before. Without such a value nothing is repaired.
"""

import re
from itertools import pairwise

from services.aws_local.extraction.corrections import Value, values

_SORRY = (
    r"(?:no|wait|sorry|hang on|hold on|oops|scratch that|correction|i mean|i meant|rather|actually|well"
    r"|or rather)"
)
# Inside a sentence, between the wrong value and the right one.
_BETWEEN = re.compile(
    rf"^[,;.]?(?: -+)? (?:{_SORRY},? ){{0,3}}(?:make (?:that|it)|that's|it's|i meant|i mean|no|sorry"
    rf"|wait|rather|scratch that"
    r"|correction)[,:]? (?:to |on |at |in |the |for )?$",
    re.IGNORECASE,
)
# At the start of a sentence that repairs the one before.
_OPENS = re.compile(
    rf"^(?:(?:oh|ah|hmm|um|er|ugh|and|but),? )*(?:"
    rf"(?:{_SORRY}[,.:]? )*it(?:'s| is|'s been| has been| was) (?:moved|extended|changed|postponed"
    rf"|put back|pushed back"
    r"|brought forward|rescheduled)[,:]?(?= (?:to|until|till|by) )"
    rf"|(?:{_SORRY}[,.:]? )+(?:(?:let's )?(?:make|say|call) (?:that|it)|i (?:meant|mean)|it's|it is"
    rf"|it was|that's|that was"
    r"|that should be|it should be|not)?|(?:let's )?make (?:that|it)|i meant|i mean)[,:]? ?"
    r"(?:to |until |till |by |on |at |in |the |for |about |around )*",
    re.IGNORECASE,
)
# Takes back what was said and puts nothing in its place.
_TAKES_BACK = re.compile(
    r"^(?:(?:oh|hmm|um|er|well),? )*(?:no,? wait|wait,? no|scratch that|forget (?:that|it)"
    r"|ignore that|never ?mind"
    r"|on second thoughts?|actually,? no)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^(?:(?:oh|and|ah|hi|hello|hey|no|um|er|hmm|wait|ok|okay|one|a|small|quick"
    r"|another),? )*(?:correction|sorry,? (?:i meant|that|it|make"
    r"|not|the|my)|i (?:meant|made a mistake|was wrong|got (?:that|it) wrong|mixed)|actually,? (?:it"
    r"|that|make|the"
    r"|my|we|i'm|i am|i've)|scratch that|make (?:that|it)|change of plan|i stand corrected|my mistake"
    r"|slight change)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(?:[.!]*\s*(?:,|;|$)|\s+(?:because|since|as|instead|please|then|now|actually)\b)", re.IGNORECASE
)


def repaired_within(sentence: str) -> str:
    """A sentence without the values that its speaker takes back in it."""
    found = list(values(sentence))
    for wrong, right in reversed(list(pairwise(found))):
        end = wrong.start + len(wrong.text)
        between = sentence[end : right.start]
        if wrong.kind == right.kind and _BETWEEN.match(between):
            sentence = f"{sentence[: wrong.start]}{sentence[right.start :]}"
    return sentence


def repair(sentence: str) -> Value | None:
    """The value that a sentence puts in the place of one said before; None when it repairs nothing."""
    opening = _OPENS.match(sentence)
    if opening is None:
        return None
    named = next(values(sentence), None)
    if named is None or named.start != opening.end():
        return None
    return named if _GOES_ON.match(sentence, named.start + len(named.text)) else None


def corrects(sentence: str) -> bool:
    """Whether a sentence is introduced as a correction: "Correction: …", "Sorry, I meant …"."""
    return _CORRECTS.match(sentence) is not None


def takes_back(sentence: str) -> bool:
    """Whether a sentence takes back what was said before it: "No wait, …", "Scratch that"."""
    return _TAKES_BACK.match(sentence) is not None


def with_value(text: str, new: Value) -> str:
    """A text with the last value of the same kind replaced, or "" when it has none or has the new one."""
    same = [value for value in values(text) if value.kind == new.kind]
    if not same or any(value.same == new.same for value in same):
        return ""
    wrong = min(reversed(same), key=lambda value: _distance(value, new))
    return f"{text[: wrong.start]}{new.text}{text[wrong.start + len(wrong.text) :]}"


def _distance(one: Value, other: Value) -> int:
    """How far apart two numbers are; what has none is next to everything."""
    digits = [re.search(r"\d+", value.same) for value in (one, other)]
    return abs(int(digits[0].group()) - int(digits[1].group())) if digits[0] and digits[1] else 0
