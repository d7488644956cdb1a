"""Sentences -> clauses that each say one thing, with its circumstances behind it."""

import re

from services.aws_local.extraction import verbs
from services.aws_local.wordlist import words

SUBJECT = r"(?:I|I'm|I've|I'd|I'll|[Mm]y|[Oo]ur|[Ww]e|[Ww]e're|[Ww]e've|[Ww]e'd|[Ww]e'll)\b"
FIRST_PERSON = re.compile(SUBJECT)
BREAK = re.compile(r"\s*;\s+|\s+-{1,2}\s+")
PERSON = r"(?:he|she|he's|she's|his|her|please)\b"
JOIN = re.compile(
    r"(?:,?\s+(?:and|but|so|yet|plus|and so|although|though|and also|but also)|,)\s+"
    rf"(?=(?:(?:now|then|these days) )?(?:{SUBJECT}|{PERSON}))"
)
SHARED = re.compile(
    r"(?:,?\s+(?:and|but)\s+(?:also\s+)?|,\s+(?=(?:can't|don't|hate|love|prefer|never|always)\b))(?=([\w']+))"
)
INTRODUCTION = re.compile(r"^I(?:'m| am) ((?:[A-Z][\w'-]+ ?){1,3}), (an? .+)$")
WORD = re.compile(r"[\w']+")

# "When I travel, I prefer …" and "On weekends I like …": the circumstances come first.
SUBORDINATE = re.compile(
    rf"^(?P<lead>(?:when|whenever|while|since|because|as|after|before|once|if|although"
    rf"|though)\b[^,]{{3,70}}),\s+"
    rf"(?P<main>{SUBJECT}.*)$",
    re.IGNORECASE,
)
CIRCUMSTANCE = re.compile(
    r"^(?P<lead>(?:(?:on|in|at|for|during|every|most|after|before|since|until|over|as|with|from"
    r"|by)\s(?:(?!\bI\b)[^,]){2,50}?"
    r"|yesterday|today|tomorrow|tonight|recently|lately|currently|now|right now|these days|nowadays"
    r"|sometimes|usually|often"
    r"|(?:last|next|this)\s\w+|[\w ]{1,14}\s(?:years?|months?|weeks?|days?) ago|(?:yesterday"
    r"|tomorrow) \w+)),?\s+"
    rf"(?P<main>(?!(?:my|our)\b){SUBJECT}.*)$",
    re.IGNORECASE,
)
INFINITIVE = re.compile(
    r"\bto\b|'ll\b|'d\b|\b(?:will|would|can|could|should|must|might|may|let|make|can't|cannot)\b",
    re.IGNORECASE,
)
# "…, so skip that": the request that a statement leads to.
FRAGMENT_LEAD = re.compile(
    r"^[^,]{2,40},\s+(?=(?:I|I'm|I've|I'll|I'd|[Ww]e|[Ww]e're)\b)"
)  # "Paperbacks, I like …"
LED_TO = re.compile(
    r",\s+(?:please |just |so )*(?:text|call|email|message|contact|give|send|make|tell|skip) (?:me|it|that"
    r"|them)\b.*$|"
    r",?\s+(?:tho\s+|though\s+)?so (?:please |just )?(?:skip|avoid|don't|do not|make|let|can|could|use|keep"
    r"|leave|be|try|no need)\b.*$",
    re.IGNORECASE,
)
TASTE = words("love hate like prefer enjoy avoid adore dislike use own detest")
CLAUSE_ENDINGS = " .!,;:-"


def clauses(sentence: str) -> list[str]:
    """The statements of one stripped sentence, each with its subject in front."""
    introduction = INTRODUCTION.match(sentence.strip(CLAUSE_ENDINGS))
    if introduction:
        return [f"My name is {introduction[1].strip()}", *clauses(f"I'm {introduction[2]}")]
    parts = [
        part
        for broken in BREAK.split(LED_TO.sub("", sentence))
        for joined in _joined(broken)
        for part in _shared(joined)
    ]
    return [subject_first(part.strip(CLAUSE_ENDINGS)) for part in parts if part.strip(CLAUSE_ENDINGS)]


def subject_first(clause: str) -> str:
    """Circumstances moved behind: "When I travel, I prefer aisles" -> "I prefer aisles when I travel"."""
    match = SUBORDINATE.match(clause) or CIRCUMSTANCE.match(clause)
    if match is None:
        return clause if FIRST_PERSON.match(clause) else FRAGMENT_LEAD.sub("", clause)
    lead = match["lead"]
    return f"{match['main'].strip(CLAUSE_ENDINGS)} {lead[:1].lower()}{lead[1:]}"


def has_finite_verb(clause: str) -> bool:
    """Whether a clause that does not start with "I" has a verb of its own, as far as common verbs tell."""
    words = [word.lower() for word in WORD.findall(clause)]
    return any(word in verbs.FINITE_VERBS or verbs.is_past(word) or word.endswith("'s") for word in words[1:])


def _joined(sentence: str) -> list[str]:
    """Parts between "and I …", ", but my …" and the like, where both sides are statements."""
    parts: list[str] = []
    start = 0
    for match in JOIN.finditer(sentence):
        left, right = sentence[start : match.start()], sentence[match.end() :]
        if _stands_alone(left) and _stands_alone(right):
            parts.append(left)
            start = match.end()
    return [*parts, sentence[start:]]


def _stands_alone(clause: str) -> bool:
    clause = subject_first(clause.strip(CLAUSE_ENDINGS))
    if re.match(PERSON, clause):
        return len(clause.split()) > 1
    if not FIRST_PERSON.match(clause):
        return False
    possessive = clause.lower().startswith(("my ", "our "))
    return has_finite_verb(clause) if possessive else len(clause.split()) > 1


def _shared(clause: str) -> list[str]:
    """Parts of "I live in Irvine and work as a nurse", where the second verb shares the subject."""
    for match in SHARED.finditer(clause):
        left, right = clause[: match.start()], clause[match.end() :]
        opens = match[1].lower() in verbs.OPENING_VERBS
        if opens and left.startswith("I") and not INFINITIVE.search(left) and _worth_a_split(left, right):
            return [left, *_shared(f"I {right}")]
    return [clause]


def _worth_a_split(left: str, right: str) -> bool:
    words = right.split()
    return len(left.split()) > 1 and (len(words) > 2 or (len(words) > 1 and words[0].lower() in TASTE))
