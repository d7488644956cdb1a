"""What botocore's service models say a value must be: patterns, lengths, ranges and allowed words.

Read from the models, so the rules shown while typing are the ones that AWS publishes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.loaders import create_loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

CONTROL = "bedrock-agentcore-control"
DATA = "bedrock-agentcore"


@dataclass(frozen=True)
class Constraint:
    """Rules of one member: `minimum` and `maximum` are a length (text, lists, maps) or a value (numbers)."""

    pattern: str | None
    minimum: int | None
    maximum: int | None
    allowed: tuple[str, ...] = ()

    def text_problems(self, label: str, value: str, hint: str = "") -> list[str]:
        """What is wrong with a text, as sentences that begin with `label`; `hint` explains the pattern."""
        if value == "" and self._refuses_empty():
            return [f"{label} is empty."]
        if self.maximum is not None and len(value) > self.maximum:
            return [f"{label} has {len(value):,} characters; at most {self.maximum:,} are allowed."]
        if self.minimum is not None and len(value) < self.minimum:
            return [f"{label} has {len(value):,} characters; at least {self.minimum:,} are needed."]
        if self.allowed and value not in self.allowed:
            return [f"{label} must be one of {', '.join(self.allowed)}."]
        if not self.fits_pattern(value):
            return [f"{label} has characters or a form that AWS does not allow{f': {hint}' if hint else ''}."]
        return []

    def fits_pattern(self, value: str) -> bool:
        return self.pattern is None or re.fullmatch(self.pattern, value) is not None

    def _refuses_empty(self) -> bool:
        return bool(self.minimum) or not self.fits_pattern("")

    def number_problems(self, label: str, value: int) -> list[str]:
        """What is wrong with a whole number."""
        low, high = self.minimum, self.maximum
        if (low is not None and value < low) or (high is not None and value > high):
            if low is None or high is None:
                return [f"{label} must be at {f'least {low}' if high is None else f'most {high}'}."]
            return [f"{label} must be between {low} and {high}."]
        return []


@cache
def service_model(service: str) -> ServiceModel:
    """botocore's model of a service. A session would not give it where AWS_PROFILE names no profile, or where
    the AWS configuration cannot be read: then no page of any connection could be drawn."""
    return ServiceModel(create_loader().load_service_model(service, "service-2"), service)


@cache
def constraint(service: str, operation: str, *path: str) -> Constraint:
    """The rules of an input member, such as `("CreateEvent", "payload", "[]", "conversational", "role")`.

    A step is a member's name, `[]` for the elements of a list, `{}` for the values of a map, `{key}` for its
    keys. Raises KeyError when the installed botocore has no such member.
    """
    shape: Shape | None = service_model(service).operation_model(operation).input_shape
    for step in path:
        shape = _step(shape, step)
    metadata: dict[str, Any] = dict(shape.metadata) if shape is not None else {}
    return Constraint(
        metadata.get("pattern"), metadata.get("min"), metadata.get("max"), tuple(metadata.get("enum", ()))
    )


def request_problems(
    service: str, operation: str, params: dict[str, Any], labels: Mapping[str, str]
) -> list[str]:
    """What the service model refuses in a request, as sentences, each once.

    `labels` has the words for members by name; a member without words goes by its own name. Required members
    are not looked for, botocore refuses a request without them.
    """
    found = [
        problem
        for path, value in _values(params, ())
        for problem in _value_problems(constraint(service, operation, *path), _label(path, labels), value)
    ]
    return list(dict.fromkeys(found))


def _values(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value in a request with the steps to it, lists before their elements."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _values(member, (*path, name))
        return
    yield path, value
    if isinstance(value, list):
        for element in value:
            yield from _values(element, (*path, "[]"))


def _value_problems(rules: Constraint, label: str, value: Any) -> list[str]:
    if isinstance(value, str):
        return rules.text_problems(label, value)
    if isinstance(value, list):
        return rules.number_problems(f"The number of entries of “{label}”", len(value))
    return rules.number_problems(label, value) if isinstance(value, int) else []


def _label(path: tuple[str, ...], labels: Mapping[str, str]) -> str:
    name = next(step for step in reversed(path) if step != "[]")
    return labels.get(name, name)


def _step(shape: Shape | None, step: str) -> Shape:
    if isinstance(shape, StructureShape):
        return shape.members[step]
    if isinstance(shape, ListShape) and step == "[]":
        return shape.member
    if isinstance(shape, MapShape) and step in {"{}", "{key}"}:
        return shape.key if step == "{key}" else shape.value
    raise KeyError(step)
