"""The tables that `make eval` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluation.locomo import Dialogue, Table
from evaluation.retrieval import CUTS, Found
from evaluation.scoring import Judged, Tally, share

FLOORS = {"fact recall": 0.80, "fact precision": 0.85}  # not below; junk, secrets, duplicates: not above
CEILINGS = {"junk": 0.05, "secrets stored": 0, "duplicates": 0.02}


def figures(judged: Sequence[Judged]) -> dict[str, float]:
    """The quality of a part of the set, by the names under which it is printed."""
    facts = sum((each.facts for each in judged), Tally())
    preferences = sum((each.preferences for each in judged), Tally())
    both = facts + preferences
    return {
        "facts extracted": facts.records,
        "fact recall": facts.recall,
        "fact precision": facts.precision,
        "preferences extracted": preferences.records,
        "preference recall": preferences.recall,
        "preference precision": preferences.precision,
        "junk": share(both.junk, both.records),
        "duplicates": share(both.repeated, both.records),
        "secrets stored": sum(each.secrets_stored for each in judged),
        "corrections handled": share(
            sum(each.corrected for each in judged), sum(each.corrections for each in judged)
        ),
        "summary points covered": share(
            sum(each.covered for each in judged), sum(each.points for each in judged)
        ),
    }


def verdict(name: str, value: float) -> str:
    """Whether a figure meets its floor, or "" when it has none."""
    if name in FLOORS:
        return f"floor {FLOORS[name]:.2f}: {'met' if value >= FLOORS[name] else 'MISSED'}"
    if name in CEILINGS:
        return f"at most {CEILINGS[name]:g}: {'met' if value <= CEILINGS[name] else 'MISSED'}"
    return ""


def print_quality(parts: Mapping[str, Mapping[str, float]]) -> None:
    """One column for each part of the set."""
    print(f"\n  {'extraction by rules':28}" + "".join(f"{part:>12}" for part in parts))
    for name in next(iter(parts.values())):
        values = [figures[name] for figures in parts.values()]
        whole = name in {"facts extracted", "preferences extracted", "secrets stored"}
        cells = "".join(f"{value:12.0f}" if whole else f"{value:12.3f}" for value in values)
        met = sorted({verdict(name, value) for value in values})
        print(f"  {name:28}{cells}   {'; '.join(met)}".rstrip())


def print_retrieval(part: str, rankings: Mapping[str, Found]) -> None:
    """One line for each ranking."""
    heads = "".join(f"{f'recall@{cut}':>12}" for cut in CUTS)
    print(f"\n  {f'retrieval, {part}':36}{heads}{'MRR':>8}")
    for name, found in rankings.items():
        cells = "".join(f"{value:12.3f}" for value in found.recall)
        print(f"  {name:36}{cells}{found.mrr:8.3f}")


def print_locomo(dialogues: Sequence[Dialogue], table: Table) -> None:
    """How much was measured, then one line for each ranking and category."""
    turns = sum(len(each.turns) for each in dialogues)
    questions = sum(len(each.questions) for each in dialogues)
    print(f"\n  LoCoMo: conversations {len(dialogues)}, turns as records {turns:,}, questions {questions:,}")
    print(f"  {'':36}" + "".join(f"{f'recall@{cut}':>12}" for cut in CUTS) + f"{'MRR':>8}")
    for ranking, categories in table.items():
        for category, found in categories.items():
            cells = "".join(f"{value:12.3f}" for value in found.recall)
            print(f"  {f'{ranking}, {category}':36}{cells}{found.mrr:8.3f}")
