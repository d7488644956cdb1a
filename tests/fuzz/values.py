"""Values of a shape as JSON: valid ones, and those at and beyond each of its boundaries."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tests.fuzz import texts
from tests.fuzz.model import END_SECOND, FIRST_SECOND, Number
from tests.fuzz.world import World

_SAMPLES = [
    "I prefer tea.", "My name is Ada and I work in Bergen.", "é", "日本語のテキスト", "💥\u202e\u200b",
    "a\u0000b", "' OR 1=1; --", "<img src=x onerror=alert(1)>", "../../etc/passwd", "%2F%00", "\r\nX: y",
    '{"message":{"role":"user","content":[{"text":"I like sushi"}]},"message_id":0}', 'NEAR("a" b* OR', "-",
    "\ufeff\uffff", "{{7*7}}", " ",
]  # fmt: skip
_DEEPEST = 8
_LARGEST_LIST = 210
_LONGEST_TEXT = 110_000
_HUGE = 10**400
_STRAY: list[Any] = [5, -1.5, True, False, None, [], {}, "", "text", ["x"], {"a": 1}, 10**30, Number("NaN")]


@dataclass(frozen=True)
class Place:
    """One value inside of parameters: where it hangs, and the shape that it should have."""

    holder: Any
    key: Any
    shape: Shape
    path: str

    @property
    def value(self) -> Any:
        return self.holder[self.key]

    def put(self, value: Any) -> None:
        self.holder[self.key] = value


@dataclass(frozen=True)
class Values:
    """Draws values. `share` is how many of the optional members are given: 0 none, 1 all; `about` are ids
    that belong together.
    """

    random: Random
    world: World
    share: float = 0.5
    about: Mapping[str, str] = field(default_factory=dict)

    def params(self, operation: OperationModel) -> dict[str, Any]:
        """Valid parameters of an operation."""
        shape = operation.input_shape
        params: dict[str, Any] = self.of(shape, "", 0) if shape else {}
        return params

    def of(self, shape: Shape, name: str, level: int) -> Any:
        """A valid value; `name` is the member that holds it."""
        if isinstance(shape, StructureShape):
            return self._structure(shape, name, level)
        if isinstance(shape, ListShape):
            return [self.of(shape.member, name, level + 1) for _ in range(self._size(shape, level))]
        if isinstance(shape, MapShape):
            pairs = range(self._size(shape, level))
            return {
                self.of(shape.key, "metadataKey", level): self.of(shape.value, name, level + 1) for _ in pairs
            }
        return getattr(self, f"_{shape.type_name}")(shape, name)

    def _size(self, shape: Shape, level: int) -> int:
        in_query = shape.serialization.get("location") == "querystring"  # where no list is no parameter
        least = max(shape.metadata.get("min", 0), int(in_query))
        most = min(shape.metadata.get("max", 3), max(least, 0 if level > _DEEPEST else 3))
        return self.random.randint(least, most)

    def _structure(self, shape: StructureShape, name: str, level: int) -> Any:
        if shape.is_document_type:
            return self.document()
        if shape.is_tagged_union:
            chosen = self.random.choice(_shallow_first(shape) if level > _DEEPEST else list(shape.members))
            return {_wire_name(shape, chosen): self.of(shape.members[chosen], chosen, level + 1)}
        wanted = [
            member
            for member in shape.members
            if member in shape.required_members
            or (level <= _DEEPEST and self.random.random() < self.share and member != "nextToken")
        ]
        return {
            _wire_name(shape, member): self.of(shape.members[member], self._kind(member, name), level + 1)
            for member in wanted
        }

    @staticmethod
    def _kind(member: str, holder: str) -> str:
        return "branch" if (holder, member) == ("branch", "name") else member

    def document(self, level: int = 0) -> Any:
        """Any JSON document but null."""
        kind = self.random.randrange(9 if level < 3 else 6)
        if kind < 6:
            return [self.random.choice(_SAMPLES), self.random.uniform(-1e9, 1e9), 2**53 + 1, True, "", 0][
                kind
            ]
        some = [self.document(level + 1) for _ in range(self.random.randint(0, 3))]
        return some if kind == 6 else {self.random.choice(_SAMPLES): each for each in some}

    def _string(self, shape: Shape, name: str) -> str:
        rules = shape.metadata
        known = self.about.get(name) or self.world.pick(self.random, name)
        if name == "memoryId" and "arn" in rules.get("pattern", "") and self.random.random() < 0.2:
            known = self.world.pick(self.random, "memoryArn")
        if known is not None and self.random.random() < (0.95 if name.startswith("memory") else 0.8):
            return str(known)
        if rules.get("enum"):
            return str(self.random.choice(rules["enum"]))
        least, most = rules.get("min", 0), rules.get("max", 200)
        if "pattern" in rules:
            return texts.drawn(self.random, rules["pattern"], least, most)
        text = self.random.choice(_SAMPLES)
        cut: str = (text * (least // len(text) + 1))[:most]
        return cut

    def _integer(self, shape: Shape, name: str) -> int:
        least = shape.metadata.get("min", 0)
        return self.random.randint(least, min(shape.metadata.get("max", 2**31 - 1), least + 100_000))

    _long = _integer

    def _double(self, shape: Shape, name: str) -> float:
        least, most = float(shape.metadata.get("min", -2.5)), float(min(shape.metadata.get("max", 1e6), 1e6))
        return self.random.choice([least, most, most / 3, 0.0])

    _float = _double

    def _boolean(self, shape: Shape, name: str) -> bool:
        return self.random.random() < 0.5

    def _timestamp(self, shape: Shape, name: str) -> float:
        return self.random.choice([1_772_375_782.346, 1_772_375_782, 0, self.random.uniform(0, 4e9)])

    def _blob(self, shape: Shape, name: str) -> str:
        return base64.b64encode(self.random.randbytes(self.random.randint(1, 12))).decode()


def _wire_name(shape: StructureShape, member: str) -> str:
    """A member of the body has the name that JSON gives it; one of path, query or header keeps its own."""
    serialization = shape.members[member].serialization
    return member if "location" in serialization else str(serialization.get("name", member))


def _shallow_first(shape: StructureShape) -> list[str]:
    scalar = [
        name
        for name, member in shape.members.items()
        if not isinstance(member, (StructureShape, ListShape, MapShape))
    ]
    return scalar or list(shape.members)


def places(shape: StructureShape, params: dict[str, Any]) -> list[Place]:
    """Every value in the parameters that stands where the model expects one, at every depth."""
    return list(_members(shape, params, ""))


def _members(shape: StructureShape, holder: dict[str, Any], path: str) -> Iterator[Place]:
    for name, member in shape.members.items():
        wire = _wire_name(shape, name)
        if wire in holder:
            yield from _below(Place(holder, wire, member, f"{path}.{wire}" if path else wire))


def _below(place: Place) -> Iterator[Place]:
    yield place
    shape, value = place.shape, place.value
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        yield from _members(shape, value, place.path)  # a document has no members
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for index in range(len(value)):
            yield from _below(Place(value, index, shape.member, f"{place.path}.{index + 1}"))
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key in value:
            yield from _below(Place(value, key, shape.value, f"{place.path}.{key}"))


def edge(values: Values, place: Place) -> tuple[str, Any]:
    """A value for the place at or beyond a boundary, and a word for what it is. The model says if it fits."""
    random, shape = values.random, place.shape
    if random.random() < 0.2:
        return "wrong type", random.choice(_STRAY)
    if isinstance(shape, StructureShape):
        return _edge_of_structure(values, shape, place.value)
    if isinstance(shape, (ListShape, MapShape)):
        return _edge_of_collection(values, shape, place)
    return _EDGES[shape.type_name](values, shape, place)


def _edge_of_structure(values: Values, shape: StructureShape, value: Any) -> tuple[str, Any]:
    random = values.random
    if shape.is_document_type:
        return random.choice(_DOCUMENTS)
    if not shape.members or not isinstance(value, dict):
        return "unknown member", {"unknownMember": 1}
    name = random.choice([*shape.members])
    wire = _wire_name(shape, name)
    if shape.is_tagged_union and random.random() < 0.7:
        other = {wire: values.of(shape.members[name], name, _DEEPEST)}
        return random.choice(
            [("union of two", value | other), ("union of none", {}), ("union of an unknown", {"other": 1})]
        )
    if shape.required_members and random.random() < 0.7:
        name = _wire_name(shape, random.choice(shape.required_members))
        if random.random() < 0.4:
            return "null required", value | {name: None}
        return "missing required", {key: held for key, held in value.items() if key != name}
    return random.choice(
        [
            ("null optional", value | {wire: None}),
            ("unknown member", value | {"unknownMember": {"a": [None, 1]}}),
        ]
    )


def _edge_of_collection(values: Values, shape: ListShape | MapShape, place: Place) -> tuple[str, Any]:
    random, rules = values.random, shape.metadata
    least, most = rules.get("min", 0), min(rules.get("max", 20), _LARGEST_LIST)
    size = random.choice([0, least, max(0, least - 1), most, most + 1])
    if shape.serialization.get("location") == "querystring":
        size = max(1, size)
    kind = "list size" if isinstance(shape, ListShape) else "map size"
    small = Values(random, values.world, 0)
    if isinstance(shape, ListShape):
        elements = [small.of(shape.member, place.path.rpartition(".")[2], _DEEPEST - 1) for _ in range(size)]
        if elements and random.random() < 0.2:
            return "null in a list", [*elements[1:], None]
        return kind, elements
    pairs = {
        f"{values.of(shape.key, '', 0)[:8]}{n}": small.of(shape.value, "", _DEEPEST) for n in range(size)
    }
    if random.random() < 0.3:
        key = random.choice(["", "ü", "x" * 200, "a.b", "null"])
        return "map key", pairs | {key: small.of(shape.value, "", _DEEPEST)}
    if random.random() < 0.1:
        return "null in a map", pairs | {"key": None}
    return kind, pairs


def _edge_of_string(values: Values, shape: Shape, place: Place) -> tuple[str, Any]:
    random, rules = values.random, shape.metadata
    if rules.get("enum"):
        known = random.choice(rules["enum"])
        return "enum", random.choice([known.lower(), f"{known} ", "", "NONE", known.swapcase(), "ü"])
    least, most = rules.get("min", 0), min(rules.get("max", 2_000), _LONGEST_TEXT)
    pattern = rules.get("pattern")
    if pattern is None:
        size = random.choice([least, max(0, least - 1), most, most + 1, most * 2])
        return "text length", (random.choice(_SAMPLES) * (size + 1))[:size]
    kind = random.choice(["pattern", "pattern", "shortest", "longest", "too long", "too short"])
    if kind == "pattern":
        return kind, random.choice([*_SAMPLES, f"{place.value}\n", f"{place.value}ü", f" {place.value}"])
    longest = texts.longest(random, pattern, least, most)
    if kind == "too long":
        return kind, texts.stretched(random, pattern, longest, len(longest) + random.choice([1, 5_000]))
    if kind == "too short":
        return kind, longest[: max(0, least - 1)]
    return kind, longest if kind == "longest" else texts.drawn(random, pattern, least, most)[: max(1, least)]


def _edge_of_number(values: Values, shape: Shape, place: Place) -> tuple[str, Any]:
    rules = shape.metadata
    least, most = rules.get("min", 0), rules.get("max", 2**31 - 1)
    beyond: list[Any] = [-1, 2**31, 2**63, -(2**63) - 1, _HUGE, Number("9" * 5_000), 1.5, 1e308, -0.0]
    bounds: list[Any] = [least, least - 1, most, most + 1, 0]
    written = [Number(text) for text in ("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "5e-324", "1E2")]
    return "number", values.random.choice(bounds * 2 + beyond + written)


def _edge_of_timestamp(values: Values, shape: Shape, place: Place) -> tuple[str, Any]:
    moments: list[Any] = [
        *[0, 1, -1, 0.0005, 999.9999, 1e9, 2**31, 2**32, 1_772_375_782.123_456_789, 9_999_999_999_999],
        *[END_SECOND - 1, END_SECOND - 0.001, END_SECOND, FIRST_SECOND, FIRST_SECOND - 1, 1e18, _HUGE],
        *["2026-03-01T14:36:22Z", "1772375782", Number("NaN"), Number("1e400"), Number("1.7723757e9")],
    ]
    return "timestamp", values.random.choice(moments)


def _edge_of_boolean(values: Values, shape: Shape, place: Place) -> tuple[str, Any]:
    return "boolean", values.random.choice(["true", "false", 0, 1, None])


def _edge_of_blob(values: Values, shape: Shape, place: Place) -> tuple[str, Any]:
    return "base64", values.random.choice(["", "====", "ü", "YQ", "YQ==\n", "YWJj"])


_EDGES: dict[str, Callable[[Values, Shape, Place], tuple[str, Any]]] = {
    "string": _edge_of_string,
    "integer": _edge_of_number,
    "long": _edge_of_number,
    "double": _edge_of_number,
    "float": _edge_of_number,
    "timestamp": _edge_of_timestamp,
    "boolean": _edge_of_boolean,
    "blob": _edge_of_blob,
}


def nested(depth: int, *, objects: bool = False) -> Any:
    """A document of that many levels."""
    held: Any = 1
    for _ in range(depth):
        held = {"a": held} if objects else [held]
    return held


_DOCUMENTS: list[tuple[str, Any]] = [
    *[("deep document", nested(depth, objects=depth % 2 == 0)) for depth in (10, 100, 199, 200, 201, 400)],
    *[("number in a document", held) for held in (10**30, _HUGE, -0.0, 0.1 + 0.2, 2**63, 1e308, 5e-324)],
    *[("number in a document", [Number(text)]) for text in ("1e400", "NaN", "-Infinity")],
    *[
        ("document", held)
        for held in ("", False, 0, [], {}, [None], {"": ""}, {"é💥": "\u202e"}, "x" * 100_000)
    ],
    ("null document", None),
]
