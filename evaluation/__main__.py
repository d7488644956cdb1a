"""`python -m evaluation [--locomo FILE] [--faults]`: how good extraction, retrieval and finders are.

Starts an endpoint of its own with an empty data directory, tells it the labelled conversations over boto3,
and compares what it remembers and finds with the labels. `dev` was looked at while the rules were
written, `held_out` was not: keep it so, and never read its faults.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.servers import CannotMeasure, endpoint
from evaluation import driving, finding_labels, finding_quality, labels, locomo, report, retrieval, scoring
from evaluation.driving import Served


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; 1 with a message when something cannot be measured."""
    parser = argparse.ArgumentParser(prog="python -m evaluation", description=__doc__)
    parser.add_argument(
        "--locomo", type=Path, metavar="FILE", help="locomo10.json, to measure retrieval on it"
    )
    parser.add_argument("--faults", action="store_true", help="list what is wrong in the dev part")
    options = parser.parse_args(arguments)
    try:
        dialogues = locomo.load(options.locomo) if options.locomo else []
        with endpoint() as url:
            served = Served.at(url)
            _labelled(served, show_faults=options.faults)
            _findings(show_faults=options.faults)
            if dialogues:
                report.print_locomo(dialogues, locomo.compare(served, dialogues))
    except (CannotMeasure, labels.BadLabels) as error:
        print(f"Evaluation: {error}", file=sys.stderr)
        return 1
    return 0


def _labelled(served: Served, *, show_faults: bool) -> None:
    """Extraction and retrieval on the labelled set, part by part."""
    quality, rankings = {}, {}
    for part in labels.PARTS:
        conversations = labels.load(part)
        memory_id = served.new_memory(part, driving.STRATEGIES)
        made = driving.remember(served, memory_id, conversations)
        judged = [scoring.judge(each, made[each.name]) for each in conversations]
        quality[part] = report.figures(judged)
        rankings[part] = retrieval.compare(served, memory_id, conversations)
        if show_faults and part == "dev":
            _print_faults([each.name for each in conversations], judged)
    report.print_quality(quality)
    for part, found in rankings.items():
        report.print_retrieval(part, found)


def _findings(*, show_faults: bool) -> None:
    """The finders of the Review page on their own labelled records; needs no endpoint."""
    scores = {part: finding_quality.measure(finding_labels.load(part)) for part in labels.PARTS}
    finding_quality.print_scores(scores)
    if show_faults:
        print("\n".join(finding_quality.faults(scores["dev"])))


def _print_faults(names: Sequence[str], judged: Sequence[scoring.Judged]) -> None:
    for name, each in zip(names, judged, strict=True):
        print(f"\n{name}")
        for fault in each.faults:
            print(f"  {fault}")


if __name__ == "__main__":
    sys.exit(main())
