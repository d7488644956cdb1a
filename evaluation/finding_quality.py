"""How often each finder is right, on the labelled records and on clean ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from evaluation.finding_labels import Case
from services.findings import finders, support
from services.findings.model import Subject
from services.records.contents import Fact
from services.records.provenance import words

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_MEMORY = {"strategies": [{"strategyId": "facts", "namespaceTemplates": ["/facts/{actorId}/"]}]}
_NAMES = {
    "secret": "secrets",
    "personal": "personal data",
    "instruction": "instructions to agents",
    "junk": "not worth remembering",
    "uncertain": "uncertain wording",
    "empty": "empty",
    "stale": "out of date",
    "orphaned": "orphaned namespaces",
    "duplicate": "duplicates",
    "near_duplicate": "near duplicates",
    "contradiction": "contradictions",
    "unsupported": "no message says this",
}
"""The finders that are measured; a superseded record is a contradiction."""


@dataclass
class Score:
    """Counts of one finder: labelled, found of these; flagged though labelled otherwise, of how many."""

    labelled: int = 0
    found: int = 0
    wrong: int = 0
    others: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        return self.found / self.labelled if self.labelled else 1.0

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def flag_rate(self) -> float:
        """The part of the cases labelled otherwise that it flags."""
        return self.wrong / self.others if self.others else 0.0


# What a case says nothing about: a record with a password may be junk as well, only clean ones may not.
_JUDGED_BY: dict[str, tuple[str, ...]] = {
    "clean": ("secret", "personal", "instruction", "junk", "uncertain", "empty"),
    "current": ("stale",),
    "kept": ("orphaned",),
    "distinct": ("duplicate", "near_duplicate", "contradiction"),
    "duplicate": ("contradiction",),
    "near_duplicate": ("contradiction",),
    "contradiction": ("duplicate", "near_duplicate"),
    "supported": ("unsupported",),
}


def measure(cases: Iterable[Case]) -> dict[str, Score]:
    """The scores by finder, over the cases of a part."""
    scores: dict[str, Score] = defaultdict(Score)
    for case in cases:
        found = _found(case)
        if case.label in _NAMES:
            score = scores[case.label]
            score.labelled += 1
            score.found += case.label in found
            if case.label not in found:
                score.faults.append(f"{case.label} missed: {_said(case)}")
        for finder in _JUDGED_BY.get(case.label, ()):
            scores[finder].others += 1
            scores[finder].wrong += finder in found
            if finder in found:
                scores[finder].faults.append(f"{finder} wrongly: {_said(case)}")
    return {name: scores[name] for name in _NAMES if name in scores}


def _said(case: Case) -> str:
    return case.text + (f" || {case.other}" if case.other else "")


def _found(case: Case) -> set[str]:
    """The kinds that the finders give a case."""
    subject = _subject("one", case.text, case)
    if case.label in ("supported", "unsupported"):
        kinds = {finding.kind for finding in support.find(subject, [words(str(case.other))])}
    elif case.other is not None:
        pair = [subject, _subject("other", case.other, case)]
        kinds = {finding.kind for finding in finders.comparing(pair)}
    else:
        kinds = {finding.kind for finding in finders.single(_MEMORY, NOW)(subject)}
    return {"contradiction" if kind == "superseded" else kind for kind in kinds}


def _subject(record_id: str, text: str, case: Case) -> Subject:
    said_at = case.said_at or NOW
    namespace = case.namespace or "/facts/ann/"
    return Subject(record_id, text, Fact(text), "facts", namespace, "ann", said_at, said_at)


def print_scores(by_part: dict[str, dict[str, Score]]) -> None:
    """Prints a table: recall, precision and false flags by finder and part."""
    print(
        "\nFinders of the Review page, on labelled records: found of what is there (recall), right of what is"
    )
    print("flagged (precision), and how much of the records labelled otherwise is flagged\n")
    parts = list(by_part)
    print(f"{'':26}" + "".join(f"{part:^39}" for part in parts))
    print(f"{'finder':26}" + f"{'recall':>13}{'precision':>12}{'false flags':>14}" * len(parts))
    for name, title in _NAMES.items():
        print(f"{title:26}" + "".join(_line(by_part[part].get(name, Score())) for part in parts))


def _line(score: Score) -> str:
    recall = f"{score.recall:.2f} of {score.labelled}"
    return f"{recall:>13}{score.precision:>12.2f}{score.flag_rate:>8.1%} of {score.others:<3}"


def faults(scores: dict[str, Score]) -> Sequence[str]:
    """What went wrong, for whoever improves the rules; of the dev part only."""
    return [fault for score in scores.values() for fault in score.faults]
