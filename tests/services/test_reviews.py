"""Reviews: no decision is lost, a state follows the text, and rejecting, merging and undo keep their word."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services import exports
from services.clients import Clients
from services.errors import InvalidValue, NotAuthorized
from services.memory.memories import StrategyDraft
from services.pacing import Pace
from services.records import joint
from services.review import queue as review_queue
from services.review import reviews
from services.review.queue import QueueFilter
from services.review.reviews import Book, content_fingerprint
from services.review.scan import RecordScan, Scan, Seen
from services.workspace import record_versions
from services.workspace import reviews as kept
from services.workspace.golden import Home
from services.workspace.reviews import Decided, Settings, Verdict
from services.workspace.store import Workspace, open_workspace
from tests.services.conftest import eventually, new_memory

HOME = Home("embedded", "M-1")
FACTS = StrategyDraft("semantic", "Facts", "/facts/{actorId}/")
UNHURRIED = Pace(share=1e6)


def verdict(record_id: str, sequence: int, state: Any, fingerprint: str = "f") -> Decided:
    return Decided(record_id, fingerprint, sequence, Verdict(state))


def decided(workspace: Workspace, *given: Decided, who: str = "ann") -> kept.Outcome:
    return kept.decide(workspace, HOME, who, given)


def test_the_second_reviewer_is_told_and_nothing_is_lost(workspace: Workspace) -> None:
    [first] = decided(workspace, verdict("r", 0, "approved")).saved
    outcome = decided(workspace, verdict("r", 0, "rejected"), who="bo")
    assert (outcome.saved, outcome.taken) == ((), (first,))
    [second] = decided(workspace, verdict("r", first.sequence, "rejected"), who="bo").saved
    assert [review.verdict.state for review in kept.since(workspace, HOME, 0)] == ["rejected"]
    assert second.who == "bo"
    [back] = kept.undo(workspace, HOME, "bo", [second.sequence])
    assert (back.verdict, back.fingerprint) == (first.verdict, first.fingerprint)


def test_reviewers_in_several_processes_lose_nothing(workspace: Workspace) -> None:
    records = [f"r{number}" for number in range(60)]
    outcomes: list[kept.Outcome] = []
    failures: list[Exception] = []

    def review(who: str, order: list[str]) -> None:
        own = open_workspace()
        try:
            for record_id in order:
                outcomes.append(kept.decide(own, HOME, who, [verdict(record_id, 0, "approved")]))
        except Exception as error:
            failures.append(error)
        finally:
            own.close()

    threads = [
        threading.Thread(target=review, args=("ann", records)),
        threading.Thread(target=review, args=("bo", records[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    saved = [review.record_id for outcome in outcomes for review in outcome.saved]
    taken = [review.record_id for outcome in outcomes for review in outcome.taken]
    assert sorted(saved) == sorted(taken) == sorted(records)


def test_many_decisions_at_once_and_back(workspace: Workspace) -> None:
    ids = [f"r{number}" for number in range(450)]
    outcome = decided(workspace, *(verdict(id_, 0, "approved") for id_ in ids))
    assert sorted(review.record_id for review in outcome.saved) == sorted(ids)
    today = datetime.now(UTC) - timedelta(hours=1)
    assert kept.counts(workspace, HOME, today) == {"ann": 450}
    back = kept.undo(workspace, HOME, "ann", [review.sequence for review in outcome.saved])
    assert len(back) == 450
    assert kept.counts(workspace, HOME, today) == {}
    assert {review.verdict.state for review in kept.since(workspace, HOME, 0)} == {"unreviewed"}


def test_only_the_last_decision_can_be_taken_back(workspace: Workspace) -> None:
    [first] = decided(workspace, verdict("r", 0, "approved")).saved
    [second] = decided(workspace, verdict("r", first.sequence, "rejected")).saved
    assert kept.undo(workspace, HOME, "ann", [first.sequence]) == []
    [back] = kept.undo(workspace, HOME, "ann", [second.sequence])
    assert back.verdict.state == "approved"
    assert kept.undo(workspace, HOME, "ann", [second.sequence]) == []


def test_a_state_follows_the_text(workspace: Workspace) -> None:
    decided(workspace, verdict("old", 0, "approved", "text"))
    book = Book(workspace, HOME)
    book.catch_up()
    assert book.standing("old", "text", ["old"]).state == "approved"
    changed = book.standing("old", "another text", ["old"])
    assert (changed.state, changed.changed, changed.is_open) == ("unreviewed", True, True)
    again = book.standing("new", "text", ["new"])
    assert (again.state, again.inherited, again.is_open) == ("approved", True, False)
    twin = book.standing("new", "text", ["new", "old"])
    assert twin.state == "unreviewed"


def test_what_was_rejected_and_comes_back_waits_again(workspace: Workspace) -> None:
    decided(workspace, verdict("old", 0, "rejected", "text"))
    book = Book(workspace, HOME)
    book.catch_up()
    back = book.standing("new", "text", ["new"])
    assert (back.state, back.is_open) == ("rejected", True)


def test_a_book_reads_what_others_decided(workspace: Workspace) -> None:
    book = Book(workspace, HOME)
    assert book.catch_up() == 0
    [saved] = decided(workspace, verdict("r", 0, "skipped")).saved
    assert book.catch_up() == saved.sequence
    assert book.standing("r", "f", ["r"]).state == "skipped"


def test_case_and_punctuation_make_no_other_text() -> None:
    record = {"content": {"text": "The user likes tea."}, "namespaces": ["/a/"], "memoryStrategyId": "s"}
    alike = record | {"content": {"text": "the user  likes tea"}}
    assert content_fingerprint(record) == content_fingerprint(alike)
    for other in ({"namespaces": ["/b/"]}, {"memoryStrategyId": "t"}, {"content": {"text": "Tea."}}):
        assert content_fingerprint(record) != content_fingerprint(record | other)
    assert content_fingerprint({"content": {"text": "…"}}) != content_fingerprint({"content": {"text": "—"}})
    assert content_fingerprint({"content": {"text": "\ud800"}})


def test_settings_and_filters(workspace: Workspace) -> None:
    assert kept.settings(workspace, HOME) == Settings()
    kept.keep_settings(workspace, HOME, "ann", Settings("delete", True))
    kept.keep_settings(workspace, HOME, "bo", Settings("mark", False))
    assert kept.settings(workspace, HOME) == Settings("mark", False)
    wanted = QueueFilter(show="all", kind="secret", words="tea")
    filter_id = kept.save_filter(workspace, HOME, "ann", "Tea", wanted.dumps())
    [saved] = kept.filters(workspace, HOME)
    assert (saved.name, QueueFilter.loads(saved.document)) == ("Tea", wanted)
    kept.delete_filter(workspace, filter_id)
    assert kept.filters(workspace, HOME) == []


@pytest.mark.parametrize("document", [{"show": "none"}, {"colour": "red"}, {"kind": "x"}, {"words": 7}])
def test_a_filter_that_cannot_be_read_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        QueueFilter.loads(document)


def write(live: Clients, memory: dict[str, Any], *texts: str, **given: Any) -> list[str]:
    """Writes records; those with metadata without a strategy, whose schema would drop it."""
    records = [
        {
            "requestIdentifier": str(number),
            "namespaces": ["/facts/ann/"],
            "content": {"text": text},
            "timestamp": datetime(2026, 11, 1, 12, number, tzinfo=UTC),
            **({} if "metadata" in given else {"memoryStrategyId": memory["strategies"][0]["strategyId"]}),
            **given,
        }
        for number, text in enumerate(texts)
    ]
    answer = live.data.batch_create_memory_records(memoryId=memory["id"], records=records)
    made = {each["requestIdentifier"]: each["memoryRecordId"] for each in answer["successfulRecords"]}
    return [made[str(number)] for number in range(len(texts))]


def listed(live: Clients, memory: dict[str, Any]) -> list[dict[str, Any]]:
    answer = live.data.list_memory_records(memoryId=memory["id"], namespacePath="/")
    return list(answer["memoryRecordSummaries"])


def ended(scan: RecordScan, done: Callable[[Scan], bool] = lambda now: now.ended) -> Scan:
    return eventually(scan.look, done)


def test_a_memory_is_read_looked_over_and_queued(live: Clients, workspace: Workspace) -> None:
    memory = new_memory(live, FACTS)
    tea, again, secret, plain = write(
        live,
        memory,
        "The user likes tea.",
        "the user likes tea",
        "The door code is 2580.",
        "The user owns a canoe.",
    )
    now = ended(RecordScan(live, UNHURRIED, memory))
    assert (now.read, now.compared, now.complete, len(now.records)) == (True, True, True, 4)
    kinds = {id_: {finding.kind for finding in seen.findings} for id_, seen in now.records.items()}
    assert kinds == {tea: {"duplicate"}, again: {"duplicate"}, secret: {"secret"}, plain: set()}

    book = Book(workspace, reviews.home(live, memory["id"]))
    queue = review_queue.queue(now.records, book, QueueFilter())
    assert queue.records[0].record_id == secret
    assert queue.records[-1].record_id == plain
    only = review_queue.queue(now.records, book, QueueFilter(kind="duplicate", path="/facts/", words="TEA"))
    assert {each.record_id for each in only.records} == {tea, again}

    standing = next(each.standing for each in queue.records if each.record_id == plain)
    chosen = [(plain, now.records[plain].fingerprint, standing)]
    reviews.decide(live, workspace, memory["id"], reviews.decided(chosen, Verdict("approved", "Right")))
    book.catch_up()
    queue = review_queue.queue(now.records, book, QueueFilter())
    assert (queue.decided, len(queue.records)) == (1, 3)
    done = review_queue.queue(now.records, book, QueueFilter(show="decided"))
    report = review_queue.report(done.records)
    assert report[["record_id", "state", "reason", "who", "text"]].to_dict("records") == [
        {
            "record_id": plain,
            "state": "approved",
            "reason": "Right",
            "who": "tester",
            "text": "The user owns a canoe.",
        }
    ]


def test_a_report_is_safe_in_a_spreadsheet(workspace: Workspace) -> None:
    hostile = '=HYPERLINK("http://evil.example")'
    row = {"memoryRecordId": "r", "content": {"text": hostile}, "namespaces": ["/facts/ann/"]}
    seen = Seen(row, hostile, "f", "ann", ())
    kept.decide(workspace, HOME, "@sum", [Decided("r", "f", 0, Verdict("approved", comment="+1"))])
    book = Book(workspace, HOME)
    book.catch_up()
    queue = review_queue.queue({"r": seen}, book, QueueFilter(show="all"))
    [line] = csv.DictReader(
        io.StringIO(exports.csv_bytes(review_queue.report(queue.records)).decode("utf-8-sig"))
    )
    assert (line["text"], line["comment"], line["who"]) == (f"'{hostile}", "'+1", "'@sum")
    masked = review_queue.report(queue.records, {"r": "[hidden]"})
    assert list(masked["text"]) == ["[hidden]"]


def test_what_is_done_here_is_taken_into_the_scan(live: Clients) -> None:
    memory = new_memory(live, FACTS)
    one, two = write(live, memory, "The user likes tea.", "The user likes tea.")
    scan = RecordScan(live, UNHURRIED, memory)
    now = ended(scan)
    assert now.records[one].findings
    scan.correct(two, None)
    now = scan.look()
    assert set(now.records) == {one}
    assert not now.records[one].findings, "the record that it repeated is gone"


def test_a_claim_that_no_message_makes_is_found(live: Clients) -> None:
    memory = new_memory(live, FACTS)
    live.data.create_event(
        memoryId=memory["id"],
        actorId="ann",
        sessionId="one",
        eventTimestamp=datetime(2026, 11, 1, tzinfo=UTC),
        payload=[{"conversational": {"role": "USER", "content": {"text": "Where is my parcel?"}}}],
    )
    [record_id] = write(live, memory, "The user owns a lighthouse on a Norwegian island.")
    now = ended(RecordScan(live, UNHURRIED, memory))
    assert (now.actors_sourced, now.actors) == (1, 1)
    assert {finding.kind for finding in now.records[record_id].findings} == {"unsupported"}


def test_an_empty_memory_is_looked_over_at_once(live: Clients) -> None:
    memory = new_memory(live)
    now = ended(RecordScan(live, UNHURRIED, memory))
    assert (now.complete, dict(now.records)) == (True, {})


def test_rejecting_deletes_what_was_seen_and_undo_restores_it(live: Clients, workspace: Workspace) -> None:
    memory = new_memory(live, FACTS)
    [record_id] = write(live, memory, "The user likes tea.")
    [record] = listed(live, memory)
    stale = record | {"content": {"text": "Something else."}}
    refused = reviews.delete(live, workspace, memory["id"], [stale], "Reject")
    assert refused.problem is not None
    done = reviews.delete(live, workspace, memory["id"], [record], "Reject")
    assert done.problem is None
    assert listed(live, memory) == []
    back = reviews.bring_back(live, workspace, done.act_ids)
    assert back.problem is None
    [restored] = listed(live, memory)
    assert restored["content"] == record["content"]
    assert restored["timestamp"] == record["timestamp"]
    assert restored["memoryRecordId"] != record_id


def test_a_merge_joins_metadata_and_keeps_one(live: Clients, workspace: Workspace) -> None:
    memory = new_memory(live, FACTS)
    [one] = write(live, memory, "The user likes tea.", metadata={"channel": {"stringValue": "chat"}})
    [two] = write(
        live,
        memory,
        "User likes tea",
        metadata={"channel": {"stringValue": "mail"}, "n": {"numberValue": 1.0}},
    )
    rows = {
        id_: live.data.get_memory_record(memoryId=memory["id"], memoryRecordId=id_)["memoryRecord"]
        for id_ in (one, two)
    }
    planned = reviews.merge(rows[one], [rows[two]])
    assert planned.changes
    done = reviews.carry_out_merge(live, workspace, memory["id"], planned)
    assert done.problem is None
    [left] = listed(live, memory)
    assert left["memoryRecordId"] == one
    own = {key: value for key, value in left["metadata"].items() if not key.startswith("x-amz-")}
    assert own == {"channel": {"stringValue": "chat"}, "n": {"numberValue": 1.0}}
    for act_id in done.act_ids:
        act = record_versions.act(workspace, act_id)
        assert act is not None
        assert [each.act_id for each in joint.whole(workspace, act)] == list(done.act_ids)
    assert reviews.bring_back(live, workspace, done.act_ids).problem is None
    again = {row["content"]["text"]: row for row in listed(live, memory)}
    assert again["The user likes tea."]["memoryRecordId"] == one
    assert again["The user likes tea."]["metadata"] == rows[one]["metadata"]
    assert again["User likes tea"]["metadata"] == rows[two]["metadata"]


def test_a_state_is_mirrored_beside_other_metadata(live: Clients, workspace: Workspace) -> None:
    memory = new_memory(live, FACTS)
    [record_id] = write(live, memory, "The user likes tea.", metadata={"channel": {"stringValue": "chat"}})
    [record] = listed(live, memory)
    assert reviews.mirror(live, workspace, memory["id"], record, Verdict("approved")).ok
    now = live.data.get_memory_record(memoryId=memory["id"], memoryRecordId=record_id)["memoryRecord"]
    assert now["metadata"][reviews.STATE_KEY] == {"stringValue": "approved"}
    assert now["metadata"][reviews.BY_KEY] == {"stringValue": "tester"}
    assert now["metadata"]["channel"] == {"stringValue": "chat"}
    assert content_fingerprint(now) == content_fingerprint(record)


def test_a_viewer_decides_nothing(
    live: Clients, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGENTCORE_STUDIO_ROLE", "viewer")
    assert not reviews.may_review()
    acts: list[Callable[[], Any]] = [
        lambda: reviews.decide(live, workspace, "M-1", [verdict("r", 0, "approved")]),
        lambda: reviews.undo(live, workspace, "M-1", [1]),
        lambda: reviews.keep_settings(live, workspace, "M-1", Settings("delete")),
        lambda: reviews.save_filter(live, workspace, "M-1", "n", {}),
        lambda: reviews.delete_filter(workspace, "x"),
    ]
    for act in acts:
        with pytest.raises(NotAuthorized):
            act()


def test_words_that_are_too_long_are_refused(live: Clients, workspace: Workspace) -> None:
    for given in (Verdict("approved", comment="x" * 2_001), Verdict("approved", assignee="x" * 201)):
        with pytest.raises(InvalidValue):
            reviews.decide(live, workspace, "M-1", [Decided("r", "f", 0, given)])
    with pytest.raises(InvalidValue):
        reviews.save_filter(live, workspace, "M-1", "  ", {})


def test_unreviewed_records_are_counted(workspace: Workspace) -> None:
    rows = [
        {"memoryRecordId": id_, "content": {"text": text}, "namespaces": ["/a/"]}
        for id_, text in (("a", "One."), ("b", "Two."), ("c", "One."))
    ]
    decided(workspace, Decided("a", content_fingerprint(rows[0]), 0, Verdict("approved")))
    book = Book(workspace, HOME)
    book.catch_up()
    count = reviews.unreviewed_counter(book)
    assert count(rows[1:2]) == 1
    assert count(rows[:1]) == 1
    assert count(rows[2:]) == 2
    assert count([]) == 2
