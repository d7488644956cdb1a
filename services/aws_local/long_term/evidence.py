"""Why records are what they are: the decisions of extraction, read-only, below `/_local/`.

The endpoint's own debug surface, which AWS has not: from which messages a record comes, who extracted it and
by which rule or prompt, what it was compared with, and what it said before. A memory is found in the account
and region of the request's signature, as everywhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import apsw

from services.aws_local.call import Call, Scope
from services.aws_local.clock import seconds
from services.aws_local.errors import ResourceNotFoundException, ValidationException
from services.aws_local.memory import events, memories, records
from services.aws_local.storage.pagination import Query, page
from services.aws_local.storage.store import Row, rows

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

_DEFAULT_PAGE = 20
_LARGEST_PAGE = 100
_FILTERS = ("actorId", "sessionId", "eventId", "memoryStrategyId", "memoryRecordId", "operation")
_ANSWERED_BY_THE_WIRE = ("maxResults", "nextToken")


def evidence(backend: Backend, scope: Scope, memory_id: str, record_id: str) -> dict[str, Any]:
    """All decisions on one record, oldest first. ResourceNotFoundException for a record that is not there."""

    def read(connection: apsw.Connection) -> list[Row]:
        memory = memories.find_usable(connection, scope, memory_id)
        if records.find(connection, memory.memory_no, record_id) is None:
            raise ResourceNotFoundException(f"Memory record not found: {record_id}")
        where = {"memory_no": memory.memory_no, "memoryRecordId": record_id}
        return _decisions(connection, where, before=None, limit=-1)[::-1]

    return {
        "memoryId": memory_id,
        "memoryRecordId": record_id,
        "decisions": [_shown(each) for each in backend.read(read)],
    }


def decisions(backend: Backend, scope: Scope, memory_id: str, asked: dict[str, str]) -> dict[str, Any]:
    """The decisions of a memory, newest first, in pages.

    `asked`: any of actorId with sessionId, eventId, memoryStrategyId, memoryRecordId, operation; maxResults
    (1 to 100) and nextToken. ValidationException for anything else.
    """
    unknown = asked.keys() - {*_FILTERS, *_ANSWERED_BY_THE_WIRE}
    if unknown:
        raise ValidationException(f"Unknown parameter: {', '.join(sorted(unknown))}")
    if ("sessionId" in asked) != ("actorId" in asked):
        raise ValidationException("actorId and sessionId are given together.")
    limit = _page_size(asked.get("maxResults"))
    call = Call(backend, scope, "local", "ListDecisions", "")
    query = Query.of(call, asked | {"memoryId": memory_id})
    (before,) = query.position(asked.get("nextToken")) or [None]

    def read(connection: apsw.Connection) -> list[Row]:
        memory = memories.find_usable(connection, scope, memory_id)
        where: dict[str, Any] = {name: asked[name] for name in _FILTERS if name in asked}
        if "sessionId" in asked:
            place = (memory.memory_no, asked["actorId"], asked["sessionId"])
            session = events.session_no(connection, *place)
            if session is None:
                return []
            where["session_no"] = session
        return _decisions(connection, where | {"memory_no": memory.memory_no}, before, limit + 1)

    shown, token = page(query, backend.read(read), limit, lambda last: [last["decision_no"]])
    answer: dict[str, Any] = {"memoryId": memory_id, "decisions": [_shown(each) for each in shown]}
    return answer | ({"nextToken": token} if token else {})


def _page_size(given: str | None) -> int:
    if given is None:
        return _DEFAULT_PAGE
    if not given.isascii() or not given.isdecimal() or not 1 <= int(given) <= _LARGEST_PAGE:
        raise ValidationException(f"maxResults must be a number from 1 to {_LARGEST_PAGE}.")
    return int(given)


# Filter -> its piece of the WHERE clause.
_CONDITIONS = {
    "memory_no": "decisions.memory_no = :memory_no",
    "session_no": "decisions.session_no = :session_no",
    "memoryStrategyId": "strategy_id = :memoryStrategyId",
    "memoryRecordId": "record_id = :memoryRecordId",
    "operation": "operation = :operation",
    "eventId": "EXISTS (SELECT 1 FROM json_each(sources) WHERE value ->> 0 = :eventId)",
}


def _decisions(
    connection: apsw.Connection, where: dict[str, Any], before: int | None, limit: int
) -> list[Row]:
    """Up to `limit` decisions (-1: all), newest first, with the session that they were made in."""
    conditions = " AND ".join(_CONDITIONS[name] for name in where if name in _CONDITIONS)
    sql = f"""
    SELECT decisions.*, session_id, actor_id FROM decisions
    LEFT JOIN sessions USING (session_no) LEFT JOIN actors USING (actor_no)
    WHERE {conditions} AND (:before IS NULL OR decision_no < :before)
    ORDER BY decision_no DESC LIMIT :limit
    """  # noqa: S608 - composed of constants
    return rows(connection, sql, where | {"before": before, "limit": limit})


def _shown(found: Row) -> dict[str, Any]:
    """A decision in the wire's manner: camelCase, epoch seconds, nothing that was never set."""
    messages = [{"eventId": event_id, "messageIndex": at} for event_id, at in json.loads(found["sources"])]
    near = [{"memoryRecordId": near_id, "score": score} for near_id, score in json.loads(found["neighbours"])]
    shown = {
        "decidedAt": seconds(found["decided_ms"]),
        "operation": found["operation"],
        "reason": found["reason"],
        "memoryRecordId": found["record_id"] or None,
        "memoryStrategyId": found["strategy_id"],
        "actorId": found["actor_id"],
        "sessionId": found["session_id"],
        "messages": messages,
        "extractor": found["extractor"],
        "rule": found["rule"],
        "candidate": found["content"],
        "previous": found["previous"],
        "neighbours": near,
    }
    return {name: value for name, value in shown.items() if value is not None}
