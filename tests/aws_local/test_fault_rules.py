"""The language of faults, and which calls its rules strike."""

from __future__ import annotations

import pytest

from services.aws_local.switches.fault_rules import KINDS, Faults, MalformedRule, Rule
from tests.conftest import ROOT

LIST = ("bedrock-agentcore-control", "ListMemories")
CREATE = ("bedrock-agentcore", "CreateEvent")
ACTORS = ("bedrock-agentcore", "ListActors")
CONVERSE = ("bedrock-runtime", "Converse")


def strikes(rule: str, *calls: tuple[str, str]) -> str:
    """One letter for each call: x when it is struck."""
    faults = Faults((Rule.parse(rule),))
    return "".join("x" if faults.drawn(call, []) else "." for call in calls)


@pytest.mark.parametrize(
    ("rule", "struck"),
    [
        ("throttle", "xxxx"),
        ("throttle on *", "xxxx"),
        ("throttle on ListMemories", "x..."),
        ("throttle on listmemories", "x..."),
        ("throttle on List*", "x.x."),
        ("throttle on CreateEvent,ListActors", ".xx."),
        ("deny on bedrock-agentcore:ListMemories", "x..."),
        ("deny on bedrock-agentcore:*", "xxx."),
        ("deny on bedrock:InvokeModel", "...x"),
        ("conflict", ".x.."),
        ("quota", ".xx."),
    ],
)
def test_a_rule_strikes_the_operations_that_it_names(rule: str, struck: str) -> None:
    assert strikes(rule, LIST, CREATE, ACTORS, CONVERSE) == struck


def test_calls_are_counted_where_the_rule_says_so() -> None:
    assert strikes("throttle first 2", *[LIST] * 5) == "xx..."
    assert strikes("throttle after 2", *[LIST] * 5) == "..xxx"
    assert strikes("throttle after 1 first 2", *[LIST] * 5) == ".xx.."
    assert strikes("throttle on ListMemories first 1", ACTORS, LIST, LIST) == ".x."


def test_a_chance_is_drawn_from_a_seed() -> None:
    drawn = strikes("throttle chance 0.3 seed 7", *[LIST] * 1000)

    assert drawn == strikes("throttle chance 0.3 seed 7", *[LIST] * 1000)
    assert drawn != strikes("throttle chance 0.3 seed 8", *[LIST] * 1000)
    assert 200 < drawn.count("x") < 400
    assert strikes("throttle chance 0", *[LIST] * 100) == "." * 100


def test_rules_follow_one_another_and_delays_add_up() -> None:
    rules = ("latency 1", "throttle first 1", "deny first 1", "latency 2")
    faults = Faults(tuple(map(Rule.parse, rules)))

    kinds = [[rule.kind for rule in faults.drawn(LIST, [])] for _ in range(3)]

    assert kinds == [["latency", "throttle"], ["latency", "deny"], ["latency", "latency"]]
    assert [(each["calls"], each["faults"], each["spent"]) for each in faults.shown()] == [
        (3, 3, False),
        (1, 1, True),
        (1, 1, True),
        (1, 1, False),
    ]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("", "it is empty"),
        ("explode", "its kind is not one of throttle, "),
        ("throttle on CreateEvnt", "did you mean CreateEvent?"),
        ("throttle on CreateEvent, ListEvents", "names go without spaces"),
        ("throttle on [a-z]", "no operation is called"),
        ("throttle for 3", "takes no value"),
        ("throttle on * until 3", "'until' is none of on, after, first, chance, seed"),
        ("throttle first 1 first 2", "'first' comes twice"),
        ("throttle first 0", "first is a whole number from 1 on"),
        ("throttle first two", "first is a whole number from 1 on"),
        ("throttle chance 1.5", "chance is a number from 0 to 1"),
        ("throttle chance nan", "chance is a number from 0 to 1"),
        ("throttle 3", "takes no value"),
        ("latency", "latency needs its seconds"),
        ("latency 1s", "latency is a number from 0 to 300"),
        ("server-error 404", "500 or 503"),
        ("conflict on ListEvents", "ListEvents never answers RetryableConflictException"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_the_reason(rule: str, why: str) -> None:
    with pytest.raises(MalformedRule) as caught:
        Rule.parse(rule)

    assert why in str(caught.value)
    assert repr(rule) in str(caught.value)


def test_every_kind_is_documented() -> None:
    section = (
        (ROOT / "docs" / "endpoint.md").read_text("utf-8").partition("### Faults")[2].partition("\n### ")[0]
    )
    assert [kind for kind in KINDS if f"| `{kind}" not in section and f", `{kind}" not in section] == []


def test_every_kind_can_be_ordered() -> None:
    values = {"latency": " 1"}
    assert {Rule.parse(f"{kind}{values.get(kind, '')}").kind for kind in KINDS} == set(KINDS)
