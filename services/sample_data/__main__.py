"""`python -m services.sample_data load|remove|status`: the sample data from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.connection import is_loopback
from services.sample_data import HoldsAdditions, SampleDataError, is_loaded, load, remove, sample_memories
from services.sample_data.sample_memories import iter_memories

CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=16,
    retries={"mode": "standard", "max_attempts": 3},
)
# A local endpoint checks no signature: never ask for, or wait for, an account's real credentials.
LOCAL_KEY = "local"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; 0 when it worked, 1 with a message when it didn't. `status` gives 3 if not loaded."""
    options = _parser().parse_args(arguments)
    commands: dict[str, Callable[[argparse.Namespace, Any, Any], int]] = {
        "load": _load,
        "remove": _remove,
        "status": _status,
    }
    try:
        return commands[options.command](options, *_clients(options.endpoint_url, options.region))
    except (ClientError, BotoCoreError, SampleDataError) as error:
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


def _clients(endpoint_url: str | None, region: str) -> tuple[Any, Any]:
    """The control plane's and the data plane's client; a local endpoint gets made-up credentials."""
    key = LOCAL_KEY if endpoint_url and is_loopback(endpoint_url) else None
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=key, region_name=region)
    control, data = (
        session.client(service, endpoint_url=endpoint_url, config=CONFIG)
        for service in ("bedrock-agentcore-control", "bedrock-agentcore")
    )
    return control, data


def _load(options: argparse.Namespace, control: Any, data: Any) -> int:
    if options.if_empty and not _wanted(control):
        print("There are memories already, so no sample data was loaded.")
        return 0
    report = load(control, data, _show)
    print(f"Sample data loaded: {report}.")
    return 0


def _wanted(control: Any) -> bool:
    """Whether the store is empty, or a load was interrupted."""
    unfinished = any(not memory.loaded for memory in sample_memories(control))
    return unfinished or not any(True for _ in iter_memories(control))


def _remove(options: argparse.Namespace, control: Any, data: Any) -> int:
    try:
        report = remove(control, data, _show)
    except HoldsAdditions as held:
        if not options.force:
            print(f"{held} To remove all: --force (make demo-data-remove FORCE=1).", file=sys.stderr)
            return 1
        report = remove(control, data, _show, also=held.additions)
        print(f"With the sample data went {held.additions} of yours.")
    print(f"Sample data removed: {report}.")
    return 0


def _status(options: argparse.Namespace, control: Any, data: Any) -> int:
    for memory in sample_memories(control):
        print(f"{memory.memory_id}  version {memory.version}  {'loaded' if memory.loaded else 'incomplete'}")
    loaded = is_loaded(control)
    print("The sample data is loaded." if loaded else "The sample data is not loaded.")
    return 0 if loaded else 3


def _show(done: int, total: int, what: str) -> None:
    """Progress on one line of a terminal; nothing into a pipe or log."""
    if sys.stderr.isatty():
        print(f"\r{what} {done}/{total}\x1b[K", end="" if done < total else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
