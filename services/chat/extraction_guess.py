"""Why an event may give no memory: guesses from what the user said, to be labelled as guesses."""

import re
from collections.abc import Sequence

_GREETING = re.compile(
    r"^(hi|hello|hey|good (morning|afternoon|evening)|thanks?|thank you|ok(ay)?|bye|goodbye|great|cool)\b"
)
_QUESTION = re.compile(
    r"^(what|which|who|whom|whose|where|when|why|how|do|does|did|is|are|was|were|can|could|will|would|should|"
    r"have|has|tell me|remind me)\b"
)
_ABOUT_USER = re.compile(r"\b(i|i'm|im|i've|ive|i'd|id|i'll|my|mine|me|we|we're|our|us)\b")
_SECRET = re.compile(
    r"(?<![\d-])(?:\d[ -]?){13,19}(?![\d-])|\b(?:password|passcode|pin code|api key|secret key|access key)\b"
)
SHORT_WORDS = 6


def likely_reason(messages: Sequence[tuple[str, str]]) -> str | None:
    """Why nothing may come of these (role, text) messages; None if no reason is apparent."""
    texts = [text.strip() for role, text in messages if role == "USER" and text.strip()]
    said = [text.lower().replace("’", "'") for text in texts]
    if not any(role in ("USER", "ASSISTANT") for role, _ in messages):
        return "nobody said anything in it that facts and preferences are read from"
    if not said:
        return None
    return _reason_of(said)


def _reason_of(said: Sequence[str]) -> str | None:
    """The same for what the user said, in lower case."""
    if any(_SECRET.search(text) for text in said):
        return "it holds what looks like a card number, a password or a key: such sentences are left out"
    if all(_is_greeting(text) for text in said):
        return "it is a greeting or thanks"
    if all(_is_question(text) for text in said):
        return "a question says little about the user"
    if not any(_ABOUT_USER.search(text) for text in said):
        return "nothing in it is about the user"
    return None


def _is_greeting(text: str) -> bool:
    return bool(_GREETING.match(text)) and len(text.split()) <= SHORT_WORDS and not _ABOUT_USER.search(text)


def _is_question(text: str) -> bool:
    return text.endswith("?") or bool(_QUESTION.match(text))
