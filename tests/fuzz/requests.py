"""Chooses what to send next: operation, parameters, boundary, damage."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from botocore.model import ListShape, OperationModel

from services.aws_local.operations import handlers
from services.aws_local.wire.service_models import operation_model, service_model
from tests.fuzz import damage, values
from tests.fuzz.damage import Expect
from tests.fuzz.model import Number, leaves, problems
from tests.fuzz.values import Place, Values
from tests.fuzz.wire import Request, request_for, signed
from tests.fuzz.world import AGENT_SERVICES, World

# Lambda, IAM, STS and InvokeAgentRuntime are left out: raw payloads, parameters in headers and the query
# protocol have no JSON whose boundaries could be tried. tests/aws_local/test_query.py tries the parsing of
# IAM and STS.
SERVICES = ("bedrock-agentcore", "bedrock-agentcore-control", "bedrock-runtime", *AGENT_SERVICES)
RAW_PAYLOADS = frozenset({"InvokeAgentRuntime"})
IMPLEMENTED = [
    operation_model(service, name)
    for service, name in sorted(handlers())
    if service in SERVICES and name not in RAW_PAYLOADS
]
# Only the id in an ARN would tell these from bedrock-agent's of the same path.
_SHARED_PATHS = {"ListTagsForResource", "TagResource", "UntagResource"}
NOT_IMPLEMENTED = [
    operation_model(service, name)
    for service in SERVICES
    for name in service_model(service).operation_names
    if (service, name) not in handlers() and name not in _SHARED_PATHS
]
# The share of requests: those that keep the model's rules, repeat one, go to an operation that is missing,
# are damaged as JSON, path or HTTP, and are too large. The rest stands at or beyond a boundary.
_VALID, _REPEATED, _MISSING, _DAMAGED, _TOO_LARGE = 0.25, 0.06, 0.01, 0.18, 0.0005
# How often ids belong together, and rules that no model states are kept.
_KNOWN, _SENSIBLE = 0.9, 0.9
_LONGEST_TARGET = 16 * 1024  # of a URL; any longer is refused before its parameters are looked at


def _filter(key: str, operator: str, **value: Any) -> dict[str, Any]:
    right = {"right": {"metadataValue": value}} if value else {}
    return {"left": {"metadataKey": key}, "operator": operator} | right


# Filters that fit the keys of the memory that most requests are about.
_FILTERS = [
    _filter("priority", "EQUALS_TO", stringValue="high"),
    _filter("priority", "NOT_EXISTS"),
    _filter("score", "EXISTS"),
    *[_filter("score", name, numberValue=7) for name in ("EQUALS_TO", "LESS_THAN", "GREATER_THAN_OR_EQUALS")],
    _filter("labels", "CONTAINS", stringValue="a"),
    _filter("x-amz-agentcore-memory-createdAt", "AFTER", dateTimeValue=1_772_375_782.346),
    _filter("x-amz-agentcore-memory-updatedAt", "BEFORE", dateTimeValue=4_000_000_000),
    _filter("x-amz-agentcore-memory-recordType", "EQUALS_TO", stringValue="BASE"),
]


@dataclass(frozen=True)
class Case:
    """One request with what is known of it. `wrong` is what the model says against its parameters."""

    operation: OperationModel
    kind: str
    request: Request
    params: dict[str, Any]
    wrong: list[str]
    expect: Expect = Expect.AS_THE_MODEL
    is_implemented: bool = True


class Cases:
    """An endless series of cases; the same seed and the same answers give the same series."""

    def __init__(self, random: Random, world: World, operations: list[OperationModel] | None = None) -> None:
        self._random = random
        self._world = world
        self._operations = operations or IMPLEMENTED

    def next(self) -> Case:
        draw = self._random.random()
        if draw < _MISSING:
            return self._missing()
        operation = self._random.choice(self._operations)
        if draw < (share := _MISSING + _REPEATED):
            return self._repeated() or self.valid(operation)
        if draw < (share := share + _TOO_LARGE):
            return self._damaged(operation, damage.too_large)
        if draw < (share := share + _DAMAGED):
            return self._damaged(operation, damage.damaged)
        if draw < share + _VALID:
            return self.valid(operation)
        return self._edged(operation)

    def _missing(self) -> Case:
        operation = self._random.choice(NOT_IMPLEMENTED)
        template = operation.http["requestUri"].partition("?")[0]
        target = "/".join("x" if part.startswith("{") else part for part in template.split("/"))
        headers = {"Authorization": signed(operation.service_model.signing_name)}
        request = Request(operation.http["method"], target, headers, body=b"{}")
        return Case(operation, "not implemented", request, {}, [], Expect.ANYTHING, is_implemented=False)

    def valid(self, operation: OperationModel) -> Case:
        """A request that the model allows: with required members only, some optional ones, or all."""
        share = self._random.choice([0.0, 0.2, 0.5, 1.0])
        return _case(operation, "valid", self._params(operation, share))

    def _params(self, operation: OperationModel, share: float) -> dict[str, Any]:
        known = operation.name in {"DeleteMemory", "DeleteAgent"} or self._random.random() < _KNOWN
        about = self._world.about(self._random, operation) if known else {}
        params = Values(self._random, self._world, share, about).params(operation)
        if self._random.random() < _SENSIBLE:
            _make_sensible(self._random, operation, params)
            _make_sensible_of_agents(self._random, operation, params)
        return {name: value for name, value in params.items() if not _is_header(operation, name)}

    def _repeated(self) -> Case | None:
        """The next page of a list, or a write that was done before, with the same client token."""
        known, kind = self._random.choice(
            [(self._world.pages, "next page"), (self._world.writes, "repeated write")]
        )
        if not known:
            return None
        operation, params = self._random.choice(known)
        return _case(operation, kind, copy.deepcopy(params))

    def _damaged(self, operation: OperationModel, how: damage.Damage) -> Case:
        params = self._params(operation, self._random.choice([0.0, 0.5]))
        if how is damage.too_large and operation.http["method"] == "GET":
            return _case(operation, "valid", params)
        kind, request, expect = how(self._random, request_for(operation, params))
        return Case(operation, kind, request, params, _problems(operation, params), expect)

    def _edged(self, operation: OperationModel) -> Case:
        """A request with one value, sometimes two, at or beyond a boundary."""
        params = self._params(operation, self._random.choice([0.2, 0.5, 1.0]))
        kinds = [
            kind
            for _ in range(self._random.choice([1, 1, 1, 1, 2]))
            for kind in self._edge(operation, params)
        ]
        return _case(operation, " + ".join(sorted(set(kinds))) or "valid", params)

    def _edge(self, operation: OperationModel, params: dict[str, Any]) -> Iterator[str]:
        shape = operation.input_shape
        whole: dict[str, Any] = {"": params}
        found = values.places(shape, params) if shape else []
        if shape and not any("location" in m.serialization for m in shape.members.values()):
            found.append(Place(whole, "", shape, ""))  # the body itself
        if not found:
            return
        place = self._random.choice(found)
        drawn = Values(self._random, self._world, 0.3)
        kind, value = values.edge(drawn, place)
        if place.holder is whole:
            if not isinstance(value, dict):  # other JSON than an object: `damage` has that
                return
            params.clear()
            params |= value
        elif _can_be_sent(place, value):
            place.put(value)
        else:
            return
        yield kind


def _is_header(operation: OperationModel, name: str) -> bool:
    shape = operation.input_shape
    return shape is not None and shape.members[name].serialization.get("location") == "header"


def _make_sensible(random: Random, operation: OperationModel, params: dict[str, Any]) -> None:
    """Keep the rules of the service that most requests would break by chance and get no further."""
    match operation.name:
        case "ListMemoryRecords" | "RetrieveMemoryRecords":
            if "namespace" in params:
                params.pop("namespacePath", None)
            else:
                params.setdefault("namespacePath", "/")
            for holder in (params, params.get("searchCriteria", {})):
                holder.pop("memoryStrategyId", None)
                if "metadataFilters" in holder:
                    holder["metadataFilters"] = copy.deepcopy(random.sample(_FILTERS, random.randint(1, 3)))
        case "CreateEvent":
            params.get("branch", {}).pop("rootEventId", None)
            params.pop("extractionConfig", None)
        case "Converse" | "ConverseStream":
            said = {"role": "user", "content": [{"text": "I like tea. What do I like?"}]}
            params["messages"] = [*params.get("messages", []), said]
            params.get("toolConfig", {}).pop("toolChoice", None)
        case "CreateMemory" | "UpdateMemory":
            params["memoryExecutionRoleArn"] = "arn:aws:iam::123456789012:role/memory"
            changes = params.get("memoryStrategies", [])
            for strategy in changes.get("addMemoryStrategies", []) if isinstance(changes, dict) else changes:
                for given in strategy.values():
                    for name in (
                        "namespaces",
                        "namespaceTemplates",
                        "memoryRecordSchema",
                        "reflectionConfiguration",
                    ):
                        given.pop(name, None)


def _make_sensible_of_agents(random: Random, operation: OperationModel, params: dict[str, Any]) -> None:
    """The same for agents."""
    match operation.name:
        case "InvokeAgent":
            params |= {"inputText": "I like tea.", "enableTrace": random.random() < 0.5}
            params.pop("sessionState", None)
        case "CreateAgent" | "UpdateAgent":
            params["instruction"] = "You are an agent that is made from a service model."
            params["foundationModel"] = "anthropic.claude-3-sonnet-20240229-v1:0"
            params["agentResourceRoleArn"] = "arn:aws:iam::123456789012:role/agent"
            params["memoryConfiguration"] = {"enabledMemoryTypes": ["SESSION_SUMMARY"]}
        case "CreateAgentActionGroup" | "UpdateAgentActionGroup":
            for name in ("apiSchema", "parentActionGroupSignature", "parentActionGroupSignatureParams"):
                params.pop(name, None)
        case "CreateAgentAlias" | "UpdateAgentAlias":
            params.pop("routingConfiguration", None)


def _can_be_sent(place: Place, value: Any) -> bool:
    """Whether the value can stand in its place: path and query carry texts, and a label is never empty."""
    location = place.shape.serialization.get("location")
    if location == "uri":
        return isinstance(value, str) and value not in {"", ".", ".."}
    if location == "querystring" and isinstance(place.shape, ListShape):
        return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
    if location == "querystring" and place.shape.type_name in {"integer", "boolean"}:
        return isinstance(value, (int, float, Number))
    if location == "querystring" or place.path.startswith("tagKeys."):
        return isinstance(value, str)
    return True


def _case(operation: OperationModel, kind: str, params: dict[str, Any]) -> Case:
    request = request_for(operation, params)
    expect = Expect.TOO_LARGE if len(request.target) > _LONGEST_TARGET else Expect.AS_THE_MODEL
    return Case(operation, kind, request, params, _problems(operation, params), expect)


def _problems(operation: OperationModel, params: dict[str, Any]) -> list[str]:
    shape = operation.input_shape
    found = [str(each) for each in problems(shape, params)] if shape else []
    if any(isinstance(leaf, Number) and not leaf.is_json for leaf in leaves(params)):
        found.append("body: no JSON")
    return found
