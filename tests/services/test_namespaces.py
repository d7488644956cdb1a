"""Namespaces: templates checked as they are typed, and what there is to choose from."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from services.memory.memories import STRATEGY_KINDS, StrategyKindName
from services.memory.namespaces import (
    actor_paths,
    check_template,
    known_namespaces,
    parent_paths,
    resolve_template,
    root_paths,
    strategy_templates,
)

FACTS = {"strategyId": "Facts-1", "name": "Facts", "namespaceTemplates": ["/facts/{actorId}/"]}
SUMMARIES = {
    "strategyId": "Sum-1",
    "name": "Sum",
    "namespaces": ["/s/{memoryStrategyId}/{actorId}/{sessionId}/"],
}


def errors(kind: StrategyKindName, template: str) -> list[str]:
    return [problem.text for problem in check_template(kind, template) if problem.severity == "error"]


def warnings(template: str) -> list[str]:
    return [problem.text for problem in check_template("semantic", template) if problem.severity == "warning"]


@pytest.mark.parametrize(
    ("kind", "template", "words"),
    [
        ("semantic", "", "is empty"),
        ("semantic", "/facts/{actorId", "does not allow"),
        ("semantic", "/facts/{}/", "does not allow"),
        ("semantic", "/facts/a b/", "does not allow"),
        ("semantic", "/facts/{user}/", "{user} is unknown"),
        ("semantic", "/facts/{actorid}/", "{actorid} is unknown"),
        ("semantic", "/" + "a" * 512, "at most 512"),
        ("summary", "/facts/{actorId}/", "{sessionId}"),
    ],
)
def test_what_aws_would_refuse_is_an_error(kind: StrategyKindName, template: str, words: str) -> None:
    assert any(words in text for text in errors(kind, template)), check_template(kind, template)


def test_errors_come_before_warnings() -> None:
    severities = [problem.severity for problem in check_template("summary", "/a//b/{x}")]
    assert severities == sorted(severities)
    assert set(severities) == {"error", "warning"}


def test_what_is_unwise_is_a_warning() -> None:
    assert warnings("/facts/{actorId}/") == []
    assert "slash" in warnings("/facts/{actorId}")[0]
    assert any("without a name" in text for text in warnings("/facts//{actorId}/"))
    assert any("all actors" in text for text in warnings("/facts/"))


def test_the_seed_guides_templates_are_accepted() -> None:
    assert errors("summary", "/summaries/{actorId}/{sessionId}") == []
    assert errors("user_preference", "/users/{actorId}") == []


def test_declared_namespace_keys_are_known() -> None:
    assert errors("semantic", "/{tenant}/{actorId}/") != []
    assert check_template("semantic", "/{tenant}/{actorId}/", ["tenant"]) == []


TEMPLATE_TEXT = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(["/", "a", "-", "{actorId}", "{sessionId}", "{x}", "{", "}", " "])).map("".join),
)


@given(TEMPLATE_TEXT, st.sampled_from(list(STRATEGY_KINDS)))
def test_any_text_is_checked_and_a_short_one_without_errors_passes_boto3(
    template: str, kind: StrategyKindName
) -> None:
    if errors(kind, template):
        return
    member = STRATEGY_KINDS[kind].member
    strategy = {member: {"name": "a", "namespaceTemplates": [template]}}
    shape = botocore.session.Session().get_service_model("bedrock-agentcore-control")
    params = {"name": "a", "eventExpiryDuration": 30, "memoryStrategies": [strategy]}
    report = ParamValidator().validate(params, shape.operation_model("CreateMemory").input_shape)
    assert not report.has_errors(), report.generate_report()


def test_templates_resolve_as_far_as_values_are_known() -> None:
    template = "/s/{memoryStrategyId}/{actorId}/{sessionId}/"
    assert resolve_template(template, "a/b:1", "s1", "Sum-1") == "/s/Sum-1/a/b:1/s1/"
    assert resolve_template(template, "a", None, None) == "/s/{memoryStrategyId}/a/{sessionId}/"
    assert resolve_template("/{other}/", "a", "s", "x") == "/{other}/"


@given(st.text(), st.text())
def test_a_value_is_never_taken_for_a_placeholder(actor_id: str, session_id: str) -> None:
    resolved = resolve_template("{actorId}|{sessionId}", actor_id or "a", session_id or "s", "x")
    assert resolved == f"{actor_id or 'a'}|{session_id or 's'}"


def record(namespace: str, strategy_id: str | None = "Facts-1") -> dict[str, Any]:
    return {"namespaces": [namespace], "memoryStrategyId": strategy_id}


def test_records_are_counted_only_when_all_were_seen() -> None:
    memory = {"id": "M", "strategies": [FACTS]}
    rows = [record("/facts/ann/"), record("/facts/ann/")]
    assert [row.record_count for row in known_namespaces(memory, rows)] == [None]
    assert [row.record_count for row in known_namespaces(memory, rows, records_complete=True)] == [2]


def test_namespaces_come_from_records_and_from_templates() -> None:
    memory = {"id": "M", "strategies": [FACTS, SUMMARIES]}
    found = known_namespaces(
        memory,
        records=[record("/facts/ann/"), record("/facts/ann/"), record("/by-hand/", None)],
        actors=[{"actorId": "ann"}, {"actorId": "bob"}],
        sessions=[{"actorId": "bob", "sessionId": "s1"}],
        records_complete=True,
    )
    assert [(row.namespace, row.strategy_ids, row.record_count, row.source) for row in found] == [
        ("/by-hand/", (), 1, "records"),
        ("/facts/ann/", ("Facts-1",), 2, "both"),
        ("/facts/bob/", ("Facts-1",), 0, "template"),
        ("/s/Sum-1/bob/s1/", ("Sum-1",), 0, "template"),
    ]


def test_no_record_is_zero_only_when_all_records_were_seen() -> None:
    memory = {"id": "M", "strategies": [FACTS]}
    actors = [{"actorId": "ann"}]
    assert known_namespaces(memory, actors=actors)[0].record_count is None
    assert known_namespaces(memory, actors=actors, records_complete=True)[0].record_count == 0


def test_a_memory_without_strategies_has_no_namespaces() -> None:
    assert known_namespaces({"id": "M"}, actors=[{"actorId": "ann"}]) == []


def test_templates_of_reflections_are_found() -> None:
    strategy = {
        "strategyId": "E-1",
        "namespaceTemplates": ["/e/{actorId}/{sessionId}/"],
        "configuration": {
            "type": "EPISODIC_OVERRIDE",
            "reflection": {"episodicReflectionConfiguration": {"namespaceTemplates": ["/e/{actorId}/"]}},
        },
    }
    assert strategy_templates(strategy) == ["/e/{actorId}/{sessionId}/", "/e/{actorId}/"]


def test_paths_above_a_namespace() -> None:
    assert parent_paths(["/facts/ann/", "plain"]) == ["/", "/facts/", "/facts/ann/", "plain"]
    assert parent_paths([]) == ["/"]


def test_roots_hold_namespaces_without_a_leading_slash_too() -> None:
    strategies = [
        FACTS,
        {"strategyId": "A-1", "namespaces": ["support/{actorId}"]},
        {"strategyId": "B-1", "namespaces": ["{actorId}/facts"]},
    ]
    roots = root_paths({"id": "M", "strategies": strategies}, [{"actorId": "ann"}, {"actorId": "bob"}])
    assert roots == ["/", "ann", "bob", "support"]


@pytest.mark.parametrize(
    ("templates", "paths"),
    [
        (["/facts/{actorId}/", "/s/{actorId}/{sessionId}/"], ["/facts/ann/", "/s/ann/"]),
        (["/s/{sessionId}/{actorId}/"], ["/s/"]),
        (["{actorId}/facts/"], ["ann/facts/"]),
        (["/a/{actorId}/", "/a/{actorId}/{sessionId}/"], ["/a/ann/"]),
        (["/of-{memoryStrategyId}/{actorId}/"], ["/of-S/ann/"]),
        (["/{sessionId}/{actorId}/"], ["/"]),
        (["/shared/"], []),
    ],
)
def test_where_the_records_of_an_actor_are(templates: list[str], paths: list[str]) -> None:
    memory = {"strategies": [{"strategyId": "S", "namespaceTemplates": templates}]}
    assert actor_paths(memory, "ann") == paths
