"""Summaries in the background: one thread that ends idle sessions, summarises ended ones, and erases.

On AWS a summary comes some minutes after the end of its session; here after `--summary-delay`. What was said
is erased in the transaction that stores its summary, so a session has one or the other.
"""

from __future__ import annotations

import json
import logging
import threading
from typing import Any

import apsw

from services.aws_local.agents import agents, aliases, sessions, summaries
from services.aws_local.agents.brain import Brain
from services.aws_local.clock import now_ms
from services.aws_local.errors import ServiceError
from services.aws_local.failures import where
from services.aws_local.storage.store import Row, Store, row
from services.aws_local.storage.store_errors import StoreClosed

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
RETRY_MS = 2_000
_AFTER_ERROR_SECONDS = 1.0
_UPKEEP_SECONDS = 30.0
_AT_ONCE = 250


class Summarising:
    """The worker. `start` it once, `wake` it when a session ended, `close` it before the store."""

    def __init__(self, store: Store, brain: Brain, delay_seconds: float) -> None:
        self._store = store
        self._brain = brain
        self._delay_ms = round(delay_seconds * 1000)
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="summaries", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """A session ended, or another may end sooner than all before."""
        self._wake.set()

    def close(self) -> None:
        """Stop after the session in hand; what waits goes on waiting."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if not self._step():
                    self._sleep()
            except StoreClosed:
                return
            except Exception as error:  # the sessions wait on, and the thread must live
                seconds = _AFTER_ERROR_SECONDS
                log.error("Summaries are paused and tried again in %s s: %s", seconds, where(error))
                self._stop.wait(seconds)

    def _step(self) -> bool:
        """Do what is due; whether there may be more."""
        if self._store.read(_something_is_over):
            self._store.write(sessions.end_idle)
            while self._store.write(agents.erase_gone) or self._store.write(aliases.erase_gone):
                pass
            self._store.write(lambda db: summaries.erase_expired(db, _AT_ONCE))
        session = self._store.read(lambda db: sessions.due(db, self._delay_ms))
        if session is not None:
            self._summarise(session)
        return session is not None

    def _sleep(self) -> None:
        """Until the next session is due or idle, or something wakes."""
        times = [
            self._store.read(lambda db: sessions.next_due_ms(db, self._delay_ms)),
            self._store.read(sessions.next_idle_ms),
        ]
        known = [(at - now_ms()) / 1000 for at in times if at is not None]
        self._wake.wait(max(0.01, min([*known, _UPKEEP_SECONDS])))
        self._wake.clear()

    def _summarise(self, session: Row) -> None:
        """One summary for each memory id of a session (as a rule there is one)."""
        said: dict[str, list[dict[str, Any]]] = {}
        for turn in self._store.read(lambda db: sessions.turns(db, session["session_no"])):
            if turn["memory_id"] is not None:
                said.setdefault(turn["memory_id"], []).extend(turn["messages"])
        model_id = str(json.loads(session["settings"]).get("foundationModel", ""))
        try:
            made = {each: self._brain.summary(messages, model_id) for each, messages in said.items()}
        except Exception as error:  # a session that cannot be summarised must not hold up the others
            self._failed(session, error.code if isinstance(error, ServiceError) else where(error))
            return

        def store(connection: apsw.Connection) -> None:
            left = {
                turn["memory_id"] for turn in sessions.turns(connection, session["session_no"])
            }  # DeleteAgentMemory may have come meanwhile
            if sessions.erase(connection, session["session_no"]):
                for memory_id, text in made.items():
                    if memory_id in left:
                        summaries.insert(connection, session, memory_id, text)

        self._store.write(store)

    def _failed(self, session: Row, reason: str) -> None:
        """Try again later, each time later; give up in the end: nobody but the log is told, as on AWS."""
        attempts = session["attempts"] + 1
        told = (session["agent_id"], attempts, reason)
        if attempts >= MOST_ATTEMPTS:
            log.error("A session of agent %s gets no summary after %d attempts: %s", *told)
            self._store.write(lambda db: sessions.erase(db, session["session_no"]))
            return
        log.warning("A session of agent %s could not be summarised (attempt %d): %s", *told)
        again_ms = now_ms() + RETRY_MS * 2 ** (attempts - 1)
        self._store.write(lambda db: sessions.put_off(db, session["session_no"], again_ms))


def _something_is_over(connection: apsw.Connection) -> bool:
    """Whether a session's idle time, a summary's, an agent's or an alias's time is over."""
    now = now_ms()
    sql = """
    SELECT EXISTS (SELECT 1 FROM agent_sessions WHERE ended_ms IS NULL AND last_ms + idle_ms <= ?1)
        OR EXISTS (SELECT 1 FROM agent_summaries WHERE expires_ms <= ?1)
        OR EXISTS (SELECT 1 FROM agents WHERE transition = 'DELETING' AND settled_ms <= ?1)
        OR EXISTS (SELECT 1 FROM agent_aliases WHERE transition = 'DELETING' AND settled_ms <= ?1) AS found
    """
    found = row(connection, sql, (now,))
    return bool(found and found["found"])
