"""Short answers -> statements, by way of the question that they answer.

"newemail@example.com" after "What's your new email?" is "The user's new email is newemail@example.com."
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from services.aws_local.extraction.answer_readings import ARTICLE_THE, Answer, Reply
from services.aws_local.extraction.answer_shapes import SHAPES
from services.aws_local.extraction.capitals import lower_first, own
from services.aws_local.extraction.clauses import has_finite_verb
from services.aws_local.extraction.credentials import mentions_secret
from services.aws_local.extraction.rewriting import sentence_case
from services.aws_local.extraction.sentences import ENDING, asks, sentences, stripped
from services.aws_local.wordlist import words

MAX_ANSWER_WORDS = 14
MAX_CHOICE_WORDS = 5
SHORT_CHOICE = 80  # characters of "Window or aisle?", which asks for a taste and makes no offer
LONGEST_QUESTION = 160  # characters of a question worth quoting
LONGEST_OFFER = 600  # characters of a message that offers options
WORD = re.compile(r"[\w'-]+")
YES = re.compile(
    r"(?:yes|yeah|yep|yup)\b|(?:sure|of course|absolutely|definitely|certainly)\b(?! not\b)"
    r"|(?:correct|right)(?=\s*(?:$|[.,!]))"
    r"|(?:i do|i am|i have)(?=\s*(?:$|[.,!]))",
    re.IGNORECASE,
)
NO = re.compile(
    r"(?:(?:hell|god|oh|ew+|ugh|lord|heavens),? )?(?:no|nothing|never|none|hardly|not really|not yet"
    r"|(?:absolutely|definitely|certainly|probably|sure|obviously|of course) not|not at all|no (?:need|thanks"
    r"|thank you))(?=\s*(?:$|[.,!;:(-]))"
    r"|no(?= (?:i|we|it|they|he|she|thanks?|sorry|not|because|since)\b)|(?:nope|nah|i don't think so)\b"
    r"|(?:i don't|i'm not|i am not|i haven't)(?=\s*(?:$|[.,!]))",
    re.IGNORECASE,
)
OPTIONS = re.compile(
    r"\boptions?\b|\bchoices?\b|\b1\s?[/).:]|\bwhich\b|\bor\b|\bchoose\b|\bprefer(?:ence|red)?\b"
    r"|\bwould you like\b",
    re.I,
)
# "Would you like a repair or a payout?" asks for a taste, not whether to go on.
OFFERED_KINDS = re.compile(
    r"^would you like an? [\w-]+(?: [\w-]+)? or an? [\w-]+(?: [\w-]+)?\?$", re.IGNORECASE
)
TRANSACTIONAL = re.compile(
    r"\b(?:(?<!how )would you like (?:me|some|more|a|an|help)"
    r"|(?<!when )(?<!where )(?<!how )(?<!what )would you like to|do you want (?:me|to)|shall i|should i"
    r"|can i|may i|could i|how can i|how may i|what can i|anything else|something else|is that (?:correct"
    r"|right|ok|okay|all)|does that|does this|is this|are you sure|are you ready|are you still|sound good"
    r"|what would you like to (?:talk|chat|know|discuss|do)|make sense|let me know|can you (?:tell"
    r"|provide|confirm|share|describe|explain)|could you (?:tell"
    r"|provide|confirm|share|describe|explain)|how are you|do you mean|did you mean|are you looking"
    r"|are you asking|are you happy|ready to|need help|need me|need any|want me|have any (?:other|more"
    r"|further)? ?questions?|what do you think|how does|how do i|what happened|what's wrong|what is wrong"
    r"|what's up|how's it going|guess what)\b",
    re.IGNORECASE,
)
NO_ANSWER = re.compile(
    r"(?:same|maybe|perhaps|not sure|i'm not|don't know|no idea|anything|whatever|either|both|neither|all"
    r"|none"
    r"|any|it depends|depends|up to you|later|soon|like(?! to\b)|tried|here|there|this|that|these|those"
    r"|it|him|her|them|good"
    r"|fine|great|ok|okay|meh|nah|dunno|idk|so-so|nothing|something|surprise me|don't care"
    r"|doesn't matter|no preference|you|one$"
    r"|the (?:first|second|third|last"
    r"|other|later|earlier|former|latter)(?: one)?|the \w+ one$|go ahead|do it|sounds|skip|why|what|how"
    r"|well|so)\b",
    re.IGNORECASE,
)
# "Please change my seat to an aisle seat" asks for something new, whatever was said before.
REQUEST = re.compile(
    r"please [a-z]+ (?:my|me|the|a|an|it|us|all|another|for)\b"
    r"|(?:change|book|cancel|find|reserve|show|list|send|tell|give|refund|update|move|search|look up)"
    r" (?:my|me|the|a|an|it|us|all|another|for)\b",
    re.IGNORECASE,
)
NOT_A_FRAGMENT = re.compile(
    r"\b(?:I|I'm|I've|I'd|I'll|[Yy]ou|[Yy]our|[Ww]e|me|[Ii]t|[Tt]hem|him)\b|\w (?:yes|no)(?=\s*(?:$|[.,!?;]))"
    r"|^(?:it|that|this|there|he|she|they)\b",
    re.IGNORECASE,
)
AFTERTHOUGHT = re.compile(
    r"(?:,?\s+(?:since|because|as|so|when|and|but|if|unless|though|although)|,)\s+(?:I|I'm|I've|I'll|we"
    r"|my)\b.*$|,\s+(?:bought|got|had|been|since|because)\b.*$|,(?![^,]*\b(?:since|because|as"
    r"|so)\b)(?=[^,]*\bI(?:'m|'ve)?\b)[^,]*$"
)
SAID_AS = re.compile(
    r"^(?:it's|it is|that's|that is|that would be|they're|they are|i'd say|i would say)\s+(?=\S)"
    r"|^(?:I|we)(?: have|'ve| have got|'ve got) (?=(?:\d+|one|two|three|four|five|six|seven|eight|nine"
    r"|ten)$)",
    re.IGNORECASE,
)
LISTED_OWN = re.compile(r",? and my [\w-]+(?: [\w-]+)?$", re.IGNORECASE)
# "Yes, but nothing with soy": what the yes goes on with.
GOES_ON = re.compile(r"^(?:but|and|or)\s+", re.IGNORECASE)
HEDGED = re.compile(
    r"^(?:maybe|perhaps|probably|i think|i guess|i'd say)\s+(?=(?:an?|one|two|three|four|five|six|seven|eight"
    r"|ten|\d|about|around|half|every|once|twice)\b)",
    re.IGNORECASE,
)
REQUESTED = re.compile(
    r"\b(?:can|could|may) (?:i|we) (?:please )?(?:have|get) (?:your"
    r"|the) (?P<what>[\w' -]{2,40}?)(?: please)?\s*\??$",
    re.IGNORECASE,
)
ADDRESSED = re.compile(r"\bhow (?:should|shall|may|can) (?:i|we) (?:address|call) you\b", re.IGNORECASE)
MANNER_ASKED = re.compile(
    r"^how (?:should|shall|can) I (?:give|phrase|write|explain|correct|present|teach|format|structure"
    r"|word)\b",
    re.IGNORECASE,
)
EXACT = re.compile(r"\d|@|^[A-Z][\w'-]+(?: [A-Z][\w'-]+)*$")  # a number, an address or a name
POINTS_ELSEWHERE = re.compile(
    r"\b(?:one(?= nearby| close|\?)|it|that|this|these|those|them|he|she|him)\b", re.IGNORECASE
)
# "Would you prefer a visit in the morning or in the afternoon?" - "In the afternoon": a visit is preferred.
LOOSE = re.compile(r"(?:in|on|at|by|with|from|before|after|during|for) ", re.IGNORECASE)
PREFERRED = re.compile(
    r"\b(?:prefer|like|want|rather have) (?P<what>(?!to\b)[\w' -]{3,40}?) (?=(?:in|on|at|by"
    r"|with|from|before|after|during|for)\b)"
)
# "A man would be better", "aftermarket is fine as long as …": an option and what is thought of it.
# "Which year are you in?" asks for a fact.
STATE_ASKED = re.compile(
    r"^(?!.* or )(?:which|what) [\w -]{2,30}? (?:are|were|is|was) (?:you|your|it|that|this)\b", re.IGNORECASE
)
# "Do you want an island?" - "No island."
DAY_OR_TIME = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d{1,2}(?::\d\d| ?[ap]m)", re.IGNORECASE
)
# "How old are you and how often do you train?": which is answered first is not known.
TWO_QUESTIONS = re.compile(
    r"\w,? and (?:how|what|when|where|which|who|do you|are you|does|is it)\b", re.IGNORECASE
)
NO_SUCH = re.compile(r"no (?P<what>[a-z]+)$", re.IGNORECASE)
# What answers how often or when, or tells what was done, and is no thing that one can prefer.
NO_THING = re.compile(
    r"(?:had|tried|used|bought|got|always|never|sometimes|usually|often|every|when|whenever|if|only if"
    r"|because|a bit|a little|both)\b",
    re.IGNORECASE,
)
OPTION_JUDGED = re.compile(
    r"^(?P<option>[\w' -]{2,40}?) (?:would be|is|are|works?) (?:just |absolutely |also )?(?:better"
    r"|best|great|good"
    r"|nice|perfect|preferable|ideal|lovely|easier|fine)\b",
    re.IGNORECASE,
)
ASKS_FOR_TASTE = re.compile(
    r"\b(?:prefer(?:ences?|red)?|would you (?:like|rather)|do you like|favou?rite|what do you enjoy"
    r"|(?:what|which) (?:kind|type|sort|style|tone|taste|flavou?r|genre|format|brand)s?)\b(?! to\b)",
    re.IGNORECASE,
)
# "Would you like it wrapped?" is about one thing, now: what is answered is no taste.
ABOUT_ONE_THING = re.compile(r"^would you like (?:it|that|this|them|these|those)\b", re.IGNORECASE)
MIN_LIKED = len("Prefers ")
SAYS_MORE = re.compile(
    r"\w (?:feel|look|taste|smell|sound|seem|make|are|cost"
    r"|(?<!before )(?<!after )(?<!from )(?<!at )(?<!for )work)\b",
    re.IGNORECASE,
)
SEAT = {"aisle": "an aisle seat", "window": "a window seat", "middle": "a middle seat"}
NOT_OFFERED = words(
    "or and for to please at in on instead today tonight the a an as with of is are you from by"
)
ABOUT_USER = re.compile(
    r"\byour\b|\bdo you (?:usually |normally |typically )?(?:prefer|like|want|need|use|eat|drink|work|live"
    r"|have|do|go|take|play|speak|plan|travel|exercise|sleep|pay|employ|run|keep|sell|own|rent|share|earn"
    r"|spend|commute|teach|study|smoke|visit|train|grow|collect|manage|lead|offer|make)\b"
    r"|\bare you (?:from|planning|traveling"
    r"|travelling|allergic|working|bringing)\b|\bwould you"
    r" (?:prefer|like)\b|\b(?:when|where|how (?:long|often|much|many)|who|which|what)\b.*\byou\b",
    re.IGNORECASE,
)


def open_question(assistant_text: str) -> str:
    """The question that a message leaves open, or the list of options it offers, or ""."""
    said = sentences(assistant_text)
    asked = next(
        (sentence for sentence in reversed(said) if sentence.endswith("?") or asks(stripped(sentence))), ""
    )
    if asked:
        return stripped(asked)
    return " ".join(said) if OPTIONS.search(assistant_text) and len(assistant_text) < LONGEST_OFFER else ""


def read_answer(question: str, reply: Sequence[str]) -> Answer | None:
    """What a reply, given as its sentences, says in answer to a question; None when it says nothing."""
    if not question or not reply or mentions_secret(question) or TWO_QUESTIONS.search(question):
        return None
    requested = REQUESTED.search(question)
    asks_how = ADDRESSED.search(question) or MANNER_ASKED.search(question)
    if is_transactional(question) and not requested and not asks_how:
        return None
    said = Reply(_fragment(reply), bool(YES.match(reply[0])), bool(NO.match(reply[0])))
    said = replace(said, fragment=_named_ones(said.fragment, question))
    none_of_it = NO_SUCH.match(said.fragment)
    if none_of_it and re.search(rf"\b{none_of_it['what']}", question, re.IGNORECASE):
        said = Reply("", agreed=False, refused=True)
    if requested:
        return _given(requested["what"], said.fragment)
    if ABOUT_ONE_THING.match(question):
        return _quoted(question, said.fragment, of_taste=False)
    return (
        _by_shape(question, said)
        or _of_pair(said.fragment, question)
        or _choice(question, said.fragment)
        or _quoted(question, said.fragment)
    )


ONES = re.compile(r"^(?P<quality>[\w-]+(?: [\w-]+)?) ones$")
ASKED_ABOUT = re.compile(r"\b(?P<things>[a-z]{3,}s)\?$")
# "New or used?": two options and nothing else, so that each says what the other one is.
BARE_PAIR = re.compile(
    r"^(?:an? |the )?(?P<one>[\w-]+(?: [\w-]+)?) or (?:an? |the )?(?P<other>[\w-]+(?: [\w-]+)?)\?$"
)
OWNER_ACTS = re.compile(r"(?:my|our) ", re.IGNORECASE)


def _named_ones(fragment: str, question: str) -> str:
    """ "Short ones" after "Do you like long explanations?" -> "short explanations"."""
    asked = ASKED_ABOUT.search(question)
    return ONES.sub(rf"\g<quality> {asked['things']}", fragment) if asked else fragment


def _of_pair(fragment: str, question: str) -> Answer | None:
    """Spicy or mild? -> The user prefers spicy over mild."""
    pair = BARE_PAIR.match(question)
    taken = _only_option(fragment.partition(",")[0]).lower()
    if pair is None or not taken or taken in SEAT:
        return None
    options = [lower_first(pair["one"], question), pair["other"]]
    taken = taken.removesuffix(" mostly")
    chosen = [each for each in options if taken in {each.lower(), *each.lower().split()}]
    if len(chosen) != 1 or DAY_OR_TIME.search(taken):
        return None
    phrase = f"prefers {chosen[0]} over {next(option for option in options if option not in chosen)}"
    return Answer(sentence_case(f"The user {phrase}"), f"P{phrase[1:]}")


def _only_option(fragment: str) -> str:
    """A choice without its verdict: "male would be better" -> "male"; "" when it is another sentence."""
    judged = OPTION_JUDGED.match(fragment)
    option = judged["option"] if judged else fragment
    return "" if has_finite_verb(option) or SAYS_MORE.search(option) else option


def answers_before_statement(sentence: str) -> bool:
    """Whether a sentence opens with an answer and goes on with a statement: "Airbnbs, we like to cook"."""
    return AFTERTHOUGHT.search(stripped(sentence)) is not None


def is_transactional(question: str) -> bool:
    """Whether a question is about the conversation itself, so that its answer says nothing about the user."""
    return TRANSACTIONAL.search(question) is not None and OFFERED_KINDS.search(question) is None


def _by_shape(question: str, reply: Reply) -> Answer | None:
    for shape, read in SHAPES:
        match = shape.search(question)
        if match:
            return read(match, reply)
    return None


def _fragment(reply: Sequence[str]) -> str:
    """The first words of a reply that answer by themselves, without "Yes" and "please"."""
    for sentence in reply:
        said = SAID_AS.sub(
            "", AFTERTHOUGHT.sub(_kept_if_listed, HEDGED.sub("", stripped(sentence))).strip(" .!,")
        )
        bare = YES.match(said) or NO.match(said)
        rest = GOES_ON.sub("", (said[bare.end() :] if bare else said).strip(" .,!?"))
        if rest and _answers(rest):
            return ENDING.sub(r"\1", rest).strip(" .,!?")
        head = rest.partition(", ")[0]  # "Instrumental music, lyrics distract me"
        if head != rest and _answers(head):
            return head
        if rest and not bare:
            return ""
    return ""


def _kept_if_listed(afterthought: re.Match[str]) -> str:
    """What looks like another thought, where it is the last of several things: "… and my roses"."""
    return afterthought.group() if LISTED_OWN.match(afterthought.group()) else ""


def _answers(words: str) -> bool:
    """Whether words can be an answer by themselves: few, without a subject, and definite."""
    brief = len(words.split()) <= MAX_ANSWER_WORDS
    if OWNER_ACTS.match(words) and has_finite_verb(words):  # "my dad was diagnosed in April" stands by itself
        return False
    return brief and not (NOT_A_FRAGMENT.search(words) or NO_ANSWER.match(words) or REQUEST.match(words))


def _given(what: str, fragment: str) -> Answer | None:
    """Can I have your email address? -> The user's email address is …"""
    told = EXACT.search(fragment)
    verb = "are" if " and " in what else "is"
    return Answer(sentence_case(f"The user's {what} {verb} {fragment}")) if told else None


def _choice(question: str, fragment: str) -> Answer | None:
    """An option taken from those that were offered."""
    head = fragment.partition(",")[0]
    if any(word in question.lower() for word in WORD.findall(head.lower()) if len(word) > 3):
        fragment = head  # "Dark, the darker the better"
    fragment = _only_option(fragment)
    telling = [word for word in WORD.findall(fragment.lower()) if len(word) > 2 and word != "the"]
    offered = question.lower()
    named = any(word.rstrip("s") in offered for word in telling)
    if not named or len(telling) > MAX_CHOICE_WORDS or not OPTIONS.search(question):
        return None
    if STATE_ASKED.search(question):
        return None
    taken = _completed(ARTICLE_THE.sub("", fragment), question)
    taken = SEAT.get(taken.lower(), taken)
    brief = len(question) <= SHORT_CHOICE and "option" not in offered
    general = "prefer" in offered or (
        brief and not (DAY_OR_TIME.search(taken) and not question.endswith("?"))
    )
    if not general and DAY_OR_TIME.search(taken):  # when somebody can come this once
        return Answer(sentence_case(f"The user chose {taken}"))
    verb = "prefers" if general else "chose"
    return Answer(sentence_case(f"The user {verb} {taken}"), f"Prefers {taken}")


def _completed(taken: str, question: str) -> str:
    """A choice completed from the offer: Female + "a male or female doctor" -> a female doctor."""
    offer = re.search(
        rf"(?:\b(?P<article>an?)\s+)?(?:[\w-]+ or )?(?:an? )?\b(?P<taken>{re.escape(taken)})\b"
        r"(?:,? or (?:an? )?[\w-]+)?(?: (?P<noun>(?!an? |the )[a-z-]+(?: [a-z]+(?=\?))?))?",
        question,
        re.IGNORECASE,
    )
    if offer is None:
        return lower_first(taken, question)
    noun = offer["noun"] if offer["noun"] and offer["noun"] not in NOT_OFFERED else ""
    article = offer["article"].lower() if offer["article"] and noun else ""
    object_ = PREFERRED.search(question) if LOOSE.match(taken) else None
    words = (object_["what"] if object_ else "", article, lower_first(offer["taken"]), noun)
    return " ".join(filter(None, words))


def _quoted(question: str, fragment: str, *, of_taste: bool = True) -> Answer | None:
    """The last resort for a question about the user: both sides in their own words."""
    open_ended = (POINTS_ELSEWHERE.search(question) and of_taste) or len(question) > LONGEST_QUESTION
    if not fragment or open_ended or not (ABOUT_USER.search(question) or MANNER_ASKED.search(question)):
        return None
    taste = of_taste and ASKS_FOR_TASTE.search(question) and not NO_THING.match(fragment)
    liked = f"Prefers {own(lower_first(_only_option(fragment)))}" if taste else ""
    if MANNER_ASKED.search(question):
        liked = f"Prefers {own(lower_first(fragment))}"
    return Answer(
        f'Asked "{question}", the user answered "{fragment}".', liked if len(liked) > MIN_LIKED else ""
    )
