"""Questions for a taste by their shape ("Any foods you avoid?", "Colours?"), and what an answer then says."""

import re

from services.aws_local.extraction.answer_shapes import PREPOSITION, Answer, Read, Reply
from services.aws_local.extraction.capitals import lower_first
from services.aws_local.extraction.categories import PATTERNS
from services.aws_local.extraction.rewriting import sentence_case
from services.aws_local.extraction.verbs import third_person

# Things that people are asked for in one word because everybody has a taste in them.
OF_TASTE = (
    r"(?:colou?rs?(?: scheme)?|styles?|genres?|music|food|cuisines?|menu|tiles?|flooring|fabrics?"
    r"|seats?|seating"
    r"|themes?|formats?|tone|brands?|materials?|flowers|drinks?|desserts?|layout|length|size|shape|flavou?rs?"
    r"|decor|decoration|sides|toppings?|transport|airlines?|accommodation|rooms?|location|furniture|worktops?"
    r"|lighting|neighbou?rhoods?|areas?|activities|topics?|sports?|languages?|spelling|units)"
)
NOT_NAMED = re.compile(r"\b(?:none|any|anything|no|not|never|nothing|it|that|this|you|help)\b", re.IGNORECASE)
OWN = re.compile(r"(?:my|our|\d+$)\b", re.IGNORECASE)
SENTENCE = re.compile(r"\b(?:is|are|was|were|has|have|had|does|did|will|would|I|I'm|we)\b")
NO_NAMES = ("food", "drinks", "sports", "fitness", "pets", "hobbies", "music")  # categories without brands
BY_FAR = re.compile(r", (?:by|hands|without|of course)\b.*$", re.IGNORECASE)
LASTING_MIND = re.compile(
    r"^(?:to |me |us |my |it\b|that\b|this\b|if |giving |telling |sharing )", re.IGNORECASE
)


def _lowered(value: str) -> str:
    """An answer in the middle of a sentence: a common word at its start loses its capital."""
    value = lower_first(value)
    first = re.match(r"[A-Z][a-z]*\b(?! [A-Z])", value)
    known = first and any(PATTERNS[label].fullmatch(first.group()) for label in NO_NAMES)
    common = first and (first.group() in {"A", "An", "The", "My"} or value.endswith(" ones"))
    return value[:1].lower() + value[1:] if known or common else value


def _preferred(match: re.Match[str], reply: Reply) -> Answer | None:
    """Colours? -> The user's preferred colours are dark green or rust."""
    value = _lowered(reply.fragment)
    if not value or NOT_NAMED.match(value) or OWN.match(value) or SENTENCE.search(value):
        return None
    what = match["what"].lower()
    value = re.sub(r" ones$", f" {what}", value)
    verb = "are" if what.endswith("s") and not what.endswith("ss") else "is"
    said = f"preferred {what} {verb} {value}"
    return Answer(sentence_case(f"The user's {said}"), sentence_case(said).rstrip("."))


def _wished(match: re.Match[str], reply: Reply) -> Answer | None:
    """Any wishes for the room? -> The user prefers a high floor."""
    value = _lowered(reply.fragment)
    if not value or NOT_NAMED.match(value) or OWN.match(value) or SENTENCE.search(value):
        return None
    return Answer(f"The user prefers {value}.", f"Prefers {value}")


def _picked_out(match: re.Match[str], reply: Reply) -> Answer | None:
    """Any foods you avoid? -> The user avoids shellfish."""
    if not reply.fragment or reply.refused:
        return None
    said = f"{third_person(match['verb'].lower())} {_lowered(reply.fragment)}"
    return Answer(sentence_case(f"The user {said}"), sentence_case(said).rstrip("."))


def _considered(match: re.Match[str], reply: Reply) -> Answer | None:
    """Would you consider physiotherapy? -> The user is open to physiotherapy."""
    what = re.sub(r"\byour\b", "their", match["what"].strip())
    if " or " in what or reply.agreed == reply.refused or LASTING_MIND.match(what):
        return None
    said = f"does not want {what}" if reply.refused else f"is open to {what}"
    return Answer(sentence_case(f"The user {said}"), sentence_case(said).rstrip("."))


def _agreed_kind(match: re.Match[str], reply: Reply) -> Answer | None:
    """Furnished? - Unfurnished. -> The user prefers unfurnished."""
    asked, taken = match["what"].lower(), reply.fragment.lower()
    if not taken.endswith(asked) or len(taken.split()) > 1:
        return None
    return Answer(f"The user prefers {taken}.", f"Prefers {taken}")


def _way(match: re.Match[str], reply: Reply) -> Answer | None:
    """How do you like to learn? -> The user prefers to learn by watching videos."""
    if not PREPOSITION.match(reply.fragment):
        return None
    said = f"prefers to {match['what'].lower()} {_lowered(reply.fragment)}"
    return Answer(sentence_case(f"The user {said}"), sentence_case(said).rstrip("."))


def _cared_about(match: re.Match[str], reply: Reply) -> Answer | None:
    """What matters most to you? -> The user cares most about small classes."""
    if not reply.fragment:
        return None
    said = f"cares most about {_lowered(reply.fragment)}"
    return Answer(sentence_case(f"The user {said}"), sentence_case(said).rstrip("."))


def _favourite(match: re.Match[str], reply: Reply) -> Answer | None:
    """Do you have a favourite band? -> The user's favourite band is Radiohead."""
    if not reply.fragment or reply.refused:
        return None
    named = BY_FAR.sub("", _lowered(reply.fragment))
    said = f"favourite {match['what']} is {named}"
    return Answer(sentence_case(f"The user's {said}"), sentence_case(said).rstrip("."))


def _interests(match: re.Match[str], reply: Reply) -> Answer | None:
    """Which topics interest you? -> The user is interested in football."""
    if not reply.fragment:
        return None
    said = f"is interested in {_lowered(reply.fragment)}"
    return Answer(sentence_case(f"The user {said}"), sentence_case(said).rstrip("."))


TASTE_SHAPES: tuple[tuple[re.Pattern[str], Read], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), read)
    for pattern, read in (
        (
            r"\b(?:any(?:thing)?|which|what|are there"
            r"|is there)\b[\w' -]{0,40}? (?:that )?you (?:usually |really "
            r"|particularly |especially |always |tend to )*(?P<verb>avoid|dislike|hate|love|prefer"
            r"|enjoy)\b[^?,]{0,25}\?$",
            _picked_out,
        ),
        (
            rf"^(?:and |and what about |what about |any |how about )?(?:the |your )?(?P<what>{OF_TASTE})"
            r"(?: preferences?| ideas?| wishes)?\?$",
            _preferred,
        ),
        (
            rf"^(?:and )?(?:any|which|what) (?:preferred |particular |specific "
            rf"|special )?(?P<what>{OF_TASTE})"
            r"(?: (?:do|would|did) you (?:like|prefer|want|have in mind|fancy)| in mind)?\?$",
            _preferred,
        ),
        (
            r"\bwould you (?:ever )?(?:consider|be (?:open to|interested in|happy with"
            r"|comfortable with|up for))"
            r" (?P<what>[^?]{3,50})\?$",
            _considered,
        ),
        (r"^(?P<what>[a-z]+ed|smoking|organic|remote)\?$", _agreed_kind),
        (
            r"\bwhat (?:matters|counts|is important|'s important)(?: the)?(?: most)? (?:to"
            r"|for) you\b[^?]*\?$",
            _cared_about,
        ),
        (
            r"^(?:any|do you have any) (?:special |particular |other )?(?:wishes|requests"
            r"|requirements|preferences?)"
            r" (?:for|about|regarding|as to|on) (?:the |your )?(?P<what>[\w ]{3,25})\?$",
            _wished,
        ),
        (r"\bdo you have an? favou?rite (?P<what>[\w' -]{2,40}?)\??$", _favourite),
        (r"\bhow do you (?:like|prefer) to (?P<what>[a-z]+(?: [\w' -]{2,30})?)\?$", _way),
        (
            r"\b(?:(?:what|which) (?:topics|subjects|things|areas|kinds? of \w+) interests? you"
            r"|what (?:interests you|are you into|are your (?:main )?interests))\b",
            _interests,
        ),
    )
)  # fmt: skip
