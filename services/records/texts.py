"""A preference or a summary from the fields of a form, in the very form that AgentCore stores.

What was not changed keeps its text byte for byte, and members that a form does not show stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from services.records.contents import Preference, Summary, parse_content


def preference_text(preference: Preference, original: str = "") -> str:
    """The text of a preference; `original` is the text that it was read from, if it was."""
    if original and parse_content(original) == preference:
        return original
    document = json.loads(original) if original and isinstance(parse_content(original), Preference) else {}
    changed = {
        "context": preference.context,
        "preference": preference.preference,
        "categories": list(preference.categories),
    }
    return json.dumps(document | changed, ensure_ascii=False)


def summary_text(topics: Sequence[tuple[str, str]], original: str = "") -> str:
    """The text of a summary's topics, in order; text outside any topic has the topic ''."""
    summary = Summary(
        tuple((name.strip(), body.strip()) for name, body in topics if name.strip() or body.strip())
    )
    if original and parse_content(original) == summary:
        return original
    return "\n".join(_topic(name, body) for name, body in summary.topics)


def _topic(name: str, body: str) -> str:
    text = escape(body, quote=False)
    return f'<topic name="{escape(name)}">\n{text}\n</topic>' if name else text


def preference_problems(preference: Preference) -> list[str]:
    """What makes a preference useless, as sentences."""
    return [] if preference.preference.strip() else ["The preference is empty."]


def summary_problems(topics: Sequence[tuple[str, str]]) -> list[str]:
    """What makes a summary's topics useless, as sentences."""
    found = []
    if not any(body.strip() for _, body in topics):
        found.append("A summary needs at least one topic with a text.")
    found += [
        f"The topic “{name}” has no text." for name, body in topics if name.strip() and not body.strip()
    ]
    found += ["A text has no topic's name." for name, body in topics if body.strip() and not name.strip()]
    return list(dict.fromkeys(found))
