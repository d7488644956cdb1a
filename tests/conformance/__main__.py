"""`python -m tests.conformance`: runs the suites and prints a table: suite, passed of total, seconds."""

from __future__ import annotations

import argparse
import sys
import traceback

from tests.conformance import agentcore_sdk, environment, javascript_suite, moto_suite, sessions_suite
from tests.conformance.runner import NotRun, Suite, timed

SUITES = [
    *agentcore_sdk.suites(),
    *moto_suite.suites(),
    *sessions_suite.suites(),
    *javascript_suite.suites(),
]
WIDTH = max(len(suite.name) for suite in SUITES)


def main() -> int:
    """Returns 1 when a suite that ran has a test that did not pass."""
    chosen = _chosen()
    try:
        print(
            f"Fetching clients and suites into {environment.CACHE} (the first time takes minutes)", flush=True
        )
        environment.python()
    except environment.CannotFetch as refusal:
        print(refusal, file=sys.stderr)
        return 1
    print(f"\n{'suite':{WIDTH}}  passed/total  seconds", flush=True)
    reports = [report for suite in chosen if (report := _row(suite))]
    print("\n" + "\n".join(reports) if reports else "\nEverything that ran passed.")
    return 1 if reports else 0


def _chosen() -> list[Suite]:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("words", nargs="*", help="run only suites with one of these words in their name")
    words = parser.parse_args().words
    return [
        suite for suite in SUITES if not words or any(word.lower() in suite.name.lower() for word in words)
    ]


def _row(suite: Suite) -> str:
    """Runs a suite and prints its row; gives what its failures said, or nothing."""
    print(f"{suite.name:{WIDTH}}  ", end="", flush=True)
    try:
        outcome, seconds = timed(suite)
    except NotRun as reason:
        print(f"{'not run':>12}  {reason}", flush=True)
        return ""
    except Exception:  # whatever breaks one suite must not hide the others
        print(f"{'broken':>12}", flush=True)
        return f"=== {suite.name}\n{traceback.format_exc()}"
    print(f"{f'{outcome.passed}/{outcome.total}':>12}  {seconds:7.1f}", flush=True)
    return "" if outcome.complete else f"=== {suite.name}\n{outcome.report}"


if __name__ == "__main__":
    sys.exit(main())
