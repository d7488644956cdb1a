"""What changed between two texts, word by word."""

from collections.abc import Iterator
from difflib import SequenceMatcher, unified_diff
from itertools import takewhile
from typing import Literal

MOST_WORDS = 2_000
"""Longer texts are compared as a whole: the comparison takes quadratic time."""


def changed_words(before: str, after: str) -> Iterator[tuple[Literal["same", "gone", "new"], str]]:
    """The words of both texts in order, neighbours of a kind together."""
    old, new = before.split(), after.split()
    if len(old) + len(new) > MOST_WORDS:
        yield "gone", " ".join(old)
        yield "new", " ".join(new)
        return
    for tag, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            yield "same", " ".join(new[new_start:new_end])
            continue
        if old_end > old_start:
            yield "gone", " ".join(old[old_start:old_end])
        if new_end > new_start:
            yield "new", " ".join(new[new_start:new_end])


def changed_lines(before: str, after: str) -> str:
    """The lines that differ, `-` and `+` in front, each with two lines around it."""
    lines = unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm="")
    return "\n".join(line for line in lines if not line.startswith(("---", "+++")))


def are_alike(before: str, after: str) -> bool:
    """Whether enough words are the same for marking the others to say something: half of the longer text."""
    old, new = before.split(), after.split()
    same = sum(len(words.split()) for kind, words in changed_words(before, after) if kind == "same")
    return 2 * same >= max(len(old), len(new))


def around_change(before: str, after: str, lead: int = 24) -> tuple[str, str]:
    """Both texts from `lead` characters before the first that differs, for a narrow column; whole where they
    differ near their beginning, or one is empty."""
    if not before or not after:
        return before, after
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
    cut = max(0, same - lead)
    return (before, after) if cut <= len("…") else (f"…{before[cut:]}", f"…{after[cut:]}")
