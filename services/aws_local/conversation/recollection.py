"""What answers a question: which memory records or statements do, and how each kind of record reads.

A record's text is a plain fact, the JSON of a user preference (`context`, `preference`, `categories`) or the
`<topic name="…">` passages of a summary. Records are quoted, not rephrased, and cited by id. What several
say in the same words is quoted once, with the ids of all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from services.aws_local import bounded_json
from services.aws_local.retrieval.ranking import query_terms

MAX_RECORDS = 3
# Measured with this endpoint's embedder: records that answer score 0.36 to 0.76; records that share no more
# than being about the user reach 0.31.
MIN_SCORE = 0.33
# A record far below the best one is about something else.
MIN_OF_BEST = 0.75
MAX_QUOTED = 300

_RETRIEVED = re.compile(r"^Memories (?:retrieved|listed) successfully: (?P<json>\{.*\})\s*$", re.S)
_SAYER = re.compile(r"the user(?:['’]s)?\b\s*", re.I)
_WORD = re.compile(r"\w+")
_TOPIC = re.compile(r'<topic name="(?P<name>[^"]*)">(?P<text>.*?)</topic>', re.S)
_UNKNOWN = "I do not know: I found nothing in memory that answers this."


def answer(tool_text: str, query: str, *, broad: bool) -> str:
    """The answer from what the tool `agent_core_memory` returned for a query.

    A `broad` question asks for whatever is known, so weak matches count as well.
    """
    records = retrieved(tool_text)
    if records is None:
        return f"I could not read what memory returned: {shortened(tool_text)}"
    chosen = answering(records, query, broad=broad)
    if not chosen:
        return _UNKNOWN
    told = (f"{quoted(_text(alike[0]), query)} {' '.join(map(_mark, alike))}" for alike in chosen)
    return f"I remember: {'; '.join(told)}."


def retrieved(tool_text: str) -> list[dict[str, Any]] | None:
    """The records in the tool's text, or None when it is no list of records."""
    found = _RETRIEVED.match(tool_text.strip())
    if found is None:
        return None
    try:
        records = bounded_json.read(found["json"]).get("memoryRecordSummaries", [])
    except ValueError:
        return None
    return [record for record in records if _text(record)]


def answering(records: list[dict[str, Any]], query: str, *, broad: bool) -> list[list[dict[str, Any]]]:
    """The records that answer, best first, those together that say the same: at most MAX_RECORDS things, none
    that is weak in itself or beside the best. Where all is asked for, summaries come last."""
    ranked = sorted(records, key=_score, reverse=True)
    if broad:
        ranked.sort(key=is_summary)
    elif ranked:
        floor = max(MIN_SCORE, MIN_OF_BEST * _score(ranked[0]))
        ranked = [record for record in ranked if _score(record) >= floor]
    found = _once([_text(record) for record in ranked], query)
    return [[ranked[place] for place in alike] for alike in found[:MAX_RECORDS]]


def _once(texts: Sequence[str], query: str) -> list[list[int]]:
    """The places of the texts, those together that say the same. Left out are summaries that hold a fact
    which is there too, or that another summary holds."""
    alike: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        alike.setdefault(_said(text, query), []).append(place)
    summaries = {said for said, places in alike.items() if _TOPIC.search(texts[places[0]])}
    repeating = {
        said
        for said in summaries
        if any(other in said if other not in summaries else said in other for other in alike.keys() - {said})
    }
    return [places for said, places in alike.items() if said not in repeating]


def answering_statements(told: Sequence[str], query: str, *, broad: bool) -> list[str]:
    """What was told that shares telling words with the query: the most first, then the latest.

    A `broad` question takes the latest statements, whatever their words.
    """
    wanted = _stems(query)
    latest_first = list(reversed(told))
    latest_first = [latest_first[places[0]] for places in _once(latest_first, query)]
    if broad:
        return latest_first[:MAX_RECORDS]
    shared = {statement: len(_stems(statement) & wanted) for statement in latest_first}
    return sorted(filter(shared.get, latest_first), key=shared.__getitem__, reverse=True)[:MAX_RECORDS]


def shortened(text: str) -> str:
    """The text's beginning, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTED else f"{line[:MAX_QUOTED].rsplit(' ', 1)[0]} …"


def _score(record: dict[str, Any]) -> float:
    """The record's score; listed records have none and count as good."""
    return float(record.get("score", 1.0))


def _text(record: Mapping[str, Any]) -> str:
    return str(record.get("content", {}).get("text", "")).strip()


def is_summary(record: Mapping[str, Any]) -> bool:
    """Whether a record is the summary of a session."""
    return _TOPIC.search(_text(record)) is not None


def cited(record: Mapping[str, Any], query: str) -> str:
    """A record as it is quoted, with its id."""
    return f"{quoted(_text(record), query)} {_mark(record)}"


def _mark(record: Mapping[str, Any]) -> str:
    """A record's id, as agents are asked to cite it."""
    return f"[{record.get('memoryRecordId', 'no id')}]"


def quoted(text: str, query: str) -> str:
    """A record's text as it is quoted to who asked with these words."""
    if preference := _preference(text):
        categories = ", ".join(map(str, preference.get("categories") or []))
        about = f" ({categories})" if categories else ""
        return f"your preference {_in_quotes(preference['preference'])}{about}"
    if topic := _topic(text, query):
        name, passage = topic
        return f"from a summary, on {name}: {_in_quotes(passage)}"
    return _in_quotes(text)


def _in_quotes(text: str) -> str:
    """The text as a part of a sentence, which has a full stop of its own; one of an abbreviation stays."""
    line = shortened(text)
    return f"“{line.removesuffix('.') if line.rpartition(' ')[2].count('.') == 1 else line}”"


def ended(text: str) -> str:
    """The text as a sentence, with one mark at its end."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _said(text: str, query: str) -> str:
    """What a record says to who asked with these words, to tell whether another says the same: its words,
    whoever says them."""
    preference, topic = _preference(text), _topic(text, query)
    plain = preference["preference"] if preference else topic[1] if topic else text
    return f" {' '.join(_WORD.findall(_SAYER.sub('', plain.lower())))} "


def _topic(text: str, query: str) -> tuple[str, str] | None:
    """The passage of a summary that answers best, with its name; None for what is no summary."""
    topics = [(match["name"], match["text"]) for match in _TOPIC.finditer(text)]
    return max(topics, key=lambda topic: _shared_words(" ".join(topic), query), default=None)


def _preference(text: str) -> dict[str, Any] | None:
    try:
        document = bounded_json.read(text)
    except ValueError:
        return None
    if not isinstance(document, dict) or not isinstance(document.get("preference"), str):
        return None
    return document


def _stems(text: str) -> set[str]:
    """The telling words, without the s of plurals and of the third person."""
    return {term.removesuffix("s") for term in query_terms(text)}


def _shared_words(text: str, query: str) -> int:
    words = re.compile(r"\w{4,}").findall  # shorter ones are mostly articles and prepositions
    return len(set(words(text.lower())) & set(words(query.lower())))
