"""Which function a sentence asks for: by what is to be done, the words of the function, and what it takes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from services.aws_local.conversation import utterances
from services.aws_local.conversation.actions import refusals
from services.aws_local.conversation.actions.tools import Kind, Tool, stem, words

# The most telling first: "can you change my booking" is a change.
_SAID: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("delete", re.compile(r"\b(cancel|delete|remove|call off|drop)(s|l?ed|l?ing)?\b", re.I)),
    (
        "change",
        re.compile(
            r"\b(chang|updat|mov|reschedul|postpon|shift|extend|modif|adjust|amend)(e|es|ed|ing|y)?\b"
            r"|(?<!\bis )(?<!'s )(?<!\bare )(?<!\ball )\bcorrect(s|ed|ing)?\b"  # “that is correct” is a yes
            r"|\binstead\b|\b(extra|more|later|earlier|longer)\b.*\b(days?|nights?)\b"
            r"|\b(days?|nights?) (longer|later|earlier|more)\b|\bstay (longer|until|till)\b",
            re.I,
        ),
    ),
    (
        "create",
        re.compile(
            r"\b(book|reserve|creat|mak|buy|order|schedul|plan|add|open|register)(e|es|ed|ing)?\b", re.I
        ),
    ),
    (
        "read",
        re.compile(
            r"\b(tell|show|list|find|check|search|look(ing)? (up|for)|see|describe|remind"
            r"|what|which|when|where|status)\b",
            re.I,
        ),
    ),
)
# Where a verb of the list above is a noun, or tells what was done already.
_NO_ORDER = re.compile(
    r"\b(my|the|existing|a|this|that|which|what) (booking|order|plan|reservation)s?\b|\border (?=#?\d)"
    r"|\bdid (?:I|we) \w+|\b(?:have|has|had|'ve|did)\b[^.?!]{0,60}?\b\w+ed\b|\b(?<=I )\w+ed\b|\bwas \w+ed\b"
    r"|\b(?:have|has|had|was|were|is|are)n't \w+ed\b|\b(?:have|has|had|was)n't been \w+ed\b"
    r"|\b(?:didn't|did not) \w+",
    re.I,
)
# What did not come is to be looked up: “I didn't get my order.”
_NOT_COME = re.compile(
    r"(?:n't|\bnot|\bnever) (?:yet )?(?:(?:get|got|receive[d]?) (?:my|the|it|this|that|any|order|#?\d)\b"
    r"|arrived?\b|been delivered\b)",
    re.I,
)
_WISH = re.compile(
    r"\b(please|(?:can|could|would|will) you|i want|i need|i(?:'d| would) like|want to|looking for|let's"
    r"|get me|give me|i wish|i(?:'ll| will) (?:take|have)|i take)\b",
    re.I,
)
_TASTE = re.compile(
    r"\bI(?:'m| am)? ?(?:also |really |always |usually |generally |mostly |never )*"
    r"(?:prefer|like|love|hate|enjoy|dislike|avoid|never|always|usually|don't (?:like|eat|want))\b"
    r"|\b(?:do|did|have|am|was) I (?:\w+ )?"
    r"(?:prefer|like|love|hate|say|said|tell|told|live|eat|enjoy|in the mood)\b"
    r"|\b(?:remember|recall|know about me)\b|\bmy favou?rite\b",
    re.I,
)
# Asks what was done, and orders nothing: "Has my refund been paid?"
_LOOKS_BACK = re.compile(r"(?:has|have|had|did|was|were)\b(?! to\b)", re.I)
_NAMED, _DESCRIBED, _FILLED, _MISSING, _UNSAID = 3.0, 1.0, 1.0, 0.5, 1.0
# So many words of a description and values name a function, where none of its name is said.
LEAST_DESCRIBED = 2


class Fills(Protocol):
    """How many of a function's values a text has: of all, or of those that are `required`."""

    def __call__(self, tool: Tool, text: str, *, required: bool) -> int: ...


def _none(tool: Tool, text: str, *, required: bool) -> int:
    return 0


def kind_of(text: str) -> Kind | None:
    """What a sentence wants to be done with a thing; what it says is not to be done counts for nothing."""
    left = refusals.left_of(text)
    without_nouns = _NO_ORDER.sub(" ", left)
    kind = next((kind for kind, pattern in _SAID if pattern.search(without_nouns)), None)
    return "read" if kind is None and _NOT_COME.search(left) else kind


def order_in(text: str) -> str:
    """The sentences of a text that may ask for something: not what somebody likes, or recalls to be known.

    Nor what they refuse.
    """
    left = refusals.left_of(text)
    said = utterances.sentences(left)
    return " ".join(each for each in said if _NOT_COME.search(each) or not _TASTE.search(each))


def is_order(text: str) -> bool:
    """Whether a text wants something to be done or looked up, as far as its words say."""
    acts = {utterances.act(sentence) for sentence in utterances.sentences(text)}
    return bool(acts & {"question", "request"} or _WISH.search(text) or kind_of(text))


def wishes(text: str) -> bool:
    """Whether a text says that something is wanted, without a verb for what."""
    return _WISH.search(text) is not None


def wanted(text: str, tools: Sequence[Tool], fills: Fills = _none) -> Tool | None:
    """The function that a text asks for; None when none fits clearly."""
    order = order_in(text)
    if not is_order(order):
        return None
    kind = kind_of(order)
    said = {stem(word) for word in words(order)}
    if _LOOKS_BACK.match(order):
        kind = "read"
    fitting = [
        tool for tool in tools if _fits(tool, kind) and (tool.kind == "read" or not _LOOKS_BACK.match(order))
    ]
    scores = {tool.name: _score(tool, said, fills(tool, order, required=True)) for tool in fitting}
    named = [tool for tool in fitting if _is_named(tool, said, fills(tool, order, required=False))]
    if named:
        return max(named, key=lambda tool: scores[tool.name])
    acting = [tool for tool in fitting if kind in {"change", "delete"} and tool.kind == kind]
    return acting[0] if len(acting) == 1 else None  # “can I return on the 23rd instead?”


def _is_named(tool: Tool, said: set[str], filled: int) -> bool:
    """Whether a text is about a function: by its name, its description, or the values that it takes."""
    described = len(tool.subjects & said)
    return bool(tool.nouns & said) or (
        described + filled >= LEAST_DESCRIBED and (described > 0 or filled > 1)
    )


def _fits(tool: Tool, kind: Kind | None) -> bool:
    """Whether a function does what is wanted; nothing is changed or deleted that nobody asked for."""
    if kind is None:
        return tool.kind not in {"change", "delete"}
    return tool.kind in {kind, None}


def _score(tool: Tool, said: set[str], filled: int) -> float:
    missing = max(0, sum(parameter.required for parameter in tool.parameters) - filled)
    return (
        _NAMED * len(tool.nouns & said)
        + _DESCRIBED * len((tool.subjects - tool.nouns) & said)
        + _FILLED * filled
        - _MISSING * missing
        - _UNSAID * len(tool.nouns - said)
    )
