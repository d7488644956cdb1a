"""Which of several rounds the rest of the machine left alone, and how fast its disk is.

A figure in microseconds means little on a machine that does something else as well. Rounds are therefore
measured with the CPU time that everybody else used meanwhile, and only the quietest quarter is kept.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

_TICKS = os.sysconf("SC_CLK_TCK")
SYNCS = 300
SYNCED_BYTES = 4096


def quietest(rounds: int, measure: Callable[[], T], pids: Sequence[int]) -> list[T]:
    """The results of the quarter of the rounds in which other processes than ours (`pids`, this one and what
    it started) used the least CPU time.
    """
    results: list[tuple[float, int, T]] = []
    for _ in range(rounds):
        before = _foreign_seconds(pids)
        result = measure()
        results.append((_foreign_seconds(pids) - before, len(results), result))
    return [result for _, _, result in sorted(results, key=lambda each: each[:2])[: max(1, rounds // 4)]]


def _foreign_seconds(pids: Sequence[int]) -> float:
    """CPU time that others have used since the machine started."""
    fields = Path("/proc/stat").read_text("ascii").splitlines()[0].split()[1:]
    user, nice, system, _, _, interrupts, soft, *_ = map(int, fields)
    busy = user + nice + system + interrupts + soft
    return (busy - sum(_ticks(pid) for pid in (os.getpid(), *pids))) / _TICKS


def _ticks(pid: int) -> int:
    """User and system time of a process (proc(5): the 14th and 15th field)."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def sync_milliseconds(directory: Path | None = None, count: int = SYNCS) -> list[float]:
    """How long the disk takes for one append of 4 KiB and fdatasync, that many times."""
    samples = []
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        for _ in range(count):
            started = time.perf_counter()
            file.write(bytes(SYNCED_BYTES))
            os.fdatasync(file.fileno())
            samples.append((time.perf_counter() - started) * 1000)
    return samples
