"""A list that says whether it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")

PAGE_SIZE = 100
"""The largest maxResults of the memory operations (extraction jobs: 50)."""


@dataclass(frozen=True)
class Listing(Generic[T]):
    """Rows in the service's order; `complete` False: there are more than `limit`, these are the first."""

    rows: list[T]
    complete: bool
    limit: int | None = None

    def map(self, change: Callable[[list[T]], list[U]]) -> Listing[U]:
        """The same listing with its rows changed, say sorted."""
        return Listing(change(self.rows), self.complete, self.limit)


def collect(page_iterator: Iterable[dict[str, Any]], key: str, limit: int | None) -> Listing[dict[str, Any]]:
    """Follow a boto3 paginator to its end, or until `limit` rows are there; `limit` None means to the end.

    A page without rows does not end the list, only an absent nextToken does.
    """
    rows: list[dict[str, Any]] = []
    for page in page_iterator:
        rows.extend(page[key])
        if limit is not None and len(rows) >= limit:
            more = len(rows) > limit or bool(page.get("nextToken"))
            return Listing(rows[:limit], not more, limit)
    return Listing(rows, True, limit)


def pages(
    client: Any, operation: str, limit: int | None, params: dict[str, Any], page_size: int = PAGE_SIZE
) -> Iterable[dict[str, Any]]:
    """The pages of a list operation (`list_actors`), sized for the limit; None params are left out."""
    size = page_size if limit is None else max(1, min(page_size, limit))
    given = {name: value for name, value in params.items() if value is not None}
    iterator: Iterable[dict[str, Any]] = client.get_paginator(operation).paginate(
        **given, PaginationConfig={"PageSize": size}
    )
    return iterator
