"""Which function a sentence asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.aws_local.conversation.actions.tools import Kind, Tool, words

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
            r"\b(tell|show|list|find|check|search|look up|describe|remind|what|which|when|where|status)\b",
            re.I,
        ),
    ),
)
_NO_ORDER = re.compile(r"\b(my|the|existing|a|this|that) (booking|order|plan|reservation)s?\b", re.I)


def kind_of(text: str) -> Kind | None:
    """What a sentence wants to be done with a thing."""
    without_nouns = _NO_ORDER.sub(" ", text)
    return next((kind for kind, pattern in _SAID if pattern.search(without_nouns)), None)


def wanted(text: str, tools: Sequence[Tool]) -> Tool | None:
    """The function that a sentence asks for; None when none fits clearly."""
    kind = kind_of(text)
    said = {word.removesuffix("s") for word in words(text)}
    fitting = [tool for tool in tools if kind is not None and tool.kind == kind]
    if fitting:
        return max(fitting, key=lambda tool: len(tool.subjects & said))
    named = [tool for tool in tools if tool.kind is None and len(tool.subjects & said) >= 2]
    return max(named, key=lambda tool: len(tool.subjects & said)) if named else None
