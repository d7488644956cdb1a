"""What the patterns of instructions are made of: who is spoken to, about what, with which verbs."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Sign:
    """A pattern, what it is a sign of, and how much it weighs (2 is enough alone). What a group `told` of the
    pattern matches is no sign: it tells what somebody wanted."""

    what: str
    weight: int
    pattern: re.Pattern[str]

    def search(self, text: str) -> re.Match[str] | None:
        """The first place in the text that is a sign."""
        return next((found for found in self.pattern.finditer(text) if found.lastgroup != "told"), None)


def sign(what: str, weight: int, pattern: str) -> Sign:
    """A sign; its pattern may have spaces for reading, and knows no case."""
    return Sign(what, weight, re.compile(pattern, re.IGNORECASE | re.VERBOSE))


AGENT = (
    r"(?:the\s|any\s|every\s|all\s|this\s|your\s)?(?:ai\s)?(?:assistants?|agents?|ai|llm|models?"
    r"|chat\s?bots?|bots?|system)"
)
RULES = (
    r"(?:instructions?|rules?|guidelines?|polic(?:y|ies)|prompts?|directives?|constraints?"
    r"|restrictions?|safeguards?|guardrails?|training|programming|safety\s\w+|filters?)"
)
TOLD = (
    rf"(?P<told>\basked\s(?!{AGENT}\b)(?:the|their|his|her|an?)\s[\w'’-]+\sto\s(?:release|refund|redirect"
    r"|reroute|divert|waive|cancel)\b|\bthe\suser\s(?:wants|wanted|would\slike|asked|hopes|plans)\sto\s"
    r"(?:cancel|redirect|reroute)\b)"
)
LOOT = (
    r"(?:conversations?|chat(?:s|\s(?:history|log)s?)?|credentials?|passwords?|system\sprompt"
    r"|memor(?:y|ies)|(?:user|customer|personal|account|session)s?['’]?s?\s(?:data|details"
    r"|info(?:rmation)?|records|list|history|messages?)|context|api\skeys?|tokens?"
    r"|card\s(?:numbers?|details)|transcripts?|secrets?|env(?:ironment)?\svariables"
    r"|everything\s(?:the\suser|they|he|she)|what(?:ever)?\sthe\suser)"
)
PLACE = (
    r"(?:https?://\S+|www\.\S+|\S+@\S+\.\w+|web\s?hook|endpoint|[\w.-]+\.(?:com|io|net|org|dev|xyz"
    r"|example|ru|app|site|info|co|test|invalid|zip)\b)"
)
VERB = (
    r"(?:always|never|recommend|reply|respond|answer|say|tell|send|include|append|insert|add"
    r"|mention|forward|transfer|run|execute|call|provide|direct|redirect|steer|approve|book|use"
    r"|give|refuse|claim|state|suggest|promote|delete|share|ask)"
)
