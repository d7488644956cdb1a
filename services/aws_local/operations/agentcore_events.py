"""Data plane of AgentCore Memory: events, sessions and actors (short-term memory)."""

from __future__ import annotations

import json
from typing import Any

import apsw

from services.aws_local import identifiers
from services.aws_local.call import Call, Write
from services.aws_local.clock import DAY_MS, milliseconds, now_ms, seconds
from services.aws_local.errors import ResourceNotFoundException, ValidationException
from services.aws_local.long_term import extraction_queue, self_managed
from services.aws_local.memory import events, memories
from services.aws_local.memory.memories import Memory
from services.aws_local.memory.metadata_filters import Condition, event_condition
from services.aws_local.storage import client_tokens
from services.aws_local.storage.pagination import Query, page
from services.aws_local.storage.store import Row
from services.aws_local.wire.validation import Violation, invalid

SERVICE = "bedrock-agentcore"

_DEFAULT_PAGE = 20  # reference: "The default value is 20" for ListEvents, ListSessions and ListActors
_MAX_JSON_BYTES = 100 * 1024  # reference: json.content, "The maximum size is 100 KB"


def create_event(call: Call, params: dict[str, Any]) -> Write:
    """Store an event. It is on disk, and queued for extraction, before this answers."""
    timestamp_ms = milliseconds(params["eventTimestamp"])
    if timestamp_ms < 0:
        raise ValidationException("eventTimestamp must not lie before 1970.")
    _check_json(params["payload"])
    if "extractionConfig" in params:  # not in the transaction: patterns that a client chose take their time
        extraction_queue.check_variables(call.backend.read(lambda db: _memory(db, call, params)), params)

    def create(connection: apsw.Connection) -> dict[str, Any]:
        memory = _memory(connection, call, params)
        owner, token = memories.owner_of(memory.memory_no), params.get("clientToken")
        first = client_tokens.answer(connection, owner, call.operation, token)
        if first is not None:
            return _repeated(connection, memory, params, first)
        said = params if "sessionId" in params else params | {"sessionId": identifiers.session_id()}
        session, event = _insert(connection, memory, said, timestamp_ms)
        if call.backend.hands_over and "extractionMode" not in params:
            self_managed.put(connection, memory, said, event["eventId"])
        made = [session, event["eventId"]] + ([] if said is params else [said["sessionId"]])
        client_tokens.keep(connection, owner, call.operation, token, made)
        return event

    return Write(lambda connection: {"event": create(connection)}, call.backend.pipeline.wake)


def _memory(connection: apsw.Connection, call: Call, params: dict[str, Any]) -> Memory:
    return memories.find_usable(connection, call.scope, params["memoryId"])


def _check_json(payload: list[dict[str, Any]]) -> None:
    for number, part in enumerate(payload, 1):
        content = json.dumps(part["json"]["content"], ensure_ascii=False) if "json" in part else ""
        if len(content.encode(errors="surrogatepass")) > _MAX_JSON_BYTES:
            raise invalid([Violation(f"payload.{number}.member.json.content", _TOO_LARGE)])


_TOO_LARGE = f"Member must have size less than or equal to {_MAX_JSON_BYTES} bytes"


def _insert(
    connection: apsw.Connection, memory: Memory, params: dict[str, Any], timestamp_ms: int
) -> tuple[int, dict[str, Any]]:
    """Store the event and put it into the queue of each strategy; its session's number, and the event as it
    is answered.
    """
    actor_id, session_id = params["actorId"], params["sessionId"]
    expires_ms = now_ms() + memory.settings["eventExpiryDuration"] * DAY_MS
    where = (actor_id, session_id)
    place = events.ensure_place(connection, memory.memory_no, where, timestamp_ms, expires_ms)
    session = place.session_no
    fields = {
        "timestamp_ms": timestamp_ms,
        "expires_ms": expires_ms,
        "branch": _branch(connection, session, params.get("branch")),
        "extractable": "extractionMode" not in params,
        "metadata": params.get("metadata", {}),
        "payload": params["payload"],
    }
    event_id = events.insert(connection, place, fields)
    if fields["extractable"]:
        extraction_queue.put(connection, memory, place, params, event_id)
    is_main = fields["branch"] == events.MAIN_BRANCH
    root = None if is_main else events.branch_root(connection, session, fields["branch"])
    identity = _identity(memory, actor_id, session_id)
    return session, events.answered(fields | {"event_id": event_id}, identity, root)


def _branch(connection: apsw.Connection, session: int, given: dict[str, str] | None) -> str:
    """The event's branch. Reference: the first event of a branch names its root, later ones need not."""
    if given is None:
        return events.MAIN_BRANCH
    root_id = given.get("rootEventId")
    if given["name"] == events.MAIN_BRANCH and root_id is not None:
        raise ValidationException("The branch main has no rootEventId: it is the one that others fork off.")
    root = None if root_id is None else events.find(connection, session, root_id)
    # A known branch may be named with its root after that event was deleted.
    if root is None and root_id not in {None, events.branch_root(connection, session, given["name"])}:
        raise ValidationException(f"rootEventId {root_id} is no event of this session.")
    events.ensure_branch(connection, session, given["name"], root)
    return given["name"]


def _repeated(
    connection: apsw.Connection, memory: Memory, params: dict[str, Any], first: list[Any]
) -> dict[str, Any]:
    """The answer to a repeated client token: the first event, also when it was deleted meanwhile.

    `first`: the number of its session, its id, and the session's id where the client did not name one. Of a
    session that vanished since then the request says the rest.
    """
    session, event_id, *made = first
    known = {"actorId": params["actorId"], "sessionId": params.get("sessionId", *made)}
    place = (events.identity(connection, session) or known) | {"eventId": event_id}
    try:
        return _event(connection, memory, place)
    except ResourceNotFoundException:
        kept = {
            name: params[name] for name in ("payload", "metadata") if params.get(name) or name == "payload"
        }
        kept["eventTimestamp"] = seconds(identifiers.timestamp_ms(event_id))
        branch = params.get("branch", {"name": events.MAIN_BRANCH})
        return {"memoryId": memory.memory_id} | place | kept | {"branch": branch}


def get_event(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    def get(connection: apsw.Connection) -> dict[str, Any]:
        memory = _memory(connection, call, params)
        return _event(connection, memory, params)

    return {"event": call.backend.read(get)}


def _event(connection: apsw.Connection, memory: Memory, place: dict[str, Any]) -> dict[str, Any]:
    """The event at `place` (actorId, sessionId, eventId) as it is answered."""
    session = events.session_no(connection, memory.memory_no, place["actorId"], place["sessionId"])
    found = events.find(connection, session, place["eventId"]) if session is not None else None
    if found is None or session is None:
        raise _no_event(place["eventId"])
    root = events.branch_root(connection, session, found["branch"])
    return events.shown(found, _identity(memory, place["actorId"], place["sessionId"]), root)


def _identity(memory: Memory, actor_id: str, session_id: str) -> dict[str, str]:
    return {"memoryId": memory.memory_id, "actorId": actor_id, "sessionId": session_id}


def _no_event(event_id: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Unable to find event with id {event_id}")  # text observed on AWS


def delete_event(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Erase an event; the records that were extracted from it stay, as on AWS."""

    def delete(connection: apsw.Connection) -> None:
        memory = _memory(connection, call, params)
        session = events.session_no(connection, memory.memory_no, params["actorId"], params["sessionId"])
        if session is None or not events.delete(connection, session, params["eventId"]):
            raise _no_event(params["eventId"])

    call.backend.write(delete)
    return {"eventId": params["eventId"]}


def list_events(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Events of a session, newest first; an unknown actor or session has none, which is no error."""
    query = Query.of(call, params)
    before = query.position(params.get("nextToken"))
    limit = params.get("maxResults", _DEFAULT_PAGE)
    wanted = params.get("filter", {})
    filters = [event_condition(each) for each in wanted.get("eventMetadata", [])]

    def read(connection: apsw.Connection) -> tuple[list[dict[str, Any]], str | None]:
        memory = _memory(connection, call, params)
        session = events.session_no(connection, memory.memory_no, params["actorId"], params["sessionId"])
        if session is None:
            return [], None
        conditions = filters + _branch_conditions(connection, session, wanted.get("branch"))
        position = (before[0], before[1]) if before else None
        payloads = params.get("includePayloads", True)
        found = events.newest_first(
            connection, session, conditions, before=position, limit=limit + 1, payloads=payloads
        )
        shown, token = page(query, found, limit, lambda last: [last["timestamp_ms"], last["event_id"]])
        return _shown(connection, shown, _identity(memory, params["actorId"], params["sessionId"])), token

    shown, token = call.backend.read(read)
    return {"events": shown, "nextToken": token}


def _branch_conditions(
    connection: apsw.Connection, session: int, branch: dict[str, Any] | None
) -> list[Condition]:
    """Without a branch the events of all branches are listed."""
    if branch is None:
        return []
    with_parents = branch.get("includeParentBranches", False)
    return [events.on_branch(connection, session, branch["name"], with_parents)]


def _shown(connection: apsw.Connection, found: list[Row], identity: dict[str, str]) -> list[dict[str, Any]]:
    roots = events.roots(connection, found[0]["session_no"]) if found else {}
    return [events.shown(event, identity, roots.get(event["branch"])) for event in found]


def list_sessions(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Sessions of an actor, newest first. HAS_EVENTS hides those whose events are all gone."""
    query = Query.of(call, params)
    before = query.position(params.get("nextToken"))
    limit = params.get("maxResults", _DEFAULT_PAGE)
    has_events = "eventFilter" in params.get("filter", {})

    def read(connection: apsw.Connection) -> list[Row]:
        memory = _memory(connection, call, params)
        actor = events.actor_no(connection, memory.memory_no, params["actorId"])
        if actor is None:
            return []
        return events.sessions(connection, actor, has_events, before, limit + 1)

    shown, token = page(
        query, call.backend.read(read), limit, lambda last: [last["created_ms"], last["session_no"]]
    )
    return {
        "sessionSummaries": [_session_summary(session, params["actorId"]) for session in shown],
        "nextToken": token,
    }


def _session_summary(session: Row, actor_id: str) -> dict[str, Any]:
    return {
        "sessionId": session["session_id"],
        "actorId": actor_id,
        "createdAt": seconds(session["created_ms"]),
    }


def list_actors(call: Call, params: dict[str, Any]) -> dict[str, Any]:
    """Actors of a memory, by id (AWS documents no order)."""
    query = Query.of(call, params)
    (after,) = query.position(params.get("nextToken")) or [None]
    limit = params.get("maxResults", _DEFAULT_PAGE)

    def read(connection: apsw.Connection) -> list[Row]:
        memory = _memory(connection, call, params)
        return events.actors(connection, memory.memory_no, after, limit + 1)

    shown, token = page(query, call.backend.read(read), limit, lambda last: [last["actor_id"]])
    return {"actorSummaries": [{"actorId": actor["actor_id"]} for actor in shown], "nextToken": token}
