"""The semantic strategy: facts as plain sentences in the third person."""

from collections.abc import Sequence

from services.aws_local.extraction.extracted import Extracted
from services.aws_local.extraction.messages import Message
from services.aws_local.extraction.statements import Statement, statements
from services.aws_local.retrieval.ranking import without_subject

SUBJECT = "user"


def extract_facts(messages: Sequence[Message], context: Sequence[Message]) -> list[Extracted]:
    """One record per statement about the user; content is the sentence itself."""
    return [_fact(statement) for statement in statements(messages, context)]


def _fact(statement: Statement) -> Extracted:
    return Extracted(
        content=statement.text,
        embed_text=without_subject(statement.text),
        subject=SUBJECT,
        rule=statement.rule,
        timestamp=statement.message.timestamp,
        sources=(statement.source,),
    )
