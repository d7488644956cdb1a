"""The language in which faults are ordered: which calls go wrong, and how.

A rule is one line of words, for example `throttle on CreateEvent first 3`, `latency 2.5`, or
`deny on bedrock-agentcore:List* chance 0.3 seed 7`::

    KIND [VALUE] [on OPERATION[,OPERATION…]] [after N] [first N] [chance P] [seed S]

An operation is named as in the API (`ListMemories`) or as an IAM action (`bedrock-agentcore:ListMemories`),
upper or lower case, and `*` stands for any characters; without `on` a rule is for all operations. `after`
lets that many matching calls pass first, `first` ends the rule after that many faults, `chance` (0 to 1)
draws for each call from a random generator that starts with `seed` (0 unless given).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from random import Random

from botocore.model import StructureShape

from services.aws_local.wire import modelled_errors
from services.aws_local.wire.service_models import SERVICES, operation_model, service_model

Operation = tuple[str, str]
"""botocore's service name and the operation's name."""

KINDS = {
    "throttle": "429, the operation's throttling error",
    "server-error": "500, or 503 as `server-error 503`",
    "deny": "403 AccessDeniedException in IAM's words",
    "expired-token": "403 ExpiredTokenException",
    "unknown-key": "403 UnrecognizedClientException",
    "invalid-signature": "403 InvalidSignatureException",
    "clock-skew": "403 InvalidSignatureException: Signature expired",
    "conflict": "409 where the operation has one (RetryableConflictException of CreateEvent)",
    "quota": "402 ServiceQuotaExceededException where the operation has it",
    "latency": "`latency SECONDS`: the call is answered that much later; other rules still apply",
    "hang": "no answer, the connection stays open until the client gives up",
    "drop": "the connection is reset, the call is not carried out",
    "hang-answer": "the call is carried out, its answer never comes",
    "drop-answer": "the call is carried out, then the connection is reset without an answer",
    "drop-body": "the call is carried out, the connection closes in the middle of the body",
    "truncate": "the call is carried out, half of its body comes as a complete answer",
    "empty": "the call is carried out, its body comes empty",
    "garbage": "the call is carried out, its body comes as bytes that mean nothing",
    "stream-error": "`stream-error NAME`: an event stream ends with that error (throttlingException)",
    "stream-cut": "an event stream ends cleanly inside a frame: most clients notice nothing",
    "stream-drop": "the connection is reset inside an event stream",
    "stream-stall": "an event stream stops, the connection stays open until the client gives up",
    "stream-corrupt": "a frame of an event stream has a wrong checksum",
    "stream-unknown": "an event stream has an event, and fields, that no model knows",
    "stream-two-members": "an event has two members of a union, which clients refuse to read",
    "stream-split": "the frames of an event stream come in pieces of seven bytes",
    "stream-whole": "an event stream comes at once, with a Content-Length, when it is complete",
}
"""What a rule can order, and what the client then sees."""

MAX_LATENCY_SECONDS = 300.0
_SERVER_ERRORS = (500, 503)
_ERROR_NAMES = {
    "conflict": ("RetryableConflictException", "ConflictException"),
    "quota": ("ServiceQuotaExceededException",),
}
_STREAM = "stream-"
_DEFAULT_STREAM_ERROR = "throttlingException"
_WITH_VALUE = ("latency", "server-error", "stream-error")
_KEYWORDS = ("on", "after", "first", "chance", "seed")
_PATTERN = re.compile(r"[A-Za-z0-9*:-]+")
# IAM's names where they are not the operation's own (Service Authorization Reference, Bedrock and Lambda).
_OTHER_ACTIONS = {
    "Converse": "InvokeModel",
    "ConverseStream": "InvokeModelWithResponseStream",
    "Invoke": "InvokeFunction",
}


class MalformedRule(ValueError):
    """A rule that means nothing; the message quotes it and says why."""


@dataclass(frozen=True)
class Rule:
    """One rule. `text` is the rule in plain spacing, `value` its seconds or its status (0 without one),
    `error` the name of the error in a stream.
    """

    text: str
    kind: str
    value: float
    operations: frozenset[Operation]
    after: int = 0
    first: int | None = None
    chance: float = 1.0
    seed: int = 0
    error: str = _DEFAULT_STREAM_ERROR

    @classmethod
    def parse(cls, text: str) -> Rule:
        """The rule that a line of words means; raises MalformedRule."""
        words = text.split()
        try:
            if not words:
                raise MalformedRule("it is empty")
            kind, value, terms = _split(words)
            rule = cls(
                " ".join(words),
                kind,
                _value(kind, value),
                _operations(kind, terms.get("on", "*"), value or _DEFAULT_STREAM_ERROR),
                _count("after", terms.get("after", "0"), least=0),
                _count("first", terms["first"], least=1) if "first" in terms else None,
                _number("chance", terms.get("chance", "1"), 0.0, 1.0),
                _count("seed", terms.get("seed", "0"), least=0),
                value if kind == "stream-error" and value else _DEFAULT_STREAM_ERROR,
            )
        except MalformedRule as error:
            raise MalformedRule(f"The fault rule {text[:200]!r} cannot be used: {error}.") from None
        return rule


def rules_of_one_call(text: str) -> list[Rule]:
    """The rules that a request brings along for itself, separated by semicolons; raises MalformedRule.

    They may name operations, so that a client can send them with every call, but there is nothing to count.
    """
    found = [Rule.parse(part) for part in text.split(";")]
    for rule in found:
        counting = [word for word in rule.text.split() if word in {"after", "first", "chance", "seed"}]
        if counting:
            raise MalformedRule(f"The fault rule {rule.text!r} is for one request: leave {counting[0]} out.")
    return found


def iam_action(service: str, operation: str) -> str:
    """The IAM action that allows an operation."""
    prefix = service_model(service).signing_name
    return f"{prefix}:{_OTHER_ACTIONS.get(operation, operation)}"


def _split(words: list[str]) -> tuple[str, str | None, dict[str, str]]:
    """Kind, value and terms (keyword to word) of a rule's words."""
    kind, *rest = words
    if kind not in KINDS:
        raise MalformedRule(f"its kind is not one of {', '.join(KINDS)}")
    value = rest.pop(0) if rest and rest[0] not in _KEYWORDS else None
    if value is not None and kind not in _WITH_VALUE:
        raise MalformedRule(f"{kind} takes no value, but {value!r} is there")
    terms: dict[str, str] = {}
    for keyword, word in _pairs(rest):
        if keyword not in _KEYWORDS:
            raise MalformedRule(f"{keyword!r} is none of {', '.join(_KEYWORDS)}")
        if keyword in terms:
            raise MalformedRule(f"{keyword!r} comes twice")
        terms[keyword] = word
    return kind, value, terms


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    if len(words) % 2:
        raise MalformedRule(f"{words[-1]!r} has nothing behind it (names go without spaces, as A,B)")
    return zip(words[::2], words[1::2], strict=True)


def _value(kind: str, word: str | None) -> float:
    if kind == "latency":
        if word is None:
            raise MalformedRule("latency needs its seconds, as in `latency 2.5`")
        return _number("latency", word, 0.0, MAX_LATENCY_SECONDS)
    if kind == "server-error":
        status = _count("server-error", word or "500", least=0)
        if status not in _SERVER_ERRORS:
            raise MalformedRule("the status of a server-error is 500 or 503")
        return status
    return 0.0


def _number(name: str, word: str, least: float, most: float) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise MalformedRule(f"{name} is a number from {least:g} to {most:g}, not {word!r}")
    return number


def _count(name: str, word: str, least: int) -> int:
    if not (word.isascii() and word.isdecimal() and len(word) < 16 and int(word) >= least):
        raise MalformedRule(f"{name} is a whole number from {least} on, not {word!r}")
    return int(word)


def _operations(kind: str, patterns: str, error: str) -> frozenset[Operation]:
    """The operations that the patterns name and in which this kind of fault exists; `error`: in a stream."""
    named: set[Operation] = set()
    for pattern in patterns.split(","):
        found = _named(pattern)
        if not found:
            raise MalformedRule(f"no operation is called {pattern!r}{_similar(pattern)}")
        named |= found
    wanted = _ERROR_NAMES.get(kind)
    if wanted is not None:
        named = {each for each in named if modelled_errors.names(operation_model(*each)) & set(wanted)}
    if kind.startswith(_STREAM):
        wanted = (error,) if kind == "stream-error" else ("an event stream",)
        named = {each for each in named if _streams(each, error if kind == "stream-error" else None)}
    if not named:
        raise MalformedRule(f"{patterns} never answers {' or '.join(wanted or ())}")
    return frozenset(named)


def _streams(operation: Operation, error: str | None) -> bool:
    """Whether an operation answers with an event stream, one that can end with this error."""
    shape = operation_model(*operation).get_event_stream_output()
    if not isinstance(shape, StructureShape):
        return False
    return error is None or (error in shape.members and error.endswith("Exception"))


def _named(pattern: str) -> frozenset[Operation]:
    if _PATTERN.fullmatch(pattern) is None:
        return frozenset()
    words = (re.escape(part) for part in pattern.lower().split("*"))
    matches = re.compile(".*".join(words)).fullmatch
    return frozenset(
        each
        for each, names in _all_names().items()
        if any(matches(name.lower()) is not None for name in names)
    )


@cache
def _all_names() -> dict[Operation, tuple[str, str]]:
    """Every operation with its name and its IAM action."""
    return {
        (service, name): (name, iam_action(service, name))
        for service in SERVICES
        for name in service_model(service).operation_names
    }


def _similar(pattern: str) -> str:
    """A hint for a misspelt name."""
    names = {name.lower(): name for names in _all_names().values() for name in names}
    close = get_close_matches(pattern.lower(), names, n=1)
    return f" (did you mean {names[close[0]]}?)" if close else ""


class Armed:
    """A rule at work: how many calls it was asked about, how many it let fail."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.calls = 0
        self.faults = 0
        self._random = Random(rule.seed)  # noqa: S311 - reproducible, not secret

    @property
    def is_spent(self) -> bool:
        return self.rule.first is not None and self.faults >= self.rule.first

    def strikes(self, operation: Operation) -> bool:
        """Whether this call gets the fault; counts it."""
        if operation not in self.rule.operations or self.is_spent:
            return False
        self.calls += 1
        if self.calls <= self.rule.after or self._random.random() >= self.rule.chance:
            return False
        self.faults += 1
        return True


class Faults:
    """The rules in force. Used by the event loop alone, but for `replace` and `shown`, which are atomic."""

    def __init__(self, given: tuple[Rule, ...] = ()) -> None:
        self.armed: tuple[Armed, ...] = ()
        self.replace(given)

    def replace(self, given: tuple[Rule, ...]) -> None:
        """Put these rules in force, with fresh counts, instead of all others."""
        self.armed = tuple(map(Armed, given))

    def drawn(self, operation: Operation, asked: list[Rule]) -> list[Rule]:
        """What goes wrong with a call: delays, then at most one other fault.

        `asked` are the rules that the request brought along; they go first. Rules after the one that
        decides are not asked and count nothing, so that `first` makes one rule follow another.
        """
        found: list[Rule] = []
        for armed in (*map(Armed, asked), *self.armed):
            if armed.strikes(operation):
                found.append(armed.rule)
                if armed.rule.kind != "latency":
                    break
        return found

    def shown(self) -> list[dict[str, object]]:
        """The rules with their counts: calls they were asked about, faults they caused."""
        return [
            {"rule": each.rule.text, "calls": each.calls, "faults": each.faults, "spent": each.is_spent}
            for each in self.armed
        ]
