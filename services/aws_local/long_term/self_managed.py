"""Self-managed strategies: when a session's new events are handed over, and what is handed over.

An event waits here from its own transaction on. A trigger that fires makes a hand-over of all that waits in
the session: by number of messages or tokens in the transaction of the event that reaches it, by idle time
when that has passed. A hand-over has one job id, whatever happens until it has arrived (`handover_delivery`).
Payload and notification have the form of the developer guide, "Self-managed strategy".
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import apsw

from services.aws_local import identifiers
from services.aws_local.clock import now_ms
from services.aws_local.memory import events
from services.aws_local.memory.memories import Memory, Strategy
from services.aws_local.memory.metadata_filters import Condition
from services.aws_local.storage.store import Row, row, rows

SELF_MANAGED = "SELF_MANAGED"
FAILED = "SELF_MANAGED_DELIVERY_FAILED"
"""failureReason of a hand-over that never arrived (ours: AWS documents none)."""

MAX_ATTEMPTS = 5
_FIRST_PAUSE_MS = 500  # then twice as long each time
_CHARACTERS_PER_TOKEN = 4  # AWS does not say how it counts


def put(connection: apsw.Connection, memory: Memory, params: dict[str, Any], event_id: str) -> None:
    """Let an event (`params` of CreateEvent) wait for the triggers of the memory's self-managed strategies;
    fire those that it reaches.
    """
    now = now_ms()
    waiting = [each for each in memory.strategies if _hands_over(each, now)]
    spoken = [part["conversational"] for part in params["payload"] if "conversational" in part]
    if not waiting or not spoken:
        return
    session = events.session_no(connection, memory.memory_no, params["actorId"], params["sessionId"])
    if session is None:
        raise LookupError("the session of an event was not stored")
    texts = [each["content"]["text"] for each in spoken]
    for strategy in waiting:
        _wait(connection, strategy, session, texts, event_id)
        if _reached(connection, strategy, session):
            fire(connection, strategy.strategy_no, session)


def _hands_over(strategy: Strategy, at_ms: int) -> bool:
    return strategy.extracts == SELF_MANAGED and strategy.status(at_ms) == "ACTIVE"


def _wait(
    connection: apsw.Connection, strategy: Strategy, session: int, texts: list[str], event_id: str
) -> None:
    sql = """
    INSERT INTO handover_queue (strategy_no, session_no, event_id, timestamp_ms, messages, tokens, idle_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    """
    tokens = sum(-(-len(text) // _CHARACTERS_PER_TOKEN) for text in texts)
    idle = _trigger(strategy, "timeBasedTrigger", "idleSessionTimeout")
    fires = None if idle is None else now_ms() + idle * 1000
    event = (event_id, identifiers.timestamp_ms(event_id), len(texts), tokens, fires)
    connection.execute(sql, (strategy.strategy_no, session, *event))


def _trigger(strategy: Strategy, name: str, member: str) -> int | None:
    """The value of one kind of trigger, None where the strategy has none of that kind."""
    conditions = strategy.settings["configuration"]["selfManagedConfiguration"]["triggerConditions"]
    found = (condition[name].get(member) for condition in conditions if name in condition)
    return next((value for value in found if value is not None), None)


def _reached(connection: apsw.Connection, strategy: Strategy, session: int) -> bool:
    sql = """
    SELECT sum(messages) AS messages, sum(tokens) AS tokens FROM handover_queue
    WHERE strategy_no = ? AND session_no = ? AND job_id IS NULL
    """
    (waiting,) = rows(connection, sql, (strategy.strategy_no, session))
    limits = {
        "messages": _trigger(strategy, "messageBasedTrigger", "messageCount"),
        "tokens": _trigger(strategy, "tokenBasedTrigger", "tokenCount"),
    }
    return any(limit is not None and waiting[name] >= limit for name, limit in limits.items())


def fire(connection: apsw.Connection, strategy_no: int, session: int) -> None:
    """Make a hand-over of all that waits in the session."""
    job_id = identifiers.job_id()
    made = "INSERT INTO handovers (job_id, strategy_no, session_no, fired_ms) VALUES (?, ?, ?, ?)"
    connection.execute(made, (job_id, strategy_no, session, now_ms()))
    taken = """
    UPDATE handover_queue SET job_id = ? WHERE strategy_no = ? AND session_no = ? AND job_id IS NULL
    """
    connection.execute(taken, (job_id, strategy_no, session))


def fire_idle(connection: apsw.Connection) -> int:
    """Fire for the sessions that have been quiet for their strategy's idle time; how many."""
    idle = rows(connection, _IDLE, {"now": now_ms()})
    for found in idle:
        fire(connection, found["strategy_no"], found["session_no"])
    return len(idle)


def has_idle(connection: apsw.Connection) -> bool:
    """Whether `fire_idle` has something to do."""
    return bool(rows(connection, _IDLE, {"now": now_ms()}))


_IDLE = """
SELECT DISTINCT strategy_no, session_no FROM handover_queue AS waiting
WHERE job_id IS NULL AND idle_ms <= :now AND NOT EXISTS (
    SELECT 1 FROM handover_queue AS later
    WHERE later.strategy_no = waiting.strategy_no AND later.session_no = waiting.session_no
      AND later.job_id IS NULL AND later.idle_ms > :now
)
"""


def due(connection: apsw.Connection) -> list[Row]:
    """The hand-overs to deliver now: of each session the oldest, so that they arrive in order."""
    sql = """
    SELECT handovers.*, memory_id, account_id, strategy_id, strategies.settings, session_id, actor_id
    FROM handovers JOIN strategies USING (strategy_no) JOIN memories USING (memory_no)
         JOIN sessions USING (session_no) JOIN actors USING (actor_no)
    WHERE failed = 0 AND not_before_ms <= ? AND strategies.gone_ms IS NULL AND NOT EXISTS (
        SELECT 1 FROM handovers AS earlier
        WHERE earlier.strategy_no = handovers.strategy_no AND earlier.session_no = handovers.session_no
          AND earlier.handover_no < handovers.handover_no AND earlier.failed = 0
    ) ORDER BY handover_no
    """
    return rows(connection, sql, (now_ms(),))


def pending(connection: apsw.Connection) -> int:
    """How many hand-overs have fired and not arrived; failed ones are not counted."""
    found = row(connection, "SELECT count(*) AS pending FROM handovers WHERE failed = 0")
    return found["pending"] if found else 0


def payload_of(connection: apsw.Connection, handover: Row) -> dict[str, Any] | None:
    """The S3 object of a hand-over; None when all of its events were deleted meanwhile."""
    session = handover["session_no"]
    queued = _events_of(connection, handover["job_id"])
    found = [event for each in queued if (event := events.find(connection, session, each["event_id"]))]
    if not found:
        return None
    configuration = json.loads(handover["settings"])["configuration"]["selfManagedConfiguration"]
    window = configuration["historicalContextWindowSize"]
    first = (found[0]["timestamp_ms"], found[0]["event_id"])
    said = [Condition("extractable")]
    before = events.newest_first(connection, session, said, before=first, limit=window) if window > 0 else []
    history = [part for event in reversed(before) for part in _context(event)]
    return {
        "requestId": handover["job_id"],
        "accountId": handover["account_id"],
        "memoryId": handover["memory_id"],
        "actorId": handover["actor_id"],
        "sessionId": handover["session_id"],
        "strategyId": handover["strategy_id"],
        "startingTimestamp": found[0]["timestamp_ms"] // 1000,
        "endingTimestamp": found[-1]["timestamp_ms"] // 1000,
        "currentContext": [part for event in found for part in _context(event)],
        "historicalContext": history[-window:] if window > 0 else [],
    }


def _events_of(connection: apsw.Connection, job_id: str) -> list[Row]:
    sql = "SELECT event_id FROM handover_queue WHERE job_id = ? ORDER BY timestamp_ms, event_id"
    return rows(connection, sql, (job_id,))


def _context(event: Row) -> list[dict[str, Any]]:
    """An event's messages as the payload lists them: `{role, content}`, or `{blob}`."""
    return [part.get("conversational", part) for part in json.loads(event["payload"])]


def notification(handover: Row, location: str) -> dict[str, Any]:
    """What a subscriber of the SNS topic gets: SNS's envelope around the service's message."""
    message = {
        "jobId": handover["job_id"],
        "s3PayloadLocation": location,
        "memoryId": handover["memory_id"],
        "strategyId": handover["strategy_id"],
    }
    return {
        "Type": "Notification",
        "MessageId": handover["job_id"],
        "TopicArn": invocation(handover)["topicArn"],
        "Message": json.dumps(message),
        "Timestamp": datetime.fromtimestamp(handover["fired_ms"] / 1000, UTC).isoformat(
            timespec="milliseconds"
        ),
    }


def invocation(handover: Row) -> dict[str, str]:
    """The strategy's invocationConfiguration: topicArn, payloadDeliveryBucketName."""
    configuration = json.loads(handover["settings"])["configuration"]["selfManagedConfiguration"]
    found: dict[str, str] = configuration["invocationConfiguration"]
    return found


def arrived(connection: apsw.Connection, job_id: str) -> None:
    """A hand-over was delivered, or has nothing left to deliver."""
    connection.execute("DELETE FROM handovers WHERE job_id = ?", (job_id,))
    connection.execute("DELETE FROM handover_queue WHERE job_id = ?", (job_id,))


def failed(connection: apsw.Connection, handover: Row) -> None:
    """Count an attempt; after the last one the hand-over is a failed job, which can be started again. One
    whose events were all deleted meanwhile is none any more.
    """
    attempts = handover["attempts"] + 1
    sql = "UPDATE handovers SET attempts = ?, not_before_ms = ?, failed = ? WHERE job_id = ?"
    retry = now_ms() + _FIRST_PAUSE_MS * 2 ** (attempts - 1)
    last = attempts >= MAX_ATTEMPTS
    connection.execute(sql, (attempts, retry, last, handover["job_id"]))
    if last and connection.changes():
        messages = _places(connection, handover)
        job = """
        INSERT INTO extraction_jobs (job_id, strategy_no, session_no, failed_ms, reason, messages)
        VALUES (?, ?, ?, ?, ?, ?)
        """
        where = (handover["job_id"], handover["strategy_no"], handover["session_no"])
        connection.execute(job, (*where, now_ms(), FAILED, json.dumps(messages)))


def _places(connection: apsw.Connection, handover: Row) -> list[list[Any]]:
    """[event id, index in the payload] of every message of a hand-over."""
    queued = _events_of(connection, handover["job_id"])
    found = [events.find(connection, handover["session_no"], each["event_id"]) for each in queued]
    return [
        [event["event_id"], index]
        for event in found
        if event is not None
        for index, part in enumerate(json.loads(event["payload"]))
        if "conversational" in part
    ]
