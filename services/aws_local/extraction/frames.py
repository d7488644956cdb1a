"""What a message says in somebody else's name, or of another life: quotations, stories, dreams, role play.

"I" in there is not the user. What stands inside of such a frame is left out as a whole, since a sentence
that is cut out of it no longer shows whose it is.
"""

import re
from collections.abc import Sequence

from services.aws_local.extraction.sentences import mended, stripped

MARK = re.compile(r'(?<![\d\'])(?<!\d )"')
PAIR = re.compile(r'(?<![\d\'])(?<!\d )"[^"]*"')  # and no inches
SPEECH = re.compile(r'"[^"]*\b(?:I|I\'m|I\'ve|I\'d|I\'ll|my|me|we|our)\b[^"]*"')
# 'He said "I was depressed", but I like rain.'
OWN_TAIL = re.compile(r'"[,.]? (?:but|and|so|still|though) (?P<said>(?:I|I\'m|my|we|our)\b[^"]*)$')
QUOTATION = re.compile(r'"[^"]*"')
STORY = re.compile(
    r"^(?:for|in) (?:the|my|a|our|this) (?:\w+ )?(?:story|novel|film|movie|play|scene|poem|song|screenplay"
    r"|script|dream|scenario)\b[^.]*\b(?:says|said|is|was|has|thinks|lives|goes)\b.*\b(?:I|my)\b",
    re.IGNORECASE,
)
DREAM = re.compile(
    r"^(?:and |but |so )?if I (?:were(?! (?:honest|to)\b)|won(?!')|ever win|had (?:won|known))\b"
    r"(?!.*, (?:I'm|my)\b)",
    re.IGNORECASE,
)
PLAY_BEGINS = re.compile(
    r"(?:(?:ok|okay|so|hey|hi|now|great)[,!]? )*"
    r"(?:(?:let's|let us|can we|could we|shall we|I want to|I'd like to) )?"
    r"(?:(?:do|start|begin|play) )?(?:an? )?"
    r"role[- ]?play(?:ing)?\b(?! (?:with my|club|game|group|at|is|was|has)\b)"
    r"|(?:(?:please|can you|could you) )?(?:write|make|tell|create|give)\b.{0,30}\b(?:story|tale|poem|song"
    r"|scene)\b"
    r".{0,20}\b(?:where|in which) I\b",
    re.IGNORECASE,
)
PLAY_ENDS = re.compile(
    r"\booc\b|\bout of character\b"
    r"|\b(?:stop|end|enough|quit|done|over)\b.{0,20}\b(?:role[- ]?play|game|scene)"
    r"|\brole[- ]?play (?:is )?(?:over|done)\b|\bend of scene\b|\bin real life\b|\bmy real [a-z]+\b"
    r"|\bback to (?:reality|normal|real life|my|our|the)\b|^(?:ok(?:ay)?,? )?stop\b",
    re.IGNORECASE,
)
# A letter that was pasted: "Hi Marta," on a line of its own, or the heading of a mail, until it is signed.
SALUTATION = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)) (?:(?:mr|mrs|ms|dr)\.? )?(?-i:[A-Z])[\w'-]+"
    r"(?: (?-i:[A-Z])[\w'-]+)?[,:!]?$|(?:from|subject): \S",
    re.IGNORECASE,
)
SIGNED = re.compile(
    r"(?:(?:best|kind|warm|many|kindest)(?: (?:regards|wishes|thanks))?|regards|cheers|(?:yours )?sincerely"
    r"|yours(?: truly)?|love|thanks(?: (?:again|a lot|in advance))?|thank you)[,.!]?$",
    re.IGNORECASE,
)
# "Child: Noah Weber", "Age: 5": the lines of a form that is filled in for somebody.
FORM_OF_ANOTHER = re.compile(
    r"(?:child|son|daughter|patient|pet|dog|cat|guest|passenger|customer|client|student|tenant|employee"
    r"|participant|candidate)(?:'s)?(?: name)?(?: \d)?: \S",
    re.IGNORECASE,
)
FORM_LINE = re.compile(r"[\w' -]{2,30}: \S")
LONGEST_PLAY = 6  # messages of the user; nobody says for sure when it is over


def own_words(said: Sequence[str]) -> list[str]:
    """The sentences of a message, in order, without those that quote or tell what another "I" says."""
    kept: list[str] = []
    closing = _closings(said)
    quoted_until = -1
    for place, sentence in enumerate(said):
        if place <= quoted_until:
            continue
        if leaves_open(sentence) and closing[place]:
            quoted_until = closing[place]
            continue
        plain = mended(sentence)
        tail = OWN_TAIL.search(plain)
        if not (SPEECH.search(plain) or STORY.match(plain) or DREAM.match(plain)):
            kept.append(sentence)
        elif tail:
            kept.append(tail["said"])
    return kept


def without_pasted(said: Sequence[str]) -> list[str]:
    """The sentences of a message, in order, without letters of somebody else and forms about somebody else.

    A letter is another's where something of the user's stands before or after it; a message that is a letter
    from its first to its last line is the user's own.
    """
    if any(FORM_OF_ANOTHER.match(sentence) for sentence in said):
        said = [sentence for sentence in said if not FORM_LINE.match(sentence)]
    start = next((place for place, sentence in enumerate(said) if SALUTATION.match(sentence)), None)
    if start is None:
        return list(said)
    signed = next((place for place in range(start, len(said)) if SIGNED.match(said[place])), None)
    end = len(said) if signed is None else signed + 2  # the name stands below
    if start == 0 and end >= len(said):
        return list(said)
    return [*said[:start], *said[end:]]


def leaves_open(sentence: str) -> bool:
    """Whether a quotation is left open in a sentence; inches are no marks."""
    return len(MARK.findall(PAIR.sub("", sentence))) % 2 == 1


def around_speech(sentence: str) -> str:
    """A sentence without what it quotes: who is spoken of is known from it all the same."""
    return " ".join(QUOTATION.sub(" ", sentence).split())


def _closings(said: Sequence[str]) -> list[int]:
    """For each sentence the place of the next one that closes a quotation left open in it, or 0."""
    closings, following = [0] * len(said), 0
    for place in range(len(said) - 1, -1, -1):
        closings[place] = following
        if leaves_open(said[place]):
            following = place
    return closings


class RolePlay:
    """Whether a session plays roles now: from "let's role-play" until somebody says that it is over."""

    def __init__(self) -> None:
        self._left = 0

    def out_of_role(self, said: Sequence[str]) -> list[str]:
        """The sentences of the user's next message that are said in nobody's role."""
        self._left = max(self._left - 1, 0)
        kept = []
        for sentence in said:
            plain = stripped(mended(sentence))
            if PLAY_ENDS.search(plain):
                self._left = 0
            elif PLAY_BEGINS.match(plain):
                self._left = LONGEST_PLAY
            if not self._left:
                kept.append(sentence)
        return kept
