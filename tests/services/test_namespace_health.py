"""Where records are, held against the templates, and what is said to be wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from services.memory.namespace_health import Finding, Usage, findings, templates, usage
from services.records.drafts import NO_STRATEGY

Row = dict[str, Any]
REFLECTION = {"x-amz-agentcore-memory-recordType": {"stringValue": "REFLECTION"}}


def strategy(name: str, template: str, kind: str = "SEMANTIC", **more: Any) -> Row:
    return {
        "strategyId": f"{name}-0123456789",
        "name": name,
        "type": kind,
        "namespaceTemplates": [template],
        "status": "ACTIVE",
    } | more


def episodes(template: str, reflections: str) -> Row:
    own = {"episodicReflectionConfiguration": {"namespaceTemplates": [reflections]}}
    return strategy("Episodes", template, "EPISODIC", configuration={"reflection": own})


def memory(*strategies: Row, keys: Iterable[str] = ()) -> Row:
    return {"strategies": list(strategies), "namespaceKeys": [{"key": key} for key in keys]}


def record(namespace: str, name: str | None = "Facts", **more: Any) -> Row:
    return {"namespaces": [namespace]} | ({"memoryStrategyId": f"{name}-0123456789"} if name else {}) | more


def found(of: Row, *records: Row, complete: bool = True) -> list[Finding]:
    return findings(of, usage(of, records, complete=complete))


def titles(of: Row, *records: Row, complete: bool = True) -> list[str]:
    return [finding.title for finding in found(of, *records, complete=complete)]


FACTS = strategy("Facts", "/facts/{actorId}/")


def test_records_are_counted_under_their_template() -> None:
    used = usage(
        memory(FACTS),
        [record("/facts/ann/"), record("/facts/ann/"), record("/facts/team/bob/")],
        complete=True,
    )
    [template] = used.templates
    assert [(place.namespace, place.records) for place in used.of(template)] == [
        ("/facts/ann/", 2),
        ("/facts/team/bob/", 1),
    ]
    assert [place.values for place in used.places] == [{"actorId": "ann"}, {"actorId": "team/bob"}]


def test_the_strategys_own_id_in_a_template() -> None:
    of = memory(strategy("Facts", "/s/{memoryStrategyId}/{actorId}/"))
    used = usage(of, [record("/s/Facts-0123456789/ann/"), record("/s/Other-0123456789/ann/")], complete=True)
    assert [place.template is None for place in used.places] == [False, True]


def test_reflections_are_told_from_episodes() -> None:
    of = memory(episodes("/e/{actorId}/s/{sessionId}/", "/e/{actorId}/"))
    records = [
        record("/e/ann/s/s1/", "Episodes"),
        record("/e/ann/", "Episodes", metadata=REFLECTION),
        record("/e/ann/s/s2/", "Episodes"),
    ]
    used = usage(of, records, complete=True)
    assert [template.reflections for template in used.templates] == [False, True]
    by_template = [[place.namespace for place in used.of(template)] for template in used.templates]
    assert by_template == [["/e/ann/s/s1/", "/e/ann/s/s2/"], ["/e/ann/"]]


def test_nothing_is_wrong_with_good_templates() -> None:
    of = memory(FACTS, strategy("Sums", "/sums/{actorId}/{sessionId}/", "SUMMARIZATION"))
    assert titles(of, record("/facts/ann/"), record("/sums/ann/s1/", "Sums")) == []


@pytest.mark.parametrize(
    ("of", "severity", "title"),
    [
        (memory(strategy("Facts", "/facts/{actor}/{actorId}/")), "error", "Nothing fills in {actor}"),
        (
            memory(strategy("Sums", "/sums/{actorId}/", "SUMMARIZATION")),
            "error",
            "Summaries of different sessions share a namespace",
        ),
        (memory(strategy("Facts", "/facts/{actorId}")), "warning", "No slash at the end"),
        (memory(strategy("Facts", "facts/{actorId}/")), "warning", "No slash at the beginning"),
        (memory(strategy("Facts", "/facts//{actorId}/")), "warning", "Two slashes in a row"),
        (memory(strategy("Facts", "/facts/")), "warning", "All actors share a namespace"),
        (
            memory(strategy("Facts", "/{tenant}/{actorId}/"), keys=["tenant"]),
            "note",
            "Events must bring {tenant}",
        ),
        (
            memory(strategy("A", "/x/{actorId}/"), strategy("B", "/x/{actorId}")),
            "note",
            "A and B write to the same namespaces",
        ),
        (memory(FACTS), "note", "No record yet"),
    ],
)
def test_each_finding(of: Row, severity: str, title: str) -> None:
    [finding] = [each for each in found(of) if each.title == title]
    assert finding.severity == severity
    assert finding.meaning.endswith(".")
    assert finding.next_step.endswith(".")
    assert finding.where


def test_a_summary_override_is_a_summary_too() -> None:
    own = {"type": "SUMMARY_OVERRIDE"}
    of = memory(strategy("Sums", "/sums/{actorId}/", "CUSTOM", configuration=own))
    assert "Summaries of different sessions share a namespace" in titles(of)


def test_reflections_may_be_shared_by_all_actors() -> None:
    of = memory(episodes("/e/{actorId}/{sessionId}/", "/e/"))
    assert "All actors share a namespace" not in titles(of)


def test_records_of_a_deleted_strategy() -> None:
    of = memory(FACTS)
    records = [record("/facts/ann/"), *[record(f"/old/{n}/", "Old") for n in range(3)]]
    [finding] = found(of, *records)
    assert finding.title == "3 records of a deleted strategy"
    assert finding.severity == "warning"
    assert finding.where == "/old/0/ and 2 more"
    assert finding.strategy_name == "Old-0123456789"


def test_records_outside_the_templates() -> None:
    [finding] = found(memory(FACTS), record("/facts/ann/"), record("/elsewhere/ann/"))
    assert (finding.title, finding.where) == ("1 record outside the templates", "/elsewhere/ann/")


def test_records_without_a_strategy_are_nobodys_fault() -> None:
    of_nobody = [record("/by/hand/", None), record("/by/hand/", None, memoryStrategyId=NO_STRATEGY)]
    assert titles(memory(FACTS), record("/facts/ann/"), *of_nobody) == []


def test_a_list_that_was_cut_short_says_nothing_of_what_it_did_not_see() -> None:
    of = memory(FACTS, strategy("More", "/more/{actorId}/"))
    assert "No record yet" in titles(of, record("/facts/ann/"))
    assert titles(of, record("/facts/ann/"), complete=False) == []
    assert titles(of, record("/old/", "Old"), complete=False) == ["At least 1 record of a deleted strategy"]


def test_a_strategy_that_is_not_active_says_so() -> None:
    [finding] = found(memory(FACTS | {"status": "FAILED"}))
    assert "FAILED" in finding.meaning


def test_errors_come_first() -> None:
    of = memory(strategy("Facts", "/facts/{actor}"), FACTS)
    severities = [finding.severity for finding in found(of)]
    assert severities == sorted(severities, key=["error", "warning", "note"].index)
    assert len(set(severities)) == 3


def test_a_memory_without_strategies_has_no_templates() -> None:
    assert templates({}) == []
    assert findings({}, Usage([], [], True)) == []
