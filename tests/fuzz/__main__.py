"""`python -m tests.fuzz`: fuzz an endpoint of its own and print a table per operation.

A finding is printed with its request; `--replay 'LINE'` (or `--replay -` for standard input) sends one again.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.campaign import Campaign, Finding, replay, resident_mb
from tests.fuzz.requests import IMPLEMENTED
from tests.fuzz.wire import SECONDS

ROOT = Path(__file__).absolute().parents[2]
_READY = re.compile(r"ready on http://[^:]+:(?P<port>\d+)")
_SHOWN_PER_KIND = 3


@dataclass(frozen=True)
class Running:
    """The endpoint as a process of its own."""

    process: subprocess.Popen[str]
    port: int


def main() -> int:
    """Returns 1 when there is a finding."""
    options = _options()
    operations = [each for each in IMPLEMENTED if not options.operation or each.name in options.operation]
    with _endpoint() as endpoint:
        campaign = Campaign(endpoint.port, options.seed, operations, seconds=options.patience)
        if options.replay:
            answer = replay(campaign, sys.stdin.read() if options.replay == "-" else options.replay)
            print(answer.status, answer.headers, answer.body[:10_000].decode("utf-8", "replace"), sep="\n")
            return 0
        before, started = resident_mb(endpoint.process.pid), time.monotonic()
        campaign.run(options.requests)
        seconds = time.monotonic() - started
        after = resident_mb(endpoint.process.pid)
    _print_operations(campaign)
    _print_kinds(campaign)
    print(f"\n{options.requests} requests, seed {options.seed}, {seconds:.0f} s")
    print(f"memory of the endpoint: {before:.0f} MB before, {after:.0f} MB after")
    _print_findings(campaign.findings)
    return 1 if campaign.findings else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000, help="how many (default: 20000)")
    parser.add_argument("--seed", type=int, default=1, help="the series of requests (default: 1)")
    parser.add_argument(
        "--patience",
        type=float,
        default=SECONDS,
        metavar="SECONDS",
        help="what counts as a hang (default: 10)",
    )
    parser.add_argument("--operation", action="append", help="only this one; may be repeated")
    parser.add_argument("--replay", metavar="LINE", help="send the request of a finding, print the answer")
    return parser.parse_args()


@contextmanager
def _endpoint() -> Iterator[Running]:
    command = [sys.executable, "-m", "services.aws_local", "--port", "0", "--extraction-delay", "0.05"]
    with tempfile.TemporaryDirectory() as data_dir:
        process = subprocess.Popen(
            [*command, "--transition-seconds", "0", "--data-dir", data_dir],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout
            ready = _READY.search(process.stdout.readline())
            if ready is None:
                raise RuntimeError("The endpoint did not start; standard error says why.")
            yield Running(process, int(ready["port"]))
        finally:
            process.terminate()
            process.wait(timeout=60)


def _print_operations(campaign: Campaign) -> None:
    print(f"{'operation':34} requests    2xx    4xx    5xx  slowest  findings")
    for name, tally in sorted(campaign.tallies.items()):
        classes = Counter(dict.fromkeys((2, 4, 5), 0))
        for status, count in tally.answers.items():
            classes[status // 100] += count
        counts = "".join(f"{classes[hundreds]:7}" for hundreds in (2, 4, 5))
        print(f"{name:34} {tally.answers.total():8}{counts}  {tally.slowest:6.2f}s  {tally.findings:8}")


def _print_kinds(campaign: Campaign) -> None:
    columns = ("valid accepted", "valid refused", "invalid refused", "invalid accepted")
    print(f"\n{'kind of request':34} " + "  ".join(columns))
    for kind, counts in sorted(campaign.kinds.items()):
        if "+" not in kind:
            print(f"{kind:34} " + "  ".join(f"{counts[column]:{len(column)}}" for column in columns))


def _print_findings(findings: list[Finding]) -> None:
    print(f"findings: {len(findings)}")
    shown: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        sort = (finding.operation, re.sub(r"\d+|'[^']*'", "#", finding.text)[:60])
        shown[sort] += 1
        if shown[sort] <= _SHOWN_PER_KIND:
            print(f"\n{finding}")


if __name__ == "__main__":
    sys.exit(main())
