"""Runs one Lambda handler, in a process of its own: `python -I child.py DIRECTORY HANDLER`.

The event comes on standard input. The result goes to the file descriptor that was standard output; what the
function prints goes to standard error, so that it cannot be taken for the result. This file is run by its
path and imports nothing of the endpoint.
"""

import importlib
import json
import math
import os
import signal
import sys
import time
import traceback
from typing import Any


class Context:
    """What handlers are given of their invocation, as far as it means something here."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.function_name = told["name"]
        self.function_version = "$LATEST"
        self.invoked_function_arn = told["arn"]
        self.memory_limit_in_mb = told["memory"]
        self.aws_request_id = told["requestId"]
        self.log_group_name = f"/aws/lambda/{told['name']}"
        self.log_stream_name = "local"
        self.identity = None
        self.client_context = None
        self._deadline: float = time.monotonic() + told["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, round((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    """Answers {"result": …} or {"error": {"errorType", "errorMessage", "stackTrace"}}."""
    directory, handler = sys.argv[1:3]
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    given = json.load(sys.stdin)
    signal.alarm(math.ceil(given["context"]["timeout"]) + 1)  # should the endpoint be killed meanwhile
    sys.path.insert(0, directory)
    os.chdir(directory)
    try:
        module, _, name = handler.rpartition(".")
        function = getattr(importlib.import_module(module.replace("/", ".")), name)
        told = {"result": json.loads(json.dumps(function(given["event"], Context(given["context"]))))}
    except BaseException as error:
        stack = traceback.format_tb(error.__traceback__)[1:]
        told = {"error": {"errorType": type(error).__name__, "errorMessage": str(error), "stackTrace": stack}}
    with answer:
        json.dump(told, answer)


main()
