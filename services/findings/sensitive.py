"""Personal data and secrets in records, and the same text without them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd

from services import bounded_json
from services.findings.model import Evidence, Finding, Subject
from services.findings.sensitive_patterns import PATTERNS

_GRAVE = frozenset(
    {
        "payment card",
        "IBAN",
        "social security number",
        "national insurance number",
        "national identity number",
        "health service number",
        "passport number",
        "bank account",
        "medical or insurance number",
    }
)


@dataclass(frozen=True)
class Place:
    """Sensitive text from `start` to before `end`; `name` says what it is."""

    start: int
    end: int
    name: str
    secret: bool


def places(text: str) -> list[Place]:
    """Where personal data and secrets are, in order, none within another; the earlier pattern wins."""
    found: list[Place] = []
    for pattern in PATTERNS:
        for start, end in pattern.find(text):
            if not any(start < other.end and other.start < end for other in found):
                found.append(Place(start, end, pattern.name, pattern.secret))
    return sorted(found, key=lambda place: place.start)


def find(subject: Subject) -> Iterator[Finding]:
    """At most one finding of secrets and one of personal data."""
    found = places(subject.text)
    for secret in (True, False):
        own = [place for place in found if place.secret is secret]
        if not own:
            continue
        names = list(dict.fromkeys(place.name for place in own))
        yield Finding(
            subject.record_id,
            "secret" if secret else "personal",
            "high" if secret or _GRAVE & set(names) else "medium",
            f"It seems to hold {_listed(names)}. Every agent that retrieves it gets to see that.",
            tuple(Evidence(place.start, place.end, place.name) for place in own),
        )


def _listed(names: list[str]) -> str:
    articles = [
        f"{'an' if name[0] in 'aeioAI' and not name.startswith('IB') else 'a'} {name}" for name in names
    ]
    return " and ".join([", ".join(articles[:-1]), articles[-1]] if len(articles) > 1 else articles)


_MOST_LEVELS, _MOST_LAYERS = 50, 3
"""Of lists and objects, and of JSON in the texts of JSON; what is deeper is masked as a text."""


@lru_cache(maxsize=32_768)
def masked(text: str) -> str:
    """The text with each sensitive part replaced by what it is: `[email address]`."""
    return masked_part(text, 0, len(text))


def masked_part(text: str, start: int, end: int) -> str:
    """The text from `start` to before `end`, masked as in the whole: half of a number is not shown."""
    pieces, position = [], start
    for place in places(text):
        if place.start < end and place.end > start:
            pieces += [text[position : place.start], f"[{place.name}]"]
            position = place.end
    return "".join([*pieces, text[position:end]])


def masked_body(body: str) -> str:
    """A record's `content.text` masked; JSON stays JSON of the same form."""
    return _masked_body(body, _MOST_LAYERS)


def _masked_body(body: str, layers: int) -> str:
    if layers and body.lstrip().startswith("{"):
        try:
            document = bounded_json.read(body, _MOST_LEVELS)
        except ValueError:
            return masked(body)
        hidden = _masked_document(document, layers - 1)
        return body if hidden == document else json.dumps(hidden, ensure_ascii=False)
    return masked(body)


def masked_document(document: Any) -> Any:
    """Any JSON-like value with the sensitive parts of all its texts masked; of many levels as one text."""
    if bounded_json.nested_deeper(document, _MOST_LEVELS):
        return masked(json.dumps(document, ensure_ascii=False, default=str))
    return _masked_document(document, _MOST_LAYERS)


def _masked_document(document: Any, layers: int) -> Any:
    match document:
        case str():
            return _masked_body(document, layers)
        case list():
            return [_masked_document(each, layers) for each in document]
        case dict():
            return {name: _masked_document(each, layers) for name, each in document.items()}
    return document


def masked_frame(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the sensitive parts of all its texts masked."""
    texts = {name: column for name, column in table.items() if column.dtype in ("object", "string")}
    return table.assign(
        **{str(name): column.map(masked_document).astype(column.dtype) for name, column in texts.items()}
    )
