"""Whether a page of a List operation costs the same however much is stored, and wherever it lies.

The figure is a boto3 call to an endpoint with 1,000,000 events and 100,000 records (`--size` changes both);
the floor is the same call, for a page of as many items, to an endpoint with 1,000 of each. "deep" is the page
behind 10,000 items, beside the first page of the same list.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks import servers
from benchmarks.filled_store import BUSY_ACTOR, LONG_ACTOR, LONG_SESSION, FilledStore, filled_store
from benchmarks.quiet import quietest
from benchmarks.table import Comparison, comparisons
from benchmarks.wire import milliseconds

SMALL = 1_000
PAGE = 20
ROUNDS = 24
CALLS = 20  # in a round
TARGET = 1.3
DEEP_PAGES = 100
DEEP_PAGE = 100

Call = Callable[..., Any]


def main(size: int) -> None:
    """Measures and prints; `size` is the number of events, a tenth of it that of records."""
    small, large = filled_store(SMALL, SMALL), filled_store(size, size // 10)
    with (
        servers.endpoint_on(small.data_dir) as (small_url, one),
        servers.endpoint_on(large.data_dir) as (large_url, other),
    ):
        pids = (one.pid, other.pid)
        clients = [servers.client("bedrock-agentcore", url) for url in (large_url, small_url)]
        calls = [_first_pages(store) for store in (large, small)]
        rows = [
            _compare(name, [(clients[0], calls[0][name]), (clients[1], calls[1][name])], pids)
            for name in calls[0]
        ]
        rows += [
            _compare(f"{name}, deep", [(clients[0], deep), (clients[0], calls[0][name])], pids)
            for name, deep in _deep_pages(clients[0], large, calls[0]).items()
        ]
        comparisons(
            f"Pages of {PAGE} of {large.events:,} events and {large.records:,} records, ms "
            f"(floor: of {SMALL:,}; of a deep page: the first)",
            rows,
        )


def _first_pages(store: FilledStore) -> dict[str, Call]:
    where = {"memoryId": store.memory_id, "maxResults": PAGE}
    session = {"actorId": LONG_ACTOR, "sessionId": LONG_SESSION}
    return {
        "ListEvents": lambda client, **more: client.list_events(**where, **session, **more),
        "ListSessions": lambda client, **more: client.list_sessions(**where, actorId=BUSY_ACTOR, **more),
        "ListActors": lambda client, **more: client.list_actors(**where, **more),
        "ListMemoryRecords /": lambda client, **more: client.list_memory_records(
            **where, namespacePath="/", **more
        ),
        "ListMemoryRecords /team3/": lambda client, **more: client.list_memory_records(
            **where, namespacePath="/team3/", **more
        ),
    }


def _deep_pages(client: Any, store: FilledStore, first: dict[str, Call]) -> dict[str, Call]:
    """For each list long enough the call for a page far inside."""
    deep: dict[str, Call] = {}
    for name in ("ListEvents", "ListMemoryRecords /"):
        token = None
        for _ in range(DEEP_PAGES):
            more = {"maxResults": DEEP_PAGE} | ({"nextToken": token} if token else {})
            token = _page(client, store, name, more)["nextToken"]
        deep[name] = partial(first[name], nextToken=token)
    return deep


def _page(client: Any, store: FilledStore, name: str, more: dict[str, Any]) -> Any:
    where = {"memoryId": store.memory_id} | more
    if name == "ListEvents":
        return client.list_events(actorId=LONG_ACTOR, sessionId=LONG_SESSION, **where)
    return client.list_memory_records(namespacePath="/", **where)


def _compare(name: str, sides: list[tuple[Any, Call]], pids: tuple[int, int]) -> Comparison:
    def one_round() -> list[list[float]]:
        return [[milliseconds(call, client) for client, call in sides] for _ in range(CALLS)]

    one_round()
    pairs = [pair for kept in quietest(ROUNDS, one_round, pids) for pair in kept]
    return Comparison(name, [pair[0] for pair in pairs], [pair[1] for pair in pairs], TARGET)
