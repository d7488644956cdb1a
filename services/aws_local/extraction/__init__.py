"""Long-term memory from conversations, by rules and without a language model.

English only and deterministic: no inference and no abstraction, only what was said, cleaned and made
self-contained. Precision goes before recall: what the rules cannot resolve they leave out.
"""

from collections.abc import Callable, Sequence

from services.aws_local.extraction.extracted import (
    MAX_CONTENT,
    SEMANTIC,
    SUMMARIZATION,
    USER_PREFERENCE,
    Extracted,
)
from services.aws_local.extraction.messages import Message
from services.aws_local.extraction.preference import extract_preferences
from services.aws_local.extraction.semantic import extract_facts
from services.aws_local.extraction.summary import summarize

EXTRACTOR = "rules-4"

Extract = Callable[[Sequence[Message], Sequence[Message]], list[Extracted]]
STRATEGIES: dict[str, Extract] = {
    SEMANTIC: extract_facts,
    USER_PREFERENCE: extract_preferences,
    SUMMARIZATION: lambda messages, context: summarize([*context, *messages]),
}


def extract(strategy_type: str, messages: Sequence[Message], context: Sequence[Message]) -> list[Extracted]:
    """The memories of one strategy in ``messages``, in the order in which they were said.

    ``context`` holds the earlier messages of the session: questions that are answered now, people
    introduced before. It is read, and not extracted again, except by SUMMARIZATION, which is made anew from
    the whole session. A strategy type that the rules do not cover raises KeyError.
    """
    found = STRATEGIES[strategy_type](messages, context)
    return [memory for memory in found if len(memory.content) <= MAX_CONTENT]


__all__ = ["EXTRACTOR", "Extracted", "Message", "extract"]
