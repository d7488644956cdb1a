"""Takes the sample data away: deletes the memories that carry its tag, and waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from services.sample_data.additions import Additions, additions
from services.sample_data.progress import Progress
from services.sample_data.sample_memories import (
    SampleDataError,
    SampleMemory,
    error_code,
    sample_memories,
    wait_until,
)

DELETE_DEADLINE_SECONDS = 300.0


class HoldsAdditions(SampleDataError):
    """The sample memories hold what somebody else wrote; nothing was deleted. `additions` says how much."""

    def __init__(self, found: Additions) -> None:
        super().__init__(f"{found} in the sample memories are yours and would go too. Nothing was deleted.")
        self.additions = found


@dataclass(frozen=True)
class RemoveReport:
    """What a removal did: the ids of the memories that no longer exist."""

    memory_ids: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        """For people: what was deleted."""
        return f"{len(self.memory_ids)} memories in {self.seconds:.1f} s"


def removable(control: Any, data: Any, progress: Progress, also: Additions | None) -> list[SampleMemory]:
    """The sample memories.

    Raises HoldsAdditions when they hold anything that the sample data did not write, unless `also` is just
    that: what the person was told of and agreed to lose.
    """
    memories = sample_memories(control)
    found = additions(control, data, memories, progress)
    if found and found != also:
        raise HoldsAdditions(found)
    return memories


def delete_memories(control: Any, memories: Sequence[SampleMemory], progress: Progress) -> None:
    """Deletes them with their events and records: asks for all first, then waits for each.

    Raises ClientError as AWS answered, and SampleDataError when a deletion doesn't end in time.
    """
    for memory in memories:
        if not _is_gone(control, memory.memory_id):
            control.delete_memory(memoryId=memory.memory_id)
    for done, memory in enumerate(memories):
        progress(done, len(memories), f"Deleting {memory.name}")
        gone = partial(_is_gone, control, memory.memory_id)
        wait_until(gone, DELETE_DEADLINE_SECONDS, f"Deleting {memory.name}")
    progress(len(memories), len(memories), "Sample data removed")


def _is_gone(control: Any, memory_id: str) -> bool:
    try:
        control.get_memory(memoryId=memory_id)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return True
        raise
    return False
