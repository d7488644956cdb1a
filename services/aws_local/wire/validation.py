"""The constraints of the service models, told in the words that AWS uses.

botocore's own `ParamValidator` checks neither pattern, enum nor maximum, because clients leave these to
the service; here is the service. Messages and paths are AWS's, for example
`1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value
less than or equal to 100`; elements of a list are `payload.1.member`, values of a map `metadata.KEY.member`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from services.aws_local.errors import ValidationException

_SIZED = ("string", "list", "map", "blob")
# The data plane answers so, without the usual form, as observed on AWS (ListEvents).
_NO_MEMORY_ID = "Invalid memoryId: not a valid memory ID or ARN"
_Keeper = Callable[[Any], bool]
_SCALAR_ELEMENTS = ("string", "integer", "long", "float", "double")


@dataclass(frozen=True)
class Constraint:
    """One rule of one shape: AWS's sentence for it, and whether a value keeps it."""

    text: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Violation:
    """A broken rule and where."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"Value at '{self.path}' failed to satisfy constraint: {self.text}"


def validate(operation: OperationModel, params: dict[str, Any]) -> None:
    """Raise ValidationException, naming every violation, unless the parameters fit the operation's input."""
    if operation.input_shape is None or keeps_rules(operation.input_shape, params):
        return
    found = violations(operation.input_shape, params)
    if _is_data_plane(operation) and any(violation.path == "memoryId" for violation in found):
        raise refused("memoryId", _NO_MEMORY_ID)
    if found:
        raise invalid(found)


def _is_data_plane(operation: OperationModel) -> bool:
    return bool(operation.service_model.service_name == "bedrock-agentcore")


def invalid(violations: list[Violation]) -> ValidationException:
    """The exception for violations, as AWS words it; handlers use it for rules that no model states."""
    errors = "error" if len(violations) == 1 else "errors"
    return ValidationException(
        f"{len(violations)} validation {errors} detected: {'; '.join(map(str, violations))}",
        fieldList=[{"name": violation.path, "message": str(violation)} for violation in violations],
    )


def refused(field: str, message: str) -> ValidationException:
    """The exception for a rule of an operation that no model states, with the member that breaks it."""
    return ValidationException(message, fieldList=[{"name": field, "message": message}])


def violations(shape: Shape, value: Any) -> list[Violation]:
    """Every rule of the shape and its members that the value breaks."""
    return list(_violations(shape, value, ""))


def keeps_rules(shape: Shape, value: Any) -> bool:
    """Whether `violations` finds none. Nearly every request keeps all rules, and without paths and
    sentences that is known in a fraction of the time.
    """
    keeps = _keeper(shape)
    return keeps is None or keeps(value)


@cache
def _keeper(shape: Shape) -> _Keeper | None:
    """What says whether a value keeps the rules of its shape; None where there are none."""
    own = _all([rule.holds for rule in constraints(shape)])
    if isinstance(shape, StructureShape):
        return None if shape.is_document_type else _structure_keeper(shape)
    if isinstance(shape, ListShape):
        return _list_keeper(shape, own)
    if isinstance(shape, MapShape):
        return _map_keeper(shape, own)
    return own


def _all(rules: list[_Keeper]) -> _Keeper | None:
    """Whether a value keeps all of the rules, which are asked in their order; None for no rules."""
    if len(rules) < 2:
        return rules[0] if rules else None
    first, others = rules[0], _all(rules[1:])
    return lambda value: first(value) and (others is None or others(value))


def _structure_keeper(shape: StructureShape) -> _Keeper:
    required, members, is_union = tuple(shape.required_members), shape.members, shape.is_tagged_union
    keepers: dict[str, _Keeper | None] = {}

    def keeps(value: dict[str, Any]) -> bool:
        nonlocal keepers
        if not keepers:
            # At first use: a shape may contain itself. In one step: other threads may look meanwhile.
            keepers = {name: _keeper(member) for name, member in members.items()}
        if is_union and len(value) != 1:
            return False
        for name in required:
            if name not in value:
                return False
        for name, element in value.items():
            member_keeps = keepers[name]
            if member_keeps is not None and not member_keeps(element):
                return False
        return True

    return keeps


def _list_keeper(shape: ListShape, own: _Keeper | None) -> _Keeper:
    member = shape.member

    def keeps(value: list[Any]) -> bool:
        element_keeps = _keeper(member)
        return (own is None or own(value)) and (element_keeps is None or all(map(element_keeps, value)))

    return keeps


def _map_keeper(shape: MapShape, own: _Keeper | None) -> _Keeper:
    key_shape, value_shape = shape.key, shape.value

    def keeps(value: dict[str, Any]) -> bool:
        key_keeps, value_keeps = _keeper(key_shape), _keeper(value_shape)
        return (
            (own is None or own(value))
            and (key_keeps is None or all(map(key_keeps, value)))
            and (value_keeps is None or all(map(value_keeps, value.values())))
        )

    return keeps


def _violations(shape: Shape, value: Any, path: str) -> Iterator[Violation]:
    for constraint in constraints(shape):
        if not constraint.holds(value):
            yield Violation(path, constraint.text)
    if isinstance(shape, StructureShape):
        yield from _structure_violations(shape, value, path)
    elif isinstance(shape, ListShape):
        yield from _list_violations(shape, value, path)
    elif isinstance(shape, MapShape):
        yield from _map_violations(shape, value, path)


def _structure_violations(shape: StructureShape, value: Any, path: str) -> Iterator[Violation]:
    if shape.is_document_type:
        return
    prefix = f"{path}." if path else ""
    if shape.is_tagged_union and len(value) != 1:
        names = ", ".join(shape.members)
        yield Violation(path, f"Member must have exactly one of the following members set: [{names}]")
    for name in shape.required_members:
        if name not in value:
            yield Violation(f"{prefix}{name}", "Member must not be null")
    for name, element in value.items():
        yield from _violations(shape.members[name], element, f"{prefix}{name}")


def _list_violations(shape: ListShape, value: list[Any], path: str) -> Iterator[Violation]:
    if shape.member.type_name in _SCALAR_ELEMENTS:
        if broken := _broken_together(shape.member, value):
            yield Violation(path, f"Member must satisfy constraint: {broken}")
        return
    for number, element in enumerate(value, 1):
        yield from _violations(shape.member, element, f"{path}.{number}.member")


def _map_violations(shape: MapShape, value: dict[str, Any], path: str) -> Iterator[Violation]:
    if broken := _broken_together(shape.key, list(value)):
        yield Violation(path, f"Map keys must satisfy constraint: {broken}")
    if shape.value.type_name in _SCALAR_ELEMENTS:
        if broken := _broken_together(shape.value, list(value.values())):
            yield Violation(path, f"Map value must satisfy constraint: {broken}")
        return
    for key, element in value.items():
        yield from _violations(shape.value, element, f"{path}.{key}.member")


def _broken_together(shape: Shape, values: list[Any]) -> str | None:
    """All rules of the elements' shape in brackets if any element breaks one: AWS names no single element."""
    rules = constraints(shape)
    if all(rule.holds(value) for value in values for rule in rules):
        return None
    return f"[{', '.join(rule.text for rule in rules)}]"


@cache
def constraints(shape: Shape) -> tuple[Constraint, ...]:
    """The rules of a shape's own value, without those of its members."""
    return (*_bounds(shape), *_pattern(shape), *_enum(shape))


def _bounds(shape: Shape) -> Iterator[Constraint]:
    sized = shape.type_name in _SIZED
    measure: Callable[[Any], float] = len if sized else float
    what = "length" if sized else "value"
    if "max" in shape.metadata:
        largest = shape.metadata["max"]
        yield Constraint(
            f"Member must have {what} less than or equal to {largest}",
            lambda value: measure(value) <= largest,
        )
    if "min" in shape.metadata:
        smallest = shape.metadata["min"]
        yield Constraint(
            f"Member must have {what} greater than or equal to {smallest}",
            lambda value: measure(value) >= smallest,
        )


def _pattern(shape: Shape) -> Iterator[Constraint]:
    if "pattern" not in shape.metadata:
        return
    pattern = shape.metadata["pattern"]
    matches = re.compile(pattern).fullmatch
    # A text that is too long is told so by its length alone; matching it could take very long.
    longest = shape.metadata.get("max", float("inf"))
    yield Constraint(
        f"Member must satisfy regular expression pattern: {pattern}",
        lambda value: len(value) > longest or matches(value) is not None,
    )


def _enum(shape: Shape) -> Iterator[Constraint]:
    if shape.metadata.get("enum"):
        allowed = shape.metadata["enum"]
        yield Constraint(
            f"Member must satisfy enum value set: [{', '.join(allowed)}]", lambda value: value in allowed
        )
