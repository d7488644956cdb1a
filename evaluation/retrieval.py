"""How often the answer is among the first records, for the product's ranking and for simpler ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from evaluation.driving import KNOWN, Served
from evaluation.labels import Conversation, Question
from evaluation.rankers import Rank, by_embedding, by_full_text
from evaluation.scoring import preference_text

CUTS = (5, 10, 20)
LOOKED_AT = 50  # records that the mean reciprocal rank looks at
_TURNS = "/turns/"


@dataclass(frozen=True)
class Found:
    """Recall at each of CUTS, and the mean reciprocal rank of the first answer."""

    recall: tuple[float, ...]
    mrr: float


def measured(answers: Sequence[Sequence[bool]]) -> Found:
    """Scores of rankings, each given as "does it answer?" of its records in order."""
    count = max(1, len(answers))
    firsts = [next((place for place, hit in enumerate(each, start=1) if hit), 0) for each in answers]
    recall = tuple(sum(0 < first <= cut for first in firsts) / count for cut in CUTS)
    return Found(recall, sum(1 / first for first in firsts if first) / count)


def compare(served: Served, memory_id: str, conversations: Sequence[Conversation]) -> dict[str, Found]:
    """Every ranking of a part of the set, by its name. Questions are asked among everybody's records."""
    questions = [question for each in conversations for question in each.questions]
    contents = served.texts(memory_id, KNOWN)
    shown = [preference_text(content) for content in contents]
    turns = [turn.text for each in conversations for turn in each.turns if turn.role in {"USER", "ASSISTANT"}]
    raw = served.new_memory(f"turns_{memory_id.rpartition('-')[2]}")
    served.write(raw, _TURNS, turns, datetime(2026, 1, 1, tzinfo=UTC))
    served.settle()
    rankings = {
        "records, product's ranking": _by_product(served, memory_id, KNOWN, questions),
        "records, full text alone": _by(by_full_text(contents), shown, questions),
        "records, embedding alone": _by(by_embedding(shown), shown, questions),
        "raw turns, product's ranking": _by_product(served, raw, _TURNS, questions),
        "raw turns, full text alone": _by(by_full_text(turns), turns, questions),
        "raw turns, embedding alone": _by(by_embedding(turns), turns, questions),
    }
    return {name: measured(answers) for name, answers in rankings.items() if answers is not None}


def _by_product(served: Served, memory_id: str, path: str, questions: Sequence[Question]) -> list[list[bool]]:
    answers = []
    for question in questions:
        found = served.retrieve(memory_id, question.text, LOOKED_AT, namespacePath=path)
        texts = [preference_text(each["content"]["text"]) for each in found]
        answers.append([question.answer.matches(text) for text in texts])
    return answers


def _by(rank: Rank | None, texts: Sequence[str], questions: Sequence[Question]) -> list[list[bool]] | None:
    if rank is None:
        return None
    return [
        [question.answer.matches(texts[place]) for place in rank(question.text)[:LOOKED_AT]]
        for question in questions
    ]
