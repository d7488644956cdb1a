"""`python -m tests.durability`: every cycle, and a table at the end."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.durability.cycles import Outcome, killed, median_start, unplugged
from tests.durability.full_disk import WAYS, FullOutcome, filled, filled_tmpfs
from tests.durability.migration import MigrationOutcome, killed_migrations

_COLUMNS = ("cycles", "writes", "deletes", "repeated", "to extract", "lost", "doubled", "resurrected")
_WIDTH = 34


def main() -> int:
    """Returns 1 when something acknowledged is missing, or the control run loses nothing."""
    options = _options()
    folder = Path(tempfile.mkdtemp(prefix="durability-"))
    print(f"seed {options.seed}, files in {folder} (removed when all is well)", flush=True)
    floor = median_start(folder, 3)
    runs = [
        killed(folder / "killed", options.kills, options.seed, _told),
        unplugged(folder / "unplugged", options.power_failures, options.seed, _told),
    ]
    control = unplugged(folder / "control", options.controls, options.seed, _told, "NORMAL")
    full = [filled(folder / way, way) for way in WAYS if options.full_disks]
    tmpfs = filled_tmpfs(folder / "tmpfs") if options.full_disks else None
    migrated = killed_migrations(folder / "migration", options.migrations)
    _print_runs(runs, control, floor)
    good = [run.verdict.good for run in runs] + [bool(control.verdict.lost) or not control.cycles]
    good += [_print_full(each) for each in (*full, tmpfs) if each]
    if options.full_disks and tmpfs is None:
        print("full disk, tmpfs: not run, nothing can be mounted here")
    good.append(_print_migrated(migrated))
    if all(good):
        shutil.rmtree(folder)
        return 0
    return 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="cycles that end by kill -9")
    parser.add_argument("--power-failures", type=int, default=100, help="cycles that end by power failure")
    parser.add_argument("--controls", type=int, default=5, help="power failures without syncs: must lose")
    parser.add_argument("--no-full-disks", dest="full_disks", action="store_false", help="leave them out")
    parser.add_argument("--migrations", type=int, default=50, help="kills during a migration")
    parser.add_argument("--seed", type=int, default=1, help="of every random choice but the scheduler's")
    return parser.parse_args()


def _told(outcome: Outcome) -> None:
    if outcome.cycles % 20 == 0:
        wrong = sum(map(len, vars(outcome.verdict).values()))
        so_far = f"{outcome.name}: {outcome.cycles} cycles, {wrong} wrong"
        print(f"{time.strftime('%H:%M:%S')} {so_far}", flush=True)


def _print_runs(runs: list[Outcome], control: Outcome, floor: float) -> None:
    print(f"\n{'':{_WIDTH}}" + "".join(f"{name:>12}" for name in _COLUMNS))
    for run in filter(lambda run: run.cycles, (*runs, control)):
        verdict = run.verdict
        wrong = (len(verdict.lost), len(verdict.doubled), len(verdict.resurrected))
        counts = (run.cycles, run.writes, run.deletes, run.repeated, run.extracted, *wrong)
        print(f"{run.name:{_WIDTH}}" + "".join(f"{count:12}" for count in counts))
    print("The control has to lose: it shows that the cycles would notice.\n")
    for run in filter(lambda run: run.cycles, runs):
        times = f"p50 {run.recovery(0.5):.2f} s, p95 {run.recovery(0.95):.2f} s, most {run.recovery(1):.2f} s"
        print(
            f"{run.name}: damaged {len(run.verdict.damaged)}, extracted wrongly "
            f"{len(run.verdict.extracted_wrongly)}; start to first answer {times} (on no data {floor:.2f} s)"
        )
        _print_lines(vars(run.verdict))


def _print_lines(found: dict[str, list[str]]) -> None:
    for name, lines in found.items():
        for line in lines[:5]:
            print(f"  {name}: {line}")


def _print_full(outcome: FullOutcome) -> bool:
    good = outcome.verdict.good and not outcome.misbehaviour and outcome.failures > 0
    print(f"full disk, {outcome.way}: {outcome.failures} writes refused, {'all well' if good else 'WRONG'}")
    _print_lines(vars(outcome.verdict) | {"misbehaviour": outcome.misbehaviour})
    return good


def _print_migrated(outcome: MigrationOutcome) -> bool:
    places = ", ".join(f"version {version}: {count}" for version, count in sorted(outcome.versions.items()))
    print(f"killed migrations: {outcome.kills}, left at {places}; wrong {len(outcome.wrong)}")
    _print_lines({"wrong": outcome.wrong})
    return not outcome.wrong


if __name__ == "__main__":
    sys.exit(main())
