"""`python -m benchmarks [NAME …]`: each figure beside a floor measured in the same run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from benchmarks import (
    calls,
    chats,
    extraction,
    first_page,
    large_account,
    pages,
    resident,
    retrieval,
    streams,
    throughput,
    wire,
)
from benchmarks.servers import CannotMeasure

BENCHMARKS: dict[str, Callable[[], None]] = {
    "wire": wire.main,
    "streams": streams.main,
    "throughput": throughput.main,
    "extraction": extraction.main,
    "first_page": first_page.main,
    "calls": calls.main,
    "chats": chats.main,
    "large_account": large_account.main,
}
OF_A_SIZE: dict[str, Callable[[int], None]] = {
    "pages": pages.main,
    "retrieval": retrieval.main,
    "resident": resident.main,
}
SIZE = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the named benchmarks, or all; 1 with a message when something cannot be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *BENCHMARKS, *OF_A_SIZE], help="default: all")
    parser.add_argument(
        "--size",
        type=int,
        default=SIZE,
        help="events of the large store, and ten times its records; built once, in .data/benchmarks "
        "(default: 1000000, which takes a minute or two and 0.7 GB)",
    )
    options = parser.parse_args(arguments)
    try:
        for name in options.name or [*BENCHMARKS, *OF_A_SIZE]:
            if name in OF_A_SIZE:
                OF_A_SIZE[name](options.size)
            else:
                BENCHMARKS[name]()
    except CannotMeasure as error:
        print(f"Benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
