"""Changes of AWS on their way into the audit trail: a row before the call, and one that says how it ended.

`Act` is one change. `audited` (services.auditing) makes one with what its caller knows of before and after;
for every other call that may change something the hooks on the botocore session make one (`CallAudit`), so
that nothing gets past the trail, whoever sends it: a page, the AgentCore SDK, Strands.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError

from services import people
from services.authorization import is_read
from services.errors import HeldBack, NotAudited
from services.faults import explain
from services.workspace import audit
from services.workspace.store import Workspace

MOST_DETAIL = 1_000
# What people say is in AWS, or gone from there: the trail is no second place for it.
_LEFT_OUT = frozenset({"payload", "inputText", "ResponseMetadata"})
_OF_PLACES = ("memoryId", "actorId", "sessionId", "eventId", "memoryRecordId", "agentId", "agentAliasId")
_OTHERWISE = ("resourceArn", "agentRuntimeArn", "name", "roleName", "functionName")
# Their errors may hold what an agent said, and so what it was told.
_QUOTING = frozenset({"InvokeAgentRuntime"})
# Kinds of fault after which the change may have been made, unless the call never left.
_UNKNOWN = frozenset({"timeout", "incomplete", "unreachable", "service"})
_NEVER_LEFT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError, HeldBack)

_open: ContextVar[Act | None] = ContextVar("act", default=None)


class Act:
    """One change. `action` is the AWS operation; one call of it belongs to this act."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        who: str,
        connection: str,
        action: str,
        resource: str,
        before: Any,
    ) -> None:
        self.action = action
        self._workspace = workspace
        self._row = {"who": who, "action": action, "connection": connection, "act": str(uuid.uuid4())}
        self._resource = resource
        self._sent = False
        self._ended = "succeeded"
        self._lock = threading.Lock()
        self._append("started", before=before)

    def takes(self, operation: str) -> bool:
        """Whether a call is the one of this act; of several calls the first one is."""
        with self._lock:
            is_own = operation == self.action and not self._sent
            self._sent = self._sent or is_own
            return is_own

    def answered(self, answer: Mapping[str, Any]) -> None:
        """What the call of this act was answered; of a batch, single records may have failed."""
        failed = answer.get("failedRecords")
        if failed:
            done = len(answer.get("successfulRecords", ()))
            self._ended = f"failed for {len(failed)} of {len(failed) + done} records"

    def end(self, after: Any = None) -> None:
        """The call was answered."""
        self._append(self._ended, after=after)

    def fail(self, error: BaseException, after: Any = None) -> None:
        """The call failed, or something did before it could be sent."""
        if not isinstance(error, Exception):  # the page was left or the program ended meanwhile
            self._append("unknown (interrupted)", after=after)
            return
        fault = explain(error)
        may_be_made = fault.kind in _UNKNOWN and not isinstance(error, _NEVER_LEFT)
        ended = "unknown" if may_be_made else "failed"
        detail = fault.detail.partition(":")[0] if self.action in _QUOTING else fault.detail
        self._append(f"{ended} ({fault.kind})", after=after, detail=detail[:MOST_DETAIL])

    def _append(self, result: str, *, before: Any = None, after: Any = None, detail: str = "") -> None:
        audit.append(
            self._workspace,
            resource=self._resource,
            before=before,
            after=after,
            result=result,
            detail=detail,
            **self._row,
        )


@contextmanager
def opened(act: Act) -> Iterator[None]:
    """In this block (of this thread) the call of the act needs no rows of its own."""
    before = _open.set(act)
    try:
        yield
    finally:
        _open.reset(before)


class CallAudit:
    """The audit trail of one connection's calls. `workspace` is asked for when something is written down;
    with None nothing can be changed over the connection. `actor` is who acts when nobody is signed in."""

    def __init__(self, connection: str, actor: str, workspace: Callable[[], Workspace] | None) -> None:
        self._connection = connection
        self._actor = actor
        self._workspace = workspace

    def begin(self, operation: str, params: Mapping[str, Any]) -> tuple[Act, bool] | None:
        """The act that a call belongs to and whether it is the call's own; None for a read.

        Raises NotAudited where there is no trail, and what `audit.append` raises; then the call must not be
        sent.
        """
        if is_read(operation):
            return None
        act = _open.get()
        if act is not None and act.takes(operation):
            return act, False
        if self._workspace is None:
            raise NotAudited(operation)
        who = people.name_or(self._actor)
        request = {name: plain(value) for name, value in params.items() if name not in _LEFT_OUT}
        own = Act(
            self._workspace(),
            who=who,
            connection=self._connection,
            action=operation,
            resource=resource_of(params),
            before={"request": request},
        )
        return own, True


def ended(begun: tuple[Act, bool] | None, answer: Mapping[str, Any]) -> None:
    """Write down that a call was answered, if it changed something."""
    if begun is None:
        return
    act, is_own = begun
    act.answered(answer)
    if is_own:
        act.end(plain(answer) or None)


def failed(begun: tuple[Act, bool] | None, error: BaseException) -> None:
    """Write down that a call failed, if it would have changed something and no open act does so."""
    if begun is not None and begun[1]:
        begun[0].fail(error)


def resource_of(params: Mapping[str, Any]) -> str:
    """What a call is about: the ids from the memory down, or its name."""
    place = [str(params[name]) for name in _OF_PLACES if params.get(name)]
    if place:
        return "/".join(place)
    return next((str(params[name]) for name in _OTHERWISE if params.get(name)), "")


def plain(value: Any) -> Any:
    """AWS data as JSON has it, without what people said; bytes and streams only as that they are there."""
    if isinstance(value, Mapping):
        return {str(name): plain(member) for name, member in value.items() if name not in _LEFT_OUT}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, (bytes, bytearray)):
        return f"({len(value):,} bytes)"
    if value is None or isinstance(value, (str, int, float, datetime)):
        return value
    return f"({type(value).__name__})"
