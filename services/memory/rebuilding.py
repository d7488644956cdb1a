"""A deleted memory, made again from the copy that was kept of it: configuration, events, records.

Ids are AWS's: the memory, its strategies, events and records get new ones; names, texts and times stay.
Events are written with extractionMode SKIP, since what was extracted from them is in the copy. Doing it again
after a kill or a fault goes on where it ended.
"""

from __future__ import annotations

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.auditing import audited
from services.authorization import authorize, current_role
from services.clients import Clients
from services.constraints import CONTROL, constraint
from services.errors import Cancelled, InvalidValue, NoAnswer
from services.memory import memories
from services.memory.strategy_details import is_override, kind_of, own_part, schema_of, template_of
from services.memory.strategy_drafts import NAME_HINT
from services.memory.strategy_kinds import STEPS, STRATEGY_KINDS
from services.records import copying as record_copying
from services.records.batches import ItemResult
from services.records.copying import Destination
from services.short_term.events import list_events
from services.workspace import copies
from services.workspace.store import Workspace, to_json

Row = dict[str, Any]
Progress = Callable[[int, str], bool | None]
"""Called with (rows written so far, "events" or "records"); returning False cancels."""

ACTIVE_SECONDS = 300.0
_POLL_SECONDS = 1.0
_CUSTOM = "customMemoryStrategy"
_KEPT = (
    "description",
    "encryptionKeyArn",
    "memoryExecutionRoleArn",
    "indexedKeys",
    "namespaceKeys",
    "streamDeliveryResources",
)


@dataclass
class Rebuilt:
    """What was made: the new memory, the new strategies' ids by the old ones, events, and a result for each
    record. `events_there`: events that an earlier attempt had written."""

    memory_id: str
    strategies: dict[str, str] = field(default_factory=dict)
    events: int = 0
    events_there: int = 0
    records: list[ItemResult] = field(default_factory=list)
    records_there: int = 0

    @property
    def failed(self) -> list[ItemResult]:
        return [result for result in self.records if not result.ok]


def create_request(memory: Row, name: str, tags: Row | None = None) -> Row:
    """CreateMemory's parameters for a memory like this one (GetMemory's dict), of another name perhaps."""
    request: Row = {"name": name, "eventExpiryDuration": memory["eventExpiryDuration"]}
    request |= {member: memory[member] for member in _KEPT if memory.get(member)}
    strategies = [strategy_input(each) for each in memory.get("strategies", [])]
    request |= {"memoryStrategies": strategies} if strategies else {}
    return request | ({"tags": tags} if tags else {})


def strategy_input(strategy: Row) -> Row:
    """A strategy as GetMemory tells it, as CreateMemory takes it. InvalidValue for a type unknown here."""
    kind = kind_of(strategy)
    if kind is None:
        raise InvalidValue(f"The strategy {strategy.get('name')} is of a type that is not known here.")
    fields: Row = {"name": strategy["name"], "namespaceTemplates": [template_of(strategy)]}
    fields |= {"description": strategy["description"]} if strategy.get("description") else {}
    days = strategy.get("recordExpiryDurationDays")
    fields |= {"recordExpirySpecification": {"recordExpiryDurationDays": days}} if days else {}
    schema = schema_of(strategy)
    fields |= {"memoryRecordSchema": {"metadataSchema": schema}} if schema else {}
    if kind == "self_managed":
        handed = strategy["configuration"]["selfManagedConfiguration"]
        return {_CUSTOM: fields | {"configuration": {"selfManagedConfiguration": handed}}}
    parts = {step: _own(strategy, step) for step in STEPS[kind] if own_part(strategy, step)}
    if is_override(strategy):
        return {_CUSTOM: fields | {"configuration": {f"{STRATEGY_KINDS[kind].stem}Override": parts}}}
    if kind == "episodic" and "reflection" in parts:
        fields["reflectionConfiguration"] = parts["reflection"]
    return {STRATEGY_KINDS[kind].member: fields}


def _own(strategy: Row, step: Any) -> Row:
    """A step's own part, its templates under their present name only."""
    part = own_part(strategy, step)
    template = template_of(part)
    rest = {name: value for name, value in part.items() if name not in ("namespaces", "namespaceTemplates")}
    return rest | ({"namespaceTemplates": [template]} if template else {})


def rebuild(
    clients: Clients, workspace: Workspace, copy_id: str, name: str, progress: Progress | None = None
) -> Rebuilt:
    """Make a deleted memory again from its copy, under this name; or go on with what was begun.

    Raises CopyNotFound, NotAuthorized, InvalidValue for a copy that is no memory's, of another connection,
    used up or with a bad name, what a call raises, and Cancelled; what was written by then stays.
    """
    authorize(current_role(), "CreateMemory")
    copy, first = copies.get(workspace, copy_id), copies.document(workspace, copy_id)
    _refuse(clients, copy, first, name)
    memory = first["memory"]
    begun = copy.restored_as is not None
    memory_id = copy.restored_as or _created(clients, workspace, copy_id, memory, name, first.get("tags"))
    made = Rebuilt(memory_id, _strategies(memory, _active(clients, memory_id)))
    tell = progress or (lambda _done, _what: None)
    for session in _sessions(workspace, copy_id):
        _write_session(clients, workspace, copy_id, made, session, begun)
        if tell(made.events + made.events_there, "events") is False:
            raise Cancelled
    _write_records(clients, workspace, copy_id, made, tell)
    if not made.failed:
        copies.mark_restored(workspace, copy_id, memory_id)
    return made


def _refuse(clients: Clients, copy: copies.Copy, first: Row, name: str) -> None:
    if copy.kind != "memory":
        raise InvalidValue("This is no copy of a memory.")
    if not copy.complete:
        raise InvalidValue("This copy was never finished, so the memory was not deleted.")
    if copy.restored_at is not None:
        raise InvalidValue(f"This memory was made again already, as {copy.restored_as}.")
    if first["connection"] != clients.connection.key:
        raise InvalidValue(f"This memory was deleted at another connection: {first['connection']}.")
    problems = name_problems(name)
    if problems:
        raise InvalidValue(problems[0])


def name_problems(name: str) -> list[str]:
    """What AWS would refuse of a memory's name."""
    return constraint(CONTROL, "CreateMemory", "name").text_problems("The memory's name", name, NAME_HINT)


def _created(  # noqa: PLR0917 - a request's parts
    clients: Clients, workspace: Workspace, copy_id: str, memory: Row, name: str, tags: Row | None
) -> str:
    """The new memory's id; the same token names the same memory when this is asked twice."""
    request = create_request(memory, name, tags)
    with audited(clients, workspace, "CreateMemory", name, before={"copy": copy_id}) as after:
        token = _token(copy_id, f"memory {name}")
        created = clients.control.create_memory(**request, clientToken=token)["memory"]
        after["memoryId"] = created["id"]
        copies.mark_begun(workspace, copy_id, created["id"])
    return str(created["id"])


def _token(copy_id: str, what: str) -> str:
    return str(uuid.uuid5(uuid.UUID(copy_id), what))


def _active(clients: Clients, memory_id: str) -> Row:
    """The memory once it is ACTIVE."""
    deadline = time.monotonic() + ACTIVE_SECONDS
    while (memory := memories.get_memory(clients, memory_id))["status"] != "ACTIVE":
        if memory["status"] == "FAILED":
            reason = memory.get("failureReason", "no reason given")
            raise InvalidValue(f"AWS could not make the memory: {reason}")
        if time.monotonic() > deadline:
            raise NoAnswer("CreateMemory", ACTIVE_SECONDS)
        time.sleep(_POLL_SECONDS)
    return memory


def _strategies(before: Row, after: Row) -> dict[str, str]:
    """The new strategies' ids by the old ones; names are unique in a memory."""
    new = {each["name"]: each["strategyId"] for each in after.get("strategies", [])}
    return {
        each["strategyId"]: new[each["name"]] for each in before.get("strategies", []) if each["name"] in new
    }


def _sessions(workspace: Workspace, copy_id: str) -> Iterator[list[Row]]:
    """The events of each session, oldest first. A copy has them session by session, newest first."""
    held: list[Row] = []
    for part in copies.iter_parts(workspace, copy_id):
        for event in part.get("events", []):
            if held and _place(held[0]) != _place(event):
                yield held[::-1]
                held = []
            held.append(event)
    if held:
        yield held[::-1]


def _place(event: Row) -> tuple[str, str]:
    return event["actorId"], event["sessionId"]


def _write_session(  # noqa: PLR0917 - where from, where to
    clients: Clients, workspace: Workspace, copy_id: str, made: Rebuilt, session: list[Row], begun: bool
) -> None:
    """Write a session's events in order; those that an earlier attempt wrote are left."""
    actor_id, session_id = _place(session[0])
    there = list_events(clients, made.memory_id, actor_id, session_id, limit=None).rows if begun else []
    written: Counter[str] = Counter(map(_said, there))
    ids = {_said(event): event["eventId"] for event in there}
    new_ids: dict[str, str] = {}
    resource = f"{made.memory_id}/{actor_id}/{session_id}"
    for event in session:
        if written[_said(event)]:
            written[_said(event)] -= 1
            new_ids[event["eventId"]] = ids[_said(event)]
            made.events_there += 1
            continue
        request = _request(event, new_ids) | {"memoryId": made.memory_id}
        with audited(clients, workspace, "CreateEvent", resource, before={"copy": copy_id}) as after:
            token = _token(copy_id, f"{made.memory_id} {event['eventId']}")
            answer = clients.data.create_event(**request, extractionMode="SKIP", clientToken=token)
            after["eventId"] = new_ids[event["eventId"]] = answer["event"]["eventId"]
        made.events += 1


def _said(event: Row) -> str:
    """What makes an event the same as another one of its session."""
    moment = event["eventTimestamp"]
    at = (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).timestamp()
    return to_json([round(at * 1000), event["payload"], event.get("metadata") or {}])


def _request(event: Row, new_ids: dict[str, str]) -> Row:
    """An event of a copy as CreateEvent takes it, its branch tied to the root's new id."""
    branch = dict(event.get("branch") or {})
    if branch.get("name") == "main":  # the default is never named (as the SDK does)
        branch = {}
    if branch.get("rootEventId"):
        branch["rootEventId"] = new_ids.get(branch["rootEventId"], "")
    optional = {
        "metadata": event.get("metadata"),
        "branch": {name: value for name, value in branch.items() if value},
    }
    return {
        "actorId": event["actorId"],
        "sessionId": event["sessionId"],
        "eventTimestamp": datetime.fromisoformat(event["eventTimestamp"]),
        "payload": event["payload"],
        **{name: value for name, value in optional.items() if value},
    }


def _write_records(
    clients: Clients, workspace: Workspace, copy_id: str, made: Rebuilt, tell: Progress
) -> None:
    rows = [row for part in copies.iter_parts(workspace, copy_id) for row in part.get("records", [])]
    moved = [row | {"namespaces": [_moved(each, made) for each in row["namespaces"]]} for row in rows]
    plan = record_copying.plan(clients, made.memory_id, moved, Destination(strategies=made.strategies))
    made.records_there = len(plan.there)
    title = f"Rebuild from copy {copy_id}"
    made.records = record_copying.carry_out(
        clients, workspace, plan, title, lambda done, _total: tell(done + made.records_there, "records")
    )


def _moved(namespace: str, made: Rebuilt) -> str:
    """A namespace with the strategies' new ids in place of the old ones ({memoryStrategyId} in templates)."""
    return "/".join(made.strategies.get(segment, segment) for segment in namespace.split("/"))
