"""A session as short sentences: what the user said, asked and wanted, and what the assistant did about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.aws_local.extraction.answers import open_question
from services.aws_local.extraction.clauses import has_finite_verb
from services.aws_local.extraction.messages import ASSISTANT, TOOL, USER, Message
from services.aws_local.extraction.rewriting import expanded, sentence_case, third_person
from services.aws_local.extraction.sentences import asks, is_question, mended, sentences, stripped
from services.aws_local.extraction.small_talk import IMPERATIVE
from services.aws_local.extraction.statements import ANSWER_RULE, SessionReader, Statement, without_secrets
from services.aws_local.extraction.verbs import PLAIN_BASE
from services.aws_local.extraction.verbs import third_person as third_person_verb
from services.aws_local.wordlist import words

LONGEST_POINT = 280  # characters
LONGEST_QUESTION = 240  # characters; more is a story whose question mark was left out
QUESTIONS_PER_TURN = 2
ANSWERS_PER_MESSAGE = 2
FEWEST_WORDS = 3  # of a question or request that says what it is about
WORDS = re.compile(r"[\w'-]+")

TOOL_CALL = re.compile(r"^\s*([A-Za-z_][\w.-]*)\(")
# What an assistant says without telling anything.
FILLER = re.compile(
    r"(?:will do|let me|let's|allow me|i'm sorry|i am sorry|i apologi[sz]e|sorry|sure|of course|certainly"
    r"|i can (?:help|assist|definitely|do that)|i(?:'d| would) (?:be|love|like|recommend checking)|i'll"
    r"|i will|i'm (?:here|glad|happy|going|an? (?:ai|assistant|language))|i am (?:here|glad|happy|an? (?:ai"
    r"|assistant|language))|as an ai|i hope|i understand|i appreciate|i don't|i do not|happy to|glad|thank"
    r"|thanks|you're welcome|you are (?:welcome|right)|please|feel free|if you|would you|is there"
    r"|we have one|here(?:'s| it| they| you"
    r"| is| are)|that's|that is|that sounds|sounds|no problem|absolutely|enjoy|have a|congratulations|great"
    r"|wonderful|perfect|excellent|awesome|nice|got it|noted|understood|you (?:will|can|should|may|might"
    r"|could)|you'll|don't|to (?:help|get started|better)|what a|how (?:nice|lovely|exciting)|i'll remember"
    r"|i think|it|it's|that|this|these|those|they|there|she|he|one moment|just a moment|hold on|remember,?"
    r"|in summary|overall|good (?:luck|choice|question)|it's (?:great|wonderful|important|always"
    r"|understandable)|hello|hi|hey|welcome|i've (?:noted|made a note|saved|recorded)|i have (?:noted"
    r"|recorded|saved))\b",
    re.IGNORECASE,
)
RESULT = re.compile(
    r"\b(?:booked|updated|changed|cancell?ed|confirmed|sent|created|scheduled|rescheduled|reserved|found"
    r"|shipped|refunded|processed|added|removed|completed|failed|unable|issued|replaced|approved|declined"
    r"|available|delivered|resolved|opened|closed|ordered|activated|blocked|upgraded|transferred|recommend"
    r"|suggest|successfully|costs?|starts?|arrives?|departs?)\b",
    re.IGNORECASE,
)
DIGIT = re.compile(r"\d")
SEEING = re.compile(
    r"^(?:I (?:can )?see|It (?:looks like|seems|appears)|I(?:'ve| have)? found)(?: that)? (?=your|you)", re.I
)
WHAT_CUSTOMERS_DO = words("""
    book call cancel change check click close come confirm contact do get give leave look make move need open
    order play receive reply return see start stop tell travel try visit wait work
    """)
YOU_AND_A_VERB = re.compile(
    r"\b(?P<before>before|after|when|whenever|if|unless|until|once|while|because) you "
    rf"(?P<verb>{'|'.join(sorted(PLAIN_BASE | WHAT_CUSTOMERS_DO))})\b",
    re.IGNORECASE,
)
AND_ARE = re.compile(
    r"\b(?P<what>the user (?:has|is) (?:(?!\band\b|\bthe user)[^,;.]){2,60}? and) are\b", re.IGNORECASE
)
YOU_AS_SUBJECT = re.compile(
    r"\byou (?P<verb>are|were|have|do|need|want|prefer|like|live|work|love|enjoy|own|use|seem|mentioned|said"
    r"|asked)\b",
    re.IGNORECASE,
)
ASSISTANT_AS_SUBJECT = re.compile(r"\bI (?P<adverb>(?:\w+ly |also |just )*)(?P<verb>[a-z]+)\b")
WRITING = re.compile(
    r"\b(?:write|rewrite|draft|compose|translate|rephrase|generate|shorten|rhyme|poem|story|essay|joke)\b"
)
POLITE_REQUEST = re.compile(
    r"^(?:please |pls |plz |kindly )?(?:(?:can|could|would|will) you (?:please |kindly )?)?(?P<what>.+)$",
    re.IGNORECASE,
)
ONLY_WONDERS = re.compile(
    r"(?:wait|oh|really|seriously|who else|what else|why not|is it|are you sure"
    r"|you think so)\b[\w ]{0,8}[?.! ]*$",
    re.IGNORECASE,
)
LET_US = re.compile(r"let'?s (?=[a-z])", re.IGNORECASE)
ONLY_TALK = re.compile(
    r"(?:see|say|hope|face|wait|not|just|be|pretend|imagine|assume|suppose|try|start|begin)\b", re.IGNORECASE
)
# "Maybe a bit?", "did I say 6?": nothing that anybody asks.
SAYS_NOTHING = re.compile(r"(?:maybe|perhaps|a bit)\b|did (?:I|you) (?:say|mean)\b", re.IGNORECASE)
PASTED = re.compile(r":\s.+$")  # the text that a request is about
# What an assistant recites from memory is no news; kept, it would be recited, and kept, again.
RECITES = re.compile(r"(?:as far as )?i (?:remember|recall)\b|you (?:have )?told me\b|noted\b", re.IGNORECASE)
ASKS_TO_DO = re.compile(
    r"^(?:can|could|would|will) you (?:please |kindly )?(?!tell|know|remember|recall|explain)\w+",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Point:
    """One sentence of a summary and the message it comes from.

    ``kind`` is statement, answer, question or request (by the user), outcome (told by the assistant) or
    tool (a name).
    """

    text: str
    kind: str
    message: Message


@dataclass
class Turn:
    """A user message and what followed it. ``words`` is all that was said, for telling topics apart."""

    points: list[Point] = field(default_factory=list)
    asked: str = ""  # the question left open before, to whose topic a short answer belongs
    said: str = ""
    replied: str = ""


def turns(messages: Sequence[Message]) -> list[Turn]:
    """The turns of a session in order, those without anything to tell included."""
    reader = SessionReader()
    told = [Turn()]
    before = ""
    for message in messages:
        found = reader.read(message)
        if message.role == USER:
            told.append(Turn(asked=before, said=" ".join(_safe(message))))
        elif message.role == ASSISTANT:
            before = open_question(message.text)
            told[-1].replied = " ".join([told[-1].replied, *_safe(message)]).removesuffix(before)
        if not (message.role == ASSISTANT and _delivers_text(told[-1])):
            told[-1].points.extend(_points(message, found))
    return told


def _delivers_text(turn: Turn) -> bool:
    """Whether the assistant was asked to write something: what it then says is the piece, not news."""
    return any(point.kind == "request" and WRITING.search(point.text) for point in turn.points)


def _safe(message: Message) -> list[str]:
    """The sentences of a message, mended, and none with a secret."""
    return without_secrets([mended(sentence) for sentence in sentences(message.text)])


def _points(message: Message, found: Sequence[Statement]) -> Iterator[Point]:
    for statement in found:
        yield Point(statement.text, "answer" if statement.rule == ANSWER_RULE else "statement", message)
    if message.role == USER:
        yield from _asked(message, {statement.said for statement in found})
    elif message.role == ASSISTANT and not found:
        yield from _told(message)
    elif message.role == TOOL:
        call = TOOL_CALL.match(message.text)
        yield from [Point(call[1], "tool", message)] if call else []


def _asked(message: Message, stated: set[str]) -> Iterator[Point]:
    """The user's questions and requests, without the sentences that are statements already."""
    bare = [stripped(sentence) for sentence in _safe(message) if sentence not in stated]
    asked = [sentence for sentence in bare if len(sentence.split()) > 1]
    for sentence in asked[: QUESTIONS_PER_TURN + 2]:
        told = len(WORDS.findall(sentence)) >= FEWEST_WORDS and not SAYS_NOTHING.match(sentence)
        if not told or sentence.count('"') % 2:  # "Please do.", "And dessert?", half of a quotation
            continue
        if ASKS_TO_DO.match(sentence) or _asks_for(sentence):
            yield Point(_request(sentence), "request", message)
        elif _is_whole_question(sentence):
            yield Point(f'The user asked "{_cut(sentence)}"', "question", message)


def _is_whole_question(sentence: str) -> bool:
    """Whether a sentence asks something that can be quoted in full."""
    asked = asks(sentence) or is_question(sentence)
    return asked and not ONLY_WONDERS.match(sentence) and len(sentence) <= LONGEST_QUESTION


def _asks_for(sentence: str) -> bool:
    """Whether a sentence is a request; "Let's see how it goes" is none."""
    together = LET_US.match(sentence)
    only_talk = together is not None and ONLY_TALK.match(sentence, together.end()) is not None
    return bool(IMPERATIVE.match(sentence)) and not only_talk and not is_question(sentence)


def _request(sentence: str) -> str:
    what = POLITE_REQUEST.match(LET_US.sub("", PASTED.sub("", sentence).rstrip(" ?.!:"), count=1))
    wish = what["what"] if what else sentence
    if '"' in wish:  # quoted words stay as they are
        return _cut(sentence_case(f"The user asked the assistant to {wish[:1].lower()}{wish[1:]}"))
    wish = re.sub(r"^(?:do not|don't|never) ", "not to ", f"{wish[:1].lower()}{wish[1:]}")
    lead = "I ask the assistant" if wish.startswith("not to ") else "I ask the assistant to"
    return _cut(third_person(f"{lead} {wish}").replace("The user asks", "The user asked", 1))


def _told(message: Message) -> Iterator[Point]:
    """The sentences of an assistant that tell a result; of a longer answer the first that tells anything."""
    told = [stripped(SEEING.sub("", sentence)) for sentence in _safe(message) if not is_question(sentence)]
    telling = [sentence for sentence in told if _tells(sentence)]
    outcomes = [sentence for sentence in telling if RESULT.search(sentence) or DIGIT.search(sentence)][
        :ANSWERS_PER_MESSAGE
    ]
    for sentence in outcomes or telling[:1]:
        yield Point(_cut(assistant_voice(sentence)), "outcome", message)


def _tells(sentence: str) -> bool:
    """Whether an assistant's sentence tells something: no formula, question, instruction or fragment."""
    if len(sentence.split()) < 3 or FILLER.match(sentence) or RECITES.match(sentence) or asks(sentence):
        return False
    instructs = IMPERATIVE.match(sentence) is not None
    return RESULT.search(sentence) is not None or (has_finite_verb(sentence) and not instructs)


def assistant_voice(sentence: str) -> str:
    """ "I have booked you on DL456" -> "The assistant has booked the user on DL456." """
    text = re.sub(r"\byou're\b", "you are", expanded(sentence), flags=re.IGNORECASE)
    text = YOU_AS_SUBJECT.sub(lambda match: f"the user {third_person_verb(match['verb'])}", text)
    text = YOU_AND_A_VERB.sub(lambda m: f"{m['before']} the user {third_person_verb(m['verb'])}", text)
    text = AND_ARE.sub(r"\g<what> is", text)
    text = ASSISTANT_AS_SUBJECT.sub(
        lambda match: f"the assistant {match['adverb']}{third_person_verb(match['verb'])}", text
    )
    text = re.sub(r"\byour\b", "the user's", text, flags=re.IGNORECASE)
    text = re.sub(r"\byou\b", "the user", text, flags=re.IGNORECASE)
    return sentence_case(re.sub(r"\bmy\b", "the assistant's", re.sub(r"\bme\b", "the assistant", text)))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_POINT else f"{text[:LONGEST_POINT].rsplit(' ', 1)[0]} …"
