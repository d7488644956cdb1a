"""A process that carries an erasure out and is killed in the middle: `CONNECTION ERASURE_ID PHASE`.

It ends without any clean-up as soon as the erasure has said that it is in that phase; the workspace is the
one that the environment names.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from typing import Any

from services.clients import open_clients
from services.connection import parse_connection
from services.erasure import erasures
from services.workspace import erasures as kept
from services.workspace.store import Workspace, open_workspace


def main(connection_key: str, erasure_id: str, phase: str) -> None:
    """Carry the erasure out until the end of this process."""
    note = kept.note

    def dying(workspace: Workspace, erasure_id: str, worker: str, progress: Mapping[str, Any]) -> None:
        note(workspace, erasure_id, worker, progress)
        if progress["phase"] == phase:
            os.kill(os.getpid(), signal.SIGKILL)

    kept.note = dying
    workspace = open_workspace()
    clients = open_clients(parse_connection(connection_key), actor="killed", trail=lambda: workspace)
    erasures.carry_out(clients, workspace, erasure_id)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3])
