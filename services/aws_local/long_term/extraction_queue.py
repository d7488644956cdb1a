"""What waits to be extracted, and what failed: durable, in the transaction of the event itself.

One row per event and strategy; the session knows since when something of it waits. Rows of the same
strategy, session, namespace and strict metadata form a group; a group is extracted as a whole once its
session has been quiet for a while, and its rows are deleted in the transaction that stores the records. A
process killed in between starts over from the rows.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import apsw

from services.aws_local import identifiers
from services.aws_local.clock import now_ms
from services.aws_local.errors import ValidationException
from services.aws_local.memory import events, namespaces, patterns
from services.aws_local.memory.events import Place
from services.aws_local.memory.memories import Memory, Strategy
from services.aws_local.memory.strategies import is_strict
from services.aws_local.storage.store import Row, row, rows, values

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
RETRY_MS = 1_000  # after the first failure; twice that after the second
LONGEST_WAIT = 5  # times the delay: a session that never falls quiet is extracted all the same


@dataclass(frozen=True)
class Group:
    """Events that are extracted together."""

    strategy_no: int
    session_no: int
    namespace: str | None  # None: what the strategy's template says of actor and session
    strict_metadata: str


def check_variables(memory: Memory, params: dict[str, Any]) -> None:
    """ValidationException for namespaceVariables that the memory does not declare or allow."""
    declared = {key["key"]: key.get("validation", {}) for key in memory.settings.get("namespaceKeys", [])}
    for key, value in _variables(params).items():
        if key not in declared:
            raise ValidationException(f"Namespace variable {key} is not one of the memory's namespaceKeys.")
        if not _allowed(value, declared[key]):
            raise ValidationException(f"Value {value} of namespace variable {key} is not allowed.")


def _variables(params: dict[str, Any]) -> dict[str, str]:
    variables: dict[str, str] = params.get("extractionConfig", {}).get("namespaceVariables", {})
    return variables


def _allowed(value: str, rule: dict[str, Any]) -> bool:
    if value not in rule.get("allowedValues", [value]):
        return False
    try:
        return "regexPattern" not in rule or patterns.matches(rule["regexPattern"], value)
    except patterns.UnusablePattern as error:  # of a memory from before patterns had to be bounded
        raise ValidationException(f"The pattern of a namespace key cannot be used: {error}") from None


def put(
    connection: apsw.Connection, memory: Memory, place: Place, params: dict[str, Any], event_id: str
) -> None:
    """Queue an event for every strategy that is ACTIVE now (reference: earlier events are not extracted).

    A template variable without a value: the event is stored, nothing will be extracted from it.
    """
    if not any("conversational" in part for part in params["payload"]):
        return
    now, session, added = now_ms(), place.session_no, []
    for strategy in memory.strategies:
        if not strategy.extracts_at(now):
            continue
        namespace = None
        if not namespaces.is_built_in(strategy.template):
            namespace = _namespace(strategy, params)
            if namespace is None:
                log.warning("No record: %s has no value for its namespace template", strategy.strategy_id)
                continue
        strict = _strict_metadata(strategy, params.get("metadata", {}))
        added.append((session, event_id, strategy.strategy_no, namespace, strict, now))
        if strategy.extracts == "EPISODIC":  # it may be what an unfinished episode was put off for
            release(connection, Group(strategy.strategy_no, session, namespace, strict))
    connection.executemany(_PUT, added)
    if added and place.waiting_ms is None:
        connection.execute("UPDATE sessions SET waiting_ms = ? WHERE session_no = ?", (now, session))


_PUT = """
INSERT INTO extraction_queue (session_no, event_id, strategy_no, namespace, strict_metadata, arrived_ms,
                              attempts, not_before_ms)
VALUES (?, ?, ?, ?, ?, ?, 0, 0)
"""


def _namespace(strategy: Strategy, params: dict[str, Any]) -> str | None:
    known = {name: params[name] for name in ("actorId", "sessionId")}
    given = _variables(params) | known | {"memoryStrategyId": strategy.strategy_id}
    return namespaces.resolve(strategy.template, given)


def keep_namespaces(connection: apsw.Connection, strategy: Strategy) -> None:
    """What waits for a strategy stays with its template as it is now: it is about to get another one."""
    waiting = """
    SELECT DISTINCT session_no, session_id, actor_id
    FROM extraction_queue JOIN sessions USING (session_no) JOIN actors USING (actor_no)
    WHERE strategy_no = ? AND namespace IS NULL
    """
    keep = """
    UPDATE extraction_queue SET namespace = ? WHERE session_no = ? AND strategy_no = ? AND namespace IS NULL
    """
    for session, session_id, actor_id in values(connection, waiting, (strategy.strategy_no,)):
        namespace = _namespace(strategy, {"actorId": actor_id, "sessionId": session_id})
        connection.execute(keep, (namespace, session, strategy.strategy_no))


def _strict_metadata(strategy: Strategy, metadata: dict[str, Any]) -> str:
    """The event's values of the strategy's STRICTLY_CONSISTENT keys, which records copy."""
    if not metadata:
        return "{}"
    keys = sorted(key["key"] for key in strategy.schema() if is_strict(key))
    return json.dumps({key: metadata[key] for key in keys if key in metadata})


_WAITING = "job_id IS NULL"


def due(connection: apsw.Connection, delay_ms: int, limit: int) -> list[Group]:
    """Up to `limit` groups whose time has come, the longest waiting first."""
    now = now_ms()
    groups = (group for group, due_ms in _settling(connection, delay_ms, now) if due_ms <= now)
    return list(islice(groups, limit))


def next_due_ms(connection: apsw.Connection, delay_ms: int) -> int | None:
    """When to look again, should nothing be due: no later than the next group's time. None: nothing waits."""
    now = now_ms()
    times = [due_ms for _, due_ms in _settling(connection, delay_ms, now)]
    sql = "SELECT min(waiting_ms) AS next FROM sessions WHERE waiting_ms > ?"
    found = row(connection, sql, (now - delay_ms,))
    if found and found["next"] is not None:
        times.append(found["next"] + delay_ms)
    return min(times, default=None)


def _settling(connection: apsw.Connection, delay_ms: int, now: int) -> Iterator[tuple[Group, int]]:
    """The groups of sessions that have waited for the delay, each with when it is due; the longest waiting
    session first.

    Read only as far as the caller asks: with many sessions waiting the first are due, and nobody reads the
    rest.
    """
    sessions = "SELECT session_no FROM sessions WHERE waiting_ms <= ? ORDER BY waiting_ms"
    cursor = connection.cursor()
    cursor.row_trace = None  # plain tuples: they may be many
    for (session,) in cursor.execute(sessions, (now - delay_ms,)):
        for *group, due_ms in values(connection, _GROUPS, {"session": session, "delay": delay_ms}):
            yield Group(*group), due_ms


# A group is due when its session has been quiet for the delay, or it has waited for several, but no earlier
# than a failed attempt may be repeated.
_GROUPS = f"""
SELECT strategy_no, session_no, namespace, strict_metadata,
       max(max(not_before_ms), min(max(arrived_ms) + :delay, min(arrived_ms) + :delay * {LONGEST_WAIT}))
FROM extraction_queue WHERE session_no = :session AND {_WAITING}
GROUP BY strategy_no, namespace, strict_metadata ORDER BY min(arrived_ms)
"""  # noqa: S608 - constants


def pending(connection: apsw.Connection) -> int:
    """How many (event, strategy) pairs are still to be extracted; failed jobs are not counted."""
    found = row(connection, f"SELECT count(*) AS pending FROM extraction_queue WHERE {_WAITING}")  # noqa: S608
    return found["pending"] if found else 0


_OF_GROUP = """
job_id IS NULL AND strategy_no = :strategy_no AND session_no = :session_no
AND namespace IS :namespace AND strict_metadata = :strict_metadata
"""


def queued(connection: apsw.Connection, group: Group) -> list[Row]:
    """The group's rows in the order of the events."""
    sql = f"SELECT * FROM extraction_queue WHERE {_OF_GROUP} ORDER BY event_id"  # noqa: S608
    return rows(connection, sql, vars(group))


def remove(connection: apsw.Connection, found: list[Row]) -> bool:
    """Take rows off the queue; False when one of them was no longer there (its event was deleted)."""
    connection.execute(f"DELETE FROM extraction_queue WHERE {_THESE}", _these(found))  # noqa: S608 - constant
    are_all = connection.changes() == len(found)
    events.rest(connection, found[0]["session_no"])
    return are_all


# Rows of one group, by the ids of their events.
_THESE = """
session_no = :session_no AND strategy_no = :strategy_no
AND event_id IN (SELECT value FROM json_each(:event_ids))
"""


def _these(found: list[Row]) -> dict[str, Any]:
    """What `_THESE` needs to know of a group's rows, of which there is at least one."""
    place = {name: found[0][name] for name in ("session_no", "strategy_no")}
    return place | {"event_ids": _event_ids(found)}


def _event_ids(found: list[Row]) -> str:
    return json.dumps([each["event_id"] for each in found])


def put_off(connection: apsw.Connection, group: Group, until_ms: int, known: list[Row]) -> None:
    """Let a group wait until then; no longer than any other, if it has rows besides the known ones."""
    sql = f"""
    UPDATE extraction_queue SET not_before_ms = CASE
        WHEN EXISTS (SELECT 1 FROM extraction_queue
                     WHERE {_OF_GROUP} AND event_id NOT IN (SELECT value FROM json_each(:known)))
        THEN 0 ELSE :until END
    WHERE {_OF_GROUP}
    """  # noqa: S608
    connection.execute(sql, vars(group) | {"until": until_ms, "known": _event_ids(known)})


def release(connection: apsw.Connection, group: Group | None = None) -> None:
    """Let a group that was put off (all groups, after a restart) wait no longer than any other."""
    of_group = _OF_GROUP if group else _WAITING
    sql = f"""
    UPDATE extraction_queue INDEXED BY extraction_queue_put_off SET not_before_ms = 0
    WHERE {of_group} AND not_before_ms > 0
    """  # noqa: S608
    connection.execute(sql, vars(group) if group else {})


def fail(
    connection: apsw.Connection,
    found: list[Row],
    reason: str,
    messages: list[list[Any]],
    *,
    lasting: bool = False,
) -> bool:
    """Note a failed attempt; after the last one the rows wait in a failed job. True if that was it.

    `lasting`: another attempt would fail too, so that this one was the last.
    """
    attempts = max(each["attempts"] for each in found) + 1
    job_id = identifiers.job_id() if lasting or attempts >= MAX_ATTEMPTS else None
    sql = f"""
    UPDATE extraction_queue SET attempts = :attempts, not_before_ms = :retry, job_id = :job_id
    WHERE {_THESE}
    """  # noqa: S608 - constant
    retry = now_ms() + RETRY_MS * 2 ** (attempts - 1)
    connection.execute(sql, _these(found) | {"attempts": attempts, "retry": retry, "job_id": job_id})
    if job_id is None or not connection.changes():
        return False
    job = """
    INSERT INTO extraction_jobs (job_id, strategy_no, session_no, failed_ms, reason, messages)
    VALUES (?, ?, ?, ?, ?, ?)
    """
    where = (found[0]["strategy_no"], found[0]["session_no"])
    events.rest(connection, found[0]["session_no"])
    connection.execute(job, (job_id, *where, now_ms(), reason, json.dumps(messages)))
    return True


def failed_jobs(
    connection: apsw.Connection, memory_no: int, wanted: dict[str, str], after: int | None, limit: int
) -> list[Row]:
    """Up to `limit` failed jobs, newest first; `wanted`: strategyId, actorId, sessionId."""
    sql = """
    SELECT job_no, job_id, reason, messages, strategy_id, actor_id, session_id
    FROM extraction_jobs JOIN strategies USING (strategy_no)
         JOIN sessions USING (session_no) JOIN actors USING (actor_no)
    WHERE strategies.memory_no = :memory AND (:after IS NULL OR job_no < :after)
      AND (:strategy IS NULL OR strategy_id = :strategy)
      AND (:actor IS NULL OR actor_id = :actor) AND (:session IS NULL OR session_id = :session)
    ORDER BY job_no DESC LIMIT :limit
    """
    names = {"strategy": "strategyId", "actor": "actorId", "session": "sessionId"}
    filters = {name: wanted.get(member) for name, member in names.items()}
    return rows(connection, sql, filters | {"memory": memory_no, "after": after, "limit": limit})


def restart(connection: apsw.Connection, memory_no: int, job_id: str) -> bool:
    """Queue the events of a failed job again, due at once; False when there is no such job.

    Reference: "When earlier extraction attempts have left events unprocessed, this job will pick up and
    extract those as well": earlier jobs of the same strategy and session are started with it.
    """
    sql = """
    DELETE FROM extraction_jobs WHERE job_no IN (
        SELECT earlier.job_no FROM extraction_jobs AS started JOIN strategies USING (strategy_no)
             JOIN extraction_jobs AS earlier USING (strategy_no, session_no)
        WHERE started.job_id = ? AND memory_no = ? AND earlier.job_no <= started.job_no
    ) RETURNING job_id, session_no
    """
    started = rows(connection, sql, (job_id, memory_no))
    again = """
    UPDATE extraction_queue SET job_id = NULL, attempts = 0, not_before_ms = 0
    WHERE session_no = :session_no AND job_id = :job_id
    """
    handed_over = "UPDATE handovers SET failed = 0, attempts = 0, not_before_ms = 0 WHERE job_id = :job_id"
    waiting = """
    UPDATE sessions SET waiting_ms = (
        SELECT min(arrived_ms) FROM extraction_queue WHERE session_no = :session_no AND job_id IS NULL)
    WHERE session_no = :session_no
    """
    for job in started:
        connection.execute(again, job)
        connection.execute(waiting, job)
        connection.execute(handed_over, job)
    return bool(started)
