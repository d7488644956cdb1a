"""Messages in which an agent writes about the user ("The user is vegetarian …").

The tools that agents are given to remember with write events of the role ASSISTANT, so such a message
is read as a statement about the user, though it was not the user who said it.
"""

import re
from collections.abc import Iterator

from services.aws_local.extraction.rewriting import sentence_case, third_person
from services.aws_local.extraction.sentences import is_question
from services.aws_local.extraction.verbs import OPENING_THIRD

ABOUT_USER = re.compile(
    r"^(?:(?:remember|note)(?: that)?:? )?(?:the |this |our )?(?P<who>user|customer"
    r"|client)(?P<possessive>'s)? (?=[a-z(])",
    re.IGNORECASE,
)
SPEAKS_OF_SOFTWARE = re.compile(
    r"^(?:can|should|must|may|will be|needs to (?:click|enter|log|select|provide|confirm)|clicks?|enters?"
    r"|is (?:redirected|prompted|asked|shown|logged|authenticated)|sees|asked|asks|wants to know|said hello"
    r"|greeted|thanked|interface|experience|guide|manual|account|id|input|request|query|question|message"
    r"|base|group|role|session|story|stories)\b",
    re.IGNORECASE,
)
YOU = re.compile(r"\b(?:you|your)\b", re.IGNORECASE)
PRONOUN = re.compile(r"(?P<they>They|He|She)\b|(?:Their|His|Her)\b")
NEXT_PREDICATE = re.compile(r",?\s+and\s+(?:also\s+)?(?=([a-z']+)\b)")


def recorded_statements(said: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of statement and sentence, when the first sentence already is about the user; else nothing."""
    if said and ABOUT_USER.match(said[0]):
        yield from ((statement, sentence) for sentence in said for statement in _statements(sentence))


def _statements(sentence: str) -> Iterator[str]:
    subject, rest = _subject(sentence)
    if not rest or SPEAKS_OF_SOFTWARE.match(rest) or is_question(sentence) or YOU.search(rest):
        return
    for predicate in _predicates(rest) if subject == "The user" else [rest]:
        yield sentence_case(f"{subject} {predicate}")


def _subject(sentence: str) -> tuple[str, str]:
    """The user as the subject ("The user" or "The user's") and what is said of them, or nothing."""
    match = ABOUT_USER.match(sentence)
    if match:
        return f"The user{match['possessive'] or ''}", sentence[match.end() :]
    pronoun = PRONOUN.match(sentence)
    if pronoun is None:
        return "", ""
    rest = sentence[pronoun.end() :].lstrip()
    if pronoun["they"] is None:
        return "The user's", rest
    return "The user", _singular(rest) if pronoun["they"] == "They" else rest


def _singular(predicate: str) -> str:
    """The predicate of "they", made to agree with "the user": "live in Irvine" -> "lives in Irvine"."""
    return third_person(f"I {predicate}").removeprefix("The user ")


def _predicates(predicate: str) -> list[str]:
    """The parts of "is vegetarian and prefers quiet restaurants"."""
    parts = NEXT_PREDICATE.split(predicate)
    whole = [parts[0]]
    for opening, rest in zip(parts[1::2], parts[2::2], strict=True):
        if opening in OPENING_THIRD:
            whole.append(rest)
        else:
            whole[-1] = f"{whole[-1]} and {rest}"
    return whole
