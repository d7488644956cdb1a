"""The tree of namespaces, and reading a namespace by its template."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.memory.namespace_tree import (
    LikelyStrategy,
    likely_strategy,
    opened,
    origin_of,
    template_values,
    tree,
)
from services.memory.namespaces import KnownNamespace, resolve_template


def known(namespace: str, records: int | None) -> KnownNamespace:
    return KnownNamespace(namespace, (), records, "records")


def test_each_path_counts_what_is_at_and_below_it() -> None:
    branches = tree([known("/facts/ann/", 2), known("/facts/bob/", 3), known("/facts/", 1), known("/x", 4)])
    assert [(branch.path, branch.depth, branch.name, branch.records) for branch in branches] == [
        ("/", 0, "/", 10),
        ("/facts/", 1, "facts", 6),
        ("/facts/ann/", 2, "ann", 2),
        ("/facts/bob/", 2, "bob", 3),
        ("/x", 1, "x", 4),
    ]


def test_a_namespace_without_a_leading_slash_is_not_below_the_root() -> None:
    counts = {branch.path: branch.records for branch in tree([known("facts/ann", 2), known("/a/", 1)])}
    assert counts == {"/": 1, "/a/": 1, "facts/": 2, "facts/ann": 2}


def test_nothing_is_counted_unless_everything_was_read() -> None:
    assert {branch.records for branch in tree([known("/a/", 1), known("/b/", None)])} == {None}


def test_a_tree_is_opened_down_to_the_chosen_path() -> None:
    branches = tree(known(name, 1) for name in ("/a/ann/one/", "/a/ann/two/", "/a/bob/one/", "/b/", "c/ann/"))
    assert [each.path for each in opened(branches, "/")] == ["/", "/a/", "/b/", "c/"]
    below = [each.path for each in opened(branches, "/a/ann/")]
    assert below == ["/", "/a/", "/a/ann/", "/a/ann/one/", "/a/ann/two/", "/a/bob/", "/b/", "c/"]
    assert [each.path for each in opened(branches, "c/ann/")] == ["/", "c/", "c/ann/"]


@given(st.lists(st.from_regex(r"/?([ab]+/){0,3}[ab]*", fullmatch=True), max_size=6))
def test_every_path_can_be_reached_by_opening_its_parents(names: list[str]) -> None:
    branches = tree(known(name, 1) for name in names if name)
    for branch in branches:
        shown = {each.path for each in opened(branches, branch.path)}
        assert branch.path in shown
        assert not branch.parent or branch.parent in shown


@pytest.mark.parametrize(
    ("template", "namespace", "expected"),
    [
        ("/facts/{actorId}/", "/facts/ann/", {"actorId": "ann"}),
        ("/facts/{actorId}/", "/facts/ann", {"actorId": "ann"}),
        ("/facts/{actorId}/", "/facts/tenant/ann/", {"actorId": "tenant/ann"}),
        ("/s/{actorId}/{sessionId}/", "/s/ann/one/", {"actorId": "ann", "sessionId": "one"}),
        ("/s/{actorId}/{sessionId}/", "/s/team/ann/one/", {"actorId": "team/ann", "sessionId": "one"}),
        ("/s/{sessionId}/{actorId}/", "/s/one/team/ann/", {"actorId": "team/ann", "sessionId": "one"}),
        ("/facts/{actorId}/", "/preferences/ann/", None),
        ("/facts/", "/facts/", {}),
        ("/a.c/{actorId}/", "/abc/ann/", None),
    ],
)
def test_a_template_says_what_a_namespace_stands_for(
    template: str, namespace: str, expected: dict[str, str] | None
) -> None:
    assert template_values(template, namespace) == expected


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        ("/facts/ann/", ("F-1", "/facts/{actorId}/")),
        ("/facts/ann", ("F-1", "/facts/{actorId}/")),
        ("/notes/team/ann/", ("F-1", "/notes/{actorId}/")),
        ("/facts/ann/one/", ("S-1", "/facts/{actorId}/{sessionId}/")),
        ("/of/F-1/ann/", ("F-1", "/of/{memoryStrategyId}/{actorId}/")),
        ("/both/ann/", None),
        ("/else/", None),
        ("", None),
    ],
)
def test_a_namespace_tells_its_strategy_where_it_is_one_alone(
    namespace: str, expected: tuple[str, str] | None
) -> None:
    memory = {
        "strategies": [
            {
                "strategyId": "F-1",
                "namespaceTemplates": [
                    "/facts/{actorId}/",
                    "/notes/{actorId}/",
                    "/of/{memoryStrategyId}/{actorId}/",
                    "/both/{actorId}/",
                ],
            },
            {
                "strategyId": "S-1",
                "namespaceTemplates": ["/facts/{actorId}/{sessionId}/", "/both/{actorId}/"],
            },
        ]
    }
    assert likely_strategy(memory, namespace) == (LikelyStrategy(*expected) if expected else None)


IDS = st.from_regex(r"[a-zA-Z0-9][a-zA-Z0-9-_]{0,20}", fullmatch=True)


@given(IDS, IDS)
def test_what_a_template_made_is_read_back(actor_id: str, session_id: str) -> None:
    template = "/strategies/{memoryStrategyId}/actors/{actorId}/sessions/{sessionId}/"
    namespace = resolve_template(template, actor_id, session_id, "Sum-a1B2c3D4e5")
    assert template_values(template, namespace) == {
        "memoryStrategyId": "Sum-a1B2c3D4e5",
        "actorId": actor_id,
        "sessionId": session_id,
    }


def test_the_origin_is_read_by_the_records_own_strategy() -> None:
    memory = {
        "strategies": [
            {"strategyId": "A-1", "namespaceTemplates": ["/x/{sessionId}/"]},
            {"strategyId": "B-1", "namespaceTemplates": ["/x/{actorId}/"]},
        ]
    }
    record = {"memoryStrategyId": "B-1", "namespaces": ["/x/ann/"]}
    assert origin_of(memory, record) == {"actorId": "ann"}
    assert origin_of(memory, record | {"memoryStrategyId": "none"}) == {}
