"""LoCoMo, when its file is given: the turns as records, questions with the turns that are their evidence.

The file (`locomo10.json` of the published data set, CC BY-NC 4.0, not shipped) is a list of conversations
with `conversation` (`speaker_a`, `speaker_b`, `session_1`, `session_1_date_time`, …) and `qa`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.servers import CannotMeasure
from evaluation.driving import Served
from evaluation.rankers import Rank, by_embedding, by_full_text
from evaluation.retrieval import CUTS, LOOKED_AT, Found

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop"}  # 5 can't be answered
ALL = "all four"
_DATE = re.compile(r"(\d{1,2}):(\d{2}) (am|pm) on (\d{1,2}) (\w+), (\d{4})", re.IGNORECASE)
# The published file has "D8:6; D9:17" in one entry, and "D:11:26" and "D30:05" for D11:26 and D30:5.
_DIA_ID = re.compile(r"D:?(\d+):(\d+)")


@dataclass(frozen=True)
class Asked:
    """A question; ``evidence`` are places among the turns, ``category`` a key of CATEGORIES."""

    text: str
    category: int
    evidence: frozenset[int]


@dataclass(frozen=True)
class Dialogue:
    """A conversation: its turns as the texts of records, the time of each, and its questions."""

    turns: tuple[str, ...]
    times: tuple[datetime, ...]
    questions: tuple[Asked, ...]


def load(path: Path) -> list[Dialogue]:
    """The conversations of a LoCoMo file; raises CannotMeasure when it is none."""
    try:
        documents = json.loads(path.read_text(encoding="utf-8"))
        return [_dialogue(document) for document in documents]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotMeasure(f"{path} is no LoCoMo file: {type(error).__name__}: {error}") from error


def _dialogue(document: dict[str, Any]) -> Dialogue:
    spoken = list(_spoken(document["conversation"]))
    if not spoken:
        raise ValueError("a conversation without sessions")
    places = {turn["dia_id"]: place for place, (turn, _) in enumerate(spoken)}
    return Dialogue(
        turns=tuple(_text(turn) for turn, _ in spoken),
        times=tuple(at for _, at in spoken),
        questions=tuple(_questions(document["qa"], places)),
    )


def _spoken(conversation: dict[str, Any]) -> Iterator[tuple[dict[str, Any], datetime]]:
    numbers = sorted(int(key[8:]) for key in conversation if re.fullmatch(r"session_\d+", key))
    for number in numbers:
        at = _time(conversation[f"session_{number}_date_time"])
        yield from ((turn, at) for turn in conversation[f"session_{number}"])


def _time(text: str) -> datetime:
    """ "1:56 pm on 8 May, 2023" """
    match = _DATE.search(text)
    if match is None:
        raise ValueError(f"no date and time: {text!r}")
    hour, minute, half, day, month, year = match.groups()
    found = datetime.strptime(f"{day} {month[:3]} {year} {hour}:{minute} {half}", "%d %b %Y %I:%M %p")
    return found.replace(tzinfo=UTC)


def _text(turn: dict[str, Any]) -> str:
    caption = f" [{turn['blip_caption']}]" if turn.get("blip_caption") else ""
    return f"{turn['speaker']}: {turn['text']}{caption}"


def _questions(given: Sequence[dict[str, Any]], places: dict[str, int]) -> Iterator[Asked]:
    """The answerable questions whose evidence is known; one evidence entry may name several turns."""
    for question in given:
        entries = " ".join(str(entry) for entry in question.get("evidence", []))
        named = [f"D{int(session)}:{int(turn)}" for session, turn in _DIA_ID.findall(entries)]
        evidence = frozenset(places[dia_id] for dia_id in named if dia_id in places)
        if question["category"] in CATEGORIES and evidence:
            yield Asked(question["question"], question["category"], evidence)


def recall(ranking: Sequence[int], evidence: frozenset[int], cut: int) -> float:
    """The share of the evidence among the first records."""
    return len(evidence & set(ranking[:cut])) / len(evidence)


def reciprocal_rank(ranking: Sequence[int], evidence: frozenset[int]) -> float:
    """1 / the place of the first record that is evidence, 0 when none of the first LOOKED_AT is."""
    return next((1 / at for at, place in enumerate(ranking[:LOOKED_AT], start=1) if place in evidence), 0.0)


Table = dict[str, dict[str, Found]]  # ranking -> category -> how well the evidence is found


def compare(served: Served, dialogues: Sequence[Dialogue]) -> Table:
    """How well the evidence is found by category, for the product's ranking and for simpler ones."""
    memory_id = served.new_memory("locomo")
    rankings: dict[str, list[tuple[Asked, Sequence[int]]]] = {}
    for number, dialogue in enumerate(dialogues):
        namespace = f"/locomo/{number}/"
        places = _written(served, memory_id, namespace, dialogue)
        product = [_by_product(served, memory_id, namespace, places, each) for each in dialogue.questions]
        rankings.setdefault("product's ranking", []).extend(zip(dialogue.questions, product, strict=True))
        for name, rank in _baselines(dialogue):
            found = [(question, rank(question.text)) for question in dialogue.questions]
            rankings.setdefault(name, []).extend(found)
    return {name: _by_category(found) for name, found in rankings.items()}


def _written(served: Served, memory_id: str, namespace: str, dialogue: Dialogue) -> dict[str, int]:
    places: dict[str, int] = {}
    for at in dict.fromkeys(dialogue.times):
        chosen = [place for place, when in enumerate(dialogue.times) if when == at]
        made = served.write(memory_id, namespace, [dialogue.turns[place] for place in chosen], at)
        places |= {record_id: chosen[offset] for record_id, offset in made.items()}
    served.settle()
    return places


def _by_product(
    served: Served, memory_id: str, namespace: str, places: dict[str, int], question: Asked
) -> list[int]:
    found = served.retrieve(memory_id, question.text, LOOKED_AT, namespace=namespace)
    return [places[each["memoryRecordId"]] for each in found]


def _baselines(dialogue: Dialogue) -> Iterator[tuple[str, Rank]]:
    yield "full text alone", by_full_text(dialogue.turns)
    embedding = by_embedding(dialogue.turns)
    if embedding is not None:
        yield "embedding alone", embedding


def _by_category(found: Sequence[tuple[Asked, Sequence[int]]]) -> dict[str, Found]:
    chosen = {
        name: [each for each in found if each[0].category == number] for number, name in CATEGORIES.items()
    }
    return {name: _measured(each) for name, each in ({ALL: list(found)} | chosen).items() if each}


def _measured(found: Sequence[tuple[Asked, Sequence[int]]]) -> Found:
    count = len(found)
    return Found(
        recall=tuple(
            sum(recall(ranking, question.evidence, cut) for question, ranking in found) / count
            for cut in CUTS
        ),
        mrr=sum(reciprocal_rank(ranking, question.evidence) for question, ranking in found) / count,
    )
