"""The address book of memory ids, and the sessions held under them: AWS lists neither.

A memory id belongs to an alias of an agent at a connection. It is known here because somebody chatted under
it, wrote it down, or read it from a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

import sqlalchemy as sa

from services.workspace.store import Workspace, now_text
from services.workspace.tables import agent_memories, agent_sessions

Source = Literal["chat", "hand", "file", "tour"]


@dataclass(frozen=True)
class Home:
    """Where memory ids live: an alias of an agent at a connection."""

    connection_key: str
    agent_id: str
    alias_id: str


@dataclass(frozen=True)
class Address:
    """One memory id: who wrote it down, when, and where it is from."""

    memory_id: str
    at: datetime
    who: str
    source: Source


@dataclass(frozen=True)
class KnownSession:
    """What the dashboard knows of a session. `ended_at`: it was ended here; `summary_seen_at` and
    `summary_expires_at`: its summary was listed; `deleted_at`: its summary was deleted here."""

    session_id: str
    memory_id: str
    started_at: datetime
    last_at: datetime
    idle_seconds: int
    turns: int
    ended_at: datetime | None = None
    summary_seen_at: datetime | None = None
    summary_expires_at: datetime | None = None
    deleted_at: datetime | None = None


def add(workspace: Workspace, home: Home, who: str, memory_ids: Iterable[str], source: Source) -> int:
    """Writes memory ids into the book; those that are in it stay as they are. How many are new."""
    new = 0
    with workspace.transaction() as connection:
        for memory_id in dict.fromkeys(memory_ids):
            known = sa.select(agent_memories.c.memory_id).where(_of_memory(home, memory_id))
            if connection.execute(known).first() is not None:
                continue
            row = {**_home(home), "memory_id": memory_id, "at": now_text(), "who": who, "source": source}
            connection.execute(agent_memories.insert().values(row))
            new += 1
    return new


def remove(workspace: Workspace, home: Home, memory_id: str) -> None:
    """Takes a memory id and its sessions out of the book; nothing happens at AWS."""
    with workspace.transaction() as connection:
        connection.execute(agent_memories.delete().where(_of_memory(home, memory_id)))
        connection.execute(
            agent_sessions.delete().where(_at(agent_sessions, home), agent_sessions.c.memory_id == memory_id)
        )


def list_addresses(workspace: Workspace, home: Home) -> list[Address]:
    """The memory ids of an alias, in the order of their names."""
    query = sa.select(agent_memories).where(_at(agent_memories, home)).order_by(agent_memories.c.memory_id)
    with workspace.transaction() as connection:
        return [_address(row._mapping) for row in connection.execute(query)]


def aliases_known(workspace: Workspace, connection_key: str, agent_id: str) -> list[str]:
    """The aliases of an agent under which memory ids are known."""
    columns = agent_memories.c
    query = (
        sa.select(columns.alias_id)
        .where(columns.connection == connection_key, columns.agent_id == agent_id)
        .distinct()
    )
    with workspace.transaction() as connection:
        return sorted(connection.execute(query).scalars())


def homes_of(workspace: Workspace, connection_key: str, memory_id: str) -> list[Home]:
    """The aliases of a connection under which a memory id, or a session of it, is known."""
    found: set[tuple[str, str]] = set()
    with workspace.transaction() as connection:
        for table in (agent_memories, agent_sessions):
            named = (table.c.connection == connection_key, table.c.memory_id == memory_id)
            query = sa.select(table.c.agent_id, table.c.alias_id).where(*named)
            found.update((row.agent_id, row.alias_id) for row in connection.execute(query))
    return [Home(connection_key, agent_id, alias_id) for agent_id, alias_id in sorted(found)]


def forget_agent(workspace: Workspace, connection_key: str, agent_id: str) -> None:
    """Takes everything of an agent out of the book."""
    with workspace.transaction() as connection:
        for table in (agent_sessions, agent_memories):
            of_agent = (table.c.connection == connection_key, table.c.agent_id == agent_id)
            connection.execute(table.delete().where(*of_agent))


def turn_taken(workspace: Workspace, home: Home, session_id: str, memory_id: str, idle_seconds: int) -> None:
    """Notes that something was said in a session; after its end the same id begins another session."""
    now = now_text()
    columns = agent_sessions.c
    with workspace.transaction() as connection:
        known = connection.execute(sa.select(agent_sessions).where(_of_session(home, session_id))).first()
        begun = {
            "memory_id": memory_id,
            "started_at": now,
            "last_at": now,
            "idle_seconds": idle_seconds,
            "turns": 1,
            "ended_at": None,
            "summary_seen_at": None,
            "summary_expires_at": None,
            "deleted_at": None,
        }
        if known is None:
            row = {**_home(home), "session_id": session_id, **begun}
            connection.execute(agent_sessions.insert().values(row))
            return
        goes_on = known._mapping["ended_at"] is None and known._mapping["memory_id"] == memory_id
        values = {"last_at": now, "turns": columns.turns + 1, "idle_seconds": idle_seconds}
        connection.execute(
            agent_sessions.update().where(_of_session(home, session_id)).values(values if goes_on else begun)
        )


def session_ended(workspace: Workspace, home: Home, session_id: str) -> None:
    """Notes that a session was ended (endSession)."""
    _update(workspace, _of_session(home, session_id), ended_at=now_text())


def summaries_seen(
    workspace: Workspace, home: Home, memory_id: str, summaries: Iterable[Mapping[str, Any]]
) -> None:
    """Notes the summaries that were listed (`sessionSummary` members), so that their expiry is known later.

    Sessions that were held elsewhere become known by it; the times are the service's.
    """
    known = {each.session_id: each for each in list_sessions(workspace, home, memory_id)}
    now = now_text()
    with workspace.transaction() as connection:
        for summary in summaries:
            session_id, expires = str(summary["sessionId"]), _text(summary.get("sessionExpiryTime"))
            seen = {"summary_seen_at": now, "summary_expires_at": expires}
            if session_id not in known:
                started = _text(summary.get("sessionStartTime")) or now
                row = {
                    **_home(home),
                    "session_id": session_id,
                    "memory_id": memory_id,
                    "started_at": started,
                    "last_at": started,
                    "idle_seconds": 0,
                    "turns": 0,
                    "ended_at": started,
                }
                connection.execute(agent_sessions.delete().where(_of_session(home, session_id)))
                connection.execute(agent_sessions.insert().values(row | seen))
            elif known[session_id].summary_seen_at is None:
                update = agent_sessions.update().where(_of_session(home, session_id))
                connection.execute(update.values(seen))


def summaries_deleted(
    workspace: Workspace, home: Home, memory_id: str, session_id: str | None = None
) -> None:
    """Notes that summaries were deleted here: one session's, or all of a memory id."""
    where = _at(agent_sessions, home) & (agent_sessions.c.memory_id == memory_id)
    if session_id is not None:
        where &= agent_sessions.c.session_id == session_id
    _update(workspace, where, deleted_at=now_text())


def list_sessions(workspace: Workspace, home: Home, memory_id: str) -> list[KnownSession]:
    """The sessions of a memory id that are known here, newest first."""
    query = (
        sa.select(agent_sessions)
        .where(_at(agent_sessions, home), agent_sessions.c.memory_id == memory_id)
        .order_by(agent_sessions.c.started_at.desc(), agent_sessions.c.session_id)
    )
    with workspace.transaction() as connection:
        return [_session(row._mapping) for row in connection.execute(query)]


def ids_in_file(content: str) -> tuple[list[str], list[str]]:
    """Memory ids in a text: one a line, or the column `memoryId` (else the first) of a CSV.

    Returns the ids, each once, and the lines that hold none, as they are.
    """
    rows = [
        [cell.strip().strip("\"'") for cell in re.split(r"[,;\t]", line)] for line in content.splitlines()
    ]
    rows = [row for row in rows if any(row)]
    names = [cell.lower().replace("_", "").replace(" ", "") for cell in rows[0]] if rows else []
    column = names.index("memoryid") if "memoryid" in names else 0
    body = rows[1:] if "memoryid" in names else rows
    found: list[str] = []
    wrong: list[str] = []
    for row in body:
        cell = row[column] if column < len(row) else ""
        (found if is_memory_id(cell) else wrong).append(cell)
    return list(dict.fromkeys(found)), wrong


def is_memory_id(text: str) -> bool:
    """Whether AWS takes it for a memory or session id (service model: MemoryId, SessionId)."""
    return re.fullmatch(r"[0-9a-zA-Z._:-]{2,100}", text) is not None


def _update(workspace: Workspace, where: sa.ColumnElement[bool], **values: str) -> None:
    with workspace.transaction() as connection:
        connection.execute(agent_sessions.update().where(where).values(values))


def _home(home: Home) -> dict[str, str]:
    return {"connection": home.connection_key, "agent_id": home.agent_id, "alias_id": home.alias_id}


def _at(table: sa.Table, home: Home) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == value for name, value in _home(home).items()))


def _of_memory(home: Home, memory_id: str) -> sa.ColumnElement[bool]:
    return _at(agent_memories, home) & (agent_memories.c.memory_id == memory_id)


def _of_session(home: Home, session_id: str) -> sa.ColumnElement[bool]:
    return _at(agent_sessions, home) & (agent_sessions.c.session_id == session_id)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="microseconds") if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _address(row: sa.RowMapping) -> Address:
    return Address(
        row["memory_id"], datetime.fromisoformat(row["at"]), row["who"], cast("Source", row["source"])
    )


def _session(row: sa.RowMapping) -> KnownSession:
    return KnownSession(
        session_id=row["session_id"],
        memory_id=row["memory_id"],
        started_at=datetime.fromisoformat(row["started_at"]),
        last_at=datetime.fromisoformat(row["last_at"]),
        idle_seconds=row["idle_seconds"],
        turns=row["turns"],
        ended_at=_moment(row["ended_at"]),
        summary_seen_at=_moment(row["summary_seen_at"]),
        summary_expires_at=_moment(row["summary_expires_at"]),
        deleted_at=_moment(row["deleted_at"]),
    )
