"""What people wrote into the dashboard that mentions a person: for somebody to decide about.

Whether “Ann” is this Ann only a person can tell. So what merely mentions an id or a word is found here and
goes when it was ticked; what is the person's for certain `services.workspace.forgetting` removes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from services.workspace.record_versions import some
from services.workspace.store import Workspace, to_json
from services.workspace.tables import (
    golden_queries,
    golden_results,
    prompt_drafts,
    review_decisions,
    review_filters,
    reviews,
)
from services.workspace.traces import Traces

Row = dict[str, Any]
Kind = Literal["golden query", "saved filter", "review comment", "prompt draft", "snapshot note"]


@dataclass(frozen=True)
class Mention:
    """Something that mentions the person: where it is, and what it says (untrusted)."""

    kind: Kind
    place_id: str
    memory_id: str
    text: str

    @property
    def key(self) -> str:
        """What it is chosen by."""
        return f"{self.kind}:{self.place_id}"


def find(workspace: Workspace, traces: Traces) -> list[Mention]:
    """What mentions the person in this database, of the memories that are cleaned.

    What `forgetting.forget` removes without being asked is left out: it goes anyway.
    """
    found = [*_queries(workspace, traces), *_filters(workspace, traces), *_drafts(workspace, traces)]
    return found + list(_comments(workspace, traces))


def remove(workspace: Workspace, connection_key: str, keys: Iterable[str]) -> int:
    """Remove what was ticked, for good; how many were there. Snapshots' notes are not in this database."""
    by_kind: dict[str, list[str]] = {}
    for key in keys:
        kind, _, place_id = key.partition(":")
        by_kind.setdefault(kind, []).append(place_id)
    gone = sum(remove_golden_query(workspace, each) for each in by_kind.get("golden query", ()))
    for kind, table, column in (
        ("saved filter", review_filters, review_filters.c.filter_id),
        ("prompt draft", prompt_drafts, prompt_drafts.c.draft_id),
    ):
        with workspace.transaction() as connection:
            for ids in some(by_kind.get(kind, [])):
                gone += connection.execute(table.delete().where(column.in_(ids))).rowcount
    return gone + remove_comments(workspace, connection_key, by_kind.get("review comment", ()))


def remove_golden_query(workspace: Workspace, golden_query_id: str) -> int:
    """Remove one golden query with its results; whether it was there."""
    with workspace.transaction() as connection:
        connection.execute(golden_results.delete().where(golden_results.c.golden_query_id == golden_query_id))
        this = golden_queries.delete().where(golden_queries.c.golden_query_id == golden_query_id)
        return connection.execute(this).rowcount


def remove_comments(workspace: Workspace, connection_key: str, record_ids: Collection[str]) -> int:
    """Take the comments out of all decisions about records, which stay; how many records had any."""
    commented: set[str] = set()
    with workspace.transaction() as connection:
        for ids in some(sorted(record_ids)):
            here = (reviews.c.connection == connection_key) & reviews.c.record_id.in_(ids)
            with_comment = here & reviews.c.comment.is_not(None)
            query = sa.select(reviews.c.record_id).where(with_comment)
            commented |= set(connection.execute(query).scalars())
            connection.execute(reviews.update().where(with_comment).values(comment=None))
            of_these = review_decisions.c.record_id.in_(ids)
            decided = sa.select(review_decisions).where(
                review_decisions.c.connection == connection_key, of_these
            )
            for row in connection.execute(decided).mappings().all():
                kept = {name: _without_comment(row[name]) for name in ("before", "after")}
                if any(kept[name] != row[name] for name in kept):
                    this = review_decisions.c.sequence == row["sequence"]
                    connection.execute(review_decisions.update().where(this).values(kept))
                    commented.add(row["record_id"])
    return len(commented)


def _without_comment(document: str | None) -> str | None:
    if document is None or json.loads(document).get("comment") is None:
        return document
    return to_json(json.loads(document) | {"comment": None})


def texts(document: Any) -> Iterator[str]:
    """The texts in a JSON document; of a text that is JSON itself those inside of it."""
    if isinstance(document, str):
        try:
            inside = json.loads(document) if document[:1] in {"{", "["} else None
        except ValueError:
            inside = None
        if inside is None:
            yield document
        else:
            yield from texts(inside)
    elif isinstance(document, (dict, list)):
        for each in document.values() if isinstance(document, dict) else document:
            yield from texts(each)


def _queries(workspace: Workspace, traces: Traces) -> Iterator[Mention]:
    def said(row: sa.RowMapping) -> list[str]:
        expected, asked = json.loads(row["expected"]), list(texts(json.loads(row["inquiry"])))
        if {record_id for _, record_id in expected} & traces.record_ids or any(map(traces.concerns, asked)):
            return []
        return [*asked, *(text for text, _ in expected)]

    yield from _mentioning(workspace, traces, golden_queries, "golden_query_id", "golden query", said)


def _filters(workspace: Workspace, traces: Traces) -> Iterator[Mention]:
    def said(row: sa.RowMapping) -> list[str]:
        found = [row["name"], *texts(json.loads(row["document"]))]
        return [] if any(map(traces.concerns, found)) else found

    yield from _mentioning(workspace, traces, review_filters, "filter_id", "saved filter", said)


def _drafts(workspace: Workspace, traces: Traces) -> Iterator[Mention]:
    def said(row: sa.RowMapping) -> list[str]:
        return [*([row["name"]] if row["name"] else []), *texts(json.loads(row["document"]))]

    yield from _mentioning(workspace, traces, prompt_drafts, "draft_id", "prompt draft", said)


def _comments(workspace: Workspace, traces: Traces) -> Iterator[Mention]:
    """Comments of now and of earlier decisions, one mention for each record."""
    found: dict[str, Mention] = {}
    columns = (review_decisions.c.record_id, review_decisions.c.memory_id, review_decisions.c.after)
    query = sa.select(*columns).where(review_decisions.c.connection == traces.connection_key)
    with workspace.transaction() as connection:
        rows = connection.execute(query.order_by(review_decisions.c.sequence)).all()
    for record_id, memory_id, after in rows:
        comment = json.loads(after).get("comment")
        if record_id in traces.record_ids or not comment or not traces.is_here(memory_id):
            continue
        if traces.subject.is_mentioned(comment):
            found[record_id] = Mention("review comment", record_id, memory_id, comment)
    yield from found.values()


def _mentioning(  # noqa: PLR0917 - a table, its key, and what its rows say
    workspace: Workspace,
    traces: Traces,
    table: sa.Table,
    key: str,
    kind: Kind,
    said: Callable[[sa.RowMapping], list[str]],
) -> Iterator[Mention]:
    """Rows that say something about the person; nothing is said by one that goes anyway."""
    query = sa.select(table).where(table.c.connection == traces.connection_key).order_by(table.c.at)
    with workspace.transaction() as connection:
        rows = connection.execute(query).mappings().all()
    for row in rows:
        hits = [text for text in said(row) if traces.subject.is_mentioned(text)]
        if hits and traces.is_here(row["memory_id"]):
            yield Mention(kind, row[key], row["memory_id"], hits[0])
