"""The paths that are the endpoint's own and not AWS's: `/healthz`, and the switches below `/_local/`.

They answer JSON, their errors have AWS's form, and the gateway's checks of Host and Origin come before
them. They run beside the threads of the calls, so that a busy endpoint still says how it is. A new path is
one more entry of the table in `local_routes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from services.aws_local.call import Scope
from services.aws_local.errors import MethodNotAllowed, UnknownOperationException, ValidationException
from services.aws_local.long_term import evidence
from services.aws_local.switches.fault_rules import Faults, MalformedRule, Rule
from services.aws_local.switches.quotas import Quotas
from services.aws_local.wire.rest_json import load_json

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

HEALTH_PATH = "/healthz"
LOCAL_PREFIX = "/_local/"
_THREADS = 2


@dataclass(frozen=True)
class LocalRequest:
    """What a handler is given: the query as `urllib.parse.parse_qs` reads it, the body, the account and
    region of the signature, and the values of the labels of its path.
    """

    query: Mapping[str, list[str]]
    body: bytes
    scope: Scope
    labels: tuple[str, ...] = ()

    def parameters(self) -> dict[str, str]:
        """The query, each name once; ValidationException for a name that is there twice."""
        repeated = [name for name, values in self.query.items() if len(values) > 1]
        if repeated:
            raise ValidationException(f"Parameter {repeated[0]} is given more than once.")
        return {name: values[0] for name, values in self.query.items()}

    def members(self, *allowed: str) -> dict[str, Any]:
        """The body as a JSON object; ValidationException when it is none, or has members but these."""
        document = load_json(self.body or b"{}")
        if not isinstance(document, dict) or not document.keys() <= set(allowed):
            raise ValidationException(f"The body must be a JSON object with no members but {list(allowed)}")
        return document


LocalHandler = Callable[[LocalRequest], dict[str, Any]]
Table = Mapping[str, Mapping[str, LocalHandler]]


class LocalRoutes:
    """The table at work: path to HTTP method to handler. HEAD is served wherever GET is.

    A segment `{}` of a path in the table is a label: it stands for any one segment.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="local")

    async def answer(self, method: str, path: str, request: LocalRequest) -> dict[str, Any]:
        """The document that a path answers. Raises UnknownOperationException, MethodNotAllowed, and what
        the handler raises.
        """
        handlers, labels = self._find(path)
        if handlers is None:
            raise UnknownOperationException(f"The endpoint has no path {path[:200]}")
        handler = handlers.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise MethodNotAllowed(method, sorted(handlers))
        labelled = replace(request, labels=labels)
        return await asyncio.get_running_loop().run_in_executor(self._threads, handler, labelled)

    def _find(self, path: str) -> tuple[Mapping[str, LocalHandler] | None, tuple[str, ...]]:
        """The handlers of a raw path and the decoded values of its labels."""
        if path in self._table:
            return self._table[path], ()
        given = path.split("/")
        for known, handlers in self._table.items():
            wanted = known.split("/")
            pairs = list(zip(wanted, given, strict=False))
            if len(wanted) == len(given) and all(want in {"{}", have} and have for want, have in pairs[1:]):
                return handlers, tuple(unquote(have) for want, have in pairs if want == "{}")
        return None, ()

    def close(self) -> None:
        """Wait for the handlers that still run."""
        self._threads.shutdown()


def is_local(path: str) -> bool:
    """Whether a path is the endpoint's own."""
    return path == HEALTH_PATH or path.startswith(LOCAL_PREFIX)


def local_routes(backend: Backend) -> LocalRoutes:
    """The endpoint's own paths."""
    return LocalRoutes(
        {
            HEALTH_PATH: {"GET": lambda _: backend.health()},
            f"{LOCAL_PREFIX}faults": _fault_handlers(backend.faults),
            f"{LOCAL_PREFIX}quotas": _quota_handlers(backend.quotas),
            f"{LOCAL_PREFIX}evidence/{{}}/{{}}": {
                "GET": lambda asked: evidence.evidence(backend, asked.scope, asked.labels[0], asked.labels[1])
            },
            f"{LOCAL_PREFIX}decisions/{{}}": {
                "GET": lambda asked: evidence.decisions(
                    backend, asked.scope, asked.labels[0], asked.parameters()
                )
            },
        }
    )


def _fault_handlers(faults: Faults) -> dict[str, LocalHandler]:
    def get(_: LocalRequest) -> dict[str, Any]:
        return {"faults": faults.shown()}

    def put(request: LocalRequest) -> dict[str, Any]:
        given = request.members("faults").get("faults")
        if not isinstance(given, list) or not all(isinstance(text, str) for text in given):
            raise ValidationException('The body must be {"faults": ["RULE", …]}')
        try:
            faults.replace(tuple(map(Rule.parse, given)))
        except MalformedRule as error:
            raise ValidationException(str(error)) from None
        return get(request)

    def delete(request: LocalRequest) -> dict[str, Any]:
        faults.replace(())
        return get(request)

    return {"GET": get, "PUT": put, "DELETE": delete}


def _quota_handlers(quotas: Quotas) -> dict[str, LocalHandler]:
    def get(_: LocalRequest) -> dict[str, Any]:
        return quotas.shown()

    def put(request: LocalRequest) -> dict[str, Any]:
        given = request.members("mode", "clock")
        try:
            quotas.switch(given.get("mode"), given.get("clock"))
        except ValueError as error:
            raise ValidationException(str(error)) from None
        return quotas.shown()

    def delete(request: LocalRequest) -> dict[str, Any]:
        quotas.switch("off", None)
        return quotas.shown()

    return {"GET": get, "PUT": put, "DELETE": delete}
