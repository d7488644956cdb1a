"""Python values of results as the JSON values of shapes, by writers that are made once for each shape."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from services.aws_local.wire import timestamps

Writer = Callable[[Any], Any]


@cache
def writer(shape: Shape) -> Writer | None:
    """What makes the JSON value that the shape asks for; None where a value is its own JSON value.

    Members that are None are left out. Raises ValueError when the value does not fit the shape.
    """
    if isinstance(shape, StructureShape):
        return None if shape.is_document_type else _structure(shape)
    if isinstance(shape, ListShape):
        return _list(shape)
    if isinstance(shape, MapShape):
        return _map(shape)
    return _SCALARS[shape.type_name](shape)


def to_json(shape: Shape, value: Any) -> Any:
    """A Python value as the JSON value of the shape; see `writer`."""
    write = writer(shape)
    return value if write is None else write(value)


def _structure(shape: StructureShape) -> Writer:
    members: dict[str, tuple[str, Writer | None]] = {}
    required: frozenset[str] = frozenset()

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        nonlocal members, required
        if not members:
            # At first use: a shape may contain itself. Other threads may look meanwhile: the members last.
            json_names = {name: m.serialization.get("name", name) for name, m in shape.members.items()}
            required = frozenset(json_names[name] for name in shape.required_members)
            members = {name: (json_names[name], writer(member)) for name, member in shape.members.items()}
        written = {}
        for name, element in value.items():
            if name not in members:
                raise ValueError(f"{shape.name} has no member {name}")
            if element is not None:
                json_name, write_member = members[name]
                written[json_name] = element if write_member is None else write_member(element)
        if not written.keys() >= required:
            missing = ", ".join(sorted(required - written.keys()))
            raise ValueError(f"{shape.name} lacks the required {missing}")
        return written

    return write


def _list(shape: ListShape) -> Writer:
    member = shape.member

    def write(value: Any) -> list[Any]:
        write_element = writer(member)
        return list(value) if write_element is None else [write_element(element) for element in value]

    return write


def _map(shape: MapShape) -> Writer:
    element_shape = shape.value

    def write(value: Mapping[str, Any]) -> dict[str, Any]:
        write_element = writer(element_shape)
        if write_element is None:
            return dict(value)
        return {key: write_element(element) for key, element in value.items()}

    return write


def _timestamp(shape: Shape) -> Writer:
    form = timestamps.timestamp_format(shape)

    def write(value: Any) -> float | str:
        if form == "unixtimestamp" and type(value) is float:  # as nearly all are
            return round(value, 3)
        return timestamps.to_wire(shape, value, form)

    return write


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


_SCALARS: dict[str, Callable[[Shape], Writer | None]] = {
    "string": lambda shape: None,
    "boolean": lambda shape: None,
    "integer": lambda shape: int,
    "long": lambda shape: int,
    "float": lambda shape: float,
    "double": lambda shape: float,
    "timestamp": _timestamp,
    "blob": lambda shape: _base64,
}
