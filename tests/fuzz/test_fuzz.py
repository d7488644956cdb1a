"""A short run of the fuzz against the endpoint of the other tests, and the fuzz itself on trial.

Its memories are in an account and a region of their own, so it meets no other test's.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from botocore.model import OperationModel

from services.aws_local.operations import handlers
from services.aws_local.wire.service_models import operation_model
from tests.conftest import Endpoint
from tests.fuzz import texts
from tests.fuzz.campaign import Campaign
from tests.fuzz.damage import Expect
from tests.fuzz.judge import NOT_LISTED, findings, not_implemented
from tests.fuzz.model import Number, depth, matches, problems
from tests.fuzz.requests import IMPLEMENTED, NOT_IMPLEMENTED, RAW_PAYLOADS, Cases
from tests.fuzz.values import nested
from tests.fuzz.wire import Answer, Request
from tests.fuzz.world import World

REQUESTS = 2_000
SEED = 20_261_121
EVENT = {
    "memoryId": "Support-a1B2c3D4e5",
    "actorId": "alice",
    "sessionId": "s",
    "eventId": "0000001772375782346#c5e4dee5",
    "eventTimestamp": 1_772_375_782.346,
    "payload": [{"blob": {"a": [1, None]}}],
    "branch": {"name": "main"},
}


def test_no_request_from_the_model_breaks_the_endpoint(endpoint: Endpoint) -> None:
    campaign = Campaign(endpoint.port, SEED, seconds=120)  # a busy machine is no hang

    campaign.run(REQUESTS)

    # A new rule of the service is no fault; `make fuzz` reports it until it is listed.
    found = [str(each) for each in campaign.findings if not each.text.startswith(NOT_LISTED)]
    assert not found, (
        f"{len(found)} findings; python -m tests.fuzz --replay LINE sends one again\n" + "\n".join(found[:5])
    )
    reached = {
        name for name, tally in campaign.tallies.items() if any(status < 300 for status in tally.answers)
    }
    # There is no failed job to start, and no agent of AgentCore Runtime.
    without_any = {"StartMemoryExtractionJob", "GetAgentRuntime"}
    assert {operation.name for operation in IMPLEMENTED} - reached <= without_any, (
        "behind validation nothing was reached"
    )


def answer(document: Any, status: int = 200, error: str = "") -> Answer:
    headers = {"content-type": "application/json", "x-amzn-requestid": "r", "x-amzn-errortype": error}
    return Answer(status, headers, json.dumps(document).encode())


def judged(operation: str, given: Answer, *wrong: str, expect: Expect = Expect.AS_THE_MODEL) -> str:
    """All findings in one text."""
    return "; ".join(findings(operation_model("bedrock-agentcore", operation), given, list(wrong), expect))


def test_a_faithful_answer_has_no_findings() -> None:
    assert judged("GetEvent", answer({"event": EVENT})) == ""
    refusal = {
        "message": "1 validation error detected: …",
        "reason": "FieldValidationFailed",
        "fieldList": [],
    }
    assert judged("GetEvent", answer(refusal, 400, "ValidationException"), "eventId: pattern") == ""


@pytest.mark.parametrize(
    ("given", "finding"),
    [
        (answer({"event": EVENT | {"eventId": "5"}}), "event.eventId: pattern"),
        (answer({"event": EVENT | {"actorId": None}}), "event.actorId: missing"),
        (answer({"event": EVENT | {"metadata": None}}), "event.metadata: null"),
        (answer({"event": EVENT | {"eventTimestamp": "2026-03-01"}}), "event.eventTimestamp: type"),
        (answer({"event": EVENT | {"note": 1}}), "event.note: unknown member"),
        (answer({"event": EVENT | {"payload": [{"blob": 1, "json": {"content": 1}}]}}), "payload.1: union"),
        (answer({"event": EVENT}, 201), "status 201 instead of 200"),
        (answer({"message": "x"}, 500, "ServiceException"), "status 500"),
        (answer({"message": "x"}, 409, "ConflictException"), "is not modelled"),
        (answer({"message": "x"}, 404, "AccessDeniedException"), "instead of 403"),
        (answer({"message": "x"}, 400, "ValidationException"), "reason: missing"),
        (answer({"error": "x"}, 400, "ValidationException"), "without a JSON message"),
        (Answer(502, {"content-type": "text/html"}, b"<html>"), "without a JSON message"),
        (Answer(200, {"content-type": "application/json"}, b"{}"), "no x-amzn-RequestId"),
    ],
)  # fmt: skip
def test_an_unfaithful_answer_is_found(given: Answer, finding: str) -> None:
    assert finding in judged("GetEvent", given)


def test_an_unfair_answer_is_found() -> None:
    invalid = {"reason": "FieldValidationFailed"}
    refusal = answer(invalid | {"message": "1 validation error detected: …"}, 400, "ValidationException")
    unknown = answer(invalid | {"message": "Too green."}, 400, "ValidationException")
    rule = answer(invalid | {"message": "Memory with name A already exists"}, 400, "ValidationException")
    missing = answer({"message": "x"}, 404, "ResourceNotFoundException")

    assert "refused although the model allows it: 1 validation" in judged("GetEvent", refusal)
    assert f"{NOT_LISTED}: Too green." in judged("GetEvent", unknown)
    assert judged("GetEvent", rule) == ""
    assert "accepted although eventId: pattern" in judged(
        "GetEvent", answer({"event": EVENT}), "eventId: pattern"
    )
    assert "ResourceNotFoundException although eventId" in judged("GetEvent", missing, "eventId: pattern")
    assert "accepted what is no request" in judged(
        "GetEvent", answer({"event": EVENT}), expect=Expect.REFUSED
    )
    assert "instead of 501" in "".join(not_implemented(NOT_IMPLEMENTED[0], missing))


@pytest.mark.parametrize("operation", IMPLEMENTED, ids=lambda operation: operation.name)
def test_what_is_drawn_as_valid_is_valid_and_reproducible(operation: OperationModel) -> None:
    """The model has nothing against fifty requests of the operation, and a seed gives the same again."""

    def drawn() -> list[Request]:
        cases = Cases(Random(7), furnished())
        made = [cases.valid(operation) for _ in range(50)]
        assert [case.wrong for case in made] == [[]] * 50
        return [case.request for case in made]

    assert drawn() == drawn()


def furnished() -> World:
    world = World()
    world.ids["memoryId"] = ["Fuzz-a1B2c3D4e5", "Other-a1B2c3D4e5"]
    world.ids["agentId"] = ["FUZZAGENT1", "FUZZAGENT2"]
    world.ids["agentArn"] = ["arn:aws:bedrock:us-west-2:111122223333:agent/FUZZAGENT1"]
    return world


def test_every_operation_is_fuzzed() -> None:
    without_json = {"lambda", "iam", "sts"}  # see requests.SERVICES
    expected = {name for service, name in handlers() if service not in without_json} - RAW_PAYLOADS
    assert {operation.name for operation in IMPLEMENTED} == expected


def test_most_boundaries_of_a_model_are_met_from_both_sides() -> None:
    (create,) = (operation for operation in IMPLEMENTED if operation.name == "CreateEvent")
    cases = Cases(Random(7), furnished(), [create])

    wrong = [problem for _ in range(3_000) for problem in cases.next().wrong]

    for expected in (
        "actorId: pattern", "actorId: size", "eventTimestamp: type", "eventTimestamp: missing",
        "payload: size", "payload.1: union", "branch.name: size", "metadata: size", "body: no JSON",
        "payload.1.conversational.role: enum", "payload.1.blob: beyond a double",
    ):  # fmt: skip
        assert expected in wrong, expected


@pytest.mark.parametrize(
    ("value", "kinds"),
    [
        ("arn:aws:x", {"pattern", "size"}),
        ("Support-a1B2c3D4e5", set()),
        (5, {"type"}),
        (None, {"type"}),
        ("", {"size", "pattern"}),
    ],
)  # fmt: skip
def test_the_judges_reading_of_a_text(value: Any, kinds: set[str]) -> None:
    shape = operation_model("bedrock-agentcore", "ListActors").input_shape
    assert shape
    assert {problem.kind for problem in problems(shape.members["memoryId"], value)} == kinds


def test_texts_match_their_pattern_at_any_length() -> None:
    pattern, random = r"[a-zA-Z0-9][a-zA-Z0-9-_/]*(?::[a-zA-Z0-9-_/]+)*[a-zA-Z0-9-_/]*", Random(1)

    assert all(matches(pattern, texts.drawn(random, pattern, 1, 255)) for _ in range(100))
    assert len(texts.longest(random, pattern, 1, 255)) == 255
    with pytest.raises(LookupError):
        texts.drawn(random, "[a-z]{3}", 4, 4)


def test_a_request_survives_being_printed() -> None:
    request = Request("POST", "/memories/%23", {"X": "\xff"}, b"\x00\xff{}", chunked=True)

    assert Request.of_text(request.text()) == request
    assert request.encoded().endswith(b"\r\n\r\n1\r\n\x00\r\n1\r\n\xff\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")


def test_numbers_that_are_no_json_are_known() -> None:
    assert not Number("NaN").is_json and not Number("-Infinity").is_json
    assert Number("1e400").is_json and depth(nested(7)) == 7
