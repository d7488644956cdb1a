"""How a figure is printed: always beside the floor that was measured in the same run, and as their ratio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Comparison:
    """Samples of the thing and of its floor, in milliseconds; `target` is the ratio not to be exceeded."""

    what: str
    samples: Sequence[float]
    floor: Sequence[float]
    target: float | None = None

    @property
    def ratio(self) -> float:
        """Median over median."""
        return median(self.samples) / median(self.floor)

    @property
    def verdict(self) -> str:
        """Whether the target is met, or nothing when there is none."""
        if self.target is None:
            return ""
        return f"target <= {self.target:g}: {'met' if self.ratio <= self.target else 'MISSED'}"


@dataclass(frozen=True)
class Figure:
    """One number beside its floor or bound; `target` is the ratio to reach (or, `at_most`, not to exceed)."""

    what: str
    value: float
    beside: float
    unit: str
    target: float
    at_most: bool = False

    @property
    def ratio(self) -> float:
        """The number over what stands beside it."""
        return self.value / self.beside

    @property
    def verdict(self) -> str:
        """Whether the target is met."""
        met = self.ratio <= self.target if self.at_most else self.ratio >= self.target
        sign = "<=" if self.at_most else ">="
        return f"target {sign} {self.target:g}: {'met' if met else 'MISSED'}"


def comparisons(title: str, rows: Sequence[Comparison]) -> None:
    """Prints medians, the spread of the thing itself, and the ratio."""
    print(f"\n{title}")
    print(f"  {'':44}{'median':>10}{'p90':>10}{'floor':>10}{'ratio':>8}")
    for row in rows:
        figures = (
            f"{median(row.samples):10.1f}{p90(row.samples):10.1f}{median(row.floor):10.1f}{row.ratio:8.2f}"
        )
        print(f"  {row.what:44}{figures}  {row.verdict}".rstrip())


def figures(title: str, rows: Sequence[Figure]) -> None:
    """Prints numbers that are no samples of a time: rates, sizes."""
    print(f"\n{title}")
    print(f"  {'':44}{'value':>10}{'beside':>10}{'':6}{'ratio':>8}")
    for row in rows:
        numbers = f"{row.value:10,.1f}{row.beside:10,.1f} {row.unit:5}{row.ratio:8.2f}"
        print(f"  {row.what:44}{numbers}  {row.verdict}")


def p90(samples: Sequence[float]) -> float:
    """The sample that nine of ten do not exceed."""
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * 0.9))]
