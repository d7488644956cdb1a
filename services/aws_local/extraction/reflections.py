"""Reflections: what several episodes with the same intent have in common, counted and not interpreted."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from services.aws_local import bounded_json
from services.aws_local.extraction.episodes import TOOLS_IN_ORDER, intent_text
from services.aws_local.extraction.extracted import Extracted
from services.aws_local.wordlist import words

RULE = "reflection"
SAME_INTENT = 0.7
"""From this nearness on two intents may be the same: requests for the same thing in other words lie at 0.7
to 0.9, but so do opposite ones ("book" and "cancel a flight to Boston": 0.81), so what is to be done must
not differ either (see `same_deed`)."""

# What a request wants done; words of a line mean the same.
DEEDS = tuple(
    words(line)
    for line in (
        "book reserve booking reservation",
        "cancel cancellation",
        "change update edit modify adjust correct",
        "reschedule postpone",
        "return exchange",
        "refund reimburse",
        "repair fix debug",
        "replace replacement",
        "reset recover unlock",
        "buy purchase",
        "track locate",
        "deploy release publish",
        "write draft compose",
        "delete remove erase",
        "add create open register",
        "close",
        "pay",
        "install",
        "upgrade",
        "translate",
        "summarize summarise",
    )
)

MOST_USE_CASES = 5
LONGEST_INTENT = 160  # characters
LONGEST_TITLE = 60
MOST_CONFIDENCE = 7  # tenths: counting is less than understanding
TOOLS = re.compile(re.escape(TOOLS_IN_ORDER) + r"(.+?)\.(?: |$)")


def reflect(newest: Extracted, episodes: Sequence[str]) -> Extracted:
    """The reflection on episodes that share an intent, the newest first (contents of their records)."""
    known = [document for content in episodes if (document := _document(content))]
    intents = _intents(episodes)[:MOST_USE_CASES]
    use_cases = f"The user wants: {'; '.join(intents)}"
    document = {
        "title": _title(intents[0]),
        "use_cases": use_cases,
        "hints": _hints(known),
        "confidence": f"{min(MOST_CONFIDENCE, 1 + len(known)) / 10:.1f}",
    }
    return Extracted(
        content=json.dumps(document, ensure_ascii=False),
        embed_text="; ".join(intents),
        subject="episodes",
        rule=RULE,
        timestamp=newest.timestamp,
        sources=newest.sources,
    )


def same_deed(one: str, other: str) -> bool:
    """Whether two episodes (contents of their records) want the same done, as far as words of doing tell."""
    first, second = (_deeds(_document(content)) for content in (one, other))
    return not first or not second or not first.isdisjoint(second)


def _deeds(document: dict[str, Any]) -> set[int]:
    said = set(re.findall(r"[a-z]+", str(document.get("intent", "")).lower()))
    return {number for number, deed in enumerate(DEEDS) if said & deed}


def covers(reflection: str, episodes: Sequence[str]) -> bool:
    """Whether a stored reflection is about the intent of these episodes: it names one of theirs."""
    use_cases = _document(reflection).get("use_cases")
    if not isinstance(use_cases, str):
        return False
    named = set(use_cases.removeprefix("The user wants: ").split("; "))
    return any(intent in named for intent in _intents(episodes))


def _intents(episodes: Sequence[str]) -> list[str]:
    """The episodes' intents, each once, as use cases name them."""
    found = [intent_text(str(_document(content).get("intent", ""))) for content in episodes]
    return list(dict.fromkeys(_cut(intent.replace("; ", ", "), LONGEST_INTENT) for intent in found if intent))


def _document(content: str) -> dict[str, Any]:
    """A record's JSON; empty for a record that a client wrote in another form."""
    try:
        document = bounded_json.read(content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _title(intent: str) -> str:
    title = _cut(intent.rstrip(" .?!"), LONGEST_TITLE)
    return f"{title[:1].upper()}{title[1:]}"


def _hints(episodes: Sequence[dict[str, Any]]) -> str:
    reached = [each for each in episodes if each.get("assessment") == "Yes"]
    missed = [each for each in episodes if each.get("assessment") != "Yes"]
    told = [f"The goal was reached in {len(reached)} of {len(episodes)} episodes."]
    for group, outcome in ((reached, "Reached"), (missed, "Not shown to be reached")):
        told.extend(f"{outcome} {count} times with {way}." for way, count in _ways(group))
    return " ".join(told)


def _ways(episodes: Sequence[dict[str, Any]]) -> list[tuple[str, int]]:
    """Which tools were used in what order, the most frequent ways first."""
    ways: Counter[str] = Counter()
    for episode in episodes:
        tools = TOOLS.search(str(episode.get("reflection", "")))
        ways[f"the tools {tools[1]}" if tools else "no tool"] += 1
    return ways.most_common(3)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit].rsplit(' ', 1)[0]} …"
