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
from services.aws_local.extraction.corrections import CORRECTION, corrects
from services.aws_local.extraction.extracted import CORRECTION_RULE, Extracted
from services.aws_local.extraction.frames import RolePlay, own_words, without_pasted
from services.aws_local.extraction.messages import ASSISTANT, USER, Message
from services.aws_local.extraction.references import NOUN
from services.aws_local.extraction.repairs import repaired
from services.aws_local.extraction.sentences import is_question, mended, sentences, stripped
from services.aws_local.extraction.small_talk import IMPERATIVE, SARCASM
from services.aws_local.extraction.statements import (
    ANSWER_RULE,
    TONE_WINDOW,
    Statement,
    statements,
    without_secrets,
)
from services.aws_local.extraction.tastes import JUDGED_WHOLE, TASTES
from services.aws_local.extraction.verbs import third_person as third_person_verb
from services.aws_local.extraction.wishes import first_lower, wish
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
    goes has holidays keeps leaves listens meets orders pays picks plays reads rides runs shops showers sits
    skips sleeps starts stays studies takes tips trains travels tries uses wakes walks watches wears works
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
    r"|minimalist|[\w-]+(?: [\w-]+)? (?:person|guy|girl)(?!,)"
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
    ("dislike", rf"does not (?:use|believe in|trust|tolerate) {OPEN_OBJECT}\w"),
    (
        "dislike",
        r"cannot do (?:spicy|dairy|gluten|caffeine|alcohol|seafood|raw|heights|horror|gore|stairs)\b",
    ),
    ("dislike", r"(?:does not|do not) want (?:any(?:thing)? |an? |to (?:be|see|hear|have|get) )\w"),
    ("dislike", rf"cannot (?:get into|get on with|live with|deal with|work with) {OPEN_OBJECT}\w"),
    ("preference", r"(?:would like|wants|needs) .{3,60}\b(?:rather than|instead of)\b \w"),
    ("preference", r"(?:learns|works|sleeps|concentrates|thinks|feels) (?:best|better)\b .{3,}"),
    ("mood", rf"(?:is|are) {ADVERBS}(?:in the mood for|craving) {OPEN_OBJECT}\w"),
    ("diet", rf"(?:is|are) {ADVERBS}(?!not\b)(?:on )?(?:an? )?(?:\w+ )?(?:{DIET})\b"),
    ("diet", r"(?:is|are) (?!not )(?:\w+ )?(?:allergic|sensitive|intolerant) to \w"),
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
        rf"(?!only has\b)(?:always|usually|typically|normally|generally|mostly|only|never|rarely|seldom"
        rf"|almost always"
        rf"|almost never) (?:\w+ly )?(?:{HABIT}) \w",
    ),
    ("habit", rf"tends? to {HABIT_BASE}\b"),
    ("habit", rf"(?:hardly|barely) ever (?:{HABIT}|uses|checks) \w"),
    ("like", rf"has always (?:loved|liked|preferred|enjoyed|hated) {OPEN_OBJECT}\w"),
    ("need", r"needs .{3,40} to (?:concentrate|focus|sleep|relax|work|think|learn|unwind)\b"),
    ("preference", r"finds .{3,50} (?:easier|better|nicer|more \w+|less \w+)\b.* than \w"),
    (
        "dislike",
        r"(?:tries|is trying) to (?:avoid|(?:eat|drink|buy|use|spend) (?:less|fewer|more)"
        r"|cut (?:down|back))\b",
    ),
    (
        "manner",
        r"(?:wants|would like|prefers) (?:very )?(?:short|brief|concise|detailed|simple|direct"
        r"|honest|formal|informal)\w* "
        r"(?:answers|replies|explanations|e-?mails|messages|summaries)\b",
    ),
    ("habit", rf"(?:does not|do not) (?:usually|normally|typically|generally|ever) {HABIT_BASE} \w"),
    ("habit", r"(?:swears by|sticks to|sticks with|opts for|(?:always |usually )goes for) \w"),
    ("preference", r"always wants (?!to (?:know|ask|say)\b)\w"),
    ("kind of person", r"is more of an? \w"),
    ("habit", r"skips (?:breakfast|lunch|dinner)\b"),
    (
        "preference",
        r"would like (?:the|their) [\w ]{2,30} (?:bigger|smaller|larger|louder|quieter|slower|darker|brighter"
        r"|shorter|longer|warmer|cooler)\b",
    ),
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
        r"|go[- ]to|ideal|dream)\b.* (?:is|are) \w",
    ),
    (
        "favorite",
        r"^(?!Which|What).{2,60} (?:is|are) (?:one of )?the user's (?:all[- ]time |absolute "
        r"|least )?(?:favou?rites?|preferred|go[- ]to)\b",
    ),
    (
        "suits",
        r"^(?!That|This|It).{2,60} (?:works?|suits?|is|are) (?:best|better|easier|easiest|ideal"
        r"|perfect) (?:for|with) the user\b",
    ),
    ("favorite", r"^(?!That|This|It).{2,60} (?:is|are) the user's idea of \w"),
    (
        "preference",
        r"^The user's (?:\w+ )?(?:team|family|household|company|office|department|crew) (?:prefers"
        r"|loves|likes"
        r"|hates|avoids|dislikes|enjoys) \w",
    ),
    (
        "suits",
        r"^(?!That|This|It).{2,60} suits? the user (?:better|best|fine|well)\b",
    ),
    ("must", r"^(?!That|This|It).{2,60} (?:is|are) (?:an? (?:absolute )?must|essential|non-negotiable)\b"),
    (
        "limit",
        r"^The user's (?:\w+ )?(?:budget|price range|price limit|spending limit)(?: for [\w ]+)? (?:is"
        r"|are)\b",
    ),
    ("limit", r"^The user's (?:\w+ )?(?:shoe |shirt |clothing |dress |pants )?size is \w"),
)
OF_THE_USER = tuple(
    (rule, re.compile(rf"^The user (?:and their [\w' ]{{2,30}}? )?(?:{shape})"))
    for rule, shape in (*AFTER_USER, *TASTES)
)
OF_THINGS = tuple(
    [(rule, re.compile(shape)) for rule, shape in WHOLE]
    + [
        (rule, re.compile(rf"^(?!That|This|It|He|She|They).{{2,60}} (?:{shape})"))
        for rule, shape in JUDGED_WHOLE
    ]
)
SUITS = re.compile(
    r"^(?P<what>.{2,60}) (?:(?:works?|suits?|is|are) (?:best|better|easier|easiest|ideal|perfect) (?:for"
    r"|with) the user|suits? the user (?:better|best|fine|well))\b(?P<why>.*)$"
)
NOT_LASTING = re.compile(
    r"\bused to\b|\bwould (?:like|love)\b(?! their .*(?:days|mornings|evenings)\b)(?! (?:someone"
    r"|somebody) )(?! to be )"
    r"(?! (?:the|their) .*er$)(?!.*\b(?:answers"
    r"|replies|explanations|e-?mails"
    r"|messages|summaries)\b)(?!.*\b(?:rather than|instead of)\b)|\bwish"
    r"|\b(?:yesterday|last (?:week|month|year|night))\b|\bif they\b"
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
        (r"^would (?:(?:much )?rather|sooner)\b", "prefers to"),
        (r"^prefer\b", "prefers"),
        (r"^are\b", "is"),
        (r"^(?:is|are) (?:\w+ly )?in the mood for\b", "in the mood for"),
        (r"^prefers to not\b", "prefers not to"),
    )
)

TELLS = re.compile(r"(?:I|I'm|I've|[Ww]e|[Mm]y|[Oo]ur)\b")
HABIT_PART = re.compile(r"(?:never|always)\b", re.IGNORECASE)
OF_SOMEBODY = re.compile(
    rf"(?:he|she|they|he's|she's|they're|his|her|their|(?:my|our) (?:\w+ )?(?:{NOUN}))\b", re.IGNORECASE
)
ONE_ONLY = re.compile(r"[\w-]+ only$")  # the end of "black and grey only"
RATHER = re.compile(r"would (?:(?:much )?rather|sooner)\b")
THAN = re.compile(r"(?<!rather) than ")

POLITE = re.compile(r"\b(?:please|pls|plz|if possible|if you can)\W*$", re.IGNORECASE)
# Where one sentence goes on with another request: "keep it short and skip the charts", "I sleep, so text me".
REQUESTS = re.compile(
    r",? (?:and|but|so) (?!(?i:french|german|english|spanish|italian|dutch)\b)(?:please |just )?"
    r"|[,;] (?:please |just )?|(?<!M[rsx])(?<!Mrs)(?<!Dr)\. "
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
    if not rule and corrects(statement.text):
        rule = CORRECTION_RULE
    if not rule:
        return None
    kept = statement.text.startswith(CORRECTION)  # whose subject tells what it is
    phrase = statement.chosen or (statement.text if kept else _phrase(statement.text))
    return Preference(
        *(phrase, rule, _context(statement)),
        statement.question or statement.said,
        statement.message,
    )


def states_preference(text: str) -> bool:
    """Whether a third-person statement is a preference."""
    return bool(_pattern_rule(text))


def _pattern_rule(text: str) -> str:
    if NOT_LASTING.search(text):
        return ""
    patterns = OF_THE_USER if text.startswith("The user ") else OF_THINGS
    return next((rule for rule, pattern in patterns if pattern.match(text)), "")


def _phrase(text: str) -> str:
    """A statement as a self-contained phrase: "The user would prefer …" -> "Prefers …"."""
    suits = SUITS.match(text)
    if suits:
        return f"Prefers {first_lower(suits['what'])}{THAN.sub(' over ', suits['why'], count=1)}".rstrip(".")
    phrase = COUPLE_LEAD.sub(lambda match: third_person_verb(match["verb"]), text)
    phrase = SUBJECT_LEAD.sub("", phrase).rstrip(".")
    phrase = re.sub(r"^The user's ", "", FILLER.sub("", phrase))
    if RATHER.match(phrase):
        phrase = THAN.sub(" rather than ", phrase, count=1)
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
    role_play = RolePlay()
    for message in messages:
        if message.role == USER and not SARCASM.search(message.text[:TONE_WINDOW]):
            said = role_play.out_of_role(without_pasted(sentences(message.text)))
            for sentence in without_secrets(repaired(own_words(said))):
                yield from _sentence_wishes(sentence, message)


def _sentence_wishes(sentence: str, message: Message) -> Iterator[Preference]:
    if not is_question(sentence):
        wanted = stripped(mended(sentence))
        request, reason, _ = wanted.partition(", I ")  # "always show the imports, I keep losing time"
        found = list(filter(None, [wish(request)])) if reason else []
        found = found or _requests(wanted.strip(" .!"))
        if not found and POLITE.search(mended(sentence)):  # "not Ryanair please", "paper receipts please"
            found = list(filter(None, [wish(f"{wanted.strip(' .!')} please")]))
        for wanted_of_agent in found:
            phrase = _phrase(wanted_of_agent)
            yield Preference(phrase, "wish", f"The user said: {_quote(sentence)}", sentence, message)


def _requests(wanted: str) -> list[str]:
    """The wishes in a sentence: those of its parts where it has several, or else of its clauses."""
    parts = REQUESTS.split(wanted)
    if TELLS.match(wanted):  # "I make tracks but never finish any" tells of a habit
        parts = [part for part in parts if not HABIT_PART.match(part)]
    if OF_SOMEBODY.match(wanted):  # "She's from Piedmont, so nothing Italian" is what she wants
        parts = [part for part in parts if IMPERATIVE.match(part)]
        return list(filter(None, map(wish, parts)))
    parts = [part for place, part in enumerate(parts) if not (place and ONE_ONLY.match(part))]
    apart = list(filter(None, map(wish, parts)))
    if len(apart) > 1:
        return apart
    return list(filter(None, map(wish, clauses(wanted)))) or list(filter(None, [wish(wanted)])) or apart


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
