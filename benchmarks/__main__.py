"""`python -m benchmarks [wire] [first_page] [calls]`: each figure beside a floor measured in the same run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks import calls, first_page, wire
from benchmarks.servers import CannotMeasure

BENCHMARKS = {"wire": wire.main, "first_page": first_page.main, "calls": calls.main}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the named benchmarks, or all; 1 with a message when something cannot be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", choices=[[], *BENCHMARKS], help="default: all")
    try:
        for name in parser.parse_args(arguments).name or BENCHMARKS:
            BENCHMARKS[name]()
    except CannotMeasure as error:
        print(f"Benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
