"""The text that an agent's model would be given with a question, from the records that were retrieved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.frames import one_line_of
from services.retrieval.retrieval import PlaceAnswer, ranked

CONTEXT_TAG = "user_context"
"""AgentCoreMemoryConfig.context_tag's default."""


def strands_text(answers: Iterable[PlaceAnswer], min_score: float, tag: str = CONTEXT_TAG) -> str:
    """The content block that AgentCoreMemorySessionManager puts before the user's text; '' for none.

    As `retrieve_customer_context` of bedrock-agentcore 1.25 builds it: the stored texts of each namespace in
    turn, stripped, one after the other, between the tags. The order of several namespaces is the order in
    which their calls end there, so any order is one that an agent may see.
    """
    texts = list(_stored_texts(answers, min_score))
    return f"<{tag}>{chr(10).join(texts)}</{tag}>" if texts else ""


def _stored_texts(answers: Iterable[PlaceAnswer], min_score: float) -> Iterator[str]:
    for answer in answers:
        for record in answer.records(min_score):
            body = str(record["content"].get("text", "")).strip()
            if body:
                yield body


def plain_text(answers: Iterable[PlaceAnswer], min_score: float) -> str:
    """One line a record, best first, without the JSON that some strategies store; '' for none."""
    return "\n".join(f"- {one_line_of(each.record)}" for each in ranked(answers, min_score))
