"""Snapshots: whole or not at all, read back byte for byte, compared, written again elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.clients import Clients, open_clients
from services.connection import Connection
from services.erasure.subject import Subject
from services.errors import Cancelled, InvalidValue
from services.memory.memories import StrategyDraft
from services.records import copying as record_copying
from services.records import memory_records
from services.records.batches import RecordDraft, create_records
from services.records.copying import Destination
from services.short_term import events
from services.short_term.events import MessageDraft
from services.snapshots import file as snapshot_file
from services.snapshots import snapshots
from services.snapshots.comparison import compare
from services.snapshots.file import Header, InvalidSnapshot, Writer
from services.snapshots.folder import appearing
from services.workspace.store import Workspace
from services.workspace.traces import Traces
from tests.conftest import REGION, ROOT, Endpoint
from tests.services.conftest import new_memory

SQLITE_IS_ENOUGH = True  # snapshots are files beside it, whatever the database

NOW = datetime(2026, 3, 1, 12, 30, 1, 5_000, tzinfo=UTC)
HEADER = Header("0" * 8 + "-0000-0000-0000-" + "0" * 12, NOW, "tester", "embedded", REGION, "M-1", "M")


def record(record_id: str, text: str, namespace: str = "/facts/ann/", **fields: Any) -> dict[str, Any]:
    return {
        "memoryRecordId": record_id,
        "content": {"text": text},
        "namespaces": [namespace],
        "memoryStrategyId": "none",
        "timestamp": NOW.isoformat(),
    } | fields


def file_of(*rows: tuple[snapshot_file.Kind, dict[str, Any]], header: Header = HEADER) -> bytes:
    file = io.BytesIO()
    writer = Writer(file, header)
    for kind, row in rows:
        writer.add(kind, row)
    writer.end()
    return file.getvalue()


def read_whole(content: bytes) -> tuple[Header, list[tuple[snapshot_file.Kind, dict[str, Any]]]]:
    header, rows = snapshot_file.read(io.BytesIO(content))
    return header, list(rows)


# Anything that JSON can hold, halves of characters and control characters included.
TEXTS = st.text(st.characters(), max_size=60)
METADATA = st.dictionaries(TEXTS, st.fixed_dictionaries({"stringValue": TEXTS}), max_size=3)


@given(st.lists(st.tuples(TEXTS, TEXTS, METADATA), max_size=4), st.booleans())
def test_what_is_written_is_read_back_byte_for_byte(
    contents: list[tuple[str, str, dict[str, Any]]], packed: bool
) -> None:
    rows = [
        record(f"mem-{number}", text, namespace, metadata=metadata)
        for number, (text, namespace, metadata) in enumerate(contents)
    ]
    written = file_of(*(("record", row) for row in rows))
    header, found = read_whole(gzip.compress(written) if packed else written)
    assert header == HEADER
    assert found == [("record", row) for row in rows]


GOOD = file_of(("record", record("mem-1", "one")), ("record", record("mem-2", "two")))


@given(st.integers(0, len(GOOD) - 2))
def test_a_file_that_was_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(InvalidSnapshot):
        read_whole(GOOD[:length])


@given(st.integers(0, len(GOOD) - 2), st.integers(1, 255))
def test_a_file_in_which_a_byte_was_changed_is_refused(place: int, change: int) -> None:
    changed = bytearray(GOOD)
    changed[place] ^= change
    with pytest.raises(InvalidSnapshot):
        read_whole(bytes(changed))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_in_words(content: bytes) -> None:
    for file in (content, gzip.compress(content), b"\x1f\x8b" + content, GOOD + content + b"x"):
        with pytest.raises(InvalidSnapshot):
            read_whole(file)


def first_line() -> bytes:
    return GOOD.splitlines(keepends=True)[0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["memoryRecordId", "content", "namespaces", "metadata", "timestamp", "payload", "id"])


@given(st.sampled_from(["record", "event", "memory", "end", "other"]), st.dictionaries(NAMES, JSON) | JSON)
def test_lines_of_any_form_are_refused_or_have_the_form_that_is_relied_on(kind: str, row: Any) -> None:
    line = json.dumps({kind: row}).encode() + b"\n"
    header, rows = snapshot_file.read(io.BytesIO(first_line() + line))
    with pytest.raises(InvalidSnapshot):  # there is no last line, if nothing else is wrong
        for _, found in rows:
            if kind == "record":
                assert isinstance(found["content"]["text"], str)
                assert all(isinstance(each, str) for each in found["namespaces"])
    assert header == HEADER


STRATEGY_PARTS = st.sampled_from(["strategyId", "namespaceTemplates", "namespaces", "configuration", "name"])
PARTS = st.dictionaries(STRATEGY_PARTS, JSON | st.lists(st.text(max_size=8), max_size=2), max_size=5)
REFLECTIONS = st.dictionaries(st.just("reflection"), st.dictionaries(st.text(max_size=3), PARTS, max_size=2))
STRATEGIES = st.builds(
    lambda part, more: part | more, PARTS, st.fixed_dictionaries({"configuration": REFLECTIONS})
)
UNIONS = st.sampled_from(["stringValue", "numberValue", "stringListValue", "dateTimeValue", "other"])
METADATA_OF_ANY_FORM = st.dictionaries(
    st.text(max_size=8), st.dictionaries(UNIONS, JSON, max_size=2), max_size=3
)


@given(st.lists(STRATEGIES | PARTS, max_size=3) | JSON, METADATA_OF_ANY_FORM, st.text(max_size=8))
@settings(max_examples=300)
def test_whatever_is_taken_in_can_be_compared_and_searched_for_a_person(
    strategies: Any, metadata: dict[str, Any], strategy_id: str
) -> None:
    memory = {"id": "M-1", "strategies": strategies}
    row = record("mem-1", "x", "/facts/ann/", metadata=metadata, memoryStrategyId=strategy_id)
    try:
        file = file_of(("memory", memory), ("record", row))
        _, [(_, then), (_, found)] = read_whole(file)
    except InvalidSnapshot:
        return
    Traces(Subject(("ann",)), "embedded", ("M-1",), frozenset()).concerns(found, then)
    assert compare([found], [found]).same == 1


@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        ("memory", {"strategies": "none"}, "strategies"),
        ("memory", {"strategies": [{"name": "Facts"}]}, "strategies"),
        ("memory", {"strategies": [{"strategyId": "f", "namespaceTemplates": "/facts/"}]}, "strategies"),
        ("memory", {"strategies": [{"strategyId": "f", "namespaces": [7]}]}, "strategies"),
        ("memory", {"strategies": [{"strategyId": "f", "configuration": []}]}, "strategies"),
        ("record", {"metadata": {"a": {"numberValue": "many"}}}, "metadata"),
        ("record", {"metadata": {"a": {"numberValue": 10**400}}}, "metadata"),
        ("record", {"metadata": {"a": {"stringValue": ["b"]}}}, "metadata"),
        ("record", {"metadata": {"a": {"stringListValue": "b"}}}, "metadata"),
        ("record", {"metadata": {"a": {"dateTimeValue": 7}}}, "metadata"),
    ],
)
def test_a_row_of_another_form_is_refused_when_it_is_brought(
    workspace: Workspace, kind: snapshot_file.Kind, change: dict[str, Any], told: str
) -> None:
    """Kept, it would stand in the way of every erasure of that memory."""
    row = {"id": "M-1"} if kind == "memory" else record("mem-1", "x")
    with pytest.raises(InvalidSnapshot, match=told):
        snapshots.take_in(workspace, io.BytesIO(file_of((kind, row | change))))
    assert snapshots.list_snapshots(workspace) == []


HOSTILE = {
    "deep": b'{"record": ' + b"[" * 90_000 + b"]" * 90_000 + b"}\n",
    "deep but parsable": b'{"record": ' + b'{"a":' * 200 + b"1" + b"}" * 200 + b"}\n",
    "endless digits": b'{"record": {"memoryRecordId": ' + b"9" * 50_000 + b"}}\n",
    "no number": b'{"record": {"memoryRecordId": NaN}}\n',
    "pickle": b"\x80\x04\x95\x1b\x00\x00\x00\n",
    "line too long": b'{"record": "' + b"x" * (snapshot_file.LARGEST_LINE + 10) + b'"}\n',
    "version": json.dumps(HEADER.dumps() | {"version": 2}, default=str).encode() + b"\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_lines_are_refused(name: str) -> None:
    start = b"" if name == "version" else first_line()
    with pytest.raises(InvalidSnapshot):
        read_whole(start + HOSTILE[name])


def test_a_gzip_bomb_is_given_up_early(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidSnapshot, match="longer than 16 MB"):
        read_whole(gzip.compress(first_line() + b'{"record": "' + b"x" * 50_000_000))
    monkeypatch.setattr(snapshot_file, "LARGEST_FILE", 1_000_000)
    line = json.dumps({"record": record("mem-1", "x" * 10_000)}).encode() + b"\n"
    with pytest.raises(InvalidSnapshot, match="GB"):
        read_whole(gzip.compress(first_line() + line * 1_000))
    monkeypatch.setattr(snapshot_file, "MOST_LINES", 2)
    with pytest.raises(InvalidSnapshot, match="lines"):
        read_whole(GOOD)


def write(clients: Clients, memory_id: str, *texts: str, namespace: str = "/facts/ann/") -> list[str]:
    items = [
        {
            "requestIdentifier": f"r{number}",
            "namespaces": [namespace],
            "content": {"text": text},
            "timestamp": NOW,
            "metadata": {"mood": {"stringValue": "calm"}},
        }
        for number, text in enumerate(texts)
    ]
    answer = clients.data.batch_create_memory_records(memoryId=memory_id, records=items)
    return [each["memoryRecordId"] for each in answer["successfulRecords"]]


def stored(clients: Clients, memory_id: str) -> dict[str, dict[str, Any]]:
    found = memory_records.list_memory_records(clients, memory_id, namespace_path="/", limit=None).rows
    return {row["content"]["text"]: row for row in found}


HARD = [
    "<script>alert(1)</script>",
    "=1+1",
    "![x](https://evil/)",
    "a\u202eb\u0000c\td\r\n",
    "é" * 4000,
    "🙂",
]


def test_a_snapshot_is_kept_listed_brought_back_and_deleted(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    write(live, memory["id"], *HARD)
    events.create_event(live, memory["id"], "ann", "s1", [MessageDraft("USER", "Hello")])
    snapshot = snapshots.save(live, workspace, memory["id"], with_events=True, note=" before  ")
    assert snapshot.counts == {"memory": 1, "record": len(HARD), "event": 1}
    assert snapshots.list_snapshots(workspace) == [snapshot]
    assert (snapshot.header.note, snapshot.header.made_by) == ("before", "tester")
    texts = [row["content"]["text"] for row in snapshots.records(workspace, snapshot.snapshot_id)]
    assert sorted(texts) == sorted(HARD)
    path = snapshots.path_of(workspace, snapshot.snapshot_id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    for content in (path.read_bytes(), snapshots.plain_file(workspace, snapshot.snapshot_id)):
        again = snapshots.take_in(workspace, io.BytesIO(content))
        assert again.counts == snapshot.counts and again.snapshot_id != snapshot.snapshot_id
        snapshots.delete(workspace, again.snapshot_id)
    snapshots.delete(workspace, snapshot.snapshot_id)
    assert snapshots.list_snapshots(workspace) == []
    assert list(path.parent.iterdir()) == []
    for id_ in (snapshot.snapshot_id, "../audit", ""):
        with pytest.raises(InvalidValue):
            snapshots.path_of(workspace, id_)


def test_what_is_stopped_or_refused_leaves_no_file(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    write(live, memory["id"], "one")
    with pytest.raises(Cancelled):
        snapshots.save(live, workspace, memory["id"], progress=lambda _done, _what: False)
    with pytest.raises(InvalidSnapshot):
        snapshots.take_in(workspace, io.BytesIO(GOOD[:-40]))
    assert list((workspace.directory / "snapshots").iterdir()) == []


def test_a_snapshot_against_now(live: Clients, memory: dict[str, Any], workspace: Workspace) -> None:
    kept, changed, removed, rewritten = write(live, memory["id"], "kept", "old", "removed", "rewritten")
    snapshot = snapshots.save(live, workspace, memory["id"])
    live.data.batch_update_memory_records(
        memoryId=memory["id"],
        records=[{"memoryRecordId": changed, "timestamp": NOW, "content": {"text": "new"}}],
    )
    for record_id in (removed, rewritten):
        live.data.delete_memory_record(memoryId=memory["id"], memoryRecordId=record_id)
    write(live, memory["id"], "rewritten", "added")
    found = compare(snapshots.records(workspace, snapshot.snapshot_id), stored(live, memory["id"]).values())
    assert [row["content"]["text"] for row in found.added] == ["added"]
    assert [row["content"]["text"] for row in found.removed] == ["removed"]
    ((pair,), same, new_ids) = found.changed, found.same, found.new_ids
    assert (pair.before["memoryRecordId"], pair.after["content"]["text"], pair.parts()) == (
        changed,
        "new",
        ["text"],
    )
    assert (same, new_ids) == (2, 1)
    assert kept in {row["memoryRecordId"] for row in stored(live, memory["id"]).values()}


ROWS = st.lists(
    st.builds(
        record,
        st.sampled_from([f"mem-{n}" for n in range(6)]),
        st.sampled_from("abc"),
        st.sampled_from(["/x/", "/y/"]),
    ),
    max_size=6,
    unique_by=lambda row: row["memoryRecordId"],
)


@given(ROWS, ROWS)
def test_a_comparison_accounts_for_every_record_once(before: list[Any], after: list[Any]) -> None:
    found = compare(before, after)
    pairs = found.same + len(found.changed)
    assert pairs + len(found.removed) == len(before)
    assert pairs + len(found.added) == len(after)
    same = compare(before, before)
    assert (same.same, same.added, same.removed, same.changed) == (len(before), (), (), ())


def test_restoring_writes_what_is_missing_with_its_old_time(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    ids = write(live, memory["id"], *HARD)
    before = stored(live, memory["id"])
    snapshot = snapshots.save(live, workspace, memory["id"])
    live.data.batch_delete_memory_records(
        memoryId=memory["id"], records=[{"memoryRecordId": id_} for id_ in ids[:4]]
    )
    rows = snapshots.records(workspace, snapshot.snapshot_id)
    plan = record_copying.plan(live, memory["id"], rows)
    assert (len(plan.ready), len(plan.there), plan.refused) == (4, len(HARD) - 4, [])
    assert len(stored(live, memory["id"])) == len(HARD) - 4  # a plan changes nothing
    results = record_copying.carry_out(live, workspace, plan, "Restore")
    assert all(result.ok for result in results)
    after = stored(live, memory["id"])
    for text, row in before.items():
        for member in ("content", "namespaces", "timestamp", "metadata"):
            if member == "metadata":
                assert after[text][member]["mood"] == row[member]["mood"]
            else:
                assert after[text][member] == row[member]
    assert not {result.record_id for result in results} & set(ids)
    again = record_copying.plan(live, memory["id"], rows)
    assert (again.ready, len(again.there)) == ([], len(HARD))


def test_metadata_that_was_added_since_is_taken_away_by_putting_back(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    [made] = create_records(live, workspace, memory["id"], [RecordDraft("Tea.", ("/a/",), timestamp=NOW)])
    before = list(stored(live, memory["id"]).values())
    added = {"tag": {"stringValue": "x"}}
    live.data.batch_update_memory_records(
        memoryId=memory["id"],
        records=[{"memoryRecordId": made.record_id, "timestamp": NOW, "metadata": added}],
    )
    changed = compare(before, list(stored(live, memory["id"]).values())).changed
    assert [pair.parts() for pair in changed] == [["metadata"]]
    results = record_copying.put_back(live, workspace, memory["id"], changed)
    assert [result.ok for result in results] == [True]
    assert compare(before, list(stored(live, memory["id"]).values())).changed == ()


def test_records_go_to_another_region_other_strategies_and_namespaces(
    live: Clients, endpoint: Endpoint, trail: Workspace, workspace: Workspace
) -> None:
    source = new_memory(live, StrategyDraft("semantic", "Facts", "/facts/{actorId}/"))
    there = open_clients(
        Connection("custom", "eu-west-1", endpoint_url=endpoint.url), actor="t", trail=lambda: trail
    )
    target = new_memory(there, StrategyDraft("semantic", "Knowledge", "/know/{actorId}/"))
    old, new = source["strategies"][0]["strategyId"], target["strategies"][0]["strategyId"]
    item = {"requestIdentifier": "a", "namespaces": ["/facts/ann/"], "content": {"text": "Ann sails."}}
    item |= {"timestamp": NOW, "memoryStrategyId": old}
    live.data.batch_create_memory_records(memoryId=source["id"], records=[item])
    write(live, source["id"], "Elsewhere.", namespace="/facts-old/ann/")
    rows = list(stored(live, source["id"]).values())
    plan = record_copying.plan(there, target["id"], rows, Destination({old: new}, {"/facts/": "/know/"}))
    assert plan.without_strategy == 0
    assert all(result.ok for result in record_copying.carry_out(there, workspace, plan, "Copy"))
    found = stored(there, target["id"])
    assert (found["Ann sails."]["namespaces"], found["Ann sails."]["memoryStrategyId"]) == (
        ["/know/ann/"],
        new,
    )
    assert found["Elsewhere."]["namespaces"] == ["/facts-old/ann/"]
    unmapped = record_copying.plan(there, target["id"], rows)
    assert unmapped.without_strategy == 1


def test_a_draft_that_aws_would_refuse_is_named_and_not_sent(
    live: Clients, memory: dict[str, Any], workspace: Workspace
) -> None:
    rows = [record("mem-1", ""), record("mem-2", "fine"), record("mem-3", "x" * 16_001)]
    rows.append(record("mem-4", "bad place", "/no blanks/"))
    plan = record_copying.plan(live, memory["id"], rows)
    assert [each.source["memoryRecordId"] for each in plan.refused] == ["mem-1", "mem-3", "mem-4"]
    record_copying.carry_out(live, workspace, plan, "Restore")
    assert list(stored(live, memory["id"])) == ["fine"]


def taken_in(workspace: Workspace) -> snapshots.Snapshot:
    """A snapshot of a memory with a record."""
    return snapshots.take_in(workspace, io.BytesIO(GOOD))


def test_a_snapshot_without_a_description_is_taken_up_again(workspace: Workspace) -> None:
    kept = taken_in(workspace)
    path = snapshots.path_of(workspace, kept.snapshot_id)
    path.with_name(f"{kept.snapshot_id}.json").unlink()  # its process was killed between the two
    assert snapshots.list_snapshots(workspace) == [kept]
    assert snapshots.get(workspace, kept.snapshot_id) == kept


@pytest.mark.parametrize("damage", [b"{", b"[]", b"{}", b"\xff"])
def test_a_damaged_description_is_written_anew_from_the_contents(workspace: Workspace, damage: bytes) -> None:
    kept, other = taken_in(workspace), taken_in(workspace)
    path = snapshots.path_of(workspace, kept.snapshot_id)
    description = path.with_name(f"{kept.snapshot_id}.json")
    whole = description.read_bytes()
    description.write_bytes(damage)
    assert {each.header.snapshot_id for each in snapshots.list_snapshots(workspace)} == {
        kept.header.snapshot_id,
        other.header.snapshot_id,
    }
    assert description.read_bytes() == whole
    description.write_bytes(damage)
    path.write_bytes(path.read_bytes()[:-20])
    cleaned = snapshots.forget(workspace, Traces(Subject(("bob",)), "embedded", (), frozenset(), True))
    assert cleaned.unreadable == (path.name,)
    assert snapshots.list_snapshots(workspace) == [other]
    with pytest.raises(InvalidValue):
        snapshots.get(workspace, kept.snapshot_id)


def test_what_was_being_deleted_is_deleted(workspace: Workspace) -> None:
    kept, other = taken_in(workspace), taken_in(workspace)
    path = snapshots.path_of(workspace, kept.snapshot_id)
    path.unlink()
    assert snapshots.list_snapshots(workspace) == [other]
    assert sorted(each.name for each in path.parent.iterdir()) == sorted(
        [f"{other.snapshot_id}.json", f"{other.snapshot_id}.jsonl.gz"]
    )


def test_a_damaged_file_without_a_description_is_named_and_left(workspace: Workspace) -> None:
    kept = taken_in(workspace)
    path = snapshots.path_of(workspace, kept.snapshot_id)
    path.with_name(f"{kept.snapshot_id}.json").unlink()
    path.write_bytes(path.read_bytes()[:-20])
    assert snapshots.list_snapshots(workspace) == []
    assert snapshots.recover(workspace) == [path.name]
    assert path.exists()


KILLED_WHILE_SAVING = """
import io, os, sys
from pathlib import Path
from services.snapshots import folder, snapshots
from services.workspace.store import open_workspace

if sys.argv[1] == "description":  # after the contents
    real = snapshots.appearing
    def dying(path):
        if path.suffix == ".json":
            os.kill(os.getpid(), 9)
        return real(path)
    snapshots.appearing = dying
else:  # in the middle of the contents
    real_add = snapshots.Writer.add
    def dying_add(self, kind, row):
        real_add(self, kind, row)
        self._file.flush()
        os.kill(os.getpid(), 9)
    snapshots.Writer.add = dying_add
snapshots.take_in(open_workspace(), io.BytesIO(Path(sys.argv[2]).read_bytes()))
"""


@pytest.mark.parametrize(("when", "left"), [("contents", 0), ("description", 1)])
def test_a_snapshot_whose_process_is_killed_leaves_nothing_or_all_of_it(
    workspace: Workspace, tmp_path: Path, when: str, left: int
) -> None:
    file = tmp_path / "brought.jsonl"
    file.write_bytes(GOOD)
    command = [sys.executable, "-c", KILLED_WHILE_SAVING, when, str(file)]
    ended = subprocess.run(command, cwd=ROOT, check=False, timeout=120, capture_output=True)
    assert ended.returncode == -9, ended.stderr.decode()
    folder = workspace.directory / "snapshots"
    assert len(list(folder.iterdir())) == 1
    assert len(snapshots.list_snapshots(workspace)) == left
    assert len(list(folder.iterdir())) == 2 * left


def test_a_draft_that_is_still_being_written_is_left_alone(workspace: Workspace) -> None:
    path = workspace.directory / "snapshots" / f"{HEADER.snapshot_id}.jsonl.gz"
    path.parent.mkdir()
    with appearing(path) as file:
        file.write(gzip.compress(GOOD))
        assert snapshots.list_snapshots(workspace) == []
    assert [each.snapshot_id for each in snapshots.list_snapshots(workspace)] == [HEADER.snapshot_id]


KILLED = """
import os, sys
from services.clients import open_clients
from services.connection import parse_connection
from services.records import copying as record_copying
from services.snapshots import snapshots
from services.workspace.store import open_workspace

workspace = open_workspace()
clients = open_clients(parse_connection(sys.argv[1]), actor="killed", trail=lambda: workspace)
rows = snapshots.records(workspace, sys.argv[3])
plan = record_copying.plan(clients, sys.argv[2], rows)
record_copying.carry_out(
    clients, workspace, plan, "Copy", lambda done, total: os.kill(os.getpid(), 9) if done >= 100 else None
)
"""


def test_a_copy_that_is_killed_in_the_middle_is_finished_without_doubles(
    live: Clients, workspace: Workspace, tmp_path: Path
) -> None:
    target = new_memory(live)
    rows = [record(f"mem-{number}", f"Fact number {number}.") for number in range(230)]
    snapshot = snapshots.take_in(workspace, io.BytesIO(file_of(*(("record", row) for row in rows))))
    command = [sys.executable, "-c", KILLED, live.connection.key, target["id"], snapshot.snapshot_id]
    ended = subprocess.run(
        command, cwd=ROOT, check=False, timeout=120, capture_output=True, env=dict(os.environ)
    )
    assert ended.returncode == -9, ended.stderr.decode()
    assert 0 < len(stored(live, target["id"])) < 230
    plan = record_copying.plan(live, target["id"], rows)
    assert len(plan.there) + len(plan.ready) == 230
    assert all(result.ok for result in record_copying.carry_out(live, workspace, plan, "Copy"))
    found = memory_records.list_memory_records(live, target["id"], namespace_path="/", limit=None).rows
    assert sorted(row["content"]["text"] for row in found) == sorted(row["content"]["text"] for row in rows)
