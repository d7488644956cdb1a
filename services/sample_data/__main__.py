"""`python -m services.sample_data load|remove|status`: the sample data from the command line.

What it changes is written into the audit trail of AGENTCORE_STUDIO_DATA, as if a page had done it, and takes
the same role.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from services.clients import Clients, open_clients
from services.connection import Connection, embedded_connection, is_loopback
from services.faults import CALL_ERRORS
from services.pacing import Pace, configured_pace
from services.sample_data import HoldsAdditions, SampleDataError, is_loaded, load, sample_memories
from services.sample_data.audited import remove_audited
from services.sample_data.sample_memories import iter_memories
from services.workspace.store import Workspace, open_workspace

UNHURRIED = 1_000.0
"""A share of the quotas that a load never reaches: nobody else's agents share a local endpoint's."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it worked, 1 with a message when it didn't. `status` gives 3 if not loaded."""
    options = _parser().parse_args(arguments)
    commands: dict[str, Callable[[argparse.Namespace, Clients, Workspace], int]] = {
        "load": _load,
        "remove": _remove,
        "status": _status,
    }
    try:
        with closing(open_workspace()) as workspace:
            clients = _clients(options.endpoint_url, options.region, workspace)
            return commands[options.command](options, clients, workspace)
    except (*CALL_ERRORS, SampleDataError) as error:
        print(f"Sample data: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.sample_data", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (
        ("load", "write the sample data, or what is missing of it"),
        ("remove", "delete the sample memories and nothing else"),
        ("status", "say which sample memories there are; exit code 3 when it isn't loaded"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--endpoint-url", help="default: the AWS service of the region")
        command.add_argument("--region", default="us-west-2", help="default: %(default)s")
        if name == "load":
            command.add_argument(
                "--if-empty",
                action="store_true",
                help="only when there is no memory yet, or to finish a load that was interrupted",
            )
        elif name == "remove":
            command.add_argument(
                "--force", action="store_true", help="also when that deletes what you wrote into them"
            )
    return parser


def _clients(endpoint_url: str | None, region: str, workspace: Workspace) -> Clients:
    """Clients that write into the workspace's audit trail whatever they change."""
    local = bool(endpoint_url and is_loopback(endpoint_url))
    pace = Pace(UNHURRIED) if local else configured_pace()
    return open_clients(_connection(endpoint_url, region), pace=pace, trail=lambda: workspace)


def _connection(endpoint_url: str | None, region: str) -> Connection:
    """The place as the dashboard calls it: AWS with default credentials, its own endpoint, or another."""
    if endpoint_url is None:
        return Connection("profile", region)
    own = embedded_connection(region)
    return (
        own if endpoint_url == own.endpoint_url else Connection("custom", region, endpoint_url=endpoint_url)
    )


def _load(options: argparse.Namespace, clients: Clients, _workspace: Workspace) -> int:
    if options.if_empty and not _wanted(clients.control):
        print("There are memories already, so no sample data was loaded.")
        return 0
    report = load(clients.control, clients.data, _show)
    print(f"Sample data loaded: {report}.")
    return 0


def _wanted(control: Any) -> bool:
    """Whether the store is empty, or a load was interrupted."""
    unfinished = any(not memory.loaded for memory in sample_memories(control))
    return unfinished or not any(True for _ in iter_memories(control))


def _remove(options: argparse.Namespace, clients: Clients, workspace: Workspace) -> int:
    try:
        report = remove_audited(clients, workspace, _show)
    except HoldsAdditions as held:
        if not options.force:
            print(f"{held} To remove all: --force (make demo-data-remove FORCE=1).", file=sys.stderr)
            return 1
        report = remove_audited(clients, workspace, _show, also=held.additions)
        print(f"With the sample data went {held.additions} of yours.")
    print(f"Sample data removed: {report}.")
    return 0


def _status(_options: argparse.Namespace, clients: Clients, _workspace: Workspace) -> int:
    for memory in sample_memories(clients.control):
        print(f"{memory.memory_id}  version {memory.version}  {'loaded' if memory.loaded else 'incomplete'}")
    loaded = is_loaded(clients.control)
    print("The sample data is loaded." if loaded else "The sample data is not loaded.")
    return 0 if loaded else 3


def _show(done: int, total: int, what: str) -> None:
    """Progress on one line of a terminal; nothing into a pipe or log."""
    if sys.stderr.isatty():
        print(f"\r{what} {done}/{total}\x1b[K", end="" if done < total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
