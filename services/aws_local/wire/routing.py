"""Which operation a request means: method and raw path against the paths of the service models.

Several APIs share the address. Where two have the same path and method, the service named in the signature
decides, or else the one of the ARN in the path, then the slash at the end: `POST /agents/ID/` is
PrepareAgent, `POST /agents/ID` is InvokeInlineAgent. Everywhere else that slash makes no difference.

The raw, still percent-encoded path is split at its slashes and matched; only then each label is decoded.
Decoding first would tear an actorId such as `team/alice` apart and lose the `#` of an eventId.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from urllib.parse import unquote

from botocore.model import OperationModel

from services.aws_local.call import signing_name
from services.aws_local.errors import MethodNotAllowed, UnknownOperationException, ValidationException

_KNOWN_PATHS = 512  # of at most 16 kB each


@dataclass(frozen=True)
class Route:
    """One operation's method and path template, split into segments (`{memoryId}`, greedy `{path+}`)."""

    service: str
    method: str
    segments: tuple[str, ...]
    operation: OperationModel
    ends_in_slash: bool
    signing_name: str

    @classmethod
    def of(cls, service: str, operation: OperationModel) -> Route:
        template = operation.http["requestUri"].partition("?")[0]
        method, ends_in_slash = operation.http["method"], template.endswith("/")
        metadata = operation.service_model.metadata
        signing_name = metadata.get("signingName", metadata.get("endpointPrefix", service))
        return cls(service, method, _segments(template), operation, ends_in_slash, signing_name)

    @property
    def precedence(self) -> tuple[int, ...]:
        """Sorts routes: the first that matches is the right one.

        At each segment a literal goes before a label, a label before a greedy one, and more before the end.
        """
        return (*map(_openness, self.segments), 3)

    @cached_property
    def _greedy(self) -> int | None:
        """The place of the greedy label, if there is one."""
        return next((place for place, segment in enumerate(self.segments) if _openness(segment) == 2), None)

    @property
    def is_greedy(self) -> bool:
        """Whether it has a label that takes several segments."""
        return self._greedy is not None

    @cached_property
    def _literals(self) -> tuple[tuple[int, str], ...]:
        """The segments that a path has to have, with their places."""
        return tuple((at, segment) for at, segment in enumerate(self.segments) if not _openness(segment))

    @cached_property
    def _labels(self) -> tuple[tuple[int, str], ...]:
        """The names of the labels, with their places."""
        named = ((at, segment) for at, segment in enumerate(self.segments) if _openness(segment))
        return tuple((at, segment.strip("{+}")) for at, segment in named)

    def labels(self, path: tuple[str, ...]) -> dict[str, str] | None:
        """The still encoded labels when the path matches, else None."""
        greedy = self._greedy
        surplus = len(path) - len(self.segments)
        if greedy is not None and surplus > 0:
            joined = "/".join(path[greedy : greedy + surplus + 1])
            path = (*path[:greedy], joined, *path[greedy + surplus + 1 :])
        elif surplus:
            return None
        if any(path[at] != segment for at, segment in self._literals):
            return None
        labels = {name: path[at] for at, name in self._labels}
        return labels if all(labels.values()) else None  # a label is never empty


@dataclass(frozen=True)
class Match:
    """What a request means. `labels` are percent-decoded, by their name in the path."""

    service: str
    operation: OperationModel
    labels: Mapping[str, str]

    @classmethod
    def of(cls, route: Route, labels: Mapping[str, str]) -> Match:
        """ValidationException when a label is not UTF-8."""
        return cls(
            route.service, route.operation, {name: _decode(name, text) for name, text in labels.items()}
        )


class Router:
    """The operation table of several services on one address."""

    def __init__(self, routes: Iterable[Route]) -> None:
        # Every path of the served models starts with a literal: with it and the number of segments few routes
        # are left. Paths that are longer than every route have one number: only greedy labels match them.
        self._routes: dict[tuple[str, int], list[Route]] = defaultdict(list)
        # Clients ask for the same path again and again: all of a memory's events are created at one.
        self._fitting = lru_cache(_KNOWN_PATHS)(self._find)
        by_precedence = sorted(routes, key=lambda route: route.precedence)
        self._longer = 1 + max((len(route.segments) for route in by_precedence), default=0)
        for route in by_precedence:
            shortest = len(route.segments)
            for length in range(shortest, (self._longer if route.is_greedy else shortest) + 1):
                self._routes[route.segments[0], length].append(route)

    def match(self, method: str, raw_path: str, authorization: str | None = None) -> Match:
        """The operation and its labels; the `Authorization` header says whose, where services share a path.

        Raises UnknownOperationException when no operation has this path, MethodNotAllowed when only
        other methods do, ValidationException when a label is not UTF-8.
        """
        fitting = self._fitting(method, raw_path)
        if len(fitting) == 1:
            return fitting[0][1]
        return _meant(fitting, raw_path, authorization)

    def _find(self, method: str, raw_path: str) -> list[tuple[Route, Match]]:
        """The routes with this path and method, in the order of the services, each with its labels."""
        path = _segments(raw_path)
        found = [
            (route, labels)
            for route in self._routes.get((path[0], min(len(path), self._longer)), [])
            if (labels := route.labels(path)) is not None
        ]
        if not found:
            raise UnknownOperationException(f"No operation has the path {raw_path[:200]}")
        fitting = [each for each in found if each[0].method == method]
        if not fitting:
            raise MethodNotAllowed(method, sorted({route.method for route, _ in found}))
        return [(route, Match.of(route, labels)) for route, labels in fitting]


def _meant(found: list[tuple[Route, Match]], raw_path: str, authorization: str | None) -> Match:
    """Which of several routes: the service's, then the most literal, then the same end."""
    service = signing_name(authorization)
    if service not in {route.signing_name for route, _ in found}:
        named = found[0][1].labels.get("resourceArn", "").split(":")
        service = named[2] if len(named) > 5 else None
    ends_in_slash = raw_path.endswith("/")

    def distance(each: tuple[Route, Match]) -> tuple[bool, tuple[int, ...], bool]:
        route = each[0]
        return route.signing_name != service, route.precedence, route.ends_in_slash != ends_in_slash

    return min(found, key=distance)[1]  # the first of equals: services are asked in their order


def _segments(path: str) -> tuple[str, ...]:
    """A path without its leading slash and one trailing slash, split: ListMemories is `POST /memories/`."""
    return tuple(path.removeprefix("/").removesuffix("/").split("/"))


def _openness(segment: str) -> int:
    """0 for a literal, 1 for a label, 2 for a greedy label."""
    return 2 if segment.endswith("+}") else int(segment.startswith("{"))


def _decode(name: str, value: str) -> str:
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise ValidationException(
            f"Value at '{name}' cannot be parsed: it is not percent-encoded UTF-8", reason="CannotParse"
        ) from None
