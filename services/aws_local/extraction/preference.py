"""The user preference strategy: likes, choices and habits as {"context", "preference", "categories"}.

Strict patterns over statements that are already in the third person, choices made among options, and
lasting wishes about how the assistant should behave. A passing request ("I want to book …") is no
preference.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.aws_local.extraction.categories import categories
from services.aws_local.extraction.clauses import clauses
from services.aws_local.extraction.extracted import Extracted
from services.aws_local.extraction.messages import ASSISTANT, USER, Message
from services.aws_local.extraction.rewriting import third_person
from services.aws_local.extraction.sentences import is_question, mended, sentences, stripped
from services.aws_local.extraction.small_talk import SARCASM
from services.aws_local.extraction.statements import (
    ANSWER_RULE,
    TONE_WINDOW,
    Statement,
    statements,
    without_secrets,
)
from services.aws_local.extraction.verbs import third_person as third_person_verb
from services.aws_local.wordlist import words

SUBJECT = "user"
LONGEST_QUOTE = 300  # characters of the words quoted as context

# -- what a statement must look like, after "The user "

ADVERBS = (
    r"(?:(?:also|really|always|usually|generally|typically|normally|often|absolutely|particularly|especially"
    r"|still|just|much|definitely|strongly|personally|mostly|honestly|truly|totally|now|currently|actually"
    r"|quite|simply|rarely) )*"
)
HABIT_VERBS = words("""
    asks avoids books brews brings buys checks chooses commutes cooks drinks drives eats exercises flies gets
    goes has keeps leaves listens meets orders pays picks plays reads rides runs shops showers sits skips
    sleeps starts stays studies takes tips trains travels tries uses wakes walks watches wears works
""")
HABIT = "|".join(sorted(HABIT_VERBS))
HABIT_BASE = (
    r"(?:eat|drink|use|fly|book|order|buy|choose|pick|take|travel|stay|sit|shop|wear|watch|listen|read|cook"
    r"|pay|sleep|go|avoid|work)"
)
DIET = (
    r"vegetarian|vegan|pescatarian|pescetarian|gluten[- ]free|dairy[- ]free|lactose[- ]intolerant"
    r"|gluten[- ]intolerant|celiac|coeliac|kosher|halal|keto|flexitarian|teetotal|sober|plant[- ]based"
)
PERSON = (
    r"morning person|night owl|early bird|early riser|night person|homebody|foodie|introvert|extrovert"
    r"|minimalist|[\w-]+ person"
)
# An object that only this conversation knows ("that one") or that is no object of liking ("to think that …").
OPEN_OBJECT = (
    r"(?!(?:that|this|it|these|those|them|him|her|you|your|the (?:idea|first|second|last|other|one|sound"
    r"|suggestion|way you)|to (?:think|know|say|see (?:that|how|if)|hear|admit|believe|ask|bother|point"
    r"|complain|be honest|report|inform|book|cancel|confirm))\b)"
)
AFTER_USER: tuple[tuple[str, str], ...] = (
    (
        "preference",
        rf"{ADVERBS}(?:would )?{ADVERBS}prefers? (?!not to (?:say|answer|share|tell)\b){OPEN_OBJECT}\w",
    ),
    ("preference", rf"{ADVERBS}would (?:much )?rather (?!not (?:say|answer)){OPEN_OBJECT}\w"),
    ("like", rf"{ADVERBS}(?:likes?|loves?|enjoys?|adores?|favou?rs?) {OPEN_OBJECT}\w"),
    ("dislike", rf"{ADVERBS}(?:hates?|dislikes?|detests?|despises?|loathes?|avoids?) {OPEN_OBJECT}\w"),
    (
        "dislike",
        rf"{ADVERBS}(?:cannot|can not|can't|could not) (?:stand|bear|tolerate|handle|eat"
        rf"|drink) {OPEN_OBJECT}\w",
    ),
    (
        "dislike",
        rf"{ADVERBS}(?:does not|do not|doesn't) {ADVERBS}(?:like|enjoy|eat|drink|wear|care for"
        rf"|want to (?:spend|pay)) {OPEN_OBJECT}\w",
    ),
    ("dislike", rf"{ADVERBS}(?:does not|do not|doesn't) (?:drink|smoke|eat out)\b"),
    ("mood", rf"(?:is|are) {ADVERBS}(?:in the mood for|craving) {OPEN_OBJECT}\w"),
    ("diet", rf"(?:is|are) {ADVERBS}(?!not\b)(?:on )?(?:an? )?(?:\w+ )?(?:{DIET})\b"),
    ("diet", r"(?:is|are) (?:\w+ )?(?:allergic|sensitive|intolerant) to \w"),
    (
        "diet",
        r"has (?:an? )?(?:\w+ )?(?:(?:food )?allerg(?:y|ies)(?: to|:) \w|[\w ]{2,20} (?:allergy"
        r"|intolerance))",
    ),
    ("diet", r"(?:follows|keeps|eats|is on) (?:an? )?[\w -]{2,25} diet\b|keeps (?:kosher|halal)\b"),
    (
        "fan",
        rf"(?:is|are) (?:not )?{ADVERBS}(?:an? )?(?:\w+ )?(?:fan of|into|obsessed with|partial to|fond of"
        rf"|keen on|picky about) {OPEN_OBJECT}\w",
    ),
    ("kind of person", rf"(?:is|are) {ADVERBS}(?:not )?(?:more of )?(?:an? )(?:\w+ )?(?:{PERSON})\b"),
    (
        "habit",
        rf"(?:always|usually|typically|normally|generally|mostly|only|never|rarely|seldom|almost always"
        rf"|almost never) (?:\w+ly )?(?:{HABIT}) \w",
    ),
    ("habit", rf"tends? to {HABIT_BASE}\b"),
    ("habit", rf"(?:does not|do not) (?:usually|normally|typically|generally|ever) {HABIT_BASE} \w"),
    ("habit", r"(?:swears by|sticks to|sticks with|opts for|(?:always |usually )goes for) \w"),
    ("instruction", r"(?:likes|prefers|wants) to be (?:called|addressed|contacted)\b"),
    (
        "limit",
        r"(?:does not|do not) want to (?:spend|pay) more than|(?:never|usually|only) (?:spends|pays)\b",
    ),
    ("value", rf"{ADVERBS}(?:values|prioriti[sz]es|cares? (?:a lot |deeply )?about) {OPEN_OBJECT}\w"),
)
WHOLE: tuple[tuple[str, str], ...] = (
    (
        "favorite",
        r"^The user(?: and their [\w ]+)?'s (?:all[- ]time |absolute |least )?(?:favou?rite|preferred"
        r"|go-to)\b.* (?:is|are) \w",
    ),
    (
        "favorite",
        r"^(?!Which|What).{2,60} (?:is|are) (?:one of )?the user's (?:all[- ]time |absolute "
        r"|least )?(?:favou?rites?|preferred|go-to)\b",
    ),
    (
        "suits",
        r"^(?!That|This|It).{2,60} (?:works?|suits?|is|are) (?:best|better|easier|easiest|ideal"
        r"|perfect) (?:for|with) the user\b",
    ),
    (
        "limit",
        r"^The user's (?:\w+ )?(?:budget|price range|price limit|spending limit)(?: for [\w ]+)? (?:is"
        r"|are)\b",
    ),
    ("limit", r"^The user's (?:\w+ )?(?:shoe |shirt |clothing |dress |pants )?size is \w"),
)
STATEMENT_PATTERNS = tuple(
    [(rule, re.compile(rf"^The user (?:and their [\w' ]{{2,30}}? )?{shape}")) for rule, shape in AFTER_USER]
    + [(rule, re.compile(shape)) for rule, shape in WHOLE]
)
SUITS = re.compile(
    r"^(?P<what>.{2,60}) (?:works?|suits?|is|are) (?:best|better|easier|easiest|ideal|perfect) (?:for"
    r"|with) the user\b(?P<why>.*)$"
)
KEEPS_CAPITAL = re.compile(r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z]{2}|[A-Z]\w+ [A-Z]")
NOT_LASTING = re.compile(
    r"\bused to\b|\bwould (?:like|love)\b|\bwish|\b(?:yesterday|last (?:week|month|year|night))\b|\bif they\b"
)

# -- wording

SUBJECT_LEAD = re.compile(r"^The user ")
COUPLE_LEAD = re.compile(
    r"^The user and their [\w' ]{2,30}? (?P<verb>love|like|prefer|enjoy|hate|dislike"
    r"|avoid)\b"
)
FILLER = re.compile(
    r"^(?:(?:also|really|just|still|absolutely|actually|definitely|honestly|personally|truly|totally|simply"
    r"|now|much) )+"
)
WORDINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^would (?:\w+ )?prefer\b", "prefers"),
        (r"^would (?:much )?rather\b", "prefers to"),
        (r"^prefer\b", "prefers"),
        (r"^are\b", "is"),
        (r"^(?:is|are) (?:\w+ly )?in the mood for\b", "in the mood for"),
        (r"^prefers to not\b", "prefers not to"),
    )
)

# -- lasting wishes about the assistant

WISHES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), wish)
    for pattern, wish in (
        (
            r"^I(?:'d| would)?(?: really| much)? (?:prefer|rather|like|love)(?: it)?(?: when| if"
            r"| that)? you (?!to\b|know\b|said\b)(?P<what>.+)",
            "to {what}",
        ),
        (r"^stop (?P<what>(?:sending|calling|emailing|texting|asking|using)\b.+)", "to stop {what}"),
        (r"^(?P<when>always|never) (?P<what>(?!mind\b).+)", "to {when} {what}"),
        (
            r"^(?:from now on|going forward|in (?:the )?future),? (?P<what>[a-z].+)",
            "to {what} from now on",
        ),
        (
            r"^(?P<what>(?!I\b).{5,80}?),? (?:from now on|going forward|in (?:the )?future)$",
            "to {what} from now on",
        ),
        (
            r"^keep (?:your |the |all )?(?P<what>answers|replies|responses|explanations|messages"
            r"|emails|updates|it|things) "
            r"(?P<how>(?:\w+ )?(?:short|brief|concise|simple|formal|informal|casual|friendly|professional"
            r"|factual|to the point|light)\b.*)",
            "to keep {what} {how}",
        ),
        (
            r"^(?P<what>(?:answer|reply|respond|speak|write"
            r"|talk)(?: to me)? (?:only )?in [A-Z]\w+)$",
            "to {what}",
        ),
        (
            r"^(?P<what>use (?:metric|imperial|celsius|fahrenheit|bullet|simple|plain|formal"
            r"|informal)\b.*)",
            "to {what}",
        ),
    )
)
CONTACT = re.compile(
    r"^(?:contact|email|call|text|message|reach|write to|notify) me (?:by|via|through"
    r"|over) (?P<how>(?:e-?mail|phone|text|sms|whatsapp|slack|teams|signal|telegram|post|mail)\b.*)",
    re.IGNORECASE,
)
PLEASE = re.compile(r"^(?:please|pls|plz) ", re.IGNORECASE)
NOT_CALLED = re.compile(r"^(?:don't|do not|never) call me (?P<name>[\w'. -]{2,30})$", re.IGNORECASE)
NOT_A_WISH = re.compile(
    r"\b(?:today|tonight|tomorrow|this (?:email|message|text|file|essay|one)|password)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Preference:
    """A preference worded, and where it comes from."""

    phrase: str
    rule: str
    context: str
    said: str
    message: Message


def extract_preferences(messages: Sequence[Message], context: Sequence[Message]) -> list[Extracted]:
    """One record per preference, in the order in which they were said."""
    stated = [_stated(statement) for statement in statements(messages, context)]
    found = [preference for preference in stated if preference] + list(_wishes(messages))
    order = {
        (message.event_id, message.index): place for place, message in reversed(list(enumerate(messages)))
    }
    found.sort(key=lambda preference: order[preference.message.event_id, preference.message.index])
    once = {preference.phrase.lower(): preference for preference in reversed(found)}
    return [_record(preference) for preference in reversed(once.values())]


def _stated(statement: Statement) -> Preference | None:
    """The preference in a statement, or None."""
    if SARCASM.search(statement.message.text[:TONE_WINDOW]):
        return None
    rule = "choice" if statement.chosen else _pattern_rule(statement.text)
    if not rule:
        return None
    phrase = statement.chosen or _phrase(statement.text)
    return Preference(
        phrase, rule, _context(statement), f"{statement.said} {statement.question}", statement.message
    )


def states_preference(text: str) -> bool:
    """Whether a third-person statement is a preference."""
    return bool(_pattern_rule(text))


def _pattern_rule(text: str) -> str:
    if NOT_LASTING.search(text):
        return ""
    return next((rule for rule, pattern in STATEMENT_PATTERNS if pattern.search(text)), "")


def _phrase(text: str) -> str:
    """A statement as a self-contained phrase: "The user would prefer …" -> "Prefers …"."""
    suits = SUITS.match(text)
    if suits:
        return f"Prefers {_first_lower(suits['what'])}{suits['why']}".rstrip(".")
    phrase = COUPLE_LEAD.sub(lambda match: third_person_verb(match["verb"]), text)
    phrase = SUBJECT_LEAD.sub("", phrase).rstrip(".")
    phrase = re.sub(r"^The user's ", "", FILLER.sub("", phrase))
    for pattern, replacement in WORDINGS:
        phrase = pattern.sub(replacement, phrase)
    return f"{phrase[:1].upper()}{phrase[1:]}"


def _context(statement: Statement) -> str:
    """The words that the preference was read from, quoted."""
    said = _quote(statement.said)
    if statement.message.role == ASSISTANT:
        return f"The agent recorded: {said}"
    if statement.rule == ANSWER_RULE:
        verb = (
            "Asked" if statement.question.endswith("?") or "option" not in statement.question else "Offered"
        )
        return f"{verb} {_quote(statement.question)}, the user answered: {said}"
    return f"The user said: {said}"


def _quote(text: str) -> str:
    shown = text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE].rsplit(' ', 1)[0]} …"
    return f'"{shown}"'


def _wishes(messages: Sequence[Message]) -> Iterator[Preference]:
    """Lasting wishes about the assistant's behaviour: "From now on, please answer in Spanish."."""
    for message in messages:
        if message.role == USER and not SARCASM.search(message.text[:TONE_WINDOW]):
            for sentence in without_secrets(sentences(message.text)):
                yield from _sentence_wishes(sentence, message)


def _sentence_wishes(sentence: str, message: Message) -> Iterator[Preference]:
    if not is_question(sentence):
        for clause in clauses(stripped(mended(sentence))):
            phrase = _wish(clause)
            if phrase:
                yield Preference(phrase, "wish", f"The user said: {_quote(sentence)}", sentence, message)


def _wish(clause: str) -> str:
    """The wish in a clause as a preference, or ""."""
    clause = PLEASE.sub("", clause)
    unwanted = NOT_CALLED.match(clause)
    if unwanted:
        return f"Prefers not to be called {unwanted['name']}"
    contact = CONTACT.match(clause)
    if contact:
        return f"Prefers to be contacted by {contact['how']}"
    if NOT_A_WISH.search(clause):
        return ""
    for pattern, wish in WISHES:
        match = pattern.match(clause)
        if match:
            parts = {name: part for name, part in match.groupdict().items() if part}
            parts["what"] = PLEASE.sub("", parts["what"])
            parts["when"] = parts.get("when", "").lower()
            parts["what"] = "answers" if parts["what"] in {"it", "things"} else _first_lower(parts["what"])
            parts["what"] = re.sub(r"^(keep|make) (?:it|this|things)\b", r"\1 answers", parts["what"])
            return _phrase(third_person(f"I want the assistant {wish.format(**parts)}"))
    return ""


def _first_lower(text: str) -> str:
    """A phrase to go on with; weekdays and other names keep their capital as far as one can tell."""
    return text if KEEPS_CAPITAL.match(text) else text[:1].lower() + text[1:]


def _record(preference: Preference) -> Extracted:
    document = {
        "context": preference.context,
        "preference": preference.phrase,
        "categories": categories(preference.phrase, preference.said),
    }
    return Extracted(
        content=json.dumps(document, ensure_ascii=False),
        embed_text=preference.phrase,
        subject=SUBJECT,
        rule=preference.rule,
        timestamp=preference.message.timestamp,
        sources=((preference.message.event_id, preference.message.index),),
    )
