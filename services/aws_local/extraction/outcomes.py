"""Explicit words of success, of failure, and of a matter being over. Whatever is not said is not guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from services.aws_local.extraction.messages import USER
from services.aws_local.extraction.sentences import (
    is_interjection,
    is_question,
    mended,
    sentences,
    stripped,
)
from services.aws_local.extraction.small_talk import IMPERATIVE

SHORT = 7  # words: a longer sentence with "thanks" in it says something else, too
THANKS = re.compile(r"\b(?:thanks|thank you|thx|cheers)\b", re.IGNORECASE)
OVER = re.compile(
    r"^(?:(?:ok|okay|no|yes|great|perfect|thanks|thank you|alright|good|nope|well|and|so)[,.! ]+)*"
    r"(?:that(?:'s| is|'ll be| will be) (?:all|it|everything)\b|nothing (?:else|more)\b|(?:good)?bye\b"
    r"|good night\b|see you\b|talk (?:to you )?(?:later|soon)\b"
    r"|have a (?:nice|good|great|lovely) (?:day|one|evening|weekend)\b"
    r"|(?:we're|we are|i'm|i am) (?:all set|done|good)\b"
    r"|(?:that|it|this) (?:just )?(?:worked|works|solved|fixed)\b"
    r"|(?:the )?problem (?:is )?solved\b|never ?mind\b"
    r"|forget (?:it|about it)\b|end[.!]?$)",
    re.IGNORECASE,
)
BYE = re.compile(r"\b(?:good)?bye[.!]*$", re.IGNORECASE)
NEW_MATTER = re.compile(r"\b(?:I|we|my|our)\b", re.IGNORECASE)
# "His left hand doesn't work", "She says it is useless": nothing about what was done here.
OF_SOMETHING_ELSE = re.compile(
    r"^(?!.*\bstill\b)(?:(?:my|our|his|her|their|he|she)\b|.*\b(?:says?|said|thinks?|told)\b)", re.IGNORECASE
)
USER_SUCCESS = re.compile(
    r"\b(?:that|it|this|everything)(?:'s)? (?:all )?(?:just |now |finally )?"
    r"(?:worked|works|solved|fixed|helped|did it)\b|\bproblem (?:is )?solved\b"
    r"|\b(?:perfect|excellent|awesome|great job|exactly what I (?:needed|wanted))\b",
    re.IGNORECASE,
)
USER_FAILURE = re.compile(
    r"\b(?:still|does|did|is|was|has|have|do)(?:n't| not) (?:work|help|solve|fix|right|what I|correct)\w*"
    r"|\b(?:still (?:broken|failing|fails|get(?:ting)?|the same)|no luck|never ?mind"
    r"|forget (?:it|about it)|useless|give up|giving up|waste of time)\b",
    re.IGNORECASE,
)
SUCCESS = re.compile(
    r"\b(?:success(?:ful|fully)?|succeeded|booked|confirmed|completed|resolved|fixed|solved|updated|sent"
    r"|created"
    r"|scheduled|rescheduled|reserved|refunded|processed|cancell?ed|replaced|approved|deployed|passed"
    r"|installed"
    r"|delivered|restored|added|removed|reset|done)\b",
    re.IGNORECASE,
)
FAILURE = re.compile(
    r"\b(?:failed|failure|unable|cannot|can't|couldn't|could not|wasn't able"
    r"|not (?:possible|available|found|able|allowed|permitted)"
    r"|denied|declined|rejected|timed? ?out|exception|invalid)\b"
    r"|(?<!\bno )(?<!\bwithout )(?<!\bany )\berrors?\b",
    re.IGNORECASE,
)
# Words that make a success a plan, a wish or a doubt: "Your refund will be processed on Monday".
NOT_YET = re.compile(
    r"\b(?:will|to|can|could|would|should|may|might|must|shall|if|once|when|until|unless|before|please|need"
    r"|needs"
    r"|let me|i'll|going|not|isn't|hasn't|haven't|wasn't|trying|being)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sign:
    """A sentence that says outright whether something succeeded, and whose it is."""

    success: bool
    said: str
    role: str


def closes(text: str) -> bool:
    """Whether a user's message says that the matter is over, and asks for nothing besides."""
    said = [mended(sentence) for sentence in sentences(text)]
    if not said or any(is_question(sentence) for sentence in said):
        return False
    return is_ending(said[-1]) and all(_says_little(sentence) for sentence in said[:-1])


def is_ending(sentence: str) -> bool:
    """Whether a sentence takes leave, thanks, or says that the matter is over."""
    return bool(OVER.match(sentence) or BYE.search(sentence)) or _thanks(sentence)


def _says_little(sentence: str) -> bool:
    """What may come before an ending: "Awesome, merged it.", no request and no new matter."""
    if is_ending(sentence) or is_interjection(sentence):
        return True
    bare = stripped(sentence)
    return len(bare.split()) < SHORT and not IMPERATIVE.match(bare) and not NEW_MATTER.search(bare)


def _thanks(sentence: str) -> bool:
    return len(sentence.split()) <= SHORT and THANKS.search(sentence) is not None


def last_sign(said: Sequence[str], role: str) -> Sign | None:
    """The last of the sentences that says whether something succeeded; questions say nothing."""
    for sentence in reversed(said):
        success = None if is_question(sentence) else _success(sentence, role)
        if success is not None:
            return Sign(success, sentence, role)
    return None


def _success(sentence: str, role: str) -> bool | None:
    if role == USER:
        if USER_FAILURE.search(sentence):
            return None if OF_SOMETHING_ELSE.search(stripped(sentence)) else False
        return True if USER_SUCCESS.search(sentence) else None
    if FAILURE.search(sentence):
        return False
    success = SUCCESS.search(sentence)
    if success is None or NOT_YET.search(sentence, 0, success.start()):
        return None
    return True
