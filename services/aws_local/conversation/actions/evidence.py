"""Values that the user is not asked for again: from what memory returned, and from what was said before.

Only what a person keeps to is taken from there: one of a parameter's possible values, a yes or no that is
named, and the place where somebody lives. Days, numbers and ids belong to one request.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.aws_local import bounded_json
from services.aws_local.conversation import recollection, utterances
from services.aws_local.conversation.actions import intents, slots
from services.aws_local.conversation.actions.tools import Parameter, Tool

_NOT = re.compile(
    r"\b(?:not|never|no longer|used to|formerly|hates?|dislikes?|avoids?|allergic|without)\b|n't\b", re.I
)
_HOME = re.compile(
    r"\b(?i:lives?|living|based|resides?|moved|moving)\s+(?:in|to|near)\s+"
    r"(?P<place>[A-ZÀ-Þ][\w'-]*(?: [A-ZÀ-Þ][\w'-]*)*)"
)
_ADVERBS = (
    r"(?:(?:am|is|are|have|has|been|now|just|still|currently|recently|mostly|also|really|actually|both)\s+)*"
)
_BY_USER = re.compile(
    rf"\b(?:I|we|(?:the )?user)(?:'m|'ve|'re)?\s+{_ADVERBS}$|^\W*(?:and )?{_ADVERBS}$", re.I
)
_OTHERS = re.compile(
    r"\b(?:my|our|his|her|their|user's) (?:\w+ )?(?:wife|husband|partner|spouse|sister|brother|mother|father"
    r"|mom|mum|dad|parent|son|daughter|kid|child|children|friend|girlfriend|boyfriend|colleague|boss|guest"
    r"|aunt|uncle|cousin|niece|nephew|neighbou?r|roommate|flatmate|grand\w+|family|dog|cat)s?\b"
    r"|^\W*(?:he|she|they)\b",
    re.I,
)
_USER = re.compile(r"\b(?:I|we|(?:the )?user)\b(?!'s)|^\W*my\b", re.I)
# What is chosen anew each time, by nobody's preference.
_OF_THE_MOMENT = frozenset({"reason", "cause", "why", "status", "state", "action", "operation"})
_CLAUSES = re.compile(r"[,;.]\s|\b(?:and|but)\b")
_AT_HOME = re.compile(r"\blives?\b|\bhome\b", re.I)


@dataclass(frozen=True)
class Told:
    """Something that is known of the user; `record` is the memory record that says it, if one does.

    One without an id was put before the user's words by the agent's framework.
    """

    text: str
    record: Mapping[str, Any] | None = None

    @property
    def source(self) -> str:
        """Where it is known from, as the reason for something."""
        if self.record is None:
            return f"you told me: “{utterances.second_person(self.text)}”"
        if "memoryRecordId" not in self.record:
            return f"I remember {recollection.quoted(self.record['content']['text'], self.text)}"
        return f"I remember {recollection.cited(self.record, self.text)}"


@dataclass(frozen=True)
class Taken:
    """A value and what it was taken from."""

    value: str
    told: Told


def from_conversation(messages: Sequence[dict[str, Any]]) -> Iterator[Told]:
    """What the user said of themselves, the latest first."""
    for message in reversed(messages):
        if message["role"] != "user":
            continue
        text = "\n".join(block["text"] for block in message["content"] if "text" in block)
        yield from (
            Told(each) for each in reversed(utterances.sentences(text[: slots.LONGEST])) if _tells(each)
        )


def _tells(sentence: str) -> bool:
    """Whether a sentence says something of the user and asks for nothing."""
    if utterances.act(sentence) != "statement" or not utterances.is_about_user(sentence):
        return False
    return not intents.is_order(intents.order_in(sentence))


def from_context(known: str) -> Iterator[Told]:
    """What the agent's framework put before the user's words: a record a line."""
    for line in filter(None, map(str.strip, known.splitlines())):
        yield Told(_words(line), {"content": {"text": line}})


def from_memory(results: Sequence[Mapping[str, Any]]) -> Iterator[Told]:
    """The records of the memory tool's results, the latest result first, its best record first.

    Summaries come last: a fact says the same in fewer words, and nothing of what the assistant did.
    """
    for result in reversed(results):
        text = " ".join(block["text"] for block in result["content"] if "text" in block)
        found = recollection.retrieved(text) or []
        for record in sorted(found, key=recollection.is_summary):
            yield Told(_words(str(record["content"]["text"])), record)


def _words(text: str) -> str:
    """A record as a sentence: of a preference its phrase, of others all of it."""
    try:
        document = bounded_json.read(text)
    except ValueError:
        return text
    phrase = document.get("preference") if isinstance(document, dict) else None
    return phrase if isinstance(phrase, str) else text


def can_tell(parameter: Parameter) -> bool:
    """Whether what a person keeps to may fill a parameter."""
    if parameter.choices:
        return not parameter.words & _OF_THE_MOMENT
    return parameter.type == "boolean" or _is_home(parameter)


def _is_home(parameter: Parameter) -> bool:
    """Whether a place is where somebody lives, unless they say another one."""
    if not parameter.is_place:
        return False
    return "origin" in parameter.words or _AT_HOME.search(parameter.description) is not None


def taken(tool: Tool, known: Sequence[Told], given: Collection[str]) -> dict[str, Taken]:
    """The values of the parameters that are not in `given`, each from the first that tells it."""
    found: dict[str, Taken] = {}
    for parameter in tool.parameters:
        if parameter.name in given or not can_tell(parameter):
            continue
        left: set[str] = set()
        for told in known:
            value = _value(parameter, told.text)
            left |= _left_homes(parameter, told.text)
            if value is not None and value not in left:
                found[parameter.name] = Taken(value, told)
                break
    return found


def _value(parameter: Parameter, text: str) -> str | None:
    clauses = [clause for clause in _clauses_of_user(text) if not _NOT.search(clause)]
    if _is_home(parameter):
        return next((home["place"] for clause in clauses if (home := _home(clause))), None)
    liked = " , ".join(clauses)
    value = slots.choice_in(parameter, liked) if parameter.choices else slots.yes_in(parameter, liked)
    return value if isinstance(value, str) else None


def _clauses_of_user(text: str) -> list[str]:
    """The clauses of a text that are not about somebody else: “my wife is vegan and I love steak” has one."""
    clauses, others = [], False
    for clause in _CLAUSES.split(text):
        others = bool(_OTHERS.search(clause)) or (others and not _USER.search(clause))
        if not others:
            clauses.append(clause)
    return clauses


def _home(clause: str) -> re.Match[str] | None:
    """Where the user lives, by a clause that has the user, or nobody, for its subject."""
    found = _HOME.search(clause)
    return found if found is not None and _BY_USER.search(clause[: found.start()]) else None


def _left_homes(parameter: Parameter, text: str) -> set[str]:
    """The places where the user says that they do not live: what was told before of them is over."""
    if not _is_home(parameter):
        return set()
    denied = [clause for clause in _clauses_of_user(text) if _NOT.search(clause)]
    return {home["place"] for clause in denied if (home := _HOME.search(clause))}


def because(used: Collection[Taken]) -> str:
    """The sentence that says what the values of a call were taken from, with the ids of records."""
    parts: dict[str, list[str]] = {}
    for each in used:
        parts.setdefault(each.told.source, []).append(f"“{each.value}”")
    reasons = [f"{' and '.join(values)} because {source}" for source, values in parts.items()]
    return f"I chose {'; '.join(reasons)}." if reasons else ""
