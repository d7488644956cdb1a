"""Values as people read them: times, counts, durations, roles. Pure functions, no Streamlit, no AWS call."""

import hashlib
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Literal

from services.memory.strategy_kinds import STRATEGY_KINDS

Color = Literal["red", "orange", "blue", "green", "violet", "gray"]
STATUS_COLORS: dict[str, Color] = {
    "ACTIVE": "green",
    "CREATING": "blue",
    "UPDATING": "blue",
    "DELETING": "orange",
    "FAILED": "red",
}
STRATEGY_TYPE_LABELS = {
    "SEMANTIC": "Semantic facts",
    "USER_PREFERENCE": "User preferences",
    "SUMMARIZATION": "Session summaries",
    "EPISODIC": "Episodes",
    "CUSTOM": "Custom",
}
ROLE_LABELS = {"USER": "User", "ASSISTANT": "Assistant", "TOOL": "Tool", "OTHER": "Other"}


def utc(moment: datetime | None) -> str:
    """`2026-11-21 03:34:08 UTC`; an empty string for no time."""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def exact(moment: datetime | None) -> str:
    """Like `utc`, to the millisecond where there are any: `2026-11-21 03:34:08.123 UTC`."""
    if moment is None or not (milliseconds := moment.microsecond // 1000):
        return utc(moment)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{milliseconds:03d} UTC"


def local(moment: datetime | None, zone: tzinfo) -> str:
    """`2026-11-21 09:04:08 IST`: the time in a zone, with the zone's short name; empty for no time."""
    if moment is None:
        return ""
    there = moment.astimezone(zone)
    name = there.tzname() or ""
    # Many zones have no short name but their distance: +03.
    return f"{there:%Y-%m-%d %H:%M:%S} {'UTC' if name.startswith(('+', '-')) else ''}{name}"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago, in one unit: `just now`, `5 min ago`, `3 h ago`, `12 days ago`."""
    if moment is None:
        return ""
    age = (now or datetime.now(UTC)) - moment
    if age < timedelta(0):
        return "in the future"
    if age < timedelta(minutes=1):
        return "just now"
    if age < timedelta(hours=1):
        return f"{age // timedelta(minutes=1)} min ago"
    if age < timedelta(days=2):
        return f"{age // timedelta(hours=1)} h ago"
    return f"{age.days} days ago"


def seconds(value: float) -> str:
    """A duration: `0.8 ms`, `43 ms`, `1.2 s`."""
    if value < 0.01:
        return f"{value * 1000:.1f} ms"
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """`1 event`, `1,240 events`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def counted(number: int, complete: bool, singular: str, plural: str | None = None) -> str:
    """`1,240 events`, or `at least 1,000 events` when the list stopped before its end."""
    text = count(number, singular, plural)
    return text if complete else f"at least {text}"


def fingerprint(ids: list[str]) -> str:
    """A short name for a list of rows. In a table's key it clears a selection exactly when the rows change:
    Streamlit keeps selections by position, and position 2 of other rows is another memory."""
    return hashlib.sha256("\n".join(ids).encode()).hexdigest()[:12]


def memory_name(memory: dict[str, Any]) -> str:
    """The memory's name; ListMemories has none, so it is read off the id (`name-` + 10 characters)."""
    return str(memory.get("name") or memory["id"].rpartition("-")[0])


# By GetMemory's type; a custom strategy's override names summaries SUMMARY instead of SUMMARIZATION.
STRATEGY_PURPOSES = {kind.type: kind.description for kind in STRATEGY_KINDS.values()} | {
    "SUMMARY": STRATEGY_KINDS["summary"].description,
    "SELF_MANAGED": "Hands conversations to your own pipeline, which writes the records.",
}


def strategy_purpose(strategy: dict[str, Any]) -> str:
    """What a strategy keeps, in one sentence; empty for a type we do not know."""
    override = str(strategy.get("configuration", {}).get("type", "")).removesuffix("_OVERRIDE")
    return STRATEGY_PURPOSES.get(override or str(strategy.get("type", "")), "")


def status_color(status: str) -> Color:
    """The badge colour of a memory's or strategy's status; gray for one we do not know."""
    return STATUS_COLORS.get(status, "gray")


def strategy_type(strategy: dict[str, Any]) -> str:
    """The strategy's type in words; a custom one says what it overrides."""
    kind = str(strategy.get("type", ""))
    words = STRATEGY_TYPE_LABELS.get(kind, kind)
    override = strategy.get("configuration", {}).get("type")
    return f"{words} ({str(override).replace('_', ' ').lower()})" if override else words
