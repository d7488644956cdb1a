"""Calls that take less time than a task or a thread for them would: reads of one row, and small events.

They are answered in the event loop, straight from the HTTP connection; retrieval likewise, but in a thread.
Everything out of the ordinary is left to the gateway: faults, errors of routing, foreign hosts, large or slow
requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from services.aws_local import identifiers
from services.aws_local.call import Write
from services.aws_local.errors import ServiceError
from services.aws_local.storage.transactions import Outcome
from services.aws_local.switches.fault_injection import FAULT_HEADER
from services.aws_local.wire.answers import body_of, encoded_head, error_answer
from services.aws_local.wire.calling import Calling, serialized, told
from services.aws_local.wire.http_protocol import Reply
from services.aws_local.wire.http_request import HostRule, HttpRequest
from services.aws_local.wire.local_routes import is_local
from services.aws_local.wire.routing import Match
from services.aws_local.wire.shared_commits import SharedCommits

if TYPE_CHECKING:
    from services.aws_local.backend import Backend

_QUICK_WRITES = frozenset({"CreateEvent"})
# Answered in a thread, since they may take longer than others may wait: that is all they need of the gateway.
_IN_THREADS = frozenset({"RetrieveMemoryRecords"})
# What brings the patterns of namespace keys into play, which clients choose.
_SLOW_MEMBER = b"extractionConfig"


class QuickCalls:
    """Takes what it can answer quickly. To be used in the event loop only."""

    def __init__(self, backend: Backend, calling: Calling, hosts: HostRule, threads: Executor) -> None:
        self._faults = backend.faults
        self._calling = calling
        self._hosts = hosts
        self._threads = threads
        self._commits = SharedCommits(backend)

    def take(self, request: HttpRequest, body: bytes, reply: Reply) -> bool:
        """Answer the request, at once or as soon as what it wrote is durable; False leaves it alone.

        `reply` is called once; it raises nothing.
        """
        if self._faults.armed or FAULT_HEADER in request.headers or is_local(request.raw_path):
            return False
        is_read = request.method == "GET"  # reads one row
        if not is_read and (request.method != "POST" or _SLOW_MEMBER in body):
            return False
        try:
            self._hosts.refuse_foreign(request)
            match = self._calling.match(request, body)
        except ServiceError:
            return False  # whoever takes it finds the same
        operation = match.operation
        if is_read and (operation.has_event_stream_output or operation.has_streaming_output):
            return False
        if not is_read and operation.name not in _QUICK_WRITES | _IN_THREADS:
            return False
        answer = self._answer_in_thread if operation.name in _IN_THREADS else self._answer
        answer(request, match, body, reply)
        return True

    def _answer_in_thread(self, request: HttpRequest, match: Match, body: bytes, reply: Reply) -> None:
        request_id = identifiers.request_id()
        loop = asyncio.get_running_loop()

        def work() -> None:
            try:
                made = self._calling.answer(request, match, body, request_id)
                head, content = encoded_head(made, request_id), body_of(made)
            except Exception as error:
                made = error_answer(told(match.operation, request_id, error))
                head, content = encoded_head(made, request_id), body_of(made)
            with suppress(RuntimeError):  # the loop is closed: a stopped server waits no longer
                loop.call_soon_threadsafe(reply, made.status, head, content)

        self._threads.submit(work)

    def _answer(self, request: HttpRequest, match: Match, body: bytes, reply: Reply) -> None:
        request_id = identifiers.request_id()

        def answer(result: dict[str, Any]) -> None:
            answer = serialized(match, result, request_id)
            head = encoded_head(answer, request_id)
            reply(answer.status, head, body_of(answer))

        def refuse(error: BaseException) -> None:
            answer = error_answer(told(match.operation, request_id, error))
            reply(answer.status, encoded_head(answer, request_id), body_of(answer))

        def settled(committed: Callable[[], None], outcome: Outcome) -> None:
            result, failure = outcome
            if failure is not None:
                refuse(failure)
                return
            try:
                answer(result)
            except Exception as error:
                refuse(error)
            committed()  # nobody waits for that

        try:
            handled = self._calling.handled(request, match, body, request_id)
            if isinstance(handled, Write):
                self._commits.write(handled.task, partial(settled, handled.committed))
            else:
                answer(handled)
        except Exception as error:
            refuse(error)
