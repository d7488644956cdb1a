"""What a message says in somebody else's name, or of another life: quotations, stories, dreams, role play.

"I" in there is not the user. What stands inside of such a frame is left out as a whole, since a sentence
that is cut out of it no longer shows whose it is.
"""

import re
from collections.abc import Sequence

from services.aws_local.extraction.sentences import mended

MARK = re.compile(r'(?<![\d\'])"')  # and no inches
SPEECH = re.compile(r'"[^"]*\b(?:I|I\'m|I\'ve|I\'d|I\'ll|my|me|we|our)\b[^"]*"')
# 'He said "I was depressed", but I like rain.'
OWN_TAIL = re.compile(r'"[,.]? (?:but|still|though) (?P<said>(?:I|I\'m|my|we|our)\b[^"]*)$')
QUOTATION = re.compile(r'"[^"]*"')
STORY = re.compile(
    r"^(?:for|in) (?:the|my|a|our|this) (?:\w+ )?(?:story|novel|film|movie|play|scene|poem|song|screenplay"
    r"|script|dream|scenario)\b[^.]*\b(?:says|said|is|was|has|thinks|lives|goes)\b.*\b(?:I|my)\b",
    re.IGNORECASE,
)
DREAM = re.compile(r"^(?:and |but |so )?if I (?:were|won|ever win|had (?:won|known))\b", re.IGNORECASE)
PLAY_BEGINS = re.compile(
    r"\b(?:let's|let us|can we|could we|shall we|I want to|I'd like to) (?:\w+ ){0,3}?role-?play\b"
    r"|^(?:start |begin )?role-?play\b",
    re.IGNORECASE,
)
PLAY_ENDS = re.compile(
    r"\booc\b|\bout of character\b|\b(?:stop|end|enough|quit|done|over)\b[^.]{0,20}\brole-?play"
    r"|\brole-?play (?:is )?(?:over|done)\b|\bend of scene\b|\bback to (?:reality|normal|real life)\b",
    re.IGNORECASE,
)


def own_words(said: Sequence[str]) -> list[str]:
    """The sentences of a message, in order, without those that quote or tell what another "I" says."""
    kept: list[str] = []
    closing = _closings(said)
    quoted_until = -1
    for place, sentence in enumerate(said):
        if place <= quoted_until:
            continue
        if len(MARK.findall(sentence)) % 2 and closing[place]:
            quoted_until = closing[place]
            continue
        plain = mended(sentence)
        tail = OWN_TAIL.search(plain)
        if not (SPEECH.search(plain) or STORY.match(plain) or DREAM.match(plain)):
            kept.append(sentence)
        elif tail:
            kept.append(tail["said"])
    return kept


def around_speech(sentence: str) -> str:
    """A sentence without what it quotes: who is spoken of is known from it all the same."""
    return " ".join(QUOTATION.sub(" ", sentence).split())


def _closings(said: Sequence[str]) -> list[int]:
    """For each sentence the place of the next one that closes a quotation left open in it, or 0."""
    closings, following = [0] * len(said), 0
    for place in range(len(said) - 1, -1, -1):
        closings[place] = following
        if len(MARK.findall(said[place])) % 2:
            following = place
    return closings


class RolePlay:
    """Whether a session plays roles now: from "let's roleplay" until somebody says that it is over."""

    def __init__(self) -> None:
        self._plays = False

    def hears(self, text: str) -> bool:
        """Takes in a message of the user; whether it is said in a role, or sets the roles."""
        if self._plays and PLAY_ENDS.search(text):
            self._plays = False
        elif not self._plays and PLAY_BEGINS.search(text):
            self._plays = True
        return self._plays
