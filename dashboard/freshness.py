"""Which cached answers may still be shown.

A cached read has a `Source` among its arguments. Forgetting means counting the source's generation up, so
that the next read asks again; whatever is not forgotten, for other people on other connections or memories,
stays. The number also outdates an answer that was under way when its source was forgotten.
"""

import threading
import time
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where an answer comes from, and how often that was forgotten so far."""

    key: str
    generation: int


class Generations:
    """How often each place was forgotten. A place is a path, `("embedded", "contents", memory_id)`: who
    forgets `("embedded",)` forgets all below it. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._at: dict[tuple[str, ...], float] = {}

    def of(self, *place: str) -> int:
        """A number that changes whenever the place, or one above it, is forgotten."""
        with self._lock:
            return sum(self._counts[place[:length]] for length in range(1, len(place) + 1))

    def forget(self, *place: str) -> None:
        """From now on nothing is believed that was known of the place or of what is below it."""
        with self._lock:
            self._counts[place] += 1
            self._at[place] = time.monotonic()

    def forgotten_at(self, *place: str) -> float:
        """When the place, or one above it, was forgotten last (time.monotonic); 0 for never."""
        with self._lock:
            return max(
                (self._at.get(place[:length], 0.0) for length in range(1, len(place) + 1)), default=0.0
            )
