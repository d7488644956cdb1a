"""What an erasure is asked to do, and when it is checked a second time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from services.erasure.subject import Subject
from services.errors import InvalidValue

Row = dict[str, Any]
RECHECK_VARIABLE = "AGENTCORE_STUDIO_ERASURE_RECHECK_MINUTES"
RECHECK_MINUTES = 15.0
"""The second check waits so long. Extraction takes a minute or two, episodes longer."""


@dataclass(frozen=True)
class Plan:
    """What is to be erased: whose, in which memories, which records besides (ticked by a person).

    `before`: what the preview counted, by memory. `mentions`: what else was ticked of what the dashboard
    itself keeps (`workspace.mentions.Mention.key`). `everywhere`: all memories of the connection were chosen,
    so copies of deleted ones are cleaned too. `agents`: what Bedrock Agents remember goes too;
    `agent_summaries` were found before. `origin`: the installation that it was begun from.
    """

    subject: Subject
    memory_ids: tuple[str, ...]
    chosen: Mapping[str, Sequence[str]] = field(default_factory=dict)
    before: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    everywhere: bool = False
    agents: bool = False
    agent_summaries: int = 0
    mentions: tuple[str, ...] = ()
    origin: str = ""

    def dumps(self) -> Row:
        return asdict(self)

    @staticmethod
    def loads(document: Row) -> Plan:
        given = document["subject"]
        subject = Subject(tuple(given["actor_ids"]), tuple(given["words"]))
        texts = {"memory_ids": tuple(document["memory_ids"]), "mentions": tuple(document.get("mentions", ()))}
        return Plan(**document | {"subject": subject} | texts)


def recheck_after() -> timedelta:
    """How long the second check waits; InvalidValue for a setting that is no number of minutes."""
    text = os.environ.get(RECHECK_VARIABLE, "").strip()
    try:
        minutes = float(text) if text else RECHECK_MINUTES
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= 7 * 24 * 60:
        raise InvalidValue(f"{RECHECK_VARIABLE} is “{text}”; it must be a number of minutes, at most a week.")
    return timedelta(minutes=minutes)
