"""A group of the queue with all that its extraction needs, read in one snapshot."""

from __future__ import annotations

import re
from dataclasses import replace

import apsw

from services.aws_local import identifiers
from services.aws_local.clock import now_ms
from services.aws_local.long_term import extraction_queue
from services.aws_local.long_term.consolidation import Work
from services.aws_local.long_term.extraction_queue import Group
from services.aws_local.memory import events, memories, namespaces
from services.aws_local.memory.memories import Strategy
from services.aws_local.memory.metadata_filters import Condition
from services.aws_local.memory.strategies import reflection_of, template_of
from services.aws_local.storage.store import Row

_CONTEXT_EVENTS = 20  # earlier events that an extractor may read to understand the new ones
_SUMMARY_EVENTS = 2_000  # a longer session is summarised from its end; its older topics stay


def read(connection: apsw.Connection, group: Group, quiet_ms: int) -> Work | None:
    """The group with its events; None when another change emptied it meanwhile.

    `quiet_ms`: after that time without an event even an unfinished episode is over.
    """
    queued = extraction_queue.queued(connection, group)
    owner = memories.strategy_by_number(connection, group.strategy_no)
    if not queued or owner is None:
        return None
    memory_no, strategy = owner
    identity = events.identity(connection, group.session_no) or {}
    known = identity | {"memoryStrategyId": strategy.strategy_id}
    namespace = namespaces.resolve(strategy.template, known) if group.namespace is None else group.namespace
    if namespace is None:
        raise LookupError(f"{strategy.strategy_id} was queued without what its namespace needs")
    if strategy.extracts == "SUMMARIZATION":
        spoken = _whole_session(connection, group, strategy.active_ms)
        whole = len(spoken) < _SUMMARY_EVENTS
        return Work(group, memory_no, strategy, namespace, queued, spoken, [], whole)
    found = [events.find(connection, group.session_no, each["event_id"]) for each in queued]
    new = [event for event in found if event is not None]
    context = _before(connection, group, queued[0])
    quiet = max(each["arrived_ms"] for each in queued) + quiet_ms <= now_ms()
    reflections = _reflections(strategy, namespace, known)
    made = Work(group, memory_no, strategy, namespace, queued, new, context)
    return replace(made, quiet=quiet, reflections=reflections)


def _whole_session(connection: apsw.Connection, group: Group, since_ms: int) -> list[Row]:
    """The session's events since the strategy became ACTIVE, oldest first."""
    wanted = [Condition("extractable AND arrived_ms >= ?", (since_ms,))]
    found = events.newest_first(connection, group.session_no, wanted, before=None, limit=_SUMMARY_EVENTS)
    return found[::-1]


def _before(connection: apsw.Connection, group: Group, first: Row) -> list[Row]:
    """The events just before the first new one, oldest first."""
    position = (identifiers.timestamp_ms(first["event_id"]), first["event_id"])
    wanted = [Condition("extractable")]
    found = events.newest_first(connection, group.session_no, wanted, before=position, limit=_CONTEXT_EVENTS)
    return found[::-1]


def _reflections(strategy: Strategy, namespace: str, known: dict[str, str]) -> str | None:
    """The namespace of an episodic strategy's reflections; None where its template has no value for one."""
    if strategy.extracts != "EPISODIC":
        return None
    values = _values(strategy.template, namespace, known) | known
    return namespaces.resolve(reflection_template(strategy), values)


def reflection_template(strategy: Strategy) -> str:
    """Where reflections go: as configured; else to the actor for the default template of episodes, or to
    where the episodes go.
    """
    configured = template_of(reflection_of(strategy))
    if configured:
        return configured
    default = strategy.template == namespaces.default_template("EPISODIC")
    return namespaces.default_template("SEMANTIC") if default else strategy.template


def _values(template: str, namespace: str, known: dict[str, str]) -> dict[str, str]:
    """The values of the memory's own namespace variables, read off a resolved namespace."""
    pattern, names = "", []
    for part in re.split(r"(\{[a-zA-Z][a-zA-Z0-9]*\})", template):
        name = part.strip("{}")
        if not part.startswith("{"):
            pattern += re.escape(part)
        elif name in known:
            pattern += re.escape(known[name])
        elif name in names:
            pattern += f"(?P={name})"
        else:
            names.append(name)
            pattern += f"(?P<{name}>.+)"
    match = re.fullmatch(pattern, namespace)
    return match.groupdict() if match else {}
