"""Messages -> statements about the user: self-contained sentences in the third person, with what was said.

Facts come from what the user says, the assistant's words being context; the one exception is a message
in which an agent writes about the user.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from services.aws_local.extraction.answers import answers_before_statement, open_question, read_answer
from services.aws_local.extraction.clauses import FIRST_PERSON, FRAGMENT_LEAD, clauses, has_finite_verb
from services.aws_local.extraction.credentials import holds_secret, mentions_secret
from services.aws_local.extraction.dates import resolve_dates
from services.aws_local.extraction.ellipsis import restored
from services.aws_local.extraction.extracted import Source
from services.aws_local.extraction.frames import RolePlay, around_speech, own_words, without_pasted
from services.aws_local.extraction.messages import ASSISTANT, USER, Message
from services.aws_local.extraction.recorded import recorded_statements
from services.aws_local.extraction.references import References
from services.aws_local.extraction.repairs import repaired
from services.aws_local.extraction.rewriting import sentence_case, third_person
from services.aws_local.extraction.sentences import asks, has_code, is_question, mended, sentences, stripped
from services.aws_local.extraction.small_talk import SARCASM, TASK, TASK_ON_PASTED_TEXT
from services.aws_local.extraction.telling import (
    NAME_RULE,
    OWN,
    PERSON_RULE,
    SITUATION_RULE,
    as_statement,
    speaks_of_work,
    statement_rule,
)

ANSWER_RULE = "answer to a question"
RECORDED_RULE = "recorded by the agent"
MOST_ANSWER_SENTENCES = 3  # a longer message is more than the answer to a question
TONE_WINDOW = 2_000  # characters that are searched for sarcasm and for what kind of request it is
SHORT_ANNOUNCEMENT = 40  # characters: "My password is below." and then the password
STATEMENT_BEFORE_QUESTION = re.compile(
    r"^(?P<statement>.{6,}?),\s+(?:so |and |but |then )?(?=(?:what|which|where|when|who|how|why|can|could"
    r"|would|will|do|does|did|is|are|should|any|may|have)\b)(?P<question>.+)$",
    re.IGNORECASE,
)
# "…, can we make it Friday": a question whose mark was left out.
REQUEST = re.compile(
    r"(?:(?:what|where|when|how|which \w+) )?(?:can|could|would|will|do|should|may) (?:you|we|I|it|they)\b",
    re.IGNORECASE,
)
REMEMBER_THAT = re.compile(
    r"^(?:please |(?:can|could|would|will) you (?:please |kindly )?)?(?:(?:remember|rem[ae]mber"
    r"|remeber|note|keep in mind|be aware|know|make a note) that"
    r"|don't forget that"
    r"|(?:remember|note)(?: this)?:?(?= (?:my|I|I'm|I've|our|we)\b)) ",
    re.IGNORECASE,
)
TAIL = re.compile(
    r"^(?:via|by|with|for|at|in|on|near|around|from|to|until|without|under|between|about|since)\b",
    re.IGNORECASE,
)
LONGEST_TAIL = 5  # words
POLITE = re.compile(r"\b(?:please|pls|plz)\b", re.IGNORECASE)
POLITE_END = re.compile(r"\b(?:please|pls|plz)\W*$", re.IGNORECASE)
ASKED_FOR = re.compile(r",? so (?!that\b|much\b|many\b)(?!.*\b(?:I|my|we|our)\b)[^,;]*$", re.IGNORECASE)
SPEAKS = re.compile(r"(?:I|[Ww]e)\b")
# "They gave us amoxicillin, but he's allergic": what comes first misleads without the rest.
TAKEN_BACK = re.compile(r"(?:but|except|although|though|unless|until|if|only)\b", re.IGNORECASE)
SHORTEST_PART = 4  # words of a clause that is kept without what follows its comma
# "It's written in Kotlin", "They run on Airflow": a description of what the sentence before spoke of.
GOES_ON_ABOUT_IT = re.compile(
    r"(?:It(?:'s| is| was) (?:(?:\w+ed|written|made|built|known)\b|on |at |in |near |from "
    r"|about \d|\d|called )"
    r"|They(?:'re| are) (?:\w+ed|made|built|\d|called )|They (?:run|live|sit|stand|belong"
    r"|cost)\b|It (?:runs|has|costs|belongs)\b)"
    r"(?!.*\b(?:you|your)\b)"
)
OF_THE_TASK = re.compile(
    r"The user (?:has|wants|needs|gets|tried|tries|would like|is (?:trying|getting|using|writing))\b"
)
LIKING = re.compile(r"\b(?:loves?|likes?|enjoys?|adores?)\b")
READ_LATELY = 4  # sessions: a memory's strategies read the same messages one after the other


@dataclass(frozen=True)
class Statement:
    """One thing known about the user.

    ``said`` is the sentence in the speaker's words, ``question`` the assistant's question before it, or "",
    ``chosen`` the preference that an answer implies, already worded, or "".
    """

    text: str
    said: str
    rule: str
    message: Message
    question: str = ""
    chosen: str = ""

    @property
    def source(self) -> Source:
        return self.message.event_id, self.message.index


def statements(messages: Sequence[Message], context: Sequence[Message]) -> list[Statement]:
    """The statements of ``messages``, in order, each once; ``context`` is read first and not extracted."""
    return list(_statements(tuple(messages), tuple(context)))


@lru_cache(maxsize=READ_LATELY)
def _statements(messages: tuple[Message, ...], context: tuple[Message, ...]) -> tuple[Statement, ...]:
    reader = SessionReader()
    for message in context:
        reader.listen(message)
    found = [statement for message in messages for statement in reader.read(message)]
    return tuple({statement.text.lower(): statement for statement in reversed(found)}.values())[::-1]


class SessionReader:
    """Reads messages in order and remembers what was introduced and what was asked last."""

    def __init__(self) -> None:
        self._references = References()
        self._question = ""
        self._role_play = RolePlay()

    def listen(self, message: Message) -> None:
        """Take in a message without extracting from it."""
        if message.role == USER:
            self._question = ""
            said = self._role_play.out_of_role(without_pasted(sentences(message.text)))
            for sentence in without_secrets(own_words(said)):
                self._hear(stripped(mended(sentence)))
        elif message.role == ASSISTANT:
            self._listen_to_assistant(message)

    def read(self, message: Message) -> list[Statement]:
        """The statements of a message."""
        if message.role == USER:
            question, self._question = self._question, ""
            return self._read_user(message, question)
        if message.role == ASSISTANT:
            self._listen_to_assistant(message)
            return list(_recorded(message)) or self._reminded(message)
        return []

    def _reminded(self, message: Message) -> list[Statement]:
        """What a memory tool was told in the first person: "Remember that my current hobby is knitting"."""
        said = without_secrets(sentences(message.text))
        told = [sentence for sentence in said if REMEMBER_THAT.match(stripped(mended(sentence)))]
        found = [statement for sentence in told for statement in self._read_sentence(sentence, message, "")]
        return [replace(statement, rule=RECORDED_RULE) for statement in found]

    def _listen_to_assistant(self, message: Message) -> None:
        self._question = open_question(message.text)
        self._references.hear_answer(message.text, self._question)

    def _hear(self, sentence: str) -> None:
        for clause in clauses(sentence):
            self._references.hear(clause)

    def _read_user(self, message: Message, question: str) -> list[Statement]:
        spoken = self._role_play.out_of_role(without_pasted(sentences(message.text)))
        own = own_words(spoken)
        for sentence in (each for each in spoken if each not in own):
            self._hear(stripped(mended(around_speech(sentence))))
        said = without_secrets(repaired(own, question))
        if mentions_secret(question):  # whatever a short reply says may be the secret itself
            said = said[MOST_ANSWER_SENTENCES:]
        asked = question if len(said) <= MOST_ANSWER_SENTENCES else ""
        found: list[Statement] = []
        opening: list[str] = []  # what is said before the first statement, and may be an answer
        goes_on = False
        for sentence in said:
            new = list(self._read_sentence(sentence, message, asked))
            if goes_on and not new and _is_tail(sentence):
                found[-1] = _with_tail(found[-1], sentence)
            elif goes_on and not new and GOES_ON_ABOUT_IT.match(stripped(mended(sentence))):
                found[-1] = _with_description(found[-1], sentence)
            elif not found and (not new or answers_before_statement(mended(sentence))):
                opening.append(sentence)
            found.extend(new)
            goes_on = bool(new)
        return [*_read_reply(question, opening, message), *_sincere(found, message.text)]

    def _read_sentence(self, sentence: str, message: Message, asked: str) -> Iterator[Statement]:
        plain = mended(sentence)
        stated = _without_choice(_statement_part(plain, asked), asked)
        at_work = speaks_of_work(message.text[:TONE_WINDOW])
        self._references.next_sentence()
        for clause in clauses(stated):
            resolved = self._references.resolve(clause)
            self._references.hear(clause)
            rule = statement_rule(resolved, directed=bool(asked), resolved=resolved != clause)
            if not rule and ", " in resolved:  # "She eats chicken again, the vet says it was a virus"
                known = resolved != clause
                resolved, _, rest = resolved.partition(", ")
                rule = statement_rule(resolved, directed=False, resolved=known)
                stands = known or SPEAKS.match(resolved) or has_finite_verb(resolved)
                follows = SPEAKS.match(resolved) and rest.startswith(
                    "so "
                )  # "I have asthma, so this is serious"
                shortest = SHORTEST_PART - bool(follows)
                complete = len(resolved.split()) >= shortest and stands and not TAKEN_BACK.match(rest)
                rule = rule if complete or rule == NAME_RULE else ""
            text = as_statement(resolved, rule, message.timestamp, at_work=at_work) if rule else ""
            if text:
                yield Statement(text, sentence, rule, message, asked)
        if not stated:
            self._hear(stripped(plain))


def _sincere(found: list[Statement], text: str) -> list[Statement]:
    """Without what is said in sarcasm, and without what only describes a piece of work for the assistant."""
    text = text[:TONE_WINDOW]
    if TASK_ON_PASTED_TEXT.search(text):
        return []
    if SARCASM.search(text):
        found = [
            statement
            for statement in found
            if not (LIKING.search(statement.text) or SARCASM.search(statement.said))
        ]
    if "?" in text or TASK.search(text) or has_code(text):  # what is asked about, not what happened
        found = [statement for statement in found if statement.rule not in {PERSON_RULE, SITUATION_RULE}]
    if TASK.search(text) or has_code(text):
        found = [statement for statement in found if not OF_THE_TASK.match(statement.text)]
    return found


def without_secrets(said: Sequence[str]) -> list[str]:
    """Sentences without a secret, and without what follows the announcement of one ("My password is:")."""
    kept: list[str] = []
    announced = False
    for sentence in said:
        if not (holds_secret(sentence) or announced):
            kept.append(sentence)
        announced = mentions_secret(sentence) and _announces(sentence)
    return kept


def _announces(sentence: str) -> bool:
    return sentence.endswith(":") or (not is_question(sentence) and len(sentence) < SHORT_ANNOUNCEMENT)


def _statement_part(sentence: str, asked: str) -> str:
    """The statement in a sentence: all of it, what stands before a question, or nothing."""
    if POLITE_END.search(sentence):  # "My teacher is strict so sources please"
        sentence = ASKED_FOR.sub("", sentence)
    bare = restored(stripped(sentence), chosen=bool(asked or POLITE.search(sentence)))
    reminder = REMEMBER_THAT.match(bare)
    if reminder:
        return bare[reminder.end() :].rstrip("?")
    if asks(bare):
        return ""
    parts = STATEMENT_BEFORE_QUESTION.match(bare)
    if is_question(bare):
        return parts["statement"] if parts and FIRST_PERSON.match(parts["statement"]) else ""
    return parts["statement"] if parts and REQUEST.match(parts["question"]) else bare


def _without_choice(statement: str, asked: str) -> str:
    """A statement without the option in front that answers: "In the afternoon, I have calls until one"."""
    lead = FRAGMENT_LEAD.match(statement)
    if lead is None or FIRST_PERSON.match(statement):
        return statement
    words = re.findall(r"\w{4,}", lead.group().lower())
    return statement[lead.end() :] if any(word in asked.lower() for word in words) else statement


def _is_tail(sentence: str) -> bool:
    """A fragment that goes on with the sentence before: "Via AIR." """
    fragment = TAIL.match(sentence) and len(sentence.split()) <= LONGEST_TAIL
    return bool(fragment) and not is_question(sentence) and not OWN.search(sentence)


def _with_description(statement: Statement, sentence: str) -> Statement:
    """The statement, followed by what "it" in the next sentence is: "… a flat; it is on the top floor"."""
    described = third_person(stripped(mended(sentence)))
    text = f"{statement.text.rstrip('.')}; {described[:1].lower()}{described[1:]}"
    return replace(statement, text=sentence_case(text), said=f"{statement.said} {sentence}")


def _with_tail(statement: Statement, tail: str) -> Statement:
    text = sentence_case(f"{statement.text.rstrip('.')}, {tail[:1].lower()}{tail[1:]}")
    return replace(statement, text=text, said=f"{statement.said} {tail}")


def _read_reply(question: str, said: list[str], message: Message) -> Iterator[Statement]:
    """The statement that a short answer makes together with its question."""
    answer = read_answer(question, [mended(sentence) for sentence in said[:2]])
    if answer and not holds_secret(answer.text):
        text = resolve_dates(answer.text, message.timestamp) if '"' not in answer.text else answer.text
        yield Statement(text, " ".join(said[:2]), ANSWER_RULE, message, question, answer.chosen)


def _recorded(message: Message) -> Iterator[Statement]:
    for text, sentence in recorded_statements(without_secrets(sentences(message.text))):
        yield Statement(resolve_dates(text, message.timestamp), sentence, RECORDED_RULE, message)
