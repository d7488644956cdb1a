"""A process that carries out an act on records and dies in the middle: `URL ACT_ID before|after NUMBER`.

Batches are of ten records, so that a few are enough. It ends without any clean-up right before, or right
after, its NUMBERth batch call; the workspace is the one that the environment names.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from services.clients import open_clients
from services.connection import Connection
from services.pacing import Pace
from services.records import calls as record_calls
from services.records import runs as record_runs
from services.records.runs import carry_out
from services.workspace.store import open_workspace
from tests.conftest import REGION


def main(url: str, act_id: str, place: str, number: int) -> None:
    """Carry the act out until the end of this process."""
    workspace = open_workspace()
    clients = open_clients(
        Connection("custom", REGION, endpoint_url=url),
        actor="killed",
        pace=Pace(1_000.0),
        trail=lambda: workspace,
    )
    call, calls = record_calls.call, 0

    def dying(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and place == "before":
            os._exit(9)
        answer = call(*args)
        if calls == number:
            os._exit(9)
        return answer

    record_calls.call = dying
    record_runs.BATCH = 10
    carry_out(clients, workspace, act_id)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
