"""The certificate: it names nobody, shows every change, and says what could not be looked into."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from services.clients import Clients
from services.erasure import certificates as erasure_certificates
from services.erasure import erasures
from services.erasure.plan import Plan
from services.errors import InvalidValue
from services.snapshots import snapshots
from services.workspace import forgetting
from services.workspace.store import Workspace
from tests.conftest import ROOT
from tests.services.erasure.examples import US, closed, texts


def test_the_certificate_names_nobody_and_shows_every_change(
    fast: Clients, crowded: str, sqlite: Workspace, tmp_path: Path
) -> None:
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,), before={crowded: {"events": 2}}))
    certificate = closed(fast, sqlite, erasure_id).certificate
    assert certificate is not None
    key = sqlite.audit_key
    for file in (erasure_certificates.json_file(certificate), erasure_certificates.html_file(certificate)):
        assert b"user-1" not in file
        verdict = erasure_certificates.verify(file, key, "user-1")
        assert verdict.valid and verdict.about
        assert not erasure_certificates.verify(file, key, "user-10").valid
        assert not erasure_certificates.verify(file, b"another key", "user-1").made_here
    changed = json.loads(json.dumps(certificate))
    changed["memories"][crowded]["deleted"]["events"] = 999
    verdict = erasure_certificates.verify(erasure_certificates.json_file(changed), key)
    assert (verdict.unchanged, verdict.made_here) == (False, False)
    for nonsense in (b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}', b"<html></html>"):
        with pytest.raises(InvalidValue):
            erasure_certificates.verify(nonsense, key)
    path = tmp_path / "certificate.html"
    path.write_bytes(erasure_certificates.html_file(certificate))
    command = [sys.executable, "-m", "services.erasure.certificates", str(path), "--actor-id", "user-1"]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, env=dict(os.environ))
    assert (ended.returncode, ended.stderr) == (0, b"")
    path.write_bytes(erasure_certificates.html_file(changed))
    assert subprocess.run(command, cwd=ROOT, check=False, capture_output=True).returncode == 1


def test_an_erasure_goes_on_over_a_snapshot_that_cannot_be_read_and_finds_what_kills_left(
    fast: Clients, crowded: str, sqlite: Workspace
) -> None:
    damaged, whole = (snapshots.save(fast, sqlite, crowded, with_events=True) for _ in range(2))
    path = snapshots.path_of(sqlite, damaged.snapshot_id)
    path.write_bytes(path.read_bytes()[:-30])
    # What processes left that were killed while they saved: one without a description, one unfinished.
    path.with_name(f"{whole.snapshot_id}.json").unlink()
    unfinished = path.with_name(f".{path.name}-0123456789abcdef")
    unfinished.write_bytes(b"theirs in /facts/user-1/")
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    first = erasures.carry_out(fast, sqlite, erasure_id)
    assert first.progress["unreadableSnapshots"] == [path.name]
    certificate = closed(fast, sqlite, erasure_id).certificate
    assert certificate is not None
    assert certificate["dashboard"]["unreadableSnapshots"] == [path.name]
    assert path.name in erasure_certificates.html_file(certificate).decode()
    assert not any("theirs in" in each and not each.startswith("not") for each in texts(fast, crowded))
    kept = [row["content"]["text"] for row in snapshots.records(sqlite, whole.snapshot_id)]
    assert kept and all(text.startswith("not theirs") for text in kept)
    assert not unfinished.exists()


def test_a_log_that_could_not_be_emptied_is_named(
    fast: Clients, crowded: str, sqlite: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "FOLD_SECONDS", 0.0)
    erasure_id = erasures.begin(fast, sqlite, Plan(US, (crowded,)))
    assert erasures.carry_out(fast, sqlite, erasure_id).state == "waiting"
    with sqlite3.connect(sqlite.directory / "workspace.db") as reader:  # keeps the log from being emptied
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM erasures").fetchone()
        certificate = closed(fast, sqlite, erasure_id).certificate
    reader.close()
    assert certificate is not None
    assert certificate["dashboard"]["logEmptied"] is False
    [told] = [each for each in certificate["notCovered"] if "-wal" in each]
    assert told in erasure_certificates.html_file(certificate).decode()
