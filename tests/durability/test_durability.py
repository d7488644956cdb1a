"""The short version of `make durability`: a few ends of each kind, and that the harness can fail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from services.aws_local.storage import migrations
from tests.durability.cycles import killed, unplugged
from tests.durability.full_disk import filled
from tests.durability.load import EITHER, NO, YES
from tests.durability.migration import killed_migrations
from tests.durability.verdict import Verdict


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    outcome = killed(tmp_path, cycles=2, seed=1)
    assert outcome.verdict == Verdict()
    assert outcome.writes > 0


def test_nothing_acknowledged_is_lost_when_the_power_fails(tmp_path: Path) -> None:
    outcome = unplugged(tmp_path, cycles=2, seed=1)  # the second leaves torn sectors
    assert outcome.verdict == Verdict()
    assert outcome.writes > 0


def test_a_store_that_does_not_sync_is_found_out(tmp_path: Path) -> None:
    assert unplugged(tmp_path, cycles=2, seed=1, synchronous="NORMAL").verdict.lost


def test_the_count_tells_lost_from_doubled_and_resurrected() -> None:
    allowed = {"kept": YES, "lost": YES, "gone": NO, "back": NO, "unsure": EITHER, "twice": EITHER}
    verdict = Verdict()
    verdict.compare(allowed, Counter({"kept": 1, "back": 1, "twice": 2, "unknown": 1}))
    assert verdict.lost == ["lost"]
    assert verdict.doubled == ["twice"]
    assert sorted(verdict.resurrected) == ["back", "unknown"]
    later = Verdict()
    later.compare(allowed, Counter({"kept": 1, "unsure": 1}))  # it was not there the last time
    assert "unsure" in later.resurrected


def test_a_full_disk_is_said_and_heals(tmp_path: Path) -> None:
    outcome = filled(tmp_path, "write")
    assert outcome.misbehaviour == []
    assert outcome.verdict == Verdict()
    assert outcome.failures > 0


def test_a_killed_migration_leaves_the_old_schema_or_the_new_one(tmp_path: Path) -> None:
    outcome = killed_migrations(tmp_path, kills=4)
    assert outcome.wrong == []
    assert set(outcome.versions) <= set(range(1, len(migrations.MIGRATIONS) + 1))
    assert len(outcome.versions) > 1  # some kills came before a commit, some after
