"""Memory resources and their strategies in the database.

Status is a function of the clock: a memory is CREATING or UPDATING until `settled_ms` and then ACTIVE; one
that is DELETING is gone from then on. No timer has to fire, and a restart changes nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import itemgetter
from typing import Any

import apsw

from services.aws_local.call import Scope
from services.aws_local.clock import now_ms
from services.aws_local.errors import ResourceNotFoundException
from services.aws_local.identifiers import memory_arn
from services.aws_local.memory import events
from services.aws_local.storage.store import Row, row, rows, values

EXTRACTED_TYPES = ("SEMANTIC", "USER_PREFERENCE", "SUMMARIZATION", "EPISODIC")
"""What the endpoint extracts itself; the conversations of self-managed strategies are handed over."""


@dataclass(frozen=True)
class Strategy:
    """One strategy; `extracts` is its type with overrides resolved (CUSTOM never appears there)."""

    strategy_no: int
    strategy_id: str
    name: str
    type: str
    extracts: str
    template: str
    created_ms: int
    updated_ms: int
    active_ms: int
    gone_ms: int | None
    settings: dict[str, Any]

    def status(self, at_ms: int) -> str:
        if self.gone_ms is not None:
            return "DELETING"
        return "CREATING" if at_ms < self.active_ms else "ACTIVE"

    def extracts_at(self, at_ms: int) -> bool:
        """Whether an event that arrives then becomes records (reference: only once ACTIVE)."""
        return self.extracts in EXTRACTED_TYPES and self.status(at_ms) == "ACTIVE"

    def schema(self) -> list[dict[str, Any]]:
        """The metadata keys that records of this strategy may carry."""
        schema: list[dict[str, Any]] = self.settings.get("memoryRecordSchema", {}).get("metadataSchema", [])
        return schema


@dataclass(frozen=True)
class Memory:
    """One memory resource with its strategies."""

    memory_no: int
    account_id: str
    region: str
    memory_id: str
    name: str
    created_ms: int
    updated_ms: int
    transition: str
    settled_ms: int
    settings: dict[str, Any]
    indexed_ms: dict[str, int]
    tags: dict[str, str]
    strategies: tuple[Strategy, ...] = ()

    @property
    def arn(self) -> str:
        return memory_arn(self.account_id, self.region, self.memory_id)

    def status(self, at_ms: int) -> str:
        if self.transition == "DELETING":
            return "DELETING"
        return self.transition if at_ms < self.settled_ms else "ACTIVE"

    def strategy(self, strategy_id: str) -> Strategy | None:
        return next((each for each in self.strategies if each.strategy_id == strategy_id), None)


Columns = tuple[Any, ...]
_LIVING = "NOT (transition = 'DELETING' AND settled_ms <= :now)"
_FIELDS = tuple(each.name for each in fields(Memory) if each.name != "strategies")
_STRATEGY_FIELDS = tuple(each.name for each in fields(Strategy))
_FIND = f"""
SELECT {", ".join(_FIELDS)} FROM memories
WHERE account_id = :account AND region = :region AND memory_id = :id AND {_LIVING}
"""  # noqa: S608 - constants


_FIND_STRATEGIES = f"""
SELECT {", ".join(_STRATEGY_FIELDS)} FROM strategies
WHERE memory_no = ? AND (gone_ms IS NULL OR gone_ms > ?)
"""  # noqa: S608 - constants


def find(connection: apsw.Connection, scope: Scope, memory_id: str) -> Memory:
    """The memory of this account and region, by id or ARN; ResourceNotFoundException otherwise.

    A memory that is being deleted is still found (GetMemory shows it as DELETING).
    """
    account, region, identifier = _parts(scope, memory_id)
    now = now_ms()
    found = _columns(connection, scope, identifier, now)
    if found is None or (account, region) != (scope.account_id, scope.region):
        raise ResourceNotFoundException(f"Memory not found: {identifier}")
    memory_no: int = found[0]
    return _memory(found, _strategies(connection, memory_no, now))


def exists(connection: apsw.Connection, scope: Scope, identifier: str) -> bool:
    """Whether `find` finds the memory with this id."""
    return _columns(connection, scope, identifier, now_ms()) is not None


def _columns(connection: apsw.Connection, scope: Scope, identifier: str, at_ms: int) -> Columns | None:
    where = {"account": scope.account_id, "region": scope.region, "id": identifier, "now": at_ms}
    return next(iter(values(connection, _FIND, where)), None)


def find_usable(connection: apsw.Connection, scope: Scope, memory_id: str) -> Memory:
    """The memory for a call of the data plane, which no longer sees one that is being deleted."""
    memory = find(connection, scope, memory_id)
    if memory.transition == "DELETING":
        raise ResourceNotFoundException(f"Memory not found: {memory.memory_id}")
    return memory


def _parts(scope: Scope, memory_id: str) -> tuple[str, str, str]:
    """Account, region and id of `memory_id`, which may be an ARN."""
    if not memory_id.startswith("arn:"):
        return scope.account_id, scope.region, memory_id
    _, _, _, region, account, resource = memory_id.split(":", 5)
    return account, region, resource.removeprefix("memory/")


def named(connection: apsw.Connection, scope: Scope, name: str) -> Row | None:
    """The row of the memory that has this name, also while it is being deleted."""
    sql = f"SELECT * FROM memories WHERE account_id = :account AND region = :region AND name = :name AND {_LIVING}"  # noqa: S608, E501
    return row(
        connection,
        sql,
        {"account": scope.account_id, "region": scope.region, "name": name, "now": now_ms()},
    )


def newest_first(
    connection: apsw.Connection, scope: Scope, before: list[int] | None, limit: int
) -> list[Row]:
    """Up to `limit` memories older than the position `before` = [created_ms, memory_no]."""
    sql = f"""
    SELECT * FROM memories
    WHERE account_id = :account AND region = :region AND {_LIVING}
      AND (:created IS NULL OR (created_ms, memory_no) < (:created, :no))
    ORDER BY created_ms DESC, memory_no DESC LIMIT :limit
    """  # noqa: S608
    created, number = before or (None, None)
    bindings = {"account": scope.account_id, "region": scope.region, "now": now_ms()}
    return rows(connection, sql, bindings | {"created": created, "no": number, "limit": limit})


def status_of(found: Row) -> str:
    """The status of a memory's row now."""
    if found["transition"] == "DELETING" or now_ms() < found["settled_ms"]:
        status: str = found["transition"]
        return status
    return "ACTIVE"


@lru_cache(maxsize=64)
def _memory(columns: Columns, strategies: tuple[Columns, ...]) -> Memory:
    """The memory that rows say. Nearly every call reads the same rows, and parsing them takes far longer than
    reading them; a changed row is another key, so that there is nothing to invalidate.
    """
    found = dict(zip(_FIELDS, columns, strict=True))
    documents = {name: json.loads(found[name]) for name in ("settings", "indexed_ms", "tags")}
    return Memory(**(found | documents), strategies=tuple(_strategy(each) for each in strategies))


def _strategies(connection: apsw.Connection, memory_no: int, at_ms: int) -> tuple[Columns, ...]:
    """The rows of the memory's strategies, the oldest first. (SQLite takes longer to prepare to sort than to
    read them.)
    """
    return tuple(sorted(values(connection, _FIND_STRATEGIES, (memory_no, at_ms)), key=itemgetter(0)))


def _strategy(columns: Columns) -> Strategy:
    found = dict(zip(_STRATEGY_FIELDS, columns, strict=True))
    return Strategy(**(found | {"settings": json.loads(found["settings"])}))


def insert(connection: apsw.Connection, fields: Row) -> int:
    """Store a new memory; its number."""
    sql = """
    INSERT INTO memories (account_id, region, memory_id, name, created_ms, updated_ms, transition,
                          settled_ms, settings, indexed_ms, tags)
    VALUES (:account_id, :region, :memory_id, :name, :created_ms, :created_ms, 'CREATING',
            :settled_ms, :settings, :indexed_ms, :tags)
    """
    connection.execute(sql, fields)
    return connection.last_insert_rowid()


def update(connection: apsw.Connection, memory: Memory, transition: str, settled_ms: int) -> None:
    """Store the settings and indexed keys of `memory`, which now goes through `transition`."""
    sql = """
    UPDATE memories SET updated_ms = ?, transition = ?, settled_ms = ?, settings = ?, indexed_ms = ?
    WHERE memory_no = ?
    """
    documents = (json.dumps(memory.settings), json.dumps(memory.indexed_ms))
    connection.execute(sql, (now_ms(), transition, settled_ms, *documents, memory.memory_no))


def set_tags(connection: apsw.Connection, memory_no: int, tags: dict[str, str]) -> None:
    connection.execute("UPDATE memories SET tags = ? WHERE memory_no = ?", (json.dumps(tags), memory_no))


def set_deleting(connection: apsw.Connection, memory_no: int, gone_ms: int) -> None:
    sql = "UPDATE memories SET transition = 'DELETING', settled_ms = ?, updated_ms = ? WHERE memory_no = ?"
    connection.execute(sql, (gone_ms, now_ms(), memory_no))


def free_names(connection: apsw.Connection) -> None:
    """Let the memories whose deletion is complete go by another name until `erasure` is done with them."""
    sql = "UPDATE memories SET name = '#' || memory_no WHERE transition = 'DELETING' AND settled_ms <= ?"
    connection.execute(sql, (now_ms(),))


def purge_strategies(connection: apsw.Connection) -> None:
    """Erase the strategies whose deletion is complete."""
    connection.execute("DELETE FROM strategies WHERE gone_ms <= ?", (now_ms(),))


def owner_of(memory_no: int) -> str:
    """Under which name a memory's client tokens are kept."""
    return f"memory:{memory_no}"


def insert_strategy(connection: apsw.Connection, memory_no: int, fields: Row) -> None:
    sql = """
    INSERT INTO strategies (memory_no, strategy_id, name, type, extracts, template, created_ms, updated_ms,
                            active_ms, settings)
    VALUES (:memory_no, :strategy_id, :name, :type, :extracts, :template, :created_ms, :created_ms,
            :active_ms, :settings)
    """
    connection.execute(sql, fields | {"memory_no": memory_no})


def update_strategy(connection: apsw.Connection, strategy: Strategy) -> None:
    sql = "UPDATE strategies SET template = ?, settings = ?, updated_ms = ? WHERE strategy_no = ?"
    settings = json.dumps(strategy.settings)
    connection.execute(sql, (strategy.template, settings, now_ms(), strategy.strategy_no))


def set_strategy_gone(connection: apsw.Connection, strategy_no: int, gone_ms: int) -> None:
    """A strategy is DELETING until `gone_ms`. Its records stay, what it had not extracted is dropped."""
    connection.execute("UPDATE strategies SET gone_ms = ? WHERE strategy_no = ?", (gone_ms, strategy_no))
    connection.execute("DELETE FROM extraction_queue WHERE strategy_no = ?", (strategy_no,))
    events.rest(connection)
    connection.execute("DELETE FROM handover_queue WHERE strategy_no = ?", (strategy_no,))
    connection.execute("DELETE FROM handovers WHERE strategy_no = ?", (strategy_no,))
    connection.execute("DELETE FROM extraction_jobs WHERE strategy_no = ?", (strategy_no,))


def strategy_by_number(connection: apsw.Connection, strategy_no: int) -> tuple[int, Strategy] | None:
    """A strategy and the number of its memory."""
    sql = f"SELECT {', '.join(_STRATEGY_FIELDS)}, memory_no FROM strategies WHERE strategy_no = ?"  # noqa: S608
    for *columns, memory_no in values(connection, sql, (strategy_no,)):
        return memory_no, _strategy(tuple(columns))
    return None
